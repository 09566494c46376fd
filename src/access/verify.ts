import { parseDocument } from "../sops/document.ts";
import { pathText } from "../sops/errors.ts";
import { leavesOf } from "../sops/paths.ts";
import { type IdentitySource, SecretsFileError } from "../store/errors.ts";
import type { Crew } from "./crew.ts";
import type { Failed, Seen } from "./look.ts";
import type { Task } from "./work_out.ts";

/**
 * Opens files and compares their MACs; what fails does not stop the rest.
 *
 * @returns the names of those that are sound, and why others are not
 */
export async function verifyFiles(
  files: readonly Seen[],
  crew: Crew,
  options: {
    readonly sources: readonly IdentitySource[];
    readonly progress?: (done: number) => void;
  },
): Promise<{ verified: string[]; failed: Failed[] }> {
  const verified: string[] = [];
  const failed: Failed[] = [];
  let done = 0;
  const tasks = files.map(({ snapshot, format }): Task => ({
    step: "verify",
    bytes: snapshot.bytes,
    format,
    keys: { groups: [] },
  }));
  await crew.run(tasks, async (at, result) => {
    const { shown } = files[at]!;
    try {
      await result;
      verified.push(shown);
    } catch (error) {
      failed.push({
        shown,
        error: error instanceof Error
          ? new SecretsFileError("open", shown, error, options.sources)
          : error,
      });
    }
    options.progress?.(++done);
  });
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
