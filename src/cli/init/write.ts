import { now } from "../../platform/clock.ts";
import {
  makeFolder,
  readFileIfThere,
  realPath,
  replaceFile,
  type Snapshot,
  writeNewFile,
} from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { newDocument, type OpenDocument } from "../../sops/document.ts";
import type { Identity } from "../../sops/keys/identity.ts";
import type { Rule } from "../../sops/rules.ts";
import { Secret } from "../../sops/secret.ts";
import type { Tree } from "../../sops/tree.ts";
import { usualMaxAge } from "../../status/judge.ts";
import { type ProfileField, profilePaths } from "../../store/credentials.ts";
import { PlaintextCredentialError, ReadBackError, SecretsFileError } from "../../store/errors.ts";
import { formatOf } from "../../store/find.ts";
import { loadIdentities } from "../../store/identities.ts";
import type { LoadedRules } from "../../store/rules.ts";
import { createSecretsFile } from "../../store/secrets_file.ts";
import { identityFileText, type Own } from "./audience.ts";
import { type KeyInFile, keyInFile } from "./key_in_file.ts";
import type { FoundKey } from "./static_key.ts";
import type { Target } from "./target.ts";

/** Text that is to be put into a file, if the file is still as it was when the text was made. */
export interface FileChange {
  readonly path: string;
  readonly text: string;
  readonly expect: Snapshot | "absent";
}

/** What goes into the secrets file, and for whom. */
export interface Contents {
  readonly profile: string;
  readonly key: FoundKey;
  readonly region: string;
  /** When the key was made, by IAM. */
  readonly created?: Temporal.Instant;
  readonly recipients: readonly string[];
  /** The rule that there is already; a new one takes SOPS's defaults. */
  readonly rule?: Rule;
  readonly rules?: LoadedRules;
}

/** Writes a new identity to its file, whole, readable by its owner only. What is there stays. */
export async function writeIdentity(own: Own & { readonly newFile: string }): Promise<void> {
  const folder = parentOf(own.newFile);
  makeFolder(folder, 0o700);
  const bytes = new TextEncoder().encode(identityFileText(own, now()));
  await withDirectoryLock(folder, () => writeNewFile(realPath(own.newFile), bytes, 0o600));
  bytes.fill(0);
}

/** Puts rules where they belong. */
export async function writeRules(change: FileChange): Promise<void> {
  makeFolder(parentOf(change.path));
  const path = realPath(change.path);
  await withDirectoryLock(
    parentOf(path),
    () =>
      replaceFile(path, new TextEncoder().encode(change.text), {
        expect: change.expect,
        ...(change.expect === "absent" ? { mode: 0o644 } : {}),
      }),
  );
}

/** A file as it is now, for a change that must not run over somebody else's. */
export function currently(path: string): Snapshot | "absent" {
  return readFileIfThere(path) ?? "absent";
}

/**
 * Makes the document that is to be written, and finds out what would be in the way of it.
 *
 * @throws {UnsupportedError} when the file's format cannot be written
 * @throws {SecretsFileError} `create`, when the rule would leave a credential in plaintext
 */
export async function prepareSecrets(target: Target, contents: Contents): Promise<OpenDocument> {
  const { key, profile, region, recipients, rule } = contents;
  const document = await newDocument(emptyTree(), formatOf(target.path), {
    recipients: [...recipients],
    ...(rule ? { selector: rule.selector, macOnlyEncrypted: rule.macOnlyEncrypted } : {}),
  });
  const paths = profilePaths(profile);
  const values: Readonly<Partial<Record<ProfileField, string | Secret>>> = {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    region,
    modelId: key.modelId,
    smallModelId: key.smallModelId,
    endpoint: key.endpoint,
  };
  for (const [field, value] of Object.entries(values) as [ProfileField, string | Secret][]) {
    if (value === undefined) continue;
    document.set(paths[field], typeof value === "string" ? new Secret(value) : value);
  }
  noteCreated(document, contents);
  const { selector } = document.metadata;
  for (const path of [paths.accessKeyId, paths.secretAccessKey]) {
    if (document.wouldEncrypt(path)) continue;
    const cause = new PlaintextCredentialError(path, `${selector.rule} "${selector.text}"`);
    throw new SecretsFileError("create", target.shown, cause);
  }
  return document;
}

/**
 * Facts for reading without a key, where the rule leaves them in plaintext. They are shown, and
 * never acted on.
 */
function noteCreated(document: OpenDocument, { profile, created }: Contents): void {
  const day = created?.toZonedDateTimeISO("UTC").toPlainDate();
  if (day === undefined) return;
  const facts = { created: day, rotate_by: day.add({ days: usualMaxAge }) };
  for (const [name, value] of Object.entries(facts)) {
    const path = ["lifecycle_unencrypted", profile, name];
    if (!document.wouldEncrypt(path)) document.set(path, new Secret(value.toString()));
  }
}

/**
 * Writes the secrets file and opens it again from the disk, with the identities that the next
 * command would have.
 *
 * @param extra identities that are kept nowhere, for a file that none of the user's opens
 * @returns whether it could be opened: it cannot where it is for others only
 * @throws {ReadBackError} when what it holds is not what was meant
 * @throws {SecretsFileError} `create`
 */
export async function writeSecrets(
  target: Target,
  document: OpenDocument,
  contents: Contents,
  env: Readonly<Record<string, string>>,
  extra: readonly Identity[],
): Promise<boolean> {
  const { key, profile, recipients, rules } = contents;
  const load = async () => {
    const { identities, sources } = await loadIdentities({ env, recipients });
    return { identities: [...identities, ...extra], sources };
  };
  const { identities } = await load();
  const opens = await opensFor(identities, recipients);
  const layout = rules?.rules.layouts[document.format];
  await createSecretsFile(target.path, document, {
    identities: opens ? identities : [],
    shown: target.shown,
    ...(layout ? { layout } : {}),
  });
  if (!opens) return false;
  if (!isKey(await keyInFile(target, profile, load), key)) throw new ReadBackError();
  return true;
}

/** Whether what the file holds is that key. */
export function isKey(found: KeyInFile | undefined, key: FoundKey): boolean {
  return found?.accessKeyId === key.accessKeyId &&
    found.secretAccessKey?.reveal() === key.secretAccessKey.reveal();
}

async function opensFor(
  identities: readonly Identity[],
  recipients: readonly string[],
): Promise<boolean> {
  const { recipientOf } = await import("../../sops/keys/identity.ts");
  const own = await Promise.all(
    identities.map((each) => each.kind === "x25519" ? recipientOf(each) : undefined),
  );
  return own.some((each) => each !== undefined && recipients.includes(each));
}

function emptyTree(): Tree {
  return { documents: [{ kind: "mapping", entries: [] }] };
}
