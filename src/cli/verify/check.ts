/** One finding of `verify`, ready to be shown. */
export interface Check {
  /** `clock`; a stable word in `--json`. */
  readonly name: string;
  /**
   * `skip`: not looked at, or nothing could be learnt; `note`: worth knowing, and changes nothing.
   */
  readonly status: "ok" | "fail" | "skip" | "note";
  /** Without a full stop. */
  readonly text?: string;
  /** More lines, one sentence each. */
  readonly details?: readonly string[];
  /** A stable word, where something is wrong. */
  readonly cause?: string;
  /** The exit code that this finding asks for; for a `skip` only where a proof is missing. */
  readonly exit?: number;
  readonly fix?: Fix;
  /** More for `--json`. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The one remedy for a cause. */
export interface Fix {
  /** A command as it is typed, or a sentence. */
  readonly text: string;
  /** What it does, in a few words. */
  readonly remark?: string;
}

/** @returns the exit code of the first failure, else of the first missing proof, else 0 */
export function exitOf(checks: readonly Check[]): number {
  return (decisive(checks)?.exit) ?? 0;
}

/** The check that decides the exit code, if it is not 0. */
export function decisive(checks: readonly Check[]): Check | undefined {
  return checks.find((check) => check.status === "fail") ??
    checks.find((check) => check.exit !== undefined && check.exit !== 0);
}
