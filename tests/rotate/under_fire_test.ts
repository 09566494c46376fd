/** A rotation that is killed at its system calls in the secrets folder, in every stage. */
import assert from "node:assert/strict";
import { temporaryName } from "../../src/platform/files.ts";
import { assertAbsent } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";
import { type Scene, standinScene } from "./clouds.ts";
import { assertUsable, finish, prepare, program, type Stage, stages } from "./stages.ts";
import { file } from "./support.ts";

/**
 * Calls between which the folder or AWS changes. Being killed at another one is being killed at the
 * next of these; `CREDSMITH_EVERY_CALL=1` tries them all.
 */
const changing = Deno.env.get("CREDSMITH_EVERY_CALL")
  // These two are git's.
  ? /^(?!chdir|newfstatat)/
  : /^(?:flock|write|fsync|rename|unlink|chmod|fchmod|chown|fchown)/;

function placesOf({ home }: Scene): string[] {
  const path = `${home.path}/${file}`;
  return [`${home.path}/secrets`, path, temporaryName(path)];
}

function programOf(scene: Scene, stage: Stage): Program {
  return program(scene.home, stage, scene.cloud.env);
}

for (const stage of stages) {
  peerTest(
    ["linux", "strace"],
    `killed at every call that changes the folder: ${stage.name}; nothing is lost`,
    async () => {
      const points = await pointsOf(stage);
      let killed = 0;
      let named = 0;
      await twoAtATime(points, async (point) => {
        await using scene = await standinScene();
        const { home, cloud } = scene;
        const where = `${stage.name}, killed at ${point.call} ${point.occurrence}`;
        await prepare(home, cloud, stage);
        const { code } = await injectAt(
          programOf(scene, stage),
          placesOf(scene),
          point,
          "signal=SIGKILL",
        );
        assert.equal(code, 137, `${where}: it was not killed`);
        killed++;
        await assertUsable(home, cloud, where);
        const secrets = (await cloud.keys()).map(({ secret }) => secret);
        for (const name of await home.files()) {
          if (name.startsWith("secrets/")) assertAbsent(await home.read(name), secrets, where);
        }
        named += await finish(home, cloud, stage, where);
      });
      assert.equal(killed, points.length);
      // Between the answer of CreateAccessKey and the disk there is nothing but one write.
      assert.equal(named > 0, stage.name === "from intent to promotion", `${named} orphans`);
    },
  );
}

async function pointsOf(stage: Stage) {
  await using scene = await standinScene();
  await prepare(scene.home, scene.cloud, stage);
  const points = await recordCalls(programOf(scene, stage), placesOf(scene));
  const found = points.filter(({ call }) => changing.test(call));
  const names = new Set(found.map(({ call }) => call));
  for (const name of ["write", "fsync", "rename"]) assert.ok(names.has(name), [...names].join(" "));
  return found;
}

peerTest(
  ["linux", "strace"],
  "an error at every write of the folder: an exit code that tells, and no key is left behind",
  async () => {
    const [stage] = stages;
    const points = (await pointsOf(stage!)).filter(({ call }) =>
      /^(?:write|fsync|rename)/.test(call)
    );
    await twoAtATime(points, async (point) => {
      await using scene = await standinScene();
      const { home, cloud } = scene;
      const where = `${point.call} ${point.occurrence} failed`;
      const error = `error=${point.call === "write" ? "ENOSPC" : "EIO"}`;
      const { code, stderr } = await injectAt(
        programOf(scene, stage!),
        placesOf(scene),
        point,
        error,
      );
      assert.ok([8, 9].includes(code), `${where}: ${code} ${stderr}`);
      await assertUsable(home, cloud, where);
      assert.equal(await finish(home, cloud, stage!, where), 0, `${where}: an orphan`);
    });
  },
);
