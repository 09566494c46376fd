import type { Connection } from "../../aws/clients.ts";
import { diagnose, type Diagnosis } from "../../aws/diagnose.ts";
import type { NewAccessKey } from "../../aws/iam.ts";
import { Secret } from "../../sops/secret.ts";
import { SecretsFileError } from "../../store/errors.ts";
import { Asker, isGone, isUnsettled } from "../asking.ts";
import {
  AwsStepError,
  HinderedError,
  MeanwhileError,
  NotStagedError,
  OrphanError,
  OrphanLeftError,
  ThirdKeyError,
  UnknownOutcomeError,
} from "../errors.ts";
import {
  type AbortStep,
  type Journal,
  journalOf,
  removeJournal,
  samePoint,
  type Step,
  writeJournal,
} from "../journal.ts";
import type { KeyView } from "../keys.ts";
import { type Awaited, next } from "../next.ts";
import { prove } from "../proof.ts";
import { sessionsPolicy, sessionsPolicyName } from "../sessions.ts";
import type { Outcome, RotationDocument, Wishes, World } from "../world.ts";
import { IamUserLook, type Plan } from "./iam_user_look.ts";

const usualSoak = 24 * 3600;
const usualQuiet = 3600;
/** Milliseconds between two looks at what is waited for. */
const lookAgain = { deployment: 30_000, quiet: 60_000 };

/**
 * The rotation of an IAM user's access key: make, store, prove, use, and only then take the old one
 * away. Each step begins by opening the file and listing the keys anew, so that it does not matter
 * who took the one before, or where that ended.
 */
export class IamUserKeyRotation {
  readonly #world: World;
  readonly #asker: Asker;
  readonly #look: IamUserLook;
  #waitLeft: number;
  #deployed: boolean;
  #askedForDeployment = false;
  /** The attempt that this process wrote, and with it the right to make a key. */
  #attempt: string | undefined;

  constructor(world: World, readonly profile: string, readonly wishes: Wishes) {
    this.#world = world;
    this.#asker = new Asker(world, profile);
    this.#look = new IamUserLook(world, this.#asker, profile);
    this.#waitLeft = wishes.wait;
    this.#deployed = wishes.deployed;
  }

  /** Looks at everything that decides whether a rotation may begin, and changes nothing. */
  async plan(): Promise<Plan> {
    const document = await this.#world.file.read();
    if (journalOf(document, this.profile)) throw new HinderedError(this.profile, "under way");
    return (await this.#look.owner(document, this.wishes.using)).plan;
  }

  /** Begins a rotation and takes it as far as it goes now. */
  async start(): Promise<Outcome> {
    const document = await this.#world.file.read();
    if (journalOf(document, this.profile)) throw new HinderedError(this.profile, "under way");
    const { plan, connection } = await this.#look.owner(document, this.wishes.using);
    const spare = plan.keys.filter(({ id }) => id !== plan.key.id);
    const existing = plan.keys.map(({ id }) => id);
    for (const key of spare) {
      if (this.wishes.deleteKey !== key.id || (!plan.key.active && !plan.using)) {
        throw this.#thirdKey(plan.user, plan.keys, plan.key.id);
      }
    }
    await this.#checkCommitted();
    for (const key of spare) {
      await this.#delete(connection, plan.user, key.id);
      existing.splice(existing.indexOf(key.id), 1);
    }
    const { soak = usualSoak, quiet = usualQuiet, revokeSessions } = this.wishes;
    const journal: Journal = {
      profile: this.profile,
      attempt: this.#newAttempt(),
      step: "intent",
      account: plan.account,
      user: plan.user,
      arn: plan.arn,
      started: this.#asker.now(),
      existing,
      old: { id: plan.key.id },
      ...(plan.using ? { using: plan.using } : {}),
      soak,
      quiet,
      revoke: revokeSessions,
    };
    await this.#write(undefined, (changed) => {
      if (this.#look.view(changed).accessKeyId !== plan.key.id) {
        throw new MeanwhileError(this.profile);
      }
      return journal;
    });
    this.#done("intent", journal);
    return await this.#goOn();
  }

  /** Goes on with a rotation, or with its abort, as far as that goes now. */
  async resume(): Promise<Outcome> {
    const journal = await this.#journal();
    const { soak = journal.soak, quiet = journal.quiet, using = journal.using } = this.wishes;
    const revoke = journal.revoke || this.wishes.revokeSessions;
    const same = soak === journal.soak && quiet === journal.quiet && using === journal.using &&
      revoke === journal.revoke;
    if (!same) {
      const changed = { ...journal, soak, quiet, revoke, ...(using ? { using } : {}) };
      await this.#write(journal, () => changed);
    }
    return await this.#goOn();
  }

  /** Turns back: the old key is the profile's again, and the new one goes. */
  async abort(): Promise<Outcome> {
    const journal = await this.#journal();
    if (!journal.abort) {
      const { using = journal.using } = this.wishes;
      const turned: Journal = { ...journal, abort: "begun", ...(using ? { using } : {}) };
      await this.#write(journal, () => turned);
    }
    return await this.#goOn();
  }

  async #journal(): Promise<Journal> {
    const journal = journalOf(await this.#world.file.read(), this.profile);
    if (!journal) throw new HinderedError(this.profile, "no rotation");
    return journal;
  }

  async #goOn(): Promise<Outcome> {
    for (;;) {
      const document = await this.#world.file.read();
      const journal = journalOf(document, this.profile);
      if (!journal) throw new MeanwhileError(this.profile);
      const outcome = await this.#step(document, journal);
      if (outcome) return outcome;
    }
  }

  /** Takes one step. */
  async #step(document: RotationDocument, journal: Journal): Promise<Outcome | undefined> {
    const view = this.#look.view(document);
    const { keys, connection } = await this.#look.list(document, journal);
    const step = next({
      journal,
      live: view.accessKeyId,
      keys,
      now: this.#asker.now(),
      told: { deployed: this.#deployed, unused: this.wishes.unused },
    });
    switch (step.do) {
      case "create":
        return await this.#create(journal, connection);
      case "remove orphan":
        return await this.#removeOrphan(journal, connection, step.key);
      case "prove":
        return await this.#prove(document, journal);
      case "promote":
        return await this.#promote(journal);
      case "note deployed":
        return await this.#noteDeployed(journal);
      case "note quiet":
        return await this.#advance(journal, "quiet");
      case "deactivate":
        return await this.#deactivate(document, journal, connection);
      case "watch again":
        return await this.#watchAgain(journal);
      case "revoke":
        return await this.#revoke(journal, connection);
      case "delete":
        return await this.#deleteAtTheEnd(document, journal, connection, step.id);
      case "reactivate":
        return await this.#reactivate(journal, connection);
      case "restore":
        return await this.#restore(document, journal, keys);
      case "finish":
        return await this.#finish(journal);
      case "wait":
        return await this.#wait(journal, step.for);
      case "third key":
        return await this.#onThirdKey(journal, connection, keys);
      case "stop":
        throw new HinderedError(this.profile, step.why, step.id);
    }
  }

  // Forward

  async #create(journal: Journal, connection: Connection): Promise<undefined> {
    let current = journal;
    if (journal.attempt !== this.#attempt) {
      current = { ...journal, attempt: this.#newAttempt(), started: this.#asker.now() };
      await this.#write(journal, () => current);
    }
    const staged = await this.#world.unbroken(async () => {
      const { createAccessKey } = this.#world.requests;
      const answer = await this.#asker.once(() => createAccessKey(connection, journal.user));
      if (!answer.ok) return await this.#notCreated(current, diagnose(answer.failure));
      return await this.#stage(current, connection, answer.value);
    });
    this.#done("staged", staged);
  }

  /** The new pair is on the disk, encrypted, or there is no new key, or the operator knows its id. */
  async #stage(
    journal: Journal,
    connection: Connection,
    made: NewAccessKey,
  ): Promise<Journal> {
    const staged: Journal = { ...journal, step: "staged", new: made };
    try {
      await this.#write(journal, () => staged);
    } catch (error) {
      if (await this.#isStaged(made.id, error)) throw error;
      const { deleteAccessKey } = this.#world.requests;
      const { user } = journal;
      const gone = await this.#asker.repeated(() => deleteAccessKey(connection, user, made.id));
      if (!gone.ok) {
        const diagnosis = diagnose(gone.failure);
        if (!isGone(diagnosis)) {
          throw new OrphanLeftError(this.profile, user, made.id, error, diagnosis);
        }
      }
      throw new NotStagedError(this.profile, made.id, error);
    }
    return staged;
  }

  /** Whether the file has the new key although writing it failed: the last sync can fail. */
  async #isStaged(id: string, error: unknown): Promise<boolean> {
    try {
      const journal = journalOf(await this.#world.file.read(), this.profile);
      return journal?.new?.id === id;
    } catch {
      const cause = error instanceof SecretsFileError ? error.cause : error;
      return (cause as { changed?: boolean } | undefined)?.changed === true;
    }
  }

  /** AWS refused for sure, or nobody knows what it did. */
  async #notCreated(journal: Journal, diagnosis: Diagnosis): Promise<never> {
    const { cause, facts: { status } } = diagnosis;
    const refused = status >= 400 && status < 500 && cause !== "not_aws" && cause !== "garbled";
    if (!refused) throw new UnknownOutcomeError(this.profile, journal.user, diagnosis);
    // A full quota may be the doing of a key that was made before and is in no list yet.
    if (cause !== "quota_exceeded") await this.#write(journal, () => undefined);
    throw new AwsStepError(this.profile, "make a key", diagnosis);
  }

  async #removeOrphan(
    journal: Journal,
    connection: Connection,
    key: KeyView,
  ): Promise<undefined> {
    const { user } = journal;
    const yes = this.wishes.deleteKey === key.id || await this.#world.mayDelete(key, user);
    if (!yes) throw new OrphanError(this.profile, user, key, yes === false ? "no" : "nobody");
    await this.#delete(connection, user, key.id);
  }

  /** A key that is neither of the two, and maybe in use: only by its id it may be deleted. */
  async #onThirdKey(
    journal: Journal,
    connection: Connection,
    keys: readonly KeyView[],
  ): Promise<undefined> {
    const known = [...journal.existing, journal.old.id, journal.new?.id];
    const more = keys.filter(({ id }) => !known.includes(id));
    const named = more.find(({ id }) => id === this.wishes.deleteKey);
    if (named === undefined) {
      const views: KeyView[] = [];
      for (const key of keys) {
        views.push({
          ...key,
          lastUse: key.lastUse ?? await this.#look.lastUse(connection, key.id),
        });
      }
      throw this.#thirdKey(journal.user, views, journal.old.id);
    }
    await this.#delete(connection, journal.user, named.id);
  }

  #thirdKey(user: string, keys: readonly KeyView[], live: string): ThirdKeyError {
    return new ThirdKeyError(this.profile, user, keys, live, this.#asker.now());
  }

  async #prove(document: RotationDocument, journal: Journal): Promise<undefined> {
    const view = this.#look.view(document);
    const connection = this.#look.connect(this.#look.pair(document, journal, "new"), view);
    const model = this.wishes.invoke ? view.modelId : undefined;
    await prove(this.#asker, connection, {
      arn: journal.arn,
      step: "prove the new key",
      ...(model === undefined ? {} : { model }),
    });
    await this.#advance(journal, "proved");
  }

  async #checkCommitted(): Promise<void> {
    if (this.wishes.uncommitted) return;
    const unchecked = await this.#world.file.checkCommitted();
    if (unchecked) this.#world.tell({ kind: "unchecked", unchecked });
  }

  async #promote(journal: Journal): Promise<undefined> {
    await this.#checkCommitted();
    // Hosts cannot have it yet.
    this.#deployed = false;
    this.#askedForDeployment = true;
    let promoted = journal;
    await this.#write(journal, (document) => {
      const old = this.#look.pair(document, journal, "old");
      const { accessKeyId: id, secretAccessKey: secret } = this.#look.pair(
        document,
        journal,
        "new",
      );
      const now = this.#asker.now();
      this.#replacePair(document, old.accessKeyId, { id, secret, created: now });
      promoted = {
        ...journal,
        step: "promoted",
        old: { id: old.accessKeyId, secret: old.secretAccessKey },
        new: { id },
        promoted: now,
      };
      return promoted;
    });
    this.#done("promoted", promoted);
  }

  /** Every profile with that key gets the other one: it will be deleted. */
  #replacePair(
    document: RotationDocument,
    from: string,
    to: { readonly id: string; readonly secret: Secret; readonly created?: Temporal.Instant },
  ): void {
    const own = this.#look.view(document);
    if (own.accessKeyId !== from) throw new MeanwhileError(this.profile);
    for (const { name, accessKeyId, paths } of document.profiles.values()) {
      if (accessKeyId !== from) continue;
      document.set(paths.accessKeyId, new Secret(to.id));
      document.set(paths.secretAccessKey, to.secret);
      if (to.created) this.#noteCreated(document, name, to.created);
    }
  }

  /** Facts for reading without a key, where the file has them. */
  #noteCreated(document: RotationDocument, profile: string, when: Temporal.Instant): void {
    const day = when.toZonedDateTimeISO("UTC").toPlainDate();
    const at = (name: string) => ["lifecycle_unencrypted", profile, name];
    const text = (name: string) => {
      const node = document.get(at(name));
      return node?.kind === "scalar" ? node.reveal() : undefined;
    };
    const [created, by] = [text("created"), text("rotate_by")];
    if (created === undefined && by === undefined) return;
    if (created !== undefined) document.set(at("created"), new Secret(day.toString()));
    if (by !== undefined) {
      document.set(
        at("rotate_by"),
        new Secret(day.add({ days: daysBetween(created, by) }).toString()),
      );
    }
  }

  async #noteDeployed(journal: Journal): Promise<undefined> {
    // One yes is for one deployment.
    this.#deployed = false;
    if (journal.abort) {
      const turned: Journal = { ...journal, abort: "deployed" satisfies AbortStep };
      await this.#write(journal, () => turned);
      this.#world.tell({ kind: "done", step: "redeployed", journal: turned });
    } else {
      await this.#advance(journal, "deployed", { deployed: this.#asker.now() });
    }
  }

  async #deactivate(
    document: RotationDocument,
    journal: Journal,
    connection: Connection,
  ): Promise<undefined> {
    await this.#proveOnce(document, journal, "new");
    const { setAccessKeyActive } = this.#world.requests;
    const { user, old } = journal;
    const answer = await this.#asker.repeated(
      () => setAccessKeyActive(connection, user, old.id, false),
      isUnsettled,
    );
    this.#asker.value("deactivate the old key", answer);
    await this.#advance(journal, "inactive", { inactive: this.#asker.now() });
  }

  async #watchAgain(journal: Journal): Promise<undefined> {
    const { inactive: _, ...rest } = journal;
    const watched: Journal = { ...rest, step: "deployed", deployed: this.#asker.now() };
    await this.#write(journal, () => watched);
    this.#done("deployed", watched, "somebody activated the old key again");
  }

  async #revoke(journal: Journal, connection: Connection): Promise<undefined> {
    const { putUserPolicy } = this.#world.requests;
    const policy = sessionsPolicy(journal.inactive!);
    const answer = await this.#asker.repeated(
      () => putUserPolicy(connection, journal.user, sessionsPolicyName, policy),
      isUnsettled,
    );
    this.#asker.value("cut off the sessions", answer);
    const revoked = { ...journal, revoked: this.#asker.now() };
    await this.#write(journal, () => revoked);
  }

  // Back

  async #reactivate(journal: Journal, connection: Connection): Promise<undefined> {
    const { setAccessKeyActive } = this.#world.requests;
    const { user, old } = journal;
    const answer = await this.#asker.repeated(
      () => setAccessKeyActive(connection, user, old.id, true),
      isUnsettled,
    );
    this.#asker.value("activate the old key", answer);
    this.#world.tell({ kind: "done", step: "reactivated", journal });
  }

  async #restore(
    document: RotationDocument,
    journal: Journal,
    keys: readonly KeyView[],
  ): Promise<undefined> {
    const view = this.#look.view(document);
    const pair = this.#look.pair(document, journal, "old");
    const connection = this.#look.connect(pair, view);
    await prove(this.#asker, connection, { arn: journal.arn, step: "prove the old key" });
    this.#askedForDeployment = true;
    this.#deployed = false;
    let restored = journal;
    await this.#write(journal, (changed) => {
      const { accessKeyId: id, secretAccessKey: secret } = this.#look.pair(changed, journal, "new");
      const created = keys.find((key) => key.id === pair.accessKeyId)?.created;
      this.#replacePair(changed, id, {
        id: pair.accessKeyId,
        secret: pair.secretAccessKey,
        ...(created ? { created } : {}),
      });
      restored = {
        ...journal,
        abort: "restored",
        old: { id: pair.accessKeyId },
        new: { id, secret },
      };
      return restored;
    });
    this.#world.tell({ kind: "done", step: "restored", journal: restored });
  }

  // The end

  async #deleteAtTheEnd(
    document: RotationDocument,
    journal: Journal,
    connection: Connection,
    id: string,
  ): Promise<Outcome> {
    await this.#proveOnce(document, journal, id === journal.old.id ? "new" : "old");
    await this.#delete(connection, journal.user, id);
    return await this.#finish(journal);
  }

  async #finish(journal: Journal): Promise<Outcome> {
    await this.#write(journal, () => undefined);
    this.#done(journal.abort ? "removed" : "deleted", journal);
    return { kind: journal.abort ? "aborted" : "finished", journal };
  }

  /** What remains has to work in the moment before the other key goes. */
  async #proveOnce(
    document: RotationDocument,
    journal: Journal,
    which: "old" | "new",
  ): Promise<void> {
    const { callerIdentity } = this.#world.requests;
    const pair = this.#look.pair(document, journal, which);
    const connection = this.#look.connect(pair, this.#look.view(document));
    const answer = await this.#asker.repeated(() => callerIdentity(connection), isUnsettled);
    const { arn } = this.#asker.value(`prove the ${which} key`, answer);
    if (arn !== journal.arn) throw new HinderedError(this.profile, "another identity");
  }

  async #delete(connection: Connection, user: string, id: string): Promise<void> {
    const { deleteAccessKey } = this.#world.requests;
    const answer = await this.#asker.repeated(
      () => deleteAccessKey(connection, user, id),
      isUnsettled,
    );
    if (!answer.ok && isGone(diagnose(answer.failure))) return;
    this.#asker.value("delete the key", answer);
    this.#world.tell({ kind: "deleted", id });
  }

  // Waiting

  /** @returns the outcome where this run does not wait for it */
  async #wait(journal: Journal, awaited: Awaited): Promise<Outcome | undefined> {
    const outcome: Outcome = { kind: "waiting", for: awaited, journal };
    if (awaited.what === "sight") return outcome;
    if (awaited.what === "deployment") {
      if (!this.#askedForDeployment) {
        this.#askedForDeployment = true;
        this.#deployed = await this.#world.isDeployed(journal) === true;
        if (this.#deployed) return undefined;
      }
      return await this.#pause(outcome, lookAgain.deployment, lookAgain.deployment);
    }
    const rest = Math.max(
      1000,
      awaited.until.epochMilliseconds - this.#asker.now().epochMilliseconds,
    );
    const slice = awaited.what === "quiet" ? Math.min(rest, lookAgain.quiet) : rest;
    return await this.#pause(outcome, rest, slice);
  }

  /** @param needed what the wait takes in all; @param slice until the next look */
  async #pause(
    outcome: Extract<Outcome, { kind: "waiting" }>,
    needed: number,
    slice: number,
  ): Promise<Outcome | undefined> {
    if (needed > this.#waitLeft) return outcome;
    this.#world.tell({ kind: "waiting", for: outcome.for, journal: outcome.journal });
    await this.#world.sleep(slice);
    this.#waitLeft -= slice;
    return undefined;
  }

  // Writing

  async #advance(journal: Journal, step: Step, more: Partial<Journal> = {}): Promise<undefined> {
    const advanced = { ...journal, ...more, step };
    await this.#write(journal, () => advanced);
    this.#done(step, advanced);
  }

  /**
   * Writes the journal, if it is still at the point that this was planned from.
   *
   * @param make changes the rest of the file with it; nothing takes the journal away
   */
  async #write(
    expected: Journal | undefined,
    make: (document: RotationDocument) => Journal | undefined,
  ): Promise<void> {
    await this.#world.file.change((document) => {
      const found = journalOf(document, this.profile);
      if (!samePoint(found, expected)) throw new MeanwhileError(this.profile);
      const journal = make(document);
      if (journal) writeJournal(document, journal);
      else removeJournal(document, this.profile);
    });
  }

  #done(step: Step | "deleted" | "removed", journal: Journal, text?: string): void {
    this.#world.tell({ kind: "done", step, journal, ...(text ? { text } : {}) });
  }

  #newAttempt(): string {
    this.#attempt = this.#world.random(8).toHex();
    return this.#attempt;
  }
}

/** From the file's own dates; 90 where they say nothing. */
function daysBetween(created: string | undefined, by: string): number {
  try {
    const from = Temporal.PlainDate.from(created!.slice(0, 10));
    return from.until(Temporal.PlainDate.from(by.slice(0, 10)), { largestUnit: "day" }).days;
  } catch {
    return 90;
  }
}
