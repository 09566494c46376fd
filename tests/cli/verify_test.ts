import assert from "node:assert/strict";
import { verifyOffline } from "../../src/cli/verify/offline.ts";
import { verifyOnline } from "../../src/cli/verify/online.ts";
import { loader } from "../../src/loader/emit.ts";
import { exampleKey, type Settings, type Standin, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { inProcess } from "../support/in_process.ts";
import { tryPermissions } from "../support/permissions.ts";
import {
  encrypted,
  exampleText,
  homeWithSecrets,
  strangerIdentity,
  testIdentity,
} from "../support/sops_file.ts";

const opus = "anthropic.claude-opus-5";
const plain = exampleText.replace(/model_id: .*/, `model_id: us.${opus}`);
const secret = exampleKey.secret;

/** What `--json` gives. */
interface Document {
  readonly version: number;
  readonly ok: boolean;
  readonly exit: number;
  readonly cause?: string;
  readonly checks: readonly {
    readonly check: string;
    readonly status: string;
    readonly text?: string;
    readonly details?: readonly string[];
    readonly cause?: string;
    readonly fix?: string;
  }[];
}

/** Claude's settings as `claude configure` leaves them, for a program anywhere. */
const claudeSettings = JSON.stringify(
  {
    env: {
      CLAUDE_CODE_USE_BEDROCK: "1",
      AWS_REGION: "us-east-1",
      ANTHROPIC_MODEL: `us.${opus}`,
    },
    awsCredentialExport: "/usr/bin/credsmith credential-process --format claude",
  },
  null,
  2,
);

async function homeFor(text = plain, more: Record<string, string> = {}): Promise<Home> {
  const home = await temporaryHome({
    ...await homeWithSecrets({ text }),
    ".claude/settings.json": claudeSettings,
    ...more,
  });
  return home;
}

/** Runs verify in this process, where the SDK is loaded once; permissions stay as they are. */
async function verify(
  home: Home,
  env: Readonly<Record<string, string>>,
  options: {
    invoke?: boolean;
    timeout?: number;
    profile?: string;
    offline?: boolean;
    json?: boolean;
  } = {},
): Promise<{ code: number; stdout: string; document: Document }> {
  const { context, stdout } = inProcess(home, env);
  const { invoke = true, timeout = 5, profile = "default", json = true } = options;
  const run = options.offline ? verifyOffline : verifyOnline;
  const code = await run(context, { json, invoke, timeout }, profile);
  return { code, stdout: stdout(), document: json ? JSON.parse(stdout()) : undefined };
}

const denied = (reason: string) =>
  `User: arn:aws:iam::123456789012:user/claude-dev is not authorized to perform: ` +
  `bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::` +
  `foundation-model/${opus} ${reason}`;

const answers = (status: number, code: string, message: string): Settings => ({
  faults: [{ operation: "ConverseStream", fault: { kind: "error", status, code, message } }],
});

const everything = (fault: NonNullable<Settings["faults"]>[number]["fault"]): Settings => ({
  faults: [{ operation: "*", fault }],
});

interface Row {
  readonly name: string;
  readonly settings?: Settings;
  /** The plaintext of the secrets file. */
  readonly text?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: Parameters<typeof verify>[2];
  readonly exit: number;
  readonly cause?: string;
  /** What failed, or was skipped: `models answer:skip`. */
  readonly checks?: string;
  readonly fix?: string;
}

const withoutControl = [
  "bedrock:ListInferenceProfiles",
  "bedrock:GetFoundationModel",
  "bedrock:GetFoundationModelAvailability",
];
const modelText = (id: string) => plain.replace(`us.${opus}`, id);
const model = (changes: object): Settings => ({ models: [{ id: opus, ...changes }] });

// deno-fmt-ignore -- a table
const rows: readonly Row[] = [
  { name: "everything right", exit: 0, checks: "" },
  { name: "nothing to ask but the answer", settings: { users: [{ name: "claude-dev", denied: withoutControl }] }, exit: 0, checks: "models:skip" },
  { name: "nothing asked and nothing answered", settings: { users: [{ name: "claude-dev", denied: withoutControl }] }, options: { invoke: false }, exit: 9, cause: "policy_missing", checks: "models:skip answer:skip" },
  { name: "the answer left out", options: { invoke: false }, exit: 0, checks: "answer:skip" },
  { name: "no model pinned", text: plain.replace(/bedrock:\n(?: .*\n)*/, ""), exit: 0, checks: "" },
  { name: "a model that wants 16 tokens", settings: model({ minTokens: 16 }), exit: 0, checks: "" },

  { name: "an unknown key", text: plain.replace(exampleKey.id, "AKIAI44QH8DHBEXAMPLE"), exit: 5, cause: "key_unknown", checks: "identity models:skip answer:skip", fix: "credsmith set aws_access_key_id" },
  { name: "a wrong secret", text: plain.replace(secret, `${secret.slice(0, -3)}abc`), exit: 5, cause: "secret_wrong", checks: "identity models:skip answer:skip", fix: "credsmith set aws_secret_access_key" },
  { name: "a stale session token", text: `${plain}aws_session_token: IQoJb3JpZ2luX2VjEXAMPLE\n`, exit: 5, cause: "token_stale", checks: "identity models:skip answer:skip", fix: "credsmith unset aws_session_token" },
  { name: "a session key without its token", text: plain.replace(exampleKey.id, "ASIAIOSFODNN7EXAMPLE"), exit: 5, cause: "token_missing", checks: "identity models:skip answer:skip" },
  { name: "a profile without a secret", text: plain.replace(/aws_secret.*\n/, ""), exit: 5, cause: "key_missing", checks: "identity models:skip answer:skip" },
  { name: "a key id with a blank in it", text: plain.replace(exampleKey.id, "AKIA IOSFODNN7EXAMPLE"), exit: 5, cause: "key_unknown", checks: "identity models:skip answer:skip" },

  { name: "a clock 7 minutes behind", settings: { clockOffset: 432 }, exit: 5, cause: "clock_skew", checks: "clock", fix: "sudo systemctl restart systemd-timesyncd" },
  { name: "a clock 20 minutes ahead", settings: { clockOffset: -1200 }, exit: 5, cause: "clock_skew", checks: "clock" },
  { name: "a clock far behind and a wrong secret", text: plain.replace(secret, `${secret.slice(0, -3)}abc`), settings: { clockOffset: 1200 }, exit: 5, cause: "clock_skew", checks: "clock identity models:skip answer:skip" },
  { name: "a clock 4 min 30 s behind", settings: { clockOffset: 270 }, exit: 0, checks: "clock:note" },

  { name: "a missing permission", settings: { users: [{ name: "claude-dev", denied: ["bedrock:InvokeModelWithResponseStream"] }] }, exit: 6, cause: "policy_missing", checks: "answer" },
  { name: "an explicit deny", settings: answers(403, "AccessDeniedException", denied("with an explicit deny in an identity-based policy")), exit: 6, cause: "policy_denies", checks: "answer" },
  { name: "a service control policy", settings: answers(403, "AccessDeniedException", denied("with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/service_control_policy/p-b")), exit: 6, cause: "scp_denies", checks: "answer" },
  { name: "a permissions boundary", settings: answers(403, "AccessDeniedException", denied("because no permissions boundary allows the bedrock:InvokeModelWithResponseStream action")), exit: 6, cause: "boundary_denies", checks: "answer" },
  { name: "a VPC endpoint policy", settings: answers(403, "AccessDeniedException", denied("with an explicit deny in a VPC endpoint policy")), exit: 6, cause: "vpc_endpoint_denies", checks: "answer" },
  { name: "a bare denial", settings: answers(403, "AccessDeniedException", "Access denied"), exit: 6, cause: "access_denied", checks: "answer" },

  { name: "a model that was not granted", settings: model({ granted: false }), exit: 6, cause: "model_not_granted", checks: "models answer:skip" },
  { name: "a model that was not granted, without an answer", settings: model({ granted: false }), options: { invoke: false }, exit: 6, cause: "model_not_granted", checks: "models answer:skip" },
  { name: "use case details that are missing", settings: model({ useCaseSubmitted: false }), exit: 6, cause: "use_case_missing", checks: "models answer:skip" },
  { name: "a subscription that is not allowed", settings: answers(403, "AccessDeniedException", "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. If you recently fixed this issue, try again after 2 minutes."), exit: 6, cause: "marketplace_denied", checks: "models answer:skip", fix: "have an administrator use the model once, then wait 2 minutes" },
  { name: "a model that wants an inference profile", text: modelText(opus), exit: 6, cause: "inference_profile_needed", checks: "models answer:skip claude", fix: `credsmith models pin us.${opus}` },
  { name: "the same without an answer", text: modelText(opus), options: { invoke: false }, exit: 6, cause: "inference_profile_needed", checks: "models answer:skip claude", fix: `credsmith models pin us.${opus}` },
  { name: "the same where nothing may be listed", text: modelText(opus), settings: { users: [{ name: "claude-dev", denied: withoutControl }] }, exit: 6, cause: "inference_profile_needed", checks: "models answer:skip claude" },
  { name: "a small model that wants an inference profile", text: plain.replace("bedrock:\n", "bedrock:\n    small_model_id: anthropic.claude-haiku-4-5-20251001-v1:0\n"), exit: 6, cause: "inference_profile_needed", checks: "models", fix: "credsmith models pin --small us.anthropic.claude-haiku-4-5-20251001-v1:0" },
  { name: "a profile of another part of the world", text: modelText(`eu.${opus}`), exit: 6, cause: "model_unknown", checks: "models answer:skip claude", fix: `credsmith models pin us.${opus}` },
  { name: "a mistyped model", text: modelText("us.anthropic.claude-opsu-5"), exit: 6, cause: "model_unknown", checks: "models answer:skip claude", fix: `credsmith models pin us.${opus}` },
  { name: "a model at the end of its life", text: modelText("anthropic.claude-3-sonnet-20240229-v1:0"), exit: 6, cause: "model_end_of_life", checks: "models answer:skip claude", fix: "credsmith models pin us.anthropic.claude-sonnet-5" },
  { name: "a legacy model", settings: answers(404, "ResourceNotFoundException", "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock"), exit: 6, cause: "model_legacy", checks: "models answer:skip" },
  { name: "a daily quota", settings: answers(429, "ThrottlingException", "Too many tokens per day, please wait before trying again."), exit: 6, cause: "quota_daily", checks: "answer" },
  { name: "throttling", settings: answers(429, "ThrottlingException", "Too many requests, please wait before trying again."), exit: 7, cause: "throttled", checks: "answer" },
  { name: "throttling within the stream", settings: { faults: [{ operation: "ConverseStream", fault: { kind: "stream error", type: "throttlingException", message: "Too many requests" } }] }, exit: 7, cause: "throttled", checks: "answer" },

  { name: "AWS out of reach", env: { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9", AWS_ENDPOINT_URL_BEDROCK: "http://127.0.0.1:9", AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:9" }, exit: 7, cause: "connection_refused", checks: "clock:skip identity models:skip answer:skip", fix: "unset AWS_ENDPOINT_URL_STS" },
  { name: "an endpoint that is no URL", env: { AWS_ENDPOINT_URL_STS: "nonsense" }, exit: 9, cause: "endpoint_wrong", checks: "identity:skip" },
  { name: "AWS hanging", settings: everything({ kind: "hang" }), options: { timeout: 0.3 }, exit: 7, cause: "timed_out", checks: "clock:skip identity models:skip answer:skip" },
  { name: "AWS stalling after the head", settings: everything({ kind: "stall" }), options: { timeout: 0.3 }, exit: 7, cause: "timed_out", checks: "identity models:skip answer:skip" },
  { name: "AWS dropping connections", settings: everything({ kind: "drop before" }), exit: 7, cause: "connection_reset", checks: "clock:skip identity models:skip answer:skip" },
  { name: "answers that are cut", settings: everything({ kind: "cut" }), exit: 7, cause: "connection_reset", checks: "identity models:skip answer:skip" },
  { name: "answers that are no HTTP", settings: everything({ kind: "garbage" }), exit: 7, cause: "garbled", checks: "clock:skip identity models:skip answer:skip" },
  { name: "a captive portal", settings: everything({ kind: "html" }), exit: 7, cause: "not_aws", checks: "clock:skip identity models:skip answer:skip" },
  { name: "a proxy's page of refusal", settings: everything({ kind: "html", status: 403 }), exit: 7, cause: "not_aws", checks: "clock:skip identity models:skip answer:skip" },
  { name: "500", settings: everything({ kind: "status", status: 500 }), exit: 7, cause: "service_error", checks: "identity models:skip answer:skip" },
  { name: "503", settings: everything({ kind: "status", status: 503 }), exit: 7, cause: "service_unavailable", checks: "identity models:skip answer:skip" },
  { name: "429", settings: everything({ kind: "status", status: 429 }), exit: 7, cause: "throttled", checks: "identity models:skip answer:skip" },
  { name: "STS alone out of reach", env: { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9" }, exit: 9, cause: "connection_refused", checks: "identity:skip" },

  { name: "another key in the environment, before Claude's", env: { AWS_BEARER_TOKEN_BEDROCK: "ABSKexample" }, exit: 9, cause: "claude_settings_override", checks: "claude", fix: "unset AWS_BEARER_TOKEN_BEDROCK" },
];

for (const row of rows) {
  Deno.test(`verify: ${row.name} -> ${row.exit}${row.cause ? ` ${row.cause}` : ""}`, async () => {
    await using home = await homeFor(row.text);
    await using standin = startStandin();
    standin.set(row.settings ?? {});
    const { code, stdout, document } = await verify(
      home,
      { ...standin.env, ...row.env },
      row.options,
    );
    assert.equal(document.cause, row.cause);
    assert.equal(code, row.exit);
    assert.equal(document.exit, row.exit);
    assert.equal(document.ok, row.exit === 0);
    if (row.checks !== undefined) assert.equal(notable(document), row.checks);
    if (row.fix !== undefined) {
      assert.equal(document.checks.find(({ cause }) => cause === row.cause)?.fix, row.fix);
    }
    assertAbsent(stdout, [secret, testIdentity, "ABSKexample"], "the report");
    assert.ok(standin.log.length <= 12);
  });
}

/** What is not simply right, apart from the stand-in's own endpoint. */
function notable(document: Document): string {
  return document.checks.filter(({ check, status }) => status !== "ok" && check !== "endpoint")
    .map(({ check, status }) => status === "fail" ? check : `${check}:${status}`).join(" ");
}

Deno.test("verify asks a model that complains about tokens once more, for 16", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  standin.set(model({ minTokens: 16 }));
  await verify(home, standin.env);
  assert.equal(standin.log.filter(({ operation }) => operation === "ConverseStream").length, 2);
});

Deno.test("verify sends each request once, whatever goes wrong", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  standin.set(everything({ kind: "status", status: 500 }));
  await verify(home, standin.env);
  const operations = standin.log.map(({ operation }) => operation).sort();
  // A session may be asked for again: what STS gives twice costs nothing.
  assert.deepEqual(operations.filter((each) => each !== "GetSessionToken"), [
    "ConverseStream",
    "GetCallerIdentity",
    "GetFoundationModel",
    "GetFoundationModelAvailability",
    "ListInferenceProfiles",
  ]);
});

// deno-fmt-ignore -- a table
const depths: readonly (readonly [string, Settings, string, number])[] = [
  ["with a good key", {}, plain, 2],
  ["without a pinned model", {}, plain.replace(/bedrock:\n(?: .*\n)*/, ""), 3],
  ["with a wrong clock", { clockOffset: 1200 }, plain, 2],
  ["with a wrong clock and a model that wants 16 tokens", { clockOffset: 420, ...model({ minTokens: 16 }) }, plain, 4],
];

for (const [name, settings, text, depth] of depths) {
  Deno.test(`verify ${name} waits for ${depth} answers one after another`, async () => {
    await using home = await homeFor(text);
    await using standin = startStandin();
    standin.set({ ...settings, latency: 50, batch: 150 });
    await verify(home, standin.env);
    assert.equal(standin.depth(), depth);
  });
}

const local = (env: object) => ({
  ".claude/settings.local.json": JSON.stringify({ env }, null, 2),
});
// deno-fmt-ignore -- a table
const overrides: readonly (readonly [
  name: string,
  files: Record<string, string>,
  env: Record<string, string>,
  text: string,
  detail: string | undefined,
])[] = [
  ["a profile in the local settings", local({ AWS_BEARER_TOKEN_BEDROCK: "ABSKexample" }), {}, "Claude Code uses a Bedrock API key instead", ".claude/settings.local.json:3 sets env.AWS_BEARER_TOKEN_BEDROCK"],
  ["another region in the local settings", local({ AWS_REGION: "eu-west-1" }), {}, "Claude Code uses another region than us-east-1", `.claude/settings.local.json:3 sets env.AWS_REGION "eu-west-1"`],
  ["another model in the local settings", local({ ANTHROPIC_MODEL: "us.anthropic.claude-opus-4-8" }), {}, "Claude Code uses another model", `.claude/settings.local.json:3 sets env.ANTHROPIC_MODEL "us.anthropic.claude-opus-4-8"`],
  ["another small model in the local settings", local({ ANTHROPIC_DEFAULT_HAIKU_MODEL: "us.anthropic.claude-sonnet-5" }), {}, "Claude Code uses another model for background tasks", `.claude/settings.local.json:3 sets env.ANTHROPIC_DEFAULT_HAIKU_MODEL "us.anthropic.claude-sonnet-5"`],
  ["another secrets file", { ".claude/settings.json": claudeSettings.replace("--format claude", "--format claude -f /other.yaml") }, {}, "Claude Code uses another secrets file", `.claude/settings.json:7 sets awsCredentialExport "/other.yaml"`],
  ["another profile", { ".claude/settings.json": claudeSettings.replace("--format claude", "--format claude work") }, {}, `Claude Code uses profile "work"`, ".claude/settings.json:7 sets awsCredentialExport"],
  ["another command", { ".claude/settings.json": claudeSettings.replace("/usr/bin/credsmith", "vault-thing") .replace("credential-process", "x") }, {}, "Claude Code gets its key from another command", ".claude/settings.json:7 sets awsCredentialExport"],
  ["a profile in the environment", { ".claude/settings.json": claudeSettings.replace(/,\s+"awsCredentialExport.*/, "") }, { AWS_PROFILE: "work" }, "Claude Code uses another key", `AWS_PROFILE "work" is set in this shell`],
  ["whatever AWS credentials there are", { ".claude/settings.json": claudeSettings.replace(/,\s+"awsCredentialExport.*/, "") }, {}, "Claude Code takes whatever AWS credentials it finds", undefined],
];

for (const [name, files, env, text, detail] of overrides) {
  Deno.test(`verify tells that Claude Code would use ${name}`, async () => {
    const small = "    small_model_id: us.anthropic.claude-haiku-4-5-20251001-v1:0\n";
    await using home = await homeFor(plain.replace("bedrock:\n", `bedrock:\n${small}`), files);
    await using standin = startStandin();
    const { code, stdout, document } = await verify(home, { ...standin.env, ...env });
    const claude = document.checks.find(({ check }) => check === "claude")!;
    assert.equal(claude.text, text);
    assert.equal(claude.details?.[0], detail);
    assert.equal(code, 9);
    assertAbsent(stdout, [secret, "ABSKexample"], "the report");
  });
}

Deno.test("verify tells where an endpoint in ~/.aws/config comes from", async () => {
  await using standin = startStandin();
  await using home = await homeFor(plain.replace(/ {4}endpoint: .*\n/, ""), {
    ".aws/config": `[default]\noutput = json\nendpoint_url = ${standin.url}\n`,
  });
  const { code, document } = await verify(home, {});
  assert.equal(code, 0);
  assert.equal(
    document.checks.find(({ check }) => check === "endpoint")?.text,
    `${standin.url} (~/.aws/config:3)`,
  );
});

const good = `default, secrets/aws.yaml, us-east-1
  ok    file      opened by your key
  note  endpoint  URL (AWS_ENDPOINT_URL_STS and 3 more)
  ok    clock     within 1 s of AWS
  ok    identity  user/claude-dev, 123456789012, AKIAIOSFODNN7EXAMPLE
  ok    session   made from the key, without IAM, 12 h left
  ok    models    opus-5
  ok    answer    opus-5, N ms
  ok    claude    uses this key (awsCredentialExport)
Ready: claude
`;

const skewed = good.replace(
  / {2}ok {4}clock.*\n/,
  `  FAIL  clock     7 min 12 s behind AWS                         [clock_skew]
                  Key and secret are right, checked with AWS's time
        fix       sudo systemctl restart systemd-timesyncd
`,
).replace("Ready: claude", "Not ready: clock");

const profileNeeded = good.replace(
  / {2}ok {4}models[^]*/,
  `  FAIL  models    "anthropic.claude-opus-5" needs an inference profile
                                                  [inference_profile_needed]
        fix       credsmith models pin us.anthropic.claude-opus-5
  skip  answer
  FAIL  claude    Claude Code uses another model  [claude_settings_override]
                  .claude/settings.json:5 sets env.ANTHROPIC_MODEL
                  "us.anthropic.claude-opus-5"
        fix       credsmith claude configure  (shows the diff, asks)
Not ready: models, claude
`,
);

/** The parts of a report that differ from run to run. */
function settled(text: string, standin: Standin): string {
  return text.replaceAll(standin.url, "URL").replace(/\d+ ms/, "N ms")
    .replace("11 h 59 min left", "12 h left");
}

const goldens: readonly (readonly [string, Settings, string, number, string])[] = [
  ["that all is right", {}, plain, 0, good],
  ["a wrong clock", { clockOffset: 432 }, plain, 5, skewed],
  ["a model that wants an inference profile", {}, modelText(opus), 6, profileNeeded],
];

for (const [name, settings, text, exit, expected] of goldens) {
  Deno.test(`verify prints ${name} in 80 columns`, async () => {
    await using home = await homeFor(text);
    await using standin = startStandin();
    standin.set(settings);
    const { code, stdout, stderr } = await home.run(["verify"], { env: standin.env });
    assert.equal(settled(stdout, standin), expected);
    assert.equal(stderr, "");
    assert.equal(code, exit);
  });
}

Deno.test("verify with a file that does not open says so, and asks AWS nothing", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  await home.write(".config/sops/age/keys.txt", `${strangerIdentity}\n`, 0o600);
  const { code, stdout } = await home.run(["verify", "--json"], { env: standin.env });
  const document: Document = JSON.parse(stdout);
  assert.equal(code, 3);
  assert.equal(document.cause, "wrong_identity");
  assert.equal(standin.log.length, 0);
});

Deno.test("verify of a profile that is not there is a usage fault", async () => {
  await using home = await homeFor();
  const { code, document } = await verify(home, {}, { profile: "work" });
  assert.equal(code, 2);
  assert.equal(document.cause, "unknown_profile");
});

Deno.test("verify checks a named profile with its own key, region and model", async () => {
  await using standin = startStandin();
  standin.set({
    users: [{
      name: "work",
      keys: [{ id: "AKIAI44QH8DHBEXAMPLE", secret: "je7MtGbClwBF/EXAMPLE" }],
    }],
  });
  await using home = await homeFor(
    `${plain}profiles:
    work:
        access_key_id: AKIAI44QH8DHBEXAMPLE
        secret_access_key: je7MtGbClwBF/EXAMPLE
        region: eu-west-1
        model_id: eu.${opus}
`,
    { ".claude/settings.json": "{}" },
  );
  const { code, document } = await verify(home, standin.env, { profile: "work" });
  assert.equal(code, 0);
  assert.deepEqual([...new Set(standin.log.map(({ region }) => region))], ["eu-west-1"]);
  const identity = document.checks.find(({ check }) => check === "identity");
  assert.equal(identity?.text, "user/work, 123456789012, AKIAI44QH8DHBEXAMPLE");
});

Deno.test("verify --offline opens no socket", async () => {
  await using home = await homeFor();
  const { code, left } = await tryPermissions(home, ["verify", "--offline"]);
  assert.equal(code, 0);
  assert.ok(!left.includes("net") && !left.includes("write"), left.join());
});

const recovery = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
// deno-fmt-ignore -- a table
const offline: readonly (readonly [
  name: string,
  prepare: (home: Home) => Promise<void>,
  exit: number,
  cause: string,
])[] = [
  ["that only one key opens the file", () => Promise.resolve(), 0, "single_recipient"],
  ["no identity", (home) => Deno.remove(`${home.path}/.config`, { recursive: true }), 3, "no_identity"],
  ["an identity that others may read", (home) => Deno.chmod(`${home.path}/.config/sops/age/keys.txt`, 0o644), 0, "identity_exposed"],
  ["a missing rule", (home) => home.write(".sops.yaml", "creation_rules:\n  - path_regex: other\n    age: " + recovery), 0, "no_rule"],
  ["a key that only the rule has", async (home) => await home.write(".sops.yaml", `${await home.read(".sops.yaml")},${recovery}`.replace(/\n,/, ",")), 0, "recipient_not_in_file"],
  ["a key that only the file has", (home) => home.write(".sops.yaml", `creation_rules:\n  - age: ${recovery}\n`), 0, "recipient_not_in_rule"],
  ["a credential in plaintext", async (home) => await home.write("secrets/aws.yaml", await encrypted(plain, { selector: { rule: "encrypted_regex", text: "^aws_secret" } })), 9, "plaintext_credential"],
  ["that git does not have the file", async (home) => void await home.program("git", ["init", "-q"]), 0, "not_in_git"],
  ["a loader that is older than the file", async (home) => {
    const loader = `${home.runtime}/credsmith/load-aws-bedrock.sh`;
    await home.write(loader, "");
    await Deno.utime(loader, 1, 1);
  }, 0, "secret_files_stale"],
];

for (const [name, prepare, exit, cause] of offline) {
  Deno.test(`verify --offline tells ${name}`, async () => {
    await using home = await homeFor();
    await prepare(home);
    const { code, stdout, document } = await verify(home, {}, { offline: true });
    const causes = document.checks.map((check) => check.cause);
    assert.ok(causes.includes(cause), `${cause} in ${causes.filter((each) => each)}`);
    assert.equal(code, exit);
    assertAbsent(stdout, [secret, testIdentity], "the report");
  });
}

Deno.test("verify --offline without a secrets file looks at the loader", async () => {
  await using home = await temporaryHome();
  const nothing = await home.run(["verify", "--offline"]);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /^Found no secrets file/);
  const folder = `${home.runtime}/credsmith`;
  await home.write(`${folder}/load-aws-bedrock.sh`, '# Profiles: default work. Generated by "x"\n');
  await home.write(`${folder}/secrets/aws_access_key_id`, "AKIAIOSFODNN7EXAMPLE");
  const there = await home.run(["verify", "--offline"]);
  assert.deepEqual([there.code, there.stderr], [0, ""]);
  assert.match(there.stdout, /\nNothing wrong with the loader\. In the repository, .*\n$/);
  const absent = await home.run(["verify", "--offline", "work"]);
  assert.equal(absent.code, 5);
  assert.match(absent.stdout, /secret_files_missing\]\n +fix +credsmith unlock\n/);
  const elsewhere = loader({
    version: 1,
    directory: `${home.path}/secrets`,
    unset: [],
    profiles: { work: { files: { ID: "aws_work_access_key_id" }, optional: [], constants: {} } },
  }, "sh");
  await home.write(`${folder}/load-aws-bedrock.sh`, elsewhere);
  await home.write("secrets/aws_work_access_key_id", "AKIAIOSFODNN7EXAMPLE");
  assert.equal((await home.run(["verify", "--offline", "work"])).code, 0);
  const none = await home.run(["verify", "--offline", "-f", "secrets/aws.yaml"]);
  assert.equal(none.code, 2);
});

Deno.test("verify --offline knows home-manager's loader, and who installs its files", async () => {
  await using home = await temporaryHome();
  const directory = `${home.path}/.config/sops-nix/secrets`;
  const files = (name: string) => ({ files: { ID: name }, optional: [], constants: {} });
  await home.write(
    ".config/credsmith/load-aws-bedrock.sh",
    loader({
      version: 1,
      directory,
      unset: [],
      profiles: { work: files("aws_work_access_key_id") },
    }, "sh"),
  );
  const absent = await home.run(["verify", "--offline", "work"]);
  assert.equal(absent.code, 5);
  assert.match(absent.stdout, /secret_files_missing\]\n +fix +systemctl --user restart sops-nix\n/);
  await home.write(`${directory}/aws_work_access_key_id`, "AKIAIOSFODNN7EXAMPLE");
  // What the loader does not load may be private to a service.
  await home.write(`${directory}/aws_billing_access_key_id`, "AKIAIOSFODNN7EXAMPLE");
  await Deno.chmod(`${directory}/aws_billing_access_key_id`, 0);
  for (const profile of ["work", "billing"]) {
    const there = await home.run(["verify", "--offline", profile]);
    assert.deepEqual([there.code, there.stdout.includes("may not read")], [0, false]);
  }
});

Deno.test("verify ends at Ctrl-C while AWS hangs", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  standin.set(everything({ kind: "hang" }));
  const [command, ...given] = credsmith;
  const child = new Deno.Command(command, {
    args: [...given, "verify"],
    cwd: home.path,
    env: { ...home.env, ...standin.env },
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).spawn();
  // Should it end by itself, the test fails below instead of waiting for ever.
  await Promise.race([standin.nextRequest(), child.status]);
  if (standin.log.length) child.kill("SIGINT");
  const { signal } = await child.status;
  assert.equal(signal, "SIGINT");
});

Deno.test("verify reads nothing of the environment that would change its requests", async () => {
  await using home = await homeFor(plain, {
    ".aws/config": "[default]\nmax_attempts = 9\n[profile work\nretry_mode = zzz\n",
    ".aws/credentials": "[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n",
  });
  await using standin = startStandin();
  const { stdout } = await home.run(["verify", "--json"], {
    env: {
      ...standin.env,
      AWS_PROFILE: "nope",
      AWS_ACCESS_KEY_ID: "AKIAOTHER",
      AWS_SECRET_ACCESS_KEY: "other",
      AWS_SESSION_TOKEN: "stale",
      AWS_BEARER_TOKEN_BEDROCK: "ABSKexample",
      AWS_RETRY_MODE: "bogus",
      AWS_MAX_ATTEMPTS: "7",
      AWS_REGION: "eu-west-1",
    },
  });
  assert.equal(notable(JSON.parse(stdout)), "claude");
  const keys = new Set(standin.log.map((each) => each.accessKeyId));
  const sessions = [...standin.state.sessions.keys()];
  assert.deepEqual([...keys].sort(), [exampleKey.id, ...sessions]);
  assert.equal(sessions.length, 1);
  assert.deepEqual([...new Set(standin.log.map((each) => each.region))], ["us-east-1"]);
  assert.equal(standin.log.length, 6);
  assertAbsent(stdout, [secret, "ABSKexample", "stale"], "the report");
});

Deno.test("settings that Claude Code skips are one finding, and not also settings that are missing", async () => {
  const files = await homeWithSecrets({ text: plain });
  await using home = await temporaryHome({
    ...files,
    ".claude/settings.json": '{\n  // mine\n  "model": "opus"\n}\n',
  });
  const { stdout } = await home.run(["verify", "--offline", "--json"]);
  const { checks } = JSON.parse(stdout) as Document;
  assert.deepEqual(checks.filter(({ check }) => check === "claude"), [{
    check: "claude",
    status: "note",
    text: "Claude Code skips ~/.claude/settings.json:2: a comment, which JSON does not have",
    cause: "claude_settings_unreadable",
    fix: "make that file plain JSON; Claude Code reads nothing else",
  }]);
});

Deno.test("verify of a profile beside the default one is ready, though Claude Code has another", async () => {
  const work = `${plain}profiles:
    work:
        access_key_id: ${exampleKey.id}
        secret_access_key: ${exampleKey.secret}
        region: us-east-1
`;
  await using home = await homeFor(work);
  await using standin = startStandin();
  const { code, stdout } = await verify(home, standin.env, { profile: "work", json: false });
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /\n {2}note {2}claude {4}Claude Code uses profile "default" .*\[claude_other_profile\]\n/s,
  );
  assert.match(stdout, /\n {8}fix {7}credsmith claude configure --profile work\n/);
  assert.match(stdout, /\nReady: credsmith exec work -- COMMAND\n$/);
});

// deno-fmt-ignore -- a table
const ages: readonly (readonly [name: string, daysAgo: number, text: string, expected: string | undefined])[] = [
  ["before the reminder day", 75, plain, undefined],
  ["on the reminder day", 76, plain, "76 of 90 days: credsmith rotate"],
  ["overdue", 97, plain, "97 of 90 days: credsmith rotate"],
  ["with a limit of its own", 20, `${plain}aws_rotate_after_days: "20"\n`, "20 of 20 days: credsmith rotate"],
  ["of a session", 97, `${plain}aws_session_token: token\n`, undefined],
];

for (const [name, daysAgo, text, expected] of ages) {
  Deno.test(`verify notes the age of a key, ${name}, and asks nobody for it`, async () => {
    await using standin = startStandin();
    const made = Temporal.Now.instant().subtract({ hours: daysAgo * 24 + 1 });
    const dates = { [`${exampleKey.id} ${standin.url}`]: made };
    await using home = await homeFor(text, {
      ".cache/credsmith/keys.json": JSON.stringify({ version: 1, created: dates }),
    });
    const { document } = await verify(home, standin.env);
    const age = document.checks.find(({ check }) => check === "age");
    assert.equal(age?.text, expected);
    if (age) assert.equal(age.status, "note");
    assert.ok(standin.log.every(({ operation }) => operation !== "ListAccessKeys"));
  });
}
