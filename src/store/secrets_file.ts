import { ConflictError, FileError, LockTimeoutError } from "../platform/errors.ts";
import { now } from "../platform/clock.ts";
import {
  makeFolder,
  readFile,
  realPath,
  replaceFile,
  sameBytes,
  type Snapshot,
} from "../platform/files.ts";
import { withDirectoryLock } from "../platform/locks.ts";
import { parentOf } from "../platform/paths.ts";
import { randomBytes } from "../platform/random.ts";
import type { OpenDocument, SealedDocument } from "../sops/document.ts";
import type { Identity } from "../sops/keys/identity.ts";
import type { KeyGroup } from "../sops/keys/master_key.ts";
import type { Format, Layout, Path } from "../sops/tree.ts";
import { isCredentialPath } from "./credential_leaves.ts";
import {
  type IdentitySource,
  PlaintextCredentialError,
  ReadBackError,
  SecretsFileError,
} from "./errors.ts";
import { formatOf } from "./find.ts";
import type { LoadedIdentities } from "./identities.ts";

/** A secrets file that is open. */
export interface OpenFile {
  readonly path: string;
  readonly document: OpenDocument;
  /** The file as it was read. */
  readonly snapshot: Snapshot;
  readonly sources: readonly IdentitySource[];
}

export interface OpenOptions {
  /** Finds identities, once it is known for whom the file is encrypted. */
  readonly identities: (
    recipients: readonly string[],
    groups: readonly KeyGroup[],
  ) => Promise<LoadedIdentities>;
  /** By the file's name unless given. */
  readonly format?: Format;
  /** What the file is called in errors; its path unless given. */
  readonly shown?: string;
  /**
   * Called after everything was read that is needed, and before anything is decrypted.
   *
   * @param more what may still be needed to open it: an identity that asks a person or runs a
   *   program, a service that is asked for keys
   */
  readonly beforeDecrypting?: (
    more: { readonly asks: boolean; readonly services: boolean },
  ) => void;
}

export interface ChangeOptions extends OpenOptions {
  /** The file as the caller saw it earlier; when it is another one by now, nothing is written. */
  readonly expect?: Snapshot;
  /** Writes also where nothing changed, as sops does. */
  readonly always?: boolean;
  /** Lets credentials into plaintext where the file's selectors say so, as sops does. */
  readonly allowPlaintextCredentials?: boolean;
  /** How long to wait for another writer. */
  readonly timeoutMs?: number;
  /** How the text is laid out, from the rules (`stores`). */
  readonly layout?: Layout;
  /** Whether new values may hold NUL, as they may for SOPS. */
  readonly allowNul?: boolean;
  /** The SOPS version to write; the file's own unless given. */
  readonly version?: string;
  /** The format to write, where it is another one than is read. */
  readonly outputFormat?: Format;
}

/**
 * Reads and opens a secrets file; no lock is needed, because files are replaced whole.
 *
 * @param path absolute, or relative to the working folder
 * @throws {SecretsFileError} `open`, with the cause: `FileError`, `FormatError`,
 *   `NotEncryptedError`, `NoIdentityError`, `IntegrityError`, …
 */
export function openSecretsFile(path: string, options: OpenOptions): Promise<OpenFile> {
  return about("open", options.shown ?? path, async (sources) => {
    const opened = await open(path, options, sources);
    await closeServices(opened);
    return opened;
  });
}

/**
 * Reads a secrets file without a key: names, recipients and metadata.
 *
 * @throws {SecretsFileError} `open`
 */
export function readSealed(
  path: string,
  options: { readonly format?: Format; readonly shown?: string } = {},
): Promise<{ readonly document: SealedDocument; readonly snapshot: Snapshot }> {
  return about("open", options.shown ?? path, () => parse(path, options.format));
}

/**
 * Changes a secrets file: under the lock of its folder it is read, opened, changed, sealed, opened
 * again to see that what was sealed is what was meant, and replaced whole, if nobody else has
 * changed it meanwhile. Whatever fails, the file is as it was.
 *
 * @param change works on the open document; when it throws, nothing is written
 * @throws {SecretsFileError} `change`, with the cause: what `openSecretsFile` throws, and
 *   `ConflictError`, `LockTimeoutError`, `PlaintextCredentialError`, `ReadBackError`
 * @throws what `change` throws, as it is
 */
export function changeSecretsFile(
  path: string,
  options: ChangeOptions,
  change: (document: OpenDocument) => void | Promise<void>,
): Promise<"changed" | "unchanged"> {
  return about("change", options.shown ?? path, async (sources) => {
    const real = realPath(path);
    return await withDirectoryLock(parentOf(real), async () => {
      const format = formatOf(path, options.format);
      const opened = await open(real, { ...options, format }, sources, options.expect);
      const { document, snapshot } = opened;
      const readableBefore = options.allowPlaintextCredentials
        ? undefined
        : readableCredentials(document);
      try {
        try {
          await change(document);
        } catch (error) {
          throw new FromCaller(error);
        }
        if (!options.always && !document.changed) return "unchanged";
        if (readableBefore) refusePlaintext(document, readableBefore);
        const bytes = await sealed(document, opened, options);
        replaceFile(real, bytes, { expect: snapshot });
        return "changed";
      } finally {
        await closeServices(opened);
      }
    }, options);
  });
}

/**
 * Writes a document to where no file is, with its folder. It is opened again before it counts.
 *
 * @param identities at least one has to open it; none given means that it is not tried
 * @throws {SecretsFileError} `create`, with the cause: `ConflictError` when there is a file,
 *   `NoIdentityError`, `FileError`, `PlaintextCredentialError`
 */
export function createSecretsFile(
  path: string,
  document: OpenDocument,
  options: {
    readonly identities: readonly Identity[];
    readonly shown?: string;
    readonly allowPlaintextCredentials?: boolean;
    readonly timeoutMs?: number;
    readonly layout?: Layout;
  },
): Promise<void> {
  return about("create", options.shown ?? path, async () => {
    if (!options.allowPlaintextCredentials) refusePlaintext(document, new Set());
    const bytes = await sealed(document, { identities: options.identities }, options);
    makeFolder(parentOf(path));
    const real = realPath(path);
    await withDirectoryLock(
      parentOf(real),
      () => replaceFile(real, bytes, { expect: "absent", mode: 0o644 }),
      options,
    );
  });
}

type Opening = Pick<LoadedIdentities, "identities" | "services" | "order">;
type Opened = OpenFile & Opening;

async function parse(
  path: string,
  format?: Format,
  expect?: Snapshot,
): Promise<{ document: SealedDocument; snapshot: Snapshot }> {
  const snapshot = readFile(path);
  if (expect && !sameBytes(expect.bytes, snapshot.bytes)) throw new ConflictError(path, "changed");
  const { parseDocument } = await import("../sops/document.ts");
  return { document: await parseDocument(snapshot.bytes, formatOf(path, format)), snapshot };
}

async function open(
  path: string,
  options: OpenOptions,
  sources: IdentitySource[],
  expect?: Snapshot,
): Promise<Opened> {
  const { document: closed, snapshot } = await parse(path, options.format, expect);
  const loaded = await options.identities(closed.recipients, closed.metadata.groups);
  const { identities, services = [], order } = loaded;
  sources.push(...loaded.sources);
  options.beforeDecrypting?.({
    asks: identities.some((each) => each.kind === "opener" && each.asks),
    services: services.length > 0,
  });
  try {
    const document = await closed.open(identities, services, order);
    return {
      path,
      document,
      snapshot,
      sources: loaded.sources,
      identities,
      services,
      ...(order ? { order } : {}),
    };
  } catch (error) {
    await closeServices(loaded);
    throw error;
  }
}

async function closeServices({ services = [] }: Opening): Promise<void> {
  for (const service of services) await service.close?.();
}

/** Seals, and opens what was sealed: only what reads back as it was meant is given out. */
async function sealed(
  document: OpenDocument,
  { identities, services = [], order }: Opening,
  options: Pick<ChangeOptions, "layout" | "allowNul" | "version" | "outputFormat">,
): Promise<Uint8Array<ArrayBuffer>> {
  const { layout, allowNul, version, outputFormat = document.format } = options;
  const bytes = await document.seal({
    format: outputFormat,
    now: now(),
    random: randomBytes,
    services,
    ...(layout ? { layout } : {}),
    ...(allowNul ? { allowNul } : {}),
    ...(version === undefined ? {} : { version }),
  });
  if (identities.length + services.length === 0) return bytes;
  const { parseDocument } = await import("../sops/document.ts");
  const again = await parseDocument(bytes, outputFormat);
  const openers = { identities, services, ...(order ? { order } : {}) };
  // From one format to another, the leaves are what counts.
  const leaves = outputFormat !== document.format;
  if (!await again.says(document.tree, openers, { leaves })) throw new ReadBackError();
  return bytes;
}

function readableCredentials(document: OpenDocument): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { path, value, encrypted } of document.leaves()) {
    if (!encrypted && isCredentialPath(path)) found.add(leafKey(path, value.reveal()));
  }
  return found;
}

/** A credential that stood there in plaintext before may stay; a new one may not come. */
function refusePlaintext(document: OpenDocument, before: ReadonlySet<string>): void {
  for (const { path, value } of document.leaves()) {
    const text = value.reveal();
    if (text === "" || !isCredentialPath(path) || document.wouldEncrypt(path)) continue;
    if (before.has(leafKey(path, text))) continue;
    const { rule, text: selector } = document.metadata.selector;
    throw new PlaintextCredentialError(path, `${rule} "${selector}"`);
  }
}

function leafKey(path: Path, text: string): string {
  return JSON.stringify([path, text]);
}

/** Carries an error of the caller's own function past the wrapping below. */
class FromCaller extends Error {
  constructor(readonly thrown: unknown) {
    super("thrown by the caller");
  }
}

async function about<T>(
  action: SecretsFileError["action"],
  shown: string,
  work: (sources: IdentitySource[]) => Promise<T>,
): Promise<T> {
  const sources: IdentitySource[] = [];
  try {
    return await work(sources);
  } catch (error) {
    if (error instanceof FromCaller) throw error.thrown;
    if (error instanceof SecretsFileError || !isExpected(error)) throw error;
    throw new SecretsFileError(action, shown, error, sources);
  }
}

const expected = new Set([
  "FormatError",
  "UnholdableError",
  "UnsupportedError",
  "NotEncryptedError",
  "IntegrityError",
  "NoIdentityError",
  "MetadataError",
  "InvalidRuleError",
  "ValueError",
  "RecipientError",
  "PathError",
  "PassphraseError",
  "PluginError",
  "KeyServiceError",
]);

/** What can go wrong with a file; anything else is a defect of ours and keeps its own name. */
function isExpected(error: unknown): error is Error {
  return error instanceof FileError || error instanceof ConflictError ||
    error instanceof LockTimeoutError || error instanceof ReadBackError ||
    error instanceof PlaintextCredentialError ||
    (error instanceof Error && expected.has(error.name));
}
