import type { Answer, BedrockConnection, Connection } from "../../aws/clients.ts";
import { diagnose, type Diagnosis } from "../../aws/diagnose.ts";
import { baseModelOf, isInferenceProfile } from "../../aws/models.ts";
import type { Holder, ModelUse, Uses } from "../../aws/policy/needs.ts";
import { eachOf, patiently } from "../../aws/reading.ts";
import { type Source, sourceOf } from "../../aws/source.ts";
import type { KeyGroup } from "../../sops/keys/master_key.ts";
import { fieldOf } from "../../sops/keys/master_key.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { AskingError, type Link, patience } from "../aws_link.ts";
import { pinCommand } from "../models/words.ts";
import type { Around } from "../verify/online.ts";

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

/** How AWS is asked; nothing is asked without a connection. */
export interface Asking {
  link(
    profile: string,
  ): Promise<Link | { readonly around: Around; readonly connection?: undefined }>;
  word(diagnosis: Diagnosis, around: Around): string;
  explain(error: unknown): Promise<string>;
  /** What surrounds a profile whose credentials cannot be had. */
  offline(profile: string): Promise<Link>;
}

export interface Wishes {
  readonly offline: boolean;
  readonly rotation: boolean;
  readonly marketplace?: boolean;
  readonly looks: boolean;
}

/** Models that are asked about at the same time. */
const atOnce = 4;

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
    if (answer.ok) return { name: shortArn(answer.value.arn), ...answer.value, connection };
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
          name: arn ? shortArn(arn) : owner.name,
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
        return { id: roleArn, holder: { kind: "role", name: shortArn(roleArn), arn: roleArn } };
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
        return { id: arn, holder: { kind, name: shortArn(arn), arn }, owner };
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
    const account = accountOf(found.holder.arn) ?? found.owner?.account;
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
      ? { kind: "role", name: shortArn(role), arn: role }
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

/** A key that AWS does not take, or AWS out of reach: a wide policy would come of it by accident. */
function isHopeless({ outcome }: Diagnosis): boolean {
  return outcome === "credentials" || outcome === "temporary";
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

/** `arn:aws:iam::123456789012:user/claude-dev` -> `user/claude-dev` */
function shortArn(arn: string): string {
  return arn.replace(/^arn:[^:]*:\w+::\d*:/, "");
}

/** The role behind a session; its path is not told. */
function roleArnOf(arn: string): string {
  return arn.replace(/^(arn:[^:]*):sts::(\d+):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");
}

function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(":")[4] || undefined;
}

function partitionOf(region: string): string {
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
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

async function modelsOf(
  name: string,
  view: ProfileView,
  account: string | undefined,
  around: Around,
  connection: BedrockConnection | undefined,
  wishes: Wishes,
  asking: Asking,
  notes: Set<string>,
): Promise<{ uses: ModelUse[]; marketplace: boolean }> {
  const ids = [...new Set([view.modelId, view.smallModelId].filter((id) => id !== undefined))];
  if (ids.length === 0) {
    const pin = pinCommand("MODEL", { profile: name });
    notes.add(`Profile "${name}" pins no model, so there is none to allow: ${pin}`);
  } else if (view.smallModelId === undefined) {
    notes.add(
      `Profile "${name}" pins no small model; Claude Code's own choice for background tasks is ` +
        "not part of the policy",
    );
  }
  const asked = wishes.offline ? undefined : connection;
  const { region } = around;
  const arnBase = `arn:${partitionOf(region)}:bedrock`;
  let marketplace = wishes.marketplace ?? false;
  async function use(id: string): Promise<ModelUse> {
    const base = baseModelOf(id);
    if (/^arn:/.test(id) && !/inference-profile\//.test(id)) {
      return { id, modelArns: [id] };
    }
    if (base !== undefined && !isInferenceProfile(id)) {
      return { id, modelArns: [`${arnBase}:${region}::foundation-model/${base}`] };
    }
    const arn = id.startsWith("arn:")
      ? id
      : `${arnBase}:${region}:${account ?? "*"}:inference-profile/${id}`;
    const found = asked && await route(asked, id);
    if (found?.ok) {
      return { id, inferenceProfile: { arn: found.value.arn }, modelArns: found.value.modelArns };
    }
    const refused = found && diagnose(found.failure);
    if (refused && isHopeless(refused)) throw new AskingError(name, refused, around);
    const why = refused ? asking.word(refused, around) : "AWS was not asked";
    notes.add(
      `Where "${id}" routes to is not known (${why}): its models are allowed in every region`,
    );
    return {
      id,
      inferenceProfile: { arn },
      modelArns: [`${arnBase}:*::foundation-model/${base ?? "*"}`],
    };
  }
  const uses = await eachOf(ids, atOnce, use);
  if (wishes.marketplace === undefined) {
    marketplace = await needsMarketplace(ids, asked, around, asking, notes);
  }
  return { uses, marketplace };
}

/** Asked for the one, which the least policy allows; else looked up among all. */
async function route(connection: BedrockConnection, id: string): Promise<Answer<Routed>> {
  const { inferenceProfile, listProfiles } = await import("../../aws/catalog.ts");
  const answer = await patiently(() => inferenceProfile(connection, id), patience);
  if (answer.ok || id.startsWith("arn:")) return answer;
  const all = await patiently(() => listProfiles(connection, "SYSTEM_DEFINED"), patience);
  const found = all.ok ? all.value.find((each) => each.id === id) : undefined;
  return all.ok && found ? { ...all, value: found } : answer;
}

interface Routed {
  readonly arn: string;
  readonly modelArns: readonly string[];
}

/** Whether a model is still to be subscribed to, which its first use does. */
async function needsMarketplace(
  ids: readonly string[],
  connection: BedrockConnection | undefined,
  around: Around,
  asking: Asking,
  notes: Set<string>,
): Promise<boolean> {
  const bases = [...new Set(ids.map(baseModelOf).filter((id) => id !== undefined))];
  if (bases.length === 0) return false;
  if (connection === undefined) {
    notes.add(
      "Whether the models are subscribed to is not known (AWS was not asked): --marketplace adds " +
        "what their first use needs",
    );
    return false;
  }
  const { modelAvailability } = await import("../../aws/bedrock.ts");
  const found = await eachOf(
    bases,
    atOnce,
    (id) => patiently(() => modelAvailability(connection, id), patience),
  );
  const denied = found.find((each) => !each.ok);
  if (denied && !denied.ok) {
    notes.add(
      `Whether the models are subscribed to is not known (${
        asking.word(diagnose(denied.failure), around)
      }): --marketplace adds what their first use needs`,
    );
  }
  return found.some((each) =>
    each.ok && /^(NOT_AVAILABLE|PENDING)$/.test(each.value.agreement ?? "")
  );
}
