import { type AwsConfig, awsProfile, parseAwsConfig } from "../../aws/config_file.ts";
import type { Endpoint, Endpoints } from "../../aws/endpoints.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { readIfThere } from "../../platform/optional.ts";
import { pathText } from "../../sops/errors.ts";
import type { ProfileView } from "../../store/credentials.ts";
import type { IdentitySource } from "../../store/errors.ts";
import { withTilde } from "../shown_path.ts";
import type { Check } from "./check.ts";
import { originText, type RemedyContext, withoutUser } from "./remedies.ts";

/** `~/.aws/config`, or the file that `AWS_CONFIG_FILE` names; nothing where there is no home. */
export function awsConfigPath(env: Readonly<Record<string, string>>): string | undefined {
  return env.AWS_CONFIG_FILE || (env.HOME ? `${env.HOME}/.aws/config` : undefined);
}

/** That file; nothing where it cannot be read. */
export function readAwsConfig(env: Readonly<Record<string, string>>): AwsConfig | undefined {
  const path = awsConfigPath(env);
  if (!path) return undefined;
  try {
    const bytes = readIfThere(path);
    const shown = withTilde(path, env);
    return bytes && parseAwsConfig(new TextDecoder().decode(bytes), shown);
  } catch {
    return undefined;
  }
}

/** A region, and who named it. */
export interface ChosenRegion {
  readonly region: string;
  /** Nothing where it is the profile's own. */
  readonly from?: string;
}

/** The profile's region, else what Claude Code and the SDKs would take. */
export function regionOf(
  { region, paths }: Pick<ProfileView, "region" | "paths">,
  env: Readonly<Record<string, string>>,
  config: AwsConfig | undefined,
): ChosenRegion {
  if (region) return { region };
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    if (env[name]) return { region: env[name], from: name };
  }
  const set = awsProfile(config, env.AWS_PROFILE || "default").get("region");
  return set
    ? { region: set.value, from: `${set.file}:${set.line}` }
    : { region: "us-east-1", from: `default; no ${pathText(paths.region)}` };
}

const proxyNames = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"] as const;

/** The variables that say through which proxy to go; nothing where none is named. */
export function proxyOf(
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  if (!proxyNames.some((name) => env[name])) return undefined;
  const names = [...proxyNames, "no_proxy", "NO_PROXY"];
  return Object.fromEntries(names.flatMap((name) => env[name] ? [[name, env[name]]] : []));
}

/** What the remedies name. */
export function remedyContext(
  { paths }: ProfileView,
  region: string,
  endpoints: Endpoints,
  flags: { readonly file?: string; readonly timeout: number },
  env: Readonly<Record<string, string>>,
): RemedyContext {
  const proxy = proxyNames.find((name) => env[name]);
  return {
    region,
    endpoints,
    paths: {
      accessKeyId: pathText(paths.accessKeyId),
      secretAccessKey: pathText(paths.secretAccessKey),
      sessionToken: pathText(paths.sessionToken),
      region: pathText(paths.region),
      modelId: pathText(paths.modelId),
      smallModelId: pathText(paths.smallModelId),
      endpoint: pathText(paths.endpoint),
      bedrockApiKey: pathText(paths.bedrockApiKey),
    },
    mfaPath: pathText(paths.mfaSerial),
    fileFlag: flags.file ? ` -f ${shellQuote(flags.file)}` : "",
    os: Deno.build.os,
    ...(proxy ? { proxy } : {}),
    timeout: flags.timeout,
  };
}

/** Which of the user's identities were there to open the file. */
export function openedBy(sources: readonly IdentitySource[]): string {
  const named = sources.filter(({ count, source }) => count > 0 && source.startsWith("SOPS_"));
  return named.length ? named.map(({ source }) => source).join(", ") : "your key";
}

/** Endpoints that are not AWS's own, each once, with who named it. */
export function endpointNotes(endpoints: Endpoints, context: RemedyContext): Check[] {
  const byUrl = new Map<string, Endpoint[]>();
  for (const [service, endpoint] of Object.entries(endpoints)) {
    // Of no use for what is checked here.
    if (service === "cloudtrail") continue;
    const { hostname } = URL.canParse(endpoint.url) ? new URL(endpoint.url) : { hostname: "" };
    if (/^bedrock-runtime\.[\w-]+\.amazonaws\.com$/.test(hostname)) continue;
    const url = withoutUser(endpoint.url);
    byUrl.set(url, [...byUrl.get(url) ?? [], endpoint]);
  }
  return [...byUrl].map(([url, all]): Check => {
    const origins = [...new Set(all.map(({ from }) => originText(from, context)))];
    return {
      name: "endpoint",
      status: "note",
      text: `${url} (${origins[0]}${origins.length > 1 ? ` and ${origins.length - 1} more` : ""})`,
      facts: { url, origins },
    };
  });
}
