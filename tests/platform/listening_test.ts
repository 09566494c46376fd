import assert from "node:assert/strict";
import { startListening } from "../../src/platform/listening.ts";
import { ProgramError } from "../../src/platform/errors.ts";
import { startLineProgram } from "../../src/platform/plugins.ts";

const there = (path: string) => Deno.lstat(path).then(() => true, () => false);
const folderOf = (socket: string) => socket.replace(/\/[^/]*$/, "");

/** A program that listens until it is ended; `deaf` to SIGTERM. */
function listener(deaf = false) {
  const ignore = deaf ? "Deno.addSignalListener('SIGTERM', () => {});" : "";
  return (socket: string) => [
    "eval",
    `${ignore} Deno.listen({ transport: "unix", path: ${JSON.stringify(socket)} });` +
    "setInterval(() => {}, 1e9)",
  ];
}

const env = { HOME: "/nonexistent", DENO_DIR: "/nonexistent", DENO_NO_UPDATE_CHECK: "1" };

for (const deaf of [false, true]) {
  const what = deaf ? "does not heed SIGTERM" : "listens";
  Deno.test(`a program that ${what} is ended, and its folder is gone`, async () => {
    let released = 0;
    const { socket, stop } = await startListening(
      Deno.execPath(),
      listener(deaf),
      env,
      () => () => released++,
    );
    const { mode } = await Deno.stat(folderOf(socket));
    assert.equal(mode! & 0o777, 0o700);
    await stop();
    assert.equal(await there(folderOf(socket)), false);
    assert.equal(released, 1);
  });
}

Deno.test("what is given to the guard ends a program and takes its folder at once", async () => {
  let stopNow = () => {};
  const { socket, stop } = await startListening(Deno.execPath(), listener(), env, (end) => {
    stopNow = end;
    return () => {};
  });
  stopNow();
  assert.equal(await there(folderOf(socket)), false);
  await stop();
});

Deno.test("a program that ends before it listens is told, and leaves no folder", async () => {
  let folder = "";
  await assert.rejects(
    startListening("false", (socket) => {
      folder = folderOf(socket);
      return [];
    }, { PATH: "/usr/bin:/bin" }),
    (error) => error instanceof ProgramError && error.code === "exit 1",
  );
  assert.equal(await there(folder), false);
});

Deno.test("a program to speak with that goes on is ended", async () => {
  const program = startLineProgram("sh", ["-c", "trap '' TERM; echo here; while :; do :; done"], {
    endsWithin: 50,
  })!;
  assert.equal(await program.readLine(), "here");
  await program.close();
});

Deno.test("a program to speak with that has ended takes what is sent, and says nothing", async () => {
  const program = startLineProgram("true", [])!;
  await program.send("hello\n");
  assert.equal(await program.readLine(), undefined);
  await program.close();
});

Deno.test("a program to speak with that is not there is none", () => {
  assert.equal(startLineProgram("age-plugin-that-nobody-has", []), undefined);
});
