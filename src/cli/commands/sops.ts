import { SopsExit } from "../sops/codes.ts";
import { GrammarError, parseCommandLine } from "../sops/grammar.ts";
import type { RawRun } from "../command.ts";

/** sops's own command line; returns sops's exit codes. */
export const runRaw: RawRun = async (context, args) => {
  const { terminal } = context;
  try {
    const line = parseCommandLine(args, context.env);
    const { dispatch } = await import("../sops/dispatch.ts");
    return await dispatch(context, line, args) ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    if (error instanceof GrammarError) {
      terminal.note(`Incorrect usage: ${error.message}`);
      terminal.note("  credsmith sops --help shows what there is");
      return error.code;
    }
    const { asSopsExit } = await import("../sops/failures.ts");
    const { code, message, hint } = error instanceof SopsExit ? error : await asSopsExit(error);
    terminal.note(message);
    if (hint) terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
    return code;
  }
};
