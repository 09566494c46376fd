import type { Path } from "../sops/tree.ts";
import { findSecretsFile } from "../store/find.ts";
import { readSealed } from "../store/secrets_file.ts";
import type { Context } from "./command.ts";

/**
 * Where the leaves of the secrets file are; no key is needed.
 *
 * @throws {NoSecretsFileError | SecretsFileError}
 */
export async function leafPathsOf({ env, cwd }: Context): Promise<readonly Path[]> {
  const { document } = await readSealed(findSecretsFile({ env, cwd }).path);
  return document.leafPaths();
}
