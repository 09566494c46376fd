import { shellQuote } from "../../platform/command_line.ts";
import type { Journal } from "../../rotate/journal.ts";
import { sessionsPolicy } from "../../rotate/sessions.ts";
import type { Event, Outcome, Unchecked } from "../../rotate/world.ts";
import type { Context } from "../command.ts";
import { showWaiting } from "../verify/report.ts";
import { wrapped } from "../wrap.ts";
import type { RotateFlags } from "./options.ts";
import {
  awaitedText,
  doneText,
  type Line,
  lineText,
  nextSteps,
  picture,
  stepCount,
  stepNumber,
} from "./picture.ts";

/** Shows one rotation while it goes on, and gathers what `--json` says of it. */
export class RotationReport {
  #shown = new Set<string>();
  #headed = false;
  #clear = () => {};
  #last: Journal | undefined;
  /** Why it is not known whether the file has changes in no commit; asked twice, told once. */
  unchecked: Unchecked | undefined;

  constructor(
    readonly context: Context,
    readonly flags: RotateFlags,
    readonly profile: string,
    /** The secrets file, as users name it. */
    readonly file: string,
  ) {}

  /** What was done in earlier runs. */
  earlier(journal: Journal): void {
    this.#last = journal;
    if (journal.abort) return this.#head(journal);
    for (const line of picture(journal, this.file)) {
      if (line.status === "ok") this.#line(journal, line);
    }
  }

  tell(event: Event): void {
    const { terminal } = this.context;
    this.#clear();
    this.#clear = () => {};
    switch (event.kind) {
      case "done":
        this.#last = event.journal;
        this.#line(event.journal, this.#doneLine(event));
        if (event.step === "inactive") this.#sessions(event.journal);
        return;
      case "trying":
        this.#progress(`asking AWS with the key, ${event.count} of ${event.of}`);
        return;
      case "waiting":
        this.#progress(awaitedText(event.for, event.journal));
        return;
      case "deleted":
        if (event.id !== this.#last?.old.id && !this.flags.json) {
          terminal.line(`        Deleted ${event.id}`);
        }
        return;
      case "unchecked":
        this.#unchecked(event.unchecked);
        return;
      case "retrying":
        this.#progress(
          `${event.diagnosis.cause}, once more in ${Math.ceil(event.seconds)} s`,
        );
    }
  }

  #unchecked(unchecked: Unchecked): void {
    if (this.unchecked) return;
    this.unchecked = unchecked;
    const why = {
      "no git": "there is no git on PATH",
      "no repository": `"${this.file}" is in no git repository`,
      "no commit": `no commit has "${this.file}"`,
      "git refused": `git does not tell (${unchecked.reason})`,
    }[unchecked.why];
    this.context.terminal.note(`Note: ${why}: not compared with the last commit`);
  }

  /** What is left, and what to do. */
  end(outcome: Outcome): void {
    this.#clear();
    const { terminal } = this.context;
    const { journal } = outcome;
    if (this.flags.json) return;
    if (outcome.kind === "waiting") {
      for (const line of picture(journal, this.file, outcome.for)) this.#line(journal, line);
      const [first = "", ...rest] = nextSteps(journal, outcome.for, {
        shown: this.file,
        file: this.flags.file,
      });
      const where = journal.abort ? "Aborting" : `Step ${stepNumber(journal)} of ${stepCount}`;
      terminal.line(`${where}. Next: ${first}`);
      for (const line of rest) terminal.line(`  ${line}`);
    } else if (outcome.kind === "finished") {
      terminal.line(`Done: ${journal.new?.id} took the place of ${journal.old.id}`);
      this.#commit(journal);
    } else {
      terminal.line(`Aborted: ${journal.old.id} is the key, as before`);
      this.#commit(journal);
    }
  }

  /** The line that is being waited on goes away. */
  stop(): void {
    this.#clear();
    this.#clear = () => {};
  }

  #commit({ profile }: Journal): void {
    this.context.terminal.line(
      `Next: git commit -m "The rotation of ${profile} is over" ${shellQuote(this.file)}`,
    );
  }

  #doneLine({ step, journal, text }: Extract<Event, { kind: "done" }>): Line {
    switch (step) {
      case "reactivated":
        return { status: "ok", name: "active", text: journal.old.id };
      case "restored":
        return { status: "ok", name: step, text: `${journal.old.id} is the key of ${this.file}` };
      case "redeployed":
        return { status: "ok", name: "deployed", text: "" };
      case "removed":
        return { status: "ok", name: step, text: journal.new?.id ?? "there was no new key" };
      default:
        return { status: "ok", name: step, text: text ?? doneText(step, journal, this.file) };
    }
  }

  #head(journal: Journal): void {
    if (this.#headed || this.flags.json) return;
    this.#headed = true;
    const { user, account } = journal;
    this.context.terminal.line(`${this.profile}, ${this.file}, user/${user}, ${account}`);
  }

  #line(journal: Journal, line: Line): void {
    if (this.flags.json) return;
    this.#head(journal);
    if (this.#shown.has(line.name) && line.status === "ok") return;
    if (line.status === "ok") this.#shown.add(line.name);
    this.context.terminal.line(lineText(line, this.context.terminal.style));
  }

  #progress(text: string): void {
    this.#clear = showWaiting(this.context.terminal, this.flags.json, text);
  }

  /** Sessions outlive the key they were made with. */
  #sessions(journal: Journal): void {
    if (this.flags.json) return;
    const { terminal } = this.context;
    const say = (text: string) => {
      for (const line of wrapped(text)) terminal.line(line);
    };
    say(
      "        Sessions made with the old key live on, for up to 36 hours, and do not show in its" +
        " last use. Sessions of roles that it assumed are cut off at the role.",
    );
    if (journal.revoke) return;
    say(
      `        --continue --revoke-sessions puts this policy on user/${journal.user}:`,
    );
    for (const line of sessionsPolicy(journal.inactive!).split("\n")) {
      terminal.line(`        ${line}`);
    }
  }
}

/** A rotation as `--json` tells it; no secret in it, only key ids. */
export function rotationDocument(journal: Journal, state: string, outcome?: Outcome) {
  const awaited = outcome?.kind === "waiting" ? outcome.for : undefined;
  return {
    profile: journal.profile,
    state,
    user: journal.user,
    account: journal.account,
    step: journal.step,
    ...(journal.abort ? { abort: journal.abort } : {}),
    ...(state === "finished" || state === "aborted"
      ? {}
      : { number: stepNumber(journal), of: stepCount }),
    old: journal.old.id,
    ...(journal.new ? { new: journal.new.id } : {}),
    started: String(journal.started),
    ...times(journal),
    ...(awaited ? { waitingFor: awaited.what } : {}),
    ...(awaited && "until" in awaited ? { until: String(awaited.until) } : {}),
    ...(journal.inactive && !journal.revoked
      ? { sessionsPolicy: JSON.parse(sessionsPolicy(journal.inactive)) }
      : {}),
  };
}

function times(journal: Journal): Record<string, string> {
  const names = ["promoted", "deployed", "inactive", "revoked"] as const;
  return Object.fromEntries(
    names.flatMap((name) => journal[name] ? [[name, String(journal[name])]] : []),
  );
}
