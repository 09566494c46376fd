import type { Engine } from "../engine.ts";

/** The flags of `audit`. */
export type AuditFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly local: boolean;
  /** Seconds before now, or when. */
  readonly since?: number | Temporal.Instant;
  /** Seconds. */
  readonly recent: number;
  readonly region?: readonly string[];
  readonly key?: readonly string[];
  readonly using?: string;
  readonly sessions: number;
  readonly limit: number;
  readonly events: boolean;
  /** Seconds for each answer. */
  readonly timeout: number;
  readonly json: boolean;
};

/** When a look begins. */
export function beginning(
  since: AuditFlags["since"],
  usual: number,
  now: Temporal.Instant,
): Temporal.Instant {
  return typeof since === "object" ? since : now.subtract({ seconds: since ?? usual });
}
