import type { AwsConfig } from "../../aws/config_file.ts";
import type { BedrockConnection } from "../../aws/clients.ts";
import { chooseEndpoints, type Endpoints } from "../../aws/endpoints.ts";
import type { ProbePlan } from "../../aws/probe.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { connectionWith } from "../connection.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Engine } from "../engine.ts";
import { givingPermissions } from "../given.ts";
import { type OpenForReading, openForReading } from "../open.ts";
import { ageCheck } from "./age_check.ts";
import { awsChecks } from "./aws_checks.ts";
import type { Check } from "./check.ts";
import { lookAtClaude } from "./claude_look.ts";
import { failedCheck } from "./failed.ts";
import { type RemedyContext, word } from "./remedies.ts";
import { Report, showWaiting } from "./report.ts";
import { endpointNotes, openedBy, readAwsConfig, regionOf, remedyContext } from "./surroundings.ts";

export interface OnlineFlags {
  readonly engine?: Engine;
  readonly file?: string;
  readonly json: boolean;
  readonly invoke: boolean;
  /** Seconds. */
  readonly timeout: number;
}

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
    open = await openForReading(context, { ...flags, keeps: givingPermissions });
    profile = profileOf(open.document, name);
  } catch (error) {
    return await fileFailed(context, flags, name, error);
  }
  const around = aroundProfile(context, flags, profile);
  const { config, region } = around;
  const report = new Report(terminal, flags.json, { profile: name, file: open.shown, region });
  report.add({ name: "file", status: "ok", text: `opened by ${openedBy(open.sources)}` });
  report.add(...around.notes);
  const { askSource } = await import("./ask_source.ts");
  const { checks, given } = await askSource(context, flags, open, profile, around);
  report.add(...checks);
  const claude = lookAtClaude(context, {
    profile,
    ...(given ? { given } : {}),
    region,
    file: open.path,
    ...(config ? { config } : {}),
  });
  report.add(...claude);
  report.add(...ageCheck(context.env, open.document, profile, around.remedies));
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

/** How AWS is asked. */
export interface Asking {
  readonly json: boolean;
  readonly invoke: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** What AWS says of a profile's own key and models: what a loader's files hold, as they are. */
export async function askAws(
  context: Context,
  flags: Asking,
  profile: ProfileView,
  around: Around,
): Promise<Check[]> {
  const { accessKeyId, secretAccessKey, sessionToken, bedrockApiKey } = profile;
  if (bedrockApiKey && !accessKeyId) {
    return await askWith(context, flags, profile, around, {
      credentials: { token: bedrockApiKey },
    });
  }
  if (!accessKeyId || !secretAccessKey) return keyMissing(profile, around.remedies);
  return await askWith(context, flags, profile, around, {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
  });
}

/** What AWS says to some credentials of a profile's models. */
export async function askWith(
  context: Context,
  flags: Asking,
  profile: ProfileView,
  around: Around,
  asked: {
    readonly credentials: BedrockConnection["credentials"];
    readonly lend?: ProbePlan["lend"];
  },
): Promise<Check[]> {
  const { credentials, lend } = asked;
  const plan = {
    models: [profile.modelId, profile.smallModelId].filter((id) => id !== undefined),
    ...(profile.smallModelId ? { smallModel: profile.smallModelId } : {}),
    invoke: flags.invoke,
    ...(lend ? { lend } : {}),
  };
  const done = showWaiting(context.terminal, flags.json, "asking AWS");
  const { loadRequests, probe } = await import("../../aws/probe.ts");
  const requests = await loadRequests();
  const connection = connectionWith(context, around, credentials, flags);
  const result = await probe(requests, connection, plan);
  done();
  const key = "token" in credentials ? { kind: "api-key" } as const : credentials.accessKeyId;
  return awsChecks(result, plan, key, around.remedies);
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

/** What is said where a profile has only half of a key, or none; nothing was asked. */
export function keyMissing(profile: ProfileView, context: RemedyContext): Check[] {
  const facts = { service: "sts", code: "", status: 0 } as const;
  const wording = word({ cause: "key_missing", outcome: "credentials", facts }, context);
  const role = profile.roleArn
    ? `a role is assumed with a key, another profile (${
      profile.paths.sourceProfile.at(-1)
    }) or "ambient"`
    : undefined;
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
