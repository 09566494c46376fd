import {
  type OpenDocument,
  parseDocument,
  plainParse,
  type SealedDocument,
} from "../sops/document.ts";
import { NotEncryptedError } from "../sops/errors.ts";
import { type KeyService, type OtherKey, otherKeysOf } from "../sops/keys/master_key.ts";
import type { Openers } from "../sops/keys/data_key.ts";
import type { Metadata } from "../sops/metadata.ts";
import { type Format, FormatError, type Layout, type Tree } from "../sops/tree.ts";
import {
  type Audience,
  type AudienceChange,
  mergeAudience,
  names,
  sameAudience,
} from "./audience.ts";
import { choiceWriter, unmarkedPath } from "./conflicts.ts";
import { MergeError, type Side, VersionError } from "./errors.ts";
import { type Conflict, mergeTrees, type Renamed } from "./three_way.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface MergeInput {
  /** Absent, or empty, where the sides have nothing in common. */
  readonly base?: Bytes;
  readonly ours: Bytes;
  readonly theirs: Bytes;
  readonly format: Format;
  /** What opens the versions; asked once, for all of them. */
  openers(versions: readonly SealedDocument[]): Promise<Openers>;
  /** For whom the rules want the merged file encrypted, where they say something about it. */
  readonly rule?: Audience;
  readonly now: Temporal.Instant;
  /** Gives that many random bytes. */
  readonly random: (length: number) => Bytes;
  readonly layout?: Layout;
}

export interface MergedFile {
  /** The merged file, encrypted, proved to hold what was merged. */
  readonly bytes: Bytes;
  readonly conflicts: readonly Conflict[];
  readonly renamed: readonly Renamed[];
  readonly audience: readonly AudienceChange[];
  /** Whether every value has been encrypted anew, because no data key could be kept. */
  readonly newDataKey: boolean;
}

/** None of the versions is encrypted: this is a matter for git itself. */
export class NothingEncryptedError extends Error {
  override name = "NothingEncryptedError";
  constructor() {
    super("none of the versions is encrypted");
  }
}

/**
 * Merges two versions of an encrypted file that began as a third. All plaintext stays in memory.
 *
 * What neither side changed, and what one side changed, keeps the ciphertext that it has, as long as
 * it is under the data key of the result.
 *
 * @throws {NothingEncryptedError}
 * @throws {VersionError} when one of the versions cannot be opened: nobody may merge what was not
 *   verified
 * @throws {MergeError}
 * @throws {UnsupportedError | KeyServiceError} when the data key cannot be encrypted for a key of the
 *   rules
 */
export async function mergeFile(input: MergeInput): Promise<MergedFile> {
  const versions = await readVersions(input);
  const { base, ours, theirs, baseTree, services } = versions;
  const merged = mergeTrees(baseTree, ours.tree, theirs.tree, choiceWriter(input.format));
  if (input.format === "binary" && merged.conflicts.length > 0) throw new MergeError("whole");

  const { audience, changes } = mergeAudience({
    ...(base ? { base: base.metadata } : {}),
    ours: ours.metadata,
    theirs: theirs.metadata,
  }, input.rule);
  const { main, other, keepsKey } = chooseMain(versions, audience);
  const joined = main.adopt(other);
  const readable = readableLeaves([main, other]);
  main.replaceTree(merged.tree);
  refuseReadable(main, readable);

  const newDataKey = !keepsKey;
  if (newDataKey || !sameAudience(main.metadata, audience)) main.setKeys(audience, { newDataKey });
  const known = newDataKey ? [] : sealedElsewhere(joined ? [main, other] : [main]);
  const bytes = await main.seal({
    now: input.now,
    random: input.random,
    allowNul: true,
    prove: true,
    known,
    ...(input.layout ? { layout: input.layout } : {}),
    services,
  });
  return {
    bytes,
    conflicts: merged.conflicts,
    renamed: merged.renamed,
    audience: changes,
    newDataKey,
  };
}

interface Versions {
  readonly base?: OpenDocument;
  readonly baseTree?: Tree;
  readonly ours: OpenDocument;
  readonly theirs: OpenDocument;
  readonly services: readonly KeyService[];
}

async function readVersions(input: MergeInput): Promise<Versions> {
  const { format } = input;
  const sealed = async (bytes: Bytes, side: Side): Promise<SealedDocument | undefined> => {
    try {
      return await parseDocument(bytes, format);
    } catch (error) {
      if (error instanceof NotEncryptedError) return undefined;
      // A text that is no JSON is no encrypted file; it may be one about them.
      if (error instanceof FormatError && format === "binary") return undefined;
      throw new VersionError(side, error as Error);
    }
  };
  const baseBytes = input.base?.length ? input.base : undefined;
  const [before, mine, yours] = [
    baseBytes && await sealed(baseBytes, "base"),
    await sealed(input.ours, "ours"),
    await sealed(input.theirs, "theirs"),
  ];
  if (!before && !mine && !yours) throw new NothingEncryptedError();
  if (!mine) throw new VersionError("ours", new NotEncryptedError());
  if (!yours) throw new VersionError("theirs", new NotEncryptedError());
  const sides = [mine, yours, ...(before ? [before] : [])];
  const { identities, services = [] } = await input.openers(sides);
  const open = async (document: SealedDocument, side: Side): Promise<OpenDocument> => {
    try {
      return await document.open(identities, services);
    } catch (error) {
      throw new VersionError(side, error as Error);
    }
  };
  const ours = await open(mine, "ours");
  const theirs = await open(yours, "theirs");
  if (before) {
    const base = await open(before, "base");
    return { base, baseTree: base.tree, ours, theirs, services };
  }
  if (!baseBytes) return { ours, theirs, services };
  try {
    // It was in plaintext before both sides encrypted it.
    return { baseTree: await plainParse(baseBytes, format), ours, theirs, services };
  } catch (error) {
    throw new VersionError("base", error as Error);
  }
}

/**
 * Which of the two is gone on with: the one that has the selector of the result, and if it can be
 * its data key. A key that a side has made new counts more than the old one, since somebody who was
 * taken out knows that; but only where all who had it stay, because whoever does not would go on
 * opening the file with it.
 */
function chooseMain(
  { base, ours, theirs }: Versions,
  audience: Audience,
): { readonly main: OpenDocument; readonly other: OpenDocument; readonly keepsKey: boolean } {
  const fresh = (side: OpenDocument) => base === undefined || !base.sharesDataKey(side);
  const stay = (side: OpenDocument) => names(side.metadata).isSubsetOf(names(audience));
  const fits = (side: OpenDocument, other: OpenDocument): boolean =>
    side.sharesDataKey(other) || (fresh(side) && stay(side));
  const pick = (main: OpenDocument, other: OpenDocument) => ({
    main,
    other,
    keepsKey: fits(main, other),
  });
  const [before, mine, yours] = [base, ours, theirs].map((each) =>
    each && selectorText(each.metadata)
  );
  if (mine === yours) return fits(ours, theirs) ? pick(ours, theirs) : pick(theirs, ours);
  if (before === mine) return pick(theirs, ours);
  if (before === yours) return pick(ours, theirs);
  throw new MergeError("selectors");
}

function selectorText({ selector, macOnlyEncrypted }: Metadata): string {
  return JSON.stringify([selector.rule, selector.text, macOnlyEncrypted]);
}

/** What stands in plaintext in one of the versions, by its path and value. */
function readableLeaves(versions: readonly OpenDocument[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const version of versions) {
    for (const { path, value, encrypted } of version.leaves()) {
      if (!encrypted) found.add(JSON.stringify([unmarkedPath(path), value.reveal()]));
    }
  }
  return found;
}

/** Nothing may stand in plaintext that did not stand so in one of the versions. */
function refuseReadable(merged: OpenDocument, known: ReadonlySet<string>): void {
  for (const { path, value, encrypted } of merged.leaves()) {
    const text = value.reveal();
    if (encrypted || text === "") continue;
    if (!known.has(JSON.stringify([unmarkedPath(path), text]))) {
      throw new MergeError("readable", path);
    }
  }
}

/**
 * Keys that only a service can encrypt for, and that hold the data key already. For age the data key
 * is encrypted anew: whether what stands in metadata opens cannot be seen.
 */
function sealedElsewhere(versions: readonly OpenDocument[]): OtherKey[] {
  return versions.flatMap(({ metadata: { groups } }) =>
    groups.length === 1 ? otherKeysOf(groups[0]!) : []
  );
}
