import assert from "node:assert/strict";
import { exampleKey, type Settings, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, temporaryHome } from "../support/home.ts";
import { homeWithSecrets } from "../support/sops_file.ts";

const opus = "us.anthropic.claude-opus-5";
const keyText = `aws_access_key_id: ${exampleKey.id}
aws_secret_access_key: ${exampleKey.secret}
aws_region: us-east-1
bedrock:
    model_id: ${opus}
`;
const bearer = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl";
const roleArn = "arn:aws:iam::123456789012:role/ci";
const settings = `region: us-east-1
        model_id: ${opus}`;

const profile = (lines: string) =>
  `${keyText}profiles:
    ci:
        ${lines}
        ${settings}
`;

interface Check {
  readonly check: string;
  readonly status: string;
  readonly text?: string;
  readonly cause?: string;
  readonly details?: readonly string[];
  readonly fix?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

const container = JSON.stringify({
  AccessKeyId: "ASIANONE",
  SecretAccessKey: "s",
  Token: "t",
  Expiration: "2031-01-01T00:00:00Z",
});

interface Row {
  readonly name: string;
  readonly text: string;
  readonly asked?: Settings;
  readonly exit: number;
  /** `check:status cause`, of all but claude, endpoint and region. */
  readonly found: string;
  readonly texts?: Readonly<Record<string, RegExp>>;
  /** Operations with the first letters of the key that signed them. */
  readonly log?: string;
}

// deno-fmt-ignore -- a table
const rows: readonly Row[] = [
  { name: "a key: models are asked with a session of it", text: profile(`access_key_id: ${exampleKey.id}\n        secret_access_key: ${exampleKey.secret}`), exit: 0, found: "file:ok clock:ok identity:ok session:ok models:ok answer:ok", texts: { session: /^made from the key, without IAM, 1[12] h/ }, log: "ConverseStream ASIA, GetCallerIdentity AKIA, GetSessionToken AKIA" },
  { name: "a role of another profile", text: profile(`role_arn: ${roleArn}\n        source_profile: default`), exit: 0, found: "file:ok clock:ok identity:ok session:ok models:ok answer:ok", texts: { identity: /^assumed-role\/ci\/credsmith-ci-/, session: /^of the role, (1 h|59 min)/ }, log: "AssumeRole AKIA, ConverseStream ASIA, GetCallerIdentity ASIA" },
  { name: "a role that may not be assumed", text: profile(`role_arn: ${roleArn}\n        source_profile: default`), asked: { users: [{ name: "claude-dev", denied: ["sts:AssumeRole"] }] }, exit: 6, found: "file:ok session:fail policy_missing identity:skip models:skip answer:skip", texts: { session: /^Cannot assume .*role\/ci for profile "ci"/ } },
  { name: "a Bedrock API key", text: profile(`bedrock_api_key: ${bearer}`), exit: 0, found: "file:ok clock:ok identity:ok models:ok answer:ok", texts: { identity: /^a Bedrock API key, which opens Bedrock alone$/ }, log: "ConverseStream " },
  { name: "an API key that is none", text: profile("bedrock_api_key: ABSKother"), exit: 5, found: "file:ok clock:ok identity:fail api_key_invalid models:skip answer:skip" },
  { name: "an API key that has expired", text: profile("bedrock_api_key: ABSKold"), exit: 5, found: "file:ok clock:ok identity:fail api_key_expired models:skip answer:skip" },
  { name: "an API key that may not ask this model", text: profile(`bedrock_api_key: ${bearer}`), asked: { users: [{ name: "claude-dev", denied: ["bedrock:InvokeModelWithResponseStream"] }] }, exit: 6, found: "file:ok clock:ok identity:ok models:ok answer:fail policy_missing" },
  { name: "a policy that asks sessions for MFA and keys not", text: keyText.replace(/^/, ""), asked: { users: [{ name: "claude-dev", deniedToSessions: ["bedrock:InvokeModelWithResponseStream"] }] }, exit: 6, found: "file:ok clock:ok identity:ok session:ok models:ok answer:fail session_without_mfa", texts: { answer: /^opus-5 answers the key, and denies the session made from it$/ } },
  { name: "a session that needs an MFA code", text: profile(`access_key_id: ${exampleKey.id}\n        secret_access_key: ${exampleKey.secret}\n        mfa_serial: arn:aws:iam::123456789012:mfa/me`), exit: 5, found: "file:ok clock:ok identity:ok session:fail mfa_needed models:skip answer:skip" },
  { name: "a key that may make no session", text: keyText, asked: { users: [{ name: "claude-dev", explicitlyDenied: ["sts:GetSessionToken"] }] }, exit: 6, found: "file:ok clock:ok identity:ok session:fail policy_denies models:skip answer:skip", texts: { session: /^Cannot make a session of its key for profile "default"/ } },
  { name: "a role of a profile without a key", text: profile(`role_arn: ${roleArn}\n        source_profile: bare`).replace("profiles:\n", "profiles:\n    bare:\n        region: us-east-1\n"), exit: 5, found: "file:ok source:fail key_missing identity:skip models:skip answer:skip", texts: { source: /"bare": it has no "profiles\/bare\/access_key_id"/ } },
  { name: "a loop", text: profile(`role_arn: ${roleArn}\n        source_profile: ci`), exit: 2, found: "file:ok source:fail source_loop identity:skip models:skip answer:skip", texts: { source: /closes a loop: ci -> ci/ } },
  { name: "a role without anything to assume it with", text: profile(`role_arn: ${roleArn}`), exit: 5, found: "file:ok identity:fail key_missing models:skip answer:skip" },
  { name: "what the machine has, and nothing is there", text: profile("source: ambient"), exit: 5, found: "file:ok session:fail ambient_missing identity:skip models:skip answer:skip" },
];

for (const { name, text, asked = {}, exit, found, texts = {}, log } of rows) {
  Deno.test(`verify with ${name}`, async () => {
    await using home = await temporaryHome(await homeWithSecrets({ text }));
    await using standin = startStandin();
    standin.set({ apiKeys: { [bearer]: "claude-dev", ABSKold: null }, ...asked });
    const words = text.includes("profiles:") ? ["ci"] : [];
    const { code, stdout, stderr } = await home.run(["verify", "--json", ...words], {
      env: standin.env,
    });
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    const line = checks.filter(({ check }) => !/^(claude|endpoint|region)$/.test(check))
      .map(({ check, status, cause }) => `${check}:${status}${cause ? ` ${cause}` : ""}`);
    assert.equal(line.join(" "), found, stdout + stderr);
    assert.equal(code, exit);
    for (const [check, pattern] of Object.entries(texts)) {
      assert.match(checks.find((each) => each.check === check)?.text ?? "", pattern);
    }
    if (log !== undefined) {
      const signed = standin.log
        .filter(({ operation }) => !/^(List|GetFoundation)/.test(operation))
        .map(({ operation, accessKeyId = "" }) => `${operation} ${accessKeyId.slice(0, 4)}`);
      assert.equal(signed.sort().join(", "), log);
    }
    assertAbsent(stdout + stderr, [exampleKey.secret, bearer], "the report");
  });
}

Deno.test("verify with what a container gives says which of the machine's ways answered", async () => {
  await using home = await temporaryHome(
    await homeWithSecrets({ text: profile("source: ambient") }),
  );
  await using standin = startStandin();
  const session = {
    id: "ASIANONE",
    secret: "s",
    token: "t",
    expires: new Date("2031-01-01T00:00:00Z"),
    arn: "arn:aws:sts::123456789012:assumed-role/task/1",
    userId: "AROA:1",
    mfa: false,
    tags: {},
  };
  standin.state.sessions.set(session.id, session);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(container, { headers: { "content-type": "application/json" } }),
  );
  try {
    const { code, stdout, stderr } = await home.run(["verify", "--json", "ci"], {
      env: {
        ...standin.env,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${server.addr.port}/creds`,
      },
    });
    assert.equal(code, 0, stdout + stderr);
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    const text = (name: string) => checks.find(({ check }) => check === name)?.text ?? "";
    assert.match(
      text("session"),
      /^from the container endpoint \(AWS_CONTAINER_CREDENTIALS_FULL_URI\), \d+ d/,
    );
    assert.equal(text("identity"), "assumed-role/task/1, 123456789012, ASIANONE");
  } finally {
    await server.shutdown();
  }
});

Deno.test("verify --offline sees a source that cannot be followed", async () => {
  await using home = await temporaryHome(
    await homeWithSecrets({ text: profile(`role_arn: ${roleArn}\n        source_profile: cj`) }),
  );
  const { code, stdout } = await home.run(["verify", "--offline", "--json", "ci"]);
  const { cause, checks } = JSON.parse(stdout) as { cause: string; checks: Check[] };
  assert.deepEqual([code, cause], [2, "source_profile_unknown"]);
  const { text, fix } = checks.find(({ check }) => check === "source")!;
  assert.match(text!, /names "cj", which is no profile of this file \("default", "ci"\)$/);
  assert.equal(fix, "credsmith set profiles/ci/source_profile ci");
});
