import { readFile } from "../platform/files.ts";
import { statIfThere } from "../platform/optional.ts";
import type { SealedDocument } from "../sops/document.ts";
import { nodeAt } from "../sops/paths.ts";
import { SecretsFileError } from "../store/errors.ts";
import { readSealed } from "../store/secrets_file.ts";
import { readHostKeys, uselessKeyFile } from "./host_keys.ts";
import { type HostKey, judge, type Reason } from "./judge.ts";
import { lookInto, sealedFormat, wordless } from "./look.ts";
import {
  parseSopsManifest,
  reduced,
  type SecretEntry,
  type SopsManifest,
} from "./sops_manifest.ts";
import { install, type Installer, trials } from "./trial.ts";

/** A secret of a file that nobody could read when the manifest was made. */
export interface RuntimeEntry extends SecretEntry {
  /** Where its value may stand; the first that is in the file counts. */
  readonly keys: readonly string[];
  /** Whether it may be missing. */
  readonly optional: boolean;
}

/** What became of it. */
export type RuntimeOutcome =
  | {
    readonly kind: "installed";
    readonly stdout: Uint8Array<ArrayBuffer>;
    readonly file: string;
    readonly names: readonly string[];
    /** The age key file, where it was left out of the manifest. */
    readonly keyFile: HostKey | undefined;
  }
  | {
    readonly kind: "refused";
    readonly file: string;
    readonly reason: Reason;
    readonly keys: readonly HostKey[];
  }
  /** The fault is none of the file; the real program has said what it is. */
  | { readonly kind: "hopeless" };

/**
 * Installs what is in an encrypted file on this machine. Which names it has is seen only now, and
 * without a key. When it fails, what was installed before stays.
 *
 * @param path a manifest as sops-nix writes them, whose secrets have `keys` and `optional`
 * @returns nothing where it is no such manifest
 * @throws {FileError} when the manifest cannot be read
 */
export async function installFromFile(
  program: string,
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<RuntimeOutcome | undefined> {
  const manifest = parseSopsManifest(new TextDecoder().decode(readFile(path).bytes));
  const file = manifest?.secrets[0]?.sopsFile;
  if (!manifest || file === undefined) return undefined;
  const entries = runtimeEntries(manifest);
  const { keys, identities } = await readHostKeys(manifest);

  const { asked, reason: early } = await chosen(file, entries);
  if (early) return { kind: "refused", file, reason: early, keys };
  const keyFile = uselessKeyFile(keys);
  const all = { secret: () => true, template: () => true, ageKeyFile: keyFile === undefined };
  const json = reduced(withKeys(manifest, asked), all);

  const installer: Installer = { program, flags: [], env };
  const { code, stdout } = await install(installer, json);
  if (code === 0) {
    return { kind: "installed", stdout, file, names: asked.map(({ name }) => name), keyFile };
  }
  using trial = await trials(installer, manifest.symlinkPath);
  const result = await trial.run(json);
  // It was something else, such as a full file system.
  if (result.code === 0) return { kind: "hopeless" };
  const look = await lookInto(file, asked, identities);
  return { kind: "refused", file, reason: judge(result, look, keys, asked), keys };
}

/** Far more than a file of secrets has, and little enough to be read at boot. */
const largest = 16 * 1024 ** 2;

/**
 * Why a file is not read at all: whoever may write to its folder need not be root, and could have
 * the boot wait for a device that has no end.
 */
function unfitCode(path: string): string | undefined {
  try {
    const found = statIfThere(path);
    if (found?.isBlockDevice || found?.isCharDevice) return "ENODEV";
    return found && found.size > largest ? "EFBIG" : undefined;
  } catch {
    // It is told of when it is read.
    return undefined;
  }
}

/** The entries whose value is in the file, each under the name that it has there. */
async function chosen(
  file: string,
  entries: readonly RuntimeEntry[],
): Promise<{ readonly asked: readonly SecretEntry[]; readonly reason?: Reason }> {
  let document: SealedDocument;
  const useless = unfitCode(file);
  if (useless) return { asked: [], reason: { cause: "file_unreadable", code: useless } };
  try {
    ({ document } = await readSealed(file, { format: sealedFormat(entries) }));
  } catch (error) {
    if (!(error instanceof SecretsFileError)) throw error;
    const look = wordless(error.cause);
    return { asked: [], reason: judge({ code: 1, said: "" }, look, [], []) };
  }
  const [names] = document.tree.documents;
  const asked: SecretEntry[] = [];
  const absent: string[] = [];
  for (const entry of entries) {
    const key = entry.keys.find((each) => {
      const node = names && nodeAt(names, each.split("/"));
      // SOPS leaves what is empty as it is.
      return node?.kind === "scalar" && node.reveal() !== "";
    });
    if (key !== undefined) asked.push({ ...entry, key });
    else if (!entry.optional) absent.push(entry.keys.join('" or "'));
  }
  return absent.length > 0 ? { asked, reason: { cause: "key_absent", keys: absent } } : { asked };
}

function runtimeEntries({ secrets, json }: SopsManifest): RuntimeEntry[] {
  const given = json.secrets as readonly Record<string, unknown>[];
  return secrets.map((entry, index) => {
    const { keys, optional } = given[index]!;
    return {
      ...entry,
      keys: Array.isArray(keys) ? keys.map(String) : [entry.key],
      optional: optional === true,
    };
  });
}

/** The manifest with these secrets alone, each with its key. */
function withKeys(manifest: SopsManifest, asked: readonly SecretEntry[]): SopsManifest {
  const given = manifest.json.secrets as readonly Record<string, unknown>[];
  const secrets = given.flatMap(({ keys: _, optional: __, ...rest }) => {
    const found = asked.find(({ name }) => name === rest.name);
    return found ? [{ ...rest, key: found.key }] : [];
  });
  return { ...manifest, secrets: asked, json: { ...manifest.json, secrets } };
}
