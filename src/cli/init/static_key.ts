import type { Secret } from "../../sops/secret.ts";

/** An AWS access key as it was found somewhere, with what stood beside it. */
export interface FoundKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
  /** The IAM user's name, where the source gives it. */
  readonly userName?: string;
  readonly region?: string;
  readonly modelId?: string;
  readonly smallModelId?: string;
  /** The address of Bedrock's runtime. */
  readonly endpoint?: string;
}

/** Why a key that was found is none that could be kept: a stable word and a sentence without end. */
export interface KeyFault {
  readonly cause: "session_key" | "key_id_shape" | "secret_shape";
  readonly reason: string;
}

/**
 * Whether this can be a long-term access key: `AKIA` and 12 to 124 more. Secrets are 40 characters
 * today, which AWS does not promise, so only what no secret can be is turned down. A session token
 * beside a long-term key is a leftover, and is no fault of the key.
 *
 * @see IAM API reference, AccessKey: AccessKeyId, 16 to 128 characters
 */
export function faultOfKey(key: FoundKey): KeyFault | undefined {
  return faultOfKeyId(key.accessKeyId) ?? faultOfSecret(key.secretAccessKey);
}

/** @param id as it was given; it may be anything, so it is not repeated unless it is an id */
export function faultOfKeyId(id: string): KeyFault | undefined {
  if (/^ASIA[A-Z0-9]{12,124}$/.test(id)) {
    return {
      cause: "session_key",
      reason: `"${id}" is a session key, which ends within hours; a static key begins with AKIA`,
    };
  }
  if (/^AKIA[A-Z0-9]{12,124}$/.test(id)) return undefined;
  return {
    cause: "key_id_shape",
    reason: "an access key id is AKIA and at least 12 capital letters or digits",
  };
}

export function faultOfSecret(secret: Secret): KeyFault | undefined {
  return /^[!-~]{16,}$/.test(secret.reveal()) ? undefined : {
    cause: "secret_shape",
    reason: "a secret access key is at least 16 characters, without spaces",
  };
}

/** An id with all but its last four characters left out: enough to tell keys apart. */
export function masked(accessKeyId: string): string {
  return `...${accessKeyId.slice(-4)}`;
}

/** Whether two keys are the same key. */
export function sameKey(one: FoundKey, other: FoundKey): boolean {
  return one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey.reveal() === other.secretAccessKey.reveal();
}
