/** Journals that somebody changed: without the key it does not open, with the key it is told. */
import assert from "node:assert/strict";
import { journalOf, journalsOf } from "../../src/rotate/journal.ts";
import { parseDocument } from "../../src/sops/document.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { startStandin } from "../support/aws/standin.ts";
import type { Home } from "../support/home.ts";
import { testIdentity } from "../support/sops_file.ts";
import { file, homeFor, keysOf, rotateIn, text, timeOf } from "./support.ts";

async function opened(home: Home) {
  const sealed = await parseDocument(new TextEncoder().encode(await home.read(file)), "yaml");
  return await sealed.open(parseIdentities(testIdentity, "test"));
}

/** A rotation under way, as its file was at first and is now. */
async function underWay() {
  const standin = startStandin();
  const home = await homeFor(
    `${text}    third:\n        access_key_id: AKIATHIRDTHIRDTHIRD1\n        secret_access_key: third-secret\n`,
  );
  standin.set({
    users: [{ name: "third", keys: [{ id: "AKIATHIRDTHIRDTHIRD1", secret: "third-secret" }] }],
  });
  const time = timeOf(standin);
  for (const profile of ["default", "third"]) {
    const { code, stderr } = await rotateIn(
      home,
      standin.env,
      time,
      { quiet: 0, soak: 0 },
      profile,
    );
    assert.equal(code, 0, stderr);
  }
  const goOn = (profile = "default") =>
    rotateIn(home, standin.env, time, { continue: true, deployed: true }, profile);
  return {
    home,
    standin,
    goOn,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

/** Lines of the file, changed by somebody without its key. */
const tamperings: readonly (readonly [name: string, change: (lines: string[]) => string[]])[] = [
  ["two names swapped", (lines) => {
    const [one, other] = ["new_access_key_id:", "old_access_key_id:"].map((name) =>
      at(lines, name)
    );
    const [a, b] = [valueOf(lines[one!]!), valueOf(lines[other!]!)];
    lines[one!] = lines[one!]!.replace(a, b);
    lines[other!] = lines[other!]!.replace(b, a);
    return lines;
  }],
  ["a leaf pasted from another profile", (lines) => {
    const [mine, other] = both(lines, "old_access_key_id:");
    lines[mine] = lines[other]!;
    return lines;
  }],
  ["the names of two profiles swapped", (lines) => {
    const start = lines.indexOf("rotation:");
    const [one, other] = ["    default:", "    third:"].map((name) => lines.indexOf(name, start));
    [lines[one!], lines[other!]] = [lines[other!]!, lines[one!]!];
    return lines;
  }],
  ["a name changed", (lines) => {
    const index = at(lines, "new_access_key_id:");
    lines[index] = lines[index]!.replace("new_", "old2_");
    return lines;
  }],
  ["a step in plaintext", (lines) => {
    const index = at(lines, "step:");
    lines[index] = lines[index]!.replace(/ENC\[.*\]/, "inactive");
    return lines;
  }],
  ["a step left out", (lines) => lines.filter((_, index) => index !== at(lines, "step:"))],
];

function at(lines: readonly string[], name: string): number {
  const start = lines.indexOf("rotation:");
  return lines.findIndex((line, index) => index > start && line.trim().startsWith(name));
}

function both(lines: readonly string[], name: string): [number, number] {
  const first = at(lines, name);
  const second = lines.findIndex((line, index) => index > first && line.trim().startsWith(name));
  return [first, second];
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(": ") + 2);
}

for (const [name, change] of tamperings) {
  Deno.test(`a journal with ${name} does not open: exit 4, and nothing is done`, async () => {
    await using scene = await underWay();
    const lines = (await scene.home.read(file)).split("\n");
    const tampered = change([...lines]).join("\n");
    assert.notEqual(tampered, lines.join("\n"));
    await scene.home.write(file, tampered);
    const before = scene.standin.log.length;
    const { code, stderr } = await scene.goOn();
    assert.equal(code, 4, stderr);
    assert.equal(scene.standin.log.length, before);
    assert.equal(await scene.home.read(file), tampered);
    assert.equal(keysOf(scene.standin).length, 2);
  });
}

/** What is not encrypted, and so outside the MAC, can be put in by anybody. */
const insertions: readonly (readonly [name: string, line: string])[] = [
  ["an empty abort", '        abort: ""'],
  ["a null", "        abort: null"],
  ["an empty map", "        abort: {}"],
  ["an unknown name", '        more: ""'],
];

for (const [name, line] of insertions) {
  Deno.test(`a journal with ${name} put in is refused: exit 4`, async () => {
    await using scene = await underWay();
    const lines = (await scene.home.read(file)).split("\n");
    lines.splice(at(lines, "step:"), 0, line);
    await scene.home.write(file, lines.join("\n"));
    const before = scene.standin.log.length;
    const { code, stderr } = await scene.goOn();
    assert.equal(code, 4, stderr);
    assert.match(
      stderr,
      /^Cannot trust the rotation of "default": "rotation\/default\/\w+" is not/,
    );
    assert.equal(scene.standin.log.length, before);
  });
}

Deno.test("an empty journal that was put in is refused", async () => {
  await using scene = await underWay();
  const text = (await scene.home.read(file)).replace(
    "\nrotation:\n",
    "\nrotation:\n    other: {}\n",
  );
  await scene.home.write(file, text);
  const { code, stderr } = await scene.goOn("other");
  assert.equal(code, 4, stderr);
});

Deno.test("a journal that somebody with the key copied under another name is told: exit 4", async () => {
  await using scene = await underWay();
  const { home, standin } = scene;
  const document = await opened(home);
  const journal = document.get(["rotation", "default"])!;
  document.unset(["rotation", "third"]);
  document.set(["rotation", "third"], journal);
  assert.throws(() => journalOf(document, "third"), {
    reason: "another profile",
    about: "default",
  });
  const { randomBytes } = await import("../../src/platform/random.ts");
  const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
  await home.write(file, await document.seal({ now, random: randomBytes }));
  const before = standin.log.length;
  const { code, stderr } = await scene.goOn("third");
  assert.equal(code, 4, stderr);
  assert.match(stderr, /"rotation\/third\/profile" says "default"/);
  assert.equal(standin.log.length, before);
});

Deno.test("leaves of a journal that the file's selector leaves in plaintext are not believed", async () => {
  await using scene = await underWay();
  const document = await opened(scene.home);
  assert.equal(journalsOf(document).size, 2);
  const plain = {
    get: (path: Parameters<typeof document.get>[0]) => document.get(path),
    wouldEncrypt: (path: readonly (string | number)[]) => path.at(-1) !== "step",
  };
  assert.throws(() => journalOf(plain, "default"), { reason: "plaintext", leaf: "step" });
});

Deno.test("where the selector would leave the journal in plaintext, no rotation begins", async () => {
  const { homeWithSecrets } = await import("../support/sops_file.ts");
  const { temporaryHome } = await import("../support/home.ts");
  const selector = { rule: "encrypted_regex", text: "access_key" } as const;
  await using home = await temporaryHome(await homeWithSecrets({ text, selector }));
  await using standin = startStandin();
  const before = await home.read(file);
  const { code, stderr } = await rotateIn(home, standin.env, timeOf(standin));
  assert.equal(code, 8, stderr);
  assert.match(stderr, /would stay in plaintext under encrypted_regex "access_key"/);
  assert.equal(await home.read(file), before);
  assert.equal(keysOf(standin).length, 1);
});

Deno.test("a key that was set by hand meanwhile is not touched, and neither are the two", async () => {
  await using scene = await underWay();
  const { home, standin } = scene;
  const set = await home.run(["set", "aws_access_key_id"], { stdin: "AKIAI44QH8DHBEXAMPLE" });
  assert.equal(set.code, 0, set.stderr);
  const { code, stderr } = await scene.goOn();
  assert.equal(code, 8, stderr);
  assert.match(stderr, /AKIAI44QH8DHBEXAMPLE by now, which is neither the old nor the new one/);
  assert.equal(keysOf(standin).length, 2);
  assert.ok(keysOf(standin).every(({ status }) => status === "Active"));
});
