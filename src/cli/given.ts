import type { AmbientWay } from "../aws/ambient.ts";
import type { Credentials } from "../aws/clients.ts";
import { type AwsConfig, awsProfile, type ConfigSetting } from "../aws/config_file.ts";
import { chooseEndpoints, type Endpoints } from "../aws/endpoints.ts";
import {
  type Cache,
  type CacheEvent,
  fileCache,
  memoryCache,
  readKept,
} from "../aws/session/cache.ts";
import { MfaNeededError, NoStaticKeyError, SessionError } from "../aws/session/errors.ts";
import { entryName, type Plan, planOf } from "../aws/session/plan.ts";
import { type Renewed, renewed, type World } from "../aws/session/renew.ts";
import { sourceOf } from "../aws/source.ts";
import { now, sleep } from "../platform/clock.ts";
import { FileError, RuntimeFolderError } from "../platform/errors.ts";
import { hostName } from "../platform/host.ts";
import { privateFolder } from "../platform/memory.ts";
import type { PermissionKind } from "../platform/permissions.ts";
import { randomBytes } from "../platform/random.ts";
import type { Secret } from "../sops/secret.ts";
import { profilesOf, type ProfileView } from "../store/credentials.ts";
import type { Context } from "./command.ts";
import { connectionWith } from "./connection.ts";
import type { Engine } from "./engine.ts";
import { NotGivenError } from "./given/errors.ts";
import { askForCode } from "./given/mfa.ts";
import { cacheWords, noCacheWords, staleWords } from "./given/words.ts";
import type { OpenForReading } from "./open.ts";
import { proxyOf, readAwsConfig, regionOf, remedyContext } from "./verify/surroundings.ts";

/** What programs are given for a profile. */
export type Given =
  | {
    readonly kind: "keys";
    readonly credentials: Credentials;
    /** Absent where nobody knows, as for a key. */
    readonly expires?: Temporal.Instant;
    readonly how: "static" | "session" | "role" | "ambient";
    /** With `ambient`: what of this machine answered. */
    readonly way?: AmbientWay;
    /** Renewing it failed for now; it has 15 to 20 minutes left. */
    readonly stale?: true;
  }
  | { readonly kind: "api-key"; readonly token: Secret };

export interface GivingOptions {
  /** The file's own key, rather than a session made from it. */
  readonly static: boolean;
  readonly engine?: Engine;
  /** Whether an MFA code may be asked for on the terminal (`/dev/tty`). */
  readonly mayAsk: boolean;
  /** The `-f` flag, for what is advised. */
  readonly file?: string;
  /** This machine's clock unless given. */
  readonly now?: () => Temporal.Instant;
}

/** Gives what a profile has, again and again: what is cached and good, else what is made anew. */
export type Giver = (wish?: {
  /** Seconds that are to be left, where that can be had. */
  readonly atLeast?: number;
  /** Not what is cached, but a new session; who has MFA is asked for a code. */
  readonly anew?: boolean;
}) => Promise<Given>;

/** What giving needs of the permissions, besides what opening the file does. */
export const givingPermissions: readonly PermissionKind[] = ["read", "write", "net", "env", "sys"];

/** Seconds for each answer of STS. */
const timeout = 10;

/**
 * How programs are given a profile's credentials: a session by default, with `static` the file's key.
 * Sessions are cached in memory, renewed when 20 minutes are left, by one process at a time.
 *
 * @throws {ProfileError | NoKeyError | SourceError} what the profile says cannot be followed
 * @throws {NoStaticKeyError} a key is asked for, and the profile is a role
 * @throws {RuntimeFolderError} never: without a folder in memory nothing is cached, which is said
 */
export async function giver(
  context: Context,
  open: Pick<OpenForReading, "document">,
  name: string,
  options: GivingOptions,
): Promise<Giver> {
  return await giverOf(context, profilesOf(open.document), name, options);
}

/** The same for profiles that were read elsewhere. */
export async function giverOf(
  context: Context,
  profiles: ReadonlyMap<string, ProfileView>,
  name: string,
  options: GivingOptions,
): Promise<Giver> {
  const source = sourceOf(profiles, name);
  if (source.kind === "api-key") return always({ kind: "api-key", token: source.token });
  if (options.static && source.kind !== "static") throw new NoStaticKeyError(name, source.kind);
  const plan = planOf(source, whoIsIt(context));
  if (options.static || source.kind === "static" && plan.steps.length === 0) {
    const { credentials } = source as { credentials: Credentials };
    return always({ kind: "keys", credentials, how: "static" });
  }
  const place = placeOf(context, profiles.get(name)!, options);
  if (plan.steps.length === 0) return () => ambientOf(context, place);
  const world = await worldOf(context, name, place, options);
  let stale = false;
  let under: Promise<Renewed> | undefined;
  return async (wish = {}) => {
    // Who asks meanwhile, in this process, takes the same answer.
    const { anew, ...rest } = wish;
    const mine = under ??= renewed(world, plan, {
      ...rest,
      ...(anew ? { since: place.now() } : {}),
    })
      .finally(() => under = undefined);
    const { entry, hindered } = await mine.catch((error) => {
      throw inWords(error, profiles, place, plan);
    });
    if (hindered && !stale) {
      stale = true;
      const error = inWords(hindered, profiles, place, plan);
      const { explain } = await import("./faults.ts");
      context.terminal.note(staleWords(name, entry, place.now(), await explain(error)));
    }
    return {
      kind: "keys",
      credentials: entry.credentials,
      expires: entry.expires,
      how: entry.how,
      ...(hindered ? { stale: true } : {}),
    };
  };
}

function always(given: Given): Giver {
  return () => Promise.resolve(given);
}

/** What surrounds a profile, for its requests and for what is advised. */
interface Place {
  readonly view: ProfileView;
  readonly region: string;
  readonly endpoints: Endpoints;
  readonly config: AwsConfig | undefined;
  readonly env: Context["env"];
  readonly file: string | undefined;
  readonly now: () => Temporal.Instant;
}

function placeOf({ env }: Context, view: ProfileView, options: GivingOptions): Place {
  const config = readAwsConfig(env);
  const { region } = regionOf(view, env, config);
  const endpoints = chooseEndpoints({ env, ...(config ? { config } : {}) });
  return { view, region, endpoints, config, env, file: options.file, now: options.now ?? now };
}

async function worldOf(
  context: Context,
  name: string,
  place: Place,
  options: GivingOptions,
): Promise<World> {
  return {
    cache: await cacheOf(context),
    surroundings: surroundingsOf(place),
    now: place.now,
    sleep,
    random: randomBytes,
    requests: () => import("../aws/sts.ts"),
    connection: (credentials) =>
      connectionWith(context, place, credentials, { timeout, now: place.now }),
    ambient: async () => {
      const { credentials } = await ambientOf(context, place);
      return credentials;
    },
    code: (step, serial) => {
      if (!options.mayAsk) throw new MfaNeededError(name, serial, "not to be asked");
      return askForCode(context.tty, name, step.profile, serial);
    },
    made: async (entry, step) => {
      const { record } = await import("./actions.ts");
      record(context, {
        action: "session",
        profile: entry.profile,
        key: entry.credentials.accessKeyId,
        expires: entry.expires,
        ...(step.kind === "role" ? { arn: step.role.roleArn } : {}),
      });
    },
  };
}

function surroundingsOf({ region, endpoints, config, env }: Place): World["surroundings"] {
  const endpoint = endpoints.sts?.url;
  return { region, ...(endpoint ? { endpoint } : {}), ambient: ambientMark(env, config) };
}

/**
 * What a profile's session is kept under, if there is one.
 *
 * @param who a user or a host, as `whoIsIt` says
 * @returns nothing for a profile that no session is made of
 * @throws {ProfileError | NoKeyError | SourceError} what the profile says cannot be followed
 */
export async function keptUnder(
  context: Context,
  profiles: ReadonlyMap<string, ProfileView>,
  name: string,
  who: string,
): Promise<string | undefined> {
  const source = sourceOf(profiles, name);
  if (source.kind === "api-key") return undefined;
  const plan = planOf(source, who);
  if (plan.steps.length === 0) return undefined;
  const place = placeOf(context, profiles.get(name)!, { static: false, mayAsk: false });
  return await entryName(plan, plan.steps.length, surroundingsOf(place));
}

/**
 * What programs have been given of a profile, as far as it is kept; nobody is asked for it.
 *
 * @returns nothing where nothing is kept, or it has expired
 */
export async function keptGiven(
  context: Context,
  profiles: ReadonlyMap<string, ProfileView>,
  name: string,
): Promise<Given | undefined> {
  try {
    const key = await keptUnder(context, profiles, name, whoIsIt(context));
    if (key === undefined) return undefined;
    const { env, mountinfo } = context;
    const folder = await privateFolder({ env, mountinfo }, { create: false });
    const entry = folder === undefined ? undefined : readKept(folder, key);
    if (!entry || Temporal.Instant.compare(entry.expires, now()) <= 0) return undefined;
    const { credentials, expires, how } = entry;
    return { kind: "keys", credentials, expires, how };
  } catch (error) {
    if (error instanceof RuntimeFolderError || error instanceof FileError) return undefined;
    throw error;
  }
}

/** Who stands in the names of sessions; takes the `sys` permission where no variable says it. */
export function whoIsIt({ env }: Pick<Context, "env">): string {
  return env.USER || env.LOGNAME || hostName();
}

/** The folder in memory, else this process's own memory; that is said, and is no error. */
async function cacheOf({ env, mountinfo, terminal }: Context): Promise<Cache> {
  const tell = (event: CacheEvent) => terminal.note(cacheWords(event));
  try {
    return fileCache(await privateFolder({ env, mountinfo }), tell);
  } catch (error) {
    if (!(error instanceof RuntimeFolderError || error instanceof FileError)) throw error;
    terminal.note(noCacheWords(error));
    return memoryCache();
  }
}

/** Everything that the AWS SDK may find the machine's own credentials by. */
function ambientMark(env: Context["env"], config: AwsConfig | undefined): string {
  const variables = Object.entries(env)
    .filter(([name]) => name === "HOME" || name.startsWith("AWS_")).sort();
  const settings = awsProfile(config, env.AWS_PROFILE || "default");
  const session = config?.sections.get(`sso-session ${settings.get("sso_session")?.value}`);
  const values = [settings, session ?? new Map<string, ConfigSetting>()]
    .map((each) => [...each].map(([name, { value }]) => [name, value]).sort());
  return JSON.stringify([variables, values]);
}

/** What the machine has; the SDK looks after its age. */
async function ambientOf({ env }: Context, { region, config, now }: Place) {
  const { ambient } = await import("../aws/ambient.ts");
  const proxy = proxyOf(env);
  const { credentials, expires, way } = await ambient({
    env,
    region,
    now,
    ...(config ? { config } : {}),
    ...(proxy ? { proxy } : {}),
  });
  return {
    kind: "keys",
    credentials,
    how: "ambient",
    way,
    ...(expires ? { expires } : {}),
  } as const;
}

/** What STS says names what surrounds the profile whose key it was. */
function inWords(
  error: unknown,
  profiles: ReadonlyMap<string, ProfileView>,
  place: Place,
  plan: Plan,
): unknown {
  if (!(error instanceof SessionError)) return error;
  const view = profiles.get(error.profile) ?? place.view;
  const flags = { timeout, ...(place.file === undefined ? {} : { file: place.file }) };
  const around = remedyContext(view, place.region, place.endpoints, flags, place.env);
  return new NotGivenError(plan.profile, error, around);
}
