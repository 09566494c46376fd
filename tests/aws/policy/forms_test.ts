import assert from "node:assert/strict";
import { limits, policyFor, sizeOf, split } from "../../../src/aws/policy/build.ts";
import { policyJson } from "../../../src/aws/policy/document.ts";
import { formatted, type PolicyFormat, type Titled } from "../../../src/aws/policy/forms.ts";
import { needsOf, type Uses } from "../../../src/aws/policy/needs.ts";
import { peerTest } from "../../support/peers.ts";

const account = "123456789012";
const opus = "anthropic.claude-opus-5";
const profileArn = (region: string, id = `us.${opus}`) =>
  `arn:aws:bedrock:${region}:${account}:inference-profile/${id}`;
const modelArn = (region: string, id = opus) => `arn:aws:bedrock:${region}::foundation-model/${id}`;

const uses: Uses = {
  models: [{
    id: `us.${opus}`,
    inferenceProfile: { arn: profileArn("us-east-1") },
    modelArns: [modelArn("us-east-1"), modelArn("us-east-2"), modelArn("us-west-2")],
  }],
  rotates: `arn:aws:iam::${account}:user/team/claude-dev`,
  roles: [],
  kmsKeys: [],
  marketplace: false,
  bearer: false,
  looks: false,
};
const more: Uses = {
  ...uses,
  rotates: "arn:aws:iam::*:user/${aws:username}",
  roles: [`arn:aws:iam::${account}:role/ci`],
  kmsKeys: [`arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`],
  marketplace: true,
  bearer: true,
  looks: true,
};
const policyOf = (wanted: Uses, demands = {}) => policyFor(needsOf(wanted, demands));

Deno.test("the policy has what a profile with a key needs, and nothing else", () => {
  const everywhere = ["us-east-1", "us-east-2", "us-west-2"];
  const invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
  assert.deepEqual(policyJson(policyOf(uses)), {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "UseInferenceProfiles",
        Effect: "Allow",
        Action: ["bedrock:GetInferenceProfile", ...invoke],
        Resource: everywhere.map((region) => profileArn(region)),
      },
      {
        Sid: "InvokeModelsThroughProfiles",
        Effect: "Allow",
        Action: invoke,
        Resource: everywhere.map((region) => modelArn(region)),
        Condition: { ArnLike: { "bedrock:InferenceProfileArn": profileArn("*") } },
      },
      {
        Sid: "ListInferenceProfiles",
        Effect: "Allow",
        Action: ["bedrock:ListInferenceProfiles"],
        Resource: ["*"],
      },
      {
        Sid: "RotateOwnKey",
        Effect: "Allow",
        Action: [
          "iam:CreateAccessKey",
          "iam:DeleteAccessKey",
          "iam:GetAccessKeyLastUsed",
          "iam:ListAccessKeys",
          "iam:UpdateAccessKey",
        ],
        Resource: [`arn:aws:iam::${account}:user/team/claude-dev`],
      },
    ],
  });
});

Deno.test("a model that is invoked by its own id needs no profile", () => {
  const direct = { ...uses, models: [{ id: opus, modelArns: [modelArn("us-east-1")] }] };
  const sids = policyOf(direct).statements.map(({ sid }) => sid);
  assert.deepEqual(sids, ["InvokeModels", "ListInferenceProfiles", "RotateOwnKey"]);
});

Deno.test("the world's profile is not asked for in a region without a name", () => {
  const everywhere = "arn:aws:bedrock:::foundation-model/" + opus;
  const world = {
    ...uses,
    models: [{
      id: `global.${opus}`,
      inferenceProfile: { arn: profileArn("us-east-1", `global.${opus}`) },
      modelArns: [modelArn("us-east-1"), everywhere],
    }],
  };
  const [profiles, models] = policyOf(world).statements;
  assert.deepEqual(profiles!.resources, [profileArn("us-east-1", `global.${opus}`)]);
  assert.deepEqual(models!.resources, [modelArn("us-east-1"), everywhere]);
});

Deno.test("Marketplace is allowed only where Bedrock asks last", () => {
  const found = policyOf(more).statements.find(({ sid }) => sid === "SubscribeThroughBedrock");
  assert.deepEqual(found?.conditions, {
    StringEquals: { "aws:CalledViaLast": ["bedrock.amazonaws.com"] },
  });
});

Deno.test("conditions stand where they can hold", () => {
  const demands = {
    sourceVpce: "vpce-0123456789abcdef0",
    mfa: true,
    expires: Temporal.Instant.from("2027-01-01T00:00:00Z"),
  };
  const keysOf = new Map(
    policyOf(more, demands).statements.map(({ sid, conditions = {} }) => [
      sid,
      Object.values(conditions).flatMap((keys) => Object.keys(keys)).sort(),
    ]),
  );
  const all = ["aws:CurrentTime", "aws:MultiFactorAuthPresent", "aws:SourceVpce"];
  assert.deepEqual(keysOf.get("UseInferenceProfiles"), all);
  assert.deepEqual(
    keysOf.get("InvokeModelsThroughProfiles"),
    [...all, "bedrock:InferenceProfileArn"],
  );
  assert.deepEqual(keysOf.get("AssumeRoles"), all.slice(0, 2));
  // With a long-term key there never was a device.
  assert.deepEqual(keysOf.get("RotateOwnKey"), all.slice(0, 1));
});

Deno.test("the size is counted as IAM does, without white space", () => {
  const policy = policyOf(uses);
  assert.equal(sizeOf(policy), JSON.stringify(policyJson(policy)).length);
  assert.deepEqual(split(policy), [policy]);
});

Deno.test("what is too long for one policy becomes several, which together are the same", () => {
  const models = Array.from({ length: 40 }, (_, index) => ({
    id: `us.anthropic.claude-${index}`,
    inferenceProfile: { arn: profileArn("us-east-1", `us.anthropic.claude-${index}`) },
    modelArns: ["us-east-1", "us-east-2"].map((each) =>
      modelArn(each, `anthropic.claude-${index}`)
    ),
  }));
  const whole = policyOf({ ...more, models });
  const parts = split(whole);
  assert.ok(parts.length > 1);
  for (const part of parts) assert.ok(sizeOf(part) <= limits.managed, String(sizeOf(part)));
  const grants = (policies: readonly typeof whole[]) =>
    policies.flatMap(({ statements }) =>
      statements.flatMap(({ actions = [], resources = [], conditions }) =>
        actions.flatMap((action) =>
          resources.map((each) => JSON.stringify([action, each, conditions]))
        )
      )
    ).sort();
  assert.deepEqual(grants(parts), grants([whole]));
  const sids = parts.flatMap(({ statements }) => statements.map(({ sid }) => sid));
  assert.equal(new Set(sids).size, sids.length);
});

const titled = (wanted: Uses, name: string): Titled => ({
  name,
  about: `user/claude-dev, profile default`,
  policy: policyOf(wanted, { mfa: true, sourceVpce: "vpce-0123456789abcdef0" }),
});
const one = [titled(more, "credsmith-claude-dev")];
const two = [...one, titled(uses, "credsmith-2-ci")];

async function inFile(
  text: string,
  name: string,
  run: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await run(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function output(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
    env: { CHECKPOINT_DISABLE: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text + new TextDecoder().decode(stderr));
  return text;
}

const expected = (policies: readonly Titled[]) =>
  policies.length === 1
    ? policyJson(policies[0]!.policy)
    : Object.fromEntries(policies.map(({ name, policy }) => [name, policyJson(policy)]));

// It is looked at where it is installed; no package of a free system has it.
const hasTerraform = (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
  try {
    return Deno.statSync(`${folder}/terraform`).isFile;
  } catch {
    return false;
  }
});

for (const policies of [one, two]) {
  const count = policies.length;
  Deno.test(`JSON holds the policy (${count})`, () => {
    assert.deepEqual(JSON.parse(formatted(policies, "json")), expected(policies));
  });

  peerTest(["nix"], `Nix reads the policy as it is (${count})`, async () => {
    await inFile(formatted(policies, "nix"), "policy.nix", async (path) => {
      const text = await output("nix-instantiate", "--eval", "--strict", "--json", path);
      assert.deepEqual(JSON.parse(text), expected(policies));
    });
  });

  Deno.test({
    ignore: !hasTerraform,
    name: `terraform reads the policy as it is, and has nothing to format (${count})`,
    async fn() {
      const text = formatted(policies, "terraform");
      await inFile(text, "main.tf", async (path) => {
        await output("terraform", "fmt", "-check", "-diff", path);
      });
      // Without the resource, which takes a provider, what it would store can be computed.
      const outputs = text.replaceAll(
        /resource "aws_iam_policy" "(\w+)" \{\n.*name .*\n {2}policy = /g,
        'output "$1" {\n  value = ',
      );
      await inFile(outputs, "main.tf", async (path) => {
        const folder = path.replace(/\/[^/]*$/, "");
        await output("terraform", `-chdir=${folder}`, "apply", "-auto-approve", "-input=false");
        const shown = JSON.parse(await output("terraform", `-chdir=${folder}`, "output", "-json"));
        for (const { name, policy } of policies) {
          assert.deepEqual(JSON.parse(shown[name.replaceAll("-", "_")].value), policyJson(policy));
        }
      });
    },
  });

  peerTest(["cfn-lint"], `cfn-lint finds nothing in the template (${count})`, async () => {
    await inFile(formatted(policies, "cloudformation"), "template.yaml", async (path) => {
      await output("cfn-lint", "--include-checks", "I", "--", path);
    });
  });

  Deno.test(`CloudFormation's template holds the policy (${count})`, async () => {
    const { parse } = await import("yaml");
    const { Resources } = parse(formatted(policies, "cloudformation"));
    const documents = Object.values(Resources as Record<string, { Properties: Json }>)
      .map(({ Properties }) => Properties.PolicyDocument);
    assert.deepEqual(documents, policies.map(({ policy }) => policyJson(policy)));
  });
}

type Json = Readonly<Record<string, unknown>>;

Deno.test("every format names who the policy is for", () => {
  for (const format of ["terraform", "cloudformation", "nix"] as const satisfies PolicyFormat[]) {
    assert.match(formatted(two, format), /# user\/claude-dev, profile default/);
  }
});
