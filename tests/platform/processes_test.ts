import assert from "node:assert/strict";
import { run } from "../../src/platform/processes.ts";
import { temporaryHome } from "../support/home.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);

Deno.test("run hands over stdin, environment and folder, and gives back output and code", async () => {
  const ended = await run("sh", ["-c", 'cat; echo "$GREETING" >&2; pwd; exit 3'], {
    stdin: bytes("secret\n"),
    env: { GREETING: "hello", PATH: "/usr/bin:/bin" },
    cwd: "/",
  });
  assert.equal(ended.code, 3);
  assert.equal(text(ended.stdout), "secret\n/\n");
  assert.equal(text(ended.stderr), "hello\n");
});

Deno.test("run takes arguments as they are, with no shell between", async () => {
  const ended = await run("printf", ["%s|", "$HOME", "a b", "`id`"]);
  assert.equal(text(ended.stdout), "$HOME|a b|`id`|");
});

Deno.test("run does not mind a program that leaves its input unread", async () => {
  assert.equal((await run("true", [], { stdin: new Uint8Array(1_000_000) })).code, 0);
});

Deno.test("run starts nothing from the working folder, whatever PATH says", async () => {
  await using home = await temporaryHome({ "credsmith-planted": "#!/bin/sh\n" });
  await Deno.chmod(`${home.path}/credsmith-planted`, 0o755);
  for (const PATH of [".", "", ":/usr/bin"]) {
    await assert.rejects(run("credsmith-planted", [], { env: { PATH }, cwd: home.path }), {
      name: "ProgramError",
      code: "ENOENT",
    });
  }
});

Deno.test("run names a program that is not there", async () => {
  await assert.rejects(run("credsmith-no-such-program", []), {
    name: "ProgramError",
    program: "credsmith-no-such-program",
    code: "ENOENT",
  });
});
