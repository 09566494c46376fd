import type { Path } from "../sops/tree.ts";

/** The three versions that git hands over; `base` is what both sides began with. */
export type Side = "base" | "ours" | "theirs";

/** Two versions that cannot be brought together key by key. Neither was changed. */
export class MergeError extends Error {
  override name = "MergeError";
  /**
   * @param reason `documents`: both sides added or removed YAML documents; `duplicate key`: a name
   *   stands there twice, so there is no telling which is which; `selectors`: both sides changed
   *   which leaves are encrypted; `keys`: both changed key groups; `readable`: a value would become
   *   readable that is encrypted on both sides; `whole`: the file is one value, and both sides
   *   changed it
   * @param path where, if it is one place
   */
  constructor(
    readonly reason:
      | "documents"
      | "duplicate key"
      | "keys"
      | "readable"
      | "selectors"
      | "whole",
    readonly path: Path = [],
  ) {
    super(`cannot be merged: ${reason}${path.length > 0 ? ` at "${path.join("/")}"` : ""}`);
  }
}

/** One of the versions cannot be read. */
export class VersionError extends Error {
  override name = "VersionError";
  constructor(readonly side: Side, override readonly cause: Error) {
    super(`${side}: ${cause.message}`);
  }
}
