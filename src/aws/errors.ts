import type { Path } from "../sops/tree.ts";

/** A profile that has no usable key of its own. */
export class NoKeyError extends Error {
  override name = "NoKeyError";
  /**
   * @param missing where the first part that is missing would stand
   * @param role whether the profile is a role, which has no key of its own
   */
  constructor(readonly profile: string, readonly missing: Path, readonly role: boolean) {
    super(`Profile "${profile}" has no "${missing.join("/")}"`);
  }
}

/** What is the matter with a field that says where credentials come from. */
export type SourceProblem =
  /** `source` is something else than `ambient`. */
  | { readonly kind: "unknown kind"; readonly value: string }
  /** Two fields contradict each other; `with` is the other's path. */
  | { readonly kind: "conflict"; readonly with: Path }
  /** The field means something for a role only, and there is none. */
  | { readonly kind: "no role"; readonly role: Path }
  | { readonly kind: "unknown profile"; readonly value: string; readonly known: readonly string[] }
  /** `source_profile` leads back; the first profile of the loop is also its last. */
  | { readonly kind: "loop"; readonly profiles: readonly string[] }
  /** `source_profile` has a Bedrock API key, which assumes no role. */
  | { readonly kind: "api key"; readonly value: string }
  | { readonly kind: "bad arn"; readonly value: string }
  | { readonly kind: "bad external id" }
  | { readonly kind: "bad serial"; readonly value: string }
  /** A device's code needs a long-term key, and `from` is none. */
  | { readonly kind: "mfa without key"; readonly from: string }
  | { readonly kind: "bad duration"; readonly value: string }
  /** Seconds; `chained`: the role is assumed by another role. */
  | {
    readonly kind: "out of range";
    readonly value: string;
    readonly shortest: number;
    readonly longest: number;
    readonly chained: boolean;
  }
  | { readonly kind: "too many tags"; readonly count: number }
  | { readonly kind: "bad tag"; readonly tag: string; readonly fault: TagFault }
  | { readonly kind: "bad policy"; readonly fault: PolicyFault };

/** More characters than AWS takes. */
interface TooLong {
  readonly length: number;
  readonly most: number;
}

/** What AWS would refuse a session tag for. */
export type TagFault =
  | { readonly kind: "no name" | "reserved name" | "characters" | "twice" }
  | { readonly kind: "long name" | "long value" } & TooLong;

/** What AWS would refuse a session policy for, as far as we look. */
export type PolicyFault =
  | { readonly kind: "no JSON" | "no statement" }
  | { readonly kind: "too long" } & TooLong;

/** A profile does not say, in a way that can be followed, where its credentials come from. */
export class SourceError extends Error {
  override name = "SourceError";
  /** @param path the field that is to be changed */
  constructor(readonly profile: string, readonly path: Path, readonly problem: SourceProblem) {
    super(`Profile "${profile}", "${path.join("/")}": ${problem.kind}`);
  }
}

/** What a machine can have credentials from. */
export type AmbientKind =
  | "web-identity"
  | "sso"
  | "login"
  | "pod-identity"
  | "container"
  | "instance";

/** One way to credentials that this machine seems to have, or does not. */
export interface AmbientWay {
  readonly kind: AmbientKind;
  /** What says so: `AWS_ROLE_ARN`, `AWS profile "work"`; nothing where nothing does. */
  readonly by?: string;
  /** Where it leads: a role, an address, an account. */
  readonly to?: string;
}

/** The machine has no credentials for us. */
export class NoAmbientError extends Error {
  override name = "NoAmbientError";
  /**
   * @param way the one that was taken; nothing where there is none
   * @param reason `absent`: nothing announces any, and no instance answers; `late`: no answer in
   *   time; `failed`: it answered, without credentials
   * @param why what the AWS SDK says
   */
  constructor(
    readonly way: AmbientWay | undefined,
    readonly reason: "absent" | "late" | "failed",
    readonly why: string,
  ) {
    super(`No credentials of this machine${way ? ` (${way.kind})` : ""}: ${why || reason}`);
  }
}
