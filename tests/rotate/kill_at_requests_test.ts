/** A rotation that is killed around each of its requests, in every stage, on the stand-in and moto. */
import assert from "node:assert/strict";
import { moments } from "../support/aws/killer.ts";
import { peerTest } from "../support/peers.ts";
import { twoAtATime } from "../support/strace.ts";
import { motoScenes, type NewScene, standinScene } from "./clouds.ts";
import { assertUsable, finish, prepare, program, type Stage, stages } from "./stages.ts";

/** @returns how many runs were killed, and how many of them left an orphan that was named */
async function sweep(stage: Stage, newScene: NewScene): Promise<[killed: number, named: number]> {
  let requests: readonly string[] = [];
  {
    await using scene = await newScene();
    await prepare(scene.home, scene.cloud, stage);
    const { command, args, env } = program(scene.home, stage, scene.env);
    const { code, stderr } = await scene.home.program(command, args, { env });
    assert.equal(code, 0, stderr);
    requests = [...scene.killer.seen];
  }
  const points = requests.flatMap((operation, index) =>
    moments.map((moment) => ({
      operation,
      occurrence: requests.slice(0, index + 1).filter((each) => each === operation).length,
      moment,
    }))
  );
  let killed = 0;
  let named = 0;
  await twoAtATime(points, async ({ operation, occurrence, moment }) => {
    await using scene = await newScene();
    const { home, cloud, killer } = scene;
    const where = `${stage.name}, killed ${moment} of ${operation} ${occurrence}`;
    await prepare(home, cloud, stage);
    const { command, args, env, cwd } = program(home, stage, scene.env);
    const child = new Deno.Command(command, {
      args,
      env,
      cwd,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    killer.killAt(operation, occurrence, moment, () => child.kill("SIGKILL"));
    const { signal, code } = await child.status;
    // After the answer to its last request it may be through before the signal gets there.
    const through = moment === "after the answer" && code === 0;
    assert.ok(signal === "SIGKILL" || through, `${where}: it was not killed`);
    if (!through) killed++;
    await assertUsable(home, cloud, where);
    named += await finish(home, cloud, stage, where);
  });
  return [killed, named];
}

for (const stage of stages) {
  peerTest(
    ["linux"],
    `killed before, amid and after each request: ${stage.name}; nothing is lost on the stand-in`,
    async () => {
      const [killed, named] = await sweep(stage, standinScene);
      assert.ok(killed >= 9, `only ${killed} were killed`);
      // Only the answer to CreateAccessKey can be lost.
      assert.equal(named >= 1, stage.name === "from intent to promotion", `${named} orphans`);
    },
  );
}

peerTest(
  ["linux", "moto_server"],
  "killed before, amid and after each request, from intent to deletion; nothing is lost on moto",
  async () => {
    await using moto = await motoScenes();
    for (const stage of stages.slice(0, 2)) {
      // moto has no Bedrock that answers.
      const run = { ...stage.run, invoke: false };
      const [killed] = await sweep({ ...stage, run }, moto.newScene);
      assert.ok(killed >= 9, `only ${killed} were killed`);
    }
  },
);
