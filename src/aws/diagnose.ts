/** A request to AWS that did not succeed, as plain data. */
export interface AwsFailure {
  readonly service: Service;
  /** The service's own error code (`SignatureDoesNotMatch`), or the system's (`ECONNREFUSED`). */
  readonly code: string;
  readonly message: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** `GetCallerIdentity`. */
  readonly operation?: string;
  /** The `Date` header of the answer. */
  readonly serverTime?: Temporal.Instant;
  /** This machine's clock when the answer came. */
  readonly localTime: Temporal.Instant;
  readonly requestId?: string;
  /** The answer's media type, without parameters. */
  readonly contentType?: string;
  readonly request?: RequestFacts;
}

export type Service = "sts" | "iam" | "bedrock" | "bedrock-runtime" | "cloudtrail";

/** What is known of the request that failed; holds no secret. */
export interface RequestFacts {
  readonly region?: string;
  readonly accessKeyId?: string;
  /** Whether a session token went with the key. */
  readonly withSessionToken?: boolean;
  readonly modelId?: string;
  /** Scheme, host and port. */
  readonly endpoint?: string;
}

/** The kind of policy that stands in the way, as the service names it. */
export type PolicyKind =
  | "identity"
  | "service control"
  | "resource control"
  | "permissions boundary"
  | "session"
  | "VPC endpoint"
  | "resource";

/** What kind of trouble a cause is; the names are those of the exit codes. */
export type Outcome = "credentials" | "denied" | "temporary" | "usage" | "partial";

const outcomes = {
  clock_skew: "credentials",
  key_unknown: "credentials",
  key_malformed: "credentials",
  key_missing: "credentials",
  secret_wrong: "credentials",
  token_stale: "credentials",
  token_missing: "credentials",
  token_invalid: "credentials",
  token_expired: "credentials",
  api_key_invalid: "credentials",
  api_key_expired: "credentials",
  mfa_code_wrong: "credentials",
  mfa_device_unknown: "credentials",
  session_of_session: "credentials",
  duration_too_long: "usage",
  policy_missing: "denied",
  policy_denies: "denied",
  scp_denies: "denied",
  rcp_denies: "denied",
  boundary_denies: "denied",
  session_policy_denies: "denied",
  vpc_endpoint_denies: "denied",
  resource_policy_denies: "denied",
  access_denied: "denied",
  account_not_subscribed: "denied",
  account_not_allowed: "denied",
  region_disabled: "denied",
  model_not_granted: "denied",
  model_unknown: "denied",
  model_not_in_region: "denied",
  model_end_of_life: "denied",
  model_legacy: "denied",
  inference_profile_needed: "denied",
  use_case_missing: "denied",
  marketplace_denied: "denied",
  marketplace_payment: "denied",
  quota_zero: "denied",
  quota_daily: "denied",
  quota_exceeded: "denied",
  region_mismatch: "usage",
  endpoint_wrong: "usage",
  body_rejected: "partial",
  request_rejected: "partial",
  throttled: "temporary",
  model_busy: "temporary",
  service_error: "temporary",
  service_unavailable: "temporary",
  connection_refused: "temporary",
  connection_reset: "temporary",
  host_unknown: "temporary",
  proxy_failed: "temporary",
  tls_failed: "temporary",
  timed_out: "temporary",
  not_aws: "temporary",
  garbled: "temporary",
  cancelled: "temporary",
  unknown: "partial",
} as const satisfies Record<string, Outcome>;

/** A stable word for what is wrong; what `--json` gives. */
export type Cause = keyof typeof outcomes;

/** Every cause, for tables that must be complete. */
export const causes = Object.keys(outcomes) as readonly Cause[];

/** @returns what kind of trouble a cause is, which decides the exit code */
export function outcomeOf(cause: Cause): Outcome {
  return outcomes[cause];
}

/** A judgement, with what its wording needs. */
export interface Diagnosis {
  readonly cause: Cause;
  readonly outcome: Outcome;
  readonly facts: Facts;
}

/** Data for the wording of a cause; each is there only where the failure told it. */
export interface Facts extends RequestFacts {
  readonly service: Service;
  readonly code: string;
  readonly status: number;
  readonly operation?: string;
  readonly requestId?: string;
  /** `user/claude-dev`, who was denied. */
  readonly principal?: string;
  /** `bedrock:InvokeModel`, what was denied. */
  readonly action?: string;
  readonly resource?: string;
  readonly policyKind?: PolicyKind;
  readonly policyArn?: string;
  /** Local clock minus AWS's, in seconds; negative when this machine is behind. */
  readonly skewSeconds?: number;
  /** Minutes that the service says it answers again after. */
  readonly retryMinutes?: number;
}

/** Seconds of skew that each service puts up with. */
export const skewTolerance: Readonly<Record<Service, number>> = {
  sts: 15 * 60,
  iam: 15 * 60,
  bedrock: 5 * 60,
  "bedrock-runtime": 5 * 60,
  cloudtrail: 5 * 60,
};

/**
 * Judges a failed request: no request, no clock, no words for people.
 *
 * @param failure code and message as the service sent them, code without namespace
 */
export function diagnose(failure: AwsFailure): Diagnosis {
  const { cause, ...more } = judge(failure);
  const { service, code, status, operation, requestId, request } = failure;
  const facts: Facts = {
    ...request,
    service,
    code,
    status,
    ...(operation ? { operation } : {}),
    ...(requestId ? { requestId } : {}),
    ...more,
  };
  return { cause, outcome: outcomes[cause], facts };
}

type Judgement = { readonly cause: Cause } & Partial<Facts>;

function judge(failure: AwsFailure): Judgement {
  const { status, contentType } = failure;
  if (status === 0) return { cause: networkCause(failure) };
  // AWS never answers an API request with a page: a proxy or a captive portal does.
  if (contentType && /^text\/html|^application\/xhtml/.test(contentType)) {
    return { cause: "not_aws" };
  }
  return signatureJudgement(failure) ?? sessionJudgement(failure) ?? modelJudgement(failure) ??
    policyJudgement(failure) ??
    quotaJudgement(failure) ?? { cause: generalCause(failure) };
}

/** Faults below HTTP: codes of the system, of Node's HTTP client and of the TLS library. */
function networkCause({ code, message }: AwsFailure): Cause {
  const text = `${code} ${message}`;
  if (code === "AbortError") return "cancelled";
  if (code.startsWith("ERR_PROXY")) return "proxy_failed";
  if (/TimeoutError|ETIMEDOUT|timed out|timeout/i.test(text)) return "timed_out";
  if (/ENOTFOUND|EAI_|getaddrinfo|failed to lookup|dns error/i.test(text)) return "host_unknown";
  if (/certificate|CERT_|SSL|TLS|self.signed/i.test(text)) return "tls_failed";
  if (/ECONNREFUSED|connection refused/i.test(text)) return "connection_refused";
  if (/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|ENETDOWN|unreachable/i.test(text)) {
    return "connection_refused";
  }
  if (/ECONNRESET|EPIPE|socket hang up|connection reset|closed|incomplete|eof/i.test(text)) {
    return "connection_reset";
  }
  if (/^HPE_|Parse Error/.test(text)) return "garbled";
  if (code === "EndpointError" || /ERR_INVALID_URL|Invalid URL|unsupported protocol/i.test(text)) {
    return "endpoint_wrong";
  }
  return "unknown";
}

/** Everything about the key, its secret, its token and the time it was signed at. */
function signatureJudgement(failure: AwsFailure): Judgement | undefined {
  const { code, message, request } = failure;
  if (/make sure your API key is valid/i.test(message)) return { cause: "api_key_invalid" };
  if (/(?:bearer token|API key) (?:has|is) expired/i.test(message)) {
    return { cause: "api_key_expired" };
  }
  switch (code) {
    case "SignatureDoesNotMatch":
    case "InvalidSignatureException":
    case "RequestTimeTooSkewed":
    case "RequestExpired":
      if (
        /^Signature (expired|not yet current)/.test(message) || /^RequestT|^RequestE/.test(code)
      ) {
        return { cause: "clock_skew", ...skewOf(failure) };
      }
      if (/scoped to a valid region|scoped to correct service/.test(message)) {
        return { cause: "region_mismatch" };
      }
      return { cause: "secret_wrong" };
    case "InvalidClientTokenId":
    case "UnrecognizedClientException":
    case "InvalidAccessKeyId": {
      const temporary = request?.accessKeyId?.startsWith("ASIA");
      if (temporary === undefined) return { cause: "key_unknown" };
      if (temporary) {
        return { cause: request?.withSessionToken ? "token_invalid" : "token_missing" };
      }
      // A long-term key never has a token: one that is sent along makes the pair invalid.
      return { cause: request?.withSessionToken ? "token_stale" : "key_unknown" };
    }
    case "ExpiredToken":
    case "ExpiredTokenException":
      return { cause: "token_expired" };
    case "IncompleteSignature":
    case "IncompleteSignatureException":
      return { cause: "key_malformed" };
    case "MissingAuthenticationToken":
    case "MissingAuthenticationTokenException":
      return { cause: "key_missing" };
    case "OptInRequired":
    case "SubscriptionRequiredException":
      return { cause: "account_not_subscribed" };
    case "RegionDisabledException":
      return { cause: "region_disabled" };
    default:
      return undefined;
  }
}

/** How far the clocks are apart: from the message's own times, else from the `Date` header. */
function skewOf({ message, serverTime, localTime }: AwsFailure): { skewSeconds?: number } {
  const [, signed, server] = message.match(/: (\d{8}T\d{6}Z) is [^(]*\((\d{8}T\d{6}Z) [-+]/) ?? [];
  const [from, to] = [instant(server), instant(signed)];
  if (from && to) return { skewSeconds: secondsBetween(from, to) };
  return serverTime ? { skewSeconds: secondsBetween(serverTime, localTime) } : {};
}

/** @param text `20261122T100000Z`; nothing comes of what is no time */
function instant(text = ""): Temporal.Instant | undefined {
  try {
    return Temporal.Instant.from(
      text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
  } catch {
    return undefined;
  }
}

/** @returns `to` minus `from`, in seconds to the nearest tenth */
function secondsBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return Math.round((to.epochMilliseconds - from.epochMilliseconds) / 100) / 10;
}

/** What STS says about a session that it does not give. */
function sessionJudgement({ service, message }: AwsFailure): Judgement | undefined {
  if (service !== "sts") return undefined;
  const row = sessionTexts.find(([text]) => text.test(message));
  return row && { cause: row[1] };
}

const sessionTexts: readonly (readonly [text: RegExp, cause: Cause])[] = [
  [/invalid MFA one time pass code/, "mfa_code_wrong"],
  [/unable to validate MFA code|verify your MFA serial number/, "mfa_device_unknown"],
  [/with session credentials/, "session_of_session"],
  [/DurationSeconds exceeds/, "duration_too_long"],
];

/** What Bedrock says about models. The text decides: one text comes with several codes. */
function modelJudgement({ service, message }: AwsFailure): Judgement | undefined {
  if (service !== "bedrock" && service !== "bedrock-runtime") return undefined;
  const row = modelTexts.find(([text]) => text.test(message));
  if (row === undefined) return undefined;
  const [, modelId] = message.match(/model ID ([\w.:/-]+) with on-demand/) ?? [];
  const [, minutes] = message.match(/try again (?:after|in) (\d+) minutes/) ?? [];
  return {
    cause: row[1],
    ...(modelId ? { modelId } : {}),
    ...(minutes ? { retryMinutes: Number(minutes) } : {}),
  };
}

const modelTexts: readonly (readonly [text: RegExp, cause: Cause])[] = [
  // The service's apostrophe is a curly one; some gateways straighten it.
  [/on-demand throughput isn[’']t supported/, "inference_profile_needed"],
  [/provided model identifier is invalid/, "model_unknown"],
  [/don[’']t have access to the model with the specified model ID/, "model_not_granted"],
  [/use case details have not been submitted/, "use_case_missing"],
  [/INVALID_PAYMENT_INSTRUMENT|valid payment instrument/, "marketplace_payment"],
  [/Model access is denied due to|AWS Marketplace (?:actions|subscription)/, "marketplace_denied"],
  [/reached the end of its life/, "model_end_of_life"],
  [/marked by provider as Legacy/, "model_legacy"],
  [/not (?:supported|available) in (?:this|your|the) (?:\w+ )?region/i, "model_not_in_region"],
  [
    /^Could not resolve the foundation model|^The model (?:ID|identifier) .*not found/i,
    "model_unknown",
  ],
  [/^Operation not allowed/, "account_not_allowed"],
];

const policyKinds: readonly (readonly [text: RegExp, kind: PolicyKind, cause: Cause])[] = [
  [/service control polic/, "service control", "scp_denies"],
  [/resource control polic/, "resource control", "rcp_denies"],
  [/permissions boundary/, "permissions boundary", "boundary_denies"],
  [/session polic/, "session", "session_policy_denies"],
  [/VPC endpoint polic/, "VPC endpoint", "vpc_endpoint_denies"],
  [/resource-based polic/, "resource", "resource_policy_denies"],
];

/** @see IAM User Guide, "Troubleshoot access denied error messages" */
function policyJudgement({ code, status, message }: AwsFailure): Judgement | undefined {
  if (!/^AccessDenied(Exception)?$|^UnauthorizedOperation$/.test(code) && status !== 403) {
    return undefined;
  }
  const [, principal] = message.match(/^User: (\S+)/) ?? [];
  const [, action] = message.match(/not authorized to perform: ([\w-]+:\w+)/) ?? [];
  const [, resource] = message.match(/on resource: (\S+)/) ?? [];
  const [, policyArn] = message.match(/policy: (arn:\S+)/) ?? [];
  const facts = {
    ...(principal ? { principal: principal.replace(/^arn:[^:]*:\w+::\d*:/, "") } : {}),
    ...(action ? { action } : {}),
    ...(resource ? { resource } : {}),
    ...(policyArn ? { policyArn } : {}),
  };
  // Only what follows the resource tells the policy: a resource's own name may say anything.
  const reason = resource ? message.slice(message.indexOf(resource) + resource.length) : message;
  const row = policyKinds.find(([text]) => text.test(reason));
  if (row) return { cause: row[2], policyKind: row[1], ...facts };
  if (/explicit deny/.test(reason)) {
    return { cause: "policy_denies", policyKind: "identity", ...facts };
  }
  if (action) return { cause: "policy_missing", policyKind: "identity", ...facts };
  return { cause: "access_denied", ...facts };
}

/** Throttling that waiting does not cure is told apart from throttling that it does. */
function quotaJudgement({ code, message }: AwsFailure): Judgement | undefined {
  if (/^ServiceQuotaExceededException$|^LimitExceeded/.test(code)) {
    return { cause: "quota_exceeded" };
  }
  if (!/^Throttl|^TooManyRequests|^RequestLimitExceeded/i.test(code)) return undefined;
  if (/(?:quota|limit)[^.]* (?:is|of|to|=) ?0(?!\d|\.\d)|zero (?:quota|tokens)/i.test(message)) {
    return { cause: "quota_zero" };
  }
  if (/per day|daily/i.test(message)) return { cause: "quota_daily" };
  return { cause: "throttled" };
}

function generalCause({ code, status, message }: AwsFailure): Cause {
  if (/^Model(NotReady|Timeout|Error|StreamError)Exception$/i.test(code)) return "model_busy";
  if (status === 429) return "throttled";
  if (status === 503 || /^ServiceUnavailable/i.test(code)) return "service_unavailable";
  if (status >= 500 || /^Internal(Failure|Server)/i.test(code)) return "service_error";
  if (code === "ValidationException" || code === "ValidationError") {
    return /token|body|message|content|inferenceConfig|inference_config|schema/i.test(message)
      ? "body_rejected"
      : "request_rejected";
  }
  if (/SyntaxError|Deserialization|garbled/i.test(`${code} ${message}`)) return "garbled";
  if (/^UnknownOperation|^InvalidAction$/.test(code)) return "endpoint_wrong";
  if (status === 404 && !/Exception$/.test(code)) return "endpoint_wrong";
  return "unknown";
}
