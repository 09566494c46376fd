import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import type { LoadedIdentities } from "../../store/identities.ts";
import { openSecretsFile } from "../../store/secrets_file.ts";
import type { Target } from "./target.ts";

/** The key that a secrets file holds for a profile. */
export type KeyInFile = ProfileView;

/**
 * Opens the secrets file.
 *
 * @returns nothing where it has no such profile
 * @throws {SecretsFileError} `open`; `ProfileError` where its profiles are not as they should be
 */
export async function keyInFile(
  target: Target,
  profile: string,
  identities: (recipients: readonly string[]) => Promise<LoadedIdentities>,
): Promise<KeyInFile | undefined> {
  const { document } = await openSecretsFile(target.path, { shown: target.shown, identities });
  return profilesOf(document).get(profile);
}
