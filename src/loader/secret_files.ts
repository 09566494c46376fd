import { readIfThere, realPathIfThere } from "../platform/optional.ts";
import type { ProfileView } from "../store/credentials.ts";
import { SecretFileError, UnknownProfileError } from "./errors.ts";
import type { Manifest, ManifestProfile } from "./manifest.ts";
import { profileOfVariables } from "./variables.ts";

/**
 * A profile as the loader of a manifest would load it, read from its secret files.
 *
 * All are read from one generation: when the folder's link was swapped meanwhile, they are read
 * again.
 *
 * @throws {UnknownProfileError} when the manifest does not have the profile
 * @throws {SecretFileError} when a file that is not optional is absent, or any is not for this user
 */
export function profileOfSecretFiles(manifest: Manifest, name: string): ProfileView {
  const profile = Object.hasOwn(manifest.profiles, name) ? manifest.profiles[name] : undefined;
  if (!profile) throw new UnknownProfileError(name, Object.keys(manifest.profiles));
  const { directory } = manifest;
  for (let tries = 3;; tries--) {
    const generation = realPathIfThere(directory);
    const same = () => generation === realPathIfThere(directory);
    try {
      const variables = readAll(profile, directory, generation ?? directory);
      if (same() || tries <= 1) return profileOfVariables(name, variables);
    } catch (error) {
      if (same() || tries <= 1) throw error;
    }
  }
}

/** Where the secret files of a profile are, absolute; none where there is no such profile. */
export function secretFilePaths({ profiles, directory }: Manifest, name: string): string[] {
  const files = Object.hasOwn(profiles, name) ? profiles[name]!.files : {};
  return [...new Set(Object.values(files))]
    .map((file) => file.startsWith("/") ? file : `${directory}/${file}`);
}

function readAll(
  { files, optional, constants }: ManifestProfile,
  directory: string,
  generation: string,
): Map<string, string> {
  const variables = new Map(Object.entries(constants));
  const known = new Map<string, string | undefined>();
  for (const [variable, file] of Object.entries(files)) {
    if (!known.has(file)) known.set(file, read(file, directory, generation));
    const value = known.get(file);
    if (value !== undefined) variables.set(variable, value);
    else if (!optional.includes(variable)) throw new SecretFileError(directory, file, "absent");
  }
  return variables;
}

function read(file: string, directory: string, generation: string): string | undefined {
  try {
    const bytes = readIfThere(file.startsWith("/") ? file : `${generation}/${file}`);
    const text = bytes && new TextDecoder().decode(bytes);
    bytes?.fill(0);
    return text;
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new SecretFileError(directory, file, "not for us");
  }
}
