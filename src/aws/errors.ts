import type { Path } from "../sops/tree.ts";

/** A profile that has no usable key of its own. */
export class NoKeyError extends Error {
  override name = "NoKeyError";
  /**
   * @param missing where the first part that is missing would stand
   * @param role whether the profile names a role, which cannot be assumed yet
   */
  constructor(readonly profile: string, readonly missing: Path, readonly role: boolean) {
    super(`Profile "${profile}" has no "${missing.join("/")}"`);
  }
}
