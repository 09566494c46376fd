/** The units of docs/how-to/containers.md under a real systemd. */
import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { machineTest, startMachine } from "../support/machine.ts";
import { encrypted, exampleText, testIdentity } from "../support/sops_file.ts";

const root = new URL("../../", import.meta.url).pathname;
const page = `${root}docs/how-to/containers.md`;

/** A unit of the page, as it stands there. */
async function unitOf(name: string): Promise<string> {
  const text = await Deno.readTextFile(page);
  const [, unit] = text.split(`<!-- unit ${name} -->`)[1]?.match(/```ini\n([\s\S]*?)```/) ?? [];
  assert.ok(unit, `no unit ${name} in ${page}`);
  return unit;
}

/** Has the place of the packaged program: it ends with `exec`, as that does. */
const program = `#!/bin/sh
export DENO_DIR=/opt/deno DENO_NO_UPDATE_CHECK=1
exec /usr/bin/deno run --quiet --cached-only -A --no-prompt --config=/opt/credsmith/deno.json \\
  /opt/credsmith/src/main.ts "$@"
`;

machineTest([], "systemd opens the socket and starts serve, and no request is lost", async (t) => {
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  // The machine shares the loopback with everything else that runs here.
  const socket = (await unitOf("credsmith.socket")).replace("9911", String(port));
  const url = `http://127.0.0.1:${port}/`;
  await using standin = startStandin();
  const endpoints = Object.entries(standin.env).map(([name, value]) =>
    `Environment=${name}=${value}\n`
  ).join("");
  await using machine = await startMachine({
    binds: [
      { from: await Deno.realPath(Deno.execPath()), to: "/usr/bin/deno" },
      { from: cache, to: "/opt/deno" },
      { from: root, to: "/opt/credsmith" },
    ],
    users: { dev: [], other: [] },
    files: {
      "/usr/bin/credsmith": { content: program, mode: 0o755 },
      "/etc/systemd/system/credsmith.service.d/standin.conf": `[Service]\n${endpoints}`,
      "/etc/credsmith/aws.yaml": await encrypted(exampleText),
      "/var/lib/sops-nix/key.txt": { content: `${testIdentity}\n`, mode: 0o600 },
    },
    units: {
      "credsmith.socket": { text: socket, wantedBy: ["sockets.target"] },
      "credsmith.service": await unitOf("credsmith.service"),
    },
    limit: 180,
  });
  await t.step("the first request starts it", async () => {
    assert.equal(await machine.property("credsmith.service", "ActiveState"), "inactive");
    const { stdout, stderr } = await fetchHere(url);
    assert.equal(JSON.parse(stdout || "{}").Code, "MissingToken", stderr + await machine.journal());
    assert.equal(await machine.property("credsmith.service", "ActiveState"), "active");
  });
  let token = "";
  await t.step("its token is in memory, and only its user can read it", async () => {
    const file = "/run/credsmith-serve/token";
    token = await machine.must(["cat", file], { user: "dev" });
    assert.equal(await machine.must(["stat", "-c", "%a %U", file]), "600 dev\n");
    assert.notEqual((await machine.exec(["cat", file], { user: "other" })).code, 0);
  });
  await t.step("it serves, as a user without rights", async () => {
    const { stdout } = await fetchHere(url, token);
    assert.match(JSON.parse(stdout).AccessKeyId, /^ASIA/);
    const user = await machine.must(
      "ps -o user= -p $(systemctl show --value -p MainPID credsmith)",
    );
    assert.equal(user.trim(), "dev");
  });
  await t.step("while it restarts requests wait, and the token stays", async () => {
    await machine.must(["systemctl", "stop", "credsmith.service"]);
    assert.equal(await machine.property("credsmith.service", "Result"), "success");
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetchHere(url, token)));
    for (const { stdout } of answers) {
      assert.match(JSON.parse(stdout).AccessKeyId, /^ASIA/);
    }
    const made = standin.log.filter(({ operation }) => operation === "GetSessionToken");
    assert.equal(made.length, 1, "the session was kept meanwhile");
  });
  await t.step("its journal has no secret", async () => {
    const journal = await machine.journal("credsmith.service");
    for (const value of [exampleKey.secret, token]) assert.ok(!journal.includes(value));
    assert.match(journal, /Serving default of \/etc\/credsmith\/aws\.yaml until it is stopped/);
  });
});

async function fetchHere(url: string, token?: string): Promise<{ stdout: string; stderr: string }> {
  try {
    const answer = await fetch(url, { headers: token ? { Authorization: token } : {} });
    return { stdout: await answer.text(), stderr: "" };
  } catch (error) {
    return { stdout: "", stderr: String(error) };
  }
}
