import { Secret } from "../sops/secret.ts";
import { type Mapping, type Node, type Path, Scalar } from "../sops/tree.ts";
import { JournalError } from "./errors.ts";

/** Steps that were taken, in their order; the last one, the deletion, takes the journal away. */
export const steps = [
  "intent",
  "staged",
  "proved",
  "promoted",
  "deployed",
  "quiet",
  "inactive",
] as const;
export type Step = typeof steps[number];

/** How far an abort has come. */
const abortSteps = ["begun", "restored", "deployed"] as const;
export type AbortStep = typeof abortSteps[number];

/** A rotation under way, as a secrets file says. Times are AWS's. */
export interface Journal {
  readonly profile: string;
  /** Another one each time that a key is to be made, so that two processes do not mix. */
  readonly attempt: string;
  /** The last step that is done. */
  readonly step: Step;
  readonly abort?: AbortStep;
  /** 12 digits. */
  readonly account: string;
  /** The IAM user's name, without its path. */
  readonly user: string;
  readonly arn: string;
  /** When a key was about to be made, to whole seconds. */
  readonly started: Temporal.Instant;
  /** The user's keys at that time. */
  readonly existing: readonly string[];
  readonly old: JournalKey;
  readonly new?: JournalKey;
  /** The profile whose key makes and deletes keys, where it is another one. */
  readonly using?: string;
  /** Seconds between deactivating and deleting. */
  readonly soak: number;
  /** Seconds without a use before the old key is deactivated. */
  readonly quiet: number;
  readonly promoted?: Temporal.Instant;
  readonly deployed?: Temporal.Instant;
  readonly inactive?: Temporal.Instant;
  /** Whether sessions made with the old key are to be cut off, and when that was done. */
  readonly revoke: boolean;
  readonly revoked?: Temporal.Instant;
}

/** A key of a rotation; the secret is there while the profile itself does not have it. */
export interface JournalKey {
  readonly id: string;
  readonly secret?: Secret;
}

/** What of an open secrets file is needed to read journals. */
export interface JournalDocument {
  get(path: Path): Node | undefined;
  wouldEncrypt(path: Path): boolean;
}

/** What of it is needed to write them. */
export interface WritableDocument extends JournalDocument {
  set(path: Path, value: Secret): void;
  unset(path: Path): boolean;
}

/**
 * All rotations under way, by profile, in the order of the file. Reads only; it is what others take
 * to tell of rotations.
 *
 * @throws {JournalError}
 */
export function journalsOf(document: JournalDocument): Map<string, Journal> {
  const root = document.get(["rotation"]);
  const found = new Map<string, Journal>();
  if (root === undefined || root.kind === "null") return found;
  if (root.kind !== "mapping") throw new JournalError("", "malformed", "rotation");
  for (const entry of root.entries) {
    if (entry.kind !== "pair") continue;
    const journal = journalOf(document, entry.key);
    if (journal) found.set(entry.key, journal);
  }
  return found;
}

/**
 * The rotation of one profile. Every leaf has to be encrypted, since only that binds it to its
 * path: what was pasted from another profile or under another name does not even open. What somebody
 * with the key copied is told by the name inside.
 *
 * @returns nothing where none is under way
 * @throws {JournalError}
 */
export function journalOf(document: JournalDocument, profile: string): Journal | undefined {
  const root = document.get(["rotation", profile]);
  if (root === undefined) return undefined;
  if (root.kind !== "mapping") throw new JournalError(profile, "malformed", "");
  return new Reader(document, profile, root).journal();
}

/** Puts a journal into a file, in place of the one that is there. */
export function writeJournal(document: WritableDocument, journal: Journal): void {
  const texts = textsOf(journal);
  for (const name of leafNames) {
    const path = ["rotation", journal.profile, name];
    const text = texts[name];
    if (text !== undefined) document.set(path, text);
    else if (document.get(path) !== undefined) document.unset(path);
  }
}

/** Takes a journal out of a file. */
export function removeJournal(document: WritableDocument, profile: string): void {
  document.unset(["rotation", profile]);
  const rest = document.get(["rotation"]);
  if (rest?.kind === "mapping" && rest.entries.length === 0) document.unset(["rotation"]);
}

/** Whether two journals are at the same point, so that what was planned for one holds for both. */
export function samePoint(one: Journal | undefined, other: Journal | undefined): boolean {
  return one?.attempt === other?.attempt && one?.step === other?.step &&
    one?.abort === other?.abort;
}

const leafNames = [
  "version",
  "profile",
  "attempt",
  "step",
  "abort",
  "account",
  "user",
  "arn",
  "started",
  "existing",
  "old_access_key_id",
  "old_secret_access_key",
  "new_access_key_id",
  "new_secret_access_key",
  "using",
  "soak",
  "quiet",
  "promoted",
  "deployed",
  "inactive",
  "revoke",
  "revoked",
] as const;
type LeafName = typeof leafNames[number];

function textsOf(journal: Journal): Readonly<Record<LeafName, Secret | undefined>> {
  const text = (value: string | undefined) => value === undefined ? undefined : new Secret(value);
  const time = (value: Temporal.Instant | undefined) =>
    text(value?.toString({ smallestUnit: "second" }));
  return {
    version: text("1"),
    profile: text(journal.profile),
    attempt: text(journal.attempt),
    step: text(journal.step),
    abort: text(journal.abort),
    account: text(journal.account),
    user: text(journal.user),
    arn: text(journal.arn),
    started: time(journal.started),
    existing: text(journal.existing.join(" ")),
    old_access_key_id: text(journal.old.id),
    old_secret_access_key: journal.old.secret,
    new_access_key_id: text(journal.new?.id),
    new_secret_access_key: journal.new?.secret,
    using: text(journal.using),
    soak: text(String(journal.soak)),
    quiet: text(String(journal.quiet)),
    promoted: time(journal.promoted),
    deployed: time(journal.deployed),
    inactive: time(journal.inactive),
    revoke: text(journal.revoke ? "yes" : undefined),
    revoked: time(journal.revoked),
  };
}

const keyId = /^[A-Z0-9]{16,128}$/;

class Reader {
  readonly #leaves = new Map<string, Secret>();

  constructor(
    readonly document: JournalDocument,
    readonly profile: string,
    root: Mapping,
  ) {
    for (const entry of root.entries) {
      if (entry.kind !== "pair") continue;
      const { key, value } = entry;
      // What is empty or null is not encrypted, so that anybody could have put it there.
      const isText = value instanceof Scalar && value.type === "str" && value.reveal() !== "";
      if (!isText || !(leafNames as readonly string[]).includes(key)) this.#fail(key);
      if (!document.wouldEncrypt(["rotation", profile, key])) {
        throw new JournalError(profile, "plaintext", key);
      }
      this.#leaves.set(key, value);
    }
  }

  journal(): Journal {
    if (this.#text("version", /^1$/) === undefined) this.#fail("version");
    const named = this.#needed("profile", /./);
    if (named !== this.profile) {
      throw new JournalError(this.profile, "another profile", "profile", named);
    }
    const oldId = this.#needed("old_access_key_id", keyId);
    const newId = this.#text("new_access_key_id", keyId);
    const step = this.#oneOf("step", steps) ?? this.#fail("step");
    const abort = this.#oneOf("abort", abortSteps);
    const existing = this.#needed("existing", /^[A-Z0-9 ]+$/).split(" ");
    if (existing.some((id) => !keyId.test(id)) || !existing.includes(oldId)) this.#fail("existing");
    if ((newId === undefined) !== (step === "intent")) this.#fail("new_access_key_id");
    if (newId === oldId) this.#fail("new_access_key_id");
    const promotedTo = this.#promoted(step) && (abort === undefined || abort === "begun");
    const oldSecret = this.#leaves.get("old_secret_access_key");
    const newSecret = this.#leaves.get("new_secret_access_key");
    if (promotedTo !== (oldSecret !== undefined)) this.#fail("old_secret_access_key");
    const wantsNew = newId !== undefined && !promotedTo;
    if (wantsNew !== (newSecret !== undefined)) this.#fail("new_secret_access_key");
    const using = this.#text("using", /^[a-z0-9][a-z0-9-]*$/);
    const promoted = this.#time("promoted");
    const deployed = this.#time("deployed");
    const inactive = this.#time("inactive");
    const revoked = this.#time("revoked");
    for (const [name, time] of [["deployed", deployed], ["inactive", inactive]] as const) {
      if (steps.indexOf(step) >= steps.indexOf(name) && time === undefined) this.#fail(name);
    }
    return {
      profile: named,
      attempt: this.#needed("attempt", /^[0-9a-f]{16}$/),
      step,
      ...(abort ? { abort } : {}),
      account: this.#needed("account", /^\d{12}$/),
      user: this.#needed("user", /^[\w+=,.@-]{1,128}$/),
      arn: this.#needed("arn", /^arn:/),
      started: this.#time("started") ?? this.#fail("started"),
      existing,
      old: { id: oldId, ...(oldSecret ? { secret: oldSecret } : {}) },
      ...(newId ? { new: { id: newId, ...(newSecret ? { secret: newSecret } : {}) } } : {}),
      ...(using ? { using } : {}),
      soak: Number(this.#needed("soak", /^\d{1,8}$/)),
      quiet: Number(this.#needed("quiet", /^\d{1,8}$/)),
      ...(promoted ? { promoted } : {}),
      ...(deployed ? { deployed } : {}),
      ...(inactive ? { inactive } : {}),
      revoke: this.#text("revoke", /^yes$/) !== undefined,
      ...(revoked ? { revoked } : {}),
    };
  }

  #promoted(step: Step): boolean {
    return steps.indexOf(step) >= steps.indexOf("promoted");
  }

  #text(name: LeafName, pattern: RegExp): string | undefined {
    const text = this.#leaves.get(name)?.reveal();
    if (text !== undefined && !pattern.test(text)) this.#fail(name);
    return text;
  }

  #needed(name: LeafName, pattern: RegExp): string {
    return this.#text(name, pattern) ?? this.#fail(name);
  }

  #oneOf<T extends string>(name: LeafName, words: readonly T[]): T | undefined {
    const text = this.#text(name, /^\w+$/);
    if (text === undefined) return undefined;
    return words.find((word) => word === text) ?? this.#fail(name);
  }

  #time(name: LeafName): Temporal.Instant | undefined {
    const text = this.#text(name, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    try {
      return text === undefined ? undefined : Temporal.Instant.from(text);
    } catch {
      return this.#fail(name);
    }
  }

  #fail(name: string): never {
    throw new JournalError(this.profile, "malformed", name);
  }
}
