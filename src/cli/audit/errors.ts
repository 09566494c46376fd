import type { Diagnosis } from "../../aws/diagnose.ts";

/** CloudTrail could be asked nowhere. In words already, because they name what surrounds a profile. */
export class NoTrailError extends Error {
  override name = "NoTrailError";
  constructor(
    /** With whose rights it was asked. */
    readonly profile: string,
    readonly region: string,
    readonly diagnosis: Diagnosis,
    readonly words: { readonly text: string; readonly fix: string },
  ) {
    super(`Cannot look at CloudTrail in ${region}: ${diagnosis.cause}`);
  }
}

/** There is no access key whose uses could be looked for. */
export class NoKeysError extends Error {
  override name = "NoKeysError";
  constructor(readonly file: string, readonly profile: string | undefined) {
    super(`"${file}" has no access key`);
  }
}
