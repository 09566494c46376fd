import type { Connection, Credentials } from "../../aws/clients.ts";
import { diagnose } from "../../aws/diagnose.ts";
import { NoKeyError } from "../../aws/errors.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { ProfileError } from "../../store/errors.ts";
import { type Asker, isUnsettled } from "../asking.ts";
import { HinderedError, OwnerError } from "../errors.ts";
import { type Journal, steps } from "../journal.ts";
import type { KeyView } from "../keys.ts";
import { usesToAsk } from "../next.ts";
import { ownerOf } from "../owner.ts";
import type { RotationDocument, World } from "../world.ts";

/** What a rotation would begin with. */
export interface Plan {
  readonly profile: string;
  readonly user: string;
  readonly account: string;
  readonly arn: string;
  readonly key: KeyView;
  /** All keys that there are; with one more than `key` a rotation does not begin. */
  readonly keys: readonly KeyView[];
  readonly using?: string;
}

/** Whose keys there are, and with which of them IAM is asked. Changes nothing. */
export class IamUserLook {
  readonly #world: World;
  readonly #asker: Asker;

  constructor(world: World, asker: Asker, readonly profile: string) {
    this.#world = world;
    this.#asker = asker;
  }

  /** Whose key it is, and which keys that user has. */
  async owner(
    document: RotationDocument,
    using: string | undefined,
  ): Promise<{ readonly plan: Plan; readonly connection: Connection }> {
    if (!["yaml", "json"].includes(document.format)) {
      throw new HinderedError(this.profile, "format");
    }
    const view = this.view(document);
    const { accessKeyId: id, secretAccessKey: secret, sessionToken, paths, roleArn } = view;
    const hasRole = roleArn !== undefined;
    if (id === undefined) throw new NoKeyError(this.profile, paths.accessKeyId, hasRole);
    if (secret === undefined) throw new NoKeyError(this.profile, paths.secretAccessKey, hasRole);
    if (id.startsWith("ASIA") || sessionToken) throw new OwnerError(this.profile, "session");

    const own = this.connect({ accessKeyId: id, secretAccessKey: secret }, view);
    const admin = using === undefined ? undefined : this.#using(document, using);
    const { callerIdentity } = this.#world.requests;
    const identity = await this.#asker.repeated(() => callerIdentity(own));
    // Another one may say whose it is: a key that was deactivated can be replaced all the same.
    const told = identity.ok || admin === undefined
      ? this.#asker.value("tell whose key it is", identity).arn
      : undefined;
    if (told !== undefined) this.#userOf(told);
    const arn = admin === undefined ? told! : await this.#ownerBy(admin, id);
    if (told !== undefined && told !== arn) {
      throw new HinderedError(this.profile, "another identity");
    }
    const { user, account } = this.#userOf(arn);
    const connection = admin ?? own;
    const { listAccessKeys } = this.#world.requests;
    const listed = await this.#asker.repeated(() => listAccessKeys(connection, user));
    const keys: KeyView[] = [];
    for (const key of this.#asker.value("list the keys", listed)) {
      keys.push({ ...key, lastUse: await this.lastUse(connection, key.id) });
    }
    const key = keys.find((each) => each.id === id);
    if (key === undefined) throw new HinderedError(this.profile, "not owned", id);
    const plan = { profile: this.profile, user, account, arn, key, keys };
    return { connection, plan: using === undefined ? plan : { ...plan, using } };
  }

  /** @throws {OwnerError} unless it is an IAM user's */
  #userOf(arn: string): { readonly user: string; readonly account: string } {
    const owner = ownerOf(arn);
    if (owner.kind === "unfit") throw new OwnerError(this.profile, owner.owner, arn);
    return owner;
  }

  /** Whose a key is, by what another one may ask of IAM. */
  async #ownerBy(admin: Connection, id: string): Promise<string> {
    const { callerIdentity, getUser, lastUseOf } = this.#world.requests;
    const step = "tell whose key it is";
    this.#asker.value(step, await this.#asker.repeated(() => callerIdentity(admin)));
    const use = this.#asker.value(step, await this.#asker.repeated(() => lastUseOf(admin, id)));
    const { user } = use;
    if (user === undefined) throw new OwnerError(this.profile, "unknown");
    return this.#asker.value(step, await this.#asker.repeated(() => getUser(admin, user))).arn;
  }

  /** The keys that there are, and the connection with which they could be listed. */
  async list(
    document: RotationDocument,
    journal: Journal,
  ): Promise<{ readonly keys: readonly KeyView[]; readonly connection: Connection }> {
    const { listAccessKeys } = this.#world.requests;
    const signers = this.#signers(document, journal);
    for (const [index, { connection, isNew }] of signers.entries()) {
      const answer = await this.#asker.repeated(
        () => listAccessKeys(connection, journal.user),
        // AWS may still be spreading it, unless there is another one to try.
        (diagnosis) => isNew && index === signers.length - 1 && isUnsettled(diagnosis),
      );
      const isLast = index === signers.length - 1;
      if (!answer.ok && !isLast && diagnose(answer.failure).outcome === "credentials") continue;
      const keys = this.#asker.value("list the keys", answer);
      const asked = usesToAsk(journal, keys);
      const views: KeyView[] = [];
      for (const key of keys) {
        const lastUse = asked.includes(key.id) ? await this.lastUse(connection, key.id) : undefined;
        views.push(lastUse === undefined ? key : { ...key, lastUse });
      }
      return { keys: views, connection };
    }
    throw new HinderedError(this.profile, "key changed");
  }

  async lastUse(
    connection: Connection,
    id: string,
  ): Promise<KeyView["lastUse"] & object | "unknown"> {
    const { lastUseOf } = this.#world.requests;
    const answer = await this.#asker.repeated(() => lastUseOf(connection, id));
    if (answer.ok) return answer.value;
    const { outcome } = diagnose(answer.failure);
    if (outcome === "denied") return "unknown";
    return this.#asker.value("see the last use of the key", answer);
  }

  /**
   * Who signs: until the promotion the old key, from then on the new one, so that the old one's last
   * use is not ours. On the way back it is the one that is known to work.
   */
  #signers(
    document: RotationDocument,
    journal: Journal,
  ): readonly { readonly connection: Connection; readonly isNew: boolean }[] {
    const { using } = journal;
    if (using !== undefined) {
      return [{ connection: this.#using(document, using), isNew: false }];
    }
    const promoted = steps.indexOf(journal.step) >= steps.indexOf("promoted");
    const inactive = steps.indexOf(journal.step) >= steps.indexOf("quiet");
    const order: ("old" | "new")[] = journal.abort === undefined
      ? [promoted ? "new" : "old"]
      : journal.abort === "begun" && promoted
      ? inactive ? ["new", "old"] : ["old", "new"]
      : ["old"];
    return order.map((which) => ({
      connection: this.connect(this.pair(document, journal, which), this.view(document)),
      isNew: which === "new",
    }));
  }

  /** A key pair of the rotation, from the journal or from the profile. */
  pair(document: RotationDocument, journal: Journal, which: "old" | "new"): Credentials {
    const key = journal[which];
    const view = this.view(document);
    const secret = key?.secret ??
      (key && view.accessKeyId === key.id ? view.secretAccessKey : undefined);
    if (key === undefined || secret === undefined) {
      throw new HinderedError(this.profile, "key changed", view.accessKeyId);
    }
    return { accessKeyId: key.id, secretAccessKey: secret };
  }

  #using(document: RotationDocument, name: string): Connection {
    if (name === this.profile) throw new HinderedError(this.profile, "using itself");
    const view = document.profiles.get(name);
    if (!view) throw new ProfileError("unknown", name, [...document.profiles.keys()]);
    const { accessKeyId, secretAccessKey, sessionToken, paths } = view;
    const role = view.roleArn !== undefined;
    if (accessKeyId === undefined) throw new NoKeyError(name, paths.accessKeyId, role);
    if (secretAccessKey === undefined) throw new NoKeyError(name, paths.secretAccessKey, role);
    const token = sessionToken ? { sessionToken } : {};
    return this.connect({ accessKeyId, secretAccessKey, ...token }, view);
  }

  view(document: RotationDocument): ProfileView {
    const view = document.profiles.get(this.profile);
    if (view) return view;
    throw new ProfileError("unknown", this.profile, [...document.profiles.keys()]);
  }

  connect(credentials: Credentials, view: ProfileView): Connection {
    return this.#world.connection(credentials, view);
  }
}
