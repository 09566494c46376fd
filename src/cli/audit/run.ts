import { judge } from "../../audit/judge.ts";
import { type Found, type Gap, lookUp, type World } from "../../audit/look_up.ts";
import type { Connection, Credentials } from "../../aws/clients.ts";
import { isInferenceProfile } from "../../aws/models.ts";
import { type Source, sourceOf } from "../../aws/source.ts";
import { now, sleep } from "../../platform/clock.ts";
import { FileError, LogFileError } from "../../platform/errors.ts";
import { chance } from "../../platform/random.ts";
import { journalsOf } from "../../rotate/journal.ts";
import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import { ProfileError } from "../../store/errors.ts";
import type { Context } from "../command.ts";
import { connectionWith } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { explain } from "../faults.ts";
import { exitCodes } from "../exit_codes.ts";
import { openForReading } from "../open.ts";
import { withCleanup } from "../signals.ts";
import { statusLine } from "../terminal.ts";
import { aroundProfile } from "../verify/online.ts";
import { word } from "../verify/remedies.ts";
import { NoKeysError, NoTrailError } from "./errors.ts";
import { keysToLookFor, type LookedFor } from "./keys.ts";
import { readActions } from "./local.ts";
import { type AuditFlags, beginning } from "./options.ts";
import { type GapInWords, report, type Uncovered, type Unsigned } from "./report.ts";

/** What time and chance are; tests have their own. */
export interface Surroundings {
  now(): Temporal.Instant;
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to 1. */
  chance(): number;
}

const system: Surroundings = { now, sleep, chance };
/** Seconds that CloudTrail keeps events. */
const kept = 90 * 86400;

/**
 * Who used the keys of a secrets file.
 *
 * @param only one profile; all unless given
 * @returns the exit code
 */
export async function audit(
  context: Context,
  flags: AuditFlags,
  only: string | undefined,
  surroundings: Surroundings = system,
): Promise<number> {
  checkNames(flags);
  const open = await openForReading(context, {
    ...flags,
    keeps: ["read", "write", "env", "net", "sys"],
  });
  const profiles = profilesOf(open.document);
  for (const name of [only, flags.using]) {
    if (name !== undefined && !profiles.has(name)) {
      throw new ProfileError("unknown", name, [...profiles.keys()]);
    }
  }
  const keys = keysToLookFor({
    profiles,
    journals: journalsOf(open.document),
    recorded: recorded(context),
    file: open.path,
    only: only === undefined ? undefined : keyOwner(profiles, only),
    named: flags.key ?? [],
  });
  if (keys.length === 0) throw new NoKeysError(open.shown, only);

  const signing = new Signing(context, flags, profiles, surroundings);
  const { signers, unsigned } = await signersOf(signing, keys);
  const names = [
    ...(only === undefined ? profiles.keys() : [only]),
    ...keys.map(({ profile }) => profile),
  ];
  const { regions, unknown } = flags.region
    ? { regions: [...new Set(flags.region)], unknown: [] }
    : await regionsOf(signing, signers, new Set(names));
  const to = surroundings.now();
  const from = beginning(flags.since, kept, to);
  const world = await worldOf(context, flags, signing, surroundings);
  const found = await withCleanup(world.clear, () =>
    lookUp(world, {
      keys: keys.map(({ id, signer }) => ({ key: id, signer: flags.using ?? signer }))
        .filter(({ signer }) => signers.includes(signer)),
      regions,
      from,
      to,
      most: flags.limit,
      sessions: flags.sessions,
    }));
  world.clear();
  const gaps = found.gaps.map((gap): GapInWords => ({ gap, ...inWords(signing, gap) }));
  failWhereNothing(found, gaps, signers.length * regions.length);
  const judgement = judge(found.uses, {
    keys,
    sessions: found.sessions,
    recently: to.subtract({ seconds: flags.recent }),
  });
  report(context, flags, {
    file: open.shown,
    from,
    to,
    regions,
    keys,
    judgement,
    found,
    gaps,
    unsigned,
    routesUnknown: unknown,
    uncovered: uncovered(profiles, only),
  });
  const whole = unsigned.length === 0 && found.gaps.every(({ kind }) => kind !== "failed");
  return whole ? exitCodes.done : exitCodes.partial;
}

/** The profile whose key a profile uses in the end: a role is assumed with another's. */
function keyOwner(profiles: ReadonlyMap<string, ProfileView>, name: string): string {
  const { roleArn, accessKeyId } = profiles.get(name)!;
  if (roleArn === undefined || accessKeyId !== undefined) return name;
  let source: Source = sourceOf(profiles, name);
  while (source.kind === "role") source = source.from;
  return source.profile;
}

/**
 * The profiles with whose rights CloudTrail is asked, and those that there are no credentials of.
 *
 * @throws whatever keeps the only one from having any
 */
async function signersOf(
  signing: Signing,
  keys: readonly LookedFor[],
): Promise<{ readonly signers: readonly string[]; readonly unsigned: readonly Unsigned[] }> {
  const all = [...new Set(keys.map(({ signer }) => signing.flags.using ?? signer))];
  const signers: string[] = [];
  const unsigned: Unsigned[] = [];
  const errors: unknown[] = [];
  for (const profile of all) {
    try {
      await signing.connection(profile);
      signers.push(profile);
    } catch (error) {
      const { cause, message } = await explain(error);
      if (cause === "defect") throw error;
      errors.push(error);
      unsigned.push({ profile, cause, text: message });
    }
  }
  if (signers.length === 0) throw errors[0];
  return { signers, unsigned };
}

function checkNames({ key, region }: AuditFlags): void {
  for (const id of key ?? []) {
    if (!/^[A-Z0-9]{16,128}$/.test(id)) {
      throw new UsageError(`"${id}" is no access key id, like AKIAIOSFODNN7EXAMPLE`);
    }
  }
  for (const name of region ?? []) {
    if (!/^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/.test(name)) {
      throw new UsageError(`"${name}" is no region, like us-east-1`);
    }
  }
}

/** The log of actions tells of older keys; without it there is only what the file says. */
function recorded({ env, terminal }: Context) {
  try {
    return readActions(env).actions;
  } catch (error) {
    if (!(error instanceof FileError || error instanceof LogFileError)) throw error;
    terminal.note(`Warning: the log of actions cannot be read: ${error.message}`);
    return [];
  }
}

/** Connections of profiles, by their names. */
class Signing {
  readonly #credentials = new Map<string, Promise<Credentials>>();

  constructor(
    readonly context: Context,
    readonly flags: AuditFlags,
    readonly profiles: ReadonlyMap<string, ProfileView>,
    readonly surroundings: Surroundings,
  ) {}

  around(name: string) {
    return aroundProfile(this.context, this.flags, this.profiles.get(name)!);
  }

  async connection(name: string, region?: string): Promise<Connection> {
    const around = this.around(name);
    const place = { region: region ?? around.region, endpoints: around.endpoints };
    return connectionWith(this.context, place, await this.#of(name), {
      timeout: this.flags.timeout,
      now: this.surroundings.now,
    });
  }

  #of(name: string): Promise<Credentials> {
    const known = this.#credentials.get(name) ?? this.#given(name);
    this.#credentials.set(name, known);
    return known;
  }

  /** A key of the file as it is; a role, and what the machine has, as for any program. */
  async #given(name: string): Promise<Credentials> {
    const view = this.profiles.get(name)!;
    const { accessKeyId, secretAccessKey, sessionToken, roleArn } = view;
    if (accessKeyId && secretAccessKey && !roleArn) {
      return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    }
    const { giverOf } = await import("../given.ts");
    const { file, engine } = this.flags;
    const give = await giverOf(this.context, this.profiles, name, {
      static: false,
      mayAsk: this.context.terminal.interactive,
      ...(file === undefined ? {} : { file }),
      ...(engine === undefined ? {} : { engine }),
    });
    const given = await give();
    if (given.kind === "keys") return given.credentials;
    throw new UsageError(
      `Cannot ask CloudTrail as profile "${name}": a Bedrock API key opens Bedrock only`,
      "name a profile with a key: --using PROFILE",
      "api_key_only",
    );
  }
}

/** Where a profile's requests go, and where those to services without regions are recorded. */
async function regionsOf(
  signing: Signing,
  signers: readonly string[],
  names: ReadonlySet<string>,
): Promise<{ readonly regions: readonly string[]; readonly unknown: readonly string[] }> {
  const { inferenceProfile } = await import("../../aws/catalog.ts");
  const regions = new Set<string>();
  const unknown = new Set<string>();
  for (const name of names) {
    const view = signing.profiles.get(name);
    if (view === undefined) continue;
    const { region } = signing.around(name);
    regions.add(region);
    for (const id of [view.modelId, view.smallModelId]) {
      const routes = id !== undefined && (isInferenceProfile(id) || /inference-profile\//.test(id));
      if (!routes) continue;
      const signer = signers.includes(name) ? name : signers[0]!;
      const connection = await signing.connection(signer, region);
      const answer = await inferenceProfile(connection, id);
      if (!answer.ok) unknown.add(id);
      else {
        for (const arn of answer.value.modelArns) {
          const [, , , routed] = arn.split(":");
          if (routed) regions.add(routed);
        }
      }
    }
  }
  for (const region of [...regions]) regions.add(homeOf(region));
  return { regions: [...regions], unknown: [...unknown] };
}

/** The region that IAM's events, and those of the one STS for all regions, are in. */
function homeOf(region: string): string {
  if (region.startsWith("cn-")) return "cn-north-1";
  if (region.startsWith("us-gov-")) return "us-gov-west-1";
  return "us-east-1";
}

async function worldOf(
  context: Context,
  flags: AuditFlags,
  signing: Signing,
  surroundings: Surroundings,
): Promise<World & { clear(): void }> {
  const { lookupEvents } = await import("../../aws/cloudtrail.ts");
  const line = flags.json ? undefined : statusLine(context.env);
  return {
    ...surroundings,
    lookup: async (signer, region, question) =>
      await lookupEvents(await signing.connection(signer, region), question),
    tell: ({ region, key, events }) =>
      line?.show(`CloudTrail, ${region}: ${key}, ${events} events`),
    clear: () => line?.clear(),
  };
}

/** Profiles whose use cannot be looked for by an access key. */
function uncovered(
  profiles: ReadonlyMap<string, ProfileView>,
  only: string | undefined,
): Uncovered[] {
  return [...profiles.values()].flatMap(({ name, bedrockApiKey, source }): Uncovered[] => {
    if (only !== undefined && name !== only) return [];
    if (bedrockApiKey) return [{ profile: name, kind: "api-key" }];
    return source === "ambient" ? [{ profile: name, kind: "ambient" }] : [];
  });
}

function inWords(signing: Signing, gap: Gap): { text?: string; fix?: string } {
  if (gap.kind !== "failed") return {};
  const { text, fix } = word(gap.diagnosis, {
    ...signing.around(gap.signer).remedies,
    region: gap.region,
  });
  return { text, fix: fix.remark ? `${fix.text} (${fix.remark})` : fix.text };
}

/** @throws {NoTrailError} where nobody was told anything */
function failWhereNothing(found: Found, gaps: readonly GapInWords[], asked: number): void {
  const failed = gaps.filter(({ gap }) => gap.kind === "failed");
  const [first] = failed;
  if (found.uses.length || failed.length < asked || first?.gap.kind !== "failed") return;
  const { signer, region, diagnosis } = first.gap;
  throw new NoTrailError(signer, region, diagnosis, { text: first.text!, fix: first.fix! });
}
