import assert from "node:assert/strict";
import fc from "fast-check";
import { emitPlain, newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import { type Identity, parseIdentities } from "../../src/sops/keys/identity.ts";
import { leavesOf, sameNode } from "../../src/sops/paths.ts";
import { type Path, Scalar, type Tree } from "../../src/sops/tree.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";
import { anyDocument, type SourceDocument } from "./documents.ts";
import { regressions } from "./regressions.ts";

/** How many random documents are compared; sops is started five times for each. */
const count = Number(Deno.env.get("CREDSMITH_INTEROP_DOCUMENTS") ?? 500);
const seed = Number(Deno.env.get("CREDSMITH_INTEROP_SEED") ?? 20261122);

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const now = Temporal.Instant.from("2026-11-22T10:00:00Z");

peerTest(["sops"], `${count} documents are the same to sops and to us`, async () => {
  const documents = fc.sample(anyDocument, { numRuns: count, seed });
  const { compared, refused, differences } = await compareAll(documents);
  console.log(`  compared ${compared}, refused by both ${refused}, seed ${seed}`);
  assert.deepEqual(differences, []);
  assert.ok(compared >= count * 0.9, "the generator makes documents that sops takes");
});

peerTest(["sops"], "documents that once differed are the same to sops and to us", async () => {
  const { differences } = await compareAll(regressions);
  assert.deepEqual(differences, []);
});

interface Comparison {
  compared: number;
  /** Neither sops nor we take them. */
  refused: number;
  differences: string[];
}

async function compareAll(documents: readonly SourceDocument[]): Promise<Comparison> {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-interop-" });
  const result: Comparison = { compared: 0, refused: 0, differences: [] };
  const identities = parseIdentities(testIdentity, "test");
  try {
    await twoAtATime([...documents.entries()], async ([index, source]) => {
      const place = `${folder}/${index}`;
      await Deno.mkdir(place);
      try {
        const taken = await compare(source, place, identities);
        result[taken ? "compared" : "refused"]++;
      } catch (error) {
        const reason = error instanceof Difference ? error.message : `${error}`;
        result.differences.push(`${reason}\n--- ${source.format}\n${source.text}`);
      }
      await Deno.remove(place, { recursive: true });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return result;
}

class Difference extends Error {}

/** @returns false where neither of the two takes the document */
async function compare(
  { format, text }: SourceDocument,
  place: string,
  identities: readonly Identity[],
): Promise<boolean> {
  const at = (name: string) => `${place}/${name}.${format}`;
  await Deno.writeTextFile(at("plain"), text);
  const bySops = await sops(place, ["encrypt", "--age", testRecipient, at("plain")]);
  const plain = await ours(() => plainParse(encoder.encode(text), format));
  if (bySops.code !== 0 || plain instanceof Error) {
    same(bySops.code !== 0, plain instanceof Error, "which of the two takes the document", {
      sops: bySops.stderr,
      ours: plain instanceof Error ? plain.message : "took it",
    });
    return false;
  }

  // sops encrypts, we decrypt.
  await Deno.writeTextFile(at("sops"), bySops.stdout);
  const plainBySops = await sops(place, ["decrypt", at("sops")]);
  same(plainBySops.code, 0, `sops decrypts what it encrypted: ${plainBySops.stderr}`);
  const opened = await open(bySops.stdout, format, identities);
  sameTree(opened.tree, plain, "what we decrypt, and what was encrypted");
  same(await emitted(opened.tree, format), plainBySops.stdout, "plaintext of sops's file");

  // We encrypt, sops decrypts.
  const fresh = await newDocument(plain, format, { recipients: [testRecipient] });
  const byUs = decoder.decode(await fresh.seal({ now }));
  await Deno.writeTextFile(at("ours"), byUs);
  const plainOfOurs = await sops(place, ["decrypt", at("ours")]);
  same(plainOfOurs.code, 0, `sops decrypts what we encrypted: ${plainOfOurs.stderr}`);
  same(plainOfOurs.stdout, plainBySops.stdout, "plaintext of our file");

  // We set a leaf in sops's file.
  const path = someLeaf(opened.tree);
  const value = "changed: 'by' \"credsmith\" $x\né";
  opened.set(path, new Scalar("str", value), { replace: true });
  const changed = decoder.decode(await opened.seal({ now }));
  await Deno.writeTextFile(at("changed"), changed);
  const plainOfChanged = await sops(place, ["decrypt", at("changed")]);
  same(plainOfChanged.code, 0, `sops decrypts what we changed: ${plainOfChanged.stderr}`);
  same(plainOfChanged.stdout, await emitted(opened.tree, format), "plaintext of what we changed");
  const before = await ciphertexts(bySops.stdout, format);
  const after = await ciphertexts(changed, format);
  for (const [name, ciphertext] of before) {
    if (name === `0 ${JSON.stringify(path)}`) continue;
    same(after.get(name), ciphertext, `ciphertext of the unchanged leaf ${name}`);
  }

  // sops sets a leaf in our file.
  const index = path.map((part) => typeof part === "number" ? `[${part}]` : `["${part}"]`).join("");
  if (path.some((part) => typeof part === "string" && part.includes("["))) return true;
  const set = await sops(place, ["set", at("ours"), index, JSON.stringify(value)]);
  same(set.code, 0, `sops sets a leaf in our file: ${set.stderr}`);
  const reopened = await open(await Deno.readTextFile(at("ours")), format, identities);
  sameTree(reopened.tree, opened.tree, "what sops set, and what we set");
  return true;
}

/** One of the leaves, always the same for the same tree; the way to a new one where there is none. */
function someLeaf(tree: Tree): Path {
  const [first] = tree.documents;
  const leaves = first ? [...leavesOf(first)].map(({ path }) => path) : [];
  const named = leaves.filter((path) => path.every((part) => part !== ""));
  return named[Math.floor(named.length / 2)] ?? ["made"];
}

async function ciphertexts(text: string, format: SourceDocument["format"]) {
  const { tree } = await parseDocument(encoder.encode(text), format);
  return new Map(
    tree.documents.flatMap((document, index) =>
      [...leavesOf(document)].map(({ path, value }) =>
        [`${index} ${JSON.stringify(path)}`, value.reveal()] as const
      )
    ),
  );
}

async function open(
  text: string,
  format: SourceDocument["format"],
  identities: readonly Identity[],
) {
  return await (await parseDocument(encoder.encode(text), format)).open(identities);
}

async function emitted(tree: Tree, format: SourceDocument["format"]): Promise<string> {
  return decoder.decode(await emitPlain(tree, format));
}

async function sops(cwd: string, args: readonly string[]) {
  const child = new Deno.Command("sops", {
    args: [...args],
    cwd,
    env: { SOPS_AGE_KEY: testIdentity, HOME: cwd, PATH: Deno.env.get("PATH") ?? "" },
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function ours<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function sameTree(one: Tree, other: Tree, what: string): void {
  const equal = one.documents.length === other.documents.length &&
    one.documents.every((document, index) => sameNode(document, other.documents[index]!));
  if (!equal) throw new Difference(`${what}: the trees differ`);
}

function same(actual: unknown, expected: unknown, what: string, details?: unknown): void {
  if (actual === expected) return;
  const more = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  throw new Difference(
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}${more}`,
  );
}
