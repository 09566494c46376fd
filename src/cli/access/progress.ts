import type { Context } from "../command.ts";
import { statusLine } from "../terminal.ts";

const width = 24;
/** In a log so many lines at most, and none for fewer files. */
const logSteps = 10;
const fewFiles = 200;

/**
 * Shows how far a command is: a bar that moves on a terminal, a few plain lines in a log.
 *
 * @param what `files changed`
 */
export function progressOf(
  { env, terminal }: Context,
  all: number,
  what: string,
): { readonly at: (done: number) => void; readonly end: () => void } {
  const line = all > 1 ? statusLine(env) : undefined;
  let last = -1;
  return {
    at(done) {
      const steps = line ? width : logSteps;
      const step = Math.floor(done / all * steps);
      if (step === last || (!line && (all < fewFiles || step === 0))) return;
      last = step;
      if (!line) terminal.note(`${done} of ${all} ${what}`);
      else line.show(`[${"#".repeat(step).padEnd(width, ".")}] ${done} of ${all} ${what}`);
    },
    end: () => line?.clear(),
  };
}
