import assert from "node:assert/strict";
import { PluginError } from "../../src/sops/errors.ts";
import {
  type ConnectPlugin,
  openByPlugin,
  type PluginPerson,
  sealByPlugin,
} from "../../src/sops/keys/plugin.ts";
import { Secret } from "../../src/sops/secret.ts";

const identity = new Secret("AGE-PLUGIN-SCRIPTED-1QQQQ");
const fileKey = new Uint8Array(16).fill(7);
const base64 = (text: string) => new TextEncoder().encode(text).toBase64({ omitPadding: true });
const key = fileKey.toBase64({ omitPadding: true });
const done = ["-> done", ""];

/** A plugin that says these lines whatever it hears, and then ends. */
function scripted(lines: readonly string[], person?: PluginPerson) {
  const heard: string[] = [];
  const left = [...lines];
  let closed = 0;
  const connect: ConnectPlugin = Object.assign(() =>
    Promise.resolve({
      send: (text: string) => {
        heard.push(text);
        return Promise.resolve();
      },
      readLine: () => Promise.resolve(left.shift()),
      close: () => {
        closed++;
        return Promise.resolve();
      },
    }), person ? { person } : {});
  return { connect, heard, closed: () => closed };
}

const open = (connect: ConnectPlugin) => openByPlugin([], "scripted", identity, connect);

/** A person who notes what is asked, and answers. */
function person(noted: string[]): PluginPerson {
  const note = (...words: readonly unknown[]) => noted.push(words.join("|"));
  return {
    tell: (_, message) => Promise.resolve(void note("tell", message)),
    ask: (_, prompt, secret) => {
      note("ask", prompt, secret);
      return Promise.resolve(new Secret("1234"));
    },
    confirm: (_, prompt, yes, no) => {
      note("confirm", prompt, yes, no ?? "-");
      return Promise.resolve(no === undefined);
    },
  };
}

const questions: readonly {
  readonly said: readonly [line: string, body: string];
  readonly noted?: string;
  readonly answer: string;
  /** Where nobody is there. */
  readonly alone?: string;
}[] = [
  {
    said: ["-> msg", "Touch it"],
    noted: "tell|Touch it",
    answer: "-> ok\n\n",
    alone: "-> fail\n\n",
  },
  {
    said: ["-> request-secret", "PIN?"],
    noted: "ask|PIN?|true",
    answer: `-> ok\n${base64("1234")}\n`,
    alone: "-> fail\n\n",
  },
  {
    said: ["-> request-public", "Name?"],
    noted: "ask|Name?|false",
    answer: `-> ok\n${base64("1234")}\n`,
    alone: "-> fail\n\n",
  },
  {
    said: [`-> confirm ${base64("Go on")}`, "Plugged in?"],
    noted: "confirm|Plugged in?|Go on|-",
    answer: "-> ok yes\n\n",
    alone: "-> fail\n\n",
  },
  {
    said: [`-> confirm ${base64("Yes")} ${base64("Skip")}`, "Plugged in?"],
    noted: "confirm|Plugged in?|Yes|Skip",
    answer: "-> ok no\n\n",
    alone: "-> fail\n\n",
  },
  { said: ["-> grease-x7f some words", "abc"], answer: "-> unsupported\n\n" },
];

for (const { said: [line, body], noted, answer, alone = answer } of questions) {
  Deno.test(`a plugin that says "${line}" is answered, with and without somebody there`, async () => {
    const lines = [line, base64(body), "-> file-key 0", key, ...done];
    const asked: string[] = [];
    const plugin = scripted(lines, person(asked));
    assert.deepEqual(await open(plugin.connect), fileKey);
    assert.deepEqual(asked, noted === undefined ? [] : [noted]);
    assert.equal(plugin.heard[1], answer);
    assert.equal(plugin.closed(), 1);
    const nobody = scripted(lines);
    assert.deepEqual(await open(nobody.connect), fileKey);
    assert.equal(nobody.heard[1], alone);
  });
}

const faults: Readonly<Record<string, readonly string[]>> = {
  "ends at once": [],
  "ends within a message": ["-> file-key 0"],
  "says no stanza": ["hello", ""],
  "gives a key for another file": ["-> file-key 1", key, ...done],
  "gives two keys": ["-> file-key 0", key, "-> file-key 0", key, ...done],
  "gives a key of another length": ["-> file-key 0", base64("short"), ...done],
  "gives a key that is no Base64": ["-> file-key 0", "*", ...done],
  "asks to confirm without a word": ["-> confirm", base64("?"), ...done],
};

for (const [what, lines] of Object.entries(faults)) {
  Deno.test(`a plugin that ${what} does not speak the protocol, and is ended`, async () => {
    const plugin = scripted(lines, person([]));
    await assert.rejects(
      open(plugin.connect),
      (error) => error instanceof PluginError && error.reason === "malformed",
    );
    assert.equal(plugin.closed(), 1);
  });
}

Deno.test("what a plugin says of its failure is told, and the identity is in no message", async () => {
  const plugin = scripted(["-> error identity 0", base64("no such slot"), ...done]);
  await assert.rejects(open(plugin.connect), (error) => {
    assert.ok(error instanceof PluginError);
    assert.deepEqual([error.reason, error.said], ["refused", "no such slot"]);
    assert.ok(!error.message.includes(identity.reveal()));
    return true;
  });
  assert.equal(plugin.heard.at(-1), "-> ok\n\n");
  assert.equal(plugin.closed(), 1);
});

Deno.test("a plugin for none of whose stanzas a file is opens nothing", async () => {
  assert.equal(await open(scripted(done).connect), undefined);
});

Deno.test("a plugin that labels what it seals is heard, and its stanzas are taken", async () => {
  const stanza = ["-> recipient-stanza 0 scripted abc", base64("sealed")];
  const plugin = scripted(["-> labels postquantum", "", ...stanza, ...done]);
  const sealed = await sealByPlugin(fileKey, "scripted", "age1scripted1qqqq", plugin.connect);
  assert.deepEqual(sealed.map(({ args }) => args), [["scripted", "abc"]]);
  assert.equal(
    plugin.heard[0],
    `-> add-recipient age1scripted1qqqq\n\n-> wrap-file-key\n${key}\n-> extension-labels\n\n-> done\n\n`,
  );
  assert.equal(plugin.heard[1], "-> ok\n\n");
});

Deno.test("a plugin that seals nothing is none", async () => {
  await assert.rejects(
    sealByPlugin(fileKey, "scripted", "age1scripted1qqqq", scripted(done).connect),
    (error) => error instanceof PluginError && error.reason === "malformed",
  );
});
