import { buildCommand, type Command, type CommandContext } from "@stricli/core";
import type { Tty } from "../platform/tty.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";

/** What every command is given. */
export interface Context extends CommandContext {
  readonly process: CommandContext["process"] & { exitCode?: number | string | null };
  readonly terminal: Terminal;
  /** The environment as it was at start; commands read this, never `Deno.env`. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `/proc/self/mountinfo` as it was at start, where the verb asked for it and the system has it. */
  readonly mountinfo: string | undefined;
  /** The terminal that we belong to, where the verb may ask there for an MFA code. */
  readonly tty?: Tty | undefined;
  /** Gives up more permissions, once it is known what the rest of the command needs. */
  narrow(kept: readonly import("../platform/permissions.ts").PermissionKind[]): void;
}

/** A command with a grammar of its own; returns its exit code. */
export type RawRun = (context: Context, args: readonly string[]) => Promise<number>;

/** What the help of a command says. */
export interface HelpSpec {
  /** One line, without a full stop. */
  readonly brief: string;
  /** More than the brief, if there is more to say; it is wrapped where it is shown. */
  readonly description?: string;
  /** What follows the flags, where the positional parameters do not say it. */
  readonly usage?: string;
  /** Commands as a user types them, each with what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** The exit codes that this command ends with, other than 0, 1 and 2, and when. */
  readonly exits?: Readonly<Partial<Record<ExitCode | 130, string>>>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Spec<FLAGS extends Readonly<Record<string, unknown>>, ARGS extends readonly unknown[]> =
  & Omit<Parameters<typeof buildCommand<FLAGS, ARGS, Context>>[0], "docs" | "func" | "loader">
  & Omit<HelpSpec, "parameters">
  & {
    /** Returns the exit code, or nothing for 0. Throws typed errors; `faults.ts` words them. */
    run(
      context: Context,
      flags: FLAGS,
      ...args: ARGS
    ): Promise<ExitCode | number | void> | ExitCode | number | void;
  };

const helpSpecs = new WeakMap<Command<Context>, HelpSpec>();

/** What the help of a command says; nothing for commands that {@link defineCommand} did not make. */
export const helpSpecOf = (command: Command<Context>): HelpSpec | undefined =>
  helpSpecs.get(command);

/**
 * A command of ours: its arguments, its help with examples and exit codes, and what it does.
 * Errors that `run` throws are worded by `faults.ts` and become the exit code.
 */
export function defineCommand<
  FLAGS extends Readonly<Record<string, unknown>> = Record<never, never>,
  ARGS extends readonly unknown[] = [],
>(spec: Spec<FLAGS, ARGS>): Command<Context> {
  const { brief, run, parameters } = spec;
  // deno-lint-ignore no-explicit-any -- the builder's conditional types cannot see through the rest
  const builderArguments: any = {
    parameters,
    docs: { brief },
    async func(this: Context, flags: FLAGS, ...args: ARGS) {
      try {
        this.process.exitCode = await run(this, flags, ...args) ?? 0;
      } catch (error) {
        const { report } = await import("./faults.ts");
        this.process.exitCode = await report(error, this.terminal, {
          json: (flags as { json?: boolean }).json === true,
          env: this.env,
        });
      }
    },
  };
  const command = buildCommand(builderArguments) as Command<Context>;
  helpSpecs.set(command, spec as unknown as HelpSpec);
  return command;
}
