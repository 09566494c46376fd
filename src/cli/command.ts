import { buildCommand, type Command, type CommandContext } from "@stricli/core";
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
  /** Gives up more permissions, once it is known what the rest of the command needs. */
  narrow(kept: readonly import("../platform/permissions.ts").PermissionKind[]): void;
}

type Spec<FLAGS extends Readonly<Record<string, unknown>>, ARGS extends readonly unknown[]> =
  & Omit<Parameters<typeof buildCommand<FLAGS, ARGS, Context>>[0], "docs" | "func" | "loader">
  & {
    /** One line, without a full stop. */
    readonly brief: string;
    /** More than the brief, if there is more to say. */
    readonly description?: string;
    /** Commands as a user types them, each with what it does. */
    readonly examples: readonly (readonly [command: string, does: string])[];
    /** The exit codes that this command ends with, other than 0, 1 and 2, and when. */
    readonly exits?: Readonly<Partial<Record<ExitCode, string>>>;
    /** Returns the exit code, or nothing for 0. Throws typed errors; `faults.ts` words them. */
    run(
      context: Context,
      flags: FLAGS,
      ...args: ARGS
    ): Promise<ExitCode | number | void> | ExitCode | number | void;
  };

/**
 * A command of ours: its arguments, its help with examples and exit codes, and what it does.
 * Errors that `run` throws are worded by `faults.ts` and become the exit code.
 */
export function defineCommand<
  FLAGS extends Readonly<Record<string, unknown>> = Record<never, never>,
  ARGS extends readonly unknown[] = [],
>(spec: Spec<FLAGS, ARGS>): Command<Context> {
  const { brief, description, examples, exits, run, ...rest } = spec;
  const width = Math.max(...examples.map(([command]) => command.length));
  const exitLines = Object.entries(exits ?? {}).map(([code, when]) => `  ${code}  ${when}`);
  const fullDescription = [
    description ? `${brief}\n\n${description}` : brief,
    "",
    "EXAMPLES",
    ...examples.map(([command, does]) =>
      width + does.length + 4 > 80
        ? `  ${command}\n      ${does}`
        : `  ${command.padEnd(width)}  ${does}`
    ),
    ...(exitLines.length ? ["", "EXIT CODES", ...exitLines] : []),
  ].join("\n");
  // deno-lint-ignore no-explicit-any -- the builder's conditional types cannot see through the rest
  const builderArguments: any = {
    ...rest,
    docs: { brief, fullDescription },
    async func(this: Context, flags: FLAGS, ...args: ARGS) {
      try {
        this.process.exitCode = await run(this, flags, ...args) ?? 0;
      } catch (error) {
        const { report } = await import("./faults.ts");
        this.process.exitCode = await report(error, this.terminal, {
          json: (flags as { json?: boolean }).json === true,
        });
      }
    },
  };
  return buildCommand(builderArguments) as Command<Context>;
}

/** The `--json` flag, the same everywhere. */
export const jsonFlag = {
  kind: "boolean",
  brief: "One JSON document on stdout",
  default: false,
  withNegated: false,
} as const;

/** The `-f` flag, the same everywhere; pair it with `aliases: { f: "file" }`. */
export const fileFlag = {
  kind: "parsed",
  parse: String,
  placeholder: "FILE",
  optional: true,
  brief: "Secrets file (default: $CREDSMITH_FILE, else secrets/aws.yaml beside .sops.yaml)",
} as const;
