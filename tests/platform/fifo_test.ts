import assert from "node:assert/strict";
import { offerOnce } from "../../src/platform/fifo.ts";
import { peerTest } from "../support/peers.ts";

/** Fails instead of hanging. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it did not end")), 20_000);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

peerTest(["linux"], "what is offered is read once, and whole", async () => {
  const folder = await Deno.makeTempDir();
  const bytes = new Uint8Array(300_000).fill(7);
  const fifo = await offerOnce(`${folder}/pipe`, bytes);
  assert.deepEqual(await inTime(Deno.readFile(`${folder}/pipe`)), bytes);
  await inTime(fifo.stop());
  await Deno.remove(folder, { recursive: true });
});

for (const size of [0, 10, 300_000]) {
  peerTest(["linux"], `nobody reads, and it ends at once: ${size} bytes, 200 pipes`, async () => {
    const folder = await Deno.makeTempDir();
    await inTime(Promise.all(Array.from({ length: 200 }, async (_, number) => {
      const fifo = await offerOnce(`${folder}/${number}`, new Uint8Array(size));
      await fifo.stop();
    })));
    await Deno.remove(folder, { recursive: true });
  });
}

peerTest(["linux"], "it ends also where no thread has begun to open it yet", async () => {
  const folder = await Deno.makeTempDir();
  // Opens that wait for a reader take every thread that there is for such calls.
  const busy = Array.from({ length: 600 }, (_, number) => `${folder}/busy${number}`);
  await new Deno.Command("mkfifo", { args: busy }).output();
  const opening = busy.map((path) => Deno.open(path, { write: true }));
  const fifo = await offerOnce(`${folder}/pipe`, new Uint8Array(10));
  const stopped = fifo.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const readers = busy.map((path) => Deno.openSync(path, { read: true, write: true }));
  for (const file of [...await Promise.all(opening), ...readers]) file.close();
  await inTime(stopped);
  await Deno.remove(folder, { recursive: true });
});
