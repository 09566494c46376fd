/** What keeps secret files fresh, as a unit of a user's own systemd. */
import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { machineTest, startMachine } from "../../support/machine.ts";
import { encrypted, exampleText, testIdentity } from "../../support/sops_file.ts";

const root = new URL("../../../", import.meta.url).pathname;

/** Has the place of the packaged program: it ends with `exec`, as that does. */
const program = `#!/bin/sh
export DENO_DIR=/opt/deno DENO_NO_UPDATE_CHECK=1
exec /usr/bin/deno run --quiet --cached-only -A --no-prompt --config=/opt/credsmith/deno.json \\
  /opt/credsmith/src/main.ts "$@"
`;

machineTest([], "a unit of the user's systemd keeps secret files fresh until lock", async (t) => {
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  await using standin = startStandin();
  await using machine = await startMachine({
    binds: [
      { from: await Deno.realPath(Deno.execPath()), to: "/usr/bin/deno" },
      { from: cache, to: "/opt/deno" },
      { from: root, to: "/opt/credsmith" },
    ],
    users: { dev: [] },
    files: {
      // The machine has no PAM module that would say where it is.
      "/etc/systemd/system/user@.service.d/runtime.conf":
        "[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n",
      "/usr/bin/credsmith": { content: program, mode: 0o755 },
      "/etc/credsmith/aws.yaml": await encrypted(exampleText),
      "/etc/credsmith/keys.txt": { content: `${testIdentity}\n`, mode: 0o644 },
    },
    limit: 180,
  });
  const uid = (await machine.must(["id", "-u", "dev"])).trim();
  const runtime = `/run/user/${uid}`;
  const user = {
    user: "dev",
    env: {
      ...standin.env,
      HOME: "/home/dev",
      USER: "dev",
      XDG_RUNTIME_DIR: runtime,
      SOPS_AGE_KEY_FILE: "/etc/credsmith/keys.txt",
    },
  };
  const dev = (...words: string[]) => machine.exec(words, user);
  await machine.must("install -d -o dev -g dev /home/dev");
  const { code } = await machine.exec(["systemctl", "start", `user@${uid}.service`]);
  assert.equal(code, 0, await machine.journal());
  const units = async () =>
    (await dev("systemctl", "--user", "list-units", "--plain", "--no-legend", "credsmith-unlock-*"))
      .stdout.trim().split("\n").filter(Boolean).map((line) => line.split(" ")[0]!);

  await t.step("unlock starts one", async () => {
    const { code, stdout, stderr } = await dev(
      "credsmith",
      "unlock",
      "--json",
      "-f",
      "/etc/credsmith/aws.yaml",
    );
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).keptFresh, "unit", stdout);
    assert.equal((await units()).length, 1);
  });
  await t.step("it tells nothing secret", async () => {
    const [unit] = await units();
    const shown = await machine.must(["systemctl", "--user", "show", unit!], user);
    const secret = await machine.must(
      ["cat", `${runtime}/credsmith/secrets/aws_secret_access_key`],
      user,
    );
    for (const value of [exampleKey.secret, secret, testIdentity]) {
      assert.ok(!shown.includes(value));
    }
  });
  await t.step("another unlock puts another in its place", async () => {
    const [before] = await units();
    const { code } = await dev("credsmith", "unlock", "-f", "/etc/credsmith/aws.yaml");
    assert.equal(code, 0);
    const after = await units();
    assert.equal(after.length, 1);
    assert.notEqual(after[0], before);
  });
  await t.step("lock ends it", async () => {
    const { code, stderr } = await dev("credsmith", "lock");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await units(), []);
    const left = await machine.must(["ls", `${runtime}/credsmith`], user);
    assert.equal(left, "sessions\n");
  });
});
