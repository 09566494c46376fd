import { MfaNeededError } from "../../aws/session/errors.ts";
import { now } from "../../platform/clock.ts";
import type { Tty } from "../../platform/tty.ts";
import { harmlessName } from "../terminal.ts";

/** Milliseconds that a person has for all of it; botocore waits no longer. */
const codeLimit = 60_000;

/**
 * Asks for an MFA code on the terminal, whatever standard input is. A code is no secret for long,
 * so it is shown as it is typed; what is none is asked for again.
 *
 * @param profile the one that was asked for
 * @param owner the one whose key it goes with
 * @throws {MfaNeededError}
 */
export async function askForCode(
  tty: Tty | undefined,
  profile: string,
  owner: string,
  serial: string,
): Promise<string> {
  if (tty === undefined) throw new MfaNeededError(profile, serial, "no terminal");
  const until = now().add({ milliseconds: codeLimit });
  const left = () => until.epochMilliseconds - now().epochMilliseconds;
  const of = harmlessName(serial.replace(/^arn:[^:]*:iam::\d*:/, ""));
  let question = `MFA code of ${of} for profile "${owner}": `;
  for (;;) {
    const answer = await tty.ask(question, Math.max(0, left()));
    if (answer === "late") throw new MfaNeededError(profile, serial, "no answer");
    if (answer === "closed") throw new MfaNeededError(profile, serial, "given up");
    const code = answer.line.replaceAll(/\s/g, "");
    if (/^\d{6}$/.test(code)) return code;
    if (code === "") throw new MfaNeededError(profile, serial, "given up");
    question = "A code has 6 digits: ";
  }
}
