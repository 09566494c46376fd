import type { Terminal } from "../terminal.ts";
import { type Check, decisive, exitOf } from "./check.ts";
import { layOut } from "./layout.ts";

/** What a whole run is about, for the first line and for `--json`. */
export interface Subject {
  readonly profile: string;
  /** As the user names it. */
  readonly file: string;
  readonly region?: string;
}

/**
 * Prints findings: for people as they come, or all of them as one document.
 */
export class Report {
  readonly #checks: Check[] = [];
  #begun = false;

  constructor(
    readonly terminal: Terminal,
    readonly json: boolean,
    readonly subject: Subject,
  ) {}

  add(...checks: readonly Check[]): void {
    this.#checks.push(...checks);
    if (this.json) return;
    const { terminal, subject } = this;
    if (!this.#begun) {
      const { profile, file, region } = subject;
      terminal.line([profile, file, region].filter((part) => part).join(", "));
      this.#begun = true;
    }
    for (const check of checks) {
      for (const line of layOut(check, terminal.style)) terminal.line(line);
    }
  }

  /**
   * @param ready the last line where nothing failed
   * @returns the exit code
   */
  end(ready: string): number {
    const exit = exitOf(this.#checks);
    if (!this.json) {
      this.terminal.line(exit === 0 ? ready : closing(this.#checks));
      return exit;
    }
    const document = reportDocument(this.subject, this.#checks);
    this.terminal.line(JSON.stringify(document));
    return exit;
  }
}

/**
 * Findings as a document, version 1: `ok`, `exit`, `cause` (of the finding that decides the exit
 * code), `profile`, `file`, `region`, and `checks`, each with `check`, `status` (`ok`, `fail`,
 * `skip`, `note`) and, where there are any, `text`, `details`, `cause`, `fix` and `facts`.
 */
export function reportDocument(subject: Subject, found: readonly Check[]) {
  const exit = exitOf(found);
  const checks = found.map(({ name, fix, exit: _, ...check }) => ({
    check: name,
    ...check,
    ...(fix ? { fix: fix.text } : {}),
  }));
  return { version: 1, ok: exit === 0, exit, cause: decisive(found)?.cause, ...subject, checks };
}

function closing(checks: readonly Check[]): string {
  const names = (found: readonly Check[]) => [...new Set(found.map(({ name }) => name))].join(", ");
  const failed = checks.filter(({ status }) => status === "fail");
  if (failed.length) return `Not ready: ${names(failed)}`;
  return `Not proved: ${names(checks.filter(({ exit }) => exit))}`;
}

/**
 * Shows on a terminal that something is awaited; elsewhere nothing.
 *
 * @returns takes the line away again
 */
export function showWaiting(terminal: Terminal, json: boolean, text: string): () => void {
  if (json || !terminal.stdoutIsTerminal) return () => {};
  terminal.out(terminal.style("dim", `  ...   ${text}`));
  return () => terminal.out("\r\x1b[2K");
}
