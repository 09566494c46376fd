/** An error in words for a person, with its stable cause and its exit code. */
export interface Fault {
  readonly exit: number;
  /** A stable word for programs: `mac_mismatch`. */
  readonly cause: string;
  /** What failed, the quoted value, why; no full stop on the first line, no secret, no advice. */
  readonly message: string;
  /** What to do about it: a command, or a sentence. One remedy. */
  readonly hint?: string;
  /** More fields for `--json`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Words the errors of one folder; gives nothing back for errors that are not that folder's. */
export type FaultWriter = (error: unknown) => Fault | undefined;
