import type { AwsConfig } from "../../aws/config_file.ts";
import { chooseEndpoints, type Endpoints } from "../../aws/endpoints.ts";
import { now } from "../../platform/clock.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Engine } from "../engine.ts";
import { type OpenForReading, openForReading } from "../open.ts";
import { awsChecks } from "./aws_checks.ts";
import type { Check } from "./check.ts";
import { lookAtClaude } from "./claude_look.ts";
import { failedCheck } from "./failed.ts";
import { type RemedyContext, word } from "./remedies.ts";
import { Report, showWaiting } from "./report.ts";
import {
  endpointNotes,
  openedBy,
  proxyOf,
  readAwsConfig,
  regionOf,
  remedyContext,
} from "./surroundings.ts";

export interface OnlineFlags {
  readonly engine?: Engine;
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
  const { terminal } = context;
  let open: OpenForReading;
  let profile: ProfileView;
  try {
    open = await openForReading(context, { ...flags, keeps: ["read", "env", "net", "sys"] });
    profile = profileOf(open.document, name);
  } catch (error) {
    return await fileFailed(context, flags, name, error);
  }
  const around = aroundProfile(context, flags, profile);
  const { config, region } = around;
  const report = new Report(terminal, flags.json, { profile: name, file: open.shown, region });
  report.add({ name: "file", status: "ok", text: `opened by ${openedBy(open.sources)}` });
  report.add(...around.notes);
  report.add(...await askAws(context, flags, profile, around));
  const claude = lookAtClaude(context, {
    profile,
    region,
    file: open.path,
    ...(config ? { config } : {}),
  });
  report.add(...claude);
  return report.end(
    claude[0]?.status === "ok" ? "Ready: claude" : `Ready: ${execLine(name, flags)}`,
  );
}

/** Where a profile's requests go, and who says so. */
export interface Around {
  readonly region: string;
  readonly endpoints: Endpoints;
  readonly remedies: RemedyContext;
  readonly config: AwsConfig | undefined;
  /** Findings about it. */
  readonly notes: readonly Check[];
}

/** What the environment and AWS's own settings add to a profile. */
export function aroundProfile(
  { env }: Context,
  flags: Pick<OnlineFlags, "file" | "timeout">,
  profile: ProfileView,
): Around {
  const config = readAwsConfig(env);
  const { region, from } = regionOf(profile, env, config);
  const endpoints = chooseEndpoints({
    env,
    ...(config ? { config } : {}),
    ...(profile.endpoint ? { profileEndpoint: profile.endpoint } : {}),
  });
  const remedies = remedyContext(profile, region, endpoints, flags, env);
  const notes: Check[] = from
    ? [{ name: "region", status: "note", text: `${region} (${from})` }]
    : [];
  return {
    region,
    endpoints,
    remedies,
    config,
    notes: [...notes, ...endpointNotes(endpoints, remedies)],
  };
}

/** What AWS says of a profile's key and models. */
export async function askAws(
  { env, terminal }: Context,
  flags: Omit<OnlineFlags, "file">,
  profile: ProfileView,
  { region, endpoints, remedies }: Around,
): Promise<Check[]> {
  const { accessKeyId, secretAccessKey, sessionToken } = profile;
  if (!accessKeyId || !secretAccessKey) return keyMissing(profile, remedies);
  const plan = {
    models: [profile.modelId, profile.smallModelId].filter((id) => id !== undefined),
    ...(profile.smallModelId ? { smallModel: profile.smallModelId } : {}),
    invoke: flags.invoke,
  };
  const done = showWaiting(terminal, flags.json, "asking AWS");
  const { loadRequests, probe } = await import("../../aws/probe.ts");
  const requests = await loadRequests();
  const proxy = proxyOf(env);
  const result = await probe(requests, {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    endpoints,
    limits: { connect: connectLimit, request: flags.timeout * 1000 },
    now,
    ...(proxy ? { proxy } : {}),
  }, plan);
  done();
  return awsChecks(result, plan, accessKeyId, remedies);
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
  const failed = await failedCheck("file", error);
  const { file, json } = flags;
  const report = new Report(terminal, json, { profile: name, file: file ?? "secrets/aws.yaml" });
  report.add(
    failed,
    ...["clock", "identity", "models", "answer", "claude"]
      .map((each): Check => ({ name: each, status: "skip" })),
  );
  return report.end("");
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
