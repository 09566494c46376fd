import type { Credentials } from "../aws/clients.ts";
import type { Secret } from "../sops/secret.ts";
import type { Context } from "./command.ts";
import type { Engine } from "./engine.ts";
import type { OpenForReading } from "./open.ts";

/** What programs are given for a profile. */
export type Given =
  | {
    readonly kind: "keys";
    readonly credentials: Credentials;
    /** Absent where nobody knows, as for a key. */
    readonly expires?: Temporal.Instant;
    readonly how: "static" | "session" | "role" | "ambient";
    /** Renewing it failed for now; it has 15 to 20 minutes left. */
    readonly stale?: true;
  }
  | { readonly kind: "api-key"; readonly token: Secret };

export interface GivingOptions {
  /** The file's own key, rather than a session made from it. */
  readonly static: boolean;
  readonly engine?: Engine;
  /** Whether an MFA code may be asked for on the terminal (`/dev/tty`). */
  readonly mayAsk: boolean;
}

/** Gives what a profile has, again and again: what is cached and good, else what is made anew. */
export type Giver = (wish?: {
  /** Seconds that are to be left, where that can be had. */
  readonly atLeast?: number;
}) => Promise<Given>;

/**
 * How programs are given a profile's credentials: a session by default, with `static` the file's key.
 * Sessions are cached in memory, renewed when 20 minutes are left, by one process at a time.
 */
export function giver(
  _context: Context,
  _open: OpenForReading,
  _name: string,
  _options: GivingOptions,
): Promise<Giver> {
  throw new Error("not built yet");
}
