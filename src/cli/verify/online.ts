import type { AwsConfig } from "../../aws/config_file.ts";
import { awsProfile, parseAwsConfig } from "../../aws/config_file.ts";
import { chooseEndpoints, type Endpoint, type Endpoints } from "../../aws/endpoints.ts";
import { readSettings } from "../../claude/settings.ts";
import { claudeView } from "../../claude/view.ts";
import { now } from "../../platform/clock.ts";
import { readIfThere } from "../../platform/optional.ts";
import { pathText } from "../../sops/errors.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import type { IdentitySource } from "../../store/errors.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { shellQuote } from "../self.ts";
import { type OpenForReading, openForReading } from "../open.ts";
import { awsChecks } from "./aws_checks.ts";
import type { Check } from "./check.ts";
import { claudeCheck } from "./claude_check.ts";
import { originText, type RemedyContext, word } from "./remedies.ts";
import { Report, showWaiting } from "./report.ts";

export interface OnlineFlags {
  readonly file?: string;
  readonly json: boolean;
  readonly invoke: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** Connecting takes at most so many milliseconds, whatever the whole may take. */
const connectLimit = 3000;

/**
 * The whole chain, from the file to what Claude Code would use.
 *
 * @returns the exit code
 */
export async function verifyOnline(
  context: Context,
  flags: OnlineFlags,
  name: string,
): Promise<number> {
  const { env, terminal } = context;
  let open: OpenForReading;
  let profile: ProfileView;
  try {
    open = await openForReading(context, { ...flags, keeps: ["read", "env", "net", "sys"] });
    profile = profileOf(open.document, name);
  } catch (error) {
    return await fileFailed(context, flags, name, error);
  }
  const config = readAwsConfig(env);
  const region = regionOf(profile, env, config);
  const endpoints = chooseEndpoints({
    env,
    ...(config ? { config } : {}),
    ...(profile.endpoint ? { profileEndpoint: profile.endpoint } : {}),
  });
  const remedies = remedyContext(profile, region, endpoints, flags);
  const report = new Report(terminal, flags.json, { profile: name, file: open.shown, region });
  report.add({ name: "file", status: "ok", text: `opened by ${openedBy(open.sources)}` });
  report.add(...endpointNotes(endpoints, remedies));

  const { accessKeyId, secretAccessKey, sessionToken } = profile;
  if (!accessKeyId || !secretAccessKey) {
    report.add(...keyMissing(profile, remedies));
  } else {
    const plan = {
      models: [profile.modelId, profile.smallModelId].filter((id) => id !== undefined),
      invoke: flags.invoke,
    };
    const { loadRequests, probe } = await import("../../aws/probe.ts");
    const requests = await loadRequests();
    const done = showWaiting(terminal, flags.json, "asking AWS");
    const result = await probe(requests, {
      region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
      endpoints,
      limits: { connect: connectLimit, request: flags.timeout * 1000 },
      now,
    }, plan);
    done();
    report.add(...awsChecks(result, plan, accessKeyId, remedies));
  }
  const claude = lookAtClaude(context, profile, region, open.path, config);
  report.add(...claude);
  return report.end(
    claude[0]?.status === "ok" ? "Ready: claude" : `Ready: ${execLine(name, flags)}`,
  );
}

function execLine(name: string, { file }: OnlineFlags): string {
  const words = ["credsmith", "exec", ...(file ? ["-f", file] : [])];
  if (name !== "default") words.push(name);
  return `${words.join(" ")} -- COMMAND`;
}

/** The file does not open, or has no such profile: nothing else can be looked at. */
async function fileFailed(
  { terminal }: Context,
  flags: OnlineFlags,
  name: string,
  error: unknown,
): Promise<number> {
  const { exit, cause, message, hint } = await explain(error);
  if (exit === exitCodes.defect) throw error;
  const { file, json } = flags;
  const report = new Report(terminal, json, { profile: name, file: file ?? "secrets/aws.yaml" });
  report.add({
    name: "file",
    status: "fail",
    text: message,
    cause,
    exit,
    ...(hint ? { fix: { text: hint.split("\n")[0]! } } : {}),
  });
  report.add(
    ...["clock", "identity", "models", "answer", "claude"]
      .map((each): Check => ({ name: each, status: "skip" })),
  );
  return report.end("");
}

/** `~/.aws/config`, or the file that `AWS_CONFIG_FILE` names; nothing where it cannot be read. */
export function readAwsConfig(env: Readonly<Record<string, string>>): AwsConfig | undefined {
  const path = env.AWS_CONFIG_FILE || (env.HOME && `${env.HOME}/.aws/config`);
  if (!path) return undefined;
  try {
    const bytes = readIfThere(path);
    const shown = path.replace(`${env.HOME}/`, "~/");
    return bytes && parseAwsConfig(new TextDecoder().decode(bytes), shown);
  } catch {
    return undefined;
  }
}

/** The profile's region, else what Claude Code and the SDKs would take. */
export function regionOf(
  profile: Pick<ProfileView, "region">,
  env: Readonly<Record<string, string>>,
  config: AwsConfig | undefined,
): string {
  return profile.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION) ??
    awsProfile(config, env.AWS_PROFILE || "default").get("region")?.value ?? "us-east-1";
}

/** What the remedies name. */
export function remedyContext(
  { paths }: ProfileView,
  region: string,
  endpoints: Endpoints,
  flags: { readonly file?: string; readonly timeout: number },
): RemedyContext {
  return {
    region,
    endpoints,
    paths: {
      accessKeyId: pathText(paths.accessKeyId),
      secretAccessKey: pathText(paths.secretAccessKey),
      sessionToken: pathText(paths.sessionToken),
      region: pathText(paths.region),
      modelId: pathText(paths.modelId),
      endpoint: pathText(paths.endpoint),
    },
    fileFlag: flags.file ? ` -f ${shellQuote(flags.file)}` : "",
    os: Deno.build.os,
    timeout: flags.timeout,
  };
}

function openedBy(sources: readonly IdentitySource[]): string {
  const named = sources.filter(({ count, source }) => count > 0 && source.startsWith("SOPS_"));
  return named.length ? named.map(({ source }) => source).join(", ") : "your key";
}

/** Endpoints that are not AWS's own, each once, with who named it. */
export function endpointNotes(endpoints: Endpoints, context: RemedyContext): Check[] {
  const byUrl = new Map<string, Endpoint[]>();
  for (const endpoint of Object.values(endpoints)) {
    const { hostname } = URL.canParse(endpoint.url) ? new URL(endpoint.url) : { hostname: "" };
    if (/^bedrock-runtime\.[\w-]+\.amazonaws\.com$/.test(hostname)) continue;
    byUrl.set(endpoint.url, [...byUrl.get(endpoint.url) ?? [], endpoint]);
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

function keyMissing(profile: ProfileView, context: RemedyContext): Check[] {
  const facts = { service: "sts", code: "", status: 0 } as const;
  const wording = word({ cause: "key_missing", outcome: "credentials", facts }, context);
  const role = profile.roleArn ? "a role alone cannot be assumed yet" : undefined;
  return [
    {
      name: "identity",
      status: "fail",
      text: wording.text,
      ...(role ? { details: [role] } : {}),
      cause: "key_missing",
      exit: exitCodes.credentials,
      fix: wording.fix,
    },
    { name: "models", status: "skip" },
    { name: "answer", status: "skip" },
  ];
}

function lookAtClaude(
  { env, cwd }: Context,
  profile: ProfileView,
  region: string,
  file: string,
  config: AwsConfig | undefined,
): Check[] {
  const layers = readSettings({ env, cwd });
  const view = claudeView(
    env,
    layers,
    (name) => awsProfile(config, name).get("region")?.value,
  );
  const check = claudeCheck(view, {
    profile,
    region,
    file,
    cwd,
    ...(env.HOME ? { home: env.HOME } : {}),
  });
  const skipped = view.problems.map(({ file, line, reason }): Check => ({
    name: "claude",
    status: "note",
    text: `Claude Code skips ${file}${line ? `:${line}` : ""}: ${reason}`,
    cause: "claude_settings_unreadable",
  }));
  return [check, ...skipped];
}
