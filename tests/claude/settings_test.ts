import assert from "node:assert/strict";
import { exportCommandLine, parseExportCommand } from "../../src/claude/export_command.ts";
import { findPlaintextKeys } from "../../src/claude/plaintext.ts";
import { localFolder, type Scope, settingsPlaces } from "../../src/claude/places.ts";
import {
  effectiveSettings,
  layerOf,
  parseSettings,
  readLayer,
  readSettings,
} from "../../src/claude/settings.ts";
import { claudeView } from "../../src/claude/view.ts";
import { temporaryHome } from "../support/home.ts";

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

function layer(scope: Scope, settings: unknown, path = `/${scope}.json`) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings, null, 2);
  return layerOf({ scope, path }, text);
}

Deno.test("places: managed drop-ins, later names first, then local, project and user", async () => {
  await using home = await temporaryHome({
    "managed/managed-settings.d/10-a.json": "{}",
    "managed/managed-settings.d/20-b.json": "{}",
    "managed/managed-settings.d/.hidden.json": "{}",
    "managed/managed-settings.d/readme.txt": "",
    "work/app/.git/HEAD": "",
    "work/app/src/x": "",
  });
  const places = settingsPlaces({
    env: { HOME: home.path },
    cwd: `${home.path}/work/app/src`,
    managedFolder: `${home.path}/managed`,
  });
  assert.deepEqual(places.map(({ scope, path }) => [scope, path.slice(home.path.length + 1)]), [
    ["managed", "managed/managed-settings.d/20-b.json"],
    ["managed", "managed/managed-settings.d/10-a.json"],
    ["managed", "managed/managed-settings.json"],
    ["local", "work/app/.claude/settings.local.json"],
    ["local", "work/app/src/.claude/settings.local.json"],
    ["project", "work/app/src/.claude/settings.json"],
    ["user", ".claude/settings.json"],
  ]);
});

Deno.test("places: in the home folder its settings.json is the user's, once", async () => {
  await using home = await temporaryHome({ ".git/HEAD": "" });
  const places = settingsPlaces({ env: { HOME: home.path }, cwd: home.path, managedFolder: "/m" });
  assert.deepEqual(places.map(({ scope }) => scope), ["managed", "local", "user"]);
});

Deno.test("places: CLAUDE_CONFIG_DIR moves the user's settings and nothing else", async () => {
  await using home = await temporaryHome();
  const env = { HOME: home.path, CLAUDE_CONFIG_DIR: "/elsewhere" };
  const places = settingsPlaces({ env, cwd: home.path, managedFolder: "/m" });
  assert.deepEqual(places.filter(({ scope }) => scope === "user"), [
    { scope: "user", path: "/elsewhere/settings.json" },
  ]);
  assert.ok(places.some(({ path }) => path === `${home.path}/.claude/settings.json`));
});

Deno.test("places: a worktree's local settings are those of the main checkout", async () => {
  await using home = await temporaryHome({
    "main/.git/worktrees/tree/HEAD": "",
    "tree/.git": "",
    "main/sub/.git": "gitdir: ../.git/modules/sub\n",
  });
  await home.write("tree/.git", `gitdir: ${home.path}/main/.git/worktrees/tree\n`);
  const folder = (cwd: string) =>
    localFolder({ env: { HOME: home.path }, cwd: `${home.path}/${cwd}` });
  assert.equal(folder("tree"), `${home.path}/main`);
  assert.equal(folder("main/sub"), `${home.path}/main/sub`);
});

Deno.test("reading gives file and line, and keeps values secret", () => {
  const text =
    `{\r\n  "model": "opus",\r\n  "env": {\r\n    "AWS_SECRET_ACCESS_KEY": "${secret}"\r\n  }\r\n}`;
  const read = layer("user", text);
  const found = read.env.get("AWS_SECRET_ACCESS_KEY");
  assert.equal(found?.line, 4);
  assert.equal(found?.file, "/user.json");
  assert.deepEqual(found?.path, ["env", "AWS_SECRET_ACCESS_KEY"]);
  assert.ok(!Deno.inspect(read, { depth: 9 }).includes(secret));
  assert.ok(!JSON.stringify([...read.env]).includes(secret));
});

Deno.test("of a repeated key the last one counts, as in JSON", () => {
  const read = layer("user", `{"model": "a", "env": {"X": "1"}, "model": "b", "env": {"X": "2"}}`);
  assert.equal(read.values.model?.value.reveal(), "b");
  assert.equal(read.env.get("X")?.value.reveal(), "2");
});

const faults = [
  ["a comment", `{\n  // mine\n  "model": "x"\n}`, 2, /comment/],
  ["a trailing comma", `{\n  "model": "x",\n}`, 3, /missing/],
  ["text that ends early", `{\n  "model": "x"`, 2, /close brace/],
  ["a list", `[]`, 1, /not a JSON object/],
] as const;
for (const [name, text, line, reason] of faults) {
  Deno.test(`a file with ${name} has a problem, because Claude Code skips it`, () => {
    const { problem } = layer("user", text);
    assert.equal(problem?.line, line);
    assert.match(problem!.reason, reason);
  });
}

Deno.test("a file that is not UTF-8 has a problem, a missing one is no layer, a BOM is none", async () => {
  await using home = await temporaryHome();
  const at = (name: string) => ({ scope: "user", path: `${home.path}/${name}` }) as const;
  await home.write("latin.json", new Uint8Array([0x7b, 0xe4, 0x7d]));
  await home.write("bom.json", '\uFEFF{"model": "x"}');
  assert.equal(readLayer(at("latin.json"))?.problem?.reason, "it is not UTF-8");
  assert.equal(readLayer(at("none.json")), undefined);
  const bom = readLayer(at("bom.json"));
  assert.equal(bom?.problem, undefined);
  assert.equal(bom?.values.model?.value.reveal(), "x");
});

Deno.test("variables merge one by one, lists join, single values come from the highest layer", () => {
  const merged = effectiveSettings([
    layer("local", { env: { A: "local" }, permissions: { deny: ["Read(x)"] } }),
    layer("project", "{ broken"),
    layer("user", { env: { A: "user", B: "user" }, model: "m", permissions: { deny: ["Bash"] } }),
  ]);
  assert.equal(merged.env.get("A")?.value.reveal(), "local");
  assert.equal(merged.env.get("B")?.scope, "user");
  assert.equal(merged.values.model?.value.reveal(), "m");
  assert.deepEqual(merged.deny.map(({ value }) => value), ["Read(x)", "Bash"]);
  assert.deepEqual(merged.problems.map(({ file }) => file), ["/project.json"]);
});

Deno.test("plaintext keys are found in every file, also in one that Claude Code skips", () => {
  const found = findPlaintextKeys([
    layer(
      "local",
      `{ // comment\n "env": {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",\n "AWS_SECRET_ACCESS_KEY": "${secret}", "AWS_REGION": "eu-west-1"}}`,
    ),
    layer("project", { env: { AWS_REGION: "us-east-1", AWS_SESSION_TOKEN: "" } }),
    layer("user", { env: { ANTHROPIC_API_KEY: "sk-ant-x" } }),
  ]);
  assert.deepEqual(found.map(({ scope }) => scope), ["local", "user"]);
  assert.equal(found[0]?.accessKeyId?.value.reveal(), "AKIAIOSFODNN7EXAMPLE");
  assert.equal(found[0]?.secretAccessKey?.line, 3);
  assert.equal(found[0]?.region, "eu-west-1");
  assert.deepEqual([...found[1]!.tokens.keys()], ["ANTHROPIC_API_KEY"]);
});

const ours = "/usr/bin/credsmith credential-process --format claude -f /w/secrets/aws.yaml";
const bedrock = { CLAUDE_CODE_USE_BEDROCK: "1" };
const keys = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: secret };
const credentialCases = [
  ["nothing at all", {}, {}, "login", "default"],
  ["an API key in the shell", { ANTHROPIC_API_KEY: "k" }, {}, "api_key", "environment"],
  [
    "an API key cancelled by an empty value in the settings",
    { ANTHROPIC_API_KEY: "k" },
    { env: { ANTHROPIC_API_KEY: "" } },
    "login",
    "default",
  ],
  [
    "a bearer of Anthropic's over its API key",
    { ANTHROPIC_API_KEY: "k", ANTHROPIC_AUTH_TOKEN: "t" },
    {},
    "auth_token",
    "environment",
  ],
  [
    "a helper over an OAuth token",
    { CLAUDE_CODE_OAUTH_TOKEN: "t" },
    { apiKeyHelper: "echo k" },
    "api_key_helper",
    "settings",
  ],
  ["Bedrock over an API key", { ...bedrock, ANTHROPIC_API_KEY: "k" }, {}, "aws_chain", "default"],
  [
    "Bedrock switched off",
    { CLAUDE_CODE_USE_BEDROCK: "0", ...keys },
    {},
    "login",
    "default",
  ],
  ["Bedrock and keys in the shell", { ...bedrock, ...keys }, {}, "static_keys", "environment"],
  [
    "an AWS profile in the settings over keys in the shell",
    { ...bedrock, ...keys },
    { env: { AWS_PROFILE: "work" } },
    "aws_profile",
    "settings",
  ],
  [
    "our command over keys and a profile",
    { ...bedrock, ...keys, AWS_PROFILE: "work" },
    { awsCredentialExport: ours },
    "export",
    "settings",
  ],
  [
    "a Bedrock API key over our command",
    { ...bedrock, AWS_BEARER_TOKEN_BEDROCK: "b" },
    { awsCredentialExport: ours },
    "bearer_token",
    "environment",
  ],
  [
    "a gateway that signs",
    { ...bedrock, CLAUDE_CODE_SKIP_BEDROCK_AUTH: "1" },
    { awsCredentialExport: ours },
    "gateway",
    "environment",
  ],
  ["another cloud", { CLAUDE_CODE_USE_VERTEX: "true" }, {}, "other_cloud", "default"],
] as const;
for (const [name, env, settings, kind, from] of credentialCases) {
  Deno.test(`Claude Code's credentials: ${name} -> ${kind}`, () => {
    const { credentials } = claudeView(env, [layer("user", settings)]);
    assert.equal(credentials.value.kind, kind);
    assert.equal(credentials.from.kind, from);
  });
}

Deno.test("Claude Code's region: settings, shell, AWS profile, us-east-1; no shape, no region", () => {
  const region = (env: Record<string, string>, settings = {}, ofProfile?: string) =>
    claudeView(env, [layer("user", { env: settings })], () => ofProfile).region;
  assert.equal(
    region({ AWS_REGION: "eu-west-1" }, { AWS_REGION: "ap-south-1" }).value,
    "ap-south-1",
  );
  assert.equal(
    region({ AWS_REGION: "not a region", AWS_DEFAULT_REGION: "eu-west-1" }).value,
    "eu-west-1",
  );
  assert.deepEqual(region({ AWS_PROFILE: "work" }, {}, "eu-north-1"), {
    value: "eu-north-1",
    from: { kind: "aws_config", name: "work" },
  });
  assert.deepEqual(region({}), { value: "us-east-1", from: { kind: "default" } });
});

Deno.test("Claude Code's model: ANTHROPIC_MODEL of the shell beats the setting; both name their place", () => {
  const layers = [layer("user", { model: "opus", env: { ANTHROPIC_SMALL_FAST_MODEL: "small" } })];
  assert.equal(claudeView({}, layers).model?.value, "opus");
  const view = claudeView({ ANTHROPIC_MODEL: "m" }, layers);
  assert.deepEqual(view.model, {
    value: "m",
    from: { kind: "environment", name: "ANTHROPIC_MODEL" },
  });
  assert.deepEqual(view.smallModel, {
    value: "small",
    from: {
      kind: "settings",
      scope: "user",
      file: "/user.json",
      line: 4,
      name: "env.ANTHROPIC_SMALL_FAST_MODEL",
    },
  });
});

const commands = [
  { program: ["/usr/bin/credsmith"] },
  { program: ["/usr/bin/credsmith"], manifest: "/nix/store/a b/manifest.json", profile: "work" },
  { program: ["/usr/bin/credsmith"], file: "/w/secrets/aws.yaml", profile: "work" },
  { program: ["/opt/it's here/deno", "run", "-A", "/a b/main.ts"], file: '/w/$HOME/"x" `y`.yaml' },
];
for (const command of commands) {
  const line = exportCommandLine(command);
  Deno.test(`the export command comes back from its line: ${line}`, () => {
    assert.deepEqual(
      { file: undefined, manifest: undefined, profile: undefined, ...command },
      parseExportCommand(line),
    );
  });
}

for (
  const line of [
    "aws configure export-credentials",
    "credsmith credential-process --format aws",
    "credsmith credential-process --format claude; rm x",
    "credsmith credential-process --format claude $PROFILE",
    "/x/credsmith credential-process --format claude a b",
    "",
  ]
) {
  Deno.test(`not an export command of ours: "${line}"`, () => {
    assert.equal(parseExportCommand(line), undefined);
  });
}

Deno.test("readSettings reads what exists, highest first", async () => {
  await using home = await temporaryHome({
    "app/.git/HEAD": "",
    "app/.claude/settings.json": `{"env": {"AWS_REGION": "eu-west-1"}}`,
    ".claude/settings.json": `{"env": {"AWS_REGION": "us-east-1"}}`,
  });
  const layers = readSettings({
    env: { HOME: home.path },
    cwd: `${home.path}/app`,
    managedFolder: `${home.path}/none`,
  });
  assert.deepEqual(layers.map(({ scope }) => scope), ["project", "user"]);
  assert.equal(effectiveSettings(layers).env.get("AWS_REGION")?.value.reveal(), "eu-west-1");
});

Deno.test("settings that are nested without end are broken, and nothing worse", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const deep = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
    for (const text of [open.repeat(100_000), `{"env":${deep(100_000)}}`]) {
      assert.equal(parseSettings(text).broken?.reason, "it is nested too deep");
    }
    assert.equal(parseSettings(`{"env":${deep(100)}}`).broken, undefined);
  }
});
