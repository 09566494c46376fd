import assert from "node:assert/strict";
import * as iam from "@aws-sdk/client-iam";
import { contextOf } from "../../src/aws/policy/conditions.ts";
import { parsePolicy } from "../../src/aws/policy/document.ts";
import { evaluate } from "../../src/aws/policy/evaluate.ts";
import { type Moto, startMoto } from "../support/aws/moto.ts";
import { startStandin } from "../support/aws/standin.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { homeWithSecrets } from "../support/sops_file.ts";

// moto holds users, groups and policies, and refuses what they do not allow; Bedrock is the
// stand-in's, since moto has little of it.

const model = "anthropic.claude-opus-5";

interface Place {
  readonly moto: Moto;
  readonly admin: iam.IAMClient;
  /** The ARN of a managed policy with this document. */
  managed(name: string, ...documents: readonly unknown[]): Promise<string>;
  run(...args: string[]): ReturnType<Home["run"]>;
}

const document = (...Statement: readonly unknown[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, Resource: unknown = "*") => ({ Effect: "Allow", Action, Resource });

async function withMoto(work: (place: Place) => Promise<void>): Promise<void> {
  await using moto = await startMoto();
  await using standin = startStandin();
  const client = (accessKeyId: string, secretAccessKey: string) =>
    new iam.IAMClient({
      region: "us-east-1",
      endpoint: moto.url,
      credentials: { accessKeyId, secretAccessKey },
    });
  const admin = client("AKIAIOSFODNN7EXAMPLE", "x");
  const keyOf = async (UserName: string) => {
    await admin.send(new iam.CreateUserCommand({ UserName }));
    const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName }));
    const key = { id: AccessKey!.AccessKeyId!, secret: AccessKey!.SecretAccessKey! };
    standin.set({ users: [{ name: UserName, keys: [key] }] });
    return key;
  };
  const [dev, boss] = [await keyOf("claude-dev"), await keyOf("boss")];
  await admin.send(
    new iam.PutUserPolicyCommand({
      UserName: "boss",
      PolicyName: "everything",
      PolicyDocument: JSON.stringify(document(allow("*"))),
    }),
  );
  const text = `aws_access_key_id: ${dev.id}
aws_secret_access_key: ${dev.secret}
aws_region: us-east-1
bedrock:
    model_id: us.${model}
    small_model_id: us.${model}
profiles:
    other:
        role_arn: arn:aws:iam::999999999999:role/ci
        source_profile: boss
        region: us-east-1
        model_id: us.${model}
    boss:
        access_key_id: ${boss.id}
        secret_access_key: ${boss.secret}
        region: us-east-1
`;
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  await moto.uncheckedRequests(0);
  const bossClient = client(boss.id, boss.secret);
  const env = {
    ...standin.env,
    AWS_ENDPOINT_URL_IAM: moto.url,
    AWS_ENDPOINT_URL_STS: moto.url,
  };
  try {
    await work({
      moto,
      admin: bossClient,
      async managed(PolicyName, first, ...more) {
        const { Policy } = await bossClient.send(
          new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: JSON.stringify(first) }),
        );
        for (const each of more) {
          await bossClient.send(
            new iam.CreatePolicyVersionCommand({
              PolicyArn: Policy!.Arn!,
              PolicyDocument: JSON.stringify(each),
              SetAsDefault: true,
            }),
          );
        }
        return Policy!.Arn!;
      },
      run: (...args) => home.run(args, { env }),
    });
  } finally {
    admin.destroy();
    bossClient.destroy();
  }
}

peerTest(["moto_server"], "policy --check: what policy writes is what is needed", async () => {
  await withMoto(async ({ admin, run }) => {
    const before = await run("policy", "default", "--check", "--using", "boss");
    assert.equal(before.code, 9, before.stderr);
    assert.match(before.stdout, /^ {2}missing {4}bedrock:GetInferenceProfile, InvokeModel,/m);
    assert.match(before.stdout, /^ {2}missing {4}iam:CreateAccessKey, DeleteAccessKey,/m);
    assert.match(before.stdout, /^Not the same; what is needed: credsmith policy$/m);

    const { stdout } = await run("policy", "default");
    await admin.send(
      new iam.PutUserPolicyCommand({
        UserName: "claude-dev",
        PolicyName: "least",
        PolicyDocument: stdout,
      }),
    );
    const after = await run("policy", "default", "--check", "--using", "boss");
    assert.equal(after.code, 0, after.stdout + after.stderr);
    assert.match(after.stdout, /^What is attached is what secrets\/aws\.yaml needs$/m);
  });
});

peerTest(
  ["moto_server"],
  "policy --check: what may not be read is not known, never missing",
  async () => {
    await withMoto(async ({ run }) => {
      const { code, stdout } = await run("policy", "default", "--check");
      assert.equal(code, 9);
      assert.doesNotMatch(stdout, /^ {2}(missing|too much)/m);
      assert.match(stdout, /^ {2}not known {2}the inline policies of user\/claude-dev: /m);
      assert.match(stdout, /^Not all is known; a profile that may read IAM can look: --using/m);
      const { ok, cause, holders } = JSON.parse(
        (await run("policy", "default", "--check", "--json")).stdout,
      );
      assert.deepEqual([ok, cause], [false, "policy_not_known"]);
      assert.equal(holders[0].excess.length, 0);
    });
  },
);

peerTest(
  ["moto_server"],
  "policy --check reads groups, and versions that are in force",
  async () => {
    await withMoto(async ({ admin, managed, run }) => {
      const { stdout } = await run("policy", "default");
      const least = await managed("least", document(allow("s3:*")), JSON.parse(stdout));
      await admin.send(new iam.CreateGroupCommand({ GroupName: "developers" }));
      await admin.send(
        new iam.AddUserToGroupCommand({ GroupName: "developers", UserName: "claude-dev" }),
      );
      // Its first version, which is not in force, would be too much.
      await admin.send(
        new iam.AttachGroupPolicyCommand({ GroupName: "developers", PolicyArn: least }),
      );
      const right = await run("policy", "default", "--check", "--using", "boss");
      assert.equal(right.code, 0, right.stdout + right.stderr);

      await admin.send(
        new iam.PutGroupPolicyCommand({
          GroupName: "developers",
          PolicyName: "extra",
          PolicyDocument: JSON.stringify(document(allow("s3:GetObject"), allow("bedrock:*"))),
        }),
      );
      const wide = await run("policy", "default", "--check", "--using", "boss");
      assert.equal(wide.code, 9);
      assert.match(
        wide.stdout,
        /^ {2}too much {3}extra \(group\/developers\), statement 1: s3:GetObject on \*$/m,
      );
      assert.match(wide.stdout, /statement 2: bedrock:\* on \*/);
    });
  },
);

/** Policies, an action without a resource, and what is decided. */
const agreed:
  readonly (readonly [name: string, statements: readonly unknown[], allowed: boolean])[] = [
    ["nothing", [allow("iam:GetGroup")], false],
    ["an allow", [allow("iam:ListUsers")], true],
    ["a wildcard", [allow("iam:List*")], true],
    ["a wildcard elsewhere", [allow("iam:Get*")], false],
    ["everything", [allow("*")], true],
    ["a deny beside it", [allow("*"), { Effect: "Deny", Action: "iam:*", Resource: "*" }], false],
    [
      "a deny of other things",
      [allow("*"), { Effect: "Deny", Action: "s3:*", Resource: "*" }],
      true,
    ],
  ];

peerTest(["moto_server"], "the evaluator and moto agree", async () => {
  await withMoto(async ({ admin, moto }) => {
    await admin.send(new iam.CreateUserCommand({ UserName: "tried" }));
    const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: "tried" }));
    const tried = new iam.IAMClient({
      region: "us-east-1",
      endpoint: moto.url,
      credentials: {
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      },
    });
    try {
      for (const [name, statements, allowed] of agreed) {
        const text = JSON.stringify(document(...statements));
        await admin.send(
          new iam.PutUserPolicyCommand({
            UserName: "tried",
            PolicyName: "tried",
            PolicyDocument: text,
          }),
        );
        const seen = await tried.send(new iam.ListUsersCommand({}))
          .then(() => true, (error) => error.name === "AccessDenied" ? false : error);
        assert.equal(seen, allowed, `moto: ${name}`);
        const policy = parsePolicy(text, name);
        const request = { action: "iam:ListUsers", resource: "*", context: contextOf({}) };
        const { kind } = evaluate(request, [{ name, policy }]);
        assert.equal(kind === "allowed", allowed, name);
      }
    } finally {
      tried.destroy();
    }
  });
});
