import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument } from "../../src/sops/document.ts";
import { kmsKeyFromArn, pgpKey } from "../../src/sops/keys/key_texts.ts";
import { type OtherKey, withField } from "../../src/sops/keys/master_key.ts";
import { Secret } from "../../src/sops/secret.ts";
import { credsmith, temporaryHome } from "../support/home.ts";
import { until } from "../support/until.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");

/** A file that only this key opens, in the opinion of its metadata. */
async function fileFor(key: OtherKey): Promise<Uint8Array> {
  const document = await newDocument({ documents: [{ kind: "mapping", entries: [] }] }, "yaml", {
    keys: { groups: [[key]] },
  });
  document.set(["aws_access_key_id"], new Secret("AKIAIOSFODNN7EXAMPLE"));
  const seal = (each: unknown) => Promise.resolve(withField(each as OtherKey, "enc", "c2VhbGVk"));
  const services = [{ types: [key.type], open: () => assert.fail("opened"), seal }];
  return await document.seal({ now, random: randomBytes, services });
}

/** A `sops` whose key service listens, and never answers; it writes its number and folder beside. */
const mute = `#!/bin/sh
for socket; do :; done
socket=\${socket#--address=}
echo "$$ \${socket%/*}" > "$HOME/running.partial" && mv "$HOME/running.partial" "$HOME/running"
exec "$DENO" eval "
  const listener = Deno.listen({ transport: 'unix', path: '$socket' });
  for await (const _ of listener) {}
"
`;

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} while a key service is asked ends it too, and takes its folder`, async () => {
    await using home = await temporaryHome({ "s.yaml": await fileFor(pgpKey("ABCD")) });
    await home.write("bin/sops", mute, 0o700);
    const watching = Deno.watchFs(home.path);
    const child = new Deno.Command(credsmith[0], {
      args: [...credsmith.slice(1), "get", "aws_access_key_id", "-f", "s.yaml"],
      cwd: home.path,
      env: { ...home.env, PATH: `${home.path}/bin:${home.env.PATH}`, DENO: Deno.execPath() },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    if (!await home.exists("running")) {
      for await (const _ of watching) if (await home.exists("running")) break;
    }
    const [pid, folder] = (await home.read("running")).trim().split(" ") as [string, string];
    child.kill(signal);
    assert.equal((await child.status).code, code);
    assert.equal(await home.exists(folder), false);
    // Killing takes a moment; what was killed may be there until it is waited for.
    await until("the key service has ended", async () => {
      const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "State: X");
      return /^State:\s+[ZX]/m.test(status);
    });
  });
}

Deno.test("an AWS profile whose keys come from the file that KMS opens is no endless chain", async () => {
  const arn = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  await using home = await temporaryHome({ "s.yaml": await fileFor(kmsKeyFromArn(arn)) });
  const words = [...credsmith, "credential-process", "-f", `${home.path}/s.yaml`];
  await home.write(
    "helper",
    `#!/bin/sh\nexport DEPTH=x$DEPTH; echo $DEPTH >> "$HOME/runs"\nexec ${words.join(" ")}\n`,
    0o700,
  );
  await home.write(".aws/config", `[default]\ncredential_process = ${home.path}/helper\n`);
  const { code, stderr } = await home.run(["get", "aws_access_key_id", "-f", "s.yaml"]);
  assert.equal(code, 3, stderr);
  // The SDK tries again by itself, but what it started has not started another.
  assert.match(await home.read("runs"), /^(x\n)+$/);
});
