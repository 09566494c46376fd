import assert from "node:assert/strict";
import { temporaryName } from "../../src/platform/files.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";

const script = new URL("programs/write_file.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;

const large = "new ".repeat(25_000);

function writing(home: Home, ...args: string[]): Program {
  return {
    command: Deno.execPath(),
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      "--cached-only",
      `--config=${config}`,
      script,
      ...args,
    ],
    env: home.env,
    cwd: home.path,
  };
}

const inFolder = (home: Home) => {
  const path = `${home.path}/secrets/aws.yaml`;
  return [`${home.path}/secrets`, path, temporaryName(path)];
};

const run = ({ command, args, env, cwd }: Program) =>
  new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    ...(cwd ? { cwd } : {}),
  })
    .output();

for (const signal of ["SIGKILL", "SIGINT"]) {
  peerTest(
    ["linux", "strace"],
    `replaceFile, ${signal} at every call: the old file or the new one, whole`,
    async () => {
      await using probe = await temporaryHome({ "secrets/aws.yaml": "old" });
      const points = await recordCalls(
        writing(probe, "replace", "secrets/aws.yaml", large),
        inFolder(probe),
      );
      const seen = new Set<string>();
      await twoAtATime(points, async (point) => {
        await using home = await temporaryHome({ "secrets/aws.yaml": "old" });
        const { code } = await injectAt(
          writing(home, "replace", "secrets/aws.yaml", large),
          inFolder(home),
          point,
          `signal=${signal}`,
        );
        const where = `${point.call} ${point.occurrence}`;
        assert.notEqual(code, 0, `not killed at ${where}`);
        const left = await home.read("secrets/aws.yaml");
        assert.ok(left === "old" || left === large, `${where}: ${left.length} characters`);
        seen.add(left === "old" ? "old" : "new");

        assert.equal(
          (await run(writing(home, "replace", "secrets/aws.yaml", "next"))).code,
          0,
          where,
        );
        assert.equal(await home.read("secrets/aws.yaml"), "next");
        assert.deepEqual(await home.files(), ["secrets/aws.yaml"]);
      });
      assert.deepEqual([...seen].sort(), ["new", "old"]);
    },
  );
}

peerTest(
  ["linux", "strace"],
  "writeNewFile, SIGKILL at every call: no file or the whole one",
  async () => {
    await using probe = await temporaryHome({ "secrets/other": "" });
    const points = await recordCalls(
      writing(probe, "new", "secrets/aws.yaml", large),
      inFolder(probe),
    );
    await twoAtATime(points, async (point) => {
      await using home = await temporaryHome({ "secrets/other": "" });
      const { code } = await injectAt(
        writing(home, "new", "secrets/aws.yaml", large),
        inFolder(home),
        point,
        "signal=SIGKILL",
      );
      assert.notEqual(code, 0);
      const made = await home.exists("secrets/aws.yaml");
      if (made) assert.equal(await home.read("secrets/aws.yaml"), large);
      const again = await run(writing(home, "new", "secrets/aws.yaml", "next"));
      assert.equal(again.code, made ? 1 : 0);
      if (!made) assert.deepEqual(await home.files(), ["secrets/aws.yaml", "secrets/other"]);
    });
  },
);

peerTest(
  ["linux", "strace"],
  "replaceFile, an error at every call: the old file, unless it says otherwise, and nothing left over",
  async () => {
    await using probe = await temporaryHome({ "secrets/aws.yaml": "old" });
    const points = await recordCalls(
      writing(probe, "replace", "secrets/aws.yaml", "new"),
      inFolder(probe),
    );
    const failed = new Set<string>();
    await twoAtATime(points, async (point) => {
      await using home = await temporaryHome({ "secrets/aws.yaml": "old" });
      const error = point.call === "write" ? "ENOSPC" : "EIO";
      const { code, stdout, stderr } = await injectAt(
        writing(home, "replace", "secrets/aws.yaml", "new"),
        inFolder(home),
        point,
        `error=${error}`,
      );
      const where = `${point.call} ${point.occurrence}`;
      assert.notEqual(stdout, "", `${where}: ${stderr}`);
      const outcome = JSON.parse(stdout);
      const expected = code === 0 || outcome.changed ? "new" : "old";
      assert.equal(await home.read("secrets/aws.yaml"), expected, where);
      assert.deepEqual(await home.files(), ["secrets/aws.yaml"], where);
      if (code !== 0) {
        assert.equal(outcome.name, "FileError", where);
        assert.equal(outcome.code, error, where);
        failed.add(point.call);
      }
    });
    for (const call of ["openat", "write", "fsync", "rename", "flock"]) {
      assert.ok(
        failed.has(call),
        call,
      );
    }
  },
);

peerTest(
  ["linux", "strace"],
  "replaceFile goes on where a file system cannot sync a folder",
  async () => {
    await using home = await temporaryHome({ "secrets/aws.yaml": "old" });
    const program = writing(home, "replace", "secrets/aws.yaml", "new");
    const folderSync = { call: "fsync", occurrence: 2 };
    const { code } = await injectAt(program, inFolder(home), folderSync, "error=EINVAL");
    assert.equal(code, 0);
    assert.equal(await home.read("secrets/aws.yaml"), "new");
  },
);

// The old file takes one page: the new one finds none, or three and then no more.
for (const size of ["4k", "16k"]) {
  peerTest(
    ["linux", "root"],
    `replaceFile on a disk of ${size} that gets full keeps the old file and says ENOSPC`,
    async () => {
      await using home = await temporaryHome({ "secrets/.keep": "" });
      const outcome = await mounted(
        home,
        `mount -t tmpfs -o size=${size} tmpfs secrets && printf old > secrets/aws.yaml`,
        large,
      );
      assert.deepEqual(outcome.result, {
        name: "FileError",
        operation: "write",
        code: "ENOSPC",
        changed: false,
      });
      assert.equal(outcome.after, "old");
      assert.equal(outcome.names, "aws.yaml");
    },
  );
}

peerTest(
  ["linux", "root"],
  "replaceFile in a read-only folder keeps the old file and says EROFS",
  async () => {
    await using home = await temporaryHome({ "secrets/aws.yaml": "old" });
    const setup = "mount --bind secrets secrets && mount -o remount,bind,ro secrets";
    const outcome = await mounted(home, setup, "new");
    assert.deepEqual(outcome.result, {
      name: "FileError",
      operation: "write",
      code: "EROFS",
      changed: false,
    });
    assert.equal(outcome.after, "old");
    assert.equal(outcome.names, "aws.yaml");
  },
);

/** Writes in a mount namespace of its own, so that nothing is left mounted, whatever happens. */
async function mounted(home: Home, setup: string, text: string) {
  await home.write("text", text);
  const { command, args } = writing(home, "replace", "secrets/aws.yaml");
  const result = await home.program("unshare", [
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    `set -e; ${setup}; "$@" "$(cat text)" || :; echo; cat secrets/aws.yaml; echo; ls -A secrets`,
    "sh",
    command,
    ...args,
  ]);
  assert.equal(result.code, 0, result.stderr);
  const [first = "", , after, names] = result.stdout.split("\n");
  return { result: JSON.parse(first), after, names };
}

Deno.test("replaceFile: of 40 processes that add a line each at once, every line is there", async () => {
  await using home = await temporaryHome({ "secrets/aws.yaml": "" });
  const numbers = Array.from({ length: 40 }, (_, index) => index);
  const codes = await Promise.all(
    numbers.map(async (number) =>
      (await run(writing(home, "append", "secrets/aws.yaml", `${number}\n`))).code
    ),
  );
  assert.deepEqual(codes, numbers.map(() => 0));
  const lines = (await home.read("secrets/aws.yaml")).trim().split("\n").map(Number);
  assert.deepEqual(lines.sort((a, b) => a - b), numbers);
  assert.deepEqual(await home.files(), ["secrets/aws.yaml"]);
});
