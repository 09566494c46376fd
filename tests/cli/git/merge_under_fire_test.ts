/** The merge driver while everything goes wrong at every system call on the file of the result. */
import assert from "node:assert/strict";
import { temporaryName } from "../../../src/platform/files.ts";
import { assertAbsent, starter } from "../../support/home.ts";
import { type GitHome, gitHome } from "../../support/git.ts";
import { peerTest } from "../../support/peers.ts";
import { decrypted, exampleSecrets } from "../../support/sops_file.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../../support/strace.ts";

const file = "secrets/aws.yaml";
const names = { base: ".merge_file_base", ours: ".merge_file_ours", theirs: ".merge_file_theirs" };

/** A work tree with three versions in it, as git hands them over. */
async function handed(): Promise<GitHome> {
  const home = await gitHome();
  const base = await home.read(file);
  await home.write(names.base, base);
  await home.set("aws_region", "eu-west-1");
  await home.write(names.ours, await home.read(file));
  await home.write(file, base);
  await home.set("token", "hunter2");
  await home.write(names.theirs, await home.read(file));
  await home.write(file, await home.read(names.ours));
  return home;
}

function driver(home: GitHome): Program {
  const [command, ...given] = starter("--no-check");
  return {
    command,
    args: [...given, "git", "merge", "--", names.base, names.ours, names.theirs, "7", file],
    env: home.env,
    cwd: home.path,
  };
}

const watched = (home: GitHome) => {
  const path = `${home.path}/${names.ours}`;
  return [home.path, path, temporaryName(path)];
};

async function assertWhole(home: GitHome, where: string, old: string): Promise<"old" | "new"> {
  const left = await home.read(names.ours);
  for (const name of await home.files()) {
    if (/^\.(git|config|bin)/.test(name) && !name.startsWith(".merge_file")) continue;
    const text = await home.read(name);
    assertAbsent(text, [...exampleSecrets, "hunter2"], `${name} after ${where}`);
  }
  if (left === old) return "old";
  assert.match(await decrypted(left), /^aws_region: eu-west-1$[^]*^token: hunter2$/m, where);
  return "new";
}

peerTest(
  ["git", "linux", "strace"],
  "merge, SIGKILL at every call on the result: our version or the merged one, whole",
  async () => {
    await using probe = await handed();
    const points = await recordCalls(driver(probe), watched(probe));
    const seen = new Set<string>();
    await twoAtATime(points, async (point) => {
      await using home = await handed();
      const old = await home.read(names.ours);
      const where = `SIGKILL at ${point.call} ${point.occurrence}`;
      const { code } = await injectAt(driver(home), watched(home), point, "signal=SIGKILL");
      // Where the signal met one of the gits that are asked, the driver goes on or says so.
      assert.notEqual(code, 1, where);
      const which = await assertWhole(home, where, old);
      seen.add(which);
      if (which === "old") {
        const { command, args, env, cwd } = driver(home);
        const next = await home.program(command, args, { env, cwd });
        assert.equal(next.code, 0, `${where}: ${next.stderr}`);
        assert.equal(await assertWhole(home, where, old), "new");
      }
      assert.ok(!await home.exists(temporaryName(names.ours).replace("./", "")), where);
    });
    assert.deepEqual([...seen].sort(), ["new", "old"]);
  },
);

peerTest(
  ["git", "linux", "strace"],
  "merge, an error at every call on the result: an exit code that tells, and no half a file",
  async () => {
    await using probe = await handed();
    const points = await recordCalls(driver(probe), watched(probe));
    await twoAtATime(points, async (point) => {
      await using home = await handed();
      const old = await home.read(names.ours);
      const error = point.call === "write" ? "ENOSPC" : "EIO";
      const where = `${error} at ${point.call} ${point.occurrence}`;
      const { code, stderr } = await injectAt(
        driver(home),
        watched(home),
        point,
        `error=${error}`,
      );
      const which = await assertWhole(home, where, old);
      assert.ok(code >= 0 && code < 128, `${where}: ${code}`);
      if (code === 0) assert.equal(which, "new", `${where}: ${stderr}`);
      assertAbsent(stderr, [...exampleSecrets, "hunter2"], `stderr after ${where}`);
    });
  },
);

peerTest(["git"], "merges in eight work trees at once, each whole", async () => {
  await using home = await gitHome();
  await home.git(["checkout", "-q", "-b", "theirs"]);
  await home.set("token", "abc");
  await home.commit("theirs");
  await home.git(["checkout", "-q", "main"]);
  await home.set("aws_region", "eu-west-1");
  await home.commit("ours");
  const trees = Array.from({ length: 8 }, (_, index) => `.bin/tree${index}`);
  for (const [index, tree] of trees.entries()) {
    await home.git(["worktree", "add", "-q", tree, "-b", `b${index}`, "main"]);
  }
  await Promise.all(
    trees.map((tree) => home.git(["merge", "-q", "theirs"], { cwd: `${home.path}/${tree}` })),
  );
  for (const tree of trees) {
    const text = await decrypted(await home.read(`${tree}/${file}`));
    assert.match(text, /^aws_region: eu-west-1$[^]*^token: abc$/m);
  }
});
