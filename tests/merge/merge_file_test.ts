import assert from "node:assert/strict";
import fc from "fast-check";
import { MergeError, VersionError } from "../../src/merge/errors.ts";
import { mergeFile, type MergeInput } from "../../src/merge/merge_file.ts";
import { randomBytes } from "../../src/platform/random.ts";
import {
  ageGroup,
  newDocument,
  type OpenDocument,
  parseDocument,
} from "../../src/sops/document.ts";
import { IntegrityError, NoIdentityError } from "../../src/sops/errors.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { leavesOf, withNode } from "../../src/sops/paths.ts";
import { Secret } from "../../src/sops/secret.ts";
import type { Selector } from "../../src/sops/selectors.ts";
import { type Format, type Node, type Pair, Scalar, type Tree } from "../../src/sops/tree.ts";
import {
  decrypted,
  encrypted,
  strangerIdentity,
  testIdentity,
  testRecipient,
} from "../support/sops_file.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const identities = parseIdentities(testIdentity, "test");
const now = Temporal.Instant.from("2026-11-22T12:00:00Z");
const bytes = (text: string): Bytes => new TextEncoder().encode(text);
const text = (bytes: Bytes) => new TextDecoder().decode(bytes);
/** Somebody whose identity is nobody's. */
const bob = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const eve = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";

const rule = (...recipients: string[]) => ({ groups: [ageGroup(recipients)] });

/** Another version of a file, changed as a user would. */
async function changed(
  file: string,
  change: (document: OpenDocument) => void,
  format: Format = "yaml",
): Promise<string> {
  const document = await (await parseDocument(bytes(file), format)).open(identities);
  change(document);
  return text(await document.seal({ now, random: randomBytes }));
}

const set = (path: string[], value: string) => (document: OpenDocument) =>
  document.set(path, new Secret(value));

const keys = (recipients: string[], newDataKey: boolean) => (document: OpenDocument) =>
  document.setKeys(rule(...recipients), { newDataKey });

async function merge(
  base: string | undefined,
  ours: string,
  theirs: string,
  options: Partial<MergeInput> = {},
) {
  const merged = await mergeFile({
    ...(base === undefined ? {} : { base: bytes(base) }),
    ours: bytes(ours),
    theirs: bytes(theirs),
    format: "yaml",
    openers: () => Promise.resolve({ identities }),
    rule: rule(testRecipient),
    now,
    random: randomBytes,
    ...options,
  });
  return { ...merged, text: text(merged.bytes) };
}

/** The ciphertext of each leaf, by its path. */
async function ciphertexts(file: string, format: Format = "yaml"): Promise<Map<string, string>> {
  const { tree } = await parseDocument(bytes(file), format);
  return new Map(
    tree.documents.flatMap((each) =>
      Array.from(leavesOf(each), ({ path, value }) => [path.join("/"), value.reveal()] as const)
    ),
  );
}

const recipientsIn = async (file: string) => (await parseDocument(bytes(file), "yaml")).recipients;

const example = "a: one\nb: two\nnested:\n    c: three\n    d: four\n";

Deno.test("merge: every leaf keeps the ciphertext of the side that it comes from", async () => {
  const base = await encrypted(example);
  const ours = await changed(base, set(["a"], "ours"));
  const theirs = await changed(base, (document) => {
    set(["nested", "c"], "theirs")(document);
    set(["new"], "added")(document);
  });
  const merged = await merge(base, ours, theirs);
  assert.equal(
    await decrypted(merged.text),
    "a: ours\nb: two\nnested:\n    c: theirs\n    d: four\nnew: added\n",
  );
  const [before, mine, yours, result] = await Promise.all(
    [base, ours, theirs, merged.text].map((each) => ciphertexts(each)),
  );
  assert.equal(result!.get("a"), mine!.get("a"));
  assert.equal(result!.get("b"), before!.get("b"));
  assert.equal(result!.get("nested/c"), yours!.get("nested/c"));
  assert.equal(result!.get("nested/d"), before!.get("nested/d"));
  assert.equal(result!.get("new"), yours!.get("new"));
  const entries = (file: string) => file.match(/- enc:[^]*?-----END/g);
  assert.deepEqual(entries(merged.text), entries(base), "the data key is wrapped as it was");
});

Deno.test("merge: a conflict is encrypted, and both values open", async () => {
  const base = await encrypted(example);
  const merged = await merge(
    base,
    await changed(base, set(["a"], "mine is secret")),
    await changed(base, set(["a"], "yours is secret")),
  );
  assert.deepEqual(merged.conflicts, [{ path: ["a"], happened: "changed by both" }]);
  assert.doesNotMatch(merged.text, /secret|CONFLICT|<<<|>>>/);
  assert.match(
    await decrypted(merged.text),
    /^# CONFLICT: "a".*\na:\n {4}credsmith_conflict_ours: mine is secret\n {4}credsmith_conflict_theirs: yours is secret\n/,
  );
});

const formats: readonly (readonly [Format, string, string[], string[]])[] = [
  ["json", '{"a": "1", "b": {"c": "2", "d": "3"}}', ["a"], ["b", "c"]],
  ["dotenv", "A=1\nB=2\nC=3\n", ["A"], ["B"]],
  ["ini", "[s]\na = 1\nb = 2\n\n[t]\nc = 3\n", ["s", "a"], ["t", "c"]],
];
for (const [format, plain, one, other] of formats) {
  Deno.test(`merge: ${format}, apart and in conflict`, async () => {
    const base = await encrypted(plain, { format });
    const ours = await changed(base, set(one, "ours"), format);
    const theirs = await changed(base, set(other, "theirs"), format);
    const apart = await merge(base, ours, theirs, { format });
    const opened = await (await parseDocument(apart.bytes, format)).open(identities);
    assert.equal(opened.getText(one)?.reveal(), "ours");
    assert.equal(opened.getText(other)?.reveal(), "theirs");

    const met = await merge(base, ours, await changed(base, set(one, "theirs"), format), {
      format,
    });
    assert.deepEqual(met.conflicts.map(({ path }) => path), [one]);
    const both = await decrypted(met.text, format);
    assert.match(both, /credsmith_conflict_ours\w*"?\s*[:=]\s*"?ours/);
    assert.match(both, /credsmith_conflict_theirs\w*"?\s*[:=]\s*"?theirs/);
  });
}

Deno.test("merge: a binary file is one value; two writes of it are refused, two wraps are not", async () => {
  const base = await encrypted("line\n", { format: "binary" });
  const ours = await changed(base, set(["data"], "ours\n"), "binary");
  const theirs = await changed(base, keys([testRecipient, bob], false), "binary");
  const merged = await merge(base, ours, theirs, {
    format: "binary",
    rule: rule(testRecipient, bob),
  });
  assert.equal(await decrypted(merged.text, "binary"), "ours\n");
  await assert.rejects(
    merge(base, ours, await changed(base, set(["data"], "theirs\n"), "binary"), {
      format: "binary",
    }),
    (error) => error instanceof MergeError && error.reason === "whole",
  );
});

Deno.test("merge: a base in plaintext, from before the file was encrypted", async () => {
  const ours = await encrypted("a: 2\nb: 1\n");
  const theirs = await encrypted("a: 1\nb: 2\n");
  const merged = await merge("a: 1\nb: 1\n", ours, theirs);
  assert.equal(await decrypted(merged.text), "a: 2\nb: 2\n");
});

Deno.test("merge: nothing in common, as when both sides made the file", async () => {
  const merged = await merge(undefined, await encrypted("a: 1\n"), await encrypted("b: 2\n"));
  assert.equal(await decrypted(merged.text), "a: 1\nb: 2\n");
});

// Who gets the merged file, and under which data key.
interface AudienceCase {
  readonly base?: string[];
  readonly ours: [recipients: string[], newKey: boolean];
  readonly theirs: [recipients: string[], newKey: boolean];
  readonly rule?: string[];
  readonly result: string[];
  /** Whose data key it has. */
  readonly key: "ours" | "theirs" | "new";
  readonly told?: readonly string[];
}
const me = testRecipient;
const audiences: Readonly<Record<string, AudienceCase>> = {
  "nobody changed it": { ours: [[me], false], theirs: [[me], false], result: [me], key: "ours" },
  "the rules name one more than any version": {
    ours: [[me], false],
    theirs: [[me], false],
    rule: [me, bob],
    result: [me, bob],
    key: "ours",
    told: [`${bob} added by the rules`],
  },
  "the rules name one fewer": {
    base: [me, bob],
    ours: [[me, bob], false],
    theirs: [[me, bob], false],
    rule: [me],
    result: [me],
    key: "ours",
    told: [`${bob} dropped by the rules`],
  },
  "a recipient that only their metadata names is left out": {
    ours: [[me], false],
    theirs: [[me, eve], false],
    rule: [me],
    result: [me],
    key: "ours",
    told: [`${eve} not trusted theirs`],
  },
  "a recipient that only our metadata names is left out, too": {
    ours: [[me, eve], false],
    theirs: [[me], false],
    rule: [me],
    result: [me],
    key: "ours",
    told: [`${eve} not trusted ours`],
  },
  "they took somebody out and made a new data key: theirs is gone on with": {
    base: [me, bob],
    ours: [[me, bob], false],
    theirs: [[me], true],
    rule: [me],
    result: [me],
    key: "theirs",
    told: [`${bob} not trusted ours`],
  },
  "we took somebody out and made a new data key: ours is gone on with": {
    base: [me, bob],
    ours: [[me], true],
    theirs: [[me, bob], false],
    rule: [me],
    result: [me],
    key: "ours",
    told: [`${bob} not trusted theirs`],
  },
  "they made a new data key for somebody whom no rule names": {
    ours: [[me], false],
    theirs: [[me, eve], true],
    rule: [me],
    result: [me],
    key: "new",
    told: [`${eve} not trusted theirs`],
  },
  "both made new data keys for the same people": {
    ours: [[me], true],
    theirs: [[me], true],
    result: [me],
    key: "ours",
  },
  "each took out another one: both data keys are known to somebody who is out": {
    base: [me, bob, eve],
    ours: [[me, bob], true],
    theirs: [[me, eve], true],
    rule: [me],
    result: [me],
    key: "new",
    told: [`${bob} not trusted ours`, `${eve} not trusted theirs`],
  },
};
for (const [name, each] of Object.entries(audiences)) {
  Deno.test(`merge, who can read it: ${name}`, async () => {
    const base = await changed(await encrypted(example), keys(each.base ?? [me], false));
    const [ours, theirs] = await Promise.all(
      ([[["a"], "ours", each.ours], [["b"], "theirs", each.theirs]] as const).map(
        ([path, value, [recipients, newKey]]) =>
          changed(base, (document) => {
            set([...path], value)(document);
            keys(recipients, newKey)(document);
          }),
      ),
    ) as [string, string];
    const merged = await merge(base, ours, theirs, { rule: rule(...each.rule ?? each.result) });
    assert.deepEqual(await recipientsIn(merged.text), each.result);
    assert.deepEqual(
      merged.audience.map(({ key, what, side }) => [key, what, side].filter(Boolean).join(" ")),
      each.told ?? [],
    );
    assert.match(await decrypted(merged.text), /^a: ours\nb: theirs\n/);
    const result = await (await parseDocument(merged.bytes, "yaml")).open(identities);
    for (const [side, file] of [["ours", ours], ["theirs", theirs]] as const) {
      const document = await (await parseDocument(bytes(file), "yaml")).open(identities);
      const shared = result.sharesDataKey(document);
      if (each.key === side) assert.ok(shared, `has not the data key of ${side}`);
      if (each.key === "new") assert.ok(!shared, `has the data key of ${side}`);
    }
    assert.equal(merged.newDataKey, each.key === "new");
  });
}

Deno.test("merge without rules: what both name, what one took out, and the others told", async () => {
  const base = await changed(await encrypted(example), keys([me, bob], false));
  const ours = await changed(base, (document) => {
    set(["a"], "ours")(document);
    keys([me], true)(document);
  });
  const theirs = await changed(base, (document) => {
    set(["b"], "theirs")(document);
    keys([me, bob, eve], false)(document);
  });
  const merged = await merge(base, ours, theirs, { rule: undefined });
  assert.deepEqual(await recipientsIn(merged.text), [me, eve]);
  assert.deepEqual(merged.audience, [{ key: eve, what: "taken over", side: "theirs" }]);
  const result = await (await parseDocument(merged.bytes, "yaml")).open(identities);
  const mine = await (await parseDocument(bytes(ours), "yaml")).open(identities);
  assert.ok(result.sharesDataKey(mine), "Bob, who was taken out, has the other data key");
});

Deno.test("merge: a key of metadata that does not open is not taken over", async () => {
  const base = await encrypted(example);
  const ours = await changed(base, set(["a"], "ours"));
  const theirs = await changed(base, (document) => {
    set(["b"], "theirs")(document);
    keys([me, bob], false)(document);
  });
  // Somebody without the key put another one's data key in Bob's place.
  const junk = theirs.match(/- enc: \|\n([^]*?)\n {10}recipient: age18/)?.[1];
  assert.ok(junk);
  const forged = theirs.replace(/(- enc: \|\n)[^]*?(\n {10}recipient: age1ql)/, `$1${junk}$2`);
  assert.notEqual(forged, theirs);
  const merged = await merge(base, ours, forged, { rule: rule(me, bob) });
  const bobs = merged.text.match(/- enc: \|\n([^]*?)\n {10}recipient: age1ql/)?.[1];
  assert.notEqual(bobs, junk);
});

Deno.test("merge: a version that was tampered with, or does not open, is named", async () => {
  const base = await encrypted(example);
  const ours = await changed(base, set(["a"], "ours"));
  const theirs = await changed(base, set(["b"], "theirs"));
  const tampered = (file: string) =>
    file.replace(
      /mac: ENC\[AES256_GCM,data:(.)/,
      (all, char) => all.slice(0, -1) + (char === "A" ? "B" : "A"),
    );
  const versions = { base, ours, theirs };
  for (const side of ["base", "ours", "theirs"] as const) {
    const given = { ...versions, [side]: tampered(versions[side]) };
    await assert.rejects(
      merge(given.base, given.ours, given.theirs),
      (error) =>
        error instanceof VersionError && error.side === side &&
        error.cause instanceof IntegrityError,
    );
  }
  const strangers = parseIdentities(strangerIdentity, "test");
  await assert.rejects(
    merge(base, ours, theirs, { openers: () => Promise.resolve({ identities: strangers }) }),
    (error) => error instanceof VersionError && error.cause instanceof NoIdentityError,
  );
  await assert.rejects(
    merge(base, ours, example),
    (error) => error instanceof VersionError && error.side === "theirs",
  );
});

const selectors: readonly (readonly [string, Selector, string])[] = [
  ["a leaf by its name", { rule: "encrypted_regex", text: "^secret$" }, "secret"],
  ["a leaf by the end of its name", { rule: "encrypted_suffix", text: "_secret" }, "a_secret"],
  ["all but some", { rule: "unencrypted_regex", text: "^(conflict|plain)" }, "secret"],
];
for (const [name, selector, key] of selectors) {
  Deno.test(`merge: a conflict stays encrypted where the selector takes ${name}`, async () => {
    const base = await encrypted(`${key}: one\nplain: x\n`, { selector });
    const merged = await merge(
      base,
      await changed(base, set([key], "mine hidden")),
      await changed(base, set([key], "yours hidden")),
    );
    assert.doesNotMatch(merged.text, /hidden/);
    assert.match(await decrypted(merged.text), /mine hidden[^]*yours hidden/);
  });
}

Deno.test("merge: what would become readable is refused", async () => {
  // The longer names of a conflict are not what this selector takes.
  const selector: Selector = { rule: "encrypted_regex", text: "^SECRET$" };
  const base = await encrypted("SECRET=one\nPLAIN=x\n", { format: "dotenv", selector });
  await assert.rejects(
    merge(
      base,
      await changed(base, set(["SECRET"], "mine"), "dotenv"),
      await changed(base, set(["SECRET"], "yours"), "dotenv"),
      { format: "dotenv" },
    ),
    (error) => error instanceof MergeError && error.reason === "readable",
  );
});

Deno.test("merge: the selector of the side that changed it; two changes are refused", async () => {
  const plain = "secret: one\nplain: x\n";
  const base = await encrypted(plain);
  const ours = await changed(base, set(["secret"], "two"));
  const narrow = await encrypted(plain, {
    selector: { rule: "encrypted_regex", text: "^secret$" },
  });
  const merged = await merge(base, ours, narrow);
  assert.match(merged.text, /^plain: x$/m);
  assert.match(merged.text, /encrypted_regex: \^secret\$/);
  assert.equal(await decrypted(merged.text), "secret: two\nplain: x\n");
  const other = await encrypted(plain, { selector: { rule: "encrypted_suffix", text: "secret" } });
  await assert.rejects(merge(base, narrow, other), MergeError);
});

// Edits of keys that are there or are not, on each side of a file, with its order and its types.
const value = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }).filter((each) => !each.includes("\0"))
    .map((each) => new Scalar("str", each)),
  fc.integer().map((each) => new Scalar("int", String(each))),
  fc.boolean().map((each) => new Scalar("bool", each ? "True" : "False")),
);
const names = ["alpha", "beta", "gamma", "delta", "epsilon"];

Deno.test("merge: changes that keep apart, in encrypted files: what both say, ciphertext kept", async () => {
  const oneSide = fc.dictionary(fc.constantFrom(...names, "added"), value, { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(oneSide, oneSide, async (mine, yours) => {
      const apart = Object.fromEntries(
        Object.entries(yours).filter(([key]) => !(key in mine)),
      );
      const root: Tree = {
        documents: [{
          kind: "mapping",
          entries: names.map((key): Pair => ({ kind: "pair", key, value: new Scalar("str", key) })),
        }],
      };
      const document = await newDocument(root, "yaml", { recipients: [me] });
      const base = text(await document.seal({ now, random: randomBytes }));
      const apply = (edits: Record<string, Node>) => (open: OpenDocument) => {
        for (const [key, node] of Object.entries(edits)) {
          open.replaceTree({ documents: [withNode(open.tree.documents[0]!, [key], node, true)] });
        }
      };
      const [ours, theirs] = [await changed(base, apply(mine)), await changed(base, apply(apart))];
      const merged = await merge(base, ours, theirs);
      assert.equal(merged.conflicts.length, 0);
      const both = await changed(ours, apply(apart));
      assert.equal(await decrypted(merged.text), await decrypted(both));
      const [before, result] = [await ciphertexts(base), await ciphertexts(merged.text)];
      for (const name of names) {
        if (!(name in mine) && !(name in apart)) assert.equal(result.get(name), before.get(name));
      }
    }),
    { numRuns: 60 },
  );
});
