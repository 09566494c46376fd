import { ConflictError, FileError, LockTimeoutError } from "../platform/errors.ts";
import { FileBatch } from "../platform/file_batch.ts";
import { readFile, type Snapshot } from "../platform/files.ts";
import { withDirectoryLock } from "../platform/locks.ts";
import { parentOf } from "../platform/paths.ts";
import type { Keys } from "../sops/document.ts";
import type { KeyBlock } from "../sops/key_block.ts";
import type { Layout } from "../sops/tree.ts";
import { type IdentitySource, ReadBackError, SecretsFileError } from "../store/errors.ts";
import type { Crew } from "./crew.ts";
import { type Failed, keysIn, type Seen } from "./look.ts";
import { type FilePlan, idsOf } from "./plan.ts";
import type { Task } from "./work_out.ts";

/** What is to be done to one file. */
export interface Work {
  readonly seen: Seen;
  readonly plan: FilePlan;
  /** For whom it is to be. */
  readonly keys: Keys;
  /** How its text is laid out, from the rules (`stores`). */
  readonly layout?: Layout;
}

export interface ChangeOptions {
  /** Where identities were looked for, for messages. */
  readonly sources: readonly IdentitySource[];
  /** Called as files are worked out, whether well or not. */
  readonly progress?: (done: number) => void;
  /** How long to wait for another writer. */
  readonly timeoutMs?: number;
}

/** So many folders are worked on side by side, while the disk is waited for. */
const foldersAtOnce = 16;
/** After so many files of one folder other writers get their turn. */
const filesPerLock = 256;

/**
 * Changes many files, each whole or not at all. One that fails never stops the rest.
 *
 * Folder by folder: under its lock the files are worked out, written beside the old ones, brought to
 * the disk together, and put in their places if nobody has changed them since they were seen. A file
 * that somebody did change, but not for whom it is, is worked out again.
 */
export class TreeChange {
  readonly #options: ChangeOptions;
  readonly #crew: Crew;
  readonly #batches = new Set<FileBatch>();
  #done = 0;

  /** @param crew works the files out; it is the caller's to close */
  constructor(crew: Crew, options: ChangeOptions) {
    this.#crew = crew;
    this.#options = options;
  }

  async run(work: readonly Work[]): Promise<{ changed: Work[]; failed: Failed[] }> {
    const folders = [...Map.groupBy(work, ({ seen }) => parentOf(seen.real))];
    const changed: Work[] = [];
    const failed: Failed[] = [];
    const worker = async () => {
      for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
        const [folder, files] = next;
        for (let start = 0; start < files.length; start += filesPerLock) {
          const some = files.slice(start, start + filesPerLock);
          const errors = await this.#locked(folder, some);
          for (const each of some) {
            const error = errors.get(each);
            if (error === undefined) changed.push(each);
            else failed.push({ shown: each.seen.shown, error: this.#about(each, error) });
          }
        }
      }
    };
    await Promise.all(Array.from({ length: foldersAtOnce }, worker));
    return { changed, failed };
  }

  /** Takes away what is not in its place yet; for a signal, so it does not wait. */
  abandon(): void {
    for (const batch of this.#batches) batch.abandon();
  }

  async #locked(folder: string, work: readonly Work[]): Promise<Map<Work, unknown>> {
    const errors = new Map<Work, unknown>();
    try {
      await withDirectoryLock(folder, async () => {
        await this.#batch(work, ({ seen }) => seen, errors);
        const again = work.filter((each) => errors.get(each) instanceof ConflictError);
        if (again.length > 0) await this.#batch(again, lookAgain, errors);
      }, this.#options);
    } catch (error) {
      for (const each of work) errors.set(each, error);
    }
    return errors;
  }

  async #batch(
    work: readonly Work[],
    look: (work: Work) => Looked | Promise<Looked>,
    errors: Map<Work, unknown>,
  ): Promise<void> {
    const batch = new FileBatch();
    this.#batches.add(batch);
    try {
      const ready: { work: Work; looked: Looked; task: Task }[] = [];
      for (const each of work) {
        try {
          const looked = await look(each);
          ready.push({ work: each, looked, task: taskOf(each, looked) });
        } catch (error) {
          errors.set(each, error);
        }
      }
      await this.#crew.run(ready.map(({ task }) => task), async (at, result) => {
        const { work: each, looked } = ready[at]!;
        try {
          await batch.add(each.seen.real, await result, looked.snapshot);
          errors.delete(each);
        } catch (error) {
          errors.set(each, error);
        }
        if (look !== lookAgain) this.#options.progress?.(++this.#done);
      });
      const failed = await batch.commit();
      for (const each of work) {
        const error = failed.get(each.seen.real);
        if (error) errors.set(each, error);
      }
    } finally {
      batch.abandon();
      this.#batches.delete(batch);
    }
  }

  #about({ seen }: Work, error: unknown): unknown {
    return isOfFile(error)
      ? new SecretsFileError("change", seen.shown, error, this.#options.sources)
      : error;
  }
}

/** A file as it is under the lock. */
interface Looked {
  readonly snapshot: Snapshot;
  readonly block?: KeyBlock;
}

function taskOf({ seen, plan, keys, layout }: Work, { snapshot, block }: Looked): Task {
  return {
    step: plan.step === "renew" ? "renew" : "rewrap",
    bytes: snapshot.bytes,
    format: seen.format,
    keys,
    ...(layout ? { layout } : {}),
    ...(block ? { block } : {}),
  };
}

/** @throws {ConflictError} when it is neither for whom was shown before nor for whom it is to be */
async function lookAgain({ seen, keys }: Work): Promise<Looked> {
  const snapshot = readFile(seen.real);
  const found = await keysIn(snapshot.bytes, seen.format, true);
  const known = found && [seen.keys, keys].map(audienceOf).includes(audienceOf(found.keys));
  if (!known) throw new ConflictError(seen.real, "changed");
  return { snapshot, ...(found.block ? { block: found.block } : {}) };
}

function audienceOf({ groups }: Keys): string {
  return idsOf(groups).sort().join("\n");
}

const ofFile = new Set([
  "FormatError",
  "UnholdableError",
  "UnsupportedError",
  "NotEncryptedError",
  "IntegrityError",
  "KeyServiceError",
  "NoIdentityError",
  "MetadataError",
  "InvalidRuleError",
  "PassphraseError",
  "PluginError",
  "ValueError",
  "RecipientError",
  "PathError",
]);

function isOfFile(error: unknown): error is Error {
  return error instanceof FileError || error instanceof ConflictError ||
    error instanceof LockTimeoutError || error instanceof ReadBackError ||
    (error instanceof Error && ofFile.has(error.name));
}
