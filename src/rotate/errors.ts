import type { Diagnosis } from "../aws/diagnose.ts";
import type { KeyView } from "./keys.ts";

/** What stands under `rotation/PROFILE` is not what this program writes there. */
export class JournalError extends Error {
  override name = "JournalError";
  /**
   * @param reason `malformed`: a leaf is absent, or is not what it should be; `plaintext`: it is not
   *   encrypted, so nothing binds it to its name; `another profile`: it was written for `about`
   */
  constructor(
    readonly profile: string,
    readonly reason: "malformed" | "plaintext" | "another profile",
    readonly leaf: string,
    readonly about?: string,
  ) {
    super(`The journal of profile "${profile}" is ${reason}: ${leaf}`);
  }
}

/** The journal, or the profile's key, is another one by now than this rotation went by. */
export class MeanwhileError extends Error {
  override name = "MeanwhileError";
  constructor(readonly profile: string) {
    super(`The rotation of "${profile}" was changed meanwhile`);
  }
}

/** Whose key cannot be rotated, and what kind of owner that is. */
export type UnfitOwner =
  | "root"
  | "assumed role"
  | "single sign-on"
  | "federated user"
  | "session"
  | "unknown";

/** The key is not one of an IAM user. */
export class OwnerError extends Error {
  override name = "OwnerError";
  /** @param arn who AWS says it is, where it was asked */
  constructor(readonly profile: string, readonly owner: UnfitOwner, readonly arn?: string) {
    super(`Cannot rotate the key of profile "${profile}": it belongs to ${owner}`);
  }
}

/** The user has another key already, and AWS allows two. */
export class ThirdKeyError extends Error {
  override name = "ThirdKeyError";
  constructor(
    readonly profile: string,
    readonly user: string,
    /** Both, with age and last use. */
    readonly keys: readonly KeyView[],
    /** The one that the profile uses. */
    readonly live: string,
    readonly at: Temporal.Instant,
  ) {
    super(`User "${user}" has ${keys.length} access keys`);
  }
}

/** A key was made and its secret never came to the file. Nobody can use it; it awaits a yes. */
export class OrphanError extends Error {
  override name = "OrphanError";
  /** @param answer whether somebody said no, or there was nobody to ask */
  constructor(
    readonly profile: string,
    readonly user: string,
    readonly key: KeyView,
    readonly answer: "no" | "nobody",
  ) {
    super(`Key ${key.id} of "${user}" is an orphan`);
  }
}

/** A key was made, the file could not be written, and deleting the key failed too. */
export class OrphanLeftError extends Error {
  override name = "OrphanLeftError";
  constructor(
    readonly profile: string,
    readonly user: string,
    readonly id: string,
    /** Why the file was not written. */
    override readonly cause: unknown,
    /** Why the key was not deleted. */
    readonly diagnosis: Diagnosis,
  ) {
    super(`Key ${id} of "${user}" was made and could be neither stored nor deleted`);
  }
}

/** A key was made, the file could not be written, and the key was deleted again. */
export class NotStagedError extends Error {
  override name = "NotStagedError";
  constructor(readonly profile: string, readonly id: string, override readonly cause: unknown) {
    super(`Key ${id} could not be stored, and was deleted again`);
  }
}

/** There was no answer to CreateAccessKey, so that nobody knows whether there is a key more. */
export class UnknownOutcomeError extends Error {
  override name = "UnknownOutcomeError";
  constructor(readonly profile: string, readonly user: string, readonly diagnosis: Diagnosis) {
    super(`It is not known whether a key of "${user}" was made`);
  }
}

/** AWS did not do what a step asked for. */
export class AwsStepError extends Error {
  override name = "AwsStepError";
  /** @param step what was being done */
  constructor(
    readonly profile: string,
    readonly step: AwsStep,
    readonly diagnosis: Diagnosis,
  ) {
    super(`Cannot ${step} for "${profile}": ${diagnosis.cause}`);
  }
}

export type AwsStep =
  | "tell whose key it is"
  | "list the keys"
  | "make a key"
  | "prove the new key"
  | "prove the old key"
  | "have a model answer to the new key"
  | "see the last use of the key"
  | "deactivate the old key"
  | "activate the old key"
  | "delete the key"
  | "cut off the sessions";

/** Why the next step is not taken. */
export type Hindrance =
  | "under way"
  | "no rotation"
  | "key changed"
  | "old key gone"
  | "new key gone"
  | "new key inactive"
  | "old key inactive"
  | "key is live"
  | "not owned"
  | "another identity"
  | "format"
  | "too late"
  | "using itself";

/** The next step would not be safe, or has no meaning. Nothing was changed by it. */
export class HinderedError extends Error {
  override name = "HinderedError";
  /** @param id the access key that it is about */
  constructor(readonly profile: string, readonly why: Hindrance, readonly id?: string) {
    super(`Rotation of "${profile}": ${why}${id ? ` (${id})` : ""}`);
  }
}

/** The file has changes that are in no commit. */
export class UncommittedError extends Error {
  override name = "UncommittedError";
  /** @param paths leaves that differ from the last commit; none where it could not be opened */
  constructor(readonly file: string, readonly paths: readonly string[]) {
    super(`"${file}" has uncommitted changes`);
  }
}
