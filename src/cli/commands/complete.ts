import { completionsOf } from "../completion.ts";
import type { RawRun } from "../command.ts";

/** The hidden verb behind the shells' completion: one candidate a line, a tab, a word about it. */
export const runRaw: RawRun = async (context, args) => {
  try {
    for (const { text, about } of await completionsOf(args, context)) {
      context.terminal.line(`${text}\t${about}`);
    }
  } catch {
    // A Tab must never answer with an error in the middle of the command line.
  }
  return 0;
};
