import { ConflictError, FileError, LockTimeoutError } from "../platform/errors.ts";
import { FileBatch } from "../platform/file_batch.ts";
import { readFile, sameBytes, type Snapshot } from "../platform/files.ts";
import { withDirectoryLock } from "../platform/locks.ts";
import { parentOf } from "../platform/paths.ts";
import { randomBytes } from "../platform/random.ts";
import { type Keys, parseDocument } from "../sops/document.ts";
import { IntegrityError } from "../sops/errors.ts";
import type { KeyBlock } from "../sops/key_block.ts";
import { openDataKey, sealDataKey, type SealKeyOptions } from "../sops/keys/data_key.ts";
import type { Identity } from "../sops/keys/identity.ts";
import { ageKeysOf } from "../sops/keys/master_key.ts";
import { sameNode } from "../sops/paths.ts";
import type { Layout, Tree } from "../sops/tree.ts";
import { type IdentitySource, ReadBackError, SecretsFileError } from "../store/errors.ts";
import { type Failed, keysIn, type Seen } from "./look.ts";
import { type FilePlan, idsOf } from "./plan.ts";

/** What is to be done to one file. */
export interface Work {
  readonly seen: Seen;
  readonly plan: FilePlan;
  /** For whom it is to be. */
  readonly keys: Keys;
  /** How its text is laid out, from the rules (`stores`). */
  readonly layout?: Layout;
}

export interface Openers extends SealKeyOptions {
  readonly identities: readonly Identity[];
  /** Where identities were looked for, for messages. */
  readonly sources: readonly IdentitySource[];
}

export interface ChangeOptions extends Openers {
  readonly now: () => Temporal.Instant;
  /** Called when files are done, whether well or not. */
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
  readonly #batches = new Set<FileBatch>();
  #done = 0;

  constructor(options: ChangeOptions) {
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
    this.#done += work.length;
    this.#options.progress?.(this.#done);
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
      for (const each of work) {
        try {
          const seen = await look(each);
          const bytes = await this.#workOut(each, seen);
          await batch.add(each.seen.real, bytes, seen.snapshot);
          errors.delete(each);
        } catch (error) {
          errors.set(each, error);
        }
      }
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

  async #workOut(work: Work, looked: Looked): Promise<Uint8Array<ArrayBuffer>> {
    return work.plan.step === "renew"
      ? await renewed(work, looked.snapshot, this.#options)
      : await rewrapped(work, looked, this.#options);
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

/** @throws {ConflictError} when it is for others than was shown before */
async function lookAgain({ seen }: Work): Promise<Looked> {
  const snapshot = readFile(seen.real);
  const found = await keysIn(snapshot.bytes, seen.format, true);
  const same = found && idsOf(found.keys.groups).sort().join("\n") ===
      idsOf(seen.keys.groups).sort().join("\n");
  if (!same) throw new ConflictError(seen.real, "changed");
  return { snapshot, ...(found.block ? { block: found.block } : {}) };
}

async function rewrapped(
  { seen, keys, layout }: Work,
  { snapshot, block }: Looked,
  options: ChangeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const [group, ...more] = keys.groups;
  const onlyAge = more.length === 0 && group?.every(({ type }) => type === "age");
  if (!block || !onlyAge || layout) {
    const document = await parseDocument(snapshot.bytes, seen.format);
    const bytes = await document.rewrap(options, keys, {
      ...options,
      ...(layout ? { layout } : {}),
    });
    const again = await parseDocument(bytes, seen.format);
    if (!sameTree(document.tree, again.tree)) throw new ReadBackError();
    await opensAgain(again.metadata, options);
    return bytes;
  }
  const dataKey = await openDataKey({ groups: [block.keys] }, options);
  const [sealed = []] = await sealDataKey(dataKey, keys.groups, undefined, options);
  const again = await opensAgain({ groups: [sealed] }, options);
  if (again && !sameBytes(again, dataKey)) throw new ReadBackError();
  dataKey.fill(0);
  return new TextEncoder().encode(block.withKeys(ageKeysOf(sealed)));
}

/**
 * Opens what was sealed, where one of our identities is still for it and nobody has to be asked.
 *
 * @throws {ReadBackError} when what was sealed for us holds nothing
 */
async function opensAgain(
  keys: Keys,
  { identities }: Openers,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await openDataKey(keys, {
      identities: identities.filter(({ kind }) => kind === "x25519"),
    });
  } catch (error) {
    if (error instanceof IntegrityError) throw new ReadBackError();
    return undefined;
  }
}

/** Whether the encrypted values are the very same. */
function sameTree(one: Tree, other: Tree): boolean {
  return one.documents.length === other.documents.length &&
    one.documents.every((each, index) => sameNode(each, other.documents[index]!));
}

async function renewed(
  { seen, keys, layout }: Work,
  { bytes }: Snapshot,
  options: ChangeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await parseDocument(bytes, seen.format);
  const document = await sealed.open(options.identities, options.services);
  document.setKeys(keys, { newDataKey: true });
  return await document.seal({
    ...options,
    now: options.now(),
    random: randomBytes,
    allowNul: true,
    prove: true,
    ...(layout ? { layout } : {}),
  });
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
