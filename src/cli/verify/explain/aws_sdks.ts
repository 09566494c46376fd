import { type AwsConfig, awsProfile, type ConfigSetting } from "../../../aws/config_file.ts";
import { chooseEndpoints } from "../../../aws/endpoints.ts";
import type { ProfileView } from "../../../store/credentials.ts";
import { originText, withoutUser } from "../remedies.ts";
import { regionOf, remedyContext } from "../surroundings.ts";
import {
  type Candidate,
  type ExplainPart,
  type ExplainRow,
  type ExplainView,
  keyWords,
  nothing,
  ranked,
  shell,
} from "./row.ts";

/** What the AWS SDKs would take for Bedrock in this shell. */
export function sdkRows(view: ExplainView): ExplainRow[] {
  const { env, config, profile } = view;
  const part = "AWS SDKs";
  const found: Candidate[] = [];
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

/** What an AWS profile of `~/.aws` has, in the order of the SDKs. */
function awsProfileRows(
  { config, credentials }: ExplainView,
  name: string,
): Candidate[] {
  const settings = awsProfile(config, name);
  const shared = credentials?.sections.get(name) ?? new Map<string, ConfigSetting>();
  const at = ({ file, line }: ConfigSetting) => `${file}:${line}`;
  const rows: Candidate[] = [];
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
