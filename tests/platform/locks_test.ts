import assert from "node:assert/strict";
import { withDirectoryLock } from "../../src/platform/locks.ts";
import { temporaryHome } from "../support/home.ts";

Deno.test("withDirectoryLock lets one in after another", async () => {
  await using home = await temporaryHome();
  let inside = 0;
  const order: number[] = [];
  await Promise.all([1, 2, 3, 4, 5].map((number) =>
    withDirectoryLock(home.path, async () => {
      assert.equal(++inside, 1);
      await Promise.resolve();
      order.push(number);
      inside--;
    })
  ));
  assert.equal(order.length, 5);
});

Deno.test("withDirectoryLock gives the lock back when the action throws", async () => {
  await using home = await temporaryHome();
  await assert.rejects(
    withDirectoryLock(home.path, () => Promise.reject(new RangeError("x"))),
    RangeError,
  );
  assert.equal(await withDirectoryLock(home.path, () => "again"), "again");
});

Deno.test("withDirectoryLock gives up after its time and names the folder", async () => {
  await using home = await temporaryHome();
  await withDirectoryLock(
    home.path,
    () =>
      assert.rejects(withDirectoryLock(home.path, () => {}, { timeoutMs: 20 }), {
        name: "LockTimeoutError",
        path: home.path,
        milliseconds: 20,
      }),
  );
});

Deno.test("withDirectoryLock on a folder that is not there is a FileError", async () => {
  await using home = await temporaryHome();
  await assert.rejects(withDirectoryLock(`${home.path}/none`, () => {}), {
    name: "FileError",
    operation: "lock",
    code: "ENOENT",
  });
});
