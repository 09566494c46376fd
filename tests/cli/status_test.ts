import assert from "node:assert/strict";
import type { StatusFlags } from "../../src/cli/status/options.ts";
import { status } from "../../src/cli/status/run.ts";
import { exampleKey, type Standin, startStandin } from "../support/aws/standin.ts";
import { parseExposition } from "../support/exposition.ts";
import { assertAbsent, credsmith, type Home, type Result, temporaryHome } from "../support/home.ts";
import { inProcess } from "../support/in_process.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { rotateIn, timeOf } from "../rotate/support.ts";
import { encrypted, homeWithSecrets, testIdentity, testRecipient } from "../support/sops_file.ts";

const day = 86_400_000;
const secret = (letter: string) => letter.repeat(40);
const ids = {
  production: "AKIAPRODUCTION0007Q2A",
  staging: "AKIASTAGING000000K3LM",
  gone: "AKIAGONE000000000GONE",
  quiet: "AKIAQUIET0000000QUIET",
};

const text = `aws_access_key_id: ${exampleKey.id}
aws_secret_access_key: ${exampleKey.secret}
aws_region: us-east-1
profiles:
    ci:
        role_arn: arn:aws:iam::123456789012:role/ci
        source_profile: default
    production:
        access_key_id: ${ids.production}
        secret_access_key: ${secret("p")}
    gone:
        access_key_id: ${ids.gone}
        secret_access_key: ${secret("g")}
    quiet:
        access_key_id: ${ids.quiet}
        secret_access_key: ${secret("q")}
lifecycle_unencrypted:
    quiet:
        created: "2020-05-01"
        rotate_by: "2020-07-30"
`;

const rules = `creation_rules:
  - path_regex: \\.(yaml|json)$
    key_groups:
      - age:
          - ${testRecipient} # alice
`;

/** A home with that file, and AWS where its keys are as old as said. */
async function scene(plain = text, more: Record<string, string> = {}) {
  const standin = startStandin();
  age(standin, exampleKey.id, 81);
  standin.set({
    users: [
      { name: "production", keys: [{ id: ids.production, secret: secret("p") }] },
      {
        name: "quiet",
        keys: [{ id: ids.quiet, secret: secret("q") }],
        denied: ["iam:ListAccessKeys"],
      },
    ],
  });
  age(standin, ids.production, 97);
  const home = await temporaryHome({ ...await homeWithSecrets({ text: plain, rules }), ...more });
  return {
    standin,
    home,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

function age(standin: Standin, id: string, days: number): void {
  const key = standin.state.keys.get(id)!;
  Object.assign(key, { created: new Date(Date.now() - days * day - 3_600_000) });
}

/** Runs status in this process, where the SDK is loaded once. */
async function run(
  { home, standin }: { readonly home: Home; readonly standin: Standin },
  flags: Partial<StatusFlags> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const all: StatusFlags = {
    json: false,
    prometheus: false,
    short: false,
    offline: false,
    strict: false,
    maxAge: 90,
    timeout: 30,
    ...flags,
  };
  const { context, result } = inProcess(home, { ...standin.env, ...env });
  return await result(() => status(context, all), all);
}

/** What `--json` says, as far as it is looked at here. */
// deno-lint-ignore no-explicit-any -- a document, of which each test knows its part
const parsed = ({ stdout }: Result): any => JSON.parse(stdout);

/** `production:overdue default:due` */
function statesIn(outcome: Result): string {
  return parsed(outcome).credentials
    .map((each: { profile: string; state: string }) => `${each.profile}:${each.state}`).join(" ");
}

Deno.test("status: every credential, worst first, in 80 columns", async () => {
  await using at = await scene();
  const { code, stdout, stderr } = await run(at);
  assert.deepEqual([code, stderr], [5, ""]);
  assert.equal(
    stdout.replace(/made 2020-05-01, \d+ d ago/, "made 2020-05-01, N d ago"),
    `secrets/aws.yaml, opened by: alice (you)
  OVERDUE   production  ...7Q2A   97 d  by 7 d    credsmith rotate production
  INVALID   gone        ...GONE      -  -
            AWS does not know ${ids.gone}: deleted, inactive or
              mistyped
            credsmith set profiles/gone/access_key_id
  due       default     ...MPLE   81 d  in 9 d    credsmith rotate
  unknown   quiet       ...UIET      ?  denied    allow it iam:ListAccessKeys
            the file says: made 2020-05-01, N d ago; overdue since 2020-07-30
  ok        ci          role         -  -         -
AWS about quiet: No policy of user/quiet allows iam:ListAccessKeys
  have an administrator allow it for user/quiet
This shell: no credentials in its environment
`,
  );
  assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), []);
  const users = at.standin.log.filter(({ operation }) => operation === "ListAccessKeys")
    .map(({ user }) => user).sort();
  assert.deepEqual(users, ["claude-dev", "production", "quiet"]);
});

Deno.test("status: a date that IAM told is remembered, and then known offline", async () => {
  await using at = await scene();
  assert.match(
    (await run(at, { offline: true })).stdout,
    /unknown {3}default .* \? {2}not asked\n/,
  );
  assert.equal(at.standin.log.length, 0);
  await run(at);
  const { code, stdout } = await run(at, { offline: true });
  assert.equal(code, 5);
  assert.match(stdout, /OVERDUE {3}production .* 97 d {2}by 7 d/);
  assert.match(stdout, /due {7}default .* 81 d {2}in 9 d/);
  const before = at.standin.log.length;
  await run(at);
  const asked = at.standin.log.slice(before).map(({ operation }) => operation).sort();
  // Only whose date is not known yet is asked about at IAM.
  assert.deepEqual(asked, [...new Array(4).fill("GetCallerIdentity"), "ListAccessKeys"]);
  const kept = await at.home.read(".cache/credsmith/keys.json");
  assertAbsent(kept, [exampleKey.secret, secret("p")], "the cache");
  const { mode } = await Deno.stat(`${at.home.path}/.cache/credsmith/keys.json`);
  assert.equal(mode! & 0o777, 0o600);
  // What one IAM said is nothing about another's keys.
  const elsewhere = await run(at, { offline: true }, {
    AWS_ENDPOINT_URL_IAM: "http://127.0.0.1:9",
  });
  assert.match(elsewhere.stdout, /unknown {3}default/);
});

Deno.test("status: what the cache of dates says is not believed where it is no date", async () => {
  await using at = await scene(text, { ".cache/credsmith/keys.json": "{" });
  assert.equal((await run(at, { offline: true })).code, 0);
  assert.equal((await run(at)).code, 5);
  assert.match(await at.home.read(".cache/credsmith/keys.json"), /^{"version":1,/);
});

interface Row {
  readonly name: string;
  readonly text?: string;
  readonly flags?: Partial<StatusFlags>;
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: Parameters<Standin["set"]>[0];
  readonly days?: number;
  readonly exit: number;
  readonly states: string;
}

const key = `aws_access_key_id: ${exampleKey.id}\naws_secret_access_key: ${exampleKey.secret}\n`;
const fault = (operation: string, kind: "hang" | "drop before" | "html" | "garbage") =>
  ({ faults: [{ operation, fault: { kind } }] }) as const;
const apiKey = (end: string) =>
  `bedrock-api-key-${btoa(`x/?X-Amz-Date=${end}&X-Amz-Expires=0&Version=1`)}`;

// deno-fmt-ignore -- a table
const rows: readonly Row[] = [
  { name: "75 days", text: key, days: 75, exit: 0, states: "default:ok" },
  { name: "76 days", text: key, days: 76, exit: 0, states: "default:due" },
  { name: "90 days", text: key, days: 90, exit: 5, states: "default:overdue" },
  { name: "90 days, --max-age 200", text: key, flags: { maxAge: 200 }, days: 90, exit: 0, states: "default:ok" },
  { name: "a limit of its own", text: `${key}aws_rotate_after_days: "30"\n`, days: 31, exit: 5, states: "default:overdue" },
  { name: "a longer limit of its own beside --max-age", text: `${key}aws_rotate_after_days: "365"\n`, flags: { maxAge: 10 }, days: 100, exit: 0, states: "default:ok" },
  { name: "a limit that is none", text: `${key}aws_rotate_after_days: soon\n`, days: 90, exit: 5, states: "default:overdue" },
  { name: "settings only", text: "aws_region: us-east-1\n", exit: 0, states: "" },
  { name: "half a key", text: `aws_access_key_id: ${exampleKey.id}\n`, exit: 5, states: "default:invalid" },
  { name: "a wrong secret", text: key.replace("EXAMPLEKEY", "EXAMPLEKEX"), exit: 5, states: "default:invalid" },
  { name: "a key that is switched off", text: key.replace(exampleKey.id, "AKIAI44QH8DHBEXAMPLE"), exit: 5, states: "default:invalid" },
  { name: "a session that is over", text: key, set: { faults: [{ operation: "GetCallerIdentity", fault: { kind: "error", status: 403, code: "ExpiredToken", message: "The security token included in the request is expired" } }] }, exit: 5, states: "default:expired" },
  { name: "a clock that is wrong", text: key, set: { clockOffset: 7200 }, exit: 0, states: "default:unknown" },
  { name: "a clock that is wrong, --strict", text: key, set: { clockOffset: 7200 }, flags: { strict: true }, exit: 9, states: "default:unknown" },
  { name: "no answer in time", text: key, set: fault("GetCallerIdentity", "hang"), flags: { timeout: 0.5 }, exit: 0, states: "default:unknown" },
  { name: "no answer in time, --strict", text: key, set: fault("GetCallerIdentity", "hang"), flags: { timeout: 0.5, strict: true }, exit: 7, states: "default:unknown" },
  { name: "no answer of IAM in time", text: key, set: fault("ListAccessKeys", "hang"), flags: { timeout: 1 }, exit: 0, states: "default:unknown" },
  { name: "a dropped connection", text: key, set: fault("ListAccessKeys", "drop before"), exit: 0, states: "default:unknown" },
  { name: "a page of the network", text: key, set: fault("*", "html"), exit: 0, states: "default:unknown" },
  { name: "garbage", text: key, set: fault("*", "garbage"), exit: 0, states: "default:unknown" },
  { name: "a role of its own key", text: `${key}aws_role_arn: arn:aws:iam::123456789012:role/x\n`, days: 95, exit: 5, states: "default:overdue default:ok" },
  { name: "a loop of roles", text: `profiles:\n    a:\n        role_arn: arn:aws:iam::123456789012:role/x\n        source_profile: b\n    b:\n        role_arn: arn:aws:iam::123456789012:role/x\n        source_profile: a\n`, exit: 5, states: "a:invalid b:invalid" },
  { name: "what the machine has", text: "aws_source: ambient\n", exit: 0, states: "default:ok" },
  { name: "an API key that is over", text: `bedrock:\n    api_key: ${apiKey("20200101T000000Z")}\n`, exit: 5, states: "default:expired" },
  { name: "an API key for years", text: `bedrock:\n    api_key: ${apiKey("20990101T000000Z")}\n`, exit: 0, states: "default:ok" },
  { name: "an API key that says nothing, beside an old key", text: `${key}bedrock:\n    api_key: ABSKabcdef\n`, days: 95, exit: 5, states: "default:overdue default:unknown" },
];

for (const { name, text, flags, env, set, days = 3, exit, states } of rows) {
  Deno.test(`status: ${name} -> ${states || "nothing"}, exit ${exit}`, async () => {
    await using at = await scene(text);
    age(at.standin, exampleKey.id, days);
    if (set) at.standin.set(set);
    const outcome = await run(at, { json: true, ...flags }, env);
    assert.equal(outcome.code, exit, outcome.stdout);
    assert.equal(statesIn(outcome), states);
    assert.equal(parsed(outcome).exit, exit);
    // Every form can tell of it.
    const lines = (await run(at, { offline: true })).stdout.split("\n");
    assert.deepEqual(lines.filter((line) => line.length > 80), []);
    parseExposition((await run(at, { prometheus: true, offline: true })).stdout);
    assertAbsent(outcome.stdout, [exampleKey.secret, exampleKey.secret.slice(8)], "--json");
  });
}

Deno.test("status: who does not answer in time is named once, with its profiles", async () => {
  await using at = await scene();
  at.standin.set(fault("GetCallerIdentity", "hang"));
  const { code, stdout } = await run(at, { timeout: 1 });
  assert.equal(code, 0);
  assert.match(stdout, /\n {2}unknown {3}default .* \? {2}no answer\n/);
  const host = new URL(at.standin.url).host;
  const said = stdout.replaceAll(/\s+/g, " ");
  assert.ok(
    said.includes(
      `AWS about default, production, gone, quiet: No answer from ${host} within 1 s`,
    ),
    stdout,
  );
  assert.doesNotMatch(stdout, /Interrupted/);
});

Deno.test("status: AWS's word is asked for side by side, and no key twice", async () => {
  const profiles = Array.from(
    { length: 12 },
    (_, index) =>
      `    p${index}:\n        access_key_id: ${exampleKey.id}\n        secret_access_key: ${exampleKey.secret}\n`,
  );
  const others = Array.from({ length: 6 }, (_, index) => ({
    name: `u${index}`,
    keys: [{ id: `AKIAOTHER000000000${index}`, secret: secret("o") }],
  }));
  const more = others.map(({ name, keys: [first] }) =>
    `    ${name}:\n        access_key_id: ${first!.id}\n        secret_access_key: ${
      first!.secret
    }\n`
  );
  await using at = await scene(`profiles:\n${profiles.join("")}${more.join("")}`);
  at.standin.set({ users: others, batch: 300 });
  assert.equal(parsed(await run(at, { json: true })).credentials.length, 18);
  assert.equal(at.standin.log.length, 14);
  // One after another it would be 14.
  assert.ok(at.standin.depth() <= 4, `${at.standin.depth()}`);
});

Deno.test("status: without an identity it says what stands in plaintext", async () => {
  await using at = await scene();
  await at.home.write(".config/sops/age/keys.txt", "", 0o600);
  const { code, stdout } = await run(at);
  assert.equal(code, 0);
  assert.match(stdout, /^secrets\/aws\.yaml, does not open here; for: alice\n/);
  assert.match(
    stdout,
    / {2}unknown {3}quiet {7}key {10}\? {2}closed\n {12}the file says: made 2020/,
  );
  assert.equal(at.standin.log.length, 0);
  const strict = await run(at, { strict: true, json: true });
  assert.equal(strict.code, 3);
  const { files: [file], credentials } = parsed(strict);
  assert.deepEqual([file.opens, file.cause, file.recipients[0].name], [
    false,
    "no_identity",
    "alice",
  ]);
  assert.deepEqual(
    credentials.map((each: { profile: string }) => each.profile),
    ["quiet", "default", "gone", "production", "ci"],
  );
  assert.equal(credentials[0].said.created, "2020-05-01");
});

Deno.test("status: a file that was tampered with is exit 4, and nothing of it is told", async () => {
  await using at = await scene();
  const sealed = await at.home.read("secrets/aws.yaml");
  await at.home.write("secrets/aws.yaml", sealed.replace('"2020-07-30"', '"2099-07-30"'));
  const { code, stdout, stderr } = await run(at);
  assert.deepEqual([code, stdout], [4, ""]);
  assert.match(stderr, /^Cannot open "secrets\/aws\.yaml"/);
});

Deno.test("status: several files, one of which cannot be read", async () => {
  await using at = await scene(key, { "b.yaml": await encrypted(text), "c.yaml": "a: b\n" });
  const files = ["secrets/aws.yaml", "b.yaml", "c.yaml", "absent.yaml"];
  const outcome = await run(at, { json: true, file: files });
  assert.equal(outcome.code, 9);
  const found = parsed(outcome);
  assert.deepEqual(found.failed.map((each: { file: string }) => each.file), [
    "c.yaml",
    "absent.yaml",
  ]);
  assert.equal(
    found.credentials.map((each: { file: string; profile: string }) =>
      `${each.file}:${each.profile}`
    ).join(" "),
    "b.yaml:production b.yaml:gone secrets/aws.yaml:default b.yaml:default b.yaml:quiet b.yaml:ci",
  );
  const lines = (await run(at, { file: files })).stdout;
  assert.match(
    lines,
    /^b\.yaml, opened by: alice \(you\)\n {2}OVERDUE .*\n {12}credsmith rotate -f b\.yaml production\n/,
  );
  assert.match(lines, /\nsecrets\/aws\.yaml, opened by: alice \(you\)\n {2}due /);
  assert.match(lines, /\nCannot open "c\.yaml"/);
  const alone = await run(at, { file: ["absent.yaml"] });
  assert.deepEqual([alone.code, alone.stdout], [2, ""]);
});

Deno.test("status: --short is one line, and asks nobody", async () => {
  await using at = await scene();
  assert.deepEqual(await run(at, { short: true }), {
    code: 0,
    stdout: "unknown quiet not asked +3\n",
    stderr: "",
  });
  assert.equal(at.standin.log.length, 0);
  await run(at);
  const short = await run(at, { short: true });
  assert.deepEqual([short.code, short.stdout], [5, "OVERDUE production by 7 d\n"]);
});

peerTest(
  ["script"],
  "status: --short asks no person: what a passphrase opens is closed",
  async () => {
    const { Encrypter } = await import("age-encryption");
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase("a passphrase");
    await using at = await scene(key);
    const sealed = await encrypter.encrypt(`${testIdentity}\n`);
    await at.home.write(".config/sops/age/keys.txt", sealed, 0o600);
    const command = [...credsmith, "status", "--short"];
    const { code, shown } = await onTerminal(at.home, command, [], { env: at.standin.env });
    assert.deepEqual([code, shown], [0, "unknown default closed\n"]);
  },
);

Deno.test("status: files that have no room for profiles", async () => {
  await using at = await scene(key, {
    "a.env": await encrypted(key.replaceAll(": ", "="), { format: "dotenv" }),
    "b.bin": await encrypted("anything", { format: "binary" }),
  });
  const { code, stdout } = await run(at, { file: ["a.env", "b.bin"] });
  assert.equal(code, 0);
  assert.match(stdout, /^a\.env, .*\n {2}due {7}default .* credsmith rotate -f a\.env\n/);
  assert.match(stdout, /\nb\.bin, opened by: .*\n {2}no credentials\n/);
});

Deno.test("status: --output writes whole, and others may read it", async () => {
  await using at = await scene();
  const first = await run(at, { prometheus: true, output: "out.prom" });
  assert.deepEqual([first.code, first.stdout], [5, ""]);
  const metrics = parseExposition(await at.home.read("out.prom"));
  assert.ok(metrics.some(({ name }) => name === "credsmith_credential_age_seconds"));
  assert.equal((await Deno.stat(`${at.home.path}/out.prom`)).mode! & 0o777, 0o644);
  assert.ok(!(await at.home.files()).some((name) => name.includes("tmp")));
  const absent = await run(at, { output: "no/such/folder/out" });
  assert.notEqual(absent.code, 0);
  assert.match(absent.stderr, /^Cannot (?:read|write) "/);
});

Deno.test("status: metrics have one state for each credential, and labels survive", async () => {
  const odd = 'a "b" \\ c.yaml';
  await using at = await scene(text, { [odd]: await encrypted(text) });
  const { stdout } = await run(at, { prometheus: true, file: [odd] });
  const metrics = parseExposition(stdout);
  const state = metrics.find(({ name }) => name === "credsmith_credential_state")!;
  const by = Map.groupBy(state.samples, ({ labels }) => labels.get("profile"));
  for (const [profile, samples] of by) {
    assert.equal(samples.reduce((sum, { value }) => sum + value, 0), 1, profile);
    assert.equal(samples.length, 7);
    assert.deepEqual([...new Set(samples.map(({ labels }) => labels.get("file")))], [odd]);
  }
  const ages = metrics.find(({ name }) => name === "credsmith_credential_age_seconds")!.samples;
  const production = ages.find(({ labels }) => labels.get("profile") === "production")!.value;
  assert.equal(Math.floor(production / 86400), 97);
  assertAbsent(stdout, [exampleKey.secret, exampleKey.id], "the metrics");
});

peerTest(["promtool"], "status: Prometheus's own tool has nothing to say", async () => {
  await using at = await scene();
  const { stdout } = await run(at, { prometheus: true });
  const result = await at.home.program("promtool", ["check", "metrics"], { stdin: stdout });
  assert.deepEqual([result.code, result.stdout, result.stderr], [0, "", ""]);
});

const loaded = { CREDSMITH_NAMES: "AWS_ACCESS_KEY_ID", CREDSMITH_LOADED: "default" };
const shells: readonly (readonly [string, Record<string, string>, string])[] = [
  [
    "the file's key",
    { AWS_ACCESS_KEY_ID: exampleKey.id, AWS_SECRET_ACCESS_KEY: exampleKey.secret },
    "default",
  ],
  [
    "an older one",
    { ...loaded, AWS_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE", AWS_SECRET_ACCESS_KEY: "x" },
    "default, older than the file; source the loader again",
  ],
  [
    "another one",
    { AWS_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE", AWS_PROFILE: "w\x1b[2Jk" },
    'another key (...MPLE), which no profile has; AWS profile\n  "w\\u001b[2Jk"',
  ],
];
for (const [name, env, words] of shells) {
  Deno.test(`status: this shell has ${name}`, async () => {
    await using at = await scene();
    const { stdout } = await run(at, { offline: true }, env);
    assert.ok(stdout.includes(`\nThis shell: ${words}\n`), stdout);
  });
}

const settings = (more: object) =>
  JSON.stringify({ env: { CLAUDE_CODE_USE_BEDROCK: "1" }, ...more });
const login = (more: object) =>
  JSON.stringify({ claudeAiOauth: { accessToken: "sk-ant-oat-x", scopes: [], ...more } });
const inDays = (days: number) => Date.now() + days * day + 3_600_000;
const claudes: readonly (readonly [string, Record<string, string>, string | undefined, number?])[] =
  [
    ["is not here", {}, undefined],
    [
      "has ours",
      {
        ".claude/settings.json": settings({
          awsCredentialExport: "/usr/bin/credsmith credential-process --format claude ci",
        }),
      },
      "ci",
    ],
    [
      "has another command",
      { ".claude/settings.json": settings({ awsCredentialExport: "aws-vault export" }) },
      "another command (awsCredentialExport, ~/.claude/settings.json:1)",
    ],
    [
      "has a key in plaintext",
      {
        ".claude/settings.json": JSON.stringify({
          env: {
            CLAUDE_CODE_USE_BEDROCK: "1",
            AWS_ACCESS_KEY_ID: exampleKey.id,
            AWS_SECRET_ACCESS_KEY: exampleKey.secret,
          },
        }),
      },
      "default, in plaintext, ~/.claude/settings.json:1: credsmith claude\n  configure",
    ],
    ["has its own login", {
      ".claude/.credentials.json": login({
        expiresAt: inDays(-1),
        refreshToken: "sk-ant-ort-x",
        refreshTokenExpiresAt: inDays(26),
      }),
    }, "its own login, 26 d left"],
    [
      "has a login that is over",
      {
        ".claude/.credentials.json": login({ expiresAt: inDays(-3) }),
      },
      "its own login",
      5,
    ],
    ["has a login that a failed renewal has blanked", {
      ".claude/.credentials.json": JSON.stringify({ claudeAiOauth: { accessToken: "" } }),
    }, undefined],
  ];
for (const [name, files, words, exit = 0] of claudes) {
  Deno.test(`status: Claude Code ${name}`, async () => {
    await using at = await scene(text, files);
    const { code, stdout } = await run(at, { offline: true });
    assert.equal(code, exit, stdout);
    if (words === undefined) assert.doesNotMatch(stdout, /Claude Code/);
    else assert.ok(stdout.endsWith(`\nClaude Code: ${words}\n`), stdout);
    assertAbsent(stdout, [exampleKey.secret, "sk-ant-oat-x", "sk-ant-ort-x"], "the report");
  });
}

Deno.test("status: sessions that are kept in memory, and the shell that has one", async () => {
  const export_ = "/usr/bin/credsmith credential-process --format claude";
  await using at = await scene(text, {
    ".claude/settings.json": settings({ awsCredentialExport: export_ }),
    // Another file's profile of the same name has another session.
    "other.yaml": await encrypted(
      `aws_access_key_id: ${ids.production}\naws_secret_access_key: ${secret("p")}\n`,
    ),
  });
  const { home, standin: { env } } = at;
  const given = ["--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"];
  const made = await home.run(["exec", ...given], { env });
  assert.equal(made.code, 0, made.stderr);
  assert.equal((await home.run(["exec", "ci", ...given], { env })).code, 0);
  const shell = { AWS_ACCESS_KEY_ID: made.stdout.trim(), AWS_SESSION_TOKEN: "x" };
  const { stdout } = await run(at, {}, shell);
  assert.match(stdout, / {2}due {7}default .* in 9 d {4}credsmith rotate\n/);
  assert.match(stdout, / {2}ok {8}ci {10}role {5}59 min {2}-/);
  assert.match(stdout, /\nThis shell: default, session, 11 h left\n/);
  assert.match(stdout, /\nClaude Code: default, session, 11 h left\n/);
  age(at.standin, exampleKey.id, 3);
  await Deno.remove(`${home.path}/.cache`, { recursive: true });
  assert.match((await run(at)).stdout, / ok {8}default .* in 87 d {3}session, 11 h left\n/);
  const other = await run(at, { file: ["other.yaml"] }, shell);
  assert.doesNotMatch(other.stdout, /11 h/);
});

Deno.test("status: a rotation under way, whose old key is left alone, in another file too", async () => {
  await using at = await scene(text, { "copy.yaml": await encrypted(key) });
  const { home, standin } = at;
  const rotated = await rotateIn(home, standin.env, timeOf(standin), { invoke: false });
  assert.equal(rotated.code, 0, rotated.stderr);
  const before = standin.log.length;
  const older = {
    AWS_ACCESS_KEY_ID: exampleKey.id,
    AWS_SECRET_ACCESS_KEY: exampleKey.secret,
  };
  const { code, stdout } = await run(at, { file: ["secrets/aws.yaml", "copy.yaml"] }, older);
  assert.equal(code, 5);
  assert.match(stdout, / {2}ROTATING {2}default .* 0 d {2}step 5\/8\n/);
  assert.match(stdout, /credsmith rotate -f secrets\/aws\.yaml --continue\n/);
  assert.match(stdout, /copy\.yaml, .*\n {2}unknown {3}default {5}...MPLE {6}\? {2}at rest\n/);
  const asked = new Set(standin.log.slice(before).map(({ accessKeyId }) => accessKeyId));
  assert.ok(!asked.has(exampleKey.id), "the old key was used");
  const alone = await run(at, { offline: true }, older);
  assert.match(
    alone.stdout,
    /\nThis shell: default, older than the file; source the loader again\n/,
  );
  const found = parsed(await run(at, { json: true })).credentials
    .find((each: { profile: string }) => each.profile === "default");
  assert.deepEqual([found.state, found.rotation.step, found.rotation.of], ["rotating", 5, 8]);
});

const recipientNames: readonly (readonly [comment: string, own: string, others: string])[] = [
  ["alice", "alice (you)", "alice"],
  ["you, alice@laptop", "you", "alice@laptop"],
  ["host nimbus", "host nimbus (you)", "host nimbus"],
  ["recovery, kept elsewhere", "recovery (you)", "recovery"],
];

for (const [comment, own, others] of recipientNames) {
  Deno.test(`status calls who is "${comment}" in the rules "${own}", or "${others}"`, async () => {
    const named = rules.replace("alice", comment);
    await using home = await temporaryHome(await homeWithSecrets({ text: key, rules: named }));
    const opens = await home.run(["status", "--offline"]);
    assert.equal(opens.stdout.split("\n", 1)[0], `secrets/aws.yaml, opened by: ${own}`);
    await home.write(".config/sops/age/keys.txt", "", 0o600);
    const closed = await home.run(["status", "--offline"]);
    assert.match(closed.stdout.split("\n", 1)[0]!, new RegExp(`; for: ${others}$`));
  });
}

Deno.test("bare credsmith is status where there is a secrets file, and else help", async () => {
  await using at = await scene(key);
  const { home } = at;
  const env = at.standin.env;
  const here = await home.run([], { env });
  assert.equal(here.code, 0, here.stderr);
  assert.match(here.stdout, /^secrets\/aws\.yaml, opened by: alice \(you\)\n {2}due /);
  const below = await home.run([], { env, cwd: `${home.path}/.config` });
  assert.match(below.stdout, /secrets\/aws\.yaml, opened by/);
  const named = await home.run([], { env: { CREDSMITH_FILE: "absent.yaml" } });
  assert.deepEqual([named.code, named.stdout], [2, ""]);
  const elsewhere = await home.run([], { cwd: "/" });
  assert.equal(elsewhere.code, 0);
  assert.match(elsewhere.stdout, /^credsmith: AWS, Bedrock and Claude credentials/);
  const both = await home.run(["status", "--json", "--short"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /^Cannot print --json and --short at once\n/);
});

peerTest(
  ["script"],
  "status: a terminal shows what is known here, until AWS has answered",
  async () => {
    await using at = await scene(key);
    const { code, shown } = await onTerminal(at.home, [...credsmith], [], { env: at.standin.env });
    assert.equal(code, 0);
    // deno-lint-ignore no-control-regex -- styles are taken away
    const [draft, rest] = shown.replaceAll(/\x1b\[\d+m/g, "").split("\x1b[3A\r\x1b[J");
    assert.match(
      draft!,
      /^secrets.*alice \(you\)\n {2}unknown {3}default .* \? {2}\.\.\.\nThis shell: .*\n$/,
    );
    assert.match(
      rest!,
      /^secrets.*alice \(you\)\n {2}due {7}default .* 81 d .*\nThis shell: .*\n$/,
    );
  },
);

Deno.test("status: nobody's identity is in what it writes", async () => {
  await using at = await scene();
  const { stdout } = await run(at, { json: true });
  assertAbsent(stdout, [testIdentity, exampleKey.secret, secret("p")], "--json");
});
