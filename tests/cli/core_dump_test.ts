import assert from "node:assert/strict";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { exampleSecrets, homeWithSecrets } from "../support/sops_file.ts";
import { until } from "../support/until.ts";

const root = new URL("../../", import.meta.url).pathname;
const [, secret] = exampleSecrets;

/** Whether a text stands in a file, as UTF-8 or UTF-16; holes are not read. */
async function holds(home: Home, path: string, text: string): Promise<boolean> {
  const tar = new Deno.Command("tar", {
    args: ["-cSf", "-", path],
    stdout: "piped",
    stderr: "null",
  })
    .spawn();
  const wide = [...text].map((letter) => `${letter}\0`).join("");
  let tail = "";
  let found = false;
  for await (const chunk of tar.stdout) {
    const piece = tail + new TextDecoder("latin1").decode(chunk);
    found ||= piece.includes(text) || piece.includes(wide);
    tail = piece.slice(-2 * text.length);
  }
  assert.equal((await tar.status).code, 0);
  await home.program("rm", ["-f", path]);
  return found;
}

/**
 * Lets `credsmith edit` open the example file, aborts it while the editor is open, and looks into
 * the core that the kernel wrote, which lies in memory like all plaintext of the tests.
 *
 * @param filter what to set `/proc/PID/coredump_filter` to before, or nothing to leave it
 */
async function coreHoldsSecret(home: Home, filter?: string): Promise<boolean> {
  const cores = `${home.runtime}/cores`;
  await home.program("rm", ["-rf", "pid", "gate", cores]);
  await home.program("mkdir", [cores]);
  await home.program("mkfifo", ["gate"]);
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -c unlimited; exec "$@"',
      "sh",
      Deno.execPath(),
      ...["run", "--quiet", "-A", "--no-prompt", `--config=${root}deno.json`],
      ...[`${root}src/main.ts`, "edit", "-f", `${home.path}/secrets/aws.yaml`],
    ],
    cwd: cores,
    env: { ...home.env, EDITOR: `${home.path}/editor` },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // The document has been decrypted once the editor has begun.
  await until("an editor", () => home.exists("pid"));
  if (filter) await Deno.writeTextFile(`/proc/${child.pid}/coredump_filter`, filter);
  Deno.kill(child.pid, "SIGABRT");
  await child.status;
  await home.program("sh", ["-c", "echo >gate"]);
  const [core] = [...Deno.readDirSync(cores)];
  assert.ok(core, "the kernel wrote no core");
  return await holds(home, `${cores}/${core.name}`, secret);
}

peerTest(
  ["core files"],
  "a core dump of a process that holds a secret does not hold it",
  async (t) => {
    await using home = await temporaryHome({
      ...await homeWithSecrets(),
      editor: '#!/bin/sh\necho $$ >"$HOME/pid"\nread -r line <"$HOME/gate"\n',
    });
    await Deno.chmod(`${home.path}/editor`, 0o755);
    await t.step("as it starts", async () => assert.equal(await coreHoldsSecret(home), false));
    await t.step("and with the kernel's own filter it would", async () => {
      assert.equal(await coreHoldsSecret(home, "0x33"), true);
    });
  },
);
