import type { KeeperEvent } from "../../serve/keeper.ts";
import type { Failure } from "../../serve/server.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { Terminal } from "../terminal.ts";

/** What a client is told of credentials that could not be had. */
export async function failureOf(error: unknown): Promise<Failure> {
  const { exit, cause, message } = await explain(error);
  return {
    status: exit === exitCodes.temporary ? 503 : 500,
    // AWS's codes are written so.
    code: cause.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    message: message.split("\n", 1)[0]!,
  };
}

/** Says once that credentials could not be renewed, and once that they could be again. */
export async function noteEvent(
  terminal: Terminal,
  profile: string,
  event: KeeperEvent,
): Promise<void> {
  if (event.kind === "recovered") {
    return terminal.note(`Renewed ${profile}, good until ${clockTime(event.until)}`);
  }
  const { message, hint } = await explain(event.error);
  terminal.note(message);
  if (hint) terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
  terminal.note(
    event.until
      ? `  ${profile} is served until ${clockTime(event.until.subtract({ minutes: 15 }))}`
      : `  ${profile} is not served meanwhile; it is tried again`,
  );
}

function clockTime(instant: Temporal.Instant): string {
  return `${
    instant.toZonedDateTimeISO("UTC").toPlainTime().toString({ smallestUnit: "minute" })
  } UTC`;
}

/** Notes that requests were refused: each kind at most once a minute, and nothing of what they said. */
export class RefusalNotes {
  readonly #last = new Map<string, { at: Temporal.Instant; more: number }>();

  constructor(readonly terminal: Terminal, readonly now: () => Temporal.Instant) {}

  add(code: string): void {
    const now = this.now();
    const last = this.#last.get(code);
    if (last && now.since(last.at).total("seconds") < 60) {
      last.more++;
      return;
    }
    const more = last?.more ? ` (and ${last.more} more)` : "";
    this.#last.set(code, { at: now, more: 0 });
    this.terminal.note(`Refused a request: ${code}${more}`);
  }
}
