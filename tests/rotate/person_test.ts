/** A rotation with somebody at the terminal, or at Ctrl-C. */
import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { credsmith } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { standinScene } from "./clouds.ts";
import { finish, program, stages } from "./stages.ts";
import { file, homeFor, keysOf, plainOf, rotateIn, timeOf } from "./support.ts";

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  peerTest(
    ["linux"],
    `${signal} while a key is made: it is stored first, then ${code}`,
    async () => {
      const [stage] = stages;
      await using scene = await standinScene();
      const { home, cloud, killer } = scene;
      const { command, args, env, cwd } = program(home, stage!, scene.env);
      const child = new Deno.Command(command, {
        args,
        env,
        cwd,
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      killer.killAt("CreateAccessKey", 1, "after the answer", () => child.kill(signal));
      const { code: ended, stderr } = await child.output();
      assert.equal(ended, code, new TextDecoder().decode(stderr));
      assert.match(await plainOf(home), /^ {8}step: (?:staged|proved|promoted)$/m);
      assert.equal(await finish(home, cloud, stage!, signal), 0);
    },
  );
}

peerTest(["script"], "an orphan is named, and stays after a no; a yes deletes it", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const time = timeOf(standin);
  standin.set({
    faults: [{ operation: "CreateAccessKey", fault: { kind: "drop after" }, times: 1 }],
  });
  assert.equal((await rotateIn(home, standin.env, time)).code, 7);
  const orphan = keysOf(standin).find(({ id }) => id !== exampleKey.id)!;
  const command = [...credsmith, "rotate", "--abort"];
  const options = { env: { ...standin.env } };
  const no = await onTerminal(home, command, [[`Delete ${orphan.id}?`, "\r"]], options);
  assert.equal(no.code, 8, no.shown);
  assert.ok(standin.state.keys.has(orphan.id));
  const yes = await onTerminal(home, command, [[`Delete ${orphan.id}?`, "y\r"]], options);
  assert.equal(yes.code, 0, yes.shown);
  assert.match(yes.shown, /Aborted: AKIAIOSFODNN7EXAMPLE is the key, as before/);
  assert.deepEqual(keysOf(standin).map(({ id }) => id), [exampleKey.id]);
});

peerTest(["script"], "whether every host has the key is asked when one goes on", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const { code, stderr } = await rotateIn(home, standin.env, timeOf(standin));
  assert.equal(code, 0, stderr);
  // The clock of the stand-in went ahead while the key was proved.
  standin.set({ clockOffset: 0 });
  const [, fresh] = keysOf(standin);
  const command = [...credsmith, "rotate", "--continue"];
  const question = `Does every host have ${fresh!.id} by now?`;
  const options = { env: { ...standin.env } };
  const no = await onTerminal(home, command, [[question, "n\r"]], options);
  assert.equal(no.code, 0, no.shown);
  assert.match(no.shown, /Step 5 of 8/);
  const yes = await onTerminal(home, command, [[question, "y\r"]], options);
  assert.equal(yes.code, 0, yes.shown);
  assert.match(yes.shown, /Step 6 of 8/);
  assert.equal((await home.run(["rotate", "--status", "-f", file])).code, 0);
});
