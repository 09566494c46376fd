import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import type { Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { file, homeFor, keysOf, rotateIn, timeOf } from "./support.ts";

async function git(home: Home, ...args: string[]): Promise<string> {
  const who = ["-c", "user.name=me", "-c", "user.email=me@example.org"];
  const { code, stdout, stderr } = await home.program("git", [...who, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function repository(home: Home): Promise<void> {
  await git(home, "init", "-q");
  await git(home, "add", ".sops.yaml", file);
  await git(home, "commit", "-qm", "first");
}

peerTest(
  ["git"],
  "uncommitted changes of the file are in the way, unless told: exit 8",
  async () => {
    await using home = await homeFor();
    await using standin = startStandin();
    await repository(home);
    const time = timeOf(standin);
    assert.equal((await home.run(["set", "aws_region", "us-west-2"])).code, 0);
    const before = await home.read(file);
    const { code, stderr } = await rotateIn(home, standin.env, time);
    assert.equal(code, 8);
    assert.match(stderr, /has changes that are in no commit: aws_region\n.*--uncommitted$/m);
    assert.equal(await home.read(file), before);
    assert.equal(keysOf(standin).length, 1);
    const told = await rotateIn(home, standin.env, time, { uncommitted: true });
    assert.equal(told.code, 0, told.stderr);
  },
);

peerTest(
  ["git"],
  "a rotation's own changes are not in its way, and it commits nothing",
  async () => {
    await using home = await homeFor();
    await using standin = startStandin();
    await repository(home);
    const time = timeOf(standin);
    const first = await rotateIn(home, standin.env, time, { quiet: 0, soak: 0 });
    assert.equal(first.code, 0, first.stderr);
    const last = await rotateIn(home, standin.env, time, { continue: true, deployed: true });
    assert.match(last.stdout, /^Done: .*\nNext: git commit -m /m);
    assert.equal((await git(home, "log", "--format=%s")).trim(), "first");
    assert.match(await git(home, "status", "--porcelain", "--", file), /^ M /);
  },
);

peerTest(["git"], "changes that come between proof and promotion are in the way", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  await repository(home);
  const time = timeOf(standin);
  standin.set({
    users: [{ name: "claude-dev", denied: ["bedrock:InvokeModelWithResponseStream"] }],
  });
  const stopped = await rotateIn(home, standin.env, time);
  assert.equal(stopped.code, 6, stopped.stderr);
  standin.state.users.get("claude-dev")!.denied.clear();
  assert.equal((await home.run(["set", "bedrock/endpoint", "https://example.org"])).code, 0);
  const { code, stderr } = await rotateIn(home, standin.env, time, { continue: true });
  assert.equal(code, 8, stderr);
  assert.match(stderr, /in no commit: bedrock\/endpoint/);
  const live = await home.run(["get", "aws_access_key_id", "--reveal"]);
  assert.equal(live.stdout.trim(), exampleKey.id);
});

/** What the process is told of programs; others of this process run with it meanwhile. */
async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", path);
  try {
    return await work();
  } finally {
    Deno.env.set("PATH", before);
  }
}

const notCompared: readonly (readonly [
  why: string,
  prepare: (home: Home) => Promise<void>,
  path: string | undefined,
  says: string,
])[] = [
  [
    "no repository",
    () => Promise.resolve(),
    undefined,
    `"${file}" is in no git repository`,
  ],
  [
    "no commit",
    async (home) => {
      await git(home, "init", "-q");
    },
    undefined,
    `no commit has "${file}"`,
  ],
  ["no git", () => Promise.resolve(), "/nowhere", "there is no git on PATH"],
];
for (const [why, prepare, path, says] of notCompared) {
  peerTest(["git"], `${why}: that nothing was compared is said, once`, async () => {
    await using home = await homeFor();
    await using standin = startStandin();
    await prepare(home);
    const run = () => rotateIn(home, standin.env, timeOf(standin), { json: true });
    const { code, stdout, stderr } = path === undefined ? await run() : await withPath(path, run);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, `Note: ${says}: not compared with the last commit\n`);
    assert.equal(JSON.parse(stdout).rotations[0].notCompared, why);
  });
}

peerTest(["git"], "what git does not tell is no silence", async () => {
  await using home = await homeFor();
  await using standin = startStandin();
  await Deno.mkdir(`${home.path}/.git`);
  await home.write(".git/HEAD", "ref: refs/heads/main\n");
  await home.write(".git/config", "[core]\n\trepositoryformatversion = 99\n");
  await Deno.mkdir(`${home.path}/.git/objects`);
  await Deno.mkdir(`${home.path}/.git/refs`);
  const { code, stderr } = await rotateIn(home, standin.env, timeOf(standin));
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Note: git does not tell \(.+\): not compared with the last commit$/m);
});
