import assert from "node:assert/strict";
import { keyReader } from "../../src/cli/prompts/keyboard.ts";
import { type Console, promptsOn } from "../../src/cli/prompts/prompts.ts";
import { InterruptedError } from "../../src/platform/errors.ts";
import { Secret } from "../../src/sops/secret.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const up = "\x1b[A", down = "\x1b[B", right = "\x1b[C", left = "\x1bOD";

/** A terminal that is fed these pieces, one a read, and keeps what was written to it. */
function typing(pieces: readonly string[], cursor = true) {
  const left = [...pieces];
  const shown = { written: "", raw: 0, everRaw: 0 };
  const console: Console = {
    columns: 80,
    cursor,
    write: (text) => void (shown.written += text),
    raw: (on) => {
      shown.raw += on ? 1 : -1;
      shown.everRaw += on ? 1 : 0;
    },
    read: () => Promise.resolve(left.length ? encode(left.shift()!) : null),
  };
  return { prompts: promptsOn(console), shown };
}

const sources = ["settings.json", "work", "type one", "none, I use SSO"]
  .map((label, value) => ({ value, label }));

const oneCases: readonly (readonly [string, readonly string[], number])[] = [
  ["Enter takes the first", ["\r"], 0],
  ["an arrow moves", [right, "\r"], 1],
  ["arrows go round", [up, "\r"], 3],
  ["application-mode arrows are arrows", [down, down, left, "\r"], 1],
  ["a sequence in pieces is one key", ["\x1b", "[", "B", "\r"], 1],
  ["a number marks", ["3", "\r"], 2],
  ["a number that is none is ignored", ["9", "\r"], 0],
  ["a letter marks", ["w", "\r"], 1],
  ["everything in one read", [`${down}${down}\r`], 2],
  ["keys that mean nothing are ignored", ["\x1b[15~", "\x1b[1;5P", "\x01", "\r"], 0],
];
for (const [name, keys, expected] of oneCases) {
  Deno.test(`choose one: ${name}`, async () => {
    const { prompts, shown } = typing(keys);
    assert.equal(await prompts.chooseOne("Encrypt", sources), expected);
    assert.deepEqual([shown.raw, shown.everRaw], [0, 1]);
  });
}

Deno.test("choose one looks as it does in the manual, and leaves no hint behind", async () => {
  const { prompts, shown } = typing(["\r"]);
  await prompts.chooseOne("Encrypt", sources);
  const last = shown.written.split("\x1b[J").at(-1);
  assert.equal(last, "? Encrypt       > settings.json / work / type one / none, I use SSO\n");
});

Deno.test("long choices go on on the next line, below the first, within 80 columns", async () => {
  const { prompts, shown } = typing(["\r"]);
  const long = ["a", "b", "c"].map((letter) => ({ value: letter, label: letter.repeat(40) }));
  await prompts.chooseOne("Encrypt", long);
  assert.deepEqual(shown.written.split("\x1b[J").at(-1)!.split("\n"), [
    `? Encrypt       > ${"a".repeat(40)} /`,
    `                ${"b".repeat(40)} /`,
    `                ${"c".repeat(40)}`,
    "",
  ]);
});

const many = [
  { value: "you", label: "you (new key)", on: true },
  { value: "host", label: "this host (SSH key)", on: true },
  { value: "recovery", label: "recovery key", on: false },
];
const manyCases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["Enter takes what is on", ["\r"], ["you", "host"]],
  ["space switches the marked one", [right, " ", "\r"], ["you"]],
  ["a number switches", ["3", "1", "\r"], ["host", "recovery"]],
  ["nothing is an answer too", ["1", "2", "\r"], []],
];
for (const [name, keys, expected] of manyCases) {
  Deno.test(`choose many: ${name}`, async () => {
    const { prompts } = typing(keys);
    assert.deepEqual(await prompts.chooseMany("Who opens it", many), expected);
  });
}

Deno.test("choose many looks as it does in the manual", async () => {
  const { prompts, shown } = typing(["\r"]);
  await prompts.chooseMany("Who opens it", many);
  assert.equal(
    shown.written.split("\x1b[J").at(-1),
    "? Who opens it  [x] you (new key)  [x] this host (SSH key)  [ ] recovery key\n",
  );
});

Deno.test("a dumb terminal is asked in plain lines, without any escape", async () => {
  const one = typing(["7\r", "2\r"], false);
  assert.equal(await one.prompts.chooseOne("Encrypt", sources), 1);
  const several = typing(["1 3\r", "\r"], false);
  assert.deepEqual(await several.prompts.chooseMany("Who opens it", many), ["host", "recovery"]);
  assert.ok(!`${one.shown.written}${several.shown.written}`.includes("\x1b"));
  assert.match(one.shown.written, /^\? Encrypt {7}1 settings\.json \/ 2 work \/ 3 type one/);
});

const confirmCases: readonly (readonly [string, boolean, boolean])[] = [
  ["\r", true, true],
  ["\r", false, false],
  ["n\r", true, false],
  ["Y\r", false, true],
  ["n\x7fy\r", false, true],
  ["xq\ry\r", false, true],
];
for (const [keys, byDefault, expected] of confirmCases) {
  Deno.test(`confirm: ${JSON.stringify(keys)} with default ${byDefault} is ${expected}`, async () => {
    const { prompts, shown } = typing([keys]);
    assert.equal(await prompts.confirm("Go on?", byDefault), expected);
    assert.equal(
      // deno-lint-ignore no-control-regex -- what was rubbed out is left out
      shown.written.replace(/xq|n(?=\x08)|\x08 \x08/g, ""),
      `? Go on? ${byDefault ? "[Y/n]" : "[y/N]"} ${expected ? "y" : "n"}\n`,
    );
  });
}

Deno.test("yes and Enter, typed key by key, answer one question and not the next", async () => {
  const { prompts } = typing(["y", "e", "s", "\r", "n", "o", "\r"]);
  assert.equal(await prompts.confirm("First?", false), true);
  assert.equal(await prompts.confirm("Second?", true), false);
});

Deno.test("a key pasted at a question is no answer, and is not shown", async () => {
  const key = "AKIAIOSFODNN7EXAMPLE\rwJalrXUtnFEMI\r";
  const one = typing([key, right, "\r"]);
  assert.equal(await one.prompts.chooseOne("Encrypt", sources), 1);
  const several = typing([key, "\r"]);
  assert.deepEqual(await several.prompts.chooseMany("Who opens it", many), ["you", "host"]);
  const confirmed = typing([key, "y\r"]);
  assert.equal(await confirmed.prompts.confirm("Go on?", false), true);
  assert.ok(!confirmed.shown.written.includes("wjal"));
  assert.ok(!confirmed.shown.written.includes("akia"));
});

Deno.test("a secret is never echoed, and can be corrected", async () => {
  const { prompts, shown } = typing(["wrong\x15hunter23\x7f\r"]);
  const secret = await prompts.askSecret("Secret");
  assert.equal(secret.reveal(), "hunter2");
  assert.equal(shown.written, "? Secret        \n");
});

Deno.test("two lines pasted at once answer two questions, and the second is not echoed", async () => {
  const { prompts, shown } = typing(["AKIAIOSFODNN7EXAMPLE\r\nwJalr", "XUt\r\n"]);
  assert.equal(await prompts.askText("Key id"), "AKIAIOSFODNN7EXAMPLE");
  assert.equal((await prompts.askSecret("Secret")).reveal(), "wJalrXUt");
  assert.ok(!shown.written.includes("wJalr"));
});

Deno.test("a wrong answer is asked for again, with the reason", async () => {
  const { prompts, shown } = typing(["one\r", "two\r"]);
  const check = (text: string) => text === "two" ? undefined : "that is not two";
  assert.equal(await prompts.askText("Number", check), "two");
  assert.match(shown.written, /one\n {2}that is not two\n\? Number/);
});

Deno.test("text that is not ASCII survives in pieces", () => {
  const bytes = encode("grüße\r");
  const decode = keyReader();
  const keys = [...bytes].flatMap((byte) => decode(Uint8Array.of(byte)));
  assert.equal(keys.map((key) => key.name === "text" ? key.text : "").join(""), "grüße");
});

Deno.test("a secret that is shown once is taken off the screen after the answer", async () => {
  const { prompts, shown } = typing(["y\r"]);
  assert.equal(await prompts.showOnce("Write this down:", new Secret("KEY-1"), "Done?"), true);
  assert.equal(
    shown.written,
    "Write this down:\n\n  KEY-1\n\n? Done? [y/N] y\n\x1b[4A\r\x1b[J",
  );
  const dumb = typing(["\r"], false);
  assert.equal(
    await dumb.prompts.showOnce("Write this down:", new Secret("KEY-1"), "Done?"),
    false,
  );
  assert.ok(!dumb.shown.written.includes("\x1b"));
});

const interrupts: readonly (readonly [string, readonly string[]])[] = [
  ["Ctrl-C", ["\x03"]],
  ["Ctrl-D", ["\x04"]],
  ["a closed terminal", []],
];
for (const [name, keys] of interrupts) {
  Deno.test(`${name} ends every question, and the terminal is as it was`, async () => {
    const asks = [
      (prompts: ReturnType<typeof promptsOn>) => prompts.confirm("Go on?", true),
      (prompts: ReturnType<typeof promptsOn>) => prompts.chooseOne("Encrypt", sources),
      (prompts: ReturnType<typeof promptsOn>) => prompts.chooseMany("Who opens it", many),
      (prompts: ReturnType<typeof promptsOn>) => prompts.askText("Text"),
      (prompts: ReturnType<typeof promptsOn>) => prompts.askSecret("Secret"),
    ];
    for (const ask of asks) {
      const { prompts, shown } = typing(keys);
      await assert.rejects(ask(prompts), InterruptedError);
      assert.equal(shown.raw, 0);
    }
  });
}

Deno.test("names with control characters cannot move the cursor or turn text around", async () => {
  const { prompts, shown } = typing(["\r"]);
  await prompts.chooseOne("Encrypt", [{ value: 1, label: "wo\x1b[2Jr\u202ek" }]);
  assert.ok(shown.written.includes("wo\\u001b[2Jr\\u202ek"));
});

const root = new URL("../../", import.meta.url).pathname;
const asking = `
  import { systemPrompts } from "${root}src/cli/prompts/system.ts";
  const prompts = systemPrompts(Deno.env.toObject());
  const one = await prompts.chooseOne("Encrypt", ["a", "b"].map((value) => ({ value, label: value })));
  const secret = await prompts.askSecret("Secret");
  const sure = await prompts.confirm("Sure?", false);
  console.log("answers " + [one, secret.reveal().length, sure].join(" "));
`;
const askCommand = (home: Home) => [Deno.execPath(), "run", "-A", "-q", `${home.path}/ask.ts`];

peerTest(["script"], "questions are asked and answered on a real terminal", async () => {
  await using home = await temporaryHome({ "ask.ts": asking });
  const { code, shown } = await onTerminal(home, askCommand(home), [
    ["? Encrypt", `${down}\r`],
    ["? Secret", "hunter2\r"],
    ["? Sure?", "y\r"],
  ]);
  assert.equal(code, 0);
  assert.match(shown, /answers b 7 true/);
  assert.ok(!shown.includes("hunter2"));
});

const endings = [["Ctrl-C", "\x03", 1], ["Ctrl-D", "\x04", 1]] as const;
for (const [name, key, expected] of endings) {
  peerTest(["script"], `${name} leaves a real terminal with echo and line editing on`, async () => {
    await using home = await temporaryHome({ "ask.ts": asking });
    const command = `${askCommand(home).join(" ")}; echo "code $?"; stty -a`;
    const { shown } = await onTerminal(home, ["sh", "-c", command], [["? Encrypt", key]]);
    assert.match(shown, new RegExp(`code ${expected}`));
    assert.match(shown, / icanon [\s\S]* echo /);
  });
}

peerTest(["script"], "a terminal that asks is put right when the program is ended", async () => {
  await using home = await temporaryHome({
    "ask.ts": `Deno.writeTextFileSync("pid", String(Deno.pid));${asking}`,
  });
  const command = `${askCommand(home).join(" ")}; echo "code $?"; stty -a`;
  const { shown } = await onTerminal(home, ["sh", "-c", command], [
    ["? Encrypt", async () => Deno.kill(Number(await home.read("pid")), "SIGTERM")],
  ]);
  assert.match(shown, /code 143/);
  assert.match(shown, / icanon [\s\S]* echo /);
});
