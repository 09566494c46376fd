import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import type { Answer, Connection } from "../../src/aws/clients.ts";
import { listModels, listProfiles } from "../../src/aws/catalog.ts";
import { diagnose } from "../../src/aws/diagnose.ts";
import { callerIdentity } from "../../src/aws/sts.ts";
import { Secret } from "../../src/sops/secret.ts";
import { type Moto, startMoto } from "../support/aws/moto.ts";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { peerTest } from "../support/peers.ts";

function connection(url: string, id: string, secret: string): Connection {
  return {
    region: "us-east-1",
    credentials: { accessKeyId: id, secretAccessKey: new Secret(secret) },
    endpoints: { sts: { url, from: { kind: "environment", name: "AWS_ENDPOINT_URL_STS" } } },
    limits: { connect: 2000, request: 10_000 },
    now: () => Temporal.Now.instant(),
  };
}

function outcome(answer: Answer<{ readonly arn: string }>): string {
  return answer.ok ? answer.value.arn : diagnose(answer.failure).cause;
}

/** What both a stand-in and moto have to say to a good key, a wrong secret and an unknown id. */
async function checkIdentities(url: string, id: string, secret: string, arn: string) {
  const wrong = `${secret.slice(0, -3)}abc`;
  assert.equal(outcome(await callerIdentity(connection(url, id, secret))), arn);
  assert.equal(outcome(await callerIdentity(connection(url, id, wrong))), "secret_wrong");
  const unknown = connection(url, "AKIAI44QH8DHBEXAMPLE", secret);
  assert.equal(outcome(await callerIdentity(unknown)), "key_unknown");
}

Deno.test("GetCallerIdentity tells keys apart on the stand-in", async () => {
  await using standin = startStandin();
  const arn = "arn:aws:iam::123456789012:user/claude-dev";
  await checkIdentities(standin.url, exampleKey.id, exampleKey.secret, arn);
});

/** Ends the line, makes one of its own, colours it and turns it around. */
const hostile = "x\n  ok    forged\r\x1b[31m\u202e";

Deno.test("what an endpoint calls its errors cannot make lines of its own", async () => {
  await using standin = startStandin();
  const fault = { kind: "error", status: 400, code: hostile, message: hostile } as const;
  standin.set({ faults: [{ operation: "*", fault }] });
  const answer = await callerIdentity(connection(standin.url, exampleKey.id, exampleKey.secret));
  assert.ok(!answer.ok);
  assert.equal(answer.failure.code, "x?ok?forged?31m?");
  assert.doesNotMatch(answer.failure.message, /[\r\n]/);
});

Deno.test("what is no id of a model or a profile is passed over", async () => {
  await using standin = startStandin();
  const model = standin.state.models.get("anthropic.claude-opus-5")!;
  standin.state.models.set("x", { ...model, id: `anthropic.${hostile}`, onDemand: true });
  standin.state.applications.push({ id: "abc123", name: hostile, modelId: model.id });
  const endpoint = { url: standin.url, from: { kind: "environment", name: "X" } } as const;
  const bedrock = {
    ...connection(standin.url, exampleKey.id, exampleKey.secret),
    endpoints: { bedrock: endpoint },
  };
  const [profiles, applications, models] = await Promise.all([
    listProfiles(bedrock, "SYSTEM_DEFINED"),
    listProfiles(bedrock, "APPLICATION"),
    listModels(bedrock),
  ]);
  assert.ok(profiles.ok && applications.ok && models.ok);
  assert.ok(profiles.value.length > 10 && models.value.length > 5);
  const texts = [...profiles.value, ...applications.value, ...models.value]
    .flatMap(({ id, name }) => [id, name]);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  assert.deepEqual(texts.filter((text) => /[\x00-\x1f\u202e]/.test(text)), []);
  assert.equal(applications.value[0]!.name, "x?  ok    forged?[31m?");
});

Deno.test("a request ends when its signal does", async () => {
  await using standin = startStandin();
  standin.set({ faults: [{ operation: "*", fault: { kind: "hang" } }] });
  const controller = new AbortController();
  const asked = callerIdentity({
    ...connection(standin.url, exampleKey.id, exampleKey.secret),
    signal: controller.signal,
  });
  controller.abort();
  assert.equal(outcome(await asked), "cancelled");
});

Deno.test("requests go through the proxy that the environment names, but not to NO_PROXY", async () => {
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(proxy.addr as Deno.NetAddr).port}`;
  const asked = callerIdentity({
    ...connection("https://sts.invalid", exampleKey.id, exampleKey.secret),
    proxy: { HTTPS_PROXY: url },
  });
  const client = await proxy.accept();
  const buffer = new Uint8Array(1024);
  const count = await client.read(buffer);
  client.close();
  const [line] = new TextDecoder().decode(buffer.subarray(0, count ?? 0)).split("\r\n");
  assert.equal(line, "CONNECT sts.invalid:443 HTTP/1.1");
  assert.equal(outcome(await asked), "proxy_failed");

  await using standin = startStandin();
  const direct = await callerIdentity({
    ...connection(standin.url, exampleKey.id, exampleKey.secret),
    proxy: { HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" },
  });
  assert.ok(direct.ok);
});

/** A user of moto's with a key, made while nothing is checked. */
async function motoUser(moto: Moto) {
  const iam = new IAMClient({
    region: "us-east-1",
    endpoint: moto.url,
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "any" },
  });
  await iam.send(new CreateUserCommand({ UserName: "claude-dev" }));
  const created = await iam.send(new CreateAccessKeyCommand({ UserName: "claude-dev" }));
  return { iam, key: created.AccessKey! };
}

peerTest(["moto_server"], "GetCallerIdentity tells keys apart on moto", async () => {
  await using moto = await startMoto();
  const { key } = await motoUser(moto);
  await moto.uncheckedRequests(0);
  const arn = "arn:aws:iam::123456789012:user/claude-dev";
  await checkIdentities(moto.url, key.AccessKeyId!, key.SecretAccessKey!, arn);
});

peerTest(["moto_server"], "moto and the stand-in agree on the basics of access keys", async () => {
  await using moto = await startMoto();
  await using standin = startStandin();
  const { iam } = await motoUser(moto);
  const ours = new IAMClient({
    region: "us-east-1",
    endpoint: standin.url,
    credentials: { accessKeyId: exampleKey.id, secretAccessKey: exampleKey.secret },
  });
  const results = await Promise.all([iam, ours].map(async (client) => {
    const user = { UserName: "claude-dev" };
    const second = await client.send(new CreateAccessKeyCommand(user));
    const third = await client.send(new CreateAccessKeyCommand(user))
      .then(() => "made", (error: Error) => error.name);
    const listed = await client.send(new ListAccessKeysCommand(user));
    const { AccessKeyId } = second.AccessKey!;
    await client.send(new DeleteAccessKeyCommand({ ...user, AccessKeyId }));
    const left = await client.send(new ListAccessKeysCommand(user));
    const missing = await client.send(new DeleteAccessKeyCommand({ ...user, AccessKeyId }))
      .then(() => "deleted", (error: Error) => error.name);
    return [
      third,
      listed.AccessKeyMetadata?.length,
      listed.AccessKeyMetadata?.[1]?.Status,
      left.AccessKeyMetadata?.length,
      missing,
    ];
  }));
  assert.deepEqual(results[0], ["LimitExceededException", 2, "Active", 1, "NoSuchEntityException"]);
  assert.deepEqual(results[1], results[0]);
});
