import type { SecretEntry } from "./sops_manifest.ts";

/** A private key of this host, or where one was to be. */
export interface HostKey {
  readonly path: string;
  readonly kind: "age key file" | "SSH host key";
  /** `unsupported`: of a kind that only sops itself can use, or cannot use either. */
  readonly state: "usable" | "absent" | "unreadable" | "malformed" | "unsupported";
  /** What it is a private key for. */
  readonly recipients: readonly string[];
}

/** What our own engine sees in an encrypted file. */
export type OwnLook =
  /** The system refuses it; `code` is its own. */
  | { readonly kind: "unreadable"; readonly code: string }
  | { readonly kind: "not encrypted" }
  /** It is not the format that it is said to be, or its metadata is not SOPS's. */
  | { readonly kind: "malformed" }
  | {
    readonly kind: "closed";
    readonly recipients: readonly string[];
    /** `kms`, `pgp`: keys that we did not try. */
    readonly otherKeys: readonly string[];
  }
  | { readonly kind: "changed"; readonly where: "mac" | "leaf" | "data key"; readonly path: string }
  | {
    readonly kind: "open";
    readonly absent: readonly string[];
    readonly noText: readonly string[];
  }
  /** Of a kind that we cannot open. */
  | { readonly kind: "unknown" };

/** How sops-install-secrets fared with one file alone. */
export interface Trial {
  readonly code: number;
  /** What it wrote to stderr. It may quote values, so it is looked at and never shown. */
  readonly said: string;
}

/** Why a file is left out. */
export type Reason =
  | { readonly cause: "file_unreadable"; readonly code: string }
  | { readonly cause: "not_encrypted" }
  | { readonly cause: "malformed" }
  /** There is no private key on this host that could be tried. */
  | { readonly cause: "no_key"; readonly recipients: readonly string[] }
  | {
    readonly cause: "wrong_recipient";
    readonly recipients: readonly string[];
    readonly otherKeys: readonly string[];
  }
  /** Only keys open it that a service or another program holds. */
  | { readonly cause: "other_keys"; readonly otherKeys: readonly string[] }
  | {
    readonly cause: "changed";
    readonly where: "mac" | "leaf" | "data key";
    readonly path: string;
  }
  | { readonly cause: "key_absent"; readonly keys: readonly string[] }
  | { readonly cause: "not_a_string"; readonly keys: readonly string[] }
  | { readonly cause: "owner_unknown"; readonly kind: "user" | "group"; readonly name: string }
  | { readonly cause: "timed_out" }
  | { readonly cause: "unknown" };

/** The exit code of a program that was killed for taking too long. */
export const killed = 137;

/**
 * Why sops-install-secrets refuses a file; pure. What our own engine sees counts first, since its
 * answers are typed; for what it cannot know the words of sops-install-secrets are read.
 */
export function judge(
  trial: Trial,
  look: OwnLook,
  keys: readonly HostKey[],
  entries: readonly SecretEntry[],
): Reason {
  if (look.kind === "unreadable") return { cause: "file_unreadable", code: look.code };
  const [, ownerKind, owner] = trial.said.match(/failed to lookup (user|group) '([^']*)'/) ?? [];
  if (ownerKind === "user" || ownerKind === "group") {
    return { cause: "owner_unknown", kind: ownerKind, name: owner ?? "" };
  }
  switch (look.kind) {
    case "not encrypted":
      return { cause: "not_encrypted" };
    case "malformed":
      return { cause: "malformed" };
    case "closed":
      return closed(look.recipients, look.otherKeys, keys);
    case "changed":
      return { cause: "changed", where: look.where, path: look.path };
    case "open":
      if (look.absent.length > 0) return { cause: "key_absent", keys: look.absent };
      if (look.noText.length > 0) return { cause: "not_a_string", keys: look.noText };
  }
  return bySaying(trial, entries);
}

function closed(
  recipients: readonly string[],
  otherKeys: readonly string[],
  keys: readonly HostKey[],
): Reason {
  if (recipients.length === 0) return { cause: "other_keys", otherKeys };
  const some = keys.some(({ state }) => state === "usable" || state === "unsupported");
  return some
    ? { cause: "wrong_recipient", recipients, otherKeys }
    : { cause: "no_key", recipients };
}

/** @see Mic92/sops-nix main.go, recurseSecretKey; getsops/sops decrypt/decrypt.go */
function bySaying({ code, said }: Trial, entries: readonly SecretEntry[]): Reason {
  if (code === killed) return { cause: "timed_out" };
  const [, name] = said.match(/secret (\S+) in \S+ is not valid: /) ?? [];
  const keys = entries.filter((entry) => entry.name === name).map(({ key }) => key);
  if (keys.length > 0) {
    if (/ is not a string\s*$/.test(said)) return { cause: "not_a_string", keys };
    if (/ cannot be found\s*$| does not refer to a dictionary\s*$/.test(said)) {
      return { cause: "key_absent", keys };
    }
  }
  if (/Failed to verify data integrity|MAC mismatch|message authentication failed/.test(said)) {
    return { cause: "changed", where: "mac", path: "" };
  }
  if (/no identity matched any of the recipients|0 successful groups required/i.test(said)) {
    return { cause: "wrong_recipient", recipients: [], otherKeys: [] };
  }
  return { cause: "unknown" };
}
