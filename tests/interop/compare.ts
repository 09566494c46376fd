import { randomBytes } from "../../src/platform/random.ts";
import { emitPlain, newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import type { Identity } from "../../src/sops/keys/identity.ts";
import { leavesOf, sameValues } from "../../src/sops/paths.ts";
import { type Path, Scalar, type Tree } from "../../src/sops/tree.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";
import type { SourceDocument } from "./documents.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const now = Temporal.Instant.from("2026-11-22T10:00:00Z");

export type Verdict = "same" | "refused" | "broken by sops";

/** Where sops and we differ. */
export class Difference extends Error {}

/**
 * Takes a document through both: each decrypts what the other encrypted, and changes it.
 *
 * @param place a folder of its own
 * @returns `refused` where neither of the two takes the document, `broken by sops` where sops does
 *   not read what it wrote itself, else `same`
 * @throws {Difference}
 */
export async function compare(
  { format, text }: SourceDocument,
  place: string,
  identities: readonly Identity[],
): Promise<Verdict> {
  const at = (name: string) => `${place}/${name}.${format}`;
  await Deno.writeTextFile(at("plain"), text);
  const bySops = await sops(place, ["encrypt", "--age", testRecipient, at("plain")]);
  const encrypted = await encryptedByUs({ format, text });
  if (bySops.code !== 0 || encrypted instanceof Error) {
    const message = encrypted instanceof Error ? encrypted.message : "takes it";
    same(encrypted instanceof Error, bySops.code !== 0, "whether we refuse the document", {
      sops: bySops.stderr,
      ours: message,
    });
    return "refused";
  }
  const { plain, byUs } = encrypted;

  // sops encrypts, we decrypt.
  await Deno.writeTextFile(at("sops"), bySops.stdout);
  const plainBySops = await sops(place, ["decrypt", at("sops")]);
  if (plainBySops.code !== 0) return "broken by sops";
  const opened = await open(bySops.stdout, format, identities);
  requireSameValues(opened.tree, plain, "what we decrypt, and what was encrypted");
  const emittedByUs = await emitted(opened.tree, format);
  if (masked(emittedByUs) !== masked(plainBySops.stdout)) {
    // Some strings are written by sops so that they read back as something else; ours do read back.
    const theirs = await plainParse(encoder.encode(plainBySops.stdout), format).catch(() => {});
    same(theirs !== undefined && equalValues(theirs, opened.tree), false, "sops's plaintext", {
      ours: emittedByUs,
      sops: plainBySops.stdout,
    });
    const again = await plainParse(encoder.encode(emittedByUs), format);
    requireSameValues(again, opened.tree, "our plaintext, read again");
    const values = await sops(place, ["decrypt", "--output-type", "json", at("sops")]);
    const read = await readBySops(place, emittedByUs, format);
    if (read !== "comments") same(read, values.stdout, "our plaintext, read by sops");
    return "broken by sops";
  }

  // We encrypt, sops decrypts.
  await Deno.writeTextFile(at("ours"), byUs);
  const plainOfOurs = await sops(place, ["decrypt", at("ours")]);
  same(plainOfOurs.code, 0, `sops decrypts what we encrypted: ${plainOfOurs.stderr}`);
  same(plainOfOurs.stdout, plainBySops.stdout, "plaintext of our file");

  // We set a leaf in sops's file.
  const path = someLeaf(opened.tree);
  const value = "changed: 'by' \"credsmith\" $x\né";
  opened.set(path, new Scalar("str", value), { replace: true });
  const changed = decoder.decode(await opened.seal({ now, random: randomBytes }));
  await Deno.writeTextFile(at("changed"), changed);
  const plainOfChanged = await sops(place, ["decrypt", at("changed")]);
  same(plainOfChanged.code, 0, `sops decrypts what we changed: ${plainOfChanged.stderr}`);
  const reread = await open(changed, format, identities);
  requireSameValues(reread.tree, opened.tree, "what we changed, read again");
  same(await emitted(reread.tree, format), plainOfChanged.stdout, "plaintext of what we changed");
  const before = await ciphertexts(bySops.stdout, format);
  const after = await ciphertexts(changed, format);
  for (const [name, { ciphertext }] of after) {
    if (name === `0 ${JSON.stringify(path)}`) continue;
    const known = before.get(name);
    // Equal values of one list have the same name for the cipher, and may take each other's text.
    const twins = [...before.values()].filter(({ key }) => key === known?.key);
    const kept = twins.some((twin) => twin.ciphertext === ciphertext);
    same(kept, true, `ciphertext of the unchanged leaf ${name} is kept`);
  }

  // sops sets a leaf in our file. It counts comments in lists, and "[" always begins an index.
  if (path.some((part) => typeof part === "number" || part.includes("["))) return "same";
  const index = path.map((part) => `["${part}"]`).join("");
  const set = await sops(place, ["set", at("ours"), index, JSON.stringify(value)]);
  same(set.code, 0, `sops sets a leaf in our file: ${set.stderr}`);
  const reopened = await open(await Deno.readTextFile(at("ours")), format, identities);
  requireSameValues(reopened.tree, opened.tree, "what sops set, and what we set");
  const plainOfSet = await sops(place, ["decrypt", at("ours")]);
  if (plainOfSet.code !== 0) return "broken by sops";
  same(await emitted(reopened.tree, format), plainOfSet.stdout, "plaintext of what sops set");
  return "same";
}

/**
 * The values of a plaintext as sops reads them, in JSON; nothing where it does not read it, and
 * `comments` where it encrypts it and then cannot decrypt what it made of its comments.
 */
async function readBySops(
  place: string,
  text: string,
  format: SourceDocument["format"],
): Promise<string | undefined> {
  await Deno.writeTextFile(`${place}/back.${format}`, text);
  const sealed = await sops(place, ["encrypt", "--age", testRecipient, `${place}/back.${format}`]);
  if (sealed.code !== 0) return undefined;
  await Deno.writeTextFile(`${place}/back.${format}`, sealed.stdout);
  const json = ["decrypt", "--output-type", "json", `${place}/back.${format}`];
  const { code, stdout } = await sops(place, json);
  return code === 0 ? stdout : "comments";
}

/** One of the leaves, always the same for the same tree; the way to a new one where there is none. */
function someLeaf(tree: Tree): Path {
  const [first] = tree.documents;
  const leaves = first ? [...leavesOf(first)].map(({ path }) => path) : [];
  const named = leaves.filter((path) => path.every((part) => part !== ""));
  return named[Math.floor(named.length / 2)] ?? ["made"];
}

/** The encrypted leaves by their place; `key` is what they have in common with their twins. */
async function ciphertexts(text: string, format: SourceDocument["format"]) {
  const { tree } = await parseDocument(encoder.encode(text), format);
  return new Map(
    tree.documents.flatMap((document, index) =>
      [...leavesOf(document)].map(({ path, value }) =>
        [`${index} ${JSON.stringify(path)}`, {
          key: JSON.stringify([index, ...path.filter((part) => typeof part === "string")]),
          ciphertext: value.reveal(),
        }] as const
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

async function encryptedByUs({ format, text }: SourceDocument) {
  try {
    const plain = await plainParse(encoder.encode(text), format);
    const fresh = await newDocument(plain, format, { recipients: [testRecipient] });
    return { plain, byUs: decoder.decode(await fresh.seal({ now, random: randomBytes })) };
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function requireSameValues(one: Tree, other: Tree, what: string): void {
  if (!equalValues(one, other)) throw new Difference(`${what}: the trees differ`);
}

function equalValues(one: Tree, other: Tree): boolean {
  return one.documents.length === other.documents.length &&
    one.documents.every((document, index) => sameValues(document, other.documents[index]!));
}

/**
 * A comment that moved to where it cannot be decrypted stays as it is, and is different each time.
 */
function masked(text: unknown): unknown {
  return typeof text === "string"
    ? text.replaceAll(/#ENC\[AES256_GCM,[^\]]*type:comment\]/g, "#ENC")
    : text;
}

function same(actual: unknown, expected: unknown, what: string, details?: unknown): void {
  if (masked(actual) === masked(expected)) return;
  const more = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  throw new Difference(
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}${more}`,
  );
}
