import assert from "node:assert/strict";
import { peerTest } from "../../support/peers.ts";
import { injectAt, type Program, recordCalls } from "../../support/strace.ts";

const script = new URL("./refresher.ts", import.meta.url).pathname;
const config = new URL("../../../deno.json", import.meta.url).pathname;

function refresher(folder: string, ...more: string[]): Program {
  return {
    command: Deno.execPath(),
    args: ["run", "-A", "--no-check", "--quiet", `--config=${config}`, script, folder, ...more],
  };
}

async function run({ command, args }: Program): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

const fresh = "ASIANEWNEWNEWEXAMPLE";

/** The folder, before a session is renewed in it. */
const states: readonly (readonly [string, boolean])[] = [
  ["where there is none yet", false],
  ["in place of one that is due", true],
];
for (const [what, old] of states) {
  peerTest(
    ["linux", "strace"],
    `killed at every system call of making a session ${what}, the next one has it`,
    async () => {
      const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-test-" });
      const sessions = `${folder}/sessions`;
      const prepare = async () => {
        await Deno.remove(sessions, { recursive: true }).catch(() => {});
        if (old) await run(refresher(folder, "old"));
      };
      try {
        await prepare();
        const [name] = await run(refresher(folder)).then(() =>
          [...Deno.readDirSync(sessions)].map((each) => each.name).filter((each) =>
            each.endsWith(".json")
          )
        );
        const paths = [
          sessions,
          `${sessions}/${name}`,
          `${sessions}/.${name}.credsmith-tmp`,
          `${sessions}/${name!.replace(".json", ".lock")}`,
        ];
        await prepare();
        const points = await recordCalls(refresher(folder), paths);
        assert.ok(points.length > 10, `${points.length} calls`);
        let kills = 0;
        for (const point of points) {
          await prepare();
          const { code } = await injectAt(refresher(folder), paths, point, "signal=SIGKILL");
          if (code === 0) continue;
          kills++;
          const where = `${point.call} ${point.occurrence}`;
          // No warning, no wait, no leftover: a file is there whole or not at all.
          assert.deepEqual(await run(refresher(folder)), [fresh], where);
          const left = [...Deno.readDirSync(sessions)].map((each) => each.name).sort();
          assert.deepEqual(left, [name, name!.replace(".json", ".lock")].sort(), where);
        }
        assert.ok(kills >= points.length / 2, `${kills} of ${points.length} calls`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

peerTest(["linux"], "of ten processes at once one makes the session", async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-test-" });
  try {
    const all = await Promise.all(Array.from({ length: 10 }, () => run(refresher(folder))));
    assert.deepEqual(all, Array.from({ length: 10 }, () => [fresh]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
