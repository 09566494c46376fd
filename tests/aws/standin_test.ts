import assert from "node:assert/strict";
import { BedrockClient, GetFoundationModelAvailabilityCommand } from "@aws-sdk/client-bedrock";
import { GetInferenceProfileCommand, ListInferenceProfilesCommand } from "@aws-sdk/client-bedrock";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { crc32 } from "../support/aws/event_stream.ts";
import type { RawRequest } from "../support/aws/http.ts";
import { authorizationOf, signatureFault } from "../support/aws/sigv4.ts";
import { exampleKey, type Fault, type Standin, startStandin } from "../support/aws/standin.ts";
import { peerTest } from "../support/peers.ts";
import { pythonWithBotocore } from "../support/aws/moto.ts";

// AWS's published vectors: the suite's own key and time, service "service" or "iam".
const vectorSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
// deno-fmt-ignore -- a table
const vectors: readonly (readonly [
  name: string,
  method: string,
  target: string,
  headers: Record<string, string>,
  body: string,
  service: string,
  signature: string,
])[] = [
  ["get-vanilla", "GET", "/", {}, "", "service", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", {}, "", "service", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"],
  ["get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", {}, "", "service", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"],
  ["get-header-value-trim", "GET", "/", { "my-header1": "value1", "my-header2": '"a   b   c"' }, "", "service", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"],
  ["post-vanilla", "POST", "/", {}, "", "service", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  ["post-x-www-form-urlencoded", "POST", "/", { "content-type": "application/x-www-form-urlencoded" }, "Param1=value1", "service", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"],
];

for (const [name, method, target, extra, body, service, signature] of vectors) {
  const headers = { ...extra, host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" };
  const signed = Object.keys(headers).sort();
  const request = (text: string): RawRequest => ({
    method,
    target,
    headers: Object.entries({
      ...headers,
      authorization:
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, ` +
        `SignedHeaders=${signed.join(";")}, Signature=${signature}`,
    }),
    body: new TextEncoder().encode(text),
  });
  Deno.test(`the stand-in's SigV4 agrees with AWS's vector ${name}`, () => {
    const authorization = authorizationOf(request(body));
    assert.ok(typeof authorization === "object");
    assert.equal(signatureFault(request(body), authorization, vectorSecret), undefined);
    assert.equal(signatureFault(request(`${body}x`), authorization, vectorSecret), "signature");
    assert.equal(signatureFault(request(body), authorization, "another"), "signature");
  });
}

Deno.test("the stand-in's CRC-32 gives the standard check value", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

const model = "us.anthropic.claude-opus-5";
type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
const good: Credentials = { accessKeyId: exampleKey.id, secretAccessKey: exampleKey.secret };

function config(standin: Standin, credentials = good) {
  return {
    region: "us-east-1",
    endpoint: standin.url,
    credentials,
    maxAttempts: 1,
    authSchemePreference: ["sigv4"],
    requestHandler: new NodeHttpHandler({ requestTimeout: 2000, throwOnRequestTimeout: true }),
  };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error) => error as Error);
  return error ? `${error.name}: ${error.message}` : "no error";
}

const ask = { modelId: model, messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };

Deno.test("the stand-in answers the official clients of STS and IAM", async () => {
  await using standin = startStandin();
  const sts = new STSClient(config(standin));
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, "arn:aws:iam::123456789012:user/claude-dev");
  assert.equal(identity.Account, "123456789012");

  const iam = new IAMClient(config(standin));
  assert.equal((await iam.send(new GetUserCommand({}))).User?.UserName, "claude-dev");
  const created = (await iam.send(new CreateAccessKeyCommand({}))).AccessKey!;
  assert.match(created.AccessKeyId!, /^AKIA[A-Z2-7]{16}$/);
  assert.equal((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.length, 2);
  assert.equal(
    await refusal(iam.send(new CreateAccessKeyCommand({}))),
    "LimitExceededException: Cannot exceed quota for AccessKeysPerUser: 2",
  );
  const second = { accessKeyId: created.AccessKeyId!, secretAccessKey: created.SecretAccessKey! };
  const identity2 = await new STSClient(config(standin, second)).send(
    new GetCallerIdentityCommand({}),
  );
  assert.equal(identity2.Arn, identity.Arn);
  const used = await iam.send(
    new GetAccessKeyLastUsedCommand({ AccessKeyId: created.AccessKeyId }),
  );
  assert.equal(used.AccessKeyLastUsed?.ServiceName, "sts");
  await iam.send(new UpdateAccessKeyCommand({ AccessKeyId: exampleKey.id, Status: "Inactive" }));
  assert.match(
    await refusal(sts.send(new GetCallerIdentityCommand({}))),
    /^InvalidClientTokenId: The security token included in the request is invalid\.$/,
  );
  const iam2 = new IAMClient(config(standin, second));
  await iam2.send(new DeleteAccessKeyCommand({ AccessKeyId: exampleKey.id }));
  assert.equal((await iam2.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.length, 1);
});

Deno.test("the stand-in's sessions authenticate with their token only, until they expire", async () => {
  await using standin = startStandin();
  const sts = new STSClient(config(standin));
  const command = new GetSessionTokenCommand({ DurationSeconds: 900 });
  const { Credentials } = await sts.send(command);
  const session = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
  };
  const sessionToken = Credentials!.SessionToken!;
  const with_ = new STSClient(config(standin, { ...session, sessionToken }));
  assert.match((await with_.send(new GetCallerIdentityCommand({}))).Arn!, /user\/claude-dev$/);
  const without = new STSClient(config(standin, session));
  assert.match(
    await refusal(without.send(new GetCallerIdentityCommand({}))),
    /^InvalidClientTokenId/,
  );
  const stale = new STSClient(config(standin, { ...good, sessionToken }));
  assert.match(
    await refusal(stale.send(new GetCallerIdentityCommand({}))),
    /^InvalidClientTokenId/,
  );
  const role = await sts.send(
    new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/ci", RoleSessionName: "t" }),
  );
  assert.equal(role.AssumedRoleUser?.Arn, "arn:aws:sts::123456789012:assumed-role/ci/t");
  // The session ends before the signature does: its clock stays within the tolerance.
  (standin.state.sessions.get(session.accessKeyId) as { expires: Date }).expires = new Date(0);
  assert.match(await refusal(with_.send(new GetCallerIdentityCommand({}))), /^ExpiredToken/);
});

Deno.test("the stand-in answers the official clients of Bedrock", async () => {
  await using standin = startStandin();
  const control = new BedrockClient(config(standin));
  const listed = await control.send(new ListInferenceProfilesCommand({}));
  assert.ok(listed.inferenceProfileSummaries?.some((each) => each.inferenceProfileId === model));
  const profile = await control.send(
    new GetInferenceProfileCommand({ inferenceProfileIdentifier: model }),
  );
  assert.match(profile.models![0]!.modelArn!, /foundation-model\/anthropic\.claude-opus-5$/);
  const availability = await control.send(
    new GetFoundationModelAvailabilityCommand({ modelId: "anthropic.claude-opus-5" }),
  );
  assert.equal(availability.entitlementAvailability, "AVAILABLE");

  const runtime = new BedrockRuntimeClient(config(standin));
  const whole = await runtime.send(new ConverseCommand(ask));
  assert.equal(whole.output?.message?.content?.[0]?.text, "Hi");
  const streamed = await runtime.send(new ConverseStreamCommand(ask));
  const types: string[] = [];
  for await (const event of streamed.stream!) types.push(...Object.keys(event));
  assert.deepEqual(types, [
    "messageStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
  ]);
  const body = JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 1,
    messages: [{ role: "user", content: "Hi" }],
  });
  const invoked = await runtime.send(new InvokeModelCommand({ modelId: model, body }));
  assert.equal(JSON.parse(new TextDecoder().decode(invoked.body)).type, "message");
  const chunks = await runtime.send(
    new InvokeModelWithResponseStreamCommand({ modelId: model, body }),
  );
  let last = "";
  for await (const { chunk } of chunks.body!) last = new TextDecoder().decode(chunk?.bytes);
  assert.equal(JSON.parse(last).type, "message_stop");
});

const wrong = { ...good, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYOTHEREXAMPLE" };
const unknown = { ...good, accessKeyId: "AKIAI44QH8DHBEXAMPLE" };
// deno-fmt-ignore -- a table
const refusals: readonly (readonly [string, Credentials, number, RegExp, RegExp])[] = [
  ["an unknown key id", unknown, 0, /^InvalidClientTokenId: The security token/, /^UnrecognizedClientException: The security token/],
  ["a wrong secret", wrong, 0, /^SignatureDoesNotMatch: The request signature we/, /^InvalidSignatureException: The request signature we/],
  ["a clock 20 minutes slow", good, 1200, /^SignatureDoesNotMatch: Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/, /^InvalidSignatureException: Signature expired: .* - 5 min\.\)$/],
  ["a clock 20 minutes fast", good, -1200, /^SignatureDoesNotMatch: Signature not yet current: .* \+ 15 min\.\)$/, /^InvalidSignatureException: Signature not yet current: .* \+ 5 min\.\)$/],
  ["a clock 7 minutes slow", good, 420, /^no error$/, /^InvalidSignatureException: Signature expired/],
  ["a clock 4 minutes slow", good, 240, /^no error$/, /^no error$/],
];

for (const [name, credentials, clockOffset, sts, bedrock] of refusals) {
  Deno.test(`the stand-in judges ${name} as each service does`, async () => {
    await using standin = startStandin();
    standin.set({ clockOffset });
    const identity = new STSClient(config(standin, credentials));
    assert.match(await refusal(identity.send(new GetCallerIdentityCommand({}))), sts);
    const runtime = new BedrockRuntimeClient(config(standin, credentials));
    assert.match(await refusal(runtime.send(new ConverseStreamCommand(ask))), bedrock);
  });
}

const faults: readonly (readonly [Fault, RegExp, created: number])[] = [
  [{ kind: "drop before" }, /socket hang up|ECONNRESET|closed|reset/i, 0],
  [{ kind: "drop after" }, /socket hang up|ECONNRESET|closed|reset/i, 1],
  [{ kind: "status", status: 500 }, /^InternalFailure: /, 0],
  [{ kind: "status", status: 429 }, /^Throttling: Rate exceeded/, 0],
  [{ kind: "html" }, /.*/, 0],
  [{ kind: "garbage" }, /.+/, 0],
  [{ kind: "error", status: 403, code: "AccessDenied", message: "no" }, /^AccessDenied: no$/, 0],
];

for (const [fault, expected, created] of faults) {
  Deno.test(`the stand-in fails as told: ${fault.kind}`, async () => {
    await using standin = startStandin();
    standin.set({ faults: [{ operation: "CreateAccessKey", fault, times: 1 }] });
    const iam = new IAMClient(config(standin));
    assert.match(await refusal(iam.send(new CreateAccessKeyCommand({}))), expected);
    assert.equal(standin.state.keys.size, 1 + created);
    assert.equal(standin.log.length, 1);
  });
}

Deno.test("the stand-in counts how many answers were waited for one after another", async () => {
  await using standin = startStandin();
  standin.set({ latency: 20 });
  const sts = new STSClient(config(standin));
  const call = () => sts.send(new GetCallerIdentityCommand({}));
  await Promise.all([call(), call(), call()]);
  assert.equal(standin.depth(), 1);
  await call();
  assert.equal(standin.depth(), 2);
});

const script = `
import json, sys, boto3, botocore.config
url = sys.argv[1]
def client(name):
    return boto3.client(name, region_name="us-east-1", endpoint_url=url,
        aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3],
        config=botocore.config.Config(retries={"total_max_attempts": 1}))
runtime = client("bedrock-runtime")
ask = dict(modelId=sys.argv[4], messages=[{"role": "user", "content": [{"text": "Hi"}]}])
print(json.dumps([
    client("sts").get_caller_identity()["Arn"],
    len(client("iam").list_access_keys()["AccessKeyMetadata"]),
    len(client("bedrock").list_inference_profiles()["inferenceProfileSummaries"]) > 5,
    [list(event)[0] for event in runtime.converse_stream(**ask)["stream"]][-1],
]))
`;

peerTest(
  ["moto_server"],
  "the stand-in answers botocore, whose signatures it accepts",
  async () => {
    await using standin = startStandin();
    const { stdout, stderr } = await new Deno.Command(await pythonWithBotocore(), {
      args: ["-c", script, standin.url, exampleKey.id, exampleKey.secret, model],
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.deepEqual(
      JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr)),
      ["arn:aws:iam::123456789012:user/claude-dev", 1, true, "metadata"],
    );
  },
);

Deno.test("the stand-in runs as a program, which is told over HTTP how to fail", async () => {
  const program = new URL("../support/aws/standin.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", "-A", program, "--port", "0"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value = "" } = await reader.read();
    const url = value.trim();
    const fault: Fault = { kind: "status", status: 503 };
    const body = JSON.stringify({ faults: [{ operation: "GetCallerIdentity", fault }] });
    await (await fetch(`${url}/_standin`, { method: "POST", body })).body?.cancel();
    const sts = new STSClient({ ...config({ url } as Standin) });
    assert.match(await refusal(sts.send(new GetCallerIdentityCommand({}))), /^ServiceUnavailable/);
    const log = await (await fetch(`${url}/_standin/log`)).json();
    assert.deepEqual(log.map((entry: { status: number }) => entry.status), [503]);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await reader.cancel();
  }
});
