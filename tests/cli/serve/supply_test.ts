import assert from "node:assert/strict";
import type { Context } from "../../../src/cli/command.ts";
import { openForReading } from "../../../src/cli/open.ts";
import { Supply } from "../../../src/cli/serve/supply.ts";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { type Home, temporaryHome } from "../../support/home.ts";
import { encrypted, exampleText, homeWithSecrets } from "../../support/sops_file.ts";

const file = "secrets/aws.yaml";
const other = { id: "AKIAI44QH8DHBEXAMPLE", secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" };
const rotated = exampleText.replace(exampleKey.id, other.id).replace(
  exampleKey.secret,
  other.secret,
);

function contextOf(home: Home, env: Readonly<Record<string, string>>) {
  const notes: string[] = [];
  const terminal = {
    out: () => assert.fail("nothing is for stdout"),
    line: () => assert.fail("nothing is for stdout"),
    note: (text: string) => void notes.push(text),
    interactive: false,
    stdoutIsTerminal: false,
    columns: 80,
    style: (_: unknown, text: string) => text,
  };
  const context: Context = {
    env: { ...home.env, ...env },
    cwd: home.path,
    terminal,
    process: { stdout: { write: () => {} }, stderr: { write: () => {} }, exitCode: undefined },
    mountinfo: Deno.readTextFileSync("/proc/self/mountinfo"),
    narrow: () => {},
  };
  return { context, notes };
}

async function stage(home: Home, env: Readonly<Record<string, string>>, isStatic: boolean) {
  const { context, notes } = contextOf(home, env);
  let opened = 0;
  const open = () => {
    opened++;
    return openForReading(context, {});
  };
  const supply = new Supply(context, await open(), { static: isStatic, reopen: open });
  return { supply, notes, opened: () => opened };
}

Deno.test("a key that was replaced in the secrets file is used from the next renewal on", async () => {
  await using standin = startStandin();
  standin.set({ users: [{ name: "claude-dev", keys: [other] }] });
  await using home = await temporaryHome(await homeWithSecrets());
  const { supply, notes, opened } = await stage(home, standin.env, false);
  const first = await supply.ask("default");
  assert.equal((await supply.ask("default")).accessKeyId, first.accessKeyId);
  assert.equal(opened(), 1, "a file that did not change is not opened again");

  await home.write(file, await encrypted(rotated));
  const second = await supply.ask("default");
  assert.notEqual(second.accessKeyId, first.accessKeyId);
  const made = standin.log.filter(({ operation }) => operation === "GetSessionToken");
  assert.deepEqual(made.map(({ accessKeyId }) => accessKeyId), [exampleKey.id, other.id]);
  assert.deepEqual(notes, []);
});

Deno.test("what cannot be opened any more is told once, and what it held is served", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const { supply, notes } = await stage(home, {}, true);
  assert.equal((await supply.ask("default")).accessKeyId, exampleKey.id);
  await home.write(
    file,
    (await encrypted(rotated)).replace(/mac: ENC\[AES256_GCM,data:..../, "$&A"),
  );
  for (let turn = 0; turn < 3; turn++) {
    assert.equal((await supply.ask("default")).accessKeyId, exampleKey.id);
  }
  assert.equal(notes.length, 2, notes.join("\n"));
  assert.match(notes[0]!, /^secrets\/aws\.yaml has changed\. /);
  assert.equal(notes[1], "  What it held before is served");

  await home.write(file, await encrypted(rotated));
  assert.equal((await supply.ask("default")).accessKeyId, other.id);

  await Deno.remove(`${home.path}/${file}`);
  assert.equal((await supply.ask("default")).accessKeyId, other.id);
  assert.equal(notes.length, 2);
});

Deno.test("a key that does not end is asked for again within the hour", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const { supply } = await stage(home, {}, true);
  const { issued, expires, sessionToken } = await supply.ask("default");
  assert.equal(expires.since(issued).total("minutes"), 60);
  assert.equal(sessionToken, undefined);
});

Deno.test("once it serves, nobody is asked for an MFA code", async () => {
  await using standin = startStandin();
  const serial = "arn:aws:iam::123456789012:mfa/dev";
  const text = exampleText.replace("bedrock:", `aws_mfa_serial: ${serial}\nbedrock:`);
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  const { supply } = await stage(home, standin.env, false);
  await assert.rejects(supply.ask("default"), { name: "MfaNeededError", reason: "no terminal" });
  supply.askNobody();
  await assert.rejects(supply.ask("default"), {
    name: "MfaNeededError",
    reason: "not to be asked",
  });
  assert.deepEqual(standin.log, []);
});
