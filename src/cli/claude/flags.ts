import type { Scope } from "../../claude/places.ts";
import type { Engine } from "../engine.ts";
import { UsageError } from "../errors.ts";

/** What was asked of `claude configure`. */
export type ConfigureFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile: string;
  readonly user: boolean;
  readonly project: boolean;
  readonly local: boolean;
  readonly region?: string;
  readonly model?: string;
  readonly smallModel?: string;
  readonly static: boolean;
  readonly discard: boolean;
  readonly remove: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

/**
 * Whose settings are meant; the user's unless something else is said.
 *
 * @throws {UsageError} for more than one
 */
export function scopeOf({ user, project, local }: ConfigureFlags): Exclude<Scope, "managed"> {
  if ([user, project, local].filter(Boolean).length > 1) {
    throw new UsageError("--user, --project and --local exclude one another");
  }
  return project ? "project" : local ? "local" : "user";
}
