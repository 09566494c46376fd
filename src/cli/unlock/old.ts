import { type Manifest, parseManifest } from "../../loader/manifest.ts";
import type { SecretFile, Unlocked } from "../../loader/variables.ts";
import { readFileIfThere } from "../../platform/files.ts";
import { Secret } from "../../sops/secret.ts";
import { manifestName } from "./place.ts";

/**
 * New content, with what there is of those profiles that it lacks: what is left of an old session is
 * better than none.
 *
 * @param profiles all that are unlocked
 */
export function withOld<T extends Unlocked>(
  folder: string,
  content: T,
  profiles: readonly string[],
): T {
  const old = oldManifest(folder);
  const files: SecretFile[] = [...content.files];
  const entries = { ...content.manifest.profiles };
  for (const name of profiles) {
    const entry = old?.profiles[name];
    if (entries[name] || !entry) continue;
    const found = [...new Set(Object.values(entry.files))].map((file) => ({
      name: file,
      value: readSecret(folder, file),
    }));
    if (found.some(({ value }) => value === undefined)) continue;
    entries[name] = entry;
    files.push(...found as SecretFile[]);
  }
  return { ...content, files, manifest: { ...content.manifest, profiles: entries } };
}

/** Whether the secret files are just these already. */
export function isWritten(folder: string, { files, manifest }: Unlocked): boolean {
  const old = oldManifest(folder);
  if (JSON.stringify(old) !== JSON.stringify(parseManifest(encode(manifest)))) return false;
  return files.every(({ name, value }) =>
    readSecret(folder, name)?.reveal() === (typeof value === "string" ? value : value.reveal())
  );
}

function oldManifest(folder: string): Manifest | undefined {
  const found = readFileIfThere(`${folder}/${manifestName}`);
  return found && parseManifest(found.bytes);
}

function encode(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest));
}

function readSecret(folder: string, name: string): Secret | undefined {
  const found = readFileIfThere(`${folder}/secrets/${name}`);
  return found && new Secret(new TextDecoder().decode(found.bytes));
}
