import assert from "node:assert/strict";
import { report } from "../../../src/cli/faults.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";

/** What a defect prints, whose message holds something secret. */
async function printed(env: Readonly<Record<string, string>>): Promise<string[]> {
  const notes: string[] = [];
  const terminal: Terminal = {
    out: () => assert.fail("nothing goes to stdout"),
    line: () => assert.fail("nothing goes to stdout"),
    note: (text) => notes.push(text),
    interactive: false,
    stdoutIsTerminal: false,
    columns: 80,
    style: (_, text) => text,
  };
  assert.equal(await report(new TypeError("hunter2"), terminal, { json: false, env }), 1);
  assert.doesNotMatch(notes.join("\n"), /hunter2/);
  return notes;
}

Deno.test("a defect is named by its kind, with the way to its trace", async () => {
  const [message, hint, ...others] = await printed({});
  assert.equal(message, "Unexpected TypeError");
  assert.match(hint ?? "", /CREDSMITH_TRACE=1/);
  assert.deepEqual(others, []);
});

Deno.test("with CREDSMITH_TRACE a defect tells where it was, and no more", async () => {
  const [, , trace] = await printed({ CREDSMITH_TRACE: "1" });
  assert.match(trace ?? "", /^\s+at .*defect_test\.ts/);
});
