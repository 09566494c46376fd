import { Secret } from "./secret.ts";

/** The formats that SOPS knows. */
export type Format = "yaml" | "json" | "dotenv" | "ini" | "binary";

/** The types that SOPS gives to a leaf, as they stand in `type:` of an encrypted value. */
export type ScalarType = "str" | "int" | "float" | "bool" | "time" | "bytes";

/** A text that can stand encrypted in a file. */
abstract class Sealable extends Secret {
  readonly #sealed: string | undefined;

  /**
   * @param text in plaintext, or the ciphertext where it was not decrypted
   * @param sealed where it was: the ciphertext, if it can be kept
   */
  constructor(text: string, sealed?: string) {
    super(text);
    this.#sealed = sealed;
  }

  /** The ciphertext that it had in the file that it comes from, at its place there. */
  get sealed(): string | undefined {
    return this.#sealed;
  }
}

/**
 * A leaf. Its text is canonical: exactly the characters that SOPS hashes into the MAC and
 * encrypts (`str` as it is, `int` decimal, `float` Go's `FormatFloat(f, 'f', -1, 64)`, `bool`
 * `True` or `False`, `time` RFC 3339 with nanoseconds). `bytes` holds one character a byte (Latin-1).
 * In an encrypted tree every encrypted leaf is a `str` whose text is `ENC[AES256_GCM,…]`.
 *
 * @see getsops/sops sops.go, ToBytes
 */
export class Scalar extends Sealable {
  readonly kind = "scalar";
  constructor(readonly type: ScalarType, text: string, sealed?: string) {
    super(text, sealed);
  }
}

/**
 * A comment, without its `#`: one line, but in INI files several, of which the later ones keep their
 * mark. Comments can be encrypted too, so the text is a secret.
 */
export class Comment extends Sealable {
  readonly kind = "comment";
}

/** `null`: kept as it is, never encrypted, never hashed. */
export interface Null {
  readonly kind: "null";
}

/** One key of a mapping with its value. */
export interface Pair {
  readonly kind: "pair";
  /** The key as text, as SOPS puts it into the AAD. */
  readonly key: string;
  /** What the key was in YAML, where that was no string (`1: x`, `true: x`). */
  readonly keyType?: Exclude<ScalarType, "str"> | "null";
  value: Node;
}

/** An ordered mapping; comments stand where they stood, before the entry that they belong to. */
export interface Mapping {
  readonly kind: "mapping";
  entries: (Pair | Comment)[];
}

/** A list; comments stand where they stood. */
export interface Sequence {
  readonly kind: "sequence";
  items: (Node | Comment)[];
}

export type Node = Mapping | Sequence | Scalar | Null;

/** A whole file: one mapping for each document (only YAML can have more or fewer than one). */
export interface Tree {
  readonly documents: Mapping[];
}

/** Where a node is: map keys (strings) and list indices (numbers), outermost first. */
export type Path = readonly (string | number)[];

/** How the text of a file is laid out, where SOPS lets one choose (`stores` in `.sops.yaml`). */
export interface Layout {
  /** Spaces a level: YAML 4 unless told; JSON a tab (`-1` and absent) unless told. */
  readonly indent?: number;
}

/**
 * Turns bytes into a tree and back, for one format. It knows nothing of keys or ciphers: in an
 * encrypted file the `sops` entry is handed over as a tree of its own.
 */
export interface Store {
  readonly format: Format;
  /**
   * A file with or without a `sops` entry.
   * @throws {FormatError} when the bytes are not this format
   */
  parse(bytes: Uint8Array): { tree: Tree; metadata?: Mapping };
  /**
   * A plaintext file, where that is read otherwise than an encrypted one: what encrypting it would
   * lose is refused. What the format reserves for metadata is left in.
   * @throws {FormatError} when the bytes are not this format
   */
  parsePlain?(bytes: Uint8Array): Tree;
  /** Whether a top-level key is one of the metadata; `sops` is unless told. */
  reserves?(key: string): boolean;
  /**
   * The file as SOPS writes it, byte for byte; with the `sops` entry last where metadata is given.
   * @throws {UnholdableError} when the format has no room for something in the tree
   */
  emit(tree: Tree, metadata?: Mapping, layout?: Layout): Uint8Array<ArrayBuffer>;
  /**
   * One value as `sops decrypt --extract` prints it.
   * @throws {UnholdableError} when the format cannot hold that kind of node alone
   */
  emitValue(node: Node, layout?: Layout): Uint8Array<ArrayBuffer>;
}

/** The bytes are not what the format says. `line` and `column` count from 1. */
export class FormatError extends Error {
  override name = "FormatError";
  constructor(
    readonly format: Format,
    readonly reason: string,
    readonly line?: number,
    readonly column?: number,
  ) {
    super(line ? `line ${line}: ${reason}` : reason);
  }
}

/** A tree that a format cannot hold: written, it would read back as something else, or not at all. */
export class UnholdableError extends Error {
  override name = "UnholdableError";
  /**
   * @param path where it stands; empty for the whole
   * @param reason what stands there; never a value
   */
  constructor(readonly format: Format, readonly path: Path, readonly reason: string) {
    super(`${format} cannot hold ${reason}${path.length > 0 ? ` at "${path.join("/")}"` : ""}`);
  }
}
