import { accountOf, resourceOf, roleArnOf } from "../../aws/arn.ts";
import type { Connection } from "../../aws/clients.ts";
import { diagnose } from "../../aws/diagnose.ts";
import type { Holder, Uses } from "../../aws/policy/needs.ts";
import { patiently } from "../../aws/reading.ts";
import { type Source, sourceOf } from "../../aws/source.ts";
import { fieldOf, type KeyGroup } from "../../sops/keys/master_key.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { AskingError, type Link, patience } from "../aws_link.ts";
import { type Asking, isHopeless, type Wishes } from "./asking.ts";
import { modelsOf } from "./model_uses.ts";

/** Whoever needs a policy, and what for. */
export interface Holding {
  readonly holder: Holder;
  /** The profiles that it serves. */
  readonly profiles: readonly string[];
  readonly uses: Uses;
  /** With which its own policies can be read. */
  readonly connection?: Connection;
}

/** What the secrets file needs, and what nobody could say. */
export interface Gathered {
  readonly holdings: readonly Holding[];
  /** Sentences, without a full stop. */
  readonly notes: readonly string[];
}

/**
 * Works out who needs what: the user behind a key, the role that is assumed and the user that
 * assumes it, whoever opens the file. Routes and owners are asked from AWS where that is wished and
 * allowed; where not, the policy is wider, and a note says so.
 *
 * @param names the profiles that it is about
 */
export async function gather(
  profiles: ReadonlyMap<string, ProfileView>,
  names: readonly string[],
  groups: readonly KeyGroup[],
  wishes: Wishes,
  asking: Asking,
): Promise<Gathered> {
  const notes = new Set<string>();
  const holdings = new Map<string, Holding>();
  const add = (id: string, holding: Holding) => {
    const before = holdings.get(id);
    holdings.set(id, before ? joined(before, holding) : holding);
  };
  const links = new Map<string, Promise<Link>>();
  const link = (name: string) => {
    const known = links.get(name) ?? linked(name);
    links.set(name, known);
    return known;
  };
  /** A role that is still to be made, or that does not let us in, is no reason to give up. */
  async function linked(name: string): Promise<Link> {
    try {
      return await asking.link(name);
    } catch (error) {
      if (!["role", "ambient"].includes(sourceOf(profiles, name).kind)) throw error;
      notes.add(await asking.explain(error));
      return await asking.offline(name);
    }
  }
  const owners = new Map<string, Promise<Owner>>();
  const ownerOf = (name: string, id: string) => {
    const known = owners.get(id) ?? askOwner(name, id);
    owners.set(id, known);
    return known;
  };
  async function askOwner(name: string, id: string): Promise<Owner> {
    const { connection, around } = await link(name);
    if (wishes.offline || connection === undefined) return { name: id };
    const { callerIdentity } = await import("../../aws/sts.ts");
    const answer = await patiently(() => callerIdentity(connection), patience);
    if (answer.ok) return { name: resourceOf(answer.value.arn), ...answer.value, connection };
    const diagnosis = diagnose(answer.failure);
    if (isHopeless(diagnosis)) throw new AskingError(name, diagnosis, around);
    notes.add(`Whose ${id} is could not be asked: ${asking.word(diagnosis, around)}`);
    return { name: id };
  }

  /** The user or role behind a source, with what it takes to become what is asked for. */
  async function holderOf(
    source: Source,
    beneath = false,
  ): Promise<{ id: string; holder: Holder; owner?: Owner }> {
    switch (source.kind) {
      case "static": {
        const id = source.credentials.accessKeyId;
        const owner = await ownerOf(source.profile, `key ${id}`);
        const kind = owner.arn?.includes(":assumed-role/") ? "role" : "user";
        const arn = kind === "role" ? roleArnOf(owner.arn!) : owner.arn;
        if (owner.arn?.endsWith(":root")) {
          notes.add(
            `Key ${id} is the root user's, which no policy limits: remove it, and make a user`,
          );
        }
        const holder: Holder = {
          kind,
          name: arn ? resourceOf(arn) : owner.name,
          ...(arn ? { arn } : {}),
        };
        return { id: arn ?? id, holder, owner };
      }
      case "role": {
        const { roleArn } = source;
        const from = await holderOf(source.from, true);
        const uses = { ...nothing, roles: [roleArn], ...rotation(from, source.from) };
        add(from.id, {
          holder: from.holder,
          profiles: [source.profile],
          uses,
          ...(from.owner?.connection ? { connection: from.owner.connection } : {}),
        });
        return { id: roleArn, holder: { kind: "role", name: resourceOf(roleArn), arn: roleArn } };
      }
      case "api-key":
        return {
          id: `api key of ${source.profile}`,
          holder: { kind: "api key", name: `Bedrock API key of ${source.profile}` },
        };
      case "ambient": {
        const what = "what the machine has";
        // Beneath a role, its connection is the role's.
        const owner = beneath ? undefined : await ownerOf(source.profile, what);
        if (!owner?.arn) return { id: what, holder: { kind: "ambient", name: what } };
        const arn = roleArnOf(owner.arn);
        const kind = arn.includes(":role/") ? "role" : "user";
        return { id: arn, holder: { kind, name: resourceOf(arn), arn }, owner };
      }
    }
  }

  function rotation(
    { holder, owner }: { holder: Holder; owner?: Owner },
    source: Source,
  ): { rotates?: string } {
    const isKey = source.kind === "static" && !source.credentials.sessionToken;
    if (!wishes.rotation || !isKey || holder.kind !== "user") return {};
    if (holder.arn?.endsWith(":root")) return {};
    if (holder.arn) return { rotates: holder.arn };
    const account = owner?.account ?? "*";
    notes.add(
      `The owner of ${source.credentials.accessKeyId} was not asked: its statement for rotation ` +
        "holds for whoever has the policy, and not for users with a path",
    );
    return { rotates: `arn:aws:iam::${account}:user/\${aws:username}` };
  }

  for (const name of names) {
    const view = profiles.get(name)!;
    const source = sourceOf(profiles, name);
    const found = await holderOf(source);
    const { around, connection, bedrock } = await link(name);
    const account = (found.holder.arn && accountOf(found.holder.arn)) ?? found.owner?.account;
    const models = await modelsOf(name, view, account, around, bedrock, wishes, asking, notes);
    add(found.id, {
      holder: found.holder,
      profiles: [name],
      uses: {
        ...nothing,
        models: models.uses,
        marketplace: models.marketplace,
        bearer: source.kind === "api-key",
        looks: wishes.looks,
        ...rotation(found, source),
      },
      ...(connection ? { connection } : {}),
    });
  }
  for (const [role, keys] of kmsKeys(groups)) {
    const id = role ?? "opener";
    const holder: Holder = role
      ? { kind: "role", name: resourceOf(role), arn: role }
      : { kind: "opener", name: "whoever opens the file" };
    add(id, { holder, profiles: [], uses: { ...nothing, kmsKeys: keys } });
    if (!role) continue;
    add("opener", {
      holder: { kind: "opener", name: "whoever opens the file" },
      profiles: [],
      uses: { ...nothing, roles: [role] },
    });
  }
  return { holdings: [...holdings.values()], notes: [...notes] };
}

interface Owner {
  readonly name: string;
  readonly arn?: string;
  readonly account?: string;
  readonly connection?: Connection;
}

const nothing: Uses = {
  models: [],
  roles: [],
  kmsKeys: [],
  marketplace: false,
  bearer: false,
  looks: false,
};

function joined(a: Holding, b: Holding): Holding {
  const rotates = a.uses.rotates ?? b.uses.rotates;
  const connection = a.connection ?? b.connection;
  return {
    holder: a.holder,
    profiles: [...new Set([...a.profiles, ...b.profiles])],
    uses: {
      models: [...a.uses.models, ...b.uses.models],
      roles: [...a.uses.roles, ...b.uses.roles],
      kmsKeys: [...a.uses.kmsKeys, ...b.uses.kmsKeys],
      marketplace: a.uses.marketplace || b.uses.marketplace,
      bearer: a.uses.bearer || b.uses.bearer,
      looks: a.uses.looks || b.uses.looks,
      ...(rotates ? { rotates } : {}),
    },
    ...(connection ? { connection } : {}),
  };
}

/** KMS keys by the role that they are used through, if they are. */
function kmsKeys(groups: readonly KeyGroup[]): Map<string | undefined, string[]> {
  const found = new Map<string | undefined, string[]>();
  for (const key of groups.flat()) {
    if (key.type !== "kms") continue;
    const arn = fieldOf(key, "arn");
    const role = fieldOf(key, "role") || undefined;
    // An alias has no policy of its own: IAM looks at the key behind it.
    if (arn) found.set(role, [...found.get(role) ?? [], arn.replace(/:alias\/.*$/, ":key/*")]);
  }
  return found;
}
