import assert from "node:assert/strict";
import { kmsService } from "../../src/aws/kms.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument } from "../../src/sops/document.ts";
import { KeyServiceError } from "../../src/sops/errors.ts";
import { fieldOf, type OtherKey } from "../../src/sops/keys/master_key.ts";
import { type Mapping, Scalar } from "../../src/sops/tree.ts";
import { startMoto } from "../support/aws/moto.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const service = kmsService({ now, hostname: "a host!", env: {} });
const region = "eu-central-1";

type Fields = { readonly [name: string]: string | Fields };

function mapping(fields: Fields): Mapping {
  return {
    kind: "mapping",
    entries: Object.entries(fields).map(([key, value]) => ({
      kind: "pair",
      key,
      value: typeof value === "string" ? new Scalar("str", value) : mapping(value),
    })),
  };
}

const kmsKey = (fields: Fields): OtherKey => ({ type: "kms", entry: mapping(fields) });

async function sealed(key: OtherKey) {
  const document = await newDocument({ documents: [mapping({ key: "value" })] }, "yaml", {
    keys: { groups: [[key]] },
  });
  return await document.seal({ now, random: randomBytes, services: [service] });
}

async function opened(file: Uint8Array): Promise<string | undefined> {
  const document = await (await parseDocument(file, "yaml")).open([], [service]);
  return document.getText(["key"])?.reveal();
}

/** Runs with moto as all of AWS, and with credentials that the SDK finds in the environment. */
async function withMoto(
  run: (keyArn: string, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await using moto = await startMoto();
  const home = await temporaryHome({
    ".aws/config": `[profile other]\nregion = ${region}\n`,
    ".aws/credentials": "[other]\naws_access_key_id = x\naws_secret_access_key = y\n",
  });
  const env = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    AWS_CONFIG_FILE: `${home.path}/.aws/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home.path}/.aws/credentials`,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  try {
    const { CreateKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
    const { KeyMetadata } = await new KMSClient({ region }).send(new CreateKeyCommand({}));
    await run(KeyMetadata!.Arn!, env);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await home[Symbol.asyncDispose]();
  }
}

peerTest(["moto_server", "sops"], "KMS keys: sops opens ours, and we open its", async () => {
  await withMoto(async (arn, env) => {
    await using home = await temporaryHome({ "plain.yaml": "key: value\n" });
    const theirs = await home.program("sops", [
      "encrypt",
      "--kms",
      arn,
      "--encryption-context",
      "team:payments,stage:prod",
      "plain.yaml",
    ], { env });
    assert.equal(theirs.code, 0, theirs.stderr);
    assert.equal(await opened(new TextEncoder().encode(theirs.stdout)), "value");

    const context = { team: "payments", stage: "prod" };
    const variants: readonly Fields[] = [
      { arn },
      { arn, context },
      { arn, aws_profile: "other" },
      { arn, role: "arn:aws:iam::123456789012:role/secrets" },
      { arn, role: "arn:aws:iam::123456789012:role/secrets", context, aws_profile: "other" },
    ];
    for (const fields of variants) {
      const file = await sealed(kmsKey(fields));
      assert.equal(await opened(file), "value");
      await home.write("ours.yaml", file);
      const ours = await home.program("sops", ["decrypt", "ours.yaml"], { env });
      assert.equal(ours.stdout, "key: value\n", ours.stderr);
    }
  });
});

peerTest(["moto_server"], "a KMS key that says no is named, with what KMS said", async () => {
  await withMoto(async (arn) => {
    const file = await sealed(kmsKey({ arn, context: { team: "payments" } }));
    const text = new TextDecoder().decode(file).replace("team: payments", "team: others");
    const faults: readonly (readonly [string, () => Promise<unknown>])[] = [
      [arn, () => opened(new TextEncoder().encode(text))],
      [arn.replace(/.{4}$/, "0000"), () => sealed(kmsKey({ arn: arn.replace(/.{4}$/, "0000") }))],
      ["alias/payments", () => sealed(kmsKey({ arn: "alias/payments" }))],
    ];
    for (const [key, act] of faults) {
      await assert.rejects(act(), (error) => {
        assert.ok(error instanceof KeyServiceError);
        assert.deepEqual([error.type, error.key, error.reason], ["kms", key, "refused"]);
        return true;
      });
    }
  });
});

peerTest(["moto_server"], "a KMS key keeps its date, or gets one", async () => {
  await withMoto(async (arn) => {
    const part = new Uint8Array(32);
    const fresh = await service.seal(kmsKey({ arn }), part);
    assert.ok(fresh.type !== "age");
    assert.equal(fieldOf(fresh, "created_at"), "2026-11-22T12:34:56Z");
    const old = await service.seal(kmsKey({ arn, created_at: "2020-01-01T00:00:00Z" }), part);
    assert.ok(old.type !== "age");
    assert.equal(fieldOf(old, "created_at"), "2020-01-01T00:00:00Z");
  });
});
