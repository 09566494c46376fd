import { type OpenDocument, plainParse } from "../../sops/document.ts";
import { AlreadyEncryptedError, pathText } from "../../sops/errors.ts";
import { type Format, FormatError } from "../../sops/tree.ts";
import { isCredentialPath } from "../../store/credential_leaves.ts";

/** What keeps a text from being a plaintext file: a line and a reason, and no value. */
export async function textProblem(
  bytes: Uint8Array,
  format: Format,
): Promise<string | undefined> {
  try {
    const { documents } = await plainParse(bytes, format);
    return documents.length === 0 ? "it is empty" : undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    if (error instanceof AlreadyEncryptedError) return 'it has a top-level entry "sops"';
    throw error;
  }
}

/**
 * What keeps an edited text from being written by `credsmith edit`: besides the above a value with
 * NUL, and a credential that is new and that the file's selector would leave in plaintext.
 *
 * @param document as it was opened; it is left with the edited tree
 */
export async function editProblem(
  bytes: Uint8Array,
  document: OpenDocument,
): Promise<string | undefined> {
  const problem = await textProblem(bytes, document.format);
  if (problem !== undefined) return problem;
  const readable = () =>
    [...document.leaves()].filter(({ path, value, encrypted }) =>
      !encrypted && value.reveal() !== "" && isCredentialPath(path)
    );
  const before = new Set(readable().map(({ path, value }) => key(path, value.reveal())));
  document.replaceTree(await plainParse(bytes, document.format));
  for (const { path, value } of document.leaves()) {
    if (value.reveal().includes("\0")) return `the value of "${pathText(path)}" has a NUL byte`;
  }
  const exposed = readable().find(({ path, value }) => !before.has(key(path, value.reveal())));
  if (exposed === undefined) return undefined;
  const { rule, text } = document.metadata.selector;
  return `"${pathText(exposed.path)}" would stay in plaintext under ${rule} "${text}"`;
}

function key(path: readonly (string | number)[], text: string): string {
  return JSON.stringify([path, text]);
}
