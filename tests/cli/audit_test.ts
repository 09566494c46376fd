import assert from "node:assert/strict";
import { audit } from "../../src/cli/audit/run.ts";
import type { AuditFlags } from "../../src/cli/audit/options.ts";
import { lineOf, parseLine } from "../../src/cli/actions.ts";
import { rotateIn, timeOf } from "../rotate/support.ts";
import type { Trailed } from "../support/aws/cloudtrail.ts";
import { exampleKey, type Standin, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, type Home, type Result, temporaryHome } from "../support/home.ts";
import { inProcess } from "../support/in_process.ts";
import { homeWithSecrets } from "../support/sops_file.ts";

const key = exampleKey.id;
const other = "AKIAI44QH8DHBEXAMPLE";
const file = "secrets/aws.yaml";
const text = `aws_access_key_id: ${key}
aws_secret_access_key: ${exampleKey.secret}
aws_region: us-west-2
bedrock:
    model_id: us.anthropic.claude-opus-5
`;
const now = Temporal.Now.instant().round("second");
const ago = (hours: number) => new Date(now.epochMilliseconds - hours * 3_600_000);

const usual: AuditFlags = {
  local: false,
  recent: 7 * 86400,
  sessions: 50,
  limit: 5000,
  events: false,
  timeout: 5,
  json: false,
};

/** Runs `audit` in this process, in a time that passes only when it waits. */
async function auditIn(
  home: Home,
  standin: Standin,
  flags: Partial<AuditFlags> = {},
  profile?: string,
): Promise<Result> {
  const all = { ...usual, ...flags };
  const { context, result } = inProcess(home, standin.env);
  let passed = 0;
  const time = {
    now: () => Temporal.Now.instant().add({ milliseconds: Math.round(passed) }),
    sleep(milliseconds: number) {
      passed += milliseconds;
      standin.set({ advance: milliseconds / 1000 });
      return Promise.resolve();
    },
    chance: () => 0.5,
  };
  return await result(() => audit(context, all, profile, time), all);
}

async function scene(events: readonly Trailed[], plain = text) {
  const standin = startStandin();
  standin.state.trail.events.push(...events);
  const home = await temporaryHome(await homeWithSecrets({ text: plain }));
  return {
    standin,
    home,
    run: (flags: Partial<AuditFlags> = {}, profile?: string) =>
      auditIn(home, standin, flags, profile),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

const usualEvents: readonly Trailed[] = [
  { key, at: ago(24 * 30), region: "us-west-2" },
  { key, at: ago(24 * 20), region: "us-west-2" },
  { key, at: ago(24 * 20), region: "us-west-2", action: "ListFoundationModels" },
];

Deno.test("who used a key: the usual, and what is unlike it", async () => {
  await using it = await scene([...usualEvents, {
    key,
    at: ago(5),
    address: "203.0.113.9",
    service: "iam",
    action: "ListUsers",
    agent: "Boto3/1.34.11",
    error: "AccessDenied",
  }]);
  const { code, stdout, stderr } = await it.run();
  assert.equal(code, 0, stderr);
  const day = (hours: number) => ago(hours).toISOString().slice(0, 16).replace("T", " ");
  assert.equal(
    stdout,
    `${file}, us-west-2 us-east-1 us-east-2, ${
      now.subtract({ hours: 24 * 90 }).toString().slice(0, 10)
    } to ${now.toString().slice(0, 10)} UTC
  default     ${key}  in use
  LOOK  ${key}  203.0.113.9  us-east-1
        user/claude-dev (default)
        ${day(5)}: iam:ListUsers
        denied once: iam:ListUsers
        new address since ${day(5)}: 203.0.113.9
        new region since ${day(5)}: us-east-1
        new program since ${day(5)}: boto3
        new service since ${day(5)}: iam
  ok    ${key}  198.51.100.7  us-west-2
        user/claude-dev (default)
        ${day(24 * 30)} to ${day(24 * 20)}: bedrock:ConverseStream 2,
          bedrock:ListFoundationModels
CloudTrail tells of a request within about 15 minutes and for 90 days; of
  management events alone, which model calls are, and reads of S3 objects are
  not
Not you? credsmith rotate --revoke-sessions
`,
  );
  assertAbsent(stdout + stderr, [exampleKey.secret], "what was printed");
});

Deno.test("audit --json --events: all of it, and nothing secret", async () => {
  const session = "ASIAIOSFODNN7EXAMPLE";
  await using it = await scene([
    ...usualEvents,
    { key, at: ago(4), service: "sts", action: "GetSessionToken", session: { key: session } },
    { key: session, at: ago(3), region: "us-west-2" },
  ]);
  const { code, stdout } = await it.run({ json: true, events: true });
  assert.equal(code, 0);
  const document = JSON.parse(stdout);
  assert.deepEqual([document.version, document.ok, document.file], [1, true, file]);
  assert.deepEqual(document.keys, [{ id: key, profile: "default", state: "current" }]);
  assert.deepEqual(document.sessions, [{ key: session, madeWith: key, what: "GetSessionToken" }]);
  assert.equal(document.events.length, 5);
  const row = document.rows.find((each: { key: string }) => each.key === session);
  assert.deepEqual(row.session, { what: "GetSessionToken", of: key });
  assertAbsent(stdout, ["IQoJb3JpZ2luX2VjEXAMPLETOKEN", exampleKey.secret], "the document");
});

Deno.test("what a stranger sent does not steer the terminal", async () => {
  const evil = "\x1b]0;owned\x07\r\n\u202eFAKE\n  ok    all is well";
  await using it = await scene([{
    key,
    at: ago(5),
    region: "us-west-2",
    address: evil,
    agent: evil,
    user: evil,
    action: evil,
    error: `AccessDenied${evil}`,
  }]);
  const { stdout } = await it.run({ events: true });
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  assert.doesNotMatch(stdout, /^ {2}ok {4}all is well/m);
  assert.match(stdout, /\\u001b\]0;owned/);
});

Deno.test("CloudTrail may not be asked: the missing action is named, exit 6", async () => {
  await using it = await scene(usualEvents);
  it.standin.set({ users: [{ name: "claude-dev", denied: ["cloudtrail:LookupEvents"] }] });
  const { code, stdout, stderr } = await it.run();
  assert.deepEqual([code, stdout], [6, ""]);
  assert.equal(
    stderr,
    "Cannot look at CloudTrail in us-west-2: No policy of user/claude-dev allows " +
      "cloudtrail:LookupEvents\n  have an administrator allow it for user/claude-dev, or name a " +
      "profile that may: --using PROFILE\n",
  );
  const json = JSON.parse((await it.run({ json: true })).stdout);
  assert.deepEqual([json.exit, json.cause, json.action], [
    6,
    "policy_missing",
    "cloudtrail:LookupEvents",
  ]);
});

Deno.test("another profile may ask, and one key alone is asked for", async () => {
  await using it = await scene(
    [...usualEvents, { key: other, at: ago(3), region: "us-west-2" }],
    `${text}profiles:
    security:
        access_key_id: ${other}
        secret_access_key: je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
`,
  );
  it.standin.set({
    users: [
      { name: "claude-dev", denied: ["cloudtrail:LookupEvents"] },
      {
        name: "security",
        keys: [{ id: other, secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" }],
      },
    ],
  });
  const part = await it.run();
  assert.equal(part.code, 9);
  assert.match(part.stdout, /^Not looked at: us-west-2, as default: No policy of user/m);
  assert.match(part.stdout, /\[policy_missing\]/);
  const whole = await it.run({ using: "security" }, "default");
  assert.equal(whole.code, 0, whole.stderr);
  const signers = it.standin.log.slice(-2).map(({ accessKeyId }) => accessKeyId);
  assert.deepEqual(signers, [other, other]);
  assert.doesNotMatch(whole.stdout, new RegExp(other));
});

Deno.test("a region that fails leaves the rest, exit 9", async () => {
  await using it = await scene(usualEvents);
  it.standin.state.trail.disabled.add("us-east-1");
  const { code, stdout } = await it.run();
  assert.equal(code, 9);
  assert.match(stdout, /^ {2}ok {4}AKIAIOSFODNN7EXAMPLE {2}198\.51\.100\.7 {2}us-west-2$/m);
  assert.match(stdout, /^Not looked at: us-east-1/m);
});

Deno.test("keys that a rotation replaced are looked for by what the log of actions says", async () => {
  await using it = await scene([
    ...usualEvents,
    { key: other, at: ago(24 * 12), region: "us-west-2" },
    { key: other, at: ago(2), region: "us-west-2" },
  ]);
  const at = Temporal.Instant.fromEpochMilliseconds(ago(24 * 10).getTime());
  const line = lineOf({
    action: "rotate",
    step: "deleted",
    profile: "default",
    file: `${it.home.path}/${file}`,
    key: other,
    newKey: key,
  }, at);
  await Deno.mkdir(`${it.home.state}/credsmith`, { mode: 0o700 });
  await Deno.writeTextFile(`${it.home.state}/credsmith/actions.jsonl`, `${line}\n`, {
    mode: 0o600,
  });
  const { stdout } = await it.run();
  assert.match(
    stdout,
    new RegExp(`^  default     ${other}  gone from the file, since `, "m"),
  );
  assert.match(stdout, /^ {8}gone from the file, and used once after that$/m);
});

const refused: readonly (readonly [
  name: string,
  flags: Partial<AuditFlags>,
  profile: string | undefined,
  says: RegExp,
])[] = [
  ["an unknown profile", {}, "prod", /^Profile "prod" is not in|"prod"/],
  ["an unknown profile to ask with", { using: "prod" }, undefined, /"prod"/],
  ["a key id that is none", { key: ["; rm"] }, undefined, /is no access key id/],
  ["a region that is none", { region: ["../x"] }, undefined, /is no region/],
];
for (const [name, flags, profile, says] of refused) {
  Deno.test(`audit refuses ${name}, and asks nobody`, async () => {
    await using it = await scene([]);
    const { code, stderr } = await it.run(flags, profile);
    assert.equal(code, 2);
    assert.match(stderr, says);
    assert.equal(it.standin.log.length, 0);
  });
}

Deno.test("a file without a key has nothing to look for", async () => {
  await using it = await scene([], "aws_region: us-east-1\n");
  const { code, stderr } = await it.run();
  assert.equal(code, 5);
  assert.match(stderr, /has no access key\n {2}.*--key ID/);
});

Deno.test("what is done is in the log of actions, and audit --local tells it", async () => {
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  const done = [
    ["set", "aws_region", "eu-west-1"],
    ["set", "aws_region", "eu-west-1"],
    ["unset", "bedrock", "--yes"],
    ["set", "token", "--from-env", "TOKEN"],
    ["unlock", "--static"],
    ["lock"],
  ];
  for (const args of done) {
    const { code, stderr } = await home.run(args, { env: { TOKEN: "hunter2hunter2" } });
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Warning/);
  }
  const log = await Deno.readTextFile(`${home.state}/credsmith/actions.jsonl`);
  assertAbsent(log, ["hunter2hunter2", exampleKey.secret, "eu-west-1"], "the log");
  const actions = log.trimEnd().split("\n").map((line) => parseLine(line)!);
  assert.deepEqual(actions.map(({ action, names, profiles }) => [action, names ?? profiles]), [
    ["set", ["aws_region"]],
    ["unset", ["bedrock/model_id"]],
    ["set", ["token"]],
    ["unlock", ["default"]],
    ["lock", undefined],
  ]);
  const { code, stdout } = await home.run(["audit", "--local"]);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.match(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}\w+/gm)?.map((line) => line.slice(18)),
    [
      "set",
      "unset",
      "set",
      "unlock",
      "lock",
    ],
  );
  const json = JSON.parse((await home.run(["audit", "--local", "--json"])).stdout);
  assert.deepEqual(json.actions, actions);
  const elsewhere = await home.run(["audit", "--local"], { env: { TZ: "Asia/Tokyo" } });
  const inTokyo = Temporal.Instant.from(actions[0]!.at).toZonedDateTimeISO("Asia/Tokyo");
  const shown = inTokyo.toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
  assert.ok(elsewhere.stdout.startsWith(`${shown}  set`), elsewhere.stdout);
  assert.doesNotMatch(elsewhere.stdout, / $/m);
  const none = await home.run(["audit", "--local", "prod"]);
  assert.match(none.stdout, /^Nothing in the log of actions \(/);
});

const stranger = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const recorded: readonly (readonly [
  action: string,
  args: readonly string[],
  fields: Readonly<Record<string, unknown>>,
])[] = [
  ["init", ["init", "--yes", "--offline", "--no-recovery", "-f", "secrets/new.yaml"], {
    profile: "default",
    file: "secrets/new.yaml",
    key: other,
  }],
  ["edit", ["edit"], { file, names: ["aws_region"], count: 1 }],
  ["access add", ["access", "add", stranger, "--yes"], {
    files: [file],
    added: [stranger],
    removed: [],
    count: 1,
  }],
  ["access renew", ["access", "renew", "--yes"], {
    files: [file],
    added: [],
    removed: [],
    count: 1,
  }],
  ["claude configure", ["claude", "configure", "--yes"], {
    step: "written",
    profile: "default",
    files: [".claude/settings.json"],
  }],
  ["shred", ["shred", "plain.csv"], { files: ["plain.csv"], count: 1 }],
];
for (const [action, args, expected] of recorded) {
  Deno.test(`${action} is in the log of actions, with names and no secret`, async () => {
    await using home = await temporaryHome(await homeWithSecrets({ text }));
    await home.write("plain.csv", secret);
    await Deno.mkdir(`${home.path}/.claude`);
    const { code, stderr } = await home.run(args, {
      env: {
        AWS_ACCESS_KEY_ID: other,
        AWS_SECRET_ACCESS_KEY: secret,
        EDITOR: "sed -i s/us-west-2$/eu-west-1/",
      },
    });
    assert.equal(code, 0, stderr);
    const log = await Deno.readTextFile(`${home.state}/credsmith/actions.jsonl`);
    assertAbsent(log, [secret, exampleKey.secret, "eu-west-1"], "the log");
    const { version, at, action: named, ...fields } = JSON.parse(log.trimEnd().split("\n").at(-1)!);
    assert.deepEqual([version, named], [1, action]);
    assert.ok(Date.parse(at) > 0);
    // The folder's name is made of chance, and so no name.
    const below = (path: string) => path.replace(/^.*?…\//, "").replace(`${home.path}/`, "");
    if (fields.file) fields.file = below(fields.file);
    if (fields.files) fields.files = fields.files.map(below);
    assert.deepEqual(fields, expected);
  });
}

Deno.test("a log of actions that others can write is not believed", async () => {
  await using home = await temporaryHome();
  await Deno.mkdir(`${home.state}/credsmith`, { mode: 0o700 });
  const path = `${home.state}/credsmith/actions.jsonl`;
  await Deno.writeTextFile(path, '{"version":1}\n{"a\n');
  await Deno.chmod(path, 0o666);
  const { code, stderr } = await home.run(["audit", "--local"]);
  assert.equal(code, 8);
  assert.match(stderr, /^Cannot use the log of actions: .* is open to others/);
  await Deno.chmod(path, 0o600);
  const again = await home.run(["audit", "--local"]);
  assert.equal(again.code, 0);
  assert.match(again.stderr, /^2 lines were passed over/);
});

const roleArn = "arn:aws:iam::123456789012:role/ci";

Deno.test("a role's uses are those of the sessions that its key made, in the role's region", async () => {
  const session = "ASIAIOSFODNN7EXAMPLE";
  await using it = await scene(
    [
      ...usualEvents,
      {
        key,
        at: ago(4),
        service: "sts",
        action: "AssumeRole",
        session: { key: session, role: "ci" },
      },
      { key: session, at: ago(3), region: "eu-west-1" },
    ],
    `${text}profiles:
    ci:
        role_arn: ${roleArn}
        source_profile: default
        region: eu-west-1
`,
  );
  const { code, stdout, stderr } = await it.run({}, "ci");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^secrets\/aws\.yaml, eu-west-1 us-west-2 us-east-1 /);
  assert.match(stdout, new RegExp(`^  new   ${session}  198\\.51\\.100\\.7  eu-west-1$`, "m"));
  assert.match(stdout, new RegExp(`session role/ci of ${key}$`, "m"));
});

Deno.test("a profile without credentials leaves the others: it is named, exit 9", async () => {
  await using it = await scene(
    usualEvents,
    `${text}profiles:
    ci:
        access_key_id: ${other}
        secret_access_key: je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
        role_arn: ${roleArn}
`,
  );
  const { code, stdout } = await it.run();
  assert.equal(code, 9);
  assert.match(stdout, /^ {2}ok {4}AKIAIOSFODNN7EXAMPLE/m);
  assert.match(stdout, /^Not looked at: the keys of ci: Cannot assume role\/ci/m);
  const alone = await it.run({}, "ci");
  assert.equal(alone.code, 5);
  assert.match(alone.stderr, /^Cannot assume role\/ci/);
  const json = JSON.parse((await it.run({ json: true })).stdout);
  assert.deepEqual([json.ok, json.gaps.map(({ kind }: { kind: string }) => kind)], [
    false,
    ["no credentials"],
  ]);
});

Deno.test("both keys of a rotation under way are looked for, the old one with its stage", async () => {
  await using it = await scene([...usualEvents, { key, at: ago(-1), region: "us-west-2" }]);
  const time = timeOf(it.standin);
  const rotate = (flags: Parameters<typeof rotateIn>[3]) =>
    rotateIn(it.home, it.standin.env, time, flags);
  assert.equal((await rotate({ quiet: 0 })).code, 0);
  const first = await it.run();
  assert.match(first.stdout, /^ {2}default {5}AKIA\w{16} {2}in use$/m);
  assert.match(first.stdout, new RegExp(`^  default     ${key}  replaced; hosts may still`, "m"));
  assert.equal((await rotate({ continue: true, deployed: true })).code, 0);
  const json = JSON.parse((await it.run({ json: true })).stdout);
  assert.deepEqual(json.keys.map(({ state }: { state: string }) => state), ["current", "inactive"]);
});
