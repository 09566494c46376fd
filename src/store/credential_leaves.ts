import type { Path } from "../sops/tree.ts";

const credentialName = /(^|_)(secret|password|token|private_key|access_key|access_key_id|api_key)$/;

/**
 * Whether a leaf holds a credential, or a part of one, that must not lie in plaintext: keys, secrets
 * and tokens of a profile wherever they stand, and everything of a rotation under way.
 *
 * @param path of a leaf
 */
export function isCredentialPath(path: Path): boolean {
  if (path[0] === "rotation") return true;
  const name = path.findLast((part) => typeof part === "string");
  return typeof name === "string" && credentialName.test(name.toLowerCase());
}
