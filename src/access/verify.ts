import { parseDocument } from "../sops/document.ts";
import { pathText } from "../sops/errors.ts";
import { leavesOf } from "../sops/paths.ts";
import { SecretsFileError } from "../store/errors.ts";
import type { Openers } from "./change.ts";
import type { Failed, Seen } from "./look.ts";

/**
 * Opens files and compares their MACs, one after another; what fails does not stop the rest.
 *
 * @returns the names of those that are sound, and why others are not
 */
export async function verifyFiles(
  files: readonly Seen[],
  openers: Openers,
  progress: (done: number) => void = () => {},
): Promise<{ verified: string[]; failed: Failed[] }> {
  const verified: string[] = [];
  const failed: Failed[] = [];
  for (const [index, { shown, snapshot, format }] of files.entries()) {
    try {
      const sealed = await parseDocument(snapshot.bytes, format);
      await sealed.open(openers.identities, openers.services);
      verified.push(shown);
    } catch (error) {
      failed.push({
        shown,
        error: error instanceof Error
          ? new SecretsFileError("open", shown, error, openers.sources)
          : error,
      });
    }
    progress(index + 1);
  }
  return { verified, failed };
}

/**
 * The names of a file's encrypted values, without a key.
 *
 * @returns paths as people write them, `bedrock/model_id`
 */
export async function encryptedNames({ snapshot, format }: Seen): Promise<string[]> {
  const { tree } = await parseDocument(snapshot.bytes, format);
  return tree.documents.flatMap((document) =>
    Array.from(leavesOf(document))
      .filter(({ value }) => value.reveal().startsWith("ENC["))
      .map(({ path }) => pathText(path))
  );
}
