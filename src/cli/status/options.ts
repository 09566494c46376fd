import type { Engine } from "../engine.ts";

export type StatusFlags = {
  readonly engine?: Engine;
  /** Several, one after another. */
  readonly file?: readonly string[];
  readonly json: boolean;
  readonly prometheus: boolean;
  readonly short: boolean;
  readonly offline: boolean;
  readonly strict: boolean;
  /** Days. */
  readonly maxAge: number;
  /** Seconds for all that AWS is asked. */
  readonly timeout: number;
  /** A file that takes the place of stdout. */
  readonly output?: string;
};
