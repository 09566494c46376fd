import assert from "node:assert/strict";
import { parseRequest } from "../../../src/cli/credential_process/request.ts";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { type Home, type Result, temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { tryPermissions } from "../../support/permissions.ts";
import { exampleText, homeWithSecrets } from "../../support/sops_file.ts";

const identity = ".config/sops/age/keys.txt";
const args = ["credential-process"];

/** A home, a stand-in for AWS, and a session that is known. */
async function ready() {
  const standin = startStandin();
  const home = await temporaryHome(await homeWithSecrets({ text: exampleText }));
  Object.assign(home.env, standin.env);
  const first = await home.run(args);
  assert.equal(first.code, 0, first.stderr);
  const folder = `${home.runtime}/credsmith/sessions`;
  const named = async (end: string) => {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const [found, ...more] = names.filter((name) => name.endsWith(end));
    assert.ok(found && more.length === 0, names.join(" "));
    return await Promise.resolve(`${folder}/${found}`);
  };
  return {
    home,
    standin,
    first,
    folder,
    answer: await named(".at"),
    entry: await named(".json"),
    requests: () => standin.log.length,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

/** Nothing can be decrypted any more, so what is answered comes from the cache. */
async function forgetIdentity(home: Home): Promise<void> {
  await Deno.rename(`${home.path}/${identity}`, `${home.path}/identity`);
}

async function recallIdentity(home: Home): Promise<void> {
  await Deno.rename(`${home.path}/identity`, `${home.path}/${identity}`);
}

function idOf({ stdout }: Result): string {
  const { Credentials, AccessKeyId } = JSON.parse(stdout);
  return AccessKeyId ?? Credentials.AccessKeyId;
}

Deno.test("a session that is known is given without opening the file", async () => {
  await using at = await ready();
  const { home, first } = at;
  await forgetIdentity(home);
  const again = await home.run(args);
  assert.deepEqual(again, first);
  for (
    const same of [
      ["-f", "secrets/aws.yaml"],
      ["--file=secrets/../secrets/aws.yaml", "default"],
      ["--format", "claude"],
      ["--format=aws", "--reveal"],
    ]
  ) {
    const result = await home.run([...args, ...same]);
    assert.equal(idOf(result), idOf(first), same.join(" "));
  }
  assert.equal(at.requests(), 1);
});

Deno.test("what answers from the cache can do nothing else any more", async () => {
  await using at = await ready();
  const { code, left } = await tryPermissions(at.home, args, { env: at.home.env });
  assert.equal(code, 0);
  assert.deepEqual(left, []);
});

/** What makes a known answer none; the command then opens the file, which it cannot here. */
// deno-fmt-ignore -- a table
const misses: readonly (readonly [
  name: string,
  change: (at: Awaited<ReturnType<typeof ready>>) => void | Promise<void>,
  how?: { args?: readonly string[]; env?: Readonly<Record<string, string>> },
])[] = [
  ["another profile", () => {}, { args: ["work"] }],
  ["--static", () => {}, { args: ["--static"] }],
  ["another endpoint", () => {}, { env: { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9" } }],
  ["another name for CloudTrail", () => {}, { env: { USER: "bob" } }],
  ["another region", () => {}, { env: { AWS_REGION: "eu-west-1" } }],
  ["another region in ~/.aws/config", ({ home }) => home.write(".aws/config", "[default]\nregion = eu-west-1\n")],
  ["another endpoint in ~/.aws/config", ({ home }) => home.write(".aws/config", "[default]\nendpoint_url = http://127.0.0.1:9\n")],
  ["a file that has changed", async ({ home }) => await home.write("secrets/aws.yaml", `${await home.read("secrets/aws.yaml")}\n`)],
  ["a session that would be renewed", ({ entry }) => change(entry, { expires: inMinutes(19) })],
  ["a session that is over", ({ entry }) => change(entry, { expires: inMinutes(-1) })],
  ["a session from the future", ({ entry }) => change(entry, { issued: inMinutes(5) })],
  ["a session that is gone", ({ entry }) => Deno.removeSync(entry)],
  ["a session that others may read", ({ entry }) => Deno.chmodSync(entry, 0o644)],
  ["a session with a second name", ({ entry, home }) => Deno.linkSync(entry, `${home.runtime}/second`)],
  ["a link in the place of a session", ({ entry, home }) => linked(entry, `${home.runtime}/moved`)],
  ["a pipe in the place of a session", ({ entry }) => { Deno.removeSync(entry); new Deno.Command("mkfifo", { args: ["-m", "600", entry] }).outputSync(); }],
  ["a session that is no JSON", ({ entry }) => Deno.writeTextFileSync(entry, "{")],
  ["a session without a token", ({ entry }) => change(entry, { sessionToken: "" })],
  ["an answer that others may read", ({ answer }) => Deno.chmodSync(answer, 0o640)],
  ["a link in the place of an answer", ({ answer, home }) => linked(answer, `${home.runtime}/moved`)],
  ["an answer that leads elsewhere", ({ answer }) => change(answer, { entry: "../../etc/passwd" })],
  ["an answer for another file", ({ answer, home }) => change(answer, { files: [`${home.path}/.sops.yaml`] })],
  ["an answer that is not ours", ({ answer }) => Deno.writeTextFileSync(answer, "null")],
  ["a folder that others may enter", ({ folder }) => Deno.chmodSync(folder, 0o755)],
];

function change(path: string, fields: Readonly<Record<string, unknown>>): void {
  const old = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, JSON.stringify({ ...old, ...fields }));
}

function linked(path: string, moved: string): void {
  Deno.renameSync(path, moved);
  Deno.symlinkSync(moved, path);
}

function inMinutes(minutes: number): string {
  return Temporal.Now.instant().add({ minutes }).toString();
}

for (const [name, doIt, how = {}] of misses) {
  Deno.test(`${name} is not answered from the cache`, async () => {
    await using at = await ready();
    await doIt(at);
    await forgetIdentity(at.home);
    const result = await at.home.run([...args, ...how.args ?? []], how.env ? { env: how.env } : {});
    assert.equal(result.code, 3, result.stderr);
    assert.equal(result.stdout, "");
  });
}

peerTest(["root"], "a session of another user is not given", async () => {
  await using at = await ready();
  await Deno.chown(at.entry, 1234, null);
  await forgetIdentity(at.home);
  const { code, stdout } = await at.home.run(args);
  assert.deepEqual([code, stdout], [3, ""]);
});

Deno.test("what stood in the way is replaced, told once, and the next one is answered again", async () => {
  await using at = await ready();
  const { home } = at;
  await Deno.chmod(at.entry, 0o644);
  const second = await home.run(args);
  assert.equal(second.code, 0);
  assert.match(second.stderr, /^Warning: "\S+" is not used, because others could [^\n]*\n$/);
  assert.notEqual(idOf(second), idOf(at.first));
  await forgetIdentity(home);
  assert.equal(idOf(await home.run(args)), idOf(second));
  await recallIdentity(home);
});

Deno.test("a session that credsmith login --forget took away is not given again", async () => {
  await using at = await ready();
  const { code } = await at.home.run(["login", "--forget"]);
  assert.equal(code, 0);
  await forgetIdentity(at.home);
  assert.equal((await at.home.run(args)).code, 3);
});

Deno.test("what is long over does not stay in memory", async () => {
  await using at = await ready();
  const [hours, now] = [3600, Date.now() / 1000];
  const old = [["a.at", 30], ["b.json", 50], [".c.json.tmp-1", 50]] as const;
  const young = [["d.at", 20], ["e.json", 40], ["f.lock", 500]] as const;
  for (const [name, age] of [...old, ...young]) {
    const path = `${at.folder}/${name}`;
    await Deno.writeTextFile(path, "{}", { mode: 0o600 });
    await Deno.utime(path, now - age * hours, now - age * hours);
  }
  await Deno.remove(at.answer);
  assert.equal((await at.home.run(args)).code, 0);
  const names = [...Deno.readDirSync(at.folder)].map(({ name }) => name);
  assert.deepEqual(old.filter(([name]) => names.includes(name)), []);
  assert.deepEqual(young.filter(([name]) => !names.includes(name)), []);
});

Deno.test("an agent gets no known session in the form for AWS SDKs, and Claude Code does", async () => {
  await using at = await ready();
  const env = { CLAUDECODE: "1" };
  const refused = await at.home.run(args, { env });
  assert.deepEqual([refused.code, refused.stdout], [8, ""]);
  const given = await at.home.run([...args, "--format", "claude"], { env });
  assert.equal(idOf(given), idOf(at.first));
});

Deno.test("an answer that cannot be printed is no success", async () => {
  await using at = await ready();
  const script = `"$@" >/dev/full`;
  const { credsmith } = await import("../../support/home.ts");
  const result = await at.home.program("/bin/sh", ["-c", script, "sh", ...credsmith, ...args]);
  assert.equal(result.code, 9);
  assert.match(result.stderr, /^Cannot write to standard output: /);
});

Deno.test("a session of secret files is known until one of them changes", async () => {
  await using at = await ready();
  const { home } = at;
  const { id, secret } = exampleKey;
  await home.write("run/1/aws_access_key_id", id);
  await home.write("run/1/aws_secret_access_key", secret);
  await Deno.symlink("1", `${home.path}/run/secrets`);
  await home.write(
    "m.json",
    JSON.stringify({
      version: 1,
      directory: `${home.path}/run/secrets`,
      unset: [],
      profiles: {
        default: {
          files: {
            AWS_ACCESS_KEY_ID: "aws_access_key_id",
            AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
            AWS_SESSION_TOKEN: "aws_session_token",
          },
          optional: ["AWS_SESSION_TOKEN"],
        },
      },
    }),
  );
  const run = () => home.run([...args, "--manifest", "m.json"]);
  const one = await run();
  assert.equal(one.code, 0, one.stderr);
  const before = at.requests();
  assert.deepEqual(await run(), one);
  // A newer generation with the same content is the same.
  await Deno.mkdir(`${home.path}/run/2`);
  for (const name of ["aws_access_key_id", "aws_secret_access_key"]) {
    await Deno.copyFile(`${home.path}/run/1/${name}`, `${home.path}/run/2/${name}`);
  }
  await Deno.remove(`${home.path}/run/secrets`);
  await Deno.symlink("2", `${home.path}/run/secrets`);
  assert.deepEqual(await run(), one);
  assert.equal(at.requests(), before);
  // A session stands there now.
  await home.write("run/2/aws_session_token", "IQoJb3JpZ2luX2VjEXAMPLE");
  const other = JSON.parse((await run()).stdout);
  assert.deepEqual(other, {
    Version: 1,
    AccessKeyId: id,
    SecretAccessKey: secret,
    SessionToken: "IQoJb3JpZ2luX2VjEXAMPLE",
  });
});

Deno.test("a session in secret files comes with its end where the cache knows it", async () => {
  await using at = await ready();
  const { home, first } = at;
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = JSON.parse(first.stdout);
  const values = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  };
  const names = Object.keys(values);
  for (const [name, value] of Object.entries(values)) await home.write(`s/${name}`, value);
  await home.write(
    "m.json",
    JSON.stringify({
      version: 1,
      directory: `${home.path}/s`,
      unset: [],
      profiles: { default: { files: Object.fromEntries(names.map((name) => [name, name])) } },
    }),
  );
  const run = async () => JSON.parse((await home.run([...args, "--manifest", "m.json"])).stdout);
  assert.deepEqual(await run(), JSON.parse(first.stdout));
  await Deno.remove(at.entry);
  assert.deepEqual(await run(), { Version: 1, AccessKeyId, SecretAccessKey, SessionToken });
  assert.ok(Expiration);
});

// deno-fmt-ignore -- a table
for (
  const [words, expected] of [
    ["", { format: "aws", reveal: false, profile: "default" }],
    ["-f a.yaml work", { format: "aws", reveal: false, profile: "work", file: "a.yaml" }],
    ["work --file=a.yaml --reveal", { format: "aws", reveal: true, profile: "work", file: "a.yaml" }],
    ["--format claude --manifest m.json", { format: "claude", reveal: false, profile: "default", manifest: "m.json" }],
    ["--format nope", undefined],
    ["--static", undefined],
    ["--help", undefined],
    ["-h", undefined],
    ["-f", undefined],
    ["-f --reveal", undefined],
    ["-f a -f b", undefined],
    ["-f a --manifest b", undefined],
    ["--engine binary work", { format: "aws", reveal: false, profile: "work" }],
    ["--engine other", undefined],
    ["--file=", undefined],
    ["work other", undefined],
    ["Work", undefined],
    ["-- work", undefined],
    ["__proto__", undefined],
    ["--reveal --reveal", undefined],
    ["--constructor=x", undefined],
  ] as const
) {
  Deno.test(`the shortcut ${expected ? "reads" : "leaves"} "${words}"${expected ? "" : " to the command"}`, () => {
    assert.deepEqual(parseRequest(words.split(" ").filter(Boolean)), expected);
  });
}
