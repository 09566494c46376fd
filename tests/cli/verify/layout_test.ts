import assert from "node:assert/strict";
import { type Cause, causes, outcomeOf } from "../../../src/aws/diagnose.ts";
import type { Check } from "../../../src/cli/verify/check.ts";
import { exitCodes } from "../../../src/cli/exit_codes.ts";
import { layOut } from "../../../src/cli/verify/layout.ts";
import { type RemedyContext, skewText, spanText, word } from "../../../src/cli/verify/remedies.ts";

const goldens: readonly (readonly [name: string, check: Check, lines: string])[] = [
  [
    "what is right in one line",
    { name: "clock", status: "ok", text: "within 1 s of AWS" },
    `  ok    clock     within 1 s of AWS`,
  ],
  [
    "a failure with its cause at the right, a detail and a fix",
    {
      name: "clock",
      status: "fail",
      text: "7 min 12 s behind AWS",
      cause: "clock_skew",
      details: ["Key and secret are right, checked with AWS's time"],
      fix: { text: "sudo systemctl restart systemd-timesyncd" },
    },
    `  FAIL  clock     7 min 12 s behind AWS                         [clock_skew]
                  Key and secret are right, checked with AWS's time
        fix       sudo systemctl restart systemd-timesyncd`,
  ],
  [
    "a cause that does not fit beside the text on a line of its own",
    {
      name: "models",
      status: "fail",
      text: `"anthropic.claude-sonnet-4-6" needs an inference profile`,
      cause: "inference_profile_needed",
      fix: { text: "credsmith models pin us.anthropic.claude-sonnet-4-6" },
    },
    `  FAIL  models    "anthropic.claude-sonnet-4-6" needs an inference profile
                                                  [inference_profile_needed]
        fix       credsmith models pin us.anthropic.claude-sonnet-4-6`,
  ],
  ["what was skipped without a reason", { name: "answer", status: "skip" }, `  skip  answer`],
  [
    "a remark behind its fix",
    {
      name: "claude",
      status: "fail",
      text: "Claude Code uses another key",
      cause: "claude_settings_override",
      details: [`.claude/settings.local.json:4 sets env.AWS_PROFILE "work"`],
      fix: { text: "credsmith claude configure", remark: "shows the diff, asks" },
    },
    `  FAIL  claude    Claude Code uses another key    [claude_settings_override]
                  .claude/settings.local.json:4 sets env.AWS_PROFILE "work"
        fix       credsmith claude configure  (shows the diff, asks)`,
  ],
  [
    "a long sentence in several lines, a command never",
    {
      name: "git",
      status: "note",
      text: "one two three four five six seven eight nine ten eleven twelve thirteen",
      fix: { text: `git add -N a/very/long/path/that/does/not/fit/into/one/line/of/eighty.yaml` },
    },
    `  note  git       one two three four five six seven eight nine ten eleven twelve
                  thirteen
        fix       git add -N a/very/long/path/that/does/not/fit/into/one/line/of/eighty.yaml`,
  ],
];

for (const [name, check, lines] of goldens) {
  Deno.test(`verify lays out ${name}`, () => {
    assert.equal(layOut(check).join("\n"), lines);
  });
}

Deno.test("verify wraps styles around words without moving anything", () => {
  const check: Check = { name: "clock", status: "fail", text: "slow", cause: "clock_skew" };
  const [line] = layOut(check, (_, text) => `<${text}>`);
  assert.equal(line?.replace(/[<>]/g, ""), layOut(check)[0]);
});

const context: RemedyContext = {
  region: "us-east-1",
  endpoints: {},
  paths: {
    accessKeyId: "aws_access_key_id",
    secretAccessKey: "aws_secret_access_key",
    sessionToken: "aws_session_token",
    region: "aws_region",
    modelId: "bedrock/model_id",
    smallModelId: "bedrock/small_model_id",
    endpoint: "bedrock/endpoint",
    bedrockApiKey: "bedrock/api_key",
  },
  mfaPath: "aws_mfa_serial",
  fileFlag: "",
  os: "linux",
  timeout: 10,
};

function wordingOf(cause: Cause, more: Partial<RemedyContext> = {}) {
  const facts = {
    service: "bedrock-runtime",
    code: "SomeException",
    status: 400,
    operation: "ConverseStream",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    modelId: "us.anthropic.claude-opus-5",
    action: "bedrock:InvokeModelWithResponseStream",
    principal: "user/claude-dev",
    resource: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5",
    skewSeconds: -432,
  } as const;
  return word({ cause, outcome: outcomeOf(cause), facts }, { ...context, ...more });
}

for (const cause of causes) {
  Deno.test(`verify words ${cause} with one remedy, in 80 columns`, () => {
    for (const more of [{}, { suggestion: "us.anthropic.claude-sonnet-5" }]) {
      const { text, details, fix } = wordingOf(cause, more);
      assert.doesNotMatch(text, /\.$|!|n't\b|undefined/);
      assert.doesNotMatch(fix.text, /!|n't\b|undefined/);
      const lines = layOut({
        name: "answer",
        status: "fail",
        text,
        ...(details ? { details } : {}),
        cause,
        fix,
      });
      for (const line of lines) assert.ok(line.length <= 80, line);
    }
  });
}

Deno.test("verify proposes the model id that would work", () => {
  const { fix } = wordingOf("inference_profile_needed", { suggestion: "us.anthropic.claude-x" });
  assert.equal(fix.text, "credsmith models pin us.anthropic.claude-x");
});

Deno.test("verify proposes to take back an endpoint that somebody set", () => {
  const url = "http://127.0.0.1:9";
  const endpoints = (from: Parameters<typeof Object>[0]) => ({ "bedrock-runtime": { url, from } });
  const environment = { kind: "environment", name: "AWS_ENDPOINT_URL" };
  const file = { kind: "aws_config", file: "~/.aws/config", line: 3 };
  const cases = [
    [environment, "unset AWS_ENDPOINT_URL"],
    [{ kind: "profile" }, "credsmith unset bedrock/endpoint"],
    [file, "take endpoint_url out of ~/.aws/config, line 3"],
  ] as const;
  for (const [from, expected] of cases) {
    const { text, fix } = wordingOf("connection_refused", { endpoints: endpoints(from) });
    assert.equal(text, "Nothing answers at 127.0.0.1:9");
    assert.equal(fix.text, expected);
  }
});

Deno.test("verify tells spans of time in two units", () => {
  assert.deepEqual([0, 59.6, 432, -3600, 93784].map(spanText), [
    "0 s",
    "1 min",
    "7 min 12 s",
    "1 h",
    "1 d 2 h",
  ]);
  assert.deepEqual([0.4, -1.4, 2, -432].map(skewText), [
    "within 1 s of AWS",
    "within 1 s of AWS",
    "2 s ahead of AWS",
    "7 min 12 s behind AWS",
  ]);
});

Deno.test("the reference of verify names every cause with its exit code", async () => {
  const path = new URL("../../../docs/reference/verify.md", import.meta.url);
  const text = await Deno.readTextFile(path);
  const missing = causes.filter((cause) =>
    !new RegExp(`\\| \`${cause}\` +\\| ${exitCodes[outcomeOf(cause)]} `).test(text)
  );
  assert.deepEqual(missing, []);
});
