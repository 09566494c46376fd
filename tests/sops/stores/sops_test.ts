import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonStore } from "../../../src/sops/stores/json.ts";
import { storeFor } from "../../../src/sops/stores/mod.ts";
import type { Mapping, Store, Tree } from "../../../src/sops/tree.ts";
import { temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { handWritten, trees } from "./documents.ts";
import { mappingOf } from "./plain.ts";

const yamlStore = await storeFor("yaml");
const utf8 = new TextEncoder();
const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const seed = 20261122;

/**
 * Runs a plaintext through sops with nothing selected for encryption, so that what comes out is
 * what its stores make of it: comments in lists and behind values too.
 */
async function throughSops(store: Store, plaintext: string) {
  await using home = await temporaryHome({ [`in.${store.format}`]: plaintext });
  await home.program("age-keygen", ["-o", "keys.txt"]);
  const recipient = /age1\w+/.exec(await home.read("keys.txt"))?.[0] ?? "";
  const env = { SOPS_AGE_KEY_FILE: `${home.path}/keys.txt` };
  const sops = async (...args: string[]) => {
    const result = await home.program("sops", args, { env });
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
  };
  const sealed = await sops(
    ...["encrypt", "--age", recipient, "--encrypted-regex", "^nothing at all$"],
    `in.${store.format}`,
  );
  await home.write(`sealed.${store.format}`, sealed);
  return { sealed, opened: await sops("decrypt", `sealed.${store.format}`) };
}

async function compare(store: Store, plaintext: string, tree: Tree): Promise<void> {
  const { sealed, opened } = await throughSops(store, plaintext);
  const read = store.parse(utf8.encode(sealed));
  assert.ok(read.metadata);
  same(text(store.emit(tree, read.metadata)), sealed);
  // Some comments move when sops reads what it wrote itself, so this is compared with what it
  // reads, and not with the file.
  same(text(store.emit(read.tree)), opened);
}

/** Points at the first document that differs, rather than printing hundreds. */
function same(actual: string, expected: string): void {
  if (actual === expected) return;
  const theirs = expected.split("\n---\n");
  const ours = actual.split("\n---\n");
  const at = theirs.findIndex((document, index) => document !== ours[index]);
  assert.equal(ours[at], theirs[at], `document ${at}`);
  assert.equal(ours.length, theirs.length);
}

peerTest(
  ["sops", "age-keygen"],
  "YAML: 300 random trees are written as sops writes them",
  async () => {
    const documents = fc.sample(trees, { seed, numRuns: 300 }).map(mappingOf);
    const tree: Tree = { documents };
    await compare(yamlStore, text(yamlStore.emit(tree)), tree);
  },
);

peerTest(
  ["sops", "age-keygen"],
  "YAML: 400 hand-written documents are read as sops reads them",
  async () => {
    const random = fc.sample(fc.array(fc.nat(), { minLength: 400, maxLength: 400 }), {
      seed,
      numRuns: 1,
    });
    const texts = (random[0] ?? []).map((start) => {
      let state = start;
      return handWritten((below) => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return (state >>> 8) % below;
      });
    });
    const file = texts.join("---\n");
    await compare(yamlStore, file, yamlStore.parse(utf8.encode(file)).tree);
  },
);

peerTest(
  ["sops", "age-keygen"],
  "JSON: 200 random trees are written as sops writes them",
  async () => {
    const documents = fc.sample(trees, { seed, numRuns: 200 });
    const entries: Mapping["entries"] = documents.map((document, at) => ({
      kind: "pair",
      key: String(at),
      value: mappingOf(document),
    }));
    const tree: Tree = { documents: [{ kind: "mapping", entries }] };
    const plaintext = text(jsonStore.emit(tree));
    await compare(jsonStore, plaintext, jsonStore.parse(utf8.encode(plaintext)).tree);
  },
);
