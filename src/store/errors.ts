import type { Path } from "../sops/tree.ts";

export { ConflictError } from "../platform/errors.ts";

/** There is no secrets file where one was looked for. */
export class NoSecretsFileError extends Error {
  override name = "NoSecretsFileError";
  /**
   * @param by who named it: the `-f` flag, `$CREDSMITH_FILE`, or nobody (`search`)
   * @param path what was looked for; with `search` and no rules, the folder where the search began
   * @param rules the nearest `.sops.yaml`, where the search found one
   */
  constructor(
    readonly by: "flag" | "environment" | "search",
    readonly path: string,
    readonly rules?: string,
  ) {
    super(`No secrets file: "${path}"`);
  }
}

/** There is no `.sops.yaml`. */
export class NoRulesFileError extends Error {
  override name = "NoRulesFileError";
  /**
   * @param start the folder where the search began, upward; or the file that `$SOPS_CONFIG` names
   * @param passedOver a `.sops.yml` that was met on the way and does not count
   */
  constructor(
    readonly by: "environment" | "search",
    readonly start: string,
    readonly passedOver?: string,
  ) {
    super(`No .sops.yaml from "${start}" upward`);
  }
}

/** What is the matter with one source of identities. */
export type IdentityProblem =
  /** The system refused it; `code` is its own, `ENOENT`, `EACCES`. */
  | { readonly kind: "file"; readonly code: string }
  /** A line is no identity; `line` counts from 1. */
  | { readonly kind: "malformed"; readonly line: number; readonly reason: string }
  /** The command could not be started (`code`), or ended with an exit code other than 0. */
  | { readonly kind: "command"; readonly code: string | number }
  /** The command has an open quote or ends in a backslash. */
  | { readonly kind: "command syntax" }
  /** A path that must be absolute is relative. */
  | { readonly kind: "relative path" };

/** One place where identities were looked for. */
export interface IdentitySource {
  /** A variable's name or a file's path. */
  readonly source: string;
  /** How many identities it gave. */
  readonly count: number;
  /** Permission bits, where it is a file that is there. */
  readonly mode?: number;
  /** Whether others than the owner may read that file. */
  readonly exposed?: boolean;
  /** Whether nothing is there, which for a place that nobody named is no problem. */
  readonly absent?: boolean;
  readonly problem?: IdentityProblem;
}

/** Something about a secrets file went wrong; `cause` is the typed error below it. */
export class SecretsFileError extends Error {
  override name = "SecretsFileError";
  /**
   * @param action what was being done to the file
   * @param path the file, as the user named it
   * @param sources where identities were looked for, where that was done
   */
  constructor(
    readonly action: "open" | "change" | "create",
    readonly path: string,
    override readonly cause: Error,
    readonly sources: readonly IdentitySource[] = [],
  ) {
    super(`Cannot ${action} "${path}": ${cause.message}`);
  }
}

/** What was sealed does not open again as what it was. It was not written. */
export class ReadBackError extends Error {
  override name = "ReadBackError";
  constructor() {
    super("what was sealed reads back differently");
  }
}

/** Where the file lies, its selectors leave a credential in plaintext. Nothing was written. */
export class PlaintextCredentialError extends Error {
  override name = "PlaintextCredentialError";
  /** @param selector the file's selector, `encrypted_regex "^aws_"` */
  constructor(readonly path: Path, readonly selector: string) {
    super(`"${path.join("/")}" would stay in plaintext under ${selector}`);
  }
}

/** A profile that is not there, or not as it should be. */
export class ProfileError extends Error {
  override name = "ProfileError";
  /**
   * @param reason `unknown`; `duplicate default`: at the top level and under `profiles/default`;
   *   `bad name`: not `[a-z0-9][a-z0-9-]*`; `taken name`: `bedrock`; `not a mapping`: no profile
   * @param profile its name
   * @param known the profiles that there are
   */
  constructor(
    readonly reason: "unknown" | "duplicate default" | "bad name" | "taken name" | "not a mapping",
    readonly profile: string,
    readonly known: readonly string[] = [],
  ) {
    super(`Profile "${profile}": ${reason}`);
  }
}
