import assert from "node:assert/strict";
import { type Input, readAllStdin, readLineNoEcho } from "../../src/platform/terminal_input.ts";

/** An input that gives one chunk a read and notes whether it is raw. */
function typed(chunks: readonly string[], terminal = true) {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const modes: boolean[] = [];
  const input: Input = {
    read(buffer) {
      const chunk = rest.shift();
      if (chunk) buffer.set(chunk);
      return Promise.resolve(chunk ? chunk.length : null);
    },
    isTerminal: () => terminal,
    setRaw: (raw) => modes.push(raw),
  };
  return { input, modes };
}

const lines = [
  ["a line key by key", ["s", "e", "c", "\r"], "sec"],
  ["a pasted line", ["wJalrXUtnFEMI/K7MDENG\n"], "wJalrXUtnFEMI/K7MDENG"],
  ["backspace", ["ab\x7fc\r"], "ac"],
  ["backspace over a character of many bytes", ["aé€\x7f\x7fb\r"], "ab"],
  ["backspace on nothing", ["\x7f\x7fa\r"], "a"],
  ["Ctrl-U", ["wrong\x15right\r"], "right"],
  ["arrow keys", ["a\x1b[Db\x1bOC\x1b[1;5Dc\r"], "abc"],
  ["characters of many bytes", ["é€😀\r"], "é€😀"],
  ["the end of input after text", ["abc"], "abc"],
  ["Ctrl-D on an empty line", ["\x04"], undefined],
  ["Ctrl-D inside a line", ["a\x04b\r"], "ab"],
  ["an empty line", ["\r"], ""],
] as const;
for (const [name, chunks, expected] of lines) {
  Deno.test(`readLineNoEcho: ${name}`, async () => {
    const { input, modes } = typed(chunks);
    assert.equal(await readLineNoEcho(input), expected);
    assert.deepEqual(modes, [true, false]);
  });
}

Deno.test("readLineNoEcho: two pasted lines answer two questions", async () => {
  const { input } = typed(["one\r\ntwo\r\n"]);
  assert.equal(await readLineNoEcho(input), "one");
  assert.equal(await readLineNoEcho(input), "two");
});

Deno.test("readLineNoEcho: Ctrl-C interrupts and the terminal is as before", async () => {
  const { input, modes } = typed(["secr\x03more\r"]);
  await assert.rejects(readLineNoEcho(input), { name: "InterruptedError" });
  assert.deepEqual(modes, [true, false]);
});

Deno.test("readLineNoEcho does not touch what is no terminal", async () => {
  const { input, modes } = typed(["value\n"], false);
  assert.equal(await readLineNoEcho(input), "value");
  assert.deepEqual(modes, []);
});

Deno.test("readAllStdin joins chunks and keeps to its limit", async () => {
  const read = async (limit: number) =>
    new TextDecoder().decode(await readAllStdin(limit, typed(["ab", "cd"]).input));
  assert.equal(await read(4), "abcd");
  await assert.rejects(read(3), { name: "InputTooLongError", limit: 3 });
});
