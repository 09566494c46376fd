import { FileError } from "../platform/errors.ts";
import type { OpenDocument } from "../sops/document.ts";
import {
  IntegrityError,
  MetadataError,
  NoIdentityError,
  NotEncryptedError,
  pathText,
  UnsupportedError,
} from "../sops/errors.ts";
import type { Identity } from "../sops/keys/identity.ts";
import { FormatError } from "../sops/tree.ts";
import { SecretsFileError } from "../store/errors.ts";
import { openSecretsFile } from "../store/secrets_file.ts";
import type { OwnLook } from "./judge.ts";
import type { SecretEntry } from "./sops_manifest.ts";

/**
 * What our own engine sees in an encrypted file. Nothing of it leaves this function but names.
 *
 * @param entries what is asked of the file, at least one
 */
export async function lookInto(
  file: string,
  entries: readonly SecretEntry[],
  identities: readonly Identity[],
): Promise<OwnLook> {
  const format = sealedFormat(entries);
  if (entries.some((entry) => entry.format === "dotenv" || entry.format === "ini")) {
    return { kind: "unknown" };
  }
  try {
    const identitiesOf = () => Promise.resolve({ identities, sources: [] });
    const { document } = await openSecretsFile(file, { format, identities: identitiesOf });
    return named(document, entries);
  } catch (error) {
    if (error instanceof SecretsFileError) return wordless(error.cause);
    throw error;
  }
}

/** The format of an encrypted file; SOPS wraps one of no format that it knows in JSON. */
export function sealedFormat(entries: readonly SecretEntry[]): "yaml" | "json" {
  return entries[0]?.format === "yaml" ? "yaml" : "json";
}

function named(document: OpenDocument, entries: readonly SecretEntry[]): OwnLook {
  const absent: string[] = [];
  const noText: string[] = [];
  for (const { key, format } of entries) {
    if (key === "" || (format !== "yaml" && format !== "json")) continue;
    const node = document.get(key.split("/"));
    if (node === undefined) absent.push(key);
    else if (node.kind !== "scalar" || node.type !== "str") noText.push(key);
  }
  return { kind: "open", absent, noText };
}

/** An error of ours as what it says of the file. */
export function wordless(error: Error): OwnLook {
  if (error instanceof FileError) return { kind: "unreadable", code: error.code };
  if (error instanceof NotEncryptedError) return { kind: "not encrypted" };
  if (error instanceof FormatError || error instanceof MetadataError) return { kind: "malformed" };
  if (error instanceof NoIdentityError) {
    const { recipients, otherKeys } = error;
    return { kind: "closed", recipients, otherKeys };
  }
  if (error instanceof UnsupportedError && error.kind === "key type") {
    return { kind: "closed", recipients: [], otherKeys: error.what.split(", ") };
  }
  if (error instanceof IntegrityError) {
    const path = error.where === "leaf" ? pathText(error.path ?? []) : "";
    return { kind: "changed", where: error.where, path };
  }
  return { kind: "unknown" };
}
