import { RefusedError, UsageError } from "./errors.ts";
import { exitCodes } from "./exit_codes.ts";
import type { Fault, FaultWriter } from "./faults/fault.ts";
import { OutputError, type Terminal } from "./terminal.ts";

const writers: readonly (() => Promise<{ faults: FaultWriter }>)[] = [
  () => import("./faults/store.ts"),
  () => import("./faults/sops.ts"),
  () => import("./faults/platform.ts"),
  () => import("./faults/aws.ts"),
  () => import("./faults/prompts.ts"),
  () => import("./faults/hygiene.ts"),
  () => import("./faults/claude.ts"),
  () => import("./faults/init.ts"),
  () => import("./faults/edit.ts"),
  () => import("./faults/loader.ts"),
  () => import("./faults/access.ts"),
  () => import("./faults/rotate.ts"),
  () => import("./faults/asking.ts"),
  () => import("./faults/models.ts"),
  () => import("./faults/serve.ts"),
  () => import("./faults/credential_process.ts"),
  () => import("./faults/aws_config.ts"),
  () => import("./faults/session.ts"),
  () => import("./faults/audit.ts"),
];

/** @returns the fault in words; an error that nobody knows is a defect of ours, exit 1 */
export async function explain(error: unknown): Promise<Fault> {
  if (error instanceof UsageError) {
    return { exit: exitCodes.usage, cause: error.word, message: error.message, hint: error.hint };
  }
  if (error instanceof RefusedError) {
    return {
      exit: exitCodes.refused,
      cause: error.word,
      message: error.message,
      hint: error.hint,
    };
  }
  if (error instanceof OutputError) {
    return { exit: exitCodes.partial, cause: "output_lost", message: error.message };
  }
  for (const load of writers) {
    const fault = (await load()).faults(error);
    if (fault) return fault;
  }
  return {
    exit: exitCodes.defect,
    cause: "defect",
    // The message may quote what it choked on, so only the kind of the error is shown.
    message: `Unexpected ${error instanceof Error ? error.name : typeof error}`,
    hint: "this is a defect of credsmith; run again with CREDSMITH_TRACE=1 and report the trace",
  };
}

/**
 * Prints an error: words on stderr and, with `json`, one document on stdout as well. A defect comes
 * with its trace where `env` has `CREDSMITH_TRACE`.
 *
 * @returns the exit code
 */
export async function report(
  error: unknown,
  terminal: Terminal,
  options: { readonly json: boolean; readonly env: Readonly<Record<string, string>> },
): Promise<number> {
  if (error instanceof Deno.errors.BrokenPipe) return 141;
  const fault = await explain(error);
  const { exit, cause, message, hint, details } = fault;
  if (options.json && !(error instanceof OutputError)) {
    terminal.line(
      JSON.stringify({ version: 1, ok: false, exit, cause, message, hint, ...details }),
    );
  }
  if (terminal.interactive) {
    const { wrapped } = await import("./wrap.ts");
    for (const line of message.split("\n").flatMap((each) => wrapped(each, terminal.columns))) {
      terminal.note(line);
    }
  } else terminal.note(message);
  if (hint) terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
  if (fault.cause === "defect" && options.env.CREDSMITH_TRACE && error instanceof Error) {
    // Frames only: the first line of a stack is the message.
    const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)).join("\n");
    terminal.note(frames ?? "");
  }
  return exit;
}
