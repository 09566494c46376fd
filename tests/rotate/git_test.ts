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
    assert.match(last.stdout, /^Done: .*\nTo be committed: git commit -m /m);
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
