/**
 * The whole life of a credential, step by step, with the commands that a user would type and what
 * they print. It runs in a folder of its own, which is gone afterwards, against a stand-in for AWS
 * on this machine, and fails when a step does not end as it should or plaintext is left anywhere.
 */
import { startStandin } from "../tests/support/aws/standin.ts";
import { setStage } from "./stage.ts";
import { tell, typedValues } from "./story.ts";

const started = performance.now();
await using cloud = startStandin();
await using stage = await setStage({ ...cloud.env, ...typedValues });
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, async () => {
    await stage.strike();
    Deno.exit(code);
  });
}

console.log("credsmith: from a plaintext key to a verified, loaded shell");
await tell(stage, cloud);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (stage.faults.length === 0) console.log(`\nDone in ${seconds} s; nothing is left behind.`);
for (const fault of stage.faults) console.error(`Demo failed: ${fault}`);
await stage.strike();
await cloud.close();
Deno.exit(stage.faults.length === 0 ? 0 : 1);
