import { parseDocument } from "../../../src/sops/document.ts";
import { compileSelector, Level, type Selector } from "../../../src/sops/selectors.ts";
import type { Comment, Node, Pair } from "../../../src/sops/tree.ts";
import { isCredentialPath } from "../../../src/store/credential_leaves.ts";
import { evalJson } from "../../support/nix.ts";

/** A text as it stands in a file. */
export interface Scanned {
  readonly format: "yaml" | "json";
  readonly text: string;
}

/** A leaf as modules/lib/discover.nix describes it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly type: string;
  readonly encrypted: boolean;
  readonly value: string | null;
  /** Of a list: whether there is a value in plaintext in it. */
  readonly clear?: boolean;
}

export type Finding =
  | { readonly problem: string }
  | {
    readonly leaves: readonly Leaf[];
    readonly hasMetadata: boolean;
    readonly plaintext: readonly (readonly string[])[];
  };

/** What the scanner of the Nix modules makes of each text, in one process. */
export async function scan(texts: readonly Scanned[]): Promise<Finding[]> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(texts));
    return await evalJson<Finding[]>("tests/nix/core/discover.nix", { strings: { cases: file } });
  } finally {
    await Deno.remove(file);
  }
}

/**
 * The same, from the tree that the program reads.
 *
 * @returns nothing where there is more than the scanner has words for: other documents, keys that
 *   are no strings
 */
export async function leavesOfTree({ format, text }: Scanned): Promise<Leaf[] | undefined> {
  const { tree } = await parseDocument(new TextEncoder().encode(text), format);
  const [document, ...more] = tree.documents;
  if (!document || more.length > 0) return undefined;
  const leaves: Leaf[] = [];
  const visit = (node: Node, path: readonly string[]): boolean => {
    const leaf = (type: string, encrypted = false, value: string | null = null) => {
      leaves.push({ path, type, encrypted, value });
      return true;
    };
    if (node.kind === "null") return leaf("null");
    if (node.kind === "sequence") {
      leaf("list");
      if (node.items.some(isClear)) leaves.push({ ...leaves.pop()!, clear: true });
      return true;
    }
    if (node.kind === "scalar") {
      const value = node.reveal();
      if (node.type !== "str") return leaf(node.type);
      if (value === "") return leaf("empty", false, "");
      const type = /^ENC\[AES256_GCM,data:.*,type:([a-z]+)\]$/.exec(value)?.[1];
      return type ? leaf(type, true) : leaf("str", false, value);
    }
    const pairs = node.entries.filter((entry): entry is Pair => entry.kind === "pair");
    if (pairs.length === 0 && path.length > 0) return leaf("mapping");
    return pairs.every(({ key, keyType, value }) =>
      keyType === undefined && visit(value, [...path, key])
    );
  };
  return visit(document, []) ? leaves : undefined;
}

/** Whether an item of a list is a value in plaintext. */
function isClear(item: Node | Comment): boolean {
  if (item.kind !== "scalar") return false;
  const value = item.reveal();
  return value !== "" && !value.startsWith("ENC[AES256_GCM,");
}

/** Leaves in plaintext that the selector wants encrypted, or that are credentials. */
export async function plaintextLeaves(
  leaves: readonly Leaf[],
  selector: Selector,
): Promise<string[]> {
  const selection = await compileSelector(selector);
  return leaves
    .filter(({ encrypted, type, clear }) =>
      !encrypted && (clear || !["null", "empty", "list", "mapping"].includes(type))
    )
    .filter(({ path }) =>
      isCredentialPath(path) ||
      path.reduce((level, key) => level.enter(key), new Level(selection)).encrypts
    )
    .map(({ path }) => JSON.stringify(path));
}
