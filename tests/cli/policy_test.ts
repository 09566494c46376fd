import assert from "node:assert/strict";
import { gather } from "../../src/cli/policy/uses.ts";
import type { MasterKey } from "../../src/sops/keys/master_key.ts";
import { Scalar } from "../../src/sops/tree.ts";
import { type Standin, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

const model = "anthropic.claude-sonnet-4-6";
const haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
const plain = exampleText.replace(/ {4}endpoint: .*\n/, "")
  .replace("bedrock:\n", `bedrock:\n    small_model_id: us.${haiku}\n`);

interface Document {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, unknown>>;
  }[];
}

async function inHome(
  text: string,
  work: (
    run: (...args: string[]) => ReturnType<Home["run"]>,
    standin: Standin,
    home: Home,
  ) => Promise<void>,
): Promise<void> {
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  await using standin = startStandin();
  const run = async (...args: string[]) => {
    const result = await home.run(args, { env: standin.env });
    assertAbsent(result.stdout + result.stderr, [exampleSecrets[1]], "the output");
    return result;
  };
  await work(run, standin, home);
}

const statement = (document: Document, sid: string) =>
  document.Statement.find(({ Sid }) => Sid === sid);

Deno.test("policy asks AWS for routes and owner, and allows just that", async () => {
  await inHome(plain, async (run, standin) => {
    const { code, stdout, stderr } = await run("policy");
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    const document: Document = JSON.parse(stdout);
    assert.deepEqual(document.Statement.map(({ Sid }) => Sid), [
      "UseInferenceProfiles",
      "InvokeModelsThroughProfiles",
      "ListInferenceProfiles",
      "RotateOwnKey",
    ]);
    const models = statement(document, "InvokeModelsThroughProfiles")!;
    assert.deepEqual(
      models.Resource,
      [model, haiku].flatMap((id) =>
        ["us-east-1", "us-east-2", "us-west-2"].map((region) =>
          `arn:aws:bedrock:${region}::foundation-model/${id}`
        )
      ),
    );
    const rotation = statement(document, "RotateOwnKey")!;
    assert.deepEqual(rotation.Resource, ["arn:aws:iam::123456789012:user/claude-dev"]);
    // Nothing is asked that the policy itself does not allow, but for what a subscription takes.
    const asked = new Set(standin.log.map(({ operation }) => operation));
    assert.deepEqual([...asked].sort(), [
      "GetCallerIdentity",
      "GetFoundationModelAvailability",
      "GetInferenceProfile",
    ]);
  });
});

Deno.test("what may not be asked makes the policy wider, and is said", async () => {
  await inHome(plain, async (run, standin) => {
    standin.set({
      users: [{
        name: "claude-dev",
        denied: [
          "bedrock:GetInferenceProfile",
          "bedrock:ListInferenceProfiles",
          "bedrock:GetFoundationModelAvailability",
        ],
      }],
    });
    const { code, stdout, stderr } = await run("policy");
    assert.equal(code, 0, stderr);
    const document: Document = JSON.parse(stdout);
    assert.deepEqual(statement(document, "InvokeModelsThroughProfiles")?.Resource, [
      `arn:aws:bedrock:*::foundation-model/${model}`,
      `arn:aws:bedrock:*::foundation-model/${haiku}`,
    ]);
    assert.match(stderr, /routes to is not known \(No policy of\s+user\/claude-dev/);
    assert.match(stderr, /Whether the models are subscribed to is not known/);
    assert.doesNotMatch(stdout, /marketplace/);
  });
});

Deno.test("where only the list may be asked, it tells the route", async () => {
  await inHome(plain, async (run, standin) => {
    standin.set({ users: [{ name: "claude-dev", denied: ["bedrock:GetInferenceProfile"] }] });
    const { stdout, stderr } = await run("policy");
    assert.equal(stderr, "");
    assert.doesNotMatch(stdout, /bedrock:\*::/);
  });
});

Deno.test("a model that is not subscribed to brings Marketplace's actions along", async () => {
  await inHome(plain, async (run, standin) => {
    standin.set({ models: [{ id: model, granted: false }] });
    const asked: Document = JSON.parse((await run("policy")).stdout);
    assert.deepEqual(statement(asked, "SubscribeThroughBedrock"), {
      Sid: "SubscribeThroughBedrock",
      Effect: "Allow",
      Action: ["aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:CalledViaLast": "bedrock.amazonaws.com" } },
    });
    const without = await run("policy", "--no-marketplace");
    assert.doesNotMatch(without.stdout, /marketplace/);
  });
});

Deno.test("policy --offline asks nothing and says what it does not know", async () => {
  await inHome(plain, async (run, standin) => {
    const { code, stdout, stderr } = await run("policy", "--offline", "--no-rotation");
    assert.equal(code, 0, stderr);
    assert.deepEqual(standin.log, []);
    const document: Document = JSON.parse(stdout);
    assert.equal(statement(document, "RotateOwnKey"), undefined);
    assert.deepEqual(statement(document, "UseInferenceProfiles")?.Resource, [
      `arn:aws:bedrock:*:*:inference-profile/us.${model}`,
      `arn:aws:bedrock:*:*:inference-profile/us.${haiku}`,
    ]);
    assert.match(stderr, /AWS was not\s+asked/);
  });
});

const roles = `${plain}profiles:
    ci:
        role_arn: arn:aws:iam::123456789012:role/ci
        source_profile: default
        region: eu-west-1
        model_id: ${model}
`;

Deno.test("a role gets the models, and the user behind it the right to assume it", async () => {
  await inHome(roles, async (run, standin) => {
    const { code, stdout, stderr } = await run("policy", "ci", "--offline");
    assert.equal(code, 0, stderr);
    assert.deepEqual(standin.log, []);
    const documents: Readonly<Record<string, Document>> = JSON.parse(stdout);
    assert.deepEqual(
      Object.values(documents).map(({ Statement }) => Statement.map(({ Sid }) => Sid)),
      [["RotateOwnKey", "AssumeRoles"], ["InvokeModels", "ListInferenceProfiles"]],
    );
    const [user] = Object.values(documents);
    assert.deepEqual(statement(user!, "AssumeRoles")?.Resource, [
      "arn:aws:iam::123456789012:role/ci",
    ]);
    const [, role] = Object.values(documents);
    assert.deepEqual(statement(role!, "InvokeModels")?.Resource, [
      `arn:aws:bedrock:eu-west-1::foundation-model/${model}`,
    ]);
  });
});

Deno.test("a role's models are asked for as that role", async () => {
  const through = roles.replace(/model_id: anthropic(.*)\n$/, "model_id: eu.anthropic$1\n");
  await inHome(through, async (run, standin) => {
    const { code, stdout, stderr } = await run("policy", "ci");
    assert.equal(code, 0, stderr);
    const documents: Readonly<Record<string, Document>> = JSON.parse(stdout);
    assert.deepEqual(Object.keys(documents), ["credsmith-claude-dev", "credsmith-ci"]);
    const models = statement(documents["credsmith-ci"]!, "InvokeModelsThroughProfiles");
    assert.equal(models?.Resource.length, 4);
    const asked = standin.log.filter(({ operation }) => operation === "GetInferenceProfile");
    assert.ok(asked.every(({ accessKeyId }) => accessKeyId?.startsWith("ASIA")));
  });
});

Deno.test("a role that does not let us in yet gets a policy all the same", async () => {
  await inHome(roles, async (run, standin) => {
    standin.set({ users: [{ name: "claude-dev", denied: ["sts:AssumeRole"] }] });
    const { code, stdout, stderr } = await run("policy", "ci");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /sts:AssumeRole/);
    assert.match(stdout, /"InvokeModels"/);
  });
});

Deno.test("a Bedrock API key has to be allowed as such", async () => {
  const text = `profiles:
    api:
        bedrock_api_key: ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl
        region: us-east-1
        model_id: us.${model}
`;
  await inHome(text, async (run) => {
    const { code, stdout, stderr } = await run("policy", "--offline");
    assert.equal(code, 0, stderr);
    assert.deepEqual(statement(JSON.parse(stdout), "UseBedrockApiKey")?.Action, [
      "bedrock:CallWithBearerToken",
    ]);
    assert.doesNotMatch(stdout, /RotateOwnKey/);
  });
});

Deno.test("whoever opens the file may decrypt with its KMS keys, through their roles", async () => {
  const kms = (fields: Readonly<Record<string, string>>): MasterKey => ({
    type: "kms",
    entry: {
      kind: "mapping",
      entries: Object.entries(fields).map(([key, value]) => ({
        kind: "pair",
        key,
        value: new Scalar("str", value),
      })),
    },
  });
  const key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const role = "arn:aws:iam::123456789012:role/decrypter";
  const nobody = () => Promise.reject(new Error("asked"));
  const { holdings } = await gather(
    new Map(),
    [],
    [[kms({ arn: key }), kms({ arn: key.replace("us-east-1", "eu-west-1"), role })]],
    { offline: true, rotation: true, looks: false },
    { link: nobody, offline: nobody, explain: nobody, word: () => "" },
  );
  assert.deepEqual(
    holdings.map(({ holder, uses }) => [holder.name, uses.kmsKeys, uses.roles]),
    [
      ["whoever opens the file", [key], [role]],
      ["role/decrypter", [key.replace("us-east-1", "eu-west-1")], []],
    ],
  );
});

Deno.test("conditions come with what they mean for keys, sessions and rotation", async () => {
  await inHome(plain, async (run) => {
    const { code, stdout, stderr } = await run(
      "policy",
      "--mfa",
      "--source-vpce",
      "vpce-0123456789abcdef0",
      "--expires",
      "2027-03-31",
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^--mfa: a key by itself and a session made without a code are refused/m);
    assert.match(stderr, /^--mfa: not on rotation/m);
    assert.match(stderr, /^--source-vpce: on Bedrock only/m);
    assert.match(stderr, /^--expires: sessions that were given out before are refused/m);
    const document: Document = JSON.parse(stdout);
    assert.deepEqual(statement(document, "ListInferenceProfiles")?.Condition, {
      StringEquals: { "aws:SourceVpce": "vpce-0123456789abcdef0" },
      Bool: { "aws:MultiFactorAuthPresent": "true" },
      DateLessThan: { "aws:CurrentTime": "2027-03-31T00:00:00Z" },
    });
  });
});

Deno.test("policy --json says who holds it, how long it is and what was not known", async () => {
  await inHome(plain, async (run) => {
    const { stdout } = await run("policy", "--json", "--format", "nix");
    const { version, ok, policies, limits, notes, text } = JSON.parse(stdout);
    assert.deepEqual([version, ok, notes], [1, true, []]);
    const [policy] = policies;
    assert.deepEqual(policy.holder, {
      kind: "user",
      name: "user/claude-dev",
      arn: "arn:aws:iam::123456789012:user/claude-dev",
    });
    assert.deepEqual([policy.name, policy.profiles], ["credsmith-claude-dev", ["default"]]);
    assert.equal(policy.size, JSON.stringify(policy.document).length);
    assert.equal(limits.inlineUser, 2048);
    assert.match(text, /^# user\/claude-dev, profile default\n\{/);
  });
});

Deno.test("a policy that is too long to be inline says so", async () => {
  const many = Array.from({ length: 3 }, (_, index) =>
    `    p${index}:
        access_key_id: ${exampleSecrets[0]}
        secret_access_key: ${exampleSecrets[1]}
        region: ${["us-west-2", "eu-west-1", "ap-southeast-1"][index]}
        model_id: ${["us", "eu", "apac"][index]}.anthropic.claude-opus-5
`).join("");
  await inHome(`${plain}profiles:\n${many}`, async (run) => {
    const { code, stdout, stderr } = await run("policy");
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).Statement.length, 4);
    assert.match(stderr, /too long to be\s+inline \(2,048\)/);
  });
});

const misuses: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["an unknown profile", ["nosuch"], 2, /nosuch/],
  ["no VPC endpoint", ["--source-vpce", "vpc-1"], 2, /is no VPC endpoint/],
  ["no date", ["--expires", "soon"], 2, /"soon" is no date/],
  ["--using without --check", ["--using", "admin"], 2, /--using is for --check/],
  ["--check with --offline", ["--check", "--offline"], 2, /exclude one another/],
];
for (const [name, args, exit, words] of misuses) {
  Deno.test(`policy refuses ${name}`, async () => {
    await inHome(plain, async (run) => {
      const { code, stderr, stdout } = await run("policy", ...args);
      assert.equal(code, exit, stderr);
      assert.match(stderr, words);
      assert.equal(stdout, "");
    });
  });
}

Deno.test("a key that AWS does not know is no reason for a wide policy", async () => {
  await inHome(plain.replace(exampleSecrets[0], "AKIAI44QH8DHBEXAMPLE"), async (run) => {
    const { code, stdout, stderr } = await run("policy");
    assert.equal(code, 5, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^Cannot ask AWS with profile "default": AWS does not know/);
  });
});

Deno.test("AWS out of reach is no reason for a wide policy either", async () => {
  await inHome(plain, async (run, standin) => {
    standin.set({ faults: [{ operation: "*", fault: { kind: "status", status: 500 } }] });
    const { code, stdout, stderr } = await run("policy");
    assert.equal(code, 7, stderr);
    assert.equal(stdout, "");
  });
});

/** What anything here asks of IAM and Bedrock. */
const everyAction = [
  "bedrock:InvokeModel",
  "bedrock:InvokeModelWithResponseStream",
  "bedrock:ListInferenceProfiles",
  "bedrock:GetInferenceProfile",
  "bedrock:ListFoundationModels",
  "bedrock:GetFoundationModel",
  "bedrock:GetFoundationModelAvailability",
  "bedrock:GetUseCaseForModelAccess",
  "iam:CreateAccessKey",
  "iam:DeleteAccessKey",
  "iam:GetAccessKeyLastUsed",
  "iam:GetUser",
  "iam:ListAccessKeys",
  "iam:PutUserPolicy",
  "iam:UpdateAccessKey",
  "sts:AssumeRole",
];

Deno.test("with the least policy alone the models answer, are listed and pinned, and the key is rotated", async () => {
  await inHome(plain, async (run, standin) => {
    const document: Document = JSON.parse((await run("policy")).stdout);
    const allowed = new Set(document.Statement.flatMap(({ Action }) => Action));
    const denied = everyAction.filter((action) => !allowed.has(action));
    standin.set({ users: [{ name: "claude-dev", denied }] });
    const verified = JSON.parse((await run("verify", "--json")).stdout);
    const found = (name: string) =>
      verified.checks.find(({ check }: { check: string }) => check === name)?.status;
    assert.deepEqual([found("identity"), found("models"), found("answer")], ["ok", "ok", "ok"]);
    const listed = await run("models");
    assert.match(listed.stdout, /^ {2}not known {2}sonnet-4-6 .* main$/m);
    const pinned = await run("models", "pin", "opus-5", "--dry-run");
    assert.equal(pinned.code, 0, pinned.stderr);
    const again: Document = JSON.parse((await run("policy")).stdout);
    assert.deepEqual(again, document);
    const rotated = await run("rotate");
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.match(rotated.stdout, /^ {2}ok {4}promoted/m);
  });
});
