import assert from "node:assert/strict";
import fc from "fast-check";
import { emitPlain, plainParse } from "../../src/sops/document.ts";
import type { Selector } from "../../src/sops/selectors.ts";
import { peerTest } from "../support/peers.ts";
import { encrypted, testRecipient } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";
import { anyDocument, type SourceDocument } from "../interop/documents.ts";
import { type Leaf, leavesOfTree, plaintextLeaves, scan, type Scanned } from "./core/scan.ts";

const seed = Number(Deno.env.get("CREDSMITH_INTEROP_SEED") ?? 20261122);
const count = Number(Deno.env.get("CREDSMITH_SCAN_DOCUMENTS") ?? 400);

/** Profiles are looked for in those formats alone. */
const isScanned = (document: SourceDocument): document is SourceDocument & Scanned =>
  document.format === "yaml" || document.format === "json";

/** Secrets files as people have them; the scanner has to read every one of these. */
const secretsFile: fc.Arbitrary<Scanned> = fc.record({
  top: fc.subarray(["aws_access_key_id", "aws_secret_access_key", "aws_region", "github_token"]),
  bedrock: fc.subarray(["model_id", "small_model_id", "endpoint"]),
  profiles: fc.uniqueArray(
    fc.oneof(
      fc.constantFrom("default", "ci", "production", "2fa", "1a", "a-b", "0-0"),
      fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
    ).filter((name) => !/^(y|n|yes|no|on|off|null|true|false)$/.test(name)),
    { maxLength: 4 },
  ),
  value: fc.constantFrom("AKIAIOSFODNN7EXAMPLE", "''", '"it\'s: # \\" x"', "us-east-1", "x y"),
  comments: fc.boolean(),
  list: fc.boolean(),
  created: fc.constantFrom(undefined, "2026-11-22", '"2026-11-22T10:00:00Z"', "'it''s # new'"),
}).map(({ top, bedrock, profiles, value, comments, list, created }) => {
  const note = (text: string) => comments ? `# ${text}: it's "one"\n` : "";
  const beside = comments ? " # beside" : "";
  const lines = [
    note("head"),
    ...top.map((key) => `${key}: ${value}${beside}\n`),
    bedrock.length ? `bedrock:\n${bedrock.map((key) => `  ${key}: ${value}\n`).join("")}` : "",
    created ? `lifecycle_unencrypted:\n  default:\n    created: ${created}${beside}\n` : "",
    list ? "notes:\n  - one\n  - two: x\n    three: y\n  - - four\n" : "",
    list ? "text_unencrypted: |\n  aws_region: x\n\n  sops:\n    y\n" : "",
    profiles.length ? "profiles:\n" : "",
    ...profiles.map((name) => `  ${name}:\n${note("who")}    region: ${value}${beside}\n`),
  ].join("");
  return { format: "yaml" as const, text: lines.trim() === "" ? "a: x\n" : lines };
});

const selectors = [
  [],
  [],
  [],
  ["--unencrypted-suffix", "_plain"],
  ["--encrypted-suffix", "_key"],
  ["--encrypted-regex", "^(aws_secret_access_key|secret_access_key|a)$"],
  ["--unencrypted-regex", "region"],
];

/** A document as sops writes it, in one of its indentations. */
async function bySops(
  { format, text }: Scanned,
  index: number,
  folder: string,
): Promise<Scanned | undefined> {
  const file = `${folder}/${index}.${format}`;
  await Deno.writeTextFile(file, text);
  const indent = format === "yaml" ? ["--indent", String([4, 2, 4, 3][index % 4])] : [];
  const selector = selectors[index % selectors.length]!;
  const { code, stdout } = await new Deno.Command("sops", {
    args: [...indent, "encrypt", "--age", testRecipient, ...selector, file],
    cwd: folder,
    env: { HOME: folder },
    stderr: "null",
  }).output();
  return code === 0 ? { format, text: new TextDecoder().decode(stdout) } : undefined;
}

async function byUs({ format, text }: Scanned): Promise<Scanned | undefined> {
  try {
    return { format, text: await encrypted(text, { format }) };
  } catch {
    return undefined;
  }
}

/** Each document as sops and as we write it, where they take it. */
async function written(documents: readonly Scanned[]): Promise<Scanned[]> {
  const found: (Scanned | undefined)[] = [];
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-scan-" });
  await twoAtATime([...documents.entries()], async ([index, document]) => {
    found[2 * index] = await bySops(document, index, folder);
  });
  await Deno.remove(folder, { recursive: true });
  for (const [index, document] of documents.entries()) found[2 * index + 1] = await byUs(document);
  const taken = found.filter((text) => text !== undefined);
  assert.ok(taken.length > 1.5 * documents.length, "both take most documents");
  return taken;
}

/**
 * In an order and with values that both sides can have. The scanner leaves out values that are long
 * or have escapes, does not look into a block of text, and is not sure of the type of a few words.
 */
function comparable(leaves: readonly Leaf[], scanned: readonly Leaf[]): string[] {
  const known = new Map(scanned.map((leaf) => [JSON.stringify(leaf.path), leaf]));
  return leaves.map(({ path, type, encrypted, value, clear }) => {
    const found = known.get(JSON.stringify(path));
    const untold = !encrypted && found?.encrypted === false && found.value === null;
    const unsure = !encrypted && found?.type === "unsure" || type === "empty" && untold;
    return JSON.stringify([
      path,
      unsure ? found?.type : type,
      encrypted,
      // Items in other styles than SOPS's are not looked into.
      found?.clear === true && clear === true,
      type !== "str" || unsure || untold ? null : value,
    ]);
  }).sort();
}

const changedText = `aws_access_key_id: AKIAIOSFODNN7EXAMPLE # beside
aws_region: us-east-1
bedrock:
  # above
  model_id: x
list:
  - a
  - b: c
lifecycle_unencrypted:
  note: |
    aws_region: x
  quoted: "it's # one"
  single: 'it''s: two'
profiles:
  ci:
    region: eu-west-1
  production:
    access_key_id: AKIAIOSFODNN7EXAMPLE
`;

/** A place in the part of a text that is no metadata, and what is done there. */
function change(text: string) {
  const end = text.indexOf("\nsops:");
  const lines = [...text.slice(0, end).matchAll(/^ */gm)].map(({ index, 0: spaces }) =>
    fc.constantFrom(index, index + spaces.length)
  );
  const names = [...text.slice(0, end).matchAll(/: ?|ENC\[|\]$|["'#|-]/gm)].map(({ index }) =>
    fc.constantFrom(index, index + 1)
  );
  return fc.record({
    at: fc.oneof(fc.oneof(...lines), fc.oneof(...names), fc.nat(end)),
    remove: fc.constantFrom(0, 0, 0, 1, 2, 4),
    insert: fc.constantFrom(
      ...["", " ", "  ", "    ", "\n", "\n  ", "\t", "\r", "\r\n", "\u2028", "#", " #", ": ", ":"],
      ...[
        "- ",
        "-",
        "? ",
        '"',
        "'",
        "|",
        "|\n",
        ">-",
        "&a ",
        "*a",
        "!!str ",
        "{",
        "}",
        "[",
        "]",
        ",",
      ],
      ...[
        "<<: ",
        "~",
        "null",
        "1",
        "1: x\n",
        "true: ",
        "a: b\n",
        "sops:\n",
        "---\n",
        "...\n",
        "\\",
      ],
      ...["aws_region: x\n", "bedrock:\n", "x".repeat(220), '"a": b\n', "'a': b\n", "ENC[", "%"],
    ),
  });
}

const selectorCases = ([
  ["unencrypted_suffix", "_unencrypted"],
  ["encrypted_suffix", "_key"],
  ["encrypted_regex", "^(aws_region|profiles)$"],
  ["encrypted_regex", "^aws_region$"],
  ["encrypted_regex", "^(model|list)"],
  ["encrypted_regex", "region"],
  ["encrypted_regex", "ci|prod"],
  ["unencrypted_regex", "^bedrock$"],
  ["unencrypted_regex", "(id|note)$"],
] as const).map(([rule, text]): Selector => ({ rule, text }));

peerTest(["nix"], "plaintext is noticed where the file's selector wants none", async () => {
  const tree = await plainParse(new TextEncoder().encode(changedText), "yaml");
  const plain = new TextDecoder().decode(await emitPlain(tree, "yaml"));
  const text = await encrypted(changedText);
  const metadata = text.slice(text.search(/^sops:/m));
  const texts = selectorCases.map(({ rule, text }) => ({
    format: "yaml" as const,
    text: plain + metadata.replace(/unencrypted_suffix: .*/, `${rule}: ${JSON.stringify(text)}`),
  }));
  const findings = await scan(texts);
  for (const [index, selector] of selectorCases.entries()) {
    const finding = findings[index]!;
    assert.ok(!("problem" in finding));
    const leaves = await leavesOfTree(texts[index]!);
    assert.deepEqual(
      finding.plaintext.map((path) => JSON.stringify(path)).sort(),
      (await plaintextLeaves(leaves!, selector)).sort(),
      JSON.stringify(selector),
    );
  }
});

/** What is wrong with the scanner's answers: leaves that are others than the program's. */
async function wrong(texts: readonly Scanned[]) {
  const findings = await scan(texts);
  const content = ({ text, format }: Scanned) =>
    format === "yaml" ? text.replace(/^sops:[^]*/m, "") : text;
  const differences: string[] = [];
  const unread: string[] = [];
  for (const [index, finding] of findings.entries()) {
    const text = texts[index]!;
    if ("problem" in finding) {
      unread.push(`${finding.problem}\n${content(text)}`);
      continue;
    }
    const expected = await leavesOfTree(text).catch((error: Error) => error);
    // Some blocks of text are written by sops so that nobody reads them again.
    if (expected instanceof Error) continue;
    if (expected === undefined) {
      differences.push(`the program has more than\n${content(text)}`);
      continue;
    }
    const ours = comparable(finding.leaves, finding.leaves);
    const theirs = comparable(expected, finding.leaves);
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      differences.push(
        `${ours.join("\n")}\n--- is not\n${theirs.join("\n")}\n--- in\n${content(text)}`,
      );
    }
  }
  return { differences: differences.slice(0, 3), unread };
}

peerTest(["nix", "sops"], `the names in ${count} secrets files are found in Nix`, async () => {
  const texts = await written(fc.sample(secretsFile, { numRuns: count / 4, seed }));
  const { differences, unread } = await wrong(texts);
  assert.deepEqual(differences, []);
  assert.deepEqual(unread, []);
});

peerTest(["nix"], "what was changed by hand has the program's names, or none", async () => {
  const text = await encrypted(changedText);
  const changed = fc.sample(fc.array(change(text), { minLength: 1, maxLength: 2 }), {
    numRuns: 4 * count,
    seed,
  }).map((changes) => ({
    format: "yaml" as const,
    text: changes.reduce(
      (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
      text,
    ),
  }));
  const { differences, unread } = await wrong(changed);
  console.log(`  seed ${seed}: ${changed.length} files, ${unread.length} not read`);
  assert.deepEqual(differences, []);
});

peerTest(["nix", "sops"], "in any document the names are the program's, or none", async () => {
  const documents = anyDocument.filter(isScanned);
  const texts = await written(fc.sample(documents, { numRuns: count, seed }));
  const { differences, unread } = await wrong(texts);
  console.log(`  seed ${seed}: ${texts.length} files, ${unread.length} not read`);
  assert.deepEqual(differences, []);
  assert.ok(unread.length < texts.length / 2, "the scanner reads most of them");
});

const value = "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]";
const metadata = "sops:\n    mac: x\n";

/** Texts that nobody writes with SOPS, and what is found in them: names, or a part of the problem. */
const hostile: Readonly<Record<string, readonly [text: string, found: string | string[]]>> = {
  "a tab before a key": [`a:\n\tb: ${value}\n${metadata}`, "has no key that can be read for sure"],
  "a million spaces behind a value": [
    `a: ${value}${" ".repeat(1e6)}\n${metadata}`,
    "begins like an encrypted value and does not end like one",
  ],
  "many spaces behind a text": [`a: x${" ".repeat(1e5)}\n${metadata}`, ["a"]],
  "3 MB in one value": [
    `a: ${value.replace("AA", "A".repeat(3e6))}\n${metadata}`,
    ["a"],
  ],
  "5,000 values": [
    Array.from({ length: 5000 }, (_, index) => `k${index}: ${value}\n`).join("") + metadata,
    Array.from({ length: 5000 }, (_, index) => `k${index}`),
  ],
  "names of an object's properties": [
    `__proto__: ${value}\nconstructor:\n    toString: ${value}\n${metadata}`,
    ["__proto__", "constructor/toString"],
  ],
  "metadata in a block of text": [
    `a: |\n    sops:\n        mac: x\nb: ${value}\n${metadata}`,
    ["a", "b"],
  ],
  "another document": [`a: ${value}\n${metadata}---\nb: c\n`, "begins another document"],
  "an anchor": [`a: &x ${value}\nb: *x\n${metadata}`, "has a value in a style"],
};

peerTest(["nix"], "what is hostile invents no name and does not overflow", async () => {
  const texts = Object.values(hostile).map(([text]) => ({ format: "yaml" as const, text }));
  const findings = await scan(texts);
  for (const [index, [name, [, expected]]] of Object.entries(hostile).entries()) {
    const finding = findings[index]!;
    if (typeof expected !== "string") {
      assert.ok(!("problem" in finding), name);
      assert.deepEqual(finding.leaves.map(({ path }) => path.join("/")), expected, name);
    } else assert.ok("problem" in finding && finding.problem.includes(expected), name);
  }
});

peerTest(["nix"], "plaintext is noticed in lists, and where a selector is empty", async () => {
  const noted: Readonly<Record<string, readonly string[]>> = {
    [`a:\n    - ${value}\n    - plain\n${metadata}`]: ["a"],
    [`a:\n- plain\n- ${value}\n${metadata}`]: ["a"],
    [`a:\n    - ""\n    - null\n    - ${value} # x\n    - b_unencrypted: x\n${metadata}`]: [],
    [`a_unencrypted:\n    - plain\n${metadata}`]: [],
    [`a: plain\n${metadata}    unencrypted_suffix: ""\n`]: ["a"],
    [JSON.stringify({ a: [value, "plain"], b: [""], c: "x", sops: { encrypted_regex: "" } })]: [
      "a",
      "c",
    ],
    [JSON.stringify({ a: "plain", b: [5], sops: { encrypted_regex: 5 } })]: [],
  };
  const findings = await scan(
    Object.keys(noted).map((text) => ({ format: text.startsWith("{") ? "json" : "yaml", text })),
  );
  for (const [index, [text, expected]] of Object.entries(noted).entries()) {
    const finding = findings[index]!;
    assert.ok(!("problem" in finding), text);
    assert.deepEqual(finding.plaintext.map((path) => path.join("/")), expected, text);
  }
});
