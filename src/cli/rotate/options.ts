/** The flags of `rotate`. */
export type RotateFlags = {
  readonly file?: string;
  readonly json: boolean;
  readonly using?: string;
  readonly continue: boolean;
  readonly abort: boolean;
  readonly status: boolean;
  readonly dryRun: boolean;
  readonly all: boolean;
  readonly deployed: boolean;
  readonly unused: boolean;
  readonly uncommitted: boolean;
  readonly deleteKey?: string;
  /** Seconds, like the next two. */
  readonly soak?: number;
  readonly quiet?: number;
  readonly wait: number;
  readonly revokeSessions: boolean;
  readonly invoke: boolean;
  /** Seconds for each answer. */
  readonly timeout: number;
};
