/**
 * `rotate` in a process of its own, so that it can be killed: argument 1 is what `rotateIn` takes as
 * flags, in JSON. Nobody waits: the waits between two attempts take no time.
 */
import { randomBytes } from "../../../src/platform/random.ts";
import { rotateIn } from "../support.ts";

const [flags = "{}", home = ""] = Deno.args;
const env = Deno.env.toObject();
const { code, stdout, stderr } = await rotateIn(
  { path: home, env },
  {},
  { now: () => Temporal.Now.instant(), sleep: () => Promise.resolve(), random: randomBytes },
  JSON.parse(flags),
);
await Deno.stdout.write(new TextEncoder().encode(stdout));
await Deno.stderr.write(new TextEncoder().encode(stderr));
Deno.exit(code);
