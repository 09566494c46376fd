import assert from "node:assert/strict";
import type { RotateFlags } from "../../src/cli/rotate/options.ts";
import { temporaryName } from "../../src/platform/files.ts";
import { startKiller } from "../support/aws/killer.ts";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { assertAbsent } from "../support/home.ts";
import { encrypted } from "../support/sops_file.ts";
import { file, homeFor, keysOf, plainOf, rotateIn, text, timeOf } from "./support.ts";

Deno.test("a rotation, from the first run to the last", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const time = timeOf(standin);
  const run = (flags = {}) => rotateIn(home, standin.env, time, flags);
  const before = await plainOf(home);

  const first = await run();
  assert.equal(first.code, 0, first.stderr);
  const [, fresh] = keysOf(standin);
  const { id, secret } = fresh!;
  assert.equal(
    first.stdout,
    `default, ${file}, user/claude-dev, 123456789012
  ok    intent    ${exampleKey.id} of user/claude-dev is to be replaced
  ok    staged    ${id}, encrypted in ${file}
  ok    proved    STS knows the new key, 5 times in a row
  ok    promoted  ${id} is the key of ${file}
  wait  deployed  every host has ${id}
  -     quiet
  -     inactive
  -     deleted
Step 5 of 8. Next: git commit -m "Rotate the key of default" ${file}
  then bring it to every host, and: credsmith rotate --continue --deployed
`,
  );
  const promoted = await plainOf(home);
  assert.match(promoted, new RegExp(`^aws_access_key_id: ${id}$`, "m"));
  assert.match(promoted, new RegExp(`old_secret_access_key: ${exampleKey.secret}$`, "m"));
  assertAbsent(await home.read(file), [secret, exampleKey.secret], "the file");

  const second = await run({ continue: true, deployed: true });
  assert.match(second.stdout, /^ {2}wait {2}quiet {5}no use of AKIAIOSFODNN7EXAMPLE until /m);
  time.pass(3700);
  const third = await run({ continue: true });
  assert.match(third.stdout, /^ {2}ok {4}inactive {2}AKIAIOSFODNN7EXAMPLE, since /m);
  assert.match(third.stdout, /"aws:TokenIssueTime": "\d{4}-/);
  assert.equal(standin.state.keys.get(exampleKey.id)?.status, "Inactive");
  time.pass(24 * 3600 - 60);
  const early = await run({ continue: true });
  assert.match(early.stdout, /^ {2}wait {2}deleted {3}from /m);
  assert.equal(keysOf(standin).length, 2);
  time.pass(60);
  const last = await run({ continue: true });
  assert.equal(last.code, 0, last.stderr);
  assert.match(last.stdout, new RegExp(`^Done: ${id} took the place of ${exampleKey.id}$`, "m"));

  assert.deepEqual(keysOf(standin).map((key) => [key.id, key.status]), [[id, "Active"]]);
  const expected = before.replace(exampleKey.id, id).replace(exampleKey.secret, secret);
  assert.equal(await plainOf(home), expected);
  for (const { stdout, stderr } of [first, second, third, early, last]) {
    assertAbsent(stdout + stderr, [secret, exampleKey.secret], "what was printed");
  }
});

/** A rotation that is promoted, with everything around it. */
async function promoted(plain?: string) {
  const standin = startStandin();
  const home = await homeFor(plain);
  const time = timeOf(standin);
  const run = (flags: Partial<RotateFlags> = {}, profile?: string) =>
    rotateIn(home, standin.env, time, flags, profile);
  const { code, stderr } = await run();
  assert.equal(code, 0, stderr);
  const fresh = keysOf(standin).find(({ id }) => id !== exampleKey.id)!;
  return {
    standin,
    home,
    time,
    run,
    fresh,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

/** The stand-in and a home, before anything. */
async function fresh(plain?: string) {
  const standin = startStandin();
  const home = await homeFor(plain);
  const time = timeOf(standin);
  return {
    standin,
    home,
    time,
    run: (flags: Partial<RotateFlags> = {}, profile?: string) =>
      rotateIn(home, standin.env, time, flags, profile),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

const owners = [
  ["arn:aws:iam::123456789012:root", "owner_root", /root user of the account\n.*delete the root/],
  ["arn:aws:sts::123456789012:assumed-role/ci/me", "owner_assumed_role", /one of a role/],
  [
    "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_00/me",
    "owner_single_sign_on",
    /aws sso login/,
  ],
  ["arn:aws:sts::123456789012:federated-user/me", "owner_federated_user", /federated user/],
] as const;

for (const [arn, cause, words] of owners) {
  Deno.test(`the key of ${arn} is not rotated, and nothing is asked of IAM`, async () => {
    await using scene = await fresh();
    scene.standin.state.arns.set(exampleKey.id, arn);
    const before = await scene.home.read(file);
    const { code, stdout, stderr } = await scene.run({ json: true });
    assert.equal(code, 8, stderr);
    assert.equal(JSON.parse(stdout).cause, cause);
    assert.match(stderr, words);
    assert.equal(await scene.home.read(file), before);
    assert.deepEqual(scene.standin.log.map(({ operation }) => operation), ["GetCallerIdentity"]);
  });
}

Deno.test("a key with a session token is not rotated, and AWS is not asked", async () => {
  await using scene = await fresh(`${text}aws_session_token: IQoJb3JpZ2lu\n`);
  const { code, stderr } = await scene.run();
  assert.equal(code, 8);
  assert.match(
    stderr,
    /it is a session's, and expires by itself\n {2}put the user's own key there/,
  );
  assert.equal(scene.standin.log.length, 0);
});

Deno.test("every request names the user, and the old key signs nothing after the promotion", async () => {
  await using scene = await promoted();
  const { standin, run, time, fresh } = scene;
  const before = standin.log.length;
  assert.equal((await run({ continue: true, deployed: true })).code, 0);
  time.pass(3700);
  assert.equal((await run({ continue: true, soak: 0 })).code, 0);
  const signers = new Set(standin.log.slice(before).map(({ accessKeyId }) => accessKeyId));
  assert.deepEqual([...signers], [fresh.id]);
  const unnamed = standin.log.filter(({ operation, user }) =>
    /AccessKey/.test(operation) && operation !== "GetAccessKeyLastUsed" && user === undefined
  );
  assert.deepEqual(unnamed, []);
});

Deno.test("a new key that AWS refuses for 15 s, and then every second time, is waited for", async () => {
  await using scene = await fresh();
  scene.standin.set({ settling: { refused: 15, flapping: 40, unlisted: 20 } });
  const { code, stdout, stderr } = await scene.run();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}ok {4}promoted/m);
  // While it flaps, five in a row cannot be had.
  assert.ok(scene.time.waited >= 40, `${scene.time.waited} s`);
  assert.equal(keysOf(scene.standin).length, 2);
});

Deno.test("a new key that AWS never takes is not put into use: exit 5, and the way back", async () => {
  await using scene = await fresh();
  scene.standin.set({ settling: { refused: 86400 } });
  const { code, stderr } = await scene.run();
  assert.equal(code, 5, stderr);
  assert.match(stderr, /^Cannot prove the new key: AWS does not know AKIA/m);
  assert.match(stderr, /^ {2}then credsmith rotate --continue, or --abort$/m);
  assert.match(await plainOf(scene.home), /^aws_access_key_id: AKIAIOSFODNN7EXAMPLE$/m);
  const back = await scene.run({ abort: true });
  assert.equal(back.code, 0, back.stderr);
  assert.deepEqual(keysOf(scene.standin).map(({ id }) => id), [exampleKey.id]);
  assert.equal(await plainOf(scene.home), text);
});

const requests = [
  "GetCallerIdentity",
  "ListAccessKeys",
  "GetAccessKeyLastUsed",
  "UpdateAccessKey",
  "DeleteAccessKey",
  "ConverseStream",
];
const troubles = [
  ["throttled", { kind: "error", status: 400, code: "Throttling", message: "Rate exceeded" }],
  ["failing", { kind: "status", status: 503 }],
  ["cut off after their effect", { kind: "drop after" }],
] as const;

for (const [name, fault] of troubles) {
  Deno.test(`requests that are ${name} are made again, but for the one that makes a key`, async () => {
    await using scene = await fresh();
    const { standin, run } = scene;
    standin.set({ faults: requests.map((operation) => ({ operation, fault, times: 3 })) });
    const now = { quiet: 0, soak: 0 };
    const first = await run(now);
    assert.equal(first.code, 0, first.stderr);
    const last = await run({ continue: true, deployed: true });
    assert.equal(last.code, 0, last.stderr);
    assert.match(last.stdout, /^Done: /m);
    const made = standin.log.filter(({ operation }) => operation === "CreateAccessKey");
    assert.equal(made.length, 1);
    assert.equal(keysOf(standin).length, 1);
  });
}

Deno.test("CreateAccessKey is sent once; without an answer it is not known what it did", async () => {
  await using scene = await fresh();
  const { standin, run } = scene;
  standin.set({ faults: [{ operation: "CreateAccessKey", fault: { kind: "drop after" } }] });
  const lost = await run({ json: true });
  assert.equal(lost.code, 7, lost.stderr);
  assert.equal(JSON.parse(lost.stdout).cause, "unknown_outcome");
  assert.equal(standin.log.filter(({ operation }) => operation === "CreateAccessKey").length, 1);
  standin.set({ faults: [] });

  const orphan = keysOf(standin).find(({ id }) => id !== exampleKey.id)!;
  const asked = await run({ continue: true });
  assert.equal(asked.code, 2, asked.stderr);
  assert.match(
    asked.stderr,
    new RegExp(
      `^ {2}it was never used; to delete it: .* --continue --delete-key ${orphan.id}$`,
      "m",
    ),
  );
  assert.equal(keysOf(standin).length, 2);
});

Deno.test("a refused CreateAccessKey leaves nothing: no key, no journal", async () => {
  await using scene = await fresh();
  scene.standin.set({ users: [{ name: "claude-dev", denied: ["iam:CreateAccessKey"] }] });
  const { code, stderr } = await scene.run();
  assert.equal(code, 6, stderr);
  assert.match(stderr, /^Cannot make a key: No policy of user\/claude-dev allows iam:CreateAcc/m);
  assert.match(stderr, /--using PROFILE/);
  assert.equal(await plainOf(scene.home), text);
});

Deno.test("a clock 10 minutes off does not matter; one 20 minutes off is told before anything", async () => {
  for (const offset of [-600, 600]) {
    await using scene = await fresh();
    scene.standin.set({ clockOffset: offset });
    const { code, stderr } = await scene.run({ invoke: false, quiet: 0, soak: 0 });
    assert.equal(code, 0, stderr);
    const last = await scene.run({ continue: true, deployed: true });
    assert.match(last.stdout, /^Done: /m, last.stderr);
    assert.equal(keysOf(scene.standin).length, 1);
  }
  await using scene = await fresh();
  scene.standin.set({ clockOffset: 1200 });
  const { code, stderr } = await scene.run();
  assert.equal(code, 5, stderr);
  assert.match(stderr, /^Cannot tell whose key it is: 20 min behind AWS/);
  assert.equal(await plainOf(scene.home), text);
});

Deno.test("a lost answer is an orphan also where this clock is wrong", async () => {
  for (const offset of [-600, 600]) {
    await using scene = await fresh();
    const { standin, run } = scene;
    standin.set({ clockOffset: offset });
    standin.set({
      faults: [{ operation: "CreateAccessKey", fault: { kind: "drop after" }, times: 1 }],
    });
    assert.equal((await run({ invoke: false })).code, 7);
    const orphan = keysOf(standin).find(({ id }) => id !== exampleKey.id)!;
    const next = await run({ continue: true, invoke: false, deleteKey: orphan.id });
    assert.equal(next.code, 0, next.stderr);
    assert.ok(!keysOf(standin).some(({ id }) => id === orphan.id));
  }
});

Deno.test("an orphan that is in no list yet keeps a second key from being made", async () => {
  await using scene = await fresh();
  const { standin, run, time } = scene;
  standin.set({
    settling: { unlisted: 60 },
    faults: [{ operation: "CreateAccessKey", fault: { kind: "drop after" }, times: 1 }],
  });
  assert.equal((await run()).code, 7);
  const early = await run({ continue: true });
  assert.equal(early.code, 6, early.stderr);
  assert.match(early.stderr, /^Cannot make a key: the user has two, which is all AWS allows/);
  time.pass(60);
  assert.equal((await run({ continue: true })).code, 2);
});

Deno.test("a third key: both are shown with age and last use, and nothing is deleted", async () => {
  await using scene = await fresh();
  const { standin, run, time } = scene;
  standin.set({
    users: [{ name: "claude-dev", keys: [{ id: "AKIASPARESPARESPARE1", secret: "s" }] }],
  });
  time.pass(3 * 86400);
  const before = await scene.home.read(file);
  const { code, stderr } = await run();
  assert.equal(code, 8);
  assert.equal(
    stderr,
    `Cannot make a key for user/claude-dev: it has two, which is all AWS allows
  ${exampleKey.id}  made 3 d ago, used just now for iam in us-east-1  (this one)
  AKIASPARESPARESPARE1  made 3 d ago, never used
  if nothing uses AKIASPARESPARESPARE1: credsmith rotate --delete-key AKIASPARESPARESPARE1
`,
  );
  assert.equal(await scene.home.read(file), before);
  assert.equal(keysOf(standin).length, 2);

  assert.equal((await run({ deleteKey: exampleKey.id })).code, 8);
  assert.ok(standin.state.keys.has(exampleKey.id));
  const named = await run({ deleteKey: "AKIASPARESPARESPARE1" });
  assert.equal(named.code, 0, named.stderr);
  assert.ok(!standin.state.keys.has("AKIASPARESPARESPARE1"));
});

Deno.test("where the new key cannot be stored it is deleted again", async () => {
  await using scene = await fresh();
  const { standin, home, time } = scene;
  await using killer = startKiller(standin.url, (operation) => {
    // What stands where the file is written first cannot be taken away.
    const trap = `${home.path}/${temporaryName(file)}`;
    if (operation === "CreateAccessKey") Deno.mkdirSync(`${trap}/full`, { recursive: true });
  });
  const env = Object.fromEntries(Object.keys(standin.env).map((name) => [name, killer.url]));
  const { code, stderr } = await rotateIn(home, env, time);
  assert.equal(code, 8, stderr);
  assert.match(stderr, /^Cannot store the new key AKIA\w+: .*\n {2}it was deleted again; /m);
  assert.deepEqual(keysOf(standin).map(({ id }) => id), [exampleKey.id]);
  await Deno.remove(`${home.path}/${temporaryName(file)}`, { recursive: true });
  assert.equal((await scene.run({ continue: true })).code, 0);
});

Deno.test("where it cannot be deleted either, the operator is told its id: exit 9", async () => {
  await using scene = await fresh();
  const { standin, home, time } = scene;
  standin.set({ users: [{ name: "claude-dev", denied: ["iam:DeleteAccessKey"] }] });
  const trap = `${home.path}/${temporaryName(file)}`;
  await using killer = startKiller(standin.url, (operation) => {
    if (operation === "CreateAccessKey") Deno.mkdirSync(`${trap}/full`, { recursive: true });
  });
  const env = Object.fromEntries(Object.keys(standin.env).map((name) => [name, killer.url]));
  const { code, stderr } = await rotateIn(home, env, time);
  assert.equal(code, 9, stderr);
  const left = keysOf(standin).find(({ id }) => id !== exampleKey.id)!;
  assert.match(
    stderr,
    new RegExp(`^Key ${left.id} of user/claude-dev was made, but could be neither stored`, "m"),
  );
  standin.state.users.get("claude-dev")!.denied.clear();
  await Deno.remove(trap, { recursive: true });
  const next = await scene.run({ continue: true, deleteKey: left.id });
  assert.equal(next.code, 0, next.stderr);
  assert.equal(keysOf(standin).length, 2);
  assert.ok(!standin.state.keys.has(left.id));
});

Deno.test("an old key that is still in use stays", async () => {
  await using scene = await promoted();
  const { standin, run, time } = scene;
  await run({ continue: true, deployed: true });
  time.pass(3000);
  standin.state.keys.get(exampleKey.id)!.lastUsed = {
    at: standin.state.now(),
    service: "bedrock",
    region: "us-east-1",
  };
  time.pass(700);
  const { code, stdout } = await run({ continue: true });
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}wait {2}quiet {5}AKIAIOSFODNN7EXAMPLE is still in use; unused from /m);
  assert.equal(standin.state.keys.get(exampleKey.id)!.status, "Active");
});

Deno.test("a wait has a limit, and waiting takes the time that is asked for", async () => {
  await using scene = await promoted();
  const { run, time, standin } = scene;
  const soFar = time.waited;
  const first = await run({ continue: true, deployed: true, wait: 1800 });
  assert.equal(first.code, 0, first.stderr);
  assert.equal(time.waited, soFar);
  const rest = await run({ continue: true, wait: 26 * 3600 });
  assert.equal(rest.code, 0, rest.stderr);
  assert.match(rest.stdout, /^Done: /m);
  assert.ok(time.waited - soFar >= 25 * 3600 - 5);
  assert.equal(keysOf(standin).length, 1);
});

Deno.test("where the last use may not be seen, somebody has to say that there is none", async () => {
  await using scene = await promoted();
  const { standin, run } = scene;
  standin.state.users.get("claude-dev")!.denied.add("iam:GetAccessKeyLastUsed");
  const { stdout } = await run({ continue: true, deployed: true });
  assert.match(stdout, /may not be seen \(iam:GetAccessKeyLastUsed\)$/m);
  assert.match(stdout, /Next: when nothing uses it any more: .* --continue --unused$/m);
  const told = await run({ continue: true, unused: true });
  assert.match(told.stdout, /^ {2}ok {4}inactive/m);
});

Deno.test("both keys are never inactive", async () => {
  await using scene = await promoted();
  const { standin, run, time, fresh } = scene;
  await run({ continue: true, deployed: true });
  time.pass(3700);
  standin.state.keys.get(fresh.id)!.status = "Inactive";
  const { code } = await run({ continue: true });
  assert.equal(code, 5);
  assert.equal(standin.state.keys.get(exampleKey.id)!.status, "Active");
  const byAdmin = await run({ continue: true, using: "other" });
  assert.notEqual(byAdmin.code, 0);
  assert.equal(standin.state.keys.get(exampleKey.id)!.status, "Active");
});

Deno.test("an old key that somebody activated again is watched again", async () => {
  await using scene = await promoted();
  const { standin, run, time } = scene;
  await run({ continue: true, deployed: true });
  time.pass(3700);
  await run({ continue: true });
  standin.state.keys.get(exampleKey.id)!.status = "Active";
  time.pass(2 * 86400);
  const { stdout } = await run({ continue: true });
  assert.match(stdout, /^ {2}wait {2}quiet/m);
  assert.equal(keysOf(standin).length, 2);
});

Deno.test("an abort goes back, until the deletion", async () => {
  for (const inactive of [false, true]) {
    await using scene = await promoted();
    const { standin, home, run, time, fresh } = scene;
    await run({ continue: true, deployed: true });
    if (inactive) {
      time.pass(3700);
      await run({ continue: true });
      assert.equal(standin.state.keys.get(exampleKey.id)!.status, "Inactive");
    }
    const turned = await run({ abort: true });
    assert.equal(turned.code, 0, turned.stderr);
    assert.match(turned.stdout, /^ {2}ok {4}restored {2}AKIAIOSFODNN7EXAMPLE is the key of/m);
    assert.match(turned.stdout, /^ {2}wait {2}deployed {2}every host has AKIAIOSFODNN7EXAMPLE$/m);
    assert.ok(standin.state.keys.has(fresh.id));
    const status = await run({ status: true });
    assert.match(status.stdout, /^Aborting\. Next: git commit/m);
    const over = await run({ continue: true, deployed: true });
    assert.equal(over.code, 0, over.stderr);
    assert.deepEqual(keysOf(standin).map(({ id, status }) => [id, status]), [
      [exampleKey.id, "Active"],
    ]);
    assert.equal(await plainOf(home), text);
  }
});

const admin = { id: "AKIAADMINADMINADMIN1", secret: "admin-secret-admin-secret-admin-secret-1" };
const withAdmin = `${text}    admin:
        access_key_id: ${admin.id}
        secret_access_key: ${admin.secret}
`;

Deno.test("--using: another profile makes and deletes, and the key's owner comes from IAM", async () => {
  await using scene = await fresh(withAdmin);
  const { standin, run } = scene;
  standin.set({
    users: [
      { name: "claude-dev", denied: ["iam:CreateAccessKey", "iam:ListAccessKeys"] },
      { name: "admin", keys: [admin] },
    ],
  });
  const first = await run({ using: "admin", quiet: 0, soak: 0 });
  assert.equal(first.code, 0, first.stderr);
  const last = await run({ continue: true, deployed: true });
  assert.match(last.stdout, /^Done: /m, last.stderr);
  assert.equal(keysOf(standin).length, 1);
  assert.equal(keysOf(standin, "admin").length, 1);
  const byOthers = standin.log.filter(({ operation, accessKeyId }) =>
    /AccessKey/.test(operation) && accessKeyId !== admin.id
  );
  assert.deepEqual(byOthers, []);
});

Deno.test("--using replaces a key that was deactivated because it leaked", async () => {
  await using scene = await fresh(withAdmin);
  const { standin, run } = scene;
  standin.set({ users: [{ name: "admin", keys: [admin] }] });
  standin.state.keys.get(exampleKey.id)!.status = "Inactive";
  const first = await run({ using: "admin", quiet: 0, soak: 0 });
  assert.equal(first.code, 0, first.stderr);
  const last = await run({ continue: true, deployed: true });
  assert.match(last.stdout, /^Done: /m, last.stderr);
});

Deno.test("sessions of the old key: the policy is shown, or applied", async () => {
  await using scene = await promoted();
  const { standin, run, time } = scene;
  await run({ continue: true, deployed: true, revokeSessions: true });
  time.pass(3700);
  const { stdout, stderr } = await run({ continue: true });
  assert.doesNotMatch(stdout, /TokenIssueTime/, stderr);
  const policy = standin.state.users.get("claude-dev")!.policies.get(
    "CredsmithRevokeOlderSessions",
  );
  const [statement] = JSON.parse(policy!).Statement;
  assert.deepEqual([statement.Effect, statement.Action, statement.Resource], ["Deny", "*", "*"]);
  const before = statement.Condition.DateLessThan["aws:TokenIssueTime"];
  assert.ok(Math.abs(Date.parse(before) - standin.state.now().getTime()) < 60_000);
});

Deno.test("profiles that share the key get the new one together, and the old one back together", async () => {
  await using scene = await promoted(
    `${text}    twin:
        access_key_id: ${exampleKey.id}
        secret_access_key: ${exampleKey.secret}
`,
  );
  const ids = async () => [...(await plainOf(scene.home)).matchAll(/ {8}access_key_id: (\w+)/g)];
  assert.equal((await ids()).at(-1)![1], scene.fresh.id);
  await scene.run({ abort: true });
  assert.equal((await ids()).at(-1)![1], exampleKey.id);
});

Deno.test("what a file says in plaintext about a key's age goes with it, and back", async () => {
  await using scene = await promoted(
    `${text}    twin:
        access_key_id: ${exampleKey.id}
        secret_access_key: ${exampleKey.secret}
lifecycle_unencrypted:
    default:
        created: "2026-06-01"
        rotate_by: "2026-08-30"
    twin:
        created: "2026-06-01"
`,
  );
  const noted = async (name: string) =>
    [...(await scene.home.read(file)).matchAll(new RegExp(`${name}: "(.*)"`, "g"))]
      .map(([, day]) => day);
  const today = scene.time.now().toZonedDateTimeISO("UTC").toPlainDate();
  assert.deepEqual(await noted("created"), [`${today}`, `${today}`]);
  assert.deepEqual(await noted("rotate_by"), [`${today.add({ days: 90 })}`]);
  await scene.run({ abort: true });
  const old = keysOf(scene.standin).find(({ id }) => id === exampleKey.id)!;
  const made = new Date(old.created).toISOString().slice(0, 10);
  assert.deepEqual(await noted("created"), [made, made]);
});

Deno.test("dry run: what would be done, and nothing is", async () => {
  await using scene = await fresh();
  const before = await scene.home.read(file);
  const { code, stdout } = await scene.run({ dryRun: true });
  assert.equal(code, 0);
  assert.match(stdout, /AKIAIOSFODNN7EXAMPLE {2}made .*used just now for iam/);
  assert.match(stdout, /Nothing was changed\.$/m);
  assert.equal(await scene.home.read(file), before);
  const wrote = scene.standin.log.filter(({ operation }) =>
    /Create|Update|Delete|Put/.test(operation)
  );
  assert.deepEqual(wrote, []);
});

Deno.test("--all rotates every profile with a key of its own; what fails is named: exit 9", async () => {
  await using scene = await fresh();
  const { standin, run, home } = scene;
  const { code, stdout, stderr } = await run({ all: true, json: true });
  assert.equal(code, 9, stderr);
  const { rotations } = JSON.parse(stdout);
  assert.deepEqual(
    rotations.map((each: { profile: string; state: string }) => [each.profile, each.state]),
    [["default", "waiting"], ["other", "failed"]],
  );
  assert.equal(rotations[1].cause, "key_unknown");
  assert.equal(keysOf(standin).length, 2);
  assert.equal((await run({ continue: true, deployed: true })).code, 0);
  assert.match(await plainOf(home), /^ {4}default:\n {8}version: "1"/m);
});

Deno.test("--json tells where it stands, without a secret", async () => {
  await using scene = await promoted();
  const { code, stdout } = await scene.run({ status: true, json: true });
  assert.equal(code, 0);
  const { rotations: [rotation], ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, { version: 1, ok: true, exit: 0, file });
  assert.equal(rotation.step, "promoted");
  assert.deepEqual([rotation.number, rotation.of], [5, 8]);
  assert.deepEqual([rotation.old, rotation.new], [exampleKey.id, scene.fresh.id]);
  assertAbsent(stdout, [exampleKey.secret, scene.fresh.secret], "--json");
});

const wrongUses = [
  [
    "a second rotation",
    {},
    8,
    /one is under way already\n {2}credsmith rotate --continue, or --abort/,
  ],
  [
    "an answer about a rotation that was not begun",
    { deployed: true },
    2,
    /Cannot take --deployed alone: /,
  ],
  ["two modes", { continue: true, abort: true }, 2, /Cannot take --abort beside --continue/],
  ["a profile that is not there", { profile: "nobody" }, 2, /there is no such profile/],
  ["--using itself", { continue: true, using: "default" }, 8, /--using names the profile itself/],
  ["--using a profile that is not there", { continue: true, using: "no" }, 2, /"no": there is no/],
] as const;

Deno.test("wrong uses are told, and change nothing", async () => {
  await using scene = await promoted();
  for (
    const [name, { profile, ...flags }, expected, words] of wrongUses as readonly (readonly [
      string,
      Partial<RotateFlags> & { profile?: string },
      number,
      RegExp,
    ])[]
  ) {
    const { code, stderr } = await scene.run(flags, profile);
    assert.equal(code, expected, `${name}: ${stderr}`);
    assert.match(stderr, words, name);
    assert.equal(keysOf(scene.standin).length, 2);
  }
});

Deno.test("nothing is under way: --continue and --status say so, --abort refuses", async () => {
  await using scene = await fresh();
  for (const flags of [{ continue: true }, { status: true }, { abort: true }]) {
    const { code, stdout } = await scene.run(flags);
    assert.deepEqual([code, stdout], [0, `No rotation is under way in "${file}"\n`]);
  }
  assert.equal((await scene.run({ abort: true }, "default")).code, 8);
});

Deno.test("a dotenv file has no room for a journal", async () => {
  await using scene = await fresh();
  const plain = `aws_access_key_id=${exampleKey.id}\naws_secret_access_key=${exampleKey.secret}\n`;
  await scene.home.write("a.env", await encrypted(plain, { format: "dotenv" }));
  const { code, stderr } = await scene.run({ file: "a.env" });
  assert.equal(code, 8, stderr);
  assert.match(stderr, /only YAML and JSON files have room for its journal/);
  assert.equal(scene.standin.log.length, 0);
});

const named: readonly (readonly [
  name: string,
  flags: Partial<RotateFlags>,
  prepare: (scene: Awaited<ReturnType<typeof fresh>>) => Promise<unknown> | void,
  says: RegExp,
])[] = [
  ["a third key", {}, ({ standin }) => {
    standin.state.addKey("claude-dev");
  }, /credsmith rotate -f my\.yaml --delete-key AKIA/],
  [
    "a rotation under way",
    {},
    ({ run }) => run({ file: "my.yaml" }),
    /credsmith rotate -f my\.yaml --continue, or --abort/,
  ],
  ["a denied request", {}, ({ standin }) => {
    standin.set({ users: [{ name: "claude-dev", denied: ["iam:CreateAccessKey"] }] });
  }, /--using PROFILE/],
  ["an answer that was lost", {}, ({ standin }) => {
    standin.set({
      faults: [{ operation: "CreateAccessKey", fault: { kind: "drop after" }, times: 1 }],
    });
  }, /credsmith rotate -f my\.yaml --continue looks/],
];
for (const [name, flags, prepare, says] of named) {
  Deno.test(`with ${name}, what is advised names the file that was named`, async () => {
    await using scene = await fresh();
    await Deno.rename(`${scene.home.path}/${file}`, `${scene.home.path}/my.yaml`);
    await prepare(scene);
    const { stderr } = await scene.run({ file: "my.yaml", ...flags });
    assert.match(stderr, says);
    // Each command of ours names it, unless none is named.
    for (const [words] of stderr.matchAll(/credsmith (?:rotate|verify|set|unset)\b.*/g)) {
      assert.match(words, /^credsmith \w+ -f my\.yaml/);
    }
  });
}

Deno.test("each step of a rotation is in the log of actions, without a secret", async () => {
  await using scene = await fresh();
  const { home, standin, time, run } = scene;
  assert.equal((await run({ quiet: 0, soak: 0 })).code, 0);
  const [, made] = keysOf(standin);
  time.pass(60);
  assert.equal((await run({ continue: true, deployed: true })).code, 0);
  const log = await Deno.readTextFile(`${home.state}/credsmith/actions.jsonl`);
  assertAbsent(log, [made!.secret, exampleKey.secret], "the log");
  const actions = log.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(actions.map(({ step }) => step), [
    "intent",
    "staged",
    "proved",
    "promoted",
    "deployed",
    "quiet",
    "inactive",
    "key deleted",
    "deleted",
  ]);
  const { at: _, file: __, ...last } = actions.at(-1);
  assert.deepEqual(last, {
    version: 1,
    action: "rotate",
    step: "deleted",
    profile: "default",
    key: exampleKey.id,
    newKey: made!.id,
    arn: "arn:aws:iam::123456789012:user/claude-dev",
  });
});

Deno.test("a rotation that AWS stops is in the log of actions with its cause", async () => {
  await using scene = await fresh();
  scene.standin.set({ users: [{ name: "claude-dev", denied: ["iam:ListAccessKeys"] }] });
  assert.equal((await scene.run()).code, 6);
  const log = await Deno.readTextFile(`${scene.home.state}/credsmith/actions.jsonl`);
  const { step, cause } = JSON.parse(log);
  assert.deepEqual([step, cause], ["stopped", "policy_missing"]);
});
