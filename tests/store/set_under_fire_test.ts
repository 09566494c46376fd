/** `credsmith set` while everything goes wrong at every system call in the secrets folder. */
import assert from "node:assert/strict";
import { temporaryName } from "../../src/platform/files.ts";
import { withDirectoryLock } from "../../src/platform/locks.ts";
import { assertAbsent, type Home, starter, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { decrypted, exampleSecrets, homeWithSecrets } from "../support/sops_file.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";

const secret = "hunter2-a-new-secret-value";

function set(home: Home, path: string, value: string): Program {
  const [command, ...given] = starter("--no-check");
  return {
    command,
    args: [...given, "set", path],
    env: home.env,
    cwd: home.path,
    stdin: value,
  };
}

const inFolder = (home: Home) => {
  const path = `${home.path}/secrets/aws.yaml`;
  return [`${home.path}/secrets`, path, temporaryName(path)];
};

async function home(): Promise<Home> {
  const made = await temporaryHome(await homeWithSecrets());
  return made;
}

/** No file below the secrets folder has a secret in plaintext, whatever it is called. */
async function assertNoPlaintext(home: Home, where: string): Promise<void> {
  for (const name of await home.files()) {
    if (!name.startsWith("secrets/")) continue;
    assertAbsent(await home.read(name), [...exampleSecrets, secret], `${name} after ${where}`);
  }
}

for (const signal of ["SIGKILL", "SIGINT"]) {
  peerTest(
    ["linux", "strace"],
    `set, ${signal} at every call in the folder: the old file or the new one, whole`,
    async () => {
      await using probe = await home();
      const points = await recordCalls(set(probe, "password", secret), inFolder(probe));
      const seen = new Set<string>();
      await twoAtATime(points, async (point) => {
        await using victim = await home();
        const old = await victim.read("secrets/aws.yaml");
        const { code } = await injectAt(
          set(victim, "password", secret),
          inFolder(victim),
          point,
          `signal=${signal}`,
        );
        const where = `${signal} at ${point.call} ${point.occurrence}`;
        if (signal === "SIGKILL") assert.equal(code, 137, `not killed by ${where}`);
        const left = await victim.read("secrets/aws.yaml");
        if (left === old) {
          seen.add("old");
        } else {
          seen.add("new");
          assert.match(await decrypted(left), new RegExp(`^password: ${secret}$`, "m"), where);
        }
        await assertNoPlaintext(victim, where);
        if (signal !== "SIGKILL") {
          // A signal that can be heard leaves nothing behind, and says so in the exit code.
          assert.ok(!await victim.exists(temporaryName("secrets/aws.yaml")), where);
          assert.ok(code === 130 || (code === 0 && left !== old), `${where}: ${code}`);
        }

        const next = await victim.run(["set", "next"], { stdin: "value" });
        assert.equal(next.code, 0, `${where}: ${next.stderr}`);
        assert.match(await decrypted(await victim.read("secrets/aws.yaml")), /^next: value$/m);
        assert.ok(!await victim.exists(temporaryName("secrets/aws.yaml")), where);
      });
      assert.deepEqual([...seen].sort(), ["new", "old"]);
    },
  );
}

peerTest(
  ["linux", "strace"],
  "set, an error at every call in the folder: an exit code that tells, and a file that opens",
  async () => {
    await using probe = await home();
    const points = await recordCalls(set(probe, "password", secret), inFolder(probe));
    const codes = new Set<number>();
    await twoAtATime(points, async (point) => {
      await using victim = await home();
      const old = await victim.read("secrets/aws.yaml");
      const error = point.call === "write" ? "ENOSPC" : "EIO";
      const { code, stderr } = await injectAt(
        set(victim, "password", secret),
        inFolder(victim),
        point,
        `error=${error}`,
      );
      const where = `${error} at ${point.call} ${point.occurrence}`;
      const left = await victim.read("secrets/aws.yaml");
      codes.add(code);
      assert.ok([0, 2, 8, 9].includes(code), `${where}: ${code} ${stderr}`);
      assert.equal(left !== old, code === 0 || code === 9, `${where}: ${code} ${stderr}`);
      if (left !== old) {
        assert.match(await decrypted(left), new RegExp(`^password: ${secret}$`, "m"), where);
      }
      assert.ok(!await victim.exists(temporaryName("secrets/aws.yaml")), where);
      await assertNoPlaintext(victim, where);
      assertAbsent(stderr, [secret], `stderr after ${where}`);
    });
    for (const code of [2, 8, 9]) assert.ok(codes.has(code), `exit ${code} never happened`);
  },
);

peerTest(
  ["linux", "root"],
  "set on a disk of 4 KiB that gets full: exit 8, the old file, and it says so",
  async () => {
    await using full = await home();
    await full.write("value", "x".repeat(20_000));
    const { command, args } = set(full, "password", "");
    const result = await full.program("unshare", [
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      "set -e; cp -a secrets copy; mount -t tmpfs -o size=4k tmpfs secrets; cp copy/aws.yaml secrets; " +
      '"$@" < value && exit 99 || code=$?; cmp copy/aws.yaml secrets/aws.yaml; ls -A secrets; exit $code',
      "sh",
      command,
      ...args,
    ]);
    assert.equal(result.code, 8, result.stderr);
    assert.equal(result.stdout, "aws.yaml\n");
    assert.match(result.stderr, /^Cannot change "secrets\/aws\.yaml": the disk is full$/m);
  },
);

peerTest(
  ["linux", "root"],
  "set in a folder that is read-only: exit 8, and it says so",
  async () => {
    await using fixed = await home();
    const { command, args } = set(fixed, "password", "");
    const result = await fixed.program("unshare", [
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      'mount --bind secrets secrets && mount -o remount,bind,ro secrets && echo value | "$@"',
      "sh",
      command,
      ...args,
    ]);
    assert.equal(result.code, 8, result.stderr);
    assert.match(
      result.stderr,
      /^Cannot change "secrets\/aws\.yaml": the file system is read-only$/m,
    );
  },
);

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  peerTest(
    ["linux"],
    `set that waits for another writer ends with ${code} at ${signal}`,
    async () => {
      await using busy = await home();
      const before = await busy.read("secrets/aws.yaml");
      const { command, args, env = {} } = set(busy, "password", "");
      await withDirectoryLock(`${busy.path}/secrets`, async () => {
        const child = new Deno.Command(command, {
          args: [...args],
          env: { ...env },
          clearEnv: true,
          cwd: busy.path,
          stdin: "piped",
        }).spawn();
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode("value"));
        await writer.close();
        await waitsForLock(child.pid);
        child.kill(signal);
        assert.equal((await child.status).code, code);
      });
      assert.equal(await busy.read("secrets/aws.yaml"), before);
      assert.ok(!await busy.exists(temporaryName("secrets/aws.yaml")));
    },
  );
}

/** Comes back when the kernel lists a process as waiting for a lock. */
async function waitsForLock(pid: number): Promise<void> {
  const waiting = new RegExp(`-> FLOCK +ADVISORY +WRITE ${pid} `);
  for (let look = 0; look < 6000; look++) {
    if (waiting.test(await Deno.readTextFile("/proc/locks"))) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`process ${pid} does not wait for a lock`);
}

Deno.test("set: of 50 processes at once that set a value each, every value is there", async () => {
  await using shared = await home();
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  const results = await Promise.all(
    numbers.map((number) =>
      shared.run(["set", `numbers/n${number}`], { stdin: `value ${number}` })
    ),
  );
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const text = await decrypted(await shared.read("secrets/aws.yaml"));
  for (const number of numbers) {
    assert.match(text, new RegExp(`^    n${number}: value ${number}$`, "m"));
  }
});

Deno.test("set works in spite of what a killed process left, and does not follow a link there", async () => {
  await using left = await home();
  const name = temporaryName("secrets/aws.yaml");
  await left.write("precious", "content");
  await Deno.symlink(`${left.path}/precious`, `${left.path}/${name}`);
  assert.equal((await left.run(["set", "one"], { stdin: "1" })).code, 0);
  await left.write(name, "half a fi");
  assert.equal((await left.run(["set", "two"], { stdin: "2" })).code, 0);
  assert.equal(await left.read("precious"), "content");
  assert.ok(!await left.exists(name));
  assert.match(await decrypted(await left.read("secrets/aws.yaml")), /^one: "1"\ntwo: "2"$/m);
});
