import { type Journal, steps } from "../../rotate/journal.ts";
import type { KeyView } from "../../rotate/keys.ts";
import type { Awaited } from "../../rotate/next.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { spanText } from "../verify/remedies.ts";
import type { Style } from "../terminal.ts";

/** One line of the picture of a rotation. */
export interface Line {
  /** `wait`: it is waited for; `next`: it comes next; `-`: later. */
  readonly status: "ok" | "wait" | "next" | "-";
  readonly name: string;
  readonly text: string;
}

/** The steps of a rotation as they are shown; the last has no place in the journal. */
const stepNames = [...steps, "deleted"] as const;
export type StepName = typeof stepNames[number];

/** The steps back. */
const abortNames = ["restored", "deployed", "removed"] as const;

/** How many steps there are. */
export const stepCount = stepNames.length;

/** `step 5/8`: which step is being taken, counted from 1. */
export function stepNumber(journal: Journal): number {
  return steps.indexOf(journal.step) + 2;
}

/** What a step that is done says. */
export function doneText(step: StepName, journal: Journal, file: string): string {
  const [old, fresh] = [journal.old.id, journal.new?.id];
  switch (step) {
    case "intent":
      return `${old} of user/${journal.user} is to be replaced`;
    case "staged":
      return `${fresh}, encrypted in ${file}`;
    case "proved":
      return "STS knows the new key, 5 times in a row";
    case "promoted":
      return `${fresh} is the key of ${file}`;
    case "deployed":
      return journal.deployed ? `known since ${dateText(journal.deployed)}` : "";
    case "quiet":
      return `${old} was not used for ${spanText(journal.quiet)}`;
    case "inactive":
      return journal.inactive
        ? `${old}, since ${dateText(journal.inactive)}${
          journal.revoked ? "; its sessions are cut off" : ""
        }`
        : old;
    case "deleted":
      return old;
  }
}

/** The picture of a rotation, or of its abort. */
export function picture(journal: Journal, file: string, awaited?: Awaited): Line[] {
  if (journal.abort) return abortPicture(journal, file, awaited);
  const at = steps.indexOf(journal.step);
  return stepNames.map((name, index): Line => {
    if (index <= at) return { status: "ok", name, text: doneText(name, journal, file) };
    if (index > at + 1) return { status: "-", name, text: "" };
    return awaited
      ? { status: "wait", name, text: awaitedText(awaited, journal) }
      : { status: "next", name, text: nextText(name, journal) };
  });
}

function abortPicture(journal: Journal, file: string, awaited?: Awaited): Line[] {
  const wasPromoted = steps.indexOf(journal.step) >= steps.indexOf("promoted");
  const at = { begun: wasPromoted ? -1 : 1, restored: 0, deployed: 1 }[journal.abort!];
  return abortNames.map((name, index): Line => {
    const text = name === "restored" ? `${journal.old.id} is the key of ${file}` : "";
    if (index <= at) return { status: "ok", name, text };
    if (index > at + 1) return { status: "-", name, text: "" };
    return awaited
      ? { status: "wait", name, text: awaitedText(awaited, journal) }
      : { status: "next", name, text: name === "removed" ? journal.new?.id ?? "" : "" };
  });
}

function nextText(name: StepName, journal: Journal): string {
  switch (name) {
    case "staged":
      return "a new key, kept encrypted before anything else";
    case "proved":
      return `${journal.new?.id}`;
    case "promoted":
      return `${journal.new?.id} becomes the key of the file`;
    case "deployed":
      return "every host has the new key";
    case "quiet":
      return `no use of ${journal.old.id} for ${spanText(journal.quiet)}`;
    case "deleted":
      return `${spanText(journal.soak)} after that`;
    default:
      return journal.old.id;
  }
}

/** What is waited for. */
export function awaitedText(awaited: Awaited, journal: Journal): string {
  switch (awaited.what) {
    case "deployment":
      return `every host has ${journal.abort ? journal.old.id : journal.new?.id}`;
    case "sight":
      return `the last use of ${journal.old.id} may not be seen (iam:GetAccessKeyLastUsed)`;
    case "quiet":
      return awaited.usedSince
        ? `${journal.old.id} is still in use; unused from ${dateText(awaited.until)} on`
        : `no use of ${journal.old.id} until ${dateText(awaited.until)}`;
    case "soak":
      return `from ${dateText(awaited.until)} on`;
  }
}

/** The words that name a rotation on the command line. */
export function commandFor(
  journal: Pick<Journal, "profile">,
  file: string | undefined,
  more: string,
): string {
  const named = journal.profile === "default" ? "" : ` ${journal.profile}`;
  return `credsmith rotate${file ? ` -f ${shellQuote(file)}` : ""}${named} ${more}`;
}

/** What to do next, first what is no command of ours. */
export function nextSteps(
  journal: Journal,
  awaited: Awaited | undefined,
  about: { readonly shown: string; readonly file: string | undefined },
): string[] {
  const go = (more: string) => commandFor(journal, about.file, more);
  switch (awaited?.what) {
    case "deployment": {
      const what = journal.abort ? "Restore" : "Rotate";
      return [
        `git commit -m "${what} the key of ${journal.profile}" ${shellQuote(about.shown)}`,
        `then bring it to every host, and: ${go("--continue --deployed")}`,
      ];
    }
    case "sight":
      return [`when nothing uses it any more: ${go("--continue --unused")}`];
    case "quiet":
    case "soak":
      return [`${go("--continue")}   (from ${dateText(awaited.until)} on)`];
    default:
      return [go("--continue")];
  }
}

/** `2026-11-22 10:00 UTC` */
function dateText(at: Temporal.Instant): string {
  return `${at.toString({ smallestUnit: "minute" }).replace("T", " ").replace("Z", "")} UTC`;
}

/** A key with age and last use. */
export function keyText(key: KeyView, now: Temporal.Instant): string {
  const seconds = (at: Temporal.Instant) =>
    Math.max(0, (now.epochMilliseconds - at.epochMilliseconds) / 1000);
  const { lastUse } = key;
  const use = lastUse === undefined || lastUse === "unknown"
    ? "last use unknown"
    : lastUse.at === undefined
    ? "never used"
    : `used ${ago(seconds(lastUse.at))}${lastUse.service ? ` for ${lastUse.service}` : ""}${
      lastUse.region ? ` in ${lastUse.region}` : ""
    }`;
  const state = key.active ? "" : "inactive, ";
  return `${key.id}  ${state}made ${ago(seconds(key.created))}, ${use}`;
}

/** In the largest unit: nobody needs the minutes of a key that is 80 days old. */
function ago(seconds: number): string {
  const units = [[86400, "d"], [3600, "h"], [60, "min"]] as const;
  const [size, unit] = units.find(([size]) => seconds >= size * 0.99) ?? [1, ""];
  return unit ? `${Math.round(seconds / size)} ${unit} ago` : "just now";
}

const styles: Readonly<Record<Line["status"], Style>> = {
  ok: "green",
  wait: "yellow",
  next: "cyan",
  "-": "dim",
};

/** A line as `verify` has them: status, name, text. */
export function lineText(
  { status, name, text }: Line,
  style: (style: Style, text: string) => string,
): string {
  return `  ${style(styles[status], status.padEnd(4))}  ${name.padEnd(8)}  ${text}`.trimEnd();
}
