import type { Diagnosis } from "../../aws/diagnose.ts";
import type { Link } from "../aws_link.ts";
import type { Around } from "../verify/online.ts";

/** How AWS is asked; nothing is asked without a connection. */
export interface Asking {
  link(profile: string): Promise<Link>;
  word(diagnosis: Diagnosis, around: Around): string;
  explain(error: unknown): Promise<string>;
  /** What surrounds a profile whose credentials cannot be had. */
  offline(profile: string): Promise<Link>;
}

/** What the policy is to be for. */
export interface Wishes {
  readonly offline: boolean;
  readonly rotation: boolean;
  readonly marketplace?: boolean;
  readonly looks: boolean;
}

/** A key that AWS does not take, or AWS out of reach: a wide policy would come of it by accident. */
export function isHopeless({ outcome }: Diagnosis): boolean {
  return outcome === "credentials" || outcome === "temporary";
}
