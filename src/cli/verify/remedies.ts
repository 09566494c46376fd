import type { Cause, Diagnosis, Facts, Service } from "../../aws/diagnose.ts";
import type { Endpoint, EndpointOrigin, Endpoints } from "../../aws/endpoints.ts";
import type { SettingField } from "../../store/credentials.ts";
import type { Fix } from "./check.ts";

/** What remedies name besides the facts of the failure. */
export interface RemedyContext {
  readonly region: string;
  readonly endpoints: Endpoints;
  /** Where the profile's fields stand in the secrets file: `profiles/work/model_id`. */
  readonly paths: Readonly<Record<SettingField, string>>;
  /** Where an MFA device would stand. */
  readonly mfaPath: string;
  /** `-f FILE` where the user gave one, with a blank before it. */
  readonly fileFlag: string;
  readonly os: typeof Deno.build.os;
  /** The variable that names a proxy, where one does. */
  readonly proxy?: string;
  /** Seconds that were waited for an answer. */
  readonly timeout: number;
  /** A model id that would work. */
  readonly suggestion?: string;
}

/** A cause in words, with its one remedy. */
export interface Wording {
  /** Without a full stop. */
  readonly text: string;
  readonly details?: readonly string[];
  readonly fix: Fix;
}

const console_ = "https://console.aws.amazon.com";
const again = "run it again in a minute";

/** What the services are called. */
const names: Readonly<Record<Service, string>> = {
  sts: "STS",
  iam: "IAM",
  bedrock: "Bedrock",
  "bedrock-runtime": "Bedrock",
  cloudtrail: "CloudTrail",
};

/** Words a judgement for a person. */
export function word({ cause, facts }: Diagnosis, context: RemedyContext): Wording {
  return wordings[cause](facts, context);
}

/** `user/claude-dev` or `this key`. */
function who(facts: Facts): string {
  return facts.principal ?? "this key";
}

function set(field: keyof RemedyContext["paths"], context: RemedyContext, value = ""): string {
  return `credsmith set${context.fileFlag} ${context.paths[field]}${value && ` ${value}`}`;
}

function unset(field: keyof RemedyContext["paths"], context: RemedyContext): string {
  return `credsmith unset${context.fileFlag} ${context.paths[field]}`;
}

function model(facts: Facts): string {
  return facts.modelId ? `"${facts.modelId}"` : "the model";
}

/** A URL without a name and password that may stand in it, or a token in its query. */
export function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/?#]*@/, "$1").replace(/\?.+$/s, "?…");
}

/** The host that a request went to. */
function hostOf(service: Service, { region, endpoints }: RemedyContext): string {
  const url = endpoints[service]?.url;
  if (url === undefined) return `${service}.${region}.amazonaws.com`;
  return URL.canParse(url) ? new URL(url).host : withoutUser(url);
}

/** Who named an endpoint, for people. */
export function originText(from: EndpointOrigin, context: Pick<RemedyContext, "paths">): string {
  if (from.kind === "environment") return from.name;
  if (from.kind === "profile") return context.paths.endpoint;
  return `${from.file}:${from.line}`;
}

/** How to go back to AWS's own endpoint. */
function withoutEndpoint({ from }: Endpoint, context: RemedyContext): Fix {
  if (from.kind === "environment") return { text: `unset ${from.name}` };
  if (from.kind === "profile") return { text: unset("endpoint", context) };
  return { text: `take endpoint_url out of ${from.file}, line ${from.line}` };
}

/** Where a fault of the network is rather one of an endpoint that somebody set. */
function networkFix(facts: Facts, context: RemedyContext, otherwise: string): Fix {
  const endpoint = context.endpoints[facts.service];
  if (!endpoint) {
    return { text: context.proxy ? `check the proxy that ${context.proxy} names` : otherwise };
  }
  const fix = withoutEndpoint(endpoint, context);
  return { ...fix, remark: `the endpoint comes from ${originText(endpoint.from, context)}` };
}

/** A model that is pinned in place of another one, or the way to the list of them. */
function otherModel(context: RemedyContext): Fix {
  const { suggestion, fileFlag } = context;
  if (suggestion) return pinning(suggestion, context);
  const { named } = leafOf(context);
  return { text: `credsmith models${fileFlag}${named ? ` ${named}` : ""}` };
}

/** @param model an id, or a word for one */
export function pinning(model: string, context: RemedyContext): Fix {
  const { named, small } = leafOf(context);
  const rest = small
    ? `--small ${model}${named ? ` --profile ${named}` : ""}`
    : `${model}${named ? ` ${named}` : ""}`;
  return { text: `credsmith models pin${context.fileFlag} ${rest}` };
}

/** Which profile, and which of its two models, is in the leaf's own path. */
function leafOf({ paths }: RemedyContext): { readonly named?: string; readonly small: boolean } {
  const [, profile, small] =
    paths.modelId.match(/^(?:profiles\/([^/]+)\/|bedrock\/)(small_)?model_id$/) ?? [];
  const named = profile === undefined || profile === "default" ? {} : { named: profile };
  return { ...named, small: small !== undefined };
}

function bedrockPage(page: string): string {
  return `${console_}/bedrock, ${page}`;
}

/** Takes an explicit denial or a missing permission apart. */
function policy(
  facts: Facts,
  says: (action: string) => string,
  fix: string,
): Wording {
  const action = facts.action ?? "this";
  return {
    text: says(action),
    // Without the account, which is known; `--json` has all of it.
    ...(facts.resource
      ? { details: [`on ${facts.resource.replace(/^arn:[^:]*:[\w-]+:[^:]*:\d*:/, "")}`] }
      : {}),
    fix: { text: facts.policyArn ? `${fix}: ${facts.policyArn}` : fix },
  };
}

/** @returns `7 min 12 s` */
export function spanText(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const;
  let rest = whole;
  const parts = units.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count ? [`${count} ${unit}`] : [];
  });
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** @returns `7 min 12 s behind AWS`, `within 1 s of AWS` */
export function skewText(seconds: number): string {
  if (Math.abs(seconds) < 1.5) return "within 1 s of AWS";
  return `${spanText(seconds)} ${seconds < 0 ? "behind" : "ahead of"} AWS`;
}

/** How this machine's clock is set right. */
export function clockFix({ os }: Pick<RemedyContext, "os">): Fix {
  return {
    text: os === "darwin"
      ? "sudo sntp -sS time.apple.com"
      : "sudo systemctl restart systemd-timesyncd",
  };
}

const wordings: Readonly<Record<Cause, (facts: Facts, context: RemedyContext) => Wording>> = {
  clock_skew: (facts, context) => ({
    text: facts.skewSeconds === undefined
      ? `The clock is too far from ${names[facts.service]}'s`
      : skewText(facts.skewSeconds),
    fix: clockFix(context),
  }),
  key_unknown: (facts, context) => ({
    text: `AWS does not know ${
      facts.accessKeyId ?? "the access key"
    }: deleted, inactive or mistyped`,
    fix: { text: set("accessKeyId", context), remark: "and the secret that belongs to it" },
  }),
  key_malformed: (facts, context) => ({
    text: `${
      facts.accessKeyId ? `"${facts.accessKeyId}"` : "The access key id"
    } is no access key id`,
    fix: { text: set("accessKeyId", context) },
  }),
  key_missing: (_, context) => ({
    text: "The profile has no access key, or no secret for it",
    fix: { text: set("accessKeyId", context), remark: "and the secret that belongs to it" },
  }),
  secret_wrong: (facts, context) => ({
    text: `The secret access key is not that of ${facts.accessKeyId ?? "this access key"}`,
    fix: { text: set("secretAccessKey", context) },
  }),
  token_stale: (_, context) => ({
    text: "A session token goes along with a long-term key, which has none",
    fix: { text: unset("sessionToken", context) },
  }),
  token_missing: (_, context) => ({
    text: "A session's key (ASIA...) without its session token",
    fix: { text: set("sessionToken", context) },
  }),
  token_invalid: (_, context) => ({
    text: "The session token is not that of this key, or the session was ended",
    fix: { text: set("sessionToken", context), remark: "with the key it was given out with" },
  }),
  token_expired: (_, context) => ({
    text: "The session has expired",
    fix: { text: set("sessionToken", context), remark: "and the key of a new session" },
  }),
  mfa_code_wrong: () => ({
    text: "The MFA code is not the device's, was used before, or is too old",
    fix: { text: "wait for the next code, and try again", remark: "each is good once" },
  }),
  mfa_device_unknown: () => ({
    text: "The MFA device is not one of this user",
    fix: { text: "see which one is: aws iam list-mfa-devices", remark: "then set mfa_serial" },
  }),
  session_of_session: (_, context) => ({
    text: "STS makes no session from the key of a session",
    fix: { text: set("sessionToken", context), remark: "then it is handed on as it is" },
  }),
  duration_too_long: () => ({
    text: "The role does not allow sessions that long",
    fix: { text: "take a shorter duration", remark: "a role that another role assumes: 1h" },
  }),
  api_key_invalid: (_, context) => ({
    text: `Bedrock does not take this API key in ${context.region}: mistyped, deleted, or of ` +
      "another region",
    fix: { text: set("bedrockApiKey", context) },
  }),
  api_key_expired: (_, context) => ({
    text: "The Bedrock API key has expired",
    fix: { text: set("bedrockApiKey", context), remark: "a short-term key lasts 12 hours at most" },
  }),
  policy_missing: (facts) =>
    policy(
      facts,
      (action) => `No policy of ${who(facts)} allows ${action}`,
      `have an administrator allow it for ${who(facts)}`,
    ),
  policy_denies: (facts) =>
    policy(
      facts,
      (action) => `A policy of ${who(facts)} denies ${action}`,
      "have an administrator take the explicit deny out",
    ),
  scp_denies: (facts) =>
    policy(
      facts,
      (action) => `A service control policy stands in the way of ${action}`,
      "have the administrator of the AWS organization allow it",
    ),
  rcp_denies: (facts) =>
    policy(
      facts,
      (action) => `A resource control policy denies ${action}`,
      "have the administrator of the AWS organization allow it",
    ),
  boundary_denies: (facts) =>
    policy(
      facts,
      (action) => `The permissions boundary of ${who(facts)} leaves out ${action}`,
      "have an administrator add it to the permissions boundary",
    ),
  session_policy_denies: (facts) =>
    policy(
      facts,
      (action) => `The session's own policy leaves out ${action}`,
      "take a session without that policy",
    ),
  vpc_endpoint_denies: (facts) =>
    policy(
      facts,
      (action) => `The policy of the VPC endpoint leaves out ${action}`,
      "have the network's administrator add it to the VPC endpoint's policy",
    ),
  resource_policy_denies: (facts) =>
    policy(
      facts,
      (action) => `The policy of the resource itself leaves out ${action}`,
      "have the owner of the resource allow it",
    ),
  access_denied: (facts) => ({
    text: `${names[facts.service]} denied ${facts.operation ?? "the request"} without a reason`,
    fix: { text: `have an administrator look for the request in CloudTrail${requestId(facts)}` },
  }),
  account_not_subscribed: (facts) => ({
    text: `The account is not signed up for ${names[facts.service]}`,
    fix: { text: `finish the account's registration: ${console_}/billing/signup` },
  }),
  account_not_allowed: () => ({
    text: "Bedrock does not serve this account yet (Operation not allowed)",
    fix: { text: `open a case with AWS Support: ${console_}/support` },
  }),
  region_disabled: (_, { region }) => ({
    text: `The region ${region} is switched off for this account`,
    fix: { text: `switch it on: ${console_}/billing, Account, AWS Regions` },
  }),
  model_not_granted: (facts, context) => ({
    text: `The account has no access to ${model(facts)}`,
    fix: { text: `request it in ${context.region}: ${bedrockPage("Model access")}` },
  }),
  model_unknown: (facts, context) => ({
    text: `${context.region} has no model ${model(facts)}`,
    fix: otherModel(context),
  }),
  model_not_in_region: (facts, context) => ({
    text: `${model(facts)} is not served from ${context.region}`,
    fix: context.suggestion ? otherModel(context) : { text: set("region", context) },
  }),
  model_end_of_life: (facts, context) => ({
    text: `${model(facts)} has reached the end of its life`,
    fix: otherModel(context),
  }),
  model_legacy: (facts, context) => ({
    text: `${model(facts)} is a legacy model that this account has not used lately`,
    fix: otherModel(context),
  }),
  inference_profile_needed: (facts, context) => ({
    text: `${model(facts)} needs an inference profile`,
    fix: otherModel(context),
  }),
  use_case_missing: () => ({
    text: "Anthropic's use case form was not submitted for this account",
    fix: { text: `fill it in, at any Claude model: ${bedrockPage("Model catalog")}` },
  }),
  marketplace_denied: (facts) => ({
    text: "The first use of the model subscribes to it, which this key may not do",
    fix: {
      text: "have an administrator use the model once" +
        (facts.retryMinutes ? `, then wait ${facts.retryMinutes} minutes` : ""),
    },
  }),
  marketplace_payment: () => ({
    text: "The account has no valid means of payment for AWS Marketplace",
    fix: { text: `add one: ${console_}/billing, Payment preferences` },
  }),
  quota_zero: (facts, context) => ({
    text: `The account's quota for ${model(facts)} is 0`,
    fix: { text: `request more in ${context.region}: ${quotas}` },
  }),
  quota_daily: (_, context) => ({
    text: "Today's tokens are used up, or the account's daily quota is 0",
    fix: { text: `request more in ${context.region}: ${quotas}` },
  }),
  quota_exceeded: (facts, context) => ({
    text: `A quota of ${names[facts.service]} is reached`,
    fix: { text: `request more in ${context.region}: ${quotas}` },
  }),
  region_mismatch: (facts, context) => ({
    text: `${hostOf(facts.service, context)} serves another region than ${context.region}`,
    fix: networkFix(facts, context, set("region", context)),
  }),
  endpoint_wrong: (facts, context) => ({
    text: `"${withoutUser(facts.endpoint ?? hostOf(facts.service, context))}" is no endpoint of ` +
      names[facts.service],
    fix: networkFix(facts, context, set("region", context)),
  }),
  body_rejected: (facts) => ({
    text: `${model(facts)} was reached, but refuses the request`,
    fix: { text: "name a text model of Anthropic's" },
  }),
  request_rejected: (facts, context) => ({
    text: `${names[facts.service]} refuses ${facts.operation ?? "the request"} (${facts.code})`,
    fix: otherModel(context),
  }),
  throttled: (facts) => ({
    text: `${names[facts.service]} throttles this account`,
    fix: { text: again },
  }),
  model_busy: (facts) => ({ text: `${model(facts)} is busy`, fix: { text: again } }),
  service_error: (facts) => ({
    text: `${names[facts.service]} failed (${facts.status} ${facts.code})`,
    fix: { text: `${again}, or see https://health.aws.amazon.com` },
  }),
  service_unavailable: (facts) => ({
    text: `${names[facts.service]} is unavailable (${facts.status})`,
    fix: { text: `${again}, or see https://health.aws.amazon.com` },
  }),
  connection_refused: (facts, context) => ({
    text: `Nothing answers at ${hostOf(facts.service, context)}`,
    fix: networkFix(facts, context, "check the network, its proxy and its firewall"),
  }),
  connection_reset: (facts, context) => ({
    text: `${hostOf(facts.service, context)} cut the connection`,
    fix: networkFix(facts, context, "check the network, its proxy and its firewall"),
  }),
  host_unknown: (facts, context) => ({
    text: `There is no host ${hostOf(facts.service, context)}, or DNS is out of reach`,
    fix: context.endpoints[facts.service]
      ? networkFix(facts, context, "")
      : isRegion(context.region)
      ? { text: "check the network and its DNS" }
      : { text: set("region", context), remark: `"${context.region}" is no region` },
  }),
  proxy_failed: (facts, context) => ({
    text: `The proxy does not let us through to ${hostOf(facts.service, context)}`,
    fix: { text: `check the proxy that ${context.proxy ?? "HTTPS_PROXY"} names` },
  }),
  tls_failed: (facts, context) => ({
    text: `The certificate of ${hostOf(facts.service, context)} is not trusted`,
    // A proxy that opens TLS signs with a certificate that the system knows, but not Deno.
    fix: context.endpoints[facts.service]
      ? networkFix(facts, context, "")
      : { text: "DENO_TLS_CA_STORE=system credsmith verify" },
  }),
  timed_out: (facts, context) => ({
    text: `No answer from ${hostOf(facts.service, context)} within ${context.timeout} s`,
    fix: networkFix(facts, context, "check the network, its proxy and its firewall"),
  }),
  not_aws: (facts, context) => ({
    text: `A web page answers in place of ${hostOf(facts.service, context)}`,
    fix: networkFix(facts, context, "sign in to the network in a browser, or set its proxy right"),
  }),
  garbled: (facts, context) => ({
    text: `What ${hostOf(facts.service, context)} answers is not of AWS`,
    fix: networkFix(facts, context, "check the network and its proxy"),
  }),
  cancelled: () => ({ text: "Interrupted", fix: { text: "run it again" } }),
  unknown: (facts) => ({
    text: facts.status === 0
      ? `${names[facts.service]} could not be asked (${facts.code})`
      : `${names[facts.service]} answered ${facts.status} ${facts.code}`,
    fix: { text: `look the code up in AWS's documentation${requestId(facts)}` },
  }),
};

function requestId({ requestId }: Facts): string {
  return requestId ? `, request ${requestId}` : "";
}

const quotas = `${console_}/servicequotas, Amazon Bedrock`;

/** Whether it is shaped like the name of a region, and its area exists. */
function isRegion(text: string): boolean {
  return /^(?:us|eu|ap|ca|sa|me|af|il|mx|cn|us-gov)-(?:(?:north|south)?(?:east|west)|north|south|central)-\d$/
    .test(text);
}
