import assert from "node:assert/strict";
import {
  type AwsFailure,
  type Cause,
  causes,
  diagnose,
  type Facts,
  type Outcome,
  type RequestFacts,
} from "../../src/aws/diagnose.ts";

const localTime = Temporal.Instant.from("2026-11-22T10:00:00Z");
const user = "arn:aws:iam::123456789012:user/claude-dev";
const model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5";
const invoke = "bedrock:InvokeModelWithResponseStream";
const denied = `User: ${user} is not authorized to perform: ${invoke} on resource: ${model}`;
const mismatch = "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for " +
  "details.";
const invalidToken = "The security token included in the request is invalid.";
const expiredToken = "The security token included in the request is expired";
const marketplace = "Model access is denied due to IAM user or service role is not authorized to " +
  "perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, " +
  "aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock " +
  "documentation for further details. Your AWS Marketplace subscription for this model cannot be " +
  "completed at this time. If you recently fixed this issue, try again after 2 minutes.";
const longTerm: RequestFacts = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", withSessionToken: false };
const stale: RequestFacts = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", withSessionToken: true };
const session: RequestFacts = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", withSessionToken: true };
const bareSession: RequestFacts = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", withSessionToken: false };

type Row = readonly [
  name: string,
  service: AwsFailure["service"],
  status: number,
  code: string,
  message: string,
  cause: Cause,
  outcome: Outcome,
  facts?: Partial<Facts>,
  more?: Partial<AwsFailure>,
];

// deno-fmt-ignore -- a table: one failure a line
const rows: readonly Row[] = [
  ["an unknown key id", "sts", 403, "InvalidClientTokenId", invalidToken, "key_unknown", "credentials", longTerm, { request: longTerm }],
  ["an unknown key id", "bedrock-runtime", 403, "UnrecognizedClientException", invalidToken, "key_unknown", "credentials", longTerm, { request: longTerm }],
  ["an unknown key id, nothing known of the request", "sts", 403, "InvalidClientTokenId", invalidToken, "key_unknown", "credentials"],
  ["a long-term key with a stale token", "sts", 403, "InvalidClientTokenId", invalidToken, "token_stale", "credentials", stale, { request: stale }],
  ["a session key without its token", "bedrock", 403, "UnrecognizedClientException", invalidToken, "token_missing", "credentials", {}, { request: bareSession }],
  ["a session key with another's token", "bedrock", 403, "UnrecognizedClientException", invalidToken, "token_invalid", "credentials", {}, { request: session }],
  ["a wrong secret", "bedrock-runtime", 403, "InvalidSignatureException", mismatch, "secret_wrong", "credentials"],
  ["a slow clock", "sts", 403, "SignatureDoesNotMatch", "Signature expired: 20261122T100000Z is now earlier than 20261122T100312Z (20261122T101812Z - 15 min.)", "clock_skew", "credentials", { skewSeconds: -1092 }],
  ["a slow clock", "bedrock", 403, "InvalidSignatureException", "Signature expired: 20261122T100000Z is now earlier than 20261122T100212Z (20261122T100712Z - 5 min.)", "clock_skew", "credentials", { skewSeconds: -432 }],
  ["a clock that nobody can read", "sts", 403, "SignatureDoesNotMatch", "Signature expired: 99999999T999999Z is now earlier than 20261122T100312Z (99999999T999999Z - 15 min.)", "clock_skew", "credentials", {}],
  ["a fast clock", "sts", 403, "SignatureDoesNotMatch", "Signature not yet current: 20261122T120000Z is still later than 20261122T101500Z (20261122T100000Z + 15 min.)", "clock_skew", "credentials", { skewSeconds: 7200 }],
  ["a clock far off, told by the Date header", "sts", 403, "RequestExpired", "Request has expired.", "clock_skew", "credentials", { skewSeconds: -600 }, { serverTime: Temporal.Instant.from("2026-11-22T10:10:00Z") }],
  ["a region that the endpoint does not serve", "sts", 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.", "region_mismatch", "usage"],
  ["an expired session", "bedrock-runtime", 403, "ExpiredTokenException", expiredToken, "token_expired", "credentials"],
  ["an API key that is none", "bedrock-runtime", 403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.", "api_key_invalid", "credentials"],
  ["an API key that has expired", "bedrock-runtime", 403, "AccessDeniedException", "Bearer Token has expired", "api_key_expired", "credentials"],
  ["a key id that cannot be one", "sts", 400, "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'A KEY/x/20261122/us-east-1/sts/aws4_request'", "key_malformed", "credentials"],
  ["an unsigned request", "bedrock", 403, "MissingAuthenticationTokenException", "Missing Authentication Token", "key_missing", "credentials"],
  ["an account without the service", "sts", 403, "OptInRequired", "The AWS Access Key Id needs a subscription for the service", "account_not_subscribed", "denied"],
  ["a region that is switched off", "sts", 403, "RegionDisabledException", "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.", "region_disabled", "denied"],
  ["no policy that allows", "bedrock-runtime", 403, "AccessDeniedException", `${denied} because no identity-based policy allows the ${invoke} action`, "policy_missing", "denied", { action: invoke, resource: model, principal: "user/claude-dev", policyKind: "identity" }],
  ["no policy that allows", "iam", 403, "AccessDenied", `User: ${user} is not authorized to perform: iam:CreateAccessKey on resource: user claude-dev because no identity-based policy allows the iam:CreateAccessKey action`, "policy_missing", "denied", { action: "iam:CreateAccessKey" }],
  ["no policy that allows, in the older wording", "iam", 403, "AccessDenied", `User: ${user} is not authorized to perform: iam:ListAccessKeys on resource: user claude-dev`, "policy_missing", "denied", { action: "iam:ListAccessKeys" }],
  ["a policy that denies", "bedrock-runtime", 403, "AccessDeniedException", `${denied} with an explicit deny in an identity-based policy`, "policy_denies", "denied", { policyKind: "identity" }],
  ["a service control policy that denies", "bedrock-runtime", 403, "AccessDeniedException", `${denied} with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-def`, "scp_denies", "denied", { policyKind: "service control", policyArn: "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-def", }],
  ["a service control policy that does not allow", "bedrock-runtime", 403, "AccessDeniedException", `${denied} because no service control policy allows the ${invoke} action`, "scp_denies", "denied", { policyKind: "service control" }],
  ["a resource control policy that denies", "bedrock-runtime", 403, "AccessDeniedException", `${denied} with an explicit deny in a resource control policy`, "rcp_denies", "denied"],
  ["a permissions boundary that denies", "bedrock-runtime", 403, "AccessDeniedException", `${denied} with an explicit deny in a permissions boundary`, "boundary_denies", "denied", { policyKind: "permissions boundary" }],
  ["a permissions boundary that does not allow", "bedrock-runtime", 403, "AccessDeniedException", `${denied} because no permissions boundary allows the ${invoke} action`, "boundary_denies", "denied"],
  ["a session policy that does not allow", "bedrock-runtime", 403, "AccessDeniedException", `${denied} because no session policy allows the ${invoke} action`, "session_policy_denies", "denied"],
  ["a VPC endpoint policy that denies", "bedrock-runtime", 403, "AccessDeniedException", `${denied} with an explicit deny in a VPC endpoint policy`, "vpc_endpoint_denies", "denied", { policyKind: "VPC endpoint" }],
  ["a VPC endpoint policy that does not allow", "sts", 403, "AccessDenied", `User: ${user} is not authorized to perform: sts:GetCallerIdentity because no VPC endpoint policy allows the sts:GetCallerIdentity action`, "vpc_endpoint_denies", "denied", { action: "sts:GetCallerIdentity" }],
  ["a resource policy that does not allow", "sts", 403, "AccessDenied", `User: ${user} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ci because no resource-based policy allows the sts:AssumeRole action`, "resource_policy_denies", "denied"],
  ["a resource whose name says SCP", "iam", 403, "AccessDenied", `User: ${user} is not authorized to perform: iam:GetRole on resource: arn:aws:iam::123456789012:role/session-policy because no identity-based policy allows the iam:GetRole action`, "policy_missing", "denied"],
  ["a denial without a reason", "bedrock", 403, "AccessDeniedException", "Access denied", "access_denied", "denied"],
  ["a model that was not granted", "bedrock-runtime", 403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", "model_not_granted", "denied"],
  ["use case details that are missing", "bedrock-runtime", 404, "ResourceNotFoundException", "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.", "use_case_missing", "denied", { retryMinutes: 15 }],
  ["use case details that are missing, as a denial", "bedrock-runtime", 403, "AccessDeniedException", "Model use case details have not been submitted for this account.", "use_case_missing", "denied"],
  ["a subscription that the user may not make", "bedrock-runtime", 403, "AccessDeniedException", marketplace, "marketplace_denied", "denied", { retryMinutes: 2 }],
  ["a subscription without a means of payment", "bedrock-runtime", 403, "AccessDeniedException", "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.", "marketplace_payment", "denied"],
  ["a model id that is none", "bedrock-runtime", 400, "ValidationException", "The provided model identifier is invalid.", "model_unknown", "denied"],
  ["a model that wants an inference profile", "bedrock-runtime", 400, "ValidationException", "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.", "inference_profile_needed", "denied", { modelId: "anthropic.claude-sonnet-4-6" }],
  ["the same with a straight apostrophe", "bedrock-runtime", 400, "ValidationException", "Invocation of model ID anthropic.claude-sonnet-4-5-20250929-v1:0 with on-demand throughput isn't supported.", "inference_profile_needed", "denied", { modelId: "anthropic.claude-sonnet-4-5-20250929-v1:0" }],
  ["a model at the end of its life", "bedrock-runtime", 404, "ResourceNotFoundException", "This model version has reached the end of its life. Please refer to the AWS documentation for more details.", "model_end_of_life", "denied"],
  ["a legacy model", "bedrock-runtime", 404, "ResourceNotFoundException", "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock", "model_legacy", "denied"],
  ["a model that the region does not have", "bedrock-runtime", 400, "ValidationException", "The provided model is not supported in this region.", "model_not_in_region", "denied"],
  ["an account that Bedrock does not serve yet", "bedrock-runtime", 400, "ValidationException", "Operation not allowed", "account_not_allowed", "denied"],
  ["too many requests", "bedrock-runtime", 429, "ThrottlingException", "Too many requests, please wait before trying again.", "throttled", "temporary"],
  ["too many tokens", "bedrock-runtime", 429, "ThrottlingException", "Too many tokens, please wait before trying again.", "throttled", "temporary"],
  ["throttling inside a stream", "bedrock-runtime", 200, "throttlingException", "Too many requests, please wait before trying again.", "throttled", "temporary"],
  ["a daily quota that is used up", "bedrock-runtime", 429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", "quota_daily", "denied"],
  ["a quota of zero", "bedrock-runtime", 429, "ThrottlingException", "Your request was denied because the quota for this model is 0.", "quota_zero", "denied"],
  ["a quota that is reached", "bedrock-runtime", 400, "ServiceQuotaExceededException", "Your request exceeds the service quota for your account.", "quota_exceeded", "denied"],
  ["a third access key", "iam", 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", "quota_exceeded", "denied"],
  ["a complaint about tokens", "bedrock-runtime", 400, "ValidationException", "max_tokens: must be greater than or equal to 16", "body_rejected", "partial"],
  ["another complaint about the request", "bedrock", 400, "ValidationException", "1 validation error detected", "request_rejected", "partial"],
  ["a model that is not ready", "bedrock-runtime", 429, "ModelNotReadyException", "The model is not ready for inference. Try again.", "model_busy", "temporary"],
  ["a model that took too long", "bedrock-runtime", 408, "ModelTimeoutException", "The request took too long to process. Processing time exceeded the model timeout length.", "model_busy", "temporary"],
  ["a fault inside a stream", "bedrock-runtime", 200, "modelStreamErrorException", "An error occurred while streaming the response.", "model_busy", "temporary"],
  ["a fault of the service", "bedrock", 500, "InternalServerException", "An internal server error occurred.", "service_error", "temporary"],
  ["a fault of the service", "sts", 500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", "service_error", "temporary"],
  ["a service that is down", "bedrock", 503, "ServiceUnavailableException", "The service is currently unavailable.", "service_unavailable", "temporary"],
  ["a proxy's page with status 200", "bedrock", 200, "SyntaxError", "", "not_aws", "temporary", {}, { contentType: "text/html" }],
  ["an answer that cannot be read", "bedrock", 200, "SyntaxError", "Unexpected token", "garbled", "temporary"],
  ["an endpoint that is another service", "sts", 404, "Unknown", "UnknownError", "endpoint_wrong", "usage"],
  ["an operation that the endpoint does not know", "bedrock", 404, "UnknownOperationException", "", "endpoint_wrong", "usage"],
  ["an endpoint that is no URL", "sts", 0, "ERR_INVALID_URL", "Invalid URL", "endpoint_wrong", "usage"],
  ["nobody listening", "sts", 0, "ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9", "connection_refused", "temporary"],
  ["no such host", "sts", 0, "ENOTFOUND", "getaddrinfo ENOTFOUND sts.us-esat-1.amazonaws.com", "host_unknown", "temporary"],
  ["a certificate of somebody else", "sts", 0, "InvalidData", "invalid peer certificate: UnknownIssuer", "tls_failed", "temporary"],
  ["a self-signed certificate", "sts", 0, "DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", "tls_failed", "temporary"],
  ["no answer in time", "bedrock", 0, "TimeoutError", "Connection timed out after 3000 ms", "timed_out", "temporary"],
  ["a connection that is cut", "bedrock", 0, "ECONNRESET", "socket hang up", "connection_reset", "temporary"],
  ["an answer that is cut", "bedrock", 0, "ECONNRESET", "aborted\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.", "connection_reset", "temporary"],
  ["an answer that is no HTTP", "bedrock", 0, "HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/, RTSP/ or ICE/", "garbled", "temporary"],
  ["a proxy that lets nothing through", "sts", 0, "ERR_PROXY_TUNNEL", "Connection to establish proxy tunnel ended unexpectedly", "proxy_failed", "temporary"],
  ["an interruption by the user", "bedrock", 0, "AbortError", "Request aborted", "cancelled", "temporary"],
  ["an MFA code that is not right", "sts", 403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", "mfa_code_wrong", "credentials"],
  ["an MFA device of somebody else", "sts", 403, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", "mfa_device_unknown", "credentials"],
  ["a session that is to be made from a session", "sts", 403, "AccessDenied", "Cannot call GetSessionToken with session credentials", "session_of_session", "credentials"],
  ["a chained role for too long", "sts", 400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", "duration_too_long", "usage"],
  ["a role for too long", "sts", 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", "duration_too_long", "usage"],
  ["a code that nobody knows", "bedrock", 418, "TeapotException", "short and stout", "unknown", "partial"],
  ["too many requests", "sts", 400, "Throttling", "Rate exceeded", "throttled", "temporary"],
  ["429 without a code", "sts", 429, "Unknown", "UnknownError", "throttled", "temporary"],
  ["no network", "sts", 0, "ENETUNREACH", "connect ENETUNREACH", "connection_refused", "temporary"],
  ["DNS out of reach", "sts", 0, "EAI_AGAIN", "getaddrinfo EAI_AGAIN", "host_unknown", "temporary"],
];

for (const [name, service, status, code, message, cause, outcome, facts, more] of rows) {
  Deno.test(`diagnose: ${name} on ${service} -> ${cause}`, () => {
    const judged = diagnose({ service, status, code, message, localTime, ...more });
    assert.equal(judged.cause, cause);
    assert.equal(judged.outcome, outcome);
    for (const [field, value] of Object.entries(facts ?? {})) {
      assert.equal(judged.facts[field as keyof Facts], value, field);
    }
  });
}

Deno.test("diagnose: every cause has a row", () => {
  const shown = new Set(rows.map((row) => row[5]));
  assert.deepEqual(causes.filter((cause) => !shown.has(cause)), []);
});
