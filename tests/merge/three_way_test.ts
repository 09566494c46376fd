import assert from "node:assert/strict";
import fc from "fast-check";
import { choiceWriter, conflictsIn, unmarkedPath } from "../../src/merge/conflicts.ts";
import { MergeError } from "../../src/merge/errors.ts";
import { mergeTrees } from "../../src/merge/three_way.ts";
import { emitPlain, plainParse } from "../../src/sops/document.ts";
import { leavesOf, sameLeaves, withNode, withoutNode } from "../../src/sops/paths.ts";
import {
  type Comment,
  type Format,
  type Mapping,
  type Node,
  type Pair,
  Scalar,
  type Tree,
} from "../../src/sops/tree.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function merged(
  format: Format,
  base: string | undefined,
  ours: string,
  theirs: string,
): Promise<{ text: string; conflicts: string[]; renamed: string[] }> {
  const read = (text: string) => plainParse(bytes(text), format);
  const result = mergeTrees(
    base === undefined ? undefined : await read(base),
    await read(ours),
    await read(theirs),
    choiceWriter(format),
  );
  return {
    text: new TextDecoder().decode(await emitPlain(result.tree, format)),
    conflicts: result.conflicts.map(({ path, happened }) => `${path.join("/")} ${happened}`),
    renamed: result.renamed.map(({ from, to, by }) => `${from.join("/")} ${to.join("/")} ${by}`),
  };
}

interface Case {
  readonly base?: string;
  readonly ours: string;
  readonly theirs: string;
  readonly text?: string;
  readonly conflicts?: readonly string[];
  readonly renamed?: readonly string[];
}

const yaml: Readonly<Record<string, Case>> = {
  "a key changed on each side": {
    base: "a: 1\nb: 2\n",
    ours: "a: 3\nb: 2\n",
    theirs: "a: 1\nb: 4\n",
    text: "a: 3\nb: 4\n",
  },
  "the same change on both sides": {
    base: "a: 1\nb: 2\n",
    ours: "a: 3\nb: 2\n",
    theirs: "a: 3\nb: 2\n",
    text: "a: 3\nb: 2\n",
  },
  "keys added at the end on both sides: ours first": {
    base: "a: 1\n",
    ours: "a: 1\nx: 1\n",
    theirs: "a: 1\nz: 2\n",
    text: "a: 1\nx: 1\nz: 2\n",
  },
  "keys added at the beginning and in the middle": {
    base: "a: 1\nb: 2\n",
    ours: "a: 1\nm: 0\nb: 2\n",
    theirs: "first: 0\na: 1\nb: 2\n",
    text: "first: 0\na: 1\nm: 0\nb: 2\n",
  },
  "one side put keys into another order": {
    base: "a: 1\nb: 2\nc: 3\n",
    ours: "a: 1\nb: 2\nc: 4\nd: 5\n",
    theirs: "c: 3\nb: 2\na: 1\n",
    text: "c: 4\nd: 5\nb: 2\na: 1\n",
  },
  "a key removed on one side, another changed on the other": {
    base: "a: 1\nb: 2\n",
    ours: "b: 2\n",
    theirs: "a: 1\nb: 3\n",
    text: "b: 3\n",
  },
  "a key removed on both": {
    base: "a: 1\nb: 2\n",
    ours: "b: 2\n",
    theirs: "b: 2\n",
    text: "b: 2\n",
  },
  "profiles added on both sides": {
    base: "profiles:\n    dev:\n        region: eu\n",
    ours: "profiles:\n    dev:\n        region: eu\n    ci:\n        region: us\n",
    theirs: "profiles:\n    dev:\n        region: eu\n    prod:\n        region: ap\n",
    text:
      "profiles:\n    dev:\n        region: eu\n    ci:\n        region: us\n    prod:\n        region: ap\n",
  },
  "a mapping that both sides added": {
    ours: "p:\n    a: 1\n    b: 2\n",
    theirs: "p:\n    a: 1\n    c: 3\n",
    text: "p:\n    a: 1\n    b: 2\n    c: 3\n",
  },
  "nothing in common, and the same key": {
    ours: "a: 1\n",
    theirs: "a: 2\n",
    conflicts: ["a changed by both"],
    text: '# CONFLICT: "a" was changed by both; keep one value under its own name, or none\n' +
      "a:\n    credsmith_conflict_ours: 1\n    credsmith_conflict_theirs: 2\n",
  },
  "a list changed on one side": {
    base: "l:\n    - 1\n    - 2\na: 1\n",
    ours: "l:\n    - 1\n    - 2\n    - 3\na: 1\n",
    theirs: "l:\n    - 1\n    - 2\na: 2\n",
    text: "l:\n    - 1\n    - 2\n    - 3\na: 2\n",
  },
  "a list is one value": {
    base: "l:\n    - 1\n",
    ours: "l:\n    - 1\n    - 2\n",
    theirs: "l:\n    - 1\n    - 3\n",
    conflicts: ["l changed by both"],
  },
  "a type changed on one side": {
    base: 'a: "1"\nb: 1\n',
    ours: "a: 1\nb: 1\n",
    theirs: 'a: "1"\nb: 2\n',
    text: "a: 1\nb: 2\n",
  },
  "a value became a mapping on one side, and was changed on the other": {
    base: "a: 1\n",
    ours: "a:\n    x: 1\n",
    theirs: "a: 2\n",
    conflicts: ["a changed by both"],
  },
  "null is a value": {
    base: "a: 1\nb: null\n",
    ours: "a: null\nb: null\n",
    theirs: "a: 1\nb: 2\n",
    text: "a: null\nb: 2\n",
  },
  "a key removed here and changed there": {
    base: "a: 1\nb: 1\n",
    ours: "b: 1\n",
    theirs: "a: 2\nb: 1\n",
    conflicts: ["a removed by ours"],
    text:
      '# CONFLICT: "a" was removed by ours, changed by theirs; keep one value under its own name, or none\n' +
      "a:\n    credsmith_conflict_theirs: 2\nb: 1\n",
  },
  "a profile removed there and changed here": {
    base: "profiles:\n    dev:\n        region: eu\n        key: k\n    ci:\n        key: c\n",
    ours: "profiles:\n    dev:\n        region: us\n        key: k\n    ci:\n        key: c\n",
    theirs: "profiles:\n    ci:\n        key: c\n",
    conflicts: ["profiles/dev removed by theirs"],
  },
  "a removed mapping of which only the order changed": {
    base: "p:\n    a: 1\n    b: 2\nq: 1\n",
    ours: "q: 1\n",
    theirs: "p:\n    b: 2\n    a: 1\nq: 1\n",
    text: "q: 1\n",
  },
  "a renamed profile follows the change of the other side": {
    base: "profiles:\n    dev:\n        region: eu\n        key: k\n",
    ours: "profiles:\n    staging:\n        region: eu\n        key: k\n",
    theirs: "profiles:\n    dev:\n        region: us\n        key: k\n",
    text: "profiles:\n    staging:\n        region: us\n        key: k\n",
    renamed: ["profiles/dev profiles/staging ours"],
  },
  "a renamed profile, theirs, with what ours added below the old name": {
    base: "profiles:\n    dev:\n        key: k\n    z:\n        key: z\n",
    ours: "profiles:\n    dev:\n        key: k\n        region: us\n    z:\n        key: z\n",
    theirs: "profiles:\n    staging:\n        key: k\n    z:\n        key: z\n",
    text: "profiles:\n    staging:\n        key: k\n        region: us\n    z:\n        key: z\n",
    renamed: ["profiles/dev profiles/staging theirs"],
  },
  "renamed and changed at once is no rename": {
    base: "p:\n    dev:\n        region: eu\n        key: k\n",
    ours: "p:\n    staging:\n        region: ap\n        key: k\n",
    theirs: "p:\n    dev:\n        region: us\n        key: k\n",
    conflicts: ["p/dev removed by ours"],
  },
  "comments of both sides": {
    base: "# head\na: 1\n# of b\nb: 2\n",
    ours: "# head\n# more\na: 1\n# of b\nb: 2\n",
    theirs: "# head\na: 1\n# of b, changed\nb: 2\n",
    text: "# head\n# more\na: 1\n# of b, changed\nb: 2\n",
  },
  "a comment that both changed is there twice": {
    base: "# old\na: 1\n",
    ours: "# mine\na: 1\n",
    theirs: "# yours\na: 1\n",
    text: "# mine\n# yours\na: 1\n",
  },
  "several documents": {
    base: "a: 1\n---\nb: 1\n",
    ours: "a: 2\n---\nb: 1\n",
    theirs: "a: 1\n---\nb: 2\n---\nc: 1\n",
    text: "a: 2\n---\nb: 2\n---\nc: 1\n",
  },
};

for (
  const [name, { base, ours, theirs, text, conflicts = [], renamed = [] }] of Object.entries(yaml)
) {
  Deno.test(`merge: ${name}`, async () => {
    const result = await merged("yaml", base, ours, theirs);
    if (text !== undefined) assert.equal(result.text, text);
    assert.deepEqual(result.conflicts, conflicts);
    assert.deepEqual(result.renamed, renamed);
    const unresolved = conflictsIn(await plainParse(bytes(result.text), "yaml"));
    assert.deepEqual(
      unresolved.map((path) => path.join("/")),
      conflicts.map((each) => each.split(" ")[0]),
    );
  });
}

Deno.test("merge: documents that both sides added or one removed cannot be told apart", async () => {
  const cases: [string | undefined, string, string][] = [
    ["a: 1\n", "a: 1\n---\nb: 1\n", "a: 2\n---\nc: 1\n"],
    ["a: 1\n---\nb: 1\n", "a: 2\n", "a: 1\n---\nb: 2\n"],
    [undefined, "a: 1\n", "a: 1\n---\nb: 1\n"],
  ];
  for (const [base, ours, theirs] of cases) {
    await assert.rejects(merged("yaml", base, ours, theirs), MergeError);
  }
});

const flat: readonly (readonly [Format, Case])[] = [
  ["dotenv", {
    base: "A=1\nB=2\n",
    ours: "A=3\nB=2\nX=1\n",
    theirs: "A=4\nB=5\n",
    conflicts: ["A changed by both"],
    text: '# CONFLICT: "A" was changed by both; keep one value under its own name, or none\n' +
      "credsmith_conflict_ours_A=3\ncredsmith_conflict_theirs_A=4\nB=5\nX=1\n",
  }],
  ["ini", {
    base: "[s]\na = 1\nb = 2\n",
    ours: "[s]\na = 3\nb = 2\n",
    theirs: "[s]\na = 4\nb = 5\n",
    conflicts: ["s/a changed by both"],
  }],
  ["ini", {
    base: "[s]\na = 1\n\n[t]\nb = 2\n",
    ours: "[t]\nb = 3\n",
    theirs: "[s]\na = 4\n\n[t]\nb = 2\n",
    conflicts: ["s removed by ours"],
  }],
  ["json", {
    base: '{"a":1,"b":{"c":true}}',
    ours: '{"a":2,"b":{"c":true}}',
    theirs: '{"a":3,"b":{"c":false}}',
    conflicts: ["a changed by both"],
    text:
      '{\n\t"a": {\n\t\t"credsmith_conflict_ours": 2,\n\t\t"credsmith_conflict_theirs": 3\n\t},\n' +
      '\t"b": {\n\t\t"c": false\n\t}\n}',
  }],
];
for (const [format, { base, ours, theirs, text, conflicts = [] }] of flat) {
  Deno.test(`merge: ${format}, ${conflicts.join(", ")}`, async () => {
    const result = await merged(format, base, ours, theirs);
    if (text !== undefined) assert.equal(result.text.trimEnd(), text.trimEnd());
    assert.deepEqual(result.conflicts, conflicts);
    const unresolved = conflictsIn(await plainParse(bytes(result.text), format));
    assert.deepEqual(
      unresolved.map((path) => path.join("/")),
      conflicts.map((each) => each.split(" ")[0]),
    );
  });
}

Deno.test("merge: a path without the marks of a conflict", () => {
  assert.deepEqual(unmarkedPath(["a", "credsmith_conflict_ours", "b"]), ["a", "b"]);
  assert.deepEqual(unmarkedPath(["credsmith_conflict_theirs_A"]), ["A"]);
});

// Trees of a few keys, so that edits meet.
const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
const leaf = fc.constantFrom("1", "2", "3", "").map((text): Node => new Scalar("str", text));
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 3, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc.array(leaf, { maxLength: 3 }).map((items): Node => ({
        kind: "sequence",
        items,
      })),
    },
    {
      weight: 3,
      arbitrary: fc.uniqueArray(fc.tuple(key, tie("node")), {
        selector: ([name]) => name,
        minLength: 1,
        maxLength: 5,
      }).map((pairs): Node => ({
        kind: "mapping",
        entries: pairs.map(([key, value]) => ({ kind: "pair", key, value })),
      })),
    },
  ),
}));
const tree = fc.uniqueArray(fc.tuple(key, node), { selector: ([name]) => name, maxLength: 6 })
  .map((pairs): Mapping => ({
    kind: "mapping",
    entries: pairs.map(([key, value]) => ({ kind: "pair", key, value })),
  }));

type Edit =
  | { readonly path: readonly string[]; readonly value: Node }
  | { readonly path: readonly string[]; readonly value: undefined };

/** Changes of values at places that are there, removals, and new keys below mappings. */
const edits = (prefix: string) =>
  fc.array(
    fc.record({
      path: fc.array(fc.oneof(key, fc.constant(`${prefix}new`)), { minLength: 1, maxLength: 3 }),
      value: fc.option(leaf, { nil: undefined, freq: 4 }),
    }),
    { maxLength: 5 },
  ) as fc.Arbitrary<Edit[]>;

function applied(root: Mapping, edits: readonly Edit[]): Mapping {
  let result = root;
  for (const { path, value } of edits) {
    result = value ? withNode(result, path, value, true) : withoutNode(result, path) ?? result;
  }
  return result;
}

/** Whether two edits touch neither the same place nor one above the other. */
function apart(one: Edit, other: Edit): boolean {
  const length = Math.min(one.path.length, other.path.length);
  return one.path.slice(0, length).some((part, index) => part !== other.path[index]);
}

const treeOf = (mapping: Mapping): Tree => ({ documents: [mapping] });

/** The leaves without their order. */
const leaves = (tree: Tree) =>
  tree.documents.flatMap((each) =>
    Array.from(
      leavesOf(each),
      ({ path, value }) => JSON.stringify([path, value.type, value.reveal()]),
    )
  ).sort();

/** Only edits that keep away from lists and from places where a leaf gives way to a mapping. */
const plain = (root: Mapping, { path, value }: Edit): boolean => {
  let node: Node | undefined = root;
  for (const [depth, part] of path.entries()) {
    if (node === undefined) break;
    if (node.kind !== "mapping") return false;
    const entry: Pair | Comment | undefined = node.entries.find((each) =>
      each.kind === "pair" && each.key === part
    );
    node = entry?.kind === "pair" ? entry.value : undefined;
    if (depth === path.length - 1 && value && node && node.kind !== "scalar") return false;
  }
  return true;
};

Deno.test("merge: changes that keep apart give what both give one after the other", () => {
  fc.assert(
    fc.property(tree, edits("o"), edits("t"), (root, mine, yours) => {
      const [a, b] = [mine, yours].map((each) => each.filter((edit) => plain(root, edit))) as [
        Edit[],
        Edit[],
      ];
      fc.pre(a.every((one) => b.every((other) => apart(one, other))));
      const [ours, theirs] = [applied(root, a), applied(root, b)];
      const result = mergeTrees(treeOf(root), treeOf(ours), treeOf(theirs), choiceWriter("yaml"));
      const both = treeOf(applied(ours, b));
      // A mapping that both sides added keys to, one by one, may stand elsewhere; its leaves do not.
      if (result.renamed.length === 0 && result.conflicts.length === 0) {
        assert.deepEqual(leaves(result.tree), leaves(both));
      }
      // To remove what holds a new key of the other side is the one way to meet all the same.
      for (const { happened } of result.conflicts) assert.match(happened, /^removed/);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("merge: both ways round it is the same, up to order and the names of the sides", () => {
  fc.assert(
    fc.property(tree, tree, tree, (base, ours, theirs) => {
      const [one, other] = [[ours, theirs], [theirs, ours]].map(([a, b]) =>
        mergeTrees(treeOf(base), treeOf(a!), treeOf(b!), choiceWriter("yaml"))
      );
      const turned = (line: string) =>
        line.replaceAll(
          /conflict_(ours|theirs)/g,
          (_, side) => `conflict_${side === "ours" ? "theirs" : "ours"}`,
        );
      assert.deepEqual(leaves(one!.tree), leaves(other!.tree).map(turned).sort());
      assert.equal(one!.conflicts.length, other!.conflicts.length);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("merge: a side that changed nothing gives way to the other, and merging is idempotent", () => {
  fc.assert(
    fc.property(tree, tree, (base, changed) => {
      for (const [ours, theirs] of [[base, changed], [changed, base], [changed, changed]]) {
        const result = mergeTrees(
          treeOf(base),
          treeOf(ours!),
          treeOf(theirs!),
          choiceWriter("yaml"),
        );
        assert.equal(result.conflicts.length, 0);
        assert.ok(
          sameLeaves(result.tree, treeOf(changed), false) ||
            leaves(result.tree).join() === leaves(treeOf(changed)).join(),
        );
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("merge: no value of either side is lost, whatever they did", () => {
  fc.assert(
    fc.property(tree, tree, tree, (base, ours, theirs) => {
      const { tree: result } = mergeTrees(
        treeOf(base),
        treeOf(ours),
        treeOf(theirs),
        choiceWriter("yaml"),
      );
      const known = new Set(leaves(treeOf(base)));
      const kept = new Set(
        result.documents.flatMap((each) =>
          Array.from(
            leavesOf(each),
            ({ path, value }) => JSON.stringify([unmarkedPath(path), value.type, value.reveal()]),
          )
        ),
      );
      for (const side of [ours, theirs]) {
        for (const each of leaves(treeOf(side))) {
          // What a side added or changed is there, unless it came under a name that a rename moved.
          if (!known.has(each) && !kept.has(each)) {
            const moved = mergeTrees(
              treeOf(base),
              treeOf(ours),
              treeOf(theirs),
              choiceWriter("yaml"),
            );
            assert.ok(moved.renamed.length > 0, each);
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
});
