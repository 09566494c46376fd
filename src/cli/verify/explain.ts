import { ambientWays } from "../../aws/ambient.ts";
import { type AwsConfig, awsProfile, type ConfigSetting } from "../../aws/config_file.ts";
import { chooseEndpoints } from "../../aws/endpoints.ts";
import { type Source, sourceOf } from "../../aws/source.ts";
import { effectiveSettings, type SettingsLayer } from "../../claude/settings.ts";
import { claudeView } from "../../claude/view.ts";
import { pathText } from "../../sops/errors.ts";
import type { ProfileField, ProfileView } from "../../store/credentials.ts";
import { wayName } from "../faults/aws.ts";
import { shortPath } from "../shown_path.ts";
import { originText, withoutUser } from "./remedies.ts";
import { regionOf, remedyContext } from "./surroundings.ts";

/**
 * A line of the explanation: `taken` is what wins in its part; `skipped` is there and comes after
 * it; `absent` is not there; `fails` cannot be used; `beside` changes where requests go, not whose
 * they are.
 */
export type ExplainState = "taken" | "skipped" | "absent" | "fails" | "beside";

/** Whom a line is about. */
export type ExplainPart = "profile" | "machine" | "AWS SDKs" | "Claude Code";

export interface ExplainRow {
  readonly part: ExplainPart;
  readonly state: ExplainState;
  /** A stable word or the name of what is set: `role`, `AWS_PROFILE`. */
  readonly what: string;
  /** Where it stands: `profiles/ci/role_arn`, `~/.aws/config:3`, `this shell`. */
  readonly where?: string;
  /** Without a full stop; never a secret. */
  readonly why: string;
}

export interface ExplainView {
  readonly profiles: ReadonlyMap<string, ProfileView>;
  readonly profile: ProfileView;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly config?: AwsConfig;
  /** `~/.aws/credentials`. */
  readonly credentials?: AwsConfig;
  /** Claude Code's settings, highest precedence first. */
  readonly layers: readonly SettingsLayer[];
  /** What is the matter with the profile's source, in words. */
  readonly problem?: string;
}

/**
 * Which source of a profile wins and which are skipped, and what a program that is started here
 * without credsmith would take in its place, in its own order; pure.
 */
export function explainRows(view: ExplainView): ExplainRow[] {
  const { profile, profiles, problem } = view;
  const source = problem === undefined ? sourceOf(profiles, profile.name) : undefined;
  return [
    ...profileRows(profile, source, problem),
    ...(usesMachine(source) ? machineRows(view) : []),
    ...sdkRows(view),
    ...claudeRows(view),
  ];
}

function usesMachine(source: Source | undefined): boolean {
  if (source?.kind === "role") return usesMachine(source.from);
  return source?.kind === "ambient";
}

/** The order of `sourceOf`, with what says that a source is meant. */
const order: readonly (readonly [Source["kind"], ProfileField])[] = [
  ["ambient", "source"],
  ["role", "roleArn"],
  ["api-key", "bedrockApiKey"],
  ["static", "accessKeyId"],
];

function profileRows(
  profile: ProfileView,
  source: Source | undefined,
  problem: string | undefined,
): ExplainRow[] {
  const part = "profile";
  const named = order.filter(([, field]) => profile[field] !== undefined);
  const winner = source?.kind;
  const rows = order.map(([kind, field]): ExplainRow => {
    const where = pathText(profile.paths[field]);
    if (profile[field] === undefined) {
      return { part, what: kind, state: "absent", where, why: "not set" };
    }
    if (kind === winner && source) {
      return { part, what: kind, state: "taken", where, why: describe(source, profile) };
    }
    if (problem !== undefined) {
      return { part, what: kind, state: "fails", where, why: "see below" };
    }
    return { part, what: kind, state: "skipped", where, why: skippedFor(kind, source) };
  });
  if (problem === undefined) return rows;
  const what = named[0]?.[0] ?? "static";
  return [
    ...rows,
    { part, what, state: "fails", why: problem },
  ];
}

function describe(source: Source, profile: ProfileView): string {
  switch (source.kind) {
    case "ambient":
      return "what this machine has, as below";
    case "api-key":
      return "a Bedrock API key, handed on as it is; it opens Bedrock alone";
    case "static": {
      const { credentials, duration = 12 * 3600, mfaSerial } = source;
      const id = credentials.accessKeyId;
      if (credentials.sessionToken) return `${id}, with its session token, handed on as it is`;
      return `${id}, of which a session of ${hours(duration)} is made` +
        `${mfaSerial ? " with an MFA code" : ""}; without MFA it can do nothing in IAM, ` +
        "and of STS only AssumeRole and GetCallerIdentity";
    }
    case "role": {
      const chain = [];
      for (let each: Source = source; each.kind === "role"; each = each.from) {
        chain.push(each.roleArn.replace(/^arn:[^:]*:iam::/, ""));
        if (each.from.kind !== "role") {
          chain.push(
            each.from.kind === "ambient"
              ? "what this machine has"
              : `${each.from.credentials.accessKeyId} of "${each.from.profile}"`,
          );
        }
      }
      const own = profile.sourceProfile ? `, by ${pathText(profile.paths.sourceProfile)}` : "";
      return `${chain.join(" <- ")}, for ${hours(source.duration)}${own}`;
    }
  }
}

function hours(seconds: number): string {
  return seconds % 3600 ? `${Math.round(seconds / 60)} min` : `${seconds / 3600} h`;
}

function skippedFor(kind: Source["kind"], source: Source | undefined): string {
  if (source?.kind === "role") {
    const base = source.from;
    if (kind === "ambient" && base.kind === "ambient") return "the role is assumed with it";
    if (kind === "static" && base.kind === "static" && base.profile === source.profile) {
      return "the role is assumed with it";
    }
    if (kind === "static") return "the role is assumed with another profile";
    return "a role goes before it";
  }
  return `${source?.kind === "api-key" ? "a Bedrock API key" : "another source"} goes before it`;
}

function machineRows({ env, config }: ExplainView): ExplainRow[] {
  const ways = ambientWays({ env, ...(config ? { config } : {}) });
  const first = ways.find(({ by }) => by !== undefined);
  return ways.map((way): ExplainRow => {
    const { kind, by, to } = way;
    const base = { part: "machine", what: kind } as const;
    if (by === undefined) {
      const off = kind === "instance" ? "AWS_EC2_METADATA_DISABLED" : undefined;
      return {
        ...base,
        state: "absent",
        why: off ? `switched off (${off})` : `nothing here names ${wayName(kind)}`,
      };
    }
    const why = kind === "instance"
      ? `asked where nothing else is named${to ? `: ${withoutUser(to)}` : ""}`
      : to
      ? withoutUser(to)
      : wayName(kind);
    return { ...base, state: way === first ? "taken" : "skipped", where: by, why };
  });
}

/** What is there for a part, in its order: the first is taken. */
function ranked(
  part: ExplainPart,
  found: readonly Omit<ExplainRow, "part" | "state">[],
): ExplainRow[] {
  return found.map((each, index) => ({
    part,
    state: index === 0 ? "taken" : "skipped",
    ...each,
  }));
}

const shell = "this shell";

/** What the AWS SDKs would take for Bedrock in this shell. */
function sdkRows(view: ExplainView): ExplainRow[] {
  const { env, config, profile } = view;
  const part = "AWS SDKs";
  const found: Omit<ExplainRow, "part" | "state">[] = [];
  if (env.AWS_BEARER_TOKEN_BEDROCK) {
    const own = env.AWS_BEARER_TOKEN_BEDROCK === profile.bedrockApiKey?.reveal();
    found.push({
      what: "AWS_BEARER_TOKEN_BEDROCK",
      where: shell,
      why: `for Bedrock before any key; ${own ? "it is this profile's" : "it is another one"}`,
    });
  }
  const keys = env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
    ? [{ what: "AWS_ACCESS_KEY_ID", where: shell, why: keyWords(env.AWS_ACCESS_KEY_ID, profile) }]
    : [];
  const named = env.AWS_PROFILE || "default";
  const ofProfile = awsProfileRows(view, named);
  if (env.AWS_PROFILE) {
    found.push({
      what: "AWS_PROFILE",
      where: shell,
      why: `"${named}"${ofProfile.length ? "" : ", which has no credentials"}; the SDK for ` +
        `JavaScript${keys.length ? " takes it before the keys of the shell" : " heeds it"}, ` +
        "others after keys",
    });
  }
  found.push(...keys);
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    found.push({ what: "AWS_WEB_IDENTITY_TOKEN_FILE", where: shell, why: env.AWS_ROLE_ARN });
  }
  found.push(...ofProfile);
  for (
    const name of [
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
  ) {
    if (env[name]) found.push({ what: name, where: shell, why: withoutUser(env[name]) });
  }
  return [
    ...(found.length ? ranked(part, found) : [nothing(part)]),
    ...endpointRows(view),
    ...regionRows(part, env, config, profile),
  ];
}

function nothing(part: ExplainPart): ExplainRow {
  return {
    part,
    state: "absent",
    what: "credentials",
    why: "nothing here is set; an instance's profile would be looked for",
  };
}

function keyWords(id: string, { accessKeyId }: ProfileView): string {
  if (id === accessKeyId) return `${id}, the key of this profile itself`;
  return `${id}, ${id.startsWith("ASIA") ? "a session" : "another key"}`;
}

/** What an AWS profile of `~/.aws` has, in the order of the SDKs. */
function awsProfileRows(
  { config, credentials }: ExplainView,
  name: string,
): Omit<ExplainRow, "part" | "state">[] {
  const settings = awsProfile(config, name);
  const shared = credentials?.sections.get(name) ?? new Map<string, ConfigSetting>();
  const at = ({ file, line }: ConfigSetting) => `${file}:${line}`;
  const rows: Omit<ExplainRow, "part" | "state">[] = [];
  const add = (key: string, words: (value: string) => string) => {
    for (const from of [settings, shared]) {
      const found = from.get(key);
      if (found) rows.push({ what: key, where: at(found), why: words(found.value) });
    }
  };
  const of = `AWS profile "${name}"`;
  add("role_arn", (value) => `${of}: ${value}`);
  add("sso_account_id", (value) => `${of}: single sign-on, ${value}`);
  add("login_session", (value) => `${of}: aws login, ${value}`);
  add("aws_access_key_id", (value) => `${of}: ${value}, a key in plaintext`);
  add(
    "credential_process",
    (value) =>
      /(?:^|[/\s])credsmith\b.*\bcredential-process\b/.test(value)
        ? `${of}: credsmith itself, so this secrets file`
        : `${of}: another program`,
  );
  return rows;
}

function endpointRows({ env, config, profile }: ExplainView): ExplainRow[] {
  const endpoints = chooseEndpoints({
    env,
    ...(config ? { config } : {}),
    ...(profile.endpoint ? { profileEndpoint: profile.endpoint } : {}),
  });
  const context = remedyContext(profile, "", endpoints, { timeout: 0 }, env);
  const seen = new Map<string, string[]>();
  for (const [service, endpoint] of Object.entries(endpoints)) {
    // The profile's own is no override.
    if (endpoint.from.kind === "profile") continue;
    const from = originText(endpoint.from, context);
    const key = `${endpoint.from.kind === "environment" ? from : "endpoint_url"}\n${from}\n${
      withoutUser(endpoint.url)
    }`;
    seen.set(key, [...seen.get(key) ?? [], service]);
  }
  return [...seen].map(([key, services]): ExplainRow => {
    const [what = "", from = "", url = ""] = key.split("\n");
    return {
      part: "AWS SDKs",
      state: "beside",
      what,
      where: what === from ? shell : from,
      why: `sends ${services.join(", ")} to ${url}`,
    };
  });
}

function regionRows(
  part: ExplainPart,
  env: ExplainView["env"],
  config: AwsConfig | undefined,
  profile: ProfileView,
): ExplainRow[] {
  const here = regionOf({ paths: profile.paths }, env, config);
  if (!profile.region || here.region === profile.region) return [];
  if (here.from?.startsWith("default")) return [];
  const inShell = here.from?.startsWith("AWS_");
  return [{
    part,
    state: "beside",
    what: inShell ? here.from! : "region",
    where: inShell ? shell : here.from ?? "",
    why: `${here.region}, where the profile says ${profile.region}`,
  }];
}

/** What Claude Code heeds for Bedrock, in its order. */
const claudeNames = [
  ["CLAUDE_CODE_SKIP_BEDROCK_AUTH", "leaves signing to a gateway"],
  ["AWS_BEARER_TOKEN_BEDROCK", "a Bedrock API key, before any other credentials"],
  ["awsCredentialExport", ""],
  ["AWS_PROFILE", ""],
  ["AWS_ACCESS_KEY_ID", ""],
] as const;

const claudeBeside = ["ANTHROPIC_BEDROCK_BASE_URL", "AWS_REGION", "ANTHROPIC_MODEL"] as const;

function claudeRows(view: ExplainView): ExplainRow[] {
  const { env, cwd, layers, config, profile } = view;
  const part = "Claude Code";
  const settings = effectiveSettings(layers);
  const claude = claudeView(env, layers, (name) => awsProfile(config, name).get("region")?.value);
  const find = (name: string): { value: string; where: string } | undefined => {
    const set = name === "awsCredentialExport"
      ? settings.values.awsCredentialExport
      : settings.env.get(name);
    if (set) {
      const where = `${shortPath(set.file, { cwd, env })}:${set.line}`;
      const value = set.value.reveal();
      return value === "" ? undefined : { value, where };
    }
    if (name === "awsCredentialExport") return undefined;
    return env[name] ? { value: env[name], where: shell } : undefined;
  };
  const found = claudeNames.flatMap(([name, words]) => {
    const set = find(name);
    if (!set) return [];
    if (name === "AWS_ACCESS_KEY_ID" && !find("AWS_SECRET_ACCESS_KEY")) return [];
    const isKey = name === "AWS_ACCESS_KEY_ID";
    const why = words ||
      (isKey
        ? keyWords(set.value, profile)
        : name === "AWS_PROFILE"
        ? `AWS profile "${set.value}"`
        : exportWords(claude.credentials.value, profile));
    return [{ what: name, where: set.where, why }];
  });
  const rows = found.length ? ranked(part, found) : [nothing(part)];
  const beside = claudeBeside.flatMap((name): ExplainRow[] => {
    const set = find(name);
    if (!set || set.where === shell && name === "AWS_REGION") return [];
    return [{ part, state: "beside", what: name, where: set.where, why: withoutUser(set.value) }];
  });
  if (claude.provider.value === "bedrock") return [...rows, ...beside];
  const where = claude.provider.from.kind === "settings"
    ? `${shortPath(claude.provider.from.file, { cwd, env })}:${claude.provider.from.line}`
    : claude.provider.from.kind === "environment"
    ? shell
    : undefined;
  return [
    {
      part,
      state: "taken",
      what: "provider",
      ...(where ? { where } : {}),
      why: claude.provider.value === "anthropic"
        ? "CLAUDE_CODE_USE_BEDROCK is not set here, so it does not use Bedrock"
        : `another provider: ${claude.provider.value}`,
    },
    ...rows.map((row): ExplainRow => row.state === "taken" ? { ...row, state: "skipped" } : row),
    ...beside,
  ];
}

function exportWords(
  value: ReturnType<typeof claudeView>["credentials"]["value"],
  profile: ProfileView,
): string {
  if (value.kind !== "export") return "a command that gives AWS keys";
  if (!value.ours) return "another program than credsmith";
  const { profile: named = "default" } = value.ours;
  return named === profile.name ? "credsmith, with this profile" : `credsmith, profile "${named}"`;
}
