import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Action,
  actionLogPath,
  actionNames,
  lineOf,
  parseLine,
  record,
} from "../../src/cli/actions.ts";
import type { Context } from "../../src/cli/command.ts";
import { appendLine, readLog } from "../../src/platform/append_log.ts";
import { Secret } from "../../src/sops/secret.ts";
import { assertAbsent, credsmith } from "../support/home.ts";

const at = Temporal.Instant.from("2026-11-22T10:00:00Z");
const uid = Deno.uid() ?? 0;

async function temporaryState(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function contextOf(state: string, more: Record<string, string> = {}) {
  const notes: string[] = [];
  const context = {
    env: { XDG_STATE_HOME: state, ...more },
    terminal: { note: (text: string) => notes.push(text) },
  } as unknown as Context;
  return { context, notes };
}

Deno.test("an action is one line of JSON in a file for us alone", async () => {
  await using state = await temporaryState();
  const { context, notes } = contextOf(state.path, { CLAUDECODE: "1" });
  record(context, {
    action: "rotate",
    step: "promoted",
    profile: "default",
    file: "/home/ann/work/secrets/aws.yaml",
    key: "AKIAIOSFODNN7EXAMPLE",
    newKey: "AKIAI44QH8DHBEXAMPLE",
  }, at);
  const path = `${state.path}/credsmith/actions.jsonl`;
  assert.deepEqual(notes, []);
  assert.equal(
    await Deno.readTextFile(path),
    '{"version":1,"at":"2026-11-22T10:00:00Z","action":"rotate","step":"promoted",' +
      '"profile":"default","file":"/home/ann/work/secrets/aws.yaml",' +
      '"key":"AKIAIOSFODNN7EXAMPLE","newKey":"AKIAI44QH8DHBEXAMPLE","agent":"CLAUDECODE"}\n',
  );
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(`${state.path}/credsmith`)).mode! & 0o777, 0o700);
});

const kept: readonly (readonly [what: string, action: Partial<Action>])[] = [
  ["a profile", { profile: "team-eu2" }],
  ["a file", { file: "/home/ann.smith/My Work/secrets/aws.yaml" }],
  ["leaves", { names: ["profiles/ci/secret_access_key", "DB_PASSWORD", "oauth2"] }],
  ["a role", { arn: "arn:aws:iam::123456789012:role/service-role/ci@team" }],
  ["a key of KMS", {
    added: ["arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
  }],
  ["a recipient", { added: ["age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun"] }],
  ["models", {
    models: ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-opus-5"],
  }],
  ["a region", { region: "us-gov-west-1" }],
];
for (const [what, action] of kept) {
  Deno.test(`the log of actions keeps ${what} as it is`, () => {
    const { at: _, action: __, ...rest } = parseLine(lineOf({ action: "set", ...action }, at))!;
    assert.deepEqual(rest, action);
  });
}

Deno.test("of a path the steps that could be something else are left out", () => {
  const file = "/tmp/wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY/secrets/aws.yaml";
  assert.equal(parseLine(lineOf({ action: "set", file }, at))?.file, "/tmp/…/secrets/aws.yaml");
  const added = [`ssh-ed25519 AAAA${"Zk".repeat(32)} ann@laptop`];
  assert.deepEqual(parseLine(lineOf({ action: "set", added }, at))?.added, [
    "ssh-ed25519 …ZkZkZkZkZkZk",
  ]);
});

const base64 = fc.uint8Array({ minLength: 30, maxLength: 30 }).map((bytes) => bytes.toBase64());
const secrets = fc.oneof(
  base64,
  fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => bytes.toHex()),
  base64.map((text) => `sk-ant-oat01-${text}`),
  base64.map((text) => `IQoJb3JpZ2luX2Vj${text}`),
  base64.map((text) => `/home/ann/${text}`),
  base64.map((text) => `arn:aws:iam::123456789012:user/${text}`),
  fc.string({ minLength: 58, maxLength: 58, unit: fc.constantFrom(..."QPZRY9X8GF2TVDW0") })
    .map((text) => `AGE-SECRET-KEY-1${text}`),
  fc.string({ minLength: 12, maxLength: 40, unit: "binary" }).filter((text) =>
    /[^\w ./:@+-]/.test(text)
  ),
);

Deno.test("no secret comes into the log of actions, whichever field it is put into", () => {
  const one = ["step", "profile", "file", "key", "newKey", "arn", "region", "expires"];
  const many = ["profiles", "files", "names", "added", "removed", "models"];
  fc.assert(
    fc.property(secrets, fc.constantFrom(...actionNames), (secret, action) => {
      const core = secret.replace(/^(?:\/home\/ann|arn:.*user)\//, "");
      for (const value of [secret, new Secret(secret), { secret }, [secret]]) {
        const fields = {
          action,
          ...Object.fromEntries(one.map((name) => [name, value])),
          ...Object.fromEntries(many.map((name) => [name, [value]])),
          [secret]: 1,
          count: value,
          agent: value,
          more: value,
        };
        // Times are no texts; one that says it is goes through like any other.
        const expires = { toString: () => secret };
        const line = lineOf({ ...fields, expires } as unknown as Action, at, secret);
        assertAbsent(line, [core, JSON.stringify(core).slice(1, -1)], "the log");
        assertAbsent(
          JSON.stringify(parseLine(JSON.stringify({ version: 1, at, ...fields })) ?? {}),
          [core],
          "what is read of it",
        );
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("lines of processes side by side do not mix, also where the file is full", async () => {
  await using state = await temporaryState();
  const [deno, ...args] = credsmith;
  const program = `
    import { appendLine } from ${
    JSON.stringify(import.meta.resolve("../../src/platform/append_log.ts"))
  };
    const [path, name] = Deno.args;
    for (let index = 0; index < 300; index++) {
      appendLine(name + " " + index + " " + name.repeat(100), {
        path, uid: ${uid}, fullAt: 20_000, now: () => Temporal.Now.instant(),
      });
    }`;
  const script = `${state.path}/append.ts`;
  await Deno.writeTextFile(script, program);
  const path = `${state.path}/log/actions.jsonl`;
  const names = ["a", "b", "c", "d"];
  const ended = await Promise.all(
    names.map((name) =>
      new Deno.Command(deno, { args: [...args.slice(0, -1), script, path, name] }).output()
    ),
  );
  for (const { code, stderr } of ended) {
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  }
  const files = readLog({ path, uid });
  assert.ok(files.length > 1);
  const lines = files.flatMap(({ text }) => text.split("\n")).filter((line) => line);
  const expected = names.flatMap((name) =>
    Array.from({ length: 300 }, (_, index) => `${name} ${index} ${name.repeat(100)}`)
  );
  assert.deepEqual(lines.sort(), expected.sort());
});

Deno.test("whoever is killed leaves whole lines, and at most its last one cut", async () => {
  await using state = await temporaryState();
  const [deno, ...args] = credsmith;
  const script = `${state.path}/append.ts`;
  await Deno.writeTextFile(
    script,
    `
    import { appendLine } from ${
      JSON.stringify(import.meta.resolve("../../src/platform/append_log.ts"))
    };
    for (let index = 0; ; index++) {
      appendLine("x".repeat(5000), {
        path: Deno.args[0], uid: ${uid}, fullAt: 1e9, now: () => Temporal.Now.instant(),
      });
      if (index === 50) console.log("going");
    }`,
  );
  const path = `${state.path}/log/actions.jsonl`;
  const children = [1, 2].map(() =>
    new Deno.Command(deno, {
      args: [...args.slice(0, -1), script, path],
      stdout: "piped",
      stderr: "null",
    }).spawn()
  );
  for (const child of children) {
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
  }
  const lines = readLog({ path, uid })[0]!.text.split("\n").filter((line) => line);
  assert.ok(lines.length > 100);
  assert.match(lines.join(""), /^x+$/);
  // These lines are longer than a page, where the kernel may stop a write; those of actions are not.
  const others = lines.filter((line) => line.length !== 5000);
  assert.ok(others.length <= children.length, `${others.length} of ${lines.length}`);
});

Deno.test("a line that a full disk cut off does not take the next one with it", async () => {
  await using state = await temporaryState();
  const { context } = contextOf(state.path);
  const path = `${state.path}/credsmith/actions.jsonl`;
  record(context, { action: "lock" }, at);
  await Deno.writeTextFile(path, '{"version":1,"at":"2026-11-22T10:00:00Z","acti', {
    append: true,
  });
  record(context, { action: "unlock" }, at);
  const [file] = readLog({ path, uid });
  assert.deepEqual(
    file!.text.trimEnd().split("\n").map((line) => parseLine(line)?.action),
    ["lock", undefined, "unlock"],
  );
});

const unfit: readonly (readonly [
  what: string,
  make: (folder: string) => Promise<void>,
  says: RegExp,
])[] = [
  ["is a link", async (folder) => {
    await Deno.writeTextFile(`${folder}/else`, "", { mode: 0o600 });
    await Deno.symlink(`${folder}/else`, `${folder}/actions.jsonl`);
  }, /actions\.jsonl" is a link/],
  ["has two names", async (folder) => {
    await Deno.writeTextFile(`${folder}/else`, "", { mode: 0o600 });
    await Deno.link(`${folder}/else`, `${folder}/actions.jsonl`);
  }, /has more than one name/],
  ["is a folder", (folder) => Deno.mkdir(`${folder}/actions.jsonl`), /is no file/],
  ["can be read by others", async (folder) => {
    await Deno.writeTextFile(`${folder}/actions.jsonl`, "", { mode: 0o644 });
  }, /is open to others/],
  ["stands where others may write", (folder) => Deno.chmod(folder, 0o777), /is open to others/],
  ["has a file in place of its folder", async (folder) => {
    await Deno.remove(folder);
    await Deno.writeTextFile(folder, "");
  }, /is no folder/],
];
for (const [what, make, says] of unfit) {
  Deno.test(`a log of actions that ${what} is not written, and that is one warning`, async () => {
    await using state = await temporaryState();
    const folder = `${state.path}/credsmith`;
    await Deno.mkdir(folder, { mode: 0o700 });
    await make(folder);
    const { context, notes } = contextOf(state.path);
    record(context, { action: "lock" }, at);
    record(context, { action: "lock" }, at);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, says);
    const other = await Deno.readTextFile(`${folder}/else`).catch(() => "");
    assert.equal(other, "");
  });
}

Deno.test("somebody else's file is no log of ours", async () => {
  await using state = await temporaryState();
  const path = `${state.path}/actions.jsonl`;
  appendLine("mine", { path, uid, fullAt: 1000, now: () => at });
  assert.throws(
    () => appendLine("theirs", { path, uid: uid + 1, fullAt: 1000, now: () => at }),
    { name: "LogFileError", reason: "owner" },
  );
});

Deno.test("root makes no log in the home of somebody else", async () => {
  await using state = await temporaryState();
  if (uid === 0) await Deno.chown(state.path, 1234, 1234);
  const path = `${state.path}/deep/credsmith/actions.jsonl`;
  assert.throws(
    () => appendLine("root's", { path, uid: 0, fullAt: 1000, now: () => at }),
    { name: "LogFileError", reason: "owner" },
  );
  assert.deepEqual([...Deno.readDirSync(state.path)], []);
});

const places: readonly (readonly [Record<string, string>, string | undefined])[] = [
  [{ HOME: "/home/ann" }, "/home/ann/.local/state/credsmith/actions.jsonl"],
  [{ HOME: "/home/ann", XDG_STATE_HOME: "/s/" }, "/s/credsmith/actions.jsonl"],
  // What is relative does not count, says the specification.
  [{ HOME: "/home/ann", XDG_STATE_HOME: "s" }, "/home/ann/.local/state/credsmith/actions.jsonl"],
  [{}, undefined],
];
for (const [env, path] of places) {
  Deno.test(`the log of actions with ${JSON.stringify(env)} is at ${path}`, () => {
    assert.equal(actionLogPath(env), path);
  });
}
