import type { Aead } from "./aead/aead.ts";
import { aeadFor } from "./aead/mod.ts";
import { decryptValues, encryptValues } from "./cipher.ts";
import { compareTree, type DecryptOptions, decryptTree, sealedWork } from "./decrypt_tree.ts";
import { encryptTree } from "./encrypt_tree.ts";
import { parseEncrypted } from "./encrypted_value.ts";
import {
  AlreadyEncryptedError,
  IntegrityError,
  MetadataError,
  NotEncryptedError,
  PathError,
  pathText,
  ValueError,
} from "./errors.ts";
import { openDataKey, type Openers, sealDataKey, type SealKeyOptions } from "./keys/data_key.ts";
import { checkRecipient, type Identity } from "./keys/identity.ts";
import { type KeyGroup, type KeyService, recipientsOf } from "./keys/master_key.ts";
import { sameBytes, sameText } from "./mac.ts";
import { formatVersion, type Metadata, readMetadata, writeMetadata } from "./metadata.ts";
import {
  leavesOf,
  nodeAt,
  sameLeaves,
  sameNode,
  sameScalars,
  sameShape,
  withNode,
  withoutNode,
} from "./paths.ts";
import { Secret } from "./secret.ts";
import { compileSelector, defaultSelector, type Selection, type Selector } from "./selectors.ts";
import { Stash } from "./stash.ts";
import {
  type Format,
  type Layout,
  type Mapping,
  type Node,
  type Path,
  Scalar,
  type Store,
  type Tree,
  UnholdableError,
} from "./tree.ts";
import { encryptsAt, selectedLeaves } from "./walk.ts";

const utf8 = new TextEncoder();

/** A leaf of an open document. */
export interface Leaf {
  /** Which document of the file, from 0; only YAML has more than one. */
  readonly document: number;
  readonly path: Path;
  readonly value: Scalar;
  /** Whether the file's selector has it encrypted. */
  readonly encrypted: boolean;
}

/** What a document is sealed with. */
export interface SealOptions extends SealKeyOptions {
  readonly now: Temporal.Instant;
  /** Gives that many random bytes. */
  readonly random: (length: number) => Uint8Array<ArrayBuffer>;
  /** How the text is laid out (`stores` in the rules). */
  readonly layout?: Layout;
  /** The SOPS version to write; the file's own unless told, as `sops set` leaves it. */
  readonly version?: string;
  /** Whether new values may hold NUL, as they may for SOPS. */
  readonly allowNul?: boolean;
  /** Another format than the file had. */
  readonly format?: Format;
  /**
   * Whether what was sealed is read again before it is given out: for whoever cannot do that with an
   * identity.
   */
  readonly prove?: boolean;
}

/**
 * Reads an encrypted file. No key is needed, and nothing is verified.
 *
 * @throws {FormatError} when the bytes are not that format
 * @throws {NotEncryptedError} when there is no `sops` entry
 * @throws {MetadataError} when the `sops` entry cannot be read
 */
export async function parseDocument(bytes: Uint8Array, format: Format): Promise<SealedDocument> {
  const { parseFile } = await import("./stores/mod.ts");
  const { tree, metadata } = await parseFile(format, bytes);
  if (metadata === undefined) throw new NotEncryptedError();
  return new SealedDocument(await storeToEmit(format), tree, readMetadata(metadata), bytes.length);
}

/** The store without what only reading needs. */
async function storeToEmit(format: Format): Promise<Store> {
  const { storeFor } = await import("./stores/mod.ts");
  return await storeFor(format, "emit");
}

/** An encrypted file, as it was read. Nothing in it has been verified. */
export class SealedDocument {
  readonly #store: Store;
  readonly #size: number;

  constructor(
    store: Store,
    /** Encrypted leaves are `str` with the text `ENC[…]`. */
    readonly tree: Tree,
    readonly metadata: Metadata,
    size: number,
  ) {
    this.#store = store;
    this.#size = size;
  }

  get format(): Format {
    return this.#store.format;
  }

  /** The age recipients in the metadata, as they stand there. */
  get recipients(): string[] {
    return recipientsOf(this.metadata.groups);
  }

  /** Where there are leaves, in their order, without their values. */
  leafPaths(): Path[] {
    return this.tree.documents.flatMap((document) =>
      Array.from(leavesOf(document), ({ path }) => path)
    );
  }

  /**
   * Decrypts everything and compares the MAC, always: nothing of a file that does not match gets
   * out.
   *
   * @param services for keys that live elsewhere
   * @param order of the key types, as `Openers` has it
   * @throws {NoIdentityError} when no identity is for any of the recipients
   * @throws {UnsupportedError} when only keys or identities are there that we cannot use
   * @throws {KeyServiceError} when only a key elsewhere could open it, and did not
   * @throws {IntegrityError} when the file was changed by something that did not hold the key
   * @throws {InvalidRuleError} when the file's selector is no regular expression
   */
  async open(
    identities: readonly Identity[],
    services: readonly KeyService[] = [],
    order?: readonly string[],
  ): Promise<OpenDocument> {
    const openers = { identities, services, ...(order ? { order } : {}) };
    return await this.#openWith(await openDataKey(this.metadata, openers));
  }

  /**
   * The same file for other keys: its data key is encrypted anew for each, and nothing else of it
   * changes. Its values are not looked at.
   *
   * @returns the bytes of the file
   * @throws {NoIdentityError | UnsupportedError | KeyServiceError | IntegrityError} as `open`
   * @throws {RecipientError} for a recipient that is none
   */
  async rewrap(
    openers: Openers | { readonly dataKey: Uint8Array<ArrayBuffer> },
    keys: Keys,
    options: SealKeyOptions & { readonly layout?: Layout } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const dataKey = "dataKey" in openers
      ? openers.dataKey
      : await openDataKey(this.metadata, openers);
    const metadata = await withKeys(this.metadata, dataKey, keys, options);
    return this.#store.emit(this.tree, writeMetadata(metadata), options.layout);
  }

  /**
   * Whether it opens and holds these values: the proof that what was written says what was meant.
   * Comments do not count. What the values would take as a tree is not needed for it.
   *
   * @param openers the data key itself shows it without any identity
   * @param options `leaves`: only leaves and their places count, which is what another format keeps;
   *   in formats that know no types, never more
   * @throws what `open` throws
   */
  async says(
    tree: Tree,
    openers: Openers | { readonly dataKey: Uint8Array<ArrayBuffer> },
    options: { readonly leaves?: boolean } = {},
  ): Promise<boolean> {
    const dataKey = "dataKey" in openers
      ? openers.dataKey
      : await openDataKey(this.metadata, openers);
    const flat = isFlat(this.format);
    if (sameShape(this.tree, tree)) {
      const same = flat
        ? (one: Scalar, other: Scalar) => one.reveal() === other.reveal()
        : sameScalars;
      return await this.#verified(
        dataKey,
        async (aead, how) => {
          const mac = await compareTree(this.tree, tree, same, aead, how);
          return { result: mac !== undefined, mac };
        },
      );
    }
    return (flat || options.leaves === true) &&
      sameLeaves((await this.#openWith(dataKey)).tree, tree, flat);
  }

  async #openWith(dataKey: Uint8Array<ArrayBuffer>): Promise<OpenDocument> {
    return await this.#verified(dataKey, async (aead, how) => {
      const { tree, mac } = await decryptTree(this.tree, aead, how);
      const { selection } = how;
      const origin = { dataKey, tree };
      return { result: new OpenDocument(this.#store, this.metadata, selection, tree, origin), mac };
    });
  }

  /**
   * Has the values decrypted, and gives out what came of it only if the MAC matches.
   *
   * @param work gives nothing for the MAC where its result is not about all of the values
   */
  async #verified<Result>(
    dataKey: Uint8Array<ArrayBuffer>,
    work: (
      aead: Aead,
      how: DecryptOptions,
    ) => Promise<{ readonly result: Result; readonly mac: string | undefined }>,
  ): Promise<Result> {
    const { metadata } = this;
    const [selection, aead] = await Promise.all([
      compileSelector(metadata.selector),
      aeadFor(dataKey, sealedWork(this.tree)),
    ]);
    const { result, mac } = await work(aead, {
      selection,
      macOnlyEncrypted: metadata.macOnlyEncrypted,
      expectedBytes: this.#size >> 1,
    });
    if (mac === undefined) return result;
    if (metadata.mac === "") throw new IntegrityError("mac", undefined, "missing");
    const sealedMac = parseEncrypted(metadata.mac);
    if (!sealedMac) throw new IntegrityError("mac", undefined, "malformed");
    const [stored] = await decryptValues(aead, [
      { value: sealedMac, aad: utf8.encode(metadata.lastModified) },
    ]);
    if (stored?.type !== "str" || !sameText(stored.text, mac)) throw new IntegrityError("mac");
    return result;
  }
}

/** For whom a file is encrypted. */
export interface Keys {
  /** At least one, none empty; `enc` is not looked at. */
  readonly groups: readonly KeyGroup[];
  /** How many groups are needed to open it; all of them unless given. */
  readonly shamirThreshold?: number;
}

async function withKeys(
  metadata: Metadata,
  dataKey: Uint8Array<ArrayBuffer>,
  { groups, shamirThreshold }: Keys,
  options: SealKeyOptions,
): Promise<Metadata> {
  const { shamirThreshold: _, ...rest } = metadata;
  const threshold = shamirThreshold ?? (groups.length > 1 ? groups.length : undefined);
  return {
    ...rest,
    groups: await sealDataKey(dataKey, groups, threshold, options),
    ...(threshold === undefined ? {} : { shamirThreshold: threshold }),
  };
}

/** What an open document keeps of the file it came from. */
interface Origin {
  readonly dataKey: Uint8Array<ArrayBuffer>;
  /** As it was decrypted. */
  readonly tree: Tree;
}

/**
 * A decrypted file that can be changed and sealed again. Its nodes are not to be changed in place:
 * `set`, `unset` and `replaceTree` are.
 */
export class OpenDocument {
  readonly #store: Store;
  readonly #selection: Selection;
  readonly #origin: Origin | undefined;
  readonly #adopted: Origin[] = [];
  #rekey: { readonly keys: Keys; readonly newDataKey: boolean } | undefined;
  #tree: Tree;

  /** Use `SealedDocument.open` or `newDocument`. */
  constructor(
    store: Store,
    readonly metadata: Metadata,
    selection: Selection,
    tree: Tree,
    origin?: Origin,
  ) {
    this.#store = store;
    this.#selection = selection;
    this.#tree = tree;
    this.#origin = origin;
  }

  get format(): Format {
    return this.#store.format;
  }

  /** For whom it is, or will be, encrypted. */
  get recipients(): string[] {
    return recipientsOf(this.metadata.groups);
  }

  /** In plaintext. */
  get tree(): Tree {
    return this.#tree;
  }

  /** Whether sealing would give a file that says something else. New documents always do. */
  get changed(): boolean {
    const [before, after] = [this.#origin?.tree.documents, this.#tree.documents];
    return before === undefined || before.length !== after.length ||
      !before.every((document, index) => sameNode(document, after[index]!));
  }

  /** @returns what is at that path of the first document, or nothing */
  get(path: Path): Node | undefined {
    const [first] = this.#tree.documents;
    return first && nodeAt(first, path);
  }

  /**
   * The leaf at that path of the first document.
   *
   * @returns nothing where there is none, or null
   * @throws {PathError} `not a leaf`
   */
  getText(path: Path): Secret | undefined {
    const node = this.get(path);
    if (node === undefined || node.kind === "null") return undefined;
    if (node.kind !== "scalar") throw new PathError("not a leaf", pathText(path));
    return node;
  }

  /** Every leaf of every document, in their order. */
  *leaves(): Generator<Leaf> {
    for (const [document, mapping] of this.#tree.documents.entries()) {
      for (const leaf of selectedLeaves(mapping, this.#selection)) yield { document, ...leaf };
    }
  }

  /**
   * Puts a value at that path of the first document; mappings that are missing are made. A
   * `Secret` becomes a string.
   *
   * @param options `replace`: whether a leaf may give way to a mapping, and a mapping or list to a
   *   leaf, as `sops set` has it
   * @throws {PathError} where it cannot be put
   * @throws {ValueError} when it holds NUL
   */
  set(path: Path, value: Secret | Node, options: { readonly replace?: boolean } = {}): void {
    const { reserves = isSops } = this.#store;
    if (reserves(String(path[0]))) throw new PathError("reserved", pathText(path));
    const node = value instanceof Secret && !(value instanceof Scalar)
      ? new Scalar("str", value.reveal())
      : value as Node;
    for (const leaf of leavesOf(node, path)) {
      if (leaf.value.reveal().includes("\0")) throw new ValueError(leaf.path, "NUL");
    }
    const [first = emptyMapping(), ...others] = this.#tree.documents;
    const next = withNode(first, path, node, options.replace === true);
    this.#tree = { documents: [next, ...others] };
  }

  /** @returns whether something was there to take away, in the first document */
  unset(path: Path): boolean {
    const [first, ...others] = this.#tree.documents;
    const next = first && withoutNode(first, path);
    if (next) this.#tree = { documents: [next, ...others] };
    return next !== undefined;
  }

  /** Whether a leaf at that path of the first document is, or would be, encrypted. */
  wouldEncrypt(path: Path): boolean {
    return encryptsAt(this.#tree.documents[0] ?? emptyMapping(), path, this.#selection);
  }

  /** Puts another tree in place of the whole, after an edit. */
  replaceTree(tree: Tree): void {
    this.#tree = tree;
  }

  /** Whether both were opened with the same data key. */
  sharesDataKey(other: OpenDocument): boolean {
    const [one, another] = [this.#origin?.dataKey, other.#origin?.dataKey];
    return one !== undefined && another !== undefined && sameBytes(one, another);
  }

  /**
   * Has the next sealing keep the ciphertext of what another version of the file holds, too. That
   * takes the same data key.
   *
   * @returns whether it has
   */
  adopt(other: OpenDocument): boolean {
    if (!this.sharesDataKey(other)) return false;
    this.#adopted.push(other.#origin!);
    return true;
  }

  /**
   * Has the next sealing encrypt the data key for other keys.
   *
   * @param options `newDataKey`: and make a new one, with which every value is encrypted anew
   */
  setKeys(keys: Keys, options: { readonly newDataKey: boolean }): void {
    this.#rekey = { keys, newDataKey: options.newDataKey };
  }

  /**
   * The file with every selected leaf encrypted. A leaf that did not change keeps its ciphertext,
   * and the recipients keep theirs; `lastmodified` and the MAC are always new.
   *
   * @returns the bytes of the file
   * @throws {ValueError} when a new value holds NUL
   * @throws {PathError} `reserved`, when a top-level key would be taken for metadata
   * @throws {UnholdableError} when the format has no room for something in the tree
   */
  async seal(options: SealOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { random } = options;
    const store = options.format === undefined || options.format === this.format
      ? this.#store
      : await storeToEmit(options.format);
    const reserved = reservedKey(this.#tree, store);
    if (reserved !== undefined) throw new PathError("reserved", reserved);
    const origin = this.#rekey?.newDataKey ? undefined : this.#origin;
    const dataKey = origin?.dataKey ?? random(32);
    const { macOnlyEncrypted } = this.metadata;
    const { tree, mac } = await encryptTree(
      this.#tree,
      dataKey,
      this.#selection,
      stashOf(origin ? [origin, ...this.#adopted] : []),
      { macOnlyEncrypted, allowNul: options.allowNul === true, random },
    );
    const lastModified = options.now.toString({ smallestUnit: "second" });
    const aead = await aeadFor(dataKey, { leaves: 1, characters: 0 });
    const [sealedMac] = await encryptValues(
      aead,
      [{ type: "str", text: mac, aad: utf8.encode(lastModified) }],
      random,
    );
    const keys = this.#rekey?.keys ?? (origin ? undefined : this.metadata);
    const metadata: Metadata = {
      ...(keys ? await withKeys(this.metadata, dataKey, keys, options) : this.metadata),
      lastModified,
      mac: sealedMac!,
      version: options.version ?? this.metadata.version,
    };
    const bytes = store.emit(tree, writeMetadata(metadata), options.layout);
    if (options.prove) {
      const sealed = await parseDocument(bytes, store.format);
      if (!await holds(sealed, this.#tree, dataKey)) {
        throw new UnholdableError(store.format, [], "something that it would read back otherwise");
      }
    }
    return bytes;
  }
}

async function holds(
  sealed: SealedDocument,
  tree: Tree,
  dataKey: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    return await sealed.says(tree, { dataKey }, { leaves: true });
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/** @returns what finds ciphertexts in all of them, in the first one first */
function stashOf(origins: readonly Origin[]): Pick<Stash, "find"> {
  const stashes = origins.map(({ tree }) => new Stash(tree));
  if (stashes.length === 1) return stashes[0]!;
  return {
    find(node, prefix) {
      for (const stash of stashes) {
        const known = stash.find(node, prefix);
        if (known !== undefined) return known;
      }
      return undefined;
    },
  };
}

/** A top-level key that would be taken for metadata. */
function reservedKey(tree: Tree, { reserves = isSops }: Store): string | undefined {
  for (const { entries } of tree.documents) {
    for (const entry of entries) {
      if (entry.kind === "pair" && reserves(entry.key)) return entry.key;
    }
  }
  return undefined;
}

/** Formats that know no type but strings. */
function isFlat(format: Format): boolean {
  return format === "dotenv" || format === "ini";
}

function isSops(key: string): boolean {
  return key === "sops";
}

function emptyMapping(): Mapping {
  return { kind: "mapping", entries: [] };
}

/** How a new file is to be encrypted. */
export interface NewDocumentOptions {
  /** `age1…` or `ssh-…`, at least one; repetitions are left out. */
  readonly recipients?: readonly string[];
  /** In place of `recipients`: key groups, with keys of other types too. */
  readonly keys?: Keys;
  readonly selector?: Selector;
  /** Whether no selector is named in the file and the default counts, as in a new binary file. */
  readonly omitsSelector?: boolean;
  readonly macOnlyEncrypted?: boolean;
  readonly version?: string;
}

/**
 * Recipients as a key group that is yet to be sealed.
 *
 * @param recipients repetitions are left out
 * @throws {RecipientError} when one is none
 */
export function ageGroup(recipients: readonly string[]): KeyGroup {
  return [...new Set(recipients.map(checkRecipient))]
    .map((recipient) => ({ type: "age", recipient, enc: "" }));
}

/**
 * A document that was never encrypted. Its data key is made when it is sealed.
 *
 * @throws {RecipientError} when a recipient is none
 * @throws {UnsupportedError} for recipients that we cannot encrypt to
 * @throws {InvalidRuleError} when the selector is no regular expression
 */
export async function newDocument(
  tree: Tree,
  format: Format,
  options: NewDocumentOptions,
): Promise<OpenDocument> {
  const keys = options.keys ?? { groups: [ageGroup(options.recipients ?? [])] };
  if (keys.groups.length === 0 || keys.groups.some((group) => group.length === 0)) {
    throw new MetadataError("age", "there are no recipients");
  }
  const selector = options.selector ?? defaultSelector;
  const metadata: Metadata = {
    ...keys,
    lastModified: "",
    mac: "",
    version: options.version ?? formatVersion,
    selector,
    macOnlyEncrypted: options.macOnlyEncrypted ?? false,
    ...(options.omitsSelector ? { omitsSelector: true } : {}),
  };
  const selection = await compileSelector(selector);
  return new OpenDocument(await storeToEmit(format), metadata, selection, tree);
}

/**
 * Reads a plaintext file.
 *
 * @throws {FormatError} when the bytes are not that format, or encrypting them would lose something
 * @throws {AlreadyEncryptedError} when there is a `sops` entry
 */
export async function plainParse(bytes: Uint8Array, format: Format): Promise<Tree> {
  const store = await storeToEmit(format);
  if (store.parsePlain) {
    const tree = store.parsePlain(bytes);
    if (reservedKey(tree, store) !== undefined) throw new AlreadyEncryptedError();
    return tree;
  }
  const { parseFile } = await import("./stores/mod.ts");
  try {
    const { tree, metadata } = await parseFile(format, bytes);
    if (metadata === undefined) return tree;
  } catch (error) {
    // An entry "sops" that is no metadata is in the way all the same.
    if (!(error instanceof MetadataError)) throw error;
  }
  throw new AlreadyEncryptedError();
}

/**
 * Writes a plaintext file as `sops decrypt` does.
 *
 * @throws {UnholdableError} when the format has no room for something in the tree
 */
export async function emitPlain(
  tree: Tree,
  format: Format,
  layout?: Layout,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await storeToEmit(format)).emit(tree, undefined, layout);
}

/**
 * Writes a plaintext file for an editor. What the text would not give back is not put into it:
 * saved again, it would be changed although nobody touched it.
 *
 * @throws {UnholdableError} with the first such leaf
 */
export async function emitEditable(
  tree: Tree,
  format: Format,
  layout?: Layout,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await emitPlain(tree, format, layout);
  if (!isFlat(format)) return bytes;
  const read = (await plainParse(bytes, format)).documents.flatMap((each) => [...leavesOf(each)]);
  const meant = tree.documents.flatMap((each) => [...leavesOf(each)]);
  for (const [index, { path, value }] of meant.entries()) {
    const same = value.type === "str" || value.type === "bytes"
      ? sameNode(value, read[index]?.value ?? { kind: "null" })
      : true;
    if (!same) throw new UnholdableError(format, path, "a value that it reads otherwise");
  }
  return bytes;
}

/**
 * Writes a plaintext file with its metadata, for `sops edit --show-master-keys`.
 *
 * @throws {UnholdableError} when the format has no room for something in the tree
 */
export async function emitWithMetadata(
  { tree, metadata, format }: Pick<OpenDocument, "tree" | "metadata" | "format">,
  layout?: Layout,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await storeToEmit(format)).emit(tree, writeMetadata(metadata), layout);
}

/**
 * Writes one value as `sops decrypt --extract` does.
 *
 * @throws {UnholdableError} when the format does not hold that kind of value alone
 */
export async function emitValue(
  node: Node,
  format: Format,
  layout?: Layout,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await storeToEmit(format)).emitValue(node, layout);
}
