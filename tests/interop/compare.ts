import { setAt } from "../../src/cli/sops/tree_path.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { emitPlain, newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import type { Identity } from "../../src/sops/keys/identity.ts";
import { leavesOf, sameLeaves, sameValues } from "../../src/sops/paths.ts";
import { parseRules, ruleFor } from "../../src/sops/rules.ts";
import { decodeAny, encodeAny } from "../../src/sops/stores/flat/text.ts";
import {
  type Format,
  FormatError,
  type Layout,
  type Node,
  type Path,
  Scalar,
  type Tree,
  UnholdableError,
} from "../../src/sops/tree.ts";
import { testIdentity } from "../support/sops_file.ts";
import type { SourceDocument } from "./documents.ts";
import { rulesText } from "./options.ts";

const now = Temporal.Instant.from("2026-11-22T10:00:00Z");

/**
 * `refused`: neither takes the document. `refused by us`: sops would lose a part of it.
 * `broken by sops`: sops does not read what it wrote itself, or ends in a panic.
 */
export type Verdict = "same" | "refused" | "refused by us" | "broken by sops";

/** Where sops and we differ. */
export class Difference extends Error {}

const extensions = {
  yaml: "yaml",
  json: "json",
  dotenv: "env",
  ini: "ini",
  binary: "bin",
} as const;

/**
 * Takes a document through both: each decrypts what the other encrypted, and changes it.
 *
 * @param place a folder of its own
 * @param options `thorough`: without it sops neither decrypts our file before it changes it, nor
 *   rotates one, which is five processes instead of seven
 * @throws {Difference}
 */
export async function compare(
  source: SourceDocument,
  place: string,
  identities: readonly Identity[],
  { thorough = true }: { readonly thorough?: boolean } = {},
): Promise<Verdict> {
  const { format, text } = source;
  const rules = rulesText(format, source.options);
  const at = (name: string) => `${place}/${name}.${extensions[format]}`;
  const program = (...args: string[]) => sops(place, ["--config", "rules.json", ...args]);
  await Deno.writeTextFile(`${place}/rules.json`, rules);
  await Deno.writeFile(at("plain"), encodeAny(text));
  const bySops = await program("encrypt", at("plain"));
  const encrypted = await encryptedByUs(format, text, rules);
  if (bySops.code !== 0 || encrypted instanceof Error) {
    if (panicked(bySops)) return "broken by sops";
    const message = encrypted instanceof Error ? encrypted.message : "takes it";
    if (bySops.code === 0 && isOnPurpose(encrypted)) return "refused by us";
    same(encrypted instanceof Error, bySops.code !== 0, "whether we refuse the document", {
      sops: bySops.stderr,
      ours: message,
    });
    return "refused";
  }
  const { plain, byUs, layout } = encrypted;

  // sops encrypts, we decrypt.
  await Deno.writeFile(at("sops"), encodeAny(bySops.stdout));
  const plainBySops = await program("decrypt", at("sops"));
  if (plainBySops.code !== 0) {
    const ours = await open(byUs, format, identities);
    requireSameValues(ours.tree, plain, "what we decrypt, and what was encrypted by us");
    return "broken by sops";
  }
  let opened;
  try {
    opened = await open(bySops.stdout, format, identities);
  } catch (error) {
    // What sops made a comment of may be no UTF-8.
    if (isOnPurpose(error)) return "broken by sops";
    throw error;
  }
  if (!equalValues(opened.tree, plain)) {
    // Both read sops's file as something else than it was made of, but ours as what it is.
    const theirs = await plainParse(encodeAny(plainBySops.stdout), format);
    requireSameValues(opened.tree, theirs, "what both decrypt from sops's file");
    const ours = await open(byUs, format, identities);
    requireSameValues(ours.tree, plain, "what we decrypt, and what was encrypted by us");
    return "broken by sops";
  }
  const emittedByUs = await emitted(opened.tree, format, layout);
  if (masked(emittedByUs) !== masked(plainBySops.stdout)) {
    // Some strings are written by sops so that they read back as something else; ours do read back.
    const theirs = await plainParse(encodeAny(plainBySops.stdout), format).catch(() => {});
    same(theirs !== undefined && equalValues(theirs, opened.tree), false, "sops's plaintext", {
      ours: emittedByUs,
      sops: plainBySops.stdout,
    });
    const again = await plainParse(encodeAny(emittedByUs), format);
    requireSameValues(again, opened.tree, "our plaintext, read again");
    const values = await program("decrypt", "--output-type", "json", at("sops"));
    const read = await readBySops(place, emittedByUs, format);
    if (read !== "comments") same(read, values.stdout, "our plaintext, read by sops");
    return "broken by sops";
  }

  if (thorough) {
    await compareConverted(
      opened.tree,
      formats.filter((each) => each !== format),
      text.length,
      (type) => program("decrypt", "--output-type", type, at("sops")),
    );
  }

  // We encrypt, sops decrypts.
  await Deno.writeFile(at("ours"), encodeAny(byUs));
  if (thorough) {
    const plainOfOurs = await program("decrypt", at("ours"));
    same(plainOfOurs.code, 0, `sops decrypts what we encrypted: ${plainOfOurs.stderr}`);
    same(plainOfOurs.stdout, plainBySops.stdout, "plaintext of our file");
  }

  // We set a leaf in sops's file.
  const path = someLeaf(opened.tree, format);
  const value = "changed: 'by' \"credsmith\" $x\né";
  if (path.some((part) => typeof part === "number")) {
    opened.set(path, new Scalar("str", value), { replace: true });
  } else {
    // As sops does: where INI has a section twice, in the first one.
    const [first = { kind: "mapping", entries: [] }, ...more] = opened.tree.documents;
    const { root } = setAt(first, path, new Scalar("str", value));
    opened.replaceTree({ documents: [root, ...more] });
  }
  const seal = { now, random: randomBytes, allowNul: true, ...(layout ? { layout } : {}) };
  const changed = decodeAny(await opened.seal(seal));
  await Deno.writeFile(at("changed"), encodeAny(changed));
  const plainOfChanged = await program("decrypt", at("changed"));
  same(plainOfChanged.code, 0, `sops decrypts what we changed: ${plainOfChanged.stderr}`);
  const reread = await open(changed, format, identities);
  requireSameValues(reread.tree, opened.tree, "what we changed, read again");
  same(
    await emitted(reread.tree, format, layout),
    plainOfChanged.stdout,
    "plaintext of what we changed",
  );
  // Equal values of one list have the same name for the cipher, and may take each other's text.
  const before = await ciphertexts(bySops.stdout, format);
  const known = new Set(before.map(({ key, ciphertext }) => `${key} ${ciphertext}`));
  for (const { name, key, ciphertext } of await ciphertexts(changed, format)) {
    if (name === `0 ${JSON.stringify(path)}`) continue;
    const kept = known.has(`${key} ${ciphertext}`);
    same(kept, true, `ciphertext of the unchanged leaf ${name} is kept`);
  }

  // sops gives it a new data key, we decrypt.
  if (thorough) {
    const rotated = await program("rotate", at("changed"));
    same(rotated.code, 0, `sops rotates what we changed: ${rotated.stderr}`);
    const turned = await open(rotated.stdout, format, identities);
    requireSameValues(turned.tree, opened.tree, "what sops rotated");
  }

  // sops sets a leaf in our file. It counts comments in lists, and "[" always begins an index.
  if (path.some((part) => typeof part === "number" || part.includes("["))) return "same";
  const index = path.map((part) => `["${part}"]`).join("");
  const set = await program("set", at("ours"), index, JSON.stringify(value));
  same(set.code, 0, `sops sets a leaf in our file: ${set.stderr}`);
  const reopened = await open(decodeAny(await Deno.readFile(at("ours"))), format, identities);
  requireSameValues(reopened.tree, opened.tree, "what sops set, and what we set");
  const plainOfSet = await program("decrypt", at("ours"));
  if (plainOfSet.code !== 0) return "broken by sops";
  same(
    await emitted(reopened.tree, format, layout),
    plainOfSet.stdout,
    "plaintext of what sops set",
  );
  return "same";
}

const formats: readonly Format[] = ["yaml", "json", "dotenv", "ini", "binary"];

/**
 * Compares what both print in another format.
 *
 * @param choice which of them
 */
async function compareConverted(
  tree: Tree,
  others: readonly Format[],
  choice: number,
  decrypt: (type: Format) => Promise<{ code: number; stdout: string; stderr: string }>,
): Promise<void> {
  const type = others[choice % others.length]!;
  const theirs = await decrypt(type);
  // Here and there only the first document is printed.
  const some: Tree = type === "json" || type === "dotenv"
    ? { documents: tree.documents.slice(0, 1) }
    : tree;
  let ours: string;
  try {
    ours = await emitted(some, type, undefined);
  } catch (error) {
    if (!(error instanceof UnholdableError)) throw error;
    // sops prints something all the same for null, and for what it reads back as something else.
    if (theirs.code !== 0 || type === "json") return;
    const read = await plainParse(encodeAny(theirs.stdout), type).catch(() => undefined);
    const flat = type === "dotenv" || type === "ini";
    const lossy = read === undefined || !sameLeaves(read, some, flat) || hasNull(some);
    same(lossy, true, `whether we print it in ${type}`, { ours: error.message, theirs });
    return;
  }
  same(theirs.code, 0, `sops prints it in ${type}`, theirs);
  // Comments of INI keep the CR of their lines in sops's YAML.
  const printed = type === "yaml"
    ? theirs.stdout.replaceAll(/^(\s*#.*)\r$/gm, "$1")
    : theirs.stdout;
  if (masked(ours) === masked(printed)) return;
  const read = await plainParse(encodeAny(theirs.stdout), type).catch(() => undefined);
  const flat = type === "dotenv" || type === "ini";
  const misread = read === undefined || !sameLeaves(read, some, flat);
  same(misread, true, `whether sops's ${type} reads back otherwise`, { ours, sops: theirs.stdout });
}

function hasNull(tree: Tree): boolean {
  const has = (node: Node): boolean =>
    node.kind === "null" ||
    node.kind === "mapping" && node.entries.some((each) => each.kind === "pair" && has(each.value));
  return tree.documents.some(has);
}

/** A panic, or a comment at a key of several lines that begins with a tab, which go-yaml loses. */
const panicked = ({ stderr }: { readonly stderr: string }) =>
  /^panic: |^goroutine |cannot encode node with unknown kind/m.test(stderr);

/** What sops takes and loses a part of, or cannot open again. */
function isOnPurpose(refusal: unknown): boolean {
  return refusal instanceof UnholdableError ||
    refusal instanceof FormatError && refusal.format === "ini" &&
      /which SOPS|SOPS would drop|behind a closing quote|there already/.test(refusal.reason) ||
    refusal instanceof FormatError && /no UTF-8/.test(refusal.reason);
}

/**
 * The values of a plaintext as sops reads them, in JSON; nothing where it does not read it, and
 * `comments` where it encrypts it and then cannot decrypt what it made of its comments.
 */
async function readBySops(
  place: string,
  text: string,
  format: Format,
): Promise<string | undefined> {
  const file = `${place}/back.${extensions[format]}`;
  const program = (...args: string[]) => sops(place, ["--config", "rules.json", ...args, file]);
  await Deno.writeFile(file, encodeAny(text));
  const sealed = await program("encrypt");
  if (sealed.code !== 0) return undefined;
  await Deno.writeFile(file, encodeAny(sealed.stdout));
  const { code, stdout } = await program("decrypt", "--output-type", "json");
  return code === 0 ? stdout : "comments";
}

/** One of the leaves, always the same for the same tree; the way to a new one where there is none. */
function someLeaf(tree: Tree, format: Format): Path {
  const [first] = tree.documents;
  const leaves = first ? [...leavesOf(first)].map(({ path }) => path) : [];
  const named = leaves.filter((path) => path.every((part) => part !== ""));
  return named[Math.floor(named.length / 2)] ?? (format === "ini" ? ["made", "key"] : ["made"]);
}

/** The leaves of an encrypted file; `key` is what they have in common with their twins. */
async function ciphertexts(text: string, format: Format) {
  const { tree } = await parseDocument(encodeAny(text), format);
  return tree.documents.flatMap((document, index) =>
    [...leavesOf(document)].map(({ path, value }) => ({
      name: `${index} ${JSON.stringify(path)}`,
      key: JSON.stringify(path.filter((part) => typeof part === "string")),
      ciphertext: value.reveal(),
    }))
  );
}

async function open(text: string, format: Format, identities: readonly Identity[]) {
  return await (await parseDocument(encodeAny(text), format)).open(identities);
}

async function emitted(tree: Tree, format: Format, layout: Layout | undefined): Promise<string> {
  return decodeAny(await emitPlain(tree, format, layout));
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
  return { code, stdout: decodeAny(stdout), stderr: decodeAny(stderr) };
}

async function encryptedByUs(format: Format, text: string, rules: string) {
  try {
    const plain = await plainParse(encodeAny(text), format);
    const parsed = await parseRules(rules, "rules.json");
    const { recipients, selector, macOnlyEncrypted } = await ruleFor(parsed, "plain");
    const fresh = await newDocument(
      plain,
      format,
      format === "binary"
        ? { recipients, omitsSelector: true }
        : { recipients, selector, macOnlyEncrypted },
    );
    const layout = parsed.layouts[format];
    const seal = { now, random: randomBytes, allowNul: true, prove: true };
    const byUs = decodeAny(await fresh.seal({ ...seal, ...(layout ? { layout } : {}) }));
    return { plain, byUs, layout };
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
    ? text.replaceAll(/[#;] ?ENC\[AES256_GCM,[^\]]*type:comment\]/g, "#ENC")
    : text;
}

function same(actual: unknown, expected: unknown, what: string, details?: unknown): void {
  if (masked(actual) === masked(expected)) return;
  const more = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  throw new Difference(
    `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}${more}`,
  );
}
