import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import {
  decrypted,
  encrypted,
  exampleText,
  homeReady,
  homeWithSecrets,
} from "../support/sops_file.ts";
import { traced } from "../support/strace.ts";

const file = "secrets/aws.yaml";
const secret = "s3cr3t/Value+With=Signs";

const lines = (text: string) => text.split("\n");

Deno.test("set takes a value from standard input and leaves other leaves as they are", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  const result = await home.run(["set", "aws_session_token"], { stdin: `${secret}\n` });
  assert.deepEqual([result.code, result.stdout], [0, ""], result.stderr);
  assert.equal(result.stderr, 'Set "aws_session_token" in "secrets/aws.yaml" (new)\n');
  const after = await home.read(file);
  assert.equal(await decrypted(after), `${exampleText}aws_session_token: ${secret}\n`);
  const kept = lines(before).filter((line) => line.includes("ENC[") && !line.includes("mac:"));
  for (const line of kept) assert.ok(after.includes(line), line);
  assert.deepEqual((await home.files()).filter((name) => name.startsWith("secrets/")), [file]);
});

Deno.test("set NAME=VALUE is refused, or the value would be the name of a key, in plaintext", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  const result = await home.run(["set", `aws_session_token=${secret}`], { stdin: "x" });
  assert.equal(result.code, 2);
  assert.match(
    result.stderr,
    /^Cannot take the value of "aws_session_token" from the command line/,
  );
  assert.ok(!result.stderr.includes(secret));
  assert.equal(await home.read(file), before);
  const named = await home.run(["set", '["a=b"]'], { stdin: "x" });
  assert.equal(named.code, 0, named.stderr);
});

const elsewhere: readonly (readonly [path: string, meant: string | undefined])[] = [
  ["mfa_serial", "aws_mfa_serial"],
  ["model_id", "bedrock/model_id"],
  ["profiles/work/aws_role_arn", "profiles/work/role_arn"],
  ["profiles/work/bedrock/api_key", "profiles/work/bedrock_api_key"],
  ["aws_mfa_serial", undefined],
  ["profiles/work/role_arn", undefined],
  ["tls/region", undefined],
];
for (const [path, meant] of elsewhere) {
  Deno.test(`set ${path}: ${meant ? `where it is read is said` : "no more is said"}`, async () => {
    await using home = await homeReady();
    const { code, stderr } = await home.run(["set", path], { stdin: "x" });
    assert.equal(code, 0, stderr);
    const more = meant ? `  no profile reads it there, but as "${meant}"\n` : "";
    assert.equal(stderr, `Set "${path}" in "secrets/aws.yaml" (new)\n${more}`);
  });
}

const values: readonly [string, string, readonly string[], string][] = [
  ["one line end at the end is left out", "a\n", [], "a"],
  ["only one", "a\n\n", [], "a\n"],
  ["also CR LF", "a\r\n", [], "a"],
  ["--raw keeps it", "a\n", ["--raw"], "a\n"],
  ["no line end", "a", [], "a"],
  ["quotes, newlines, dollars", `"'\n$HOME\`id\``, [], `"'\n$HOME\`id\``],
  ["other alphabets", "naïve 日本 😀", [], "naïve 日本 😀"],
  ["spaces at both ends", "  a  ", [], "  a  "],
  ["what looks like a number", "0123", [], "0123"],
];
for (const [what, stdin, flags, expected] of values) {
  Deno.test(`set: ${what}`, async () => {
    await using home = await homeReady();
    assert.equal((await home.run(["set", "token", ...flags], { stdin })).code, 0);
    assert.equal((await home.run(["get", "token"])).stdout, expected);
  });
}

peerTest(
  ["bash"],
  "set takes a value from a file, a pipe with a name, and a variable",
  async () => {
    await using home = await homeReady({ "value.txt": `${secret}\n` });
    const shell = (script: string) =>
      home.program("bash", ["-c", script, "bash", ...credsmith], { env: { TOKEN: `${secret}\n` } });
    for (
      const [how, expected] of [
        ["--from-file value.txt", secret],
        ["--from-file <(cat value.txt)", secret],
        ["--from-file value.txt --raw", `${secret}\n`],
        ["--from-env TOKEN", `${secret}\n`],
      ] as const
    ) {
      const result = await shell(`"$@" set token ${how}`);
      assert.equal(result.code, 0, `${how}: ${result.stderr}`);
      assert.equal((await home.run(["get", "token"])).stdout, expected, how);
    }
  },
);

Deno.test("set takes a value from the command line where it is no secret", async () => {
  await using home = await homeReady();
  for (
    const path of [
      "aws_region",
      "bedrock/model_id",
      "bedrock/endpoint",
      "profiles/a/role_arn",
      "profiles/a/source_profile",
      "profiles/a/source",
      "aws_duration",
      "profiles/a/session_tags/team",
    ]
  ) {
    assert.equal((await home.run(["set", path, "something"])).code, 0, path);
    assert.equal((await home.run(["get", path])).stdout, "something");
  }
});

peerTest(
  ["linux", "script"],
  "set asks on a terminal and does not show what is typed",
  async () => {
    await using home = await homeReady();
    const { code, shown } = await onTerminal(home, [...credsmith, "set", "token"], [
      ["token", `${secret}\r`],
    ]);
    assert.equal(code, 0, shown);
    assertAbsent(shown, [secret], "the terminal");
    assert.equal((await home.run(["get", "token"])).stdout, secret);
  },
);

Deno.test("set says so and writes nothing when the value is the same", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  const result = await home.run(["set", "aws_region", "us-east-1"]);
  assert.deepEqual([result.code, result.stderr], [
    0,
    '"aws_region" in "secrets/aws.yaml" has that value already\n',
  ]);
  assert.equal(await home.read(file), before);
});

Deno.test("set --dry-run writes nothing", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  const result = await home.run(["set", "aws_region", "eu-west-1", "--dry-run"]);
  assert.deepEqual([result.code, result.stderr], [
    0,
    'Would set "aws_region" in "secrets/aws.yaml"\n',
  ]);
  assert.equal(await home.read(file), before);
});

Deno.test("set --json gives one document without the value", async () => {
  await using home = await homeReady();
  const { stdout } = await home.run(["set", "token", "--json"], { stdin: secret });
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    ok: true,
    file,
    path: "token",
    changed: true,
    dryRun: false,
  });
});

const refusals: readonly [
  string,
  readonly string[],
  { stdin?: string | Uint8Array },
  number,
  RegExp,
][] = [
  [
    "NUL",
    ["aws_region"],
    { stdin: "us\0east" },
    2,
    /^Cannot set "aws_region": the value has a NUL byte\n/,
  ],
  ["an empty value", ["token"], { stdin: "" }, 2, /^Cannot set "token": the value is empty\n/],
  ["nothing but a line end", ["token"], { stdin: "\n" }, 2, /the value is empty/],
  ["bytes that are no text", ["token"], { stdin: new Uint8Array([0xff, 0xfe]) }, 2, /UTF-8/],
  [
    "a secret on the command line",
    ["aws_secret_access_key", secret],
    {},
    2,
    /^Cannot take the value of "aws_secret_access_key" from the command line/,
  ],
  ["a name that nobody knows, on the command line", ["thing", secret], {}, 2, /command line/],
  ["two sources", ["aws_region", "x", "--from-env", "Y"], {}, 2, /^More than one value/],
  ["a variable that is not there", ["token", "--from-env", "NOPE"], {}, 2, /no variable "NOPE"/],
  ["a file that is not there", ["token", "--from-file", "nope"], {}, 2, /nope/],
  ["a path through a value", ["aws_region/x"], { stdin: "v" }, 2, /^Cannot set "aws_region\/x"/],
  ["a path to a map", ["bedrock"], { stdin: "v" }, 2, /^Cannot set "bedrock"/],
  ["the metadata", ["sops/mac"], { stdin: "v" }, 2, /^Cannot set "sops\/mac"/],
  ["a path that is none", ["a//b"], { stdin: "v" }, 2, /a\/\/b/],
  ["another file that is not there", ["-f", "nope.yaml", "a"], { stdin: "v" }, 2, /nope\.yaml/],
];
for (const [what, args, options, code, message] of refusals) {
  Deno.test(`set refuses ${what} and changes nothing`, async () => {
    await using home = await homeReady();
    const before = await home.read(file);
    const result = await home.run(["set", ...args], options);
    assert.deepEqual([result.code, result.stdout], [code, ""], result.stderr);
    assert.match(result.stderr, message);
    assertAbsent(result.stderr, [secret], "stderr");
    assert.equal(await home.read(file), before);
  });
}

const selectors = [
  ["encrypted_regex", "^aws_", "profiles/dev/secret_access_key"],
  ["unencrypted_suffix", "_unencrypted", "profiles/prod_unencrypted/secret_access_key"],
  ["unencrypted_regex", "token", "aws_session_token"],
] as const;
for (const [rule, text, path] of selectors) {
  for (const flags of [[], ["--dry-run"]]) {
    Deno.test(`set ${flags} refuses a credential that ${rule} leaves in plaintext`, async () => {
      const selector = { rule, text };
      await using home = await homeReady({ [file]: await encrypted("a: b\n", { selector }) });
      const before = await home.read(file);
      const result = await home.run(["set", path, ...flags], { stdin: secret });
      assert.equal(result.code, 8, result.stderr);
      assert.ok(result.stderr.includes(path) && result.stderr.includes(rule), result.stderr);
      assertAbsent(result.stderr, [secret], "stderr");
      assert.equal(await home.read(file), before);
    });
  }
}

Deno.test("set on a file that was tampered with exits 4 and changes nothing", async () => {
  const { [file]: text = "" } = await homeWithSecrets();
  await using home = await homeReady({ [file]: text.replace(/mac: .*/, "mac: ''") });
  const before = await home.read(file);
  assert.equal((await home.run(["set", "aws_region", "x"])).code, 4);
  assert.equal(await home.read(file), before);
});

/** Sets the secret from standard input, and records these system calls. */
const traceSet = (home: Home, calls: string, ...options: string[]) =>
  traced({
    command: credsmith[0] ?? "",
    args: [...credsmith.slice(1), "set", "token"],
    env: home.env,
    cwd: home.path,
    stdin: secret,
  }, [...options, "-e", `trace=${calls}`]);

peerTest(
  ["strace"],
  "set leaves the value out of the arguments and environment of programs",
  async () => {
    await using home = await homeReady();
    const { code, trace } = await traceSet(home, "execve,socket,connect", "-v", "-s", "4096");
    assert.equal(code, 0);
    assert.doesNotMatch(trace, /AF_INET/);
    assertAbsent(trace, [secret], "a program's arguments");
  },
);

peerTest(["strace"], "set brings no plaintext to the folder of the secrets file", async () => {
  await using home = await homeReady();
  const { code, trace } = await traceSet(home, "write,pwrite64,writev", "-s", "100000");
  assert.equal(code, 0);
  assertAbsent(trace, [secret], "what was written");
});

Deno.test("unset removes a value, and a map with all that is in it", async () => {
  await using home = await homeReady();
  assert.equal((await home.run(["unset", "aws_region", "--yes"])).code, 0);
  const result = await home.run(["unset", "bedrock", "--yes", "--json"]);
  assert.deepEqual(JSON.parse(result.stdout).removed, ["bedrock/model_id", "bedrock/endpoint"]);
  const text = await decrypted(await home.read(file));
  assert.equal(text, lines(exampleText).slice(0, 2).join("\n") + "\n# the model\n");
});

Deno.test("unset without a terminal wants --yes, and --dry-run only says what would go", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  const refused = await home.run(["unset", "aws_region"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--yes/);
  const dry = await home.run(["unset", "aws_region", "--dry-run"]);
  assert.deepEqual([dry.code, dry.stderr], [
    0,
    'Would remove "aws_region" from "secrets/aws.yaml"\n',
  ]);
  const absent = await home.run(["unset", "nope", "--yes"]);
  assert.equal(absent.code, 2);
  assert.match(absent.stderr, /nope/);
  assert.equal(await home.read(file), before);
});

for (
  const [key, code, there] of [["y\r", 0, false], ["n\r", 8, true], ["\x03", 130, true]] as const
) {
  peerTest(
    ["linux", "script"],
    `unset asks on a terminal; ${JSON.stringify(key)} exits ${code}`,
    async () => {
      await using home = await homeReady();
      const session = await onTerminal(home, [...credsmith, "unset", "aws_region"], [[
        "[y/N]",
        key,
      ]]);
      assert.equal(session.code, code, session.shown);
      assert.equal((await home.run(["get", "aws_region"])).code === 0, there);
    },
  );
}
