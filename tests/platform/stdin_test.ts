import assert from "node:assert/strict";
import { type Input, readAllStdin } from "../../src/platform/stdin.ts";

/** An input that gives one chunk a read. */
function piped(chunks: readonly string[]): Input {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return {
    read(buffer) {
      const chunk = rest.shift();
      if (chunk) buffer.set(chunk);
      return Promise.resolve(chunk ? chunk.length : null);
    },
  };
}

Deno.test("readAllStdin joins chunks and keeps to its limit", async () => {
  const read = async (limit: number) =>
    new TextDecoder().decode(await readAllStdin(limit, piped(["ab", "cd"])));
  assert.equal(await read(4), "abcd");
  await assert.rejects(read(3), { name: "InputTooLongError", limit: 3 });
});
