import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { parseDocument } from "../../src/sops/document.ts";
import {
  IntegrityError,
  InvalidRuleError,
  MetadataError,
  NoIdentityError,
  NotEncryptedError,
  PathError,
  UnsupportedError,
} from "../../src/sops/errors.ts";
import { wrapDataKey } from "../../src/sops/keys/age.ts";
import { parseRules } from "../../src/sops/rules.ts";
import { type Format, FormatError } from "../../src/sops/tree.ts";
import { temporaryHome } from "../support/home.ts";
import { formatOf, identities, leafTexts, vector } from "./vectors.ts";

/*
 * Files that somebody made to do harm. Each of these has to end soon, in little memory, with a
 * sentence: never with a crash, and never with values that nobody encrypted.
 */

const typed = [
  FormatError,
  IntegrityError,
  InvalidRuleError,
  MetadataError,
  NoIdentityError,
  NotEncryptedError,
  PathError,
  UnsupportedError,
];

const decoder = new TextDecoder();
const text = async (name: string) => decoder.decode(await vector(name));
const small = await text("small.yaml");
const smallJson = await text("small.json");
const smallEnv = await text("small.env");
const smallIni = await text("small.ini");
const names = ["small.yaml", "small.json", "small.env", "small.ini", "small.bin"];

async function open(content: string | Uint8Array, format: Format = "yaml") {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return await (await parseDocument(bytes, format)).open(await identities());
}

/** Values of leaves that are encrypted; what is in no MAC may change. */
const sealedLeaves = (document: Awaited<ReturnType<typeof open>>) =>
  leafTexts(document).filter((each) => !each.includes("unencrypted"));

async function survives(bytes: Uint8Array, name: string, whole: readonly string[], what: string) {
  let found: string[];
  try {
    found = sealedLeaves(await open(bytes, formatOf(name)));
  } catch (error) {
    assert.ok(typed.some((kind) => error instanceof kind), `${what}: ${error}`);
    return;
  }
  assert.deepEqual(found, whole, what);
}

for (const name of names) {
  Deno.test(`${name}: no end, no byte less or more, no two lines in another order are taken for the file`, async () => {
    const bytes = await vector(name);
    const whole = sealedLeaves(await open(bytes, formatOf(name)));
    for (let at = 0; at < bytes.length; at += 3) {
      await survives(bytes.slice(0, at), name, whole, `cut at ${at}`);
      const less = Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
      await survives(less, name, whole, `without byte ${at}`);
      const more = Uint8Array.from([...bytes.slice(0, at), at & 0xff, ...bytes.slice(at)]);
      await survives(more, name, whole, `with a byte at ${at}`);
    }
    const lines = decoder.decode(bytes).split("\n");
    for (let at = 0; at + 1 < lines.length; at++) {
      const swapped = lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!).join("\n");
      let found: string[];
      try {
        found = sealedLeaves(await open(swapped, formatOf(name)));
      } catch (error) {
        assert.ok(typed.some((kind) => error instanceof kind), `line ${at}: ${error}`);
        continue;
      }
      assert.deepEqual(found.toSorted(), whole.toSorted(), `line ${at}`);
    }
  });
}

/** What goes before a file's own content: the MAC or the parser has to say no, or all is well. */
const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("");
const indented = (depth: number) => lines(depth, (at) => `${" ".repeat(at)}a:\n`);
const bomb = lines(
  40,
  (at) =>
    at === 0
      ? "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
      : `a${at}: &a${at} [${`*a${at - 1},`.repeat(10)}x]\n`,
);
const inJson = (value: string) => `{"a": ${value},${smallJson.slice(1)}`;
const firstKey = / {8}- enc: \|\n(?: {12}.*\n)+ {10}recipient: .*\n/.exec(small)![0];
const withKeys = (keys: string) => small.replace(firstKey, keys);
const withSelector = (selector: string) => small.replace(/unencrypted_suffix: .*/, selector);
const armored = (content: string) =>
  `        - enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n` +
  btoa(content).replace(/.{1,64}/g, "            $&\n") +
  "            -----END AGE ENCRYPTED FILE-----\n          recipient: age1x\n";
const stanza = `-> X25519 ${"A".repeat(43)}\n${"A".repeat(43)}\n`;

const sealedValue = `ENC[AES256_GCM,data:AAAA,iv:${"A".repeat(22)}==,tag:${
  "A".repeat(22)
}==,type:str]`;

type Case = readonly [
  what: string,
  format: Format,
  content: () => string | Uint8Array,
  /** Absent where it opens. */
  refusal?: RegExp,
];

const cases: readonly Case[] = [
  ["1,000 levels of block", "yaml", () => indented(1000) + small],
  ["2,000 levels of block", "yaml", () => indented(2000) + small, /levels|deeply|laid out/],
  ["1,000 levels of brackets", "yaml", () => `a: ${nested("[", "]", 1000)}\n${small}`, /deeply/],
  ["100,000 levels of brackets", "yaml", () => `a: ${nested("[", "]", 1e5)}\n${small}`, /deeply/],
  ["100,000 brackets that stay open", "yaml", () => `a: ${"{a: ".repeat(1e5)}`, /./],
  ["100,000 dashes in a line", "yaml", () => `a:\n  ${"- ".repeat(1e5)}x\n${small}`, /deeply/],
  ["100,000 levels of keys that are keys", "yaml", () => `${"? ".repeat(1e5)}x\n`, /deeply/],
  ["1,000 levels of JSON", "json", () => inJson(nested("[", "]", 999))],
  ["1,001 levels of JSON", "json", () => inJson(nested("[", "]", 1000)), /1000 levels/],
  ["100,000 levels of JSON", "json", () => inJson(nested("[", "]", 1e5)), /1000 levels/],
  ["100,000 levels of JSON objects", "json", () => inJson('{"a":'.repeat(1e5)), /1000 levels/],
  [
    "names of 100,000 levels in dotenv",
    "dotenv",
    () => `sops_${"a__map_".repeat(1e5)}=x\n${smallEnv}`,
    /1000 levels/,
  ],
  ["aliases of aliases", "yaml", () => bomb + small, /aliases that expand/],
  ["an alias of what it is in", "yaml", () => `a: &a [*a]\n${small}`, /alias to what it is/],
  [
    "10,000 recipients, the last one us",
    "yaml",
    () =>
      withKeys(
        firstKey.repeat(10_000),
      ),
  ],
  ["20,001 recipients", "yaml", () => withKeys(firstKey.repeat(20_001)), /more than 20000 keys/],
  [
    "300 key groups",
    "yaml",
    () =>
      small.replace(
        / {4}age:\n(?: {8}.*\n)+/,
        `    key_groups:\n${
          "        - age:\n".concat(firstKey.replace(/^/gm, "    ").trimEnd(), "\n").repeat(300)
        }`,
      ),
    /more than 255 groups/,
  ],
  [
    "a megabyte of age armor",
    "yaml",
    () => withKeys(armored("x".repeat(1e6))),
    /more than 65536 characters/,
  ],
  [
    "an age file with a line of 40,000 bytes",
    "yaml",
    () => withKeys(armored(`age-encryption.org/v1\n-> X25519 ${"A".repeat(40_000)}\n`)),
    /matches/,
  ],
  [
    "an age file with 300 stanzas",
    "yaml",
    () => withKeys(armored(`age-encryption.org/v1\n${stanza.repeat(300)}--- ${"A".repeat(43)}\n`)),
    /matches/,
  ],
  [
    "5 MB of fields in the metadata",
    "yaml",
    () => small + lines(100_000, (at) => `    f${at}: ${"x".repeat(40)}\n`),
  ],
  [
    "200,001 fields of dotenv metadata",
    "dotenv",
    () => lines(200_001, (at) => `sops_f${at}=x\n`) + smallEnv,
    /more than 200000 fields/,
  ],
  ["a million empty lines", "yaml", () => "\n".repeat(1e6) + small],
  ["100,000 comments", "yaml", () => "#\n".repeat(1e5) + small],
  [
    "2,000,001 short lines",
    "yaml",
    () => `a:\n${"-\n".repeat(2_000_001)}${small}`,
    /2,000,000 values/,
  ],
  [
    "2,000,001 items of JSON",
    "json",
    () => inJson(`[${"0,".repeat(2_000_000)}0]`),
    /2,000,000 values/,
  ],
  [
    "2,000,001 lines of dotenv",
    "dotenv",
    () => "#\n".repeat(2_000_001) + smallEnv,
    /2,000,000 values/,
  ],
  ["2,000,001 lines of INI", "ini", () => ";\n".repeat(2_000_001) + smallIni, /2,000,000 values/],
  [
    "5 million signs in brackets",
    "yaml",
    () => `a: [${"x,".repeat(2_500_000)}]\n${small}`,
    /laid out otherwise/,
  ],
  [
    "a quoted text of 20 MB over lines",
    "yaml",
    () => `b: {}\na: "${"x\n  ".repeat(5e6)}"\n${small}`,
    /several lines/,
  ],
  ["a line of 100 MB", "yaml", () => `a: ${"x".repeat(1e8)}\n${small}`, /malformed/],
  ["10 million escape sequences", "yaml", () => `a: "${"\\n".repeat(1e7)}"\n${small}`, /malformed/],
  ["a block of 3 million lines", "yaml", () => `a: |\n${"  x\n".repeat(3e6)}${small}`, /malformed/],
  [
    "5 million escape sequences of JSON",
    "json",
    () => inJson(`"${"\\n".repeat(5e6)}"`),
    /malformed/,
  ],
  ["a number of a million digits", "yaml", () => `a: 1${"0".repeat(1e6)}\n${small}`, /malformed/],
  [
    "hexadecimal of a million digits",
    "yaml",
    () => `a: 0x1${"f".repeat(1e6)}\n${small}`,
    /malformed/,
  ],
  [
    "a JSON number of a million digits",
    "json",
    () => inJson(`1${"0".repeat(1e6)}`),
    /64 bits nor a float/,
  ],
  ["an exponent of a million digits", "json", () => inJson(`1e${"9".repeat(1e6)}`), /too large/],
  ["a million spaces in INI", "ini", () => `a = x${" ".repeat(1e6)}x\n${smallIni}`, /malformed/],
  [
    "a million continued lines of INI",
    "ini",
    () => `a = ${"x\\\n".repeat(1e6)}\n${smallIni}`,
    /malformed/,
  ],
  ["10 MB that are no UTF-8", "dotenv", () => {
    const tail = new TextEncoder().encode(`\n${smallEnv}`);
    const bytes = new Uint8Array(1e7 + tail.length).fill(0xff);
    bytes.set(new TextEncoder().encode("A="));
    bytes.set(tail, 1e7);
    return bytes;
  }, /malformed/],
  [
    "names of a million characters",
    "json",
    () => inJson(`{"${"k".repeat(1e6)}": "${sealedValue}"}`),
    /too long/,
  ],
  [
    "an expression of 100,000 brackets",
    "yaml",
    () => withSelector(`encrypted_regex: '${"(".repeat(1e5)}'`),
    /20000 characters/,
  ],
  [
    "an expression of 5,000 brackets",
    "yaml",
    () => withSelector(`encrypted_regex: '${"(".repeat(5e3)}a${")*".repeat(5e3)}'`),
    /regular expression/,
  ],
  [
    "an expression that repeats repetitions",
    "yaml",
    () => withSelector("encrypted_regex: '((a{100}){100}){100}'"),
    /regular expression/,
  ],
  [
    "an expression that backtracks elsewhere",
    "yaml",
    () => `# ${"x".repeat(1e5)}\n${withSelector("encrypted_comment_regex: '(x+x+)+y'")}`,
    /MAC/,
  ],
];

for (const [what, format, content, refusal] of cases) {
  Deno.test(`${format}, ${what}: ${refusal ? "refused with a sentence" : "opens"}`, async () => {
    const made = content();
    const start = performance.now();
    let error: unknown;
    try {
      await open(made, format);
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(performance.now() - start < 30_000, "takes too long");
    if (!refusal) return assert.equal(error, undefined);
    assert.ok(typed.some((kind) => error instanceof kind), String(error).slice(0, 300));
    assert.match((error as Error).message, refusal);
    assert.ok((error as Error).message.length < 20_000, "a long sentence");
  });
}

Deno.test("what somebody encrypted to us need not be a data key, nor shares of one", async () => {
  const recipient = /recipient: (\S+)/.exec(small)![1]!;
  for (const length of [0, 1, 16, 31, 33, 64, 5000]) {
    const [key] = await wrapDataKey(randomBytes(length), [recipient]);
    const body = key!.enc.trimEnd().replace(/^/gm, "            ");
    const entry = `        - enc: |\n${body}\n          recipient: ${recipient}\n`;
    await assert.rejects(open(withKeys(entry)), IntegrityError, `${length} bytes`);
    const group = `        - age:\n${entry.replace(/^/gm, "    ").trimEnd()}\n`;
    const grouped = small.replace(/ {4}age:\n(?: {8}.*\n)+/, `    key_groups:\n${group.repeat(2)}`);
    await assert.rejects(open(grouped), (error) => typed.some((kind) => error instanceof kind));
  }
});

Deno.test("rules that are nested, large, or made of aliases are refused", async () => {
  for (
    const rules of [
      `creation_rules: ${"[".repeat(1e5)}`,
      `creation_rules: ${nested("[", "]", 5000)}`,
      bomb,
      `creation_rules: []\n#${"x".repeat(1e6)}`,
    ]
  ) await assert.rejects(parseRules(rules, ".sops.yaml"), InvalidRuleError);
});

const decode = (bytes: Uint8Array) => decoder.decode(bytes);

Deno.test("whole processes end with a sentence and one of their exit codes", async () => {
  await using home = await temporaryHome();
  const env = {
    SOPS_AGE_KEY_FILE: new URL("../vectors/sops/identity.txt", import.meta.url).pathname,
    CREDSMITH_REVEAL: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const run = async (args: string[], stdin?: ReadableStream<Uint8Array>) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", main, ...args],
      env,
      cwd: home.path,
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin) stdin.pipeTo(child.stdin).catch(() => {});
    const { code, stdout, stderr } = await child.output();
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  const both = async (file: string, codes: readonly number[], said: RegExp) => {
    for (const args of [["get", "-f", file, "aws_region"], ["sops", "-d", file]]) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(stdout, "", `${file} ${args[0]}`);
      assert.ok(codes.includes(code), `${file}: ${code} ${stderr.slice(0, 300)}`);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /defect|Unexpected/);
    }
  };
  // Bits of every part of a file; in one process, all of them are tried by another test.
  const bytes = await vector("small.yaml");
  for (const at of [20, 300, bytes.length - 100]) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    await Deno.writeFile(`${home.path}/flip.yaml`, changed);
    await both("flip.yaml", [1, 2, 3, 4, 25, 51, 128], /./);
  }
  // Holes take no room.
  await Deno.writeFile(`${home.path}/gigabyte.yaml`, bytes);
  await Deno.truncate(`${home.path}/gigabyte.yaml`, 1_000_000_000);
  await both("gigabyte.yaml", [2], /more than 500 MB/);
  await Deno.writeTextFile(`${home.path}/deep.yaml`, `a: ${"[".repeat(1e5)}`);
  await both("deep.yaml", [1, 2], /deeply/);
  await new Deno.Command("mkfifo", { args: [`${home.path}/pipe.yaml`] }).output();
  await both("pipe.yaml", [2], /it is a pipe/);
  const block = new Uint8Array(1 << 20).fill(0x61);
  const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(block) });
  const { code, stderr } = await run(["sops", "-d", "--input-type", "yaml", "/dev/stdin"], endless);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /more than 500 MB/);
});
