import type { Secret } from "../sops/secret.ts";

/** A profile as it is compared with what a shell has. */
export interface Known {
  readonly file: string;
  readonly profile: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: Secret;
  readonly sessionToken?: Secret;
  readonly apiKey?: Secret;
  /** Keys that a rotation has taken out of use, or is about to. */
  readonly formerKeys: readonly string[];
}

/** A session that was made earlier and is kept in memory; without its secrets. */
export interface KnownSession {
  readonly profile: string;
  readonly accessKeyId: string;
  readonly expires: Temporal.Instant;
}

/** What a program that is started in this shell would find. */
export interface ShellView {
  /** A Bedrock API key, which goes before any access key. */
  readonly apiKey?: { readonly profile?: string };
  readonly key?: ShellKey;
  /** `AWS_PROFILE`, which some SDKs prefer to keys. */
  readonly awsProfile?: string;
}

/** An access key in the environment. */
export interface ShellKey {
  readonly id: string;
  /** Whose it is, or was. */
  readonly profile?: string;
  /**
   * `current`: what the file says. `session`: one of a profile. `older`: the file has another key
   * since. `other secret`: the id is right. `other token`: so is the secret, but the session token
   * is another one, or there is one too many. `other`: no profile has it. `not compared`: the file is
   * closed.
   */
  readonly match:
    | "current"
    | "session"
    | "older"
    | "other secret"
    | "other token"
    | "other"
    | "not compared";
  readonly expires?: Temporal.Instant;
}

/**
 * Compares a shell's environment with the files; pure.
 *
 * @param closed whether a file does not open, so that its keys are not known
 */
export function shellView(
  env: Readonly<Record<string, string>>,
  { known, sessions, closed }: {
    readonly known: readonly Known[];
    readonly sessions: readonly KnownSession[];
    readonly closed: boolean;
  },
): ShellView {
  const bearer = env.AWS_BEARER_TOKEN_BEDROCK;
  const ofBearer = known.find(({ apiKey }) => apiKey?.reveal() === bearer)?.profile;
  return {
    ...(bearer ? { apiKey: ofBearer === undefined ? {} : { profile: ofBearer } } : {}),
    ...(env.AWS_ACCESS_KEY_ID ? { key: keyOf(env, known, sessions, closed) } : {}),
    ...(env.AWS_PROFILE ? { awsProfile: env.AWS_PROFILE } : {}),
  };
}

function keyOf(
  env: Readonly<Record<string, string>>,
  known: readonly Known[],
  sessions: readonly KnownSession[],
  closed: boolean,
): ShellKey {
  const id = env.AWS_ACCESS_KEY_ID!;
  const session = sessions.find(({ accessKeyId }) => accessKeyId === id);
  if (session) {
    const { profile, expires } = session;
    return { id, profile, match: "session", expires };
  }
  const loaded = loadedProfile(env);
  // Several profiles may have one key; the one that was loaded is meant.
  const same = known.filter(({ accessKeyId }) => accessKeyId === id);
  const own = same.find(({ profile }) => profile === loaded) ?? same[0];
  if (own) {
    const secret = own.secretAccessKey?.reveal() === (env.AWS_SECRET_ACCESS_KEY ?? "");
    const token = (own.sessionToken?.reveal() ?? "") === (env.AWS_SESSION_TOKEN ?? "");
    const match = !secret ? "other secret" : token ? "current" : "other token";
    return { id, profile: own.profile, match };
  }
  const end = env.AWS_SESSION_TOKEN ? instantOf(env.AWS_CREDENTIAL_EXPIRATION) : undefined;
  const former = known.find(({ formerKeys }) => formerKeys.includes(id))?.profile;
  if (former !== undefined) return { id, profile: former, match: "older" };
  const named = loaded !== undefined && known.some(({ profile }) => profile === loaded);
  if (named && env.AWS_SESSION_TOKEN) {
    return { id, profile: loaded, match: "session", ...(end ? { expires: end } : {}) };
  }
  if (named) return { id, profile: loaded, match: "older" };
  return {
    id,
    match: closed ? "not compared" : "other",
    ...(end ? { expires: end } : {}),
  };
}

/** The profile that a loader has put here, where the key is still the loader's affair. */
function loadedProfile(env: Readonly<Record<string, string>>): string | undefined {
  const names = (env.CREDSMITH_NAMES ?? "").split(" ");
  return names.includes("AWS_ACCESS_KEY_ID") ? env.CREDSMITH_LOADED || undefined : undefined;
}

function instantOf(text: string | undefined): Temporal.Instant | undefined {
  try {
    return text === undefined ? undefined : Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}
