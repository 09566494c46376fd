import type { ClaudeView } from "../../claude/view.ts";
import type { Login } from "../../claude/login.ts";
import { compareJudged, isBad, type Judged } from "../../status/judge.ts";
import type { Known, ShellView } from "../../status/shell.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FileView } from "./gather.ts";

/** A credential as it is told of. */
export interface Row extends Judged {
  /** The file that it is in, as the user names it. */
  readonly file: string;
  /** `-f FILE`, as commands for it need. */
  readonly flag?: string;
  /** What is wrong with it, in words, and what to do. */
  readonly fault?: { readonly message: string; readonly hint?: string };
}

/** All that `status` tells. */
export interface Report {
  readonly at: Temporal.Instant;
  /** Days. */
  readonly maxAgeDays: number;
  readonly files: readonly FileView[];
  /** Files that could not be looked at. */
  readonly failed: readonly FailedFile[];
  /** Worst first. */
  readonly rows: readonly Row[];
  /** Whether AWS was asked; `pending` while it is. */
  readonly asked: "yes" | "no" | "pending";
  /** Why AWS did not say, each once. */
  readonly trouble: readonly Trouble[];
  readonly shell: ShellView;
  /** Nothing where Claude Code is not here. */
  readonly claude?: ClaudeLook;
}

export interface FailedFile {
  readonly file: string;
  readonly cause: string;
  readonly exit: number;
  readonly message: string;
  readonly hint?: string;
}

export interface Trouble {
  readonly cause: string;
  readonly message: string;
  readonly fix: string;
  readonly profiles: readonly string[];
}

/** What Claude Code would use, and what it is compared with. */
export interface ClaudeLook {
  readonly view: ClaudeView;
  readonly login?: Login;
  readonly known: readonly Known[];
  readonly files: readonly FileView[];
}

/** What a shell and Claude Code are compared with. */
export function knownIn(files: readonly FileView[]): Known[] {
  return files.flatMap(({ path, entries, journals, closed }) => {
    if (closed) return [];
    const views = new Set(entries.map(({ view }) => view));
    return [...views].map((view): Known => {
      const { name, accessKeyId, secretAccessKey, sessionToken, bedrockApiKey } = view;
      const journal = [...journals.values()].find((each) =>
        each.profile === name || accessKeyId !== undefined &&
          (each.old.id === accessKeyId || each.new?.id === accessKeyId)
      );
      const former = [journal?.old.id, journal?.new?.id]
        .filter((id) => id !== undefined && id !== accessKeyId);
      return {
        file: path,
        profile: name,
        ...(accessKeyId === undefined ? {} : { accessKeyId }),
        ...(secretAccessKey ? { secretAccessKey } : {}),
        ...(sessionToken ? { sessionToken } : {}),
        ...(bedrockApiKey ? { apiKey: bedrockApiKey } : {}),
        formerKeys: former as string[],
      };
    });
  });
}

/** Rows in their order. */
export function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort(compareJudged);
}

/**
 * Overdue, expired and invalid credentials, and files that could not be looked at. With `strict`
 * also what could not be learned: 3 for a file that does not open, 7 where AWS did not answer, 9 for
 * an age that is not known otherwise.
 */
export function exitOf(
  { files, failed, rows }: Pick<Report, "files" | "failed" | "rows">,
  strict: boolean,
): number {
  if (failed.length > 0) {
    return files.length === 0 && failed.length === 1 ? failed[0]!.exit : exitCodes.partial;
  }
  if (rows.some(isBad)) return exitCodes.credentials;
  if (!strict) return exitCodes.done;
  const closed = files.find((each) => each.closed)?.closed;
  if (closed) return closed.exit;
  const unknown = rows.filter(({ state }) => state === "unknown");
  if (unknown.some(({ unseen }) => unseen === "unreachable")) return exitCodes.temporary;
  return unknown.length > 0 ? exitCodes.partial : exitCodes.done;
}
