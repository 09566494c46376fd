import type { AccessKey, LastUse } from "../aws/iam.ts";

/** An access key, and what is known of its use; nothing where that was not asked. */
export interface KeyView extends AccessKey {
  /** `unknown` where whoever asked may not see it. */
  readonly lastUse?: LastUse | "unknown";
}

/** Whether IAM knows of no use of a key. Where it could not be asked, that is not known either. */
function neverUsed({ lastUse }: KeyView): boolean {
  return lastUse !== undefined && lastUse !== "unknown" && lastUse.at === undefined;
}

/**
 * Whether a key can only be one that this rotation made and lost: not there when it began, made
 * after that, and never used. Where its use cannot be seen, the person who is asked decides.
 */
export function isOrphan(
  key: KeyView,
  { existing, started }: { readonly existing: readonly string[]; started: Temporal.Instant },
): boolean {
  return !existing.includes(key.id) && Temporal.Instant.compare(key.created, started) >= 0 &&
    (neverUsed(key) || key.lastUse === "unknown");
}
