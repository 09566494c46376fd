import assert from "node:assert/strict";
import { assertAbsent, credsmith, starter } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import {
  encrypted,
  exampleSecrets,
  homeReady,
  homeWithSecrets,
  strangerIdentity,
  testIdentity,
} from "../support/sops_file.ts";
import { traced } from "../support/strace.ts";

const [, secret] = exampleSecrets;
const identityFile = ".config/sops/age/keys.txt";

const awkward = {
  "quotes": `a"b'c`,
  "newlines": "one\ntwo\n\n",
  "dollar": "$HOME `id` ${x} \\n",
  "other alphabets": "naïve 日本 😀",
  "spaces": "  a  ",
  "a number": "012345678901234567890",
};

for (const [what, value] of Object.entries(awkward)) {
  Deno.test(`get prints a value with ${what} byte for byte`, async () => {
    await using home = await homeReady({
      "secrets/aws.yaml": await encrypted(`v: ${JSON.stringify(value)}\n`),
    });
    const result = await home.run(["get", "v"]);
    assert.deepEqual([result.code, result.stdout, result.stderr], [0, value, ""]);
  });
}

Deno.test("get takes both ways of writing a path, and another file", async () => {
  await using home = await homeReady({
    "other.json": await encrypted('{"a":{"b":["x"]}}', { format: "json" }),
  });
  const model = "us.anthropic.claude-sonnet-4-6";
  for (
    const [args, expected] of [
      [["bedrock/model_id"], model],
      [['["bedrock"]["model_id"]'], model],
      [["-f", "other.json", "a/b/0"], "x"],
    ] as const
  ) {
    assert.deepEqual((await home.run(["get", ...args])).stdout, expected);
  }
  const byVariable = await home.run(["get", "a/b/0"], { env: { CREDSMITH_FILE: "other.json" } });
  assert.equal(byVariable.stdout, "x");
});

Deno.test("get without a path lists names and no values", async () => {
  await using home = await homeReady();
  const { code, stdout, stderr } = await home.run(["get"]);
  assert.deepEqual([code, stdout.split("\n")], [0, [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_region",
    "bedrock/model_id",
    "bedrock/endpoint",
    "",
  ]]);
  assertAbsent(stdout + stderr, exampleSecrets, "the list");
});

Deno.test("get --json gives one document", async () => {
  await using home = await homeReady();
  const one = JSON.parse((await home.run(["get", "aws_region", "--json"])).stdout);
  assert.deepEqual(one, { version: 1, ok: true, path: "aws_region", value: "us-east-1" });
  const all = JSON.parse((await home.run(["get", "--json"])).stdout);
  assert.equal(all.leaves.length, 5);
  assert.deepEqual(all.leaves[0], { path: "aws_access_key_id", encrypted: true });
});

Deno.test("get refuses a map and names what is in it", async () => {
  await using home = await homeReady();
  const { code, stdout, stderr } = await home.run(["get", "bedrock"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(
    stderr,
    /^Cannot print "bedrock": .*2\n {2}bedrock\/model_id\n {2}bedrock\/endpoint\n/,
  );
});

peerTest(["linux", "script"], "get adds a line end on a terminal only", async () => {
  await using home = await homeReady();
  const { shown, code } = await onTerminal(home, [...credsmith, "get", "aws_region"], []);
  assert.deepEqual([code, shown], [0, "us-east-1\n"]);
});

const agents = ["CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI"];
for (const agent of agents) {
  Deno.test(`get refuses to print a secret under ${agent}, but for --reveal`, async () => {
    await using home = await homeReady();
    const env = { [agent]: "1" };
    const refused = await home.run(["get", "aws_secret_access_key"], { env });
    assert.deepEqual([refused.code, refused.stdout], [8, ""]);
    assert.match(
      refused.stderr,
      new RegExp(`^Refused to print "aws_secret_access_key": ${agent} `),
    );
    const revealed = await home.run(["get", "aws_secret_access_key", "--reveal"], { env });
    assert.deepEqual([revealed.code, revealed.stdout], [0, secret]);
    const region = await home.run(["get", "aws_region"], { env });
    assert.deepEqual([region.code, region.stdout], [0, "us-east-1"], "a region is no secret");
    const names = await home.run(["get"], { env });
    assert.equal(names.code, 0);
  });
}

/** Files that are not as they should be: the exit code, and how the message begins. */
const faults: readonly [string, (text: string) => string | Promise<string>, number, RegExp][] = [
  ["a file without metadata", () => "aws_region: x\n", 2, /aws\.yaml/],
  ["a changed MAC", (text) => text.replace(/mac: ENC\[AES256_GCM,data:../, "$&A"), 4, /MAC|mac/],
  ["a MAC that is gone", (text) => text.replace(/ *mac: .*\n/, ""), 4, /MAC/],
  [
    "another file's MAC",
    async (text) => {
      const other = await encrypted("x: y\n");
      return text.replace(/mac: .*/, /mac: .*/.exec(other)?.[0] ?? "");
    },
    4,
    /MAC/,
  ],
  [
    "a leaf in its sibling's place",
    (text) => {
      const [id = "", key = ""] = text.match(/ENC\[.*type:str\]/g) ?? [];
      return text.replace(id, "ONE").replace(key, id).replace("ONE", key);
    },
    4,
    /aws_access_key_id/,
  ],
  [
    "two names that were swapped",
    (text) =>
      text.replace("aws_access_key_id", "one").replace("aws_secret_access_key", "aws_access_key_id")
        .replace("one", "aws_secret_access_key"),
    4,
    /aws_/,
  ],
  [
    "base64 that was cut off",
    (text) => text.replace(/(data:....)[^,]*/, "$1"),
    4,
    /aws_access_key_id/,
  ],
  ["a name that is there twice", (text) => `aws_region: x\n${text}`, 2, /aws_region|twice|line/],
  [
    "an alias bomb",
    () =>
      "a: &a [x,x,x,x,x,x,x,x,x]\n" +
      "bcdefghij".split("").map((name, index) => {
        const before = "abcdefghij"[index];
        return `${name}: &${name} [${`*${before},`.repeat(9)}]\n`;
      }).join(""),
    2,
    /aws\.yaml/,
  ],
  ["text that is no YAML", () => 'a: "', 2, /line 1/],
];
for (const [what, change, code, message] of faults) {
  Deno.test(`get on ${what} exits ${code} and prints no value`, async () => {
    const { "secrets/aws.yaml": text = "" } = await homeWithSecrets();
    await using home = await homeReady({ "secrets/aws.yaml": await change(text) });
    const result = await home.run(["get", "aws_secret_access_key"]);
    assert.deepEqual([result.code, result.stdout], [code, ""], result.stderr);
    assert.match(result.stderr, message);
    assert.doesNotMatch(result.stderr, /^Unexpected/);
    assertAbsent(result.stderr, exampleSecrets, "stderr");
  });
}

for (
  const [what, change] of [
    ["a byte order mark", (text: string) => `\ufeff${text}`],
    ["CR LF", (text: string) => text.replaceAll("\n", "\r\n")],
  ] as const
) {
  Deno.test(`get reads a file with ${what}`, async () => {
    const { "secrets/aws.yaml": text = "" } = await homeWithSecrets();
    await using home = await homeReady({ "secrets/aws.yaml": change(text) });
    const result = await home.run(["get", "aws_secret_access_key"]);
    assert.deepEqual([result.code, result.stdout], [0, secret], result.stderr);
  });
}

Deno.test("get without an identity, and with one that does not match, exits 3", async () => {
  await using home = await homeReady();
  await Deno.remove(`${home.path}/${identityFile}`);
  const none = await home.run(["get", "aws_region"]);
  assert.deepEqual([none.code, none.stdout], [3, ""]);
  assert.match(none.stderr, /^Cannot open "secrets\/aws.yaml": no identity/);
  const other = await home.run(["get", "aws_region"], { env: { SOPS_AGE_KEY: strangerIdentity } });
  assert.deepEqual([other.code, other.stdout], [3, ""]);
  assertAbsent(other.stderr, [strangerIdentity], "stderr");
});

Deno.test("get warns about an identity that others can read, and goes on", async () => {
  await using home = await homeReady();
  await Deno.chmod(`${home.path}/${identityFile}`, 0o644);
  const result = await home.run(["get", "aws_region"]);
  assert.deepEqual([result.code, result.stdout], [0, "us-east-1"]);
  assert.match(
    result.stderr,
    /^Warning: .*keys\.txt" can be read by others \(mode 0644\)\n {2}chmod 600/,
  );
});

for (
  const [source, env] of [
    ["SOPS_AGE_KEY", { SOPS_AGE_KEY: testIdentity }],
    ["SOPS_AGE_KEY_FILE", { SOPS_AGE_KEY_FILE: "my-key" }],
    ["SOPS_AGE_KEY_CMD", { SOPS_AGE_KEY_CMD: "cat my-key" }],
    ["XDG_CONFIG_HOME", { XDG_CONFIG_HOME: "CWD/xdg" }],
  ] as const
) {
  Deno.test(`get takes the identity from ${source}`, async () => {
    await using home = await homeReady({
      "my-key": testIdentity,
      "xdg/sops/age/keys.txt": testIdentity,
    });
    await Deno.remove(`${home.path}/${identityFile}`);
    const set = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replace("CWD", home.path)]),
    );
    const result = await home.run(["get", "aws_region"], { env: set });
    assert.deepEqual([result.code, result.stdout], [0, "us-east-1"], result.stderr);
  });
}

peerTest(["strace"], "get opens no socket and starts no program", async () => {
  await using home = await homeReady();
  const [command, ...given] = credsmith;
  const { code, stdout, trace } = await traced({
    command,
    args: [...given, "get", "aws_secret_access_key"],
    env: home.env,
    cwd: home.path,
  }, ["-e", "trace=socket,connect,execve", "-s", "4096"]);
  assert.deepEqual([code, stdout], [0, secret]);
  assert.doesNotMatch(trace, /(socket|connect)\(.*AF_INET/);
  assert.equal(trace.match(/execve\(/g)?.length, 1, "only credsmith itself");
  assertAbsent(trace, exampleSecrets, "the arguments and environment of a program");
});

peerTest(["strace"], "get loads nothing of Node", async () => {
  await using home = await homeReady();
  const [command, ...given] = starter("--log-level=debug");
  const result = await home.program(command, [...given, "get", "aws_region"]);
  assert.equal(result.stdout, "us-east-1");
  assert.doesNotMatch(result.stderr, /node:(fs|crypto|process|buffer)/);
});
