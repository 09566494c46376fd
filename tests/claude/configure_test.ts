import assert from "node:assert/strict";
import { planConfigure, type SettingsFile, type Wishes } from "../../src/claude/configure.ts";
import { denyRules } from "../../src/claude/deny.ts";
import { maskSettings } from "../../src/claude/mask.ts";
import type { Scope } from "../../src/claude/places.ts";
import { Secret } from "../../src/sops/secret.ts";

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const wishes: Wishes = {
  command: "/usr/bin/credsmith credential-process --format claude",
  region: "us-east-1",
  modelId: "us.anthropic.claude-opus-5",
  smallModelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  deny: ["Read(//run/secrets/**)"],
};

type Writable = Exclude<Scope, "managed">;

function file(scope: Writable, settings?: unknown): SettingsFile {
  const text = settings === undefined ? undefined : JSON.stringify(settings, null, 2);
  return {
    scope,
    path: `/${scope}.json`,
    ...(text === undefined ? {} : { source: { text: new Secret(text), marked: false } }),
  };
}

function plan(scope: Writable, files: readonly SettingsFile[], discard = false) {
  return planConfigure(files, wishes, {
    scope,
    keeps: (value) => value.reveal() === secret,
    discard,
  });
}

const after = (files: readonly SettingsFile[], scope: Writable = "user") =>
  plan(scope, files).edits.map(({ file, after }) => [file.scope, JSON.parse(after.reveal())]);

Deno.test("the chosen file gets everything, and is written first", () => {
  const edits = after([
    file("local", { env: { AWS_PROFILE: "x", A: "1" } }),
    file("project"),
    file("user"),
  ]);
  assert.deepEqual(edits, [
    ["user", {
      awsCredentialExport: wishes.command,
      env: {
        CLAUDE_CODE_USE_BEDROCK: "1",
        AWS_REGION: "us-east-1",
        ANTHROPIC_MODEL: "us.anthropic.claude-opus-5",
        ANTHROPIC_DEFAULT_HAIKU_MODEL: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
      },
      permissions: { deny: ["Read(//run/secrets/**)"] },
    }],
    ["local", { env: { A: "1" } }],
  ]);
});

Deno.test("a file below the chosen one loses kept credentials and nothing else", () => {
  const edits = after(
    [
      file("local"),
      file("user", { env: { AWS_SECRET_ACCESS_KEY: secret, AWS_PROFILE: "x", AWS_REGION: "y" } }),
    ],
    "local",
  );
  assert.deepEqual(edits.map(([scope]) => scope), ["local", "user"]);
  assert.deepEqual(edits[1]![1], { env: { AWS_PROFILE: "x", AWS_REGION: "y" } });
});

Deno.test("a credential below that nothing keeps stays, and is remarked upon", () => {
  const { edits, remarks, unkept } = plan("local", [
    file("local"),
    file("user", {
      env: { AWS_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE", AWS_SECRET_ACCESS_KEY: "other" },
    }),
  ]);
  assert.deepEqual(edits.map(({ file }) => file.scope), ["local"]);
  assert.deepEqual(unkept, []);
  assert.deepEqual(remarks.map(({ kind }) => kind), ["kept credential", "kept credential"]);
});

Deno.test("keys of Anthropic's stay: the secrets file has no place for them", () => {
  const { edits, remarks } = plan("user", [
    file("user", { env: { ANTHROPIC_API_KEY: "sk-ant-x" } }),
  ]);
  assert.match(edits[0]!.after.reveal(), /sk-ant-x/);
  assert.deepEqual(remarks.map((remark) => remark.kind), ["kept credential"]);
});

Deno.test("the pin for background tasks takes the older variable away, which would win", () => {
  const [[, settings]] = after([file("user", { env: { ANTHROPIC_SMALL_FAST_MODEL: "old" } })]) as [
    [string, { env: Record<string, string> }],
  ];
  assert.equal(settings.env.ANTHROPIC_SMALL_FAST_MODEL, undefined);
});

Deno.test("only an edit that takes a secret out says that it clears one", () => {
  const clears = (env: Record<string, string>) =>
    plan("user", [file("user", { env })]).edits[0]!.clears;
  assert.equal(clears({ AWS_SECRET_ACCESS_KEY: secret }), true);
  assert.equal(clears({ AWS_PROFILE: "x", AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" }), false);
});

Deno.test("a second plan on the result is empty", () => {
  const [edit] = plan("user", [file("user", { env: { AWS_SECRET_ACCESS_KEY: secret } })]).edits;
  const again = plan("user", [{ ...edit!.file, source: { text: edit!.after, marked: false } }]);
  assert.deepEqual(again.edits, []);
});

const rules = [
  ["/home/a/.config/sops/age/keys.txt", "Read(~/.config/sops/age/keys.txt)"],
  ["/run/secrets/", "Read(//run/secrets/**)"],
  ["/home/another/keys.txt", "Read(//home/another/keys.txt)"],
  ["/home/a/odd [1]*?/k", "Read(~/odd \\[1\\]\\*\\?/k)"],
] as const;
for (const [path, rule] of rules) {
  Deno.test(`Claude's file tools are denied ${path}: ${rule}`, () => {
    assert.deepEqual(denyRules([path, path], "/home/a"), [rule]);
  });
}

const masks = [
  ["a secret in env", `{"env": {"X": "anything at all"}}`, `{"env": {"X": "<secret>"}}`],
  ["switches and regions", `{"env": {"A": "1", "AWS_REGION": "eu-west-1"}}`, undefined],
  [
    "a key in a variable that is shown",
    `{"env": {"ANTHROPIC_MODEL": "sk-ant-api03-abcd"}}`,
    `{"env": {"ANTHROPIC_MODEL": "<secret>"}}`,
  ],
  [
    "a key in a command",
    `{"apiKeyHelper": "echo sk-ant-api03-abcd"}`,
    `{"apiKeyHelper": "echo <secret>"}`,
  ],
  ["a secret access key anywhere", `{"a": ["x ${secret} y"]}`, `{"a": ["x <secret> y"]}`],
  ["a key in a comment", `{ // "K": "${secret}"\n}`, `{ // "K": "<secret>"\n}`],
  [
    "a password in a URL",
    `{"u": "https://me:hunter2@host/"}`,
    `{"u": "https://me:<secret>@host/"}`,
  ],
  [
    "paths and models",
    `{"a": "/home/user/project/src/main.ts", "m": "us.anthropic.claude-haiku-4-5-20251001-v1:0"}`,
    undefined,
  ],
  [
    "an env that is nested elsewhere",
    `{"mcp": {"env": {"T": "whatever"}}}`,
    `{"mcp": {"env": {"T": "<secret>"}}}`,
  ],
] as const;
for (const [name, text, masked] of masks) {
  Deno.test(`masking ${name}`, () => assert.equal(maskSettings(text), masked ?? text));
}

Deno.test("values that are known are masked wherever they stand, also as names", () => {
  assert.equal(
    maskSettings(`{"correct horse": 1}`, [new Secret("correct horse")]),
    `{"<secret>": 1}`,
  );
});
