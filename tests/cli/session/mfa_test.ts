import assert from "node:assert/strict";
import { MfaNeededError } from "../../../src/aws/session/errors.ts";
import { askForCode } from "../../../src/cli/given/mfa.ts";
import type { Tty } from "../../../src/platform/tty.ts";
import { temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { onTerminal } from "../../support/pty.ts";

const serial = "arn:aws:iam::123456789012:mfa/me";

/** A terminal on which these are the answers, one after the other. */
function terminal(...answers: readonly (string | { late: true } | { closed: true })[]) {
  const asked: [string, number][] = [];
  const left = [...answers];
  const tty: Tty = {
    ask(question, milliseconds) {
      asked.push([question, milliseconds]);
      const answer = left.shift();
      assert.ok(answer !== undefined, `asked once more: ${question}`);
      if (typeof answer === "string") return Promise.resolve({ line: answer });
      return Promise.resolve("late" in answer ? "late" : "closed");
    },
    tell: () => {},
  };
  return { tty, asked };
}

const ask = (tty: Tty | undefined) => askForCode(tty, "ci", "default", serial);

Deno.test("a code is what has 6 digits, with blanks or not", async () => {
  for (const typed of ["123456", " 123 456 ", "123456\t"]) {
    assert.equal(await ask(terminal(typed).tty), "123456");
  }
  const { tty, asked } = terminal("12345", "1234567", "abcdef", "１２３４５６", "123456");
  assert.equal(await ask(tty), "123456");
  assert.deepEqual(asked.map(([question]) => question), [
    'MFA code of mfa/me for profile "default": ',
    ...Array.from({ length: 4 }, () => "A code has 6 digits: "),
  ]);
  for (const [, milliseconds] of asked) assert.ok(milliseconds > 0 && milliseconds <= 60_000);
});

const none = [
  ["nobody answers in time", terminal({ late: true }).tty, "no answer"],
  ["the terminal is closed", terminal("1", { closed: true }).tty, "given up"],
  ["an empty line is typed", terminal("").tty, "given up"],
  ["there is no terminal", undefined, "no terminal"],
] as const;
for (const [what, tty, reason] of none) {
  Deno.test(`where ${what} there is no code`, async () => {
    await assert.rejects(ask(tty), (error: MfaNeededError) => {
      assert.deepEqual([error.profile, error.serial, error.reason], ["ci", serial, reason]);
      return error instanceof MfaNeededError;
    });
  });
}

peerTest(
  ["script"],
  "a question waits no longer than it may, and what is typed late is kept",
  async () => {
    await using home = await temporaryHome();
    const tty = new URL("../../../src/platform/tty.ts", import.meta.url).href;
    await home.write(
      "ask.ts",
      `import { openTty } from ${JSON.stringify(tty)};
const tty = openTty()!;
tty.tell(JSON.stringify(await tty.ask("first? ", 50)));
tty.tell(JSON.stringify(await tty.ask("second? ", 60_000)));
tty.tell(JSON.stringify(await tty.ask("third? ", 60_000)));
Deno.exit(0);
`,
    );
    const command = [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", "ask.ts"];
    const { code, shown } = await onTerminal(home, command, [["second? ", "one\rtwo\r"]]);
    assert.equal(code, 0, shown);
    assert.match(shown, /first\? \n"late"\n/);
    assert.match(shown, /"line":"one"/);
    assert.match(shown, /"line":"two"/);
  },
);
