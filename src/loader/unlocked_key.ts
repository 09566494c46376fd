import { FileError } from "../platform/errors.ts";
import { readFile, realPath } from "../platform/files.ts";
import { Secret } from "../sops/secret.ts";
import { NothingToLoadError, UnknownProfileError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";

/** A key as it lies in secret files. */
export interface UnlockedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/**
 * A profile's key, out of the secret files that a manifest names, as a loader would read them: all
 * of one generation, so again when that one is removed meanwhile.
 *
 * @throws {UnknownProfileError} when the manifest does not have the profile
 * @throws {NothingToLoadError} when the profile has no key, or an empty one
 * @throws {FileError} `read`
 */
export function unlockedKey({ directory, profiles }: Manifest, name: string): UnlockedKey {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) throw new UnknownProfileError(name, Object.keys(profiles));
  const read = (folder: string, variable: string): string | undefined => {
    const file = profile.files[variable];
    if (file === undefined) return profile.constants[variable];
    try {
      return text(file.startsWith("/") ? file : `${folder}/${file}`);
    } catch (error) {
      if (profile.optional.includes(variable) && isGone(error)) return undefined;
      throw error;
    }
  };
  for (let attempts = 3;; attempts--) {
    try {
      const folder = realPath(directory);
      const accessKeyId = read(folder, "AWS_ACCESS_KEY_ID");
      const secretAccessKey = read(folder, "AWS_SECRET_ACCESS_KEY");
      const sessionToken = read(folder, "AWS_SESSION_TOKEN");
      if (!accessKeyId || !secretAccessKey) throw new NothingToLoadError([name]);
      return {
        accessKeyId,
        secretAccessKey: new Secret(secretAccessKey),
        ...(sessionToken ? { sessionToken: new Secret(sessionToken) } : {}),
      };
    } catch (error) {
      if (attempts === 1 || !isGone(error)) throw error;
    }
  }
}

function text(path: string): string {
  return new TextDecoder().decode(readFile(path).bytes);
}

function isGone(error: unknown): boolean {
  return error instanceof FileError && error.code === "ENOENT";
}
