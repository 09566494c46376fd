import type { Secret } from "../sops/secret.ts";
import type { Path } from "../sops/tree.ts";
import type { ProfileField, ProfileView } from "../store/credentials.ts";
import { ProfileError } from "../store/errors.ts";
import type { Credentials } from "./clients.ts";
import {
  NoKeyError,
  type PolicyFault,
  SourceError,
  type SourceProblem,
  type TagFault,
} from "./errors.ts";

/** A key of the file; with a session token it is handed on as it is. */
export interface StaticSource {
  readonly kind: "static";
  readonly profile: string;
  readonly credentials: Credentials;
  /** Whoever has a session made is asked for this device's code. */
  readonly mfaSerial?: string;
  /** Seconds that a session of it lasts. */
  readonly duration?: number;
}

/** A Bedrock API key, which opens Bedrock and nothing else. */
export interface ApiKeySource {
  readonly kind: "api-key";
  readonly profile: string;
  readonly token: Secret;
}

/** What the machine has: a container, an instance, a sign-in. */
export interface AmbientSource {
  readonly kind: "ambient";
  readonly profile: string;
}

/** A role, and what it is assumed with. */
export interface RoleSource {
  readonly kind: "role";
  readonly profile: string;
  readonly roleArn: string;
  readonly externalId?: string;
  readonly mfaSerial?: string;
  /** Seconds. */
  readonly duration: number;
  readonly tags: ReadonlyMap<string, string>;
  /** JSON. */
  readonly policy?: string;
  readonly from: Exclude<Source, ApiKeySource>;
}

/** Where a profile's credentials come from. */
export type Source = StaticSource | ApiKeySource | AmbientSource | RoleSource;

/** The kinds in their one order: the first that a profile names is taken. */
export const sourceOrder = ["ambient", "role", "api-key", "static"] as const;

/** Seconds. Nothing is handed out with less than 15 minutes left, so less than 30 serves nobody. */
const shortestSession = 30 * 60;
const longestRole = 12 * 3600;
const longestChained = 3600;
const longestSession = 36 * 3600;

/**
 * Where a profile's credentials come from, in one order for everything that uses them:
 *
 * 1. `source: ambient`, where there is no role
 * 2. `role_arn`, assumed with `source_profile`, else with `ambient` where `source` says so, else
 *    with the profile's own key
 * 3. `bedrock_api_key`; for a role that another profile assumes, only without a key
 * 4. the key, with the session token as it is
 *
 * @throws {ProfileError} `unknown`: there is no such profile
 * @throws {NoKeyError} none of these is there, or only half of a key
 * @throws {SourceError} what is there cannot be right, or contradicts itself
 */
export function sourceOf(profiles: ReadonlyMap<string, ProfileView>, name: string): Source {
  return resolve(profiles, name, []);
}

function resolve(
  profiles: ReadonlyMap<string, ProfileView>,
  name: string,
  before: readonly string[],
): Source {
  const view = profiles.get(name);
  if (view === undefined) throw new ProfileError("unknown", name, [...profiles.keys()]);
  checkTogether(view);
  if (view.roleArn !== undefined) return roleOf(profiles, view, view.roleArn, before);
  if (view.source !== undefined) return { kind: "ambient", profile: name };
  // No role is assumed with an API key, so for one the key beside it is meant.
  const besides = before.length > 0 && view.accessKeyId !== undefined;
  if (view.bedrockApiKey && !besides) {
    return { kind: "api-key", profile: name, token: view.bedrockApiKey };
  }
  return keyOf(view);
}

/** Fields that do not go together, or mean nothing without another. */
function checkTogether(view: ProfileView): void {
  const { source, roleArn, sessionToken } = view;
  if (source !== undefined && source !== "ambient") {
    throw fault(view, "source", { kind: "unknown kind", value: source });
  }
  const besideAmbient = source === undefined ? [] : [
    "accessKeyId",
    "secretAccessKey",
    "sessionToken",
    "bedrockApiKey",
    "sourceProfile",
    "mfaSerial",
  ] as const;
  for (const field of besideAmbient) {
    if (view[field] === undefined) continue;
    throw fault(view, "source", { kind: "conflict", with: view.paths[field] });
  }
  const ofRoles = ["sourceProfile", "sessionTags", "sessionPolicy"] as const;
  for (const field of roleArn === undefined ? ofRoles : []) {
    if (view[field] === undefined) continue;
    throw fault(view, field, { kind: "no role", role: view.paths.roleArn });
  }
  // STS makes no session from a session, so a device's code would serve nothing.
  if (view.mfaSerial !== undefined && sessionToken !== undefined && !view.sourceProfile) {
    throw fault(view, "mfaSerial", { kind: "conflict", with: view.paths.sessionToken });
  }
}

function keyOf(view: ProfileView): StaticSource {
  const { name, accessKeyId, secretAccessKey, sessionToken, paths } = view;
  if (accessKeyId === undefined) throw new NoKeyError(name, paths.accessKeyId, false);
  if (secretAccessKey === undefined) throw new NoKeyError(name, paths.secretAccessKey, false);
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  // In a profile with a role these two are the role's.
  const ofSession = view.roleArn === undefined;
  const duration = ofSession ? durationOf(view, longestSession) : undefined;
  return {
    kind: "static",
    profile: name,
    credentials,
    ...(ofSession && view.mfaSerial ? { mfaSerial: serialOf(view, view.mfaSerial) } : {}),
    ...(duration === undefined ? {} : { duration }),
  };
}

function roleOf(
  profiles: ReadonlyMap<string, ProfileView>,
  view: ProfileView,
  roleArn: string,
  before: readonly string[],
): RoleSource {
  const { name, externalId, mfaSerial, sessionTags = new Map(), sessionPolicy } = view;
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/.test(roleArn)) {
    throw fault(view, "roleArn", { kind: "bad arn", value: roleArn });
  }
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw fault(view, "externalId", { kind: "bad external id" });
  }
  checkTags(view, sessionTags);
  if (sessionPolicy !== undefined) checkPolicy(view, sessionPolicy);
  const from = baseOf(profiles, view, before);
  // What the machine has is a role's session too.
  const chained = from.kind !== "static";
  if (mfaSerial !== undefined && (chained || from.credentials.sessionToken)) {
    throw fault(view, "mfaSerial", { kind: "mfa without key", from: from.profile });
  }
  const longest = chained ? longestChained : longestRole;
  return {
    kind: "role",
    profile: name,
    roleArn,
    ...(externalId === undefined ? {} : { externalId }),
    ...(mfaSerial === undefined ? {} : { mfaSerial: serialOf(view, mfaSerial) }),
    duration: durationOf(view, longest, chained) ?? 3600,
    tags: sessionTags,
    ...(sessionPolicy === undefined ? {} : { policy: sessionPolicy }),
    from,
  };
}

/** What a role is assumed with. */
function baseOf(
  profiles: ReadonlyMap<string, ProfileView>,
  view: ProfileView,
  before: readonly string[],
): Exclude<Source, ApiKeySource> {
  const { name, sourceProfile, source } = view;
  if (sourceProfile === undefined) {
    return source === undefined ? keyOf(view) : { kind: "ambient", profile: name };
  }
  const way = [...before, name];
  if (way.includes(sourceProfile)) {
    const loop = [...way.slice(way.indexOf(sourceProfile)), sourceProfile];
    throw fault(view, "sourceProfile", { kind: "loop", profiles: loop });
  }
  if (!profiles.has(sourceProfile)) {
    const known = [...profiles.keys()];
    throw fault(view, "sourceProfile", { kind: "unknown profile", value: sourceProfile, known });
  }
  const from = resolve(profiles, sourceProfile, way);
  if (from.kind !== "api-key") return from;
  throw fault(view, "sourceProfile", { kind: "api key", value: sourceProfile });
}

/** `3600`, `90m`, `12h`, `1h30m` as seconds. */
function durationOf(view: ProfileView, longest: number, chained = false): number | undefined {
  const { duration } = view;
  if (duration === undefined) return undefined;
  const [matched, bare, hours = "0", minutes = "0", seconds = "0"] =
    /^(?:(\d{1,6})|(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?)$/.exec(duration.trim()) ?? [];
  if (!matched) throw fault(view, "duration", { kind: "bad duration", value: duration });
  const total = bare === undefined
    ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    : Number(bare);
  if (total < shortestSession || total > longest) {
    const limits = { shortest: shortestSession, longest };
    throw fault(view, "duration", { kind: "out of range", value: duration, ...limits, chained });
  }
  return total;
}

/** A device's ARN, or the serial number of one that is no app. */
function serialOf(view: ProfileView, serial: string): string {
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serial)) {
    throw fault(view, "mfaSerial", { kind: "bad serial", value: serial });
  }
  return serial;
}

/** AWS's limits; it compares names without regard to case. */
function checkTags(view: ProfileView, tags: ReadonlyMap<string, string>): void {
  const bad = (tag: string, what: TagFault) =>
    fault(view, "sessionTags", { kind: "bad tag", tag, fault: what });
  if (tags.size > 50) {
    throw fault(view, "sessionTags", { kind: "too many tags", count: tags.size });
  }
  const seen = new Set<string>();
  for (const [tag, value] of tags) {
    const folded = tag.toLowerCase();
    if (tag === "") throw bad(tag, { kind: "no name" });
    if (tag.length > 128) throw bad(tag, { kind: "long name", length: tag.length, most: 128 });
    if (value.length > 256) {
      throw bad(tag, { kind: "long value", length: value.length, most: 256 });
    }
    if (folded.startsWith("aws:")) throw bad(tag, { kind: "reserved name" });
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(tag + value)) throw bad(tag, { kind: "characters" });
    if (seen.has(folded)) throw bad(tag, { kind: "twice" });
    seen.add(folded);
  }
}

function checkPolicy(view: ProfileView, policy: string): void {
  const bad = (what: PolicyFault) =>
    fault(view, "sessionPolicy", { kind: "bad policy", fault: what });
  let value: unknown;
  try {
    value = JSON.parse(policy);
  } catch {
    throw bad({ kind: "no JSON" });
  }
  if (typeof value !== "object" || value === null || !("Statement" in value)) {
    throw bad({ kind: "no statement" });
  }
  if (policy.length > 2048) throw bad({ kind: "too long", length: policy.length, most: 2048 });
}

function fault(view: ProfileView, field: ProfileField, problem: SourceProblem): SourceError {
  const path: Path = view.paths[field];
  return new SourceError(view.name, path, problem);
}
