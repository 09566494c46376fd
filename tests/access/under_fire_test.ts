/** The commands that write, while everything goes wrong at every system call on their files. */
import assert from "node:assert/strict";
import { temporaryName } from "../../src/platform/files.ts";
import {
  aliceRules,
  bob,
  bobIdentity,
  bothRules,
  homeWithTree,
  opened,
} from "../support/access.ts";
import { type Home, starter } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";

const files = ["secrets/a.yaml", "secrets/b/c.json", "secrets/d.env"];
const folders = ["secrets", "secrets/b"];

function access(home: Home, args: readonly string[]): Program {
  const [command, ...given] = starter("--no-check");
  return { command, args: [...given, "access", ...args, "--yes"], env: home.env, cwd: home.path };
}

/** What the command changes, under both names, and the folders. */
const touched = (home: Home) =>
  [...folders, ...[...files, ".sops.yaml"].flatMap((file) => [file, temporaryName(file)])]
    .map((name) => `${home.path}/${name.replace(/^\.\//, "")}`);

/** Files that are for alice, and rules that may name bob as well. */
async function victim(rules: string, synced: boolean): Promise<Home> {
  const home = await homeWithTree({ rules, files: 3 });
  if (synced) assert.equal((await home.run(["access", "sync", "--yes"])).code, 0);
  return home;
}

/** Every file is whole, and is opened by whoever opened it before; nothing is left beside it. */
async function assertWhole(home: Home, where: string): Promise<void> {
  for (const file of files) {
    const { text } = await opened(home, file);
    assert.match(text ?? "", /hunter2/, `${file}: ${where}`);
  }
}

async function assertDone(home: Home, where: string, bobOpens: boolean): Promise<void> {
  for (const file of files) {
    const { text } = await opened(home, file, bobIdentity);
    assert.equal(text !== undefined, bobOpens, `${file}: ${where}`);
    assert.ok(!await home.exists(temporaryName(file)), where);
  }
  assert.ok(!await home.exists(temporaryName(".sops.yaml")), where);
}

const commands: readonly (readonly [
  what: string,
  args: readonly string[],
  again: readonly string[],
  rules: string,
  synced: boolean,
  bobOpens: boolean,
])[] = [
  ["sync", ["sync"], ["sync"], bothRules, false, true],
  ["add", ["add", bob], ["add", bob], aliceRules, false, true],
  ["remove", ["remove", "bob"], ["remove", bob], bothRules, true, false],
  ["renew", ["renew"], ["renew"], bothRules, false, true],
];

for (const [what, args, again, rules, synced, bobOpens] of commands) {
  peerTest(
    ["linux", "strace"],
    `access ${what}, SIGKILL at every call that changes something: each file whole, and run again it does what is left`,
    async () => {
      await using probe = await victim(rules, synced);
      const points = changing(await recordCalls(access(probe, args), touched(probe)));
      let killed = 0;
      await twoAtATime(points, async (point) => {
        await using home = await victim(rules, synced);
        const { code } = await injectAt(access(home, args), touched(home), point, "signal=SIGKILL");
        const where = `SIGKILL at ${point.call} ${point.occurrence}`;
        if (code === 137) killed++;
        await assertWhole(home, where);
        const next = await home.run(["access", ...again, "--yes"]);
        assert.equal(next.code, 0, `${where}: ${next.stderr}`);
        await assertWhole(home, where);
        await assertDone(home, where, bobOpens);
      });
      assert.ok(killed >= points.length / 2, `only ${killed} of ${points.length} were killed`);
    },
  );
}

type Point = { readonly call: string; readonly occurrence: number };

/** Which thread makes a call differs, so of each call the first four and the last are tried. */
function thinned(points: readonly Point[]): Point[] {
  const last = new Map(points.map(({ call, occurrence }) => [call, occurrence]));
  return points.filter(({ call, occurrence }) => occurrence <= 4 || occurrence === last.get(call));
}

/** Calls that change something; before any other, everything is as it was before the last of these. */
function changing(points: readonly Point[]): Point[] {
  return thinned(points).filter(({ call }) =>
    /^(?:rename|unlink|link|write|pwrite|fsync|fdatasync|ftruncate|f?chmod|f?chown)/.test(call)
  );
}

peerTest(
  ["linux", "strace"],
  "access sync, SIGINT at every call that changes something: nothing half done is left",
  async () => {
    await using probe = await victim(bothRules, false);
    const points = changing(await recordCalls(access(probe, ["sync"]), touched(probe)));
    await twoAtATime(points, async (point) => {
      await using home = await victim(bothRules, false);
      const { code } = await injectAt(
        access(home, ["sync"]),
        touched(home),
        point,
        "signal=SIGINT",
      );
      const where = `SIGINT at ${point.call} ${point.occurrence}`;
      assert.ok([0, 130].includes(code), `${where}: ${code}`);
      await assertWhole(home, where);
      for (const file of files) assert.ok(!await home.exists(temporaryName(file)), where);
    });
  },
);

peerTest(
  ["linux", "strace"],
  "access sync, an error at every call: files whole, an exit code that tells, and run again it is done",
  async () => {
    await using probe = await victim(bothRules, false);
    const points = await recordCalls(access(probe, ["sync"]), touched(probe));
    const codes = new Set<number>();
    // Deno panics where closing a folder fails, which no disk does.
    const tried = thinned(points).filter(({ call }) => call !== "close");
    await twoAtATime(tried, async (point) => {
      await using home = await victim(bothRules, false);
      const error = point.call === "write" ? "ENOSPC" : "EIO";
      const { code, stderr } = await injectAt(
        access(home, ["sync"]),
        touched(home),
        point,
        `error=${error}`,
      );
      const where = `${error} at ${point.call} ${point.occurrence}`;
      codes.add(code);
      assert.ok([0, 2, 8, 9].includes(code), `${where}: ${code} ${stderr}`);
      await assertWhole(home, where);
      for (const file of files) assert.ok(!await home.exists(temporaryName(file)), where);
      const next = await home.run(["access", "sync", "--yes"]);
      assert.equal(next.code, 0, `${where}: ${next.stderr}`);
      await assertDone(home, where, true);
    });
    assert.ok(codes.has(9), `exit 9 never happened: ${[...codes]}`);
  },
);

peerTest(
  ["linux", "strace"],
  "access sync, EIO at fsync of a file: that file stays, the others change, and it is named",
  async () => {
    await using home = await victim(bothRules, false);
    const path = `${home.path}/${temporaryName(files[0]!).replace(/^\.\//, "")}`;
    const { code, stderr } = await injectAt(
      access(home, ["sync"]),
      [path],
      { call: "fsync", occurrence: 1 },
      "error=EIO",
    );
    assert.equal(code, 9, stderr);
    assert.match(stderr, /^Cannot change "secrets\/a\.yaml": /m);
    assert.match(stderr, /^Changed 2 of 3 files$/m);
    assert.equal((await opened(home, files[0]!, bobIdentity)).text, undefined);
    assert.ok((await opened(home, files[2]!, bobIdentity)).text);
  },
);

peerTest(
  ["linux", "root"],
  "access sync on a full disk, and on one that is read-only",
  async () => {
    for (
      const mount of ["mount -t tmpfs -o size=16k tmpfs secrets", "mount --bind secrets secrets"]
    ) {
      await using home = await victim(bothRules, false);
      const { command, args } = access(home, ["sync"]);
      const readOnly = mount.includes("bind");
      const result = await home.program("unshare", [
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        `set -e; cp -a secrets copy; ${mount}; ` +
        (readOnly
          ? "mount -o remount,bind,ro secrets; "
          : "cp -a copy/. secrets; dd if=/dev/zero of=secrets/fill bs=1k 2>/dev/null || :; ") +
        'code=0; "$@" || code=$?; rm -f secrets/fill 2>/dev/null || :; diff -r copy secrets; exit $code',
        "sh",
        command,
        ...args,
      ]);
      assert.equal(result.code, 9, result.stderr + result.stdout);
      assert.match(result.stderr, readOnly ? /read-only/ : /disk is full/);
    }
  },
);

Deno.test("access sync beside 50 sets: every value is there, for both", async () => {
  await using home = await homeWithTree({ rules: bothRules, files: 1 });
  const numbers = Array.from({ length: 50 }, (_, at) => at);
  const file = ["-f", "secrets/a.yaml"];
  const results = await Promise.all([
    ...numbers.map((number) =>
      home.run(["set", `numbers/n${number}`, ...file], { stdin: `${number}` })
    ),
    home.run(["access", "sync", "--yes"]),
    home.run(["access", "renew", "--yes"]),
    home.run(["access", "renew", "--yes"]),
  ]);
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const { text, recipients } = await opened(home, "secrets/a.yaml", bobIdentity);
  assert.deepEqual(recipients, [testRecipient, bob]);
  for (const number of numbers) {
    assert.match(text!, new RegExp(`^    n${number}: "${number}"$`, "m"));
  }
});

peerTest(
  ["linux", "strace"],
  "one's own identity is replaced: wherever it stops, every file opens with the old or the new one",
  async () => {
    const keys = ".config/sops/age/keys.txt";
    const steps = [["add", bob], ["remove", testRecipient]] as const;
    for (const [at, args] of steps.entries()) {
      const prepare = async () => {
        const home = await victim(at === 0 ? aliceRules : bothRules, at === 1);
        await home.write(keys, `${testIdentity}\n${bobIdentity}\n`, 0o600);
        return home;
      };
      await using probe = await prepare();
      const points = await recordCalls(access(probe, args), touched(probe));
      const changing = points.filter(({ call }) =>
        /^(?:rename|write|fsync|unlink|link)/.test(call)
      );
      await twoAtATime(changing, async (point) => {
        await using home = await prepare();
        await injectAt(access(home, args), touched(home), point, "signal=SIGKILL");
        for (const file of files) {
          const texts = await Promise.all(
            [testIdentity, bobIdentity].map(async (key) => (await opened(home, file, key)).text),
          );
          const where = `${args[0]}: ${point.call} ${point.occurrence}`;
          assert.ok(texts.some((text) => text?.includes("hunter2")), `${file}: ${where}`);
          // The old one is dropped only when that was said.
          if (at === 0) assert.ok(texts[0], `${file}: ${where}`);
        }
      });
    }
  },
);
