/**
 * Renews one session in a folder, as commands do, with a stand-in for STS in the same process:
 * `refresher.ts FOLDER [old]`; with `old` it is one that is due. Prints the id of the key that it
 * would hand out, and a line for each thing that it was told of the cache.
 */
import { fileCache } from "../../../src/aws/session/cache.ts";
import { planOf } from "../../../src/aws/session/plan.ts";
import { renewed } from "../../../src/aws/session/renew.ts";
import { Secret } from "../../../src/sops/secret.ts";

const [folder, age] = Deno.args;
const at = Temporal.Now.instant();
const seconds = age === "old" ? 18 * 60 : 12 * 3600;
const id = age === "old" ? "ASIAOLDOLDOLDEXAMPLE" : "ASIANEWNEWNEWEXAMPLE";
const credentials = {
  accessKeyId: id,
  secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
  sessionToken: new Secret("IQoJb3JpZ2luX2VjEXAMPLE".repeat(20)),
};
const plan = planOf({
  kind: "static",
  profile: "default",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: new Secret("s") },
}, "me");
const absent = () => Promise.reject(new Error("not asked here"));
const { entry } = await renewed({
  cache: fileCache(folder!, (event) => console.log(JSON.stringify(event))),
  surroundings: { region: "us-east-1", ambient: "" },
  now: () => Temporal.Now.instant(),
  sleep: absent,
  random: (length) => new Uint8Array(length),
  requests: () =>
    Promise.resolve({
      getSessionToken: () =>
        Promise.resolve({
          ok: true,
          value: { credentials, expires: at.add({ seconds }) },
          seen: { sent: at, received: at },
        }),
      assumeRole: absent,
    }),
  connection: () => ({}) as never,
  ambient: absent,
  code: absent,
}, plan);
console.log(entry.credentials.accessKeyId);
