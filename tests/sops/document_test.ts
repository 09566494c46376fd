import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import {
  AlreadyEncryptedError,
  NoIdentityError,
  NotEncryptedError,
  PathError,
  RecipientError,
  UnsupportedError,
  ValueError,
} from "../../src/sops/errors.ts";
import { recipientOf } from "../../src/sops/keys/identity.ts";
import { parsePath } from "../../src/sops/paths.ts";
import { Secret } from "../../src/sops/secret.ts";
import { type Node, Scalar, type Tree } from "../../src/sops/tree.ts";
import { formatOf, identities, leafTexts, openVector, sealedVector, vector } from "./vectors.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56.789Z");
const decoder = new TextDecoder();

Deno.test("every type that sops wrote is read with its type", async () => {
  assert.deepEqual(leafTexts(await openVector("types.yaml")), [
    "text=str:ünï – 日本語 🔑",
    "empty=str:",
    "quoted_number=str:0123",
    "zero=int:0",
    "negative=int:-9223372036854775808",
    "largest=int:9223372036854775807",
    "octal=int:15",
    "half=float:0.5",
    "whole_float=float:1",
    "tiny=float:0.00000015",
    "huge=float:1000000000000000000000",
    "long=float:0.12345678901234568",
    "yes=bool:True",
    "no=bool:False",
    "day=time:2027-02-20T00:00:00Z",
    "moment=time:2027-02-20T10:11:12.12+02:00",
    "lines=str:first\nsecond\n",
    "binary=bytes:\x80\x81\x82\xff",
    "list/0=str:a",
    "list/1=int:1",
    "list/2=float:2.5",
    "list/3=bool:True",
    "list/5=str:",
    "deep/deeper/deepest=str:end",
  ]);
  const json = leafTexts(await openVector("types.json"));
  assert.ok(json.includes("text=str:ünï 🔑 <&>"));
  assert.ok(json.includes("list/6/in=str:side"));
});

const files = [
  "small.yaml",
  "small.json",
  "types.yaml",
  "types.json",
  "comments.yaml",
  "documents.yaml",
  "two_recipients.yaml",
  "default_selector.yaml",
  "unencrypted_suffix.yaml",
  "encrypted_suffix.yaml",
  "unencrypted_regex.yaml",
  "encrypted_regex.yaml",
  "unencrypted_comment_regex.yaml",
  "encrypted_comment_regex.yaml",
  "mac_only_encrypted.yaml",
];

for (const name of files) {
  Deno.test(`${name}: sealed again it differs in lastmodified and mac only`, async () => {
    const open = await openVector(name);
    assert.equal(open.changed, false);
    const before = decoder.decode(await vector(name));
    const after = decoder.decode(await open.seal({ now, random: randomBytes }));
    const sealed = (text: string) => text.match(/ENC\[[^\]]+\]/g) ?? [];
    const documents = name === "documents.yaml" ? 2 : 1;
    // Equal items of a list converge to one ciphertext, as they do in sops.
    const converged = name === "small.json" ? 1 : 0;
    const gone = sealed(before).filter((text) => !after.includes(text));
    assert.equal(gone.length, documents + converged, gone.join("\n"));
    assert.match(after, /lastmodified"?: "2026-11-22T12:34:56Z"/);
    // sops puts a comment that stood behind a value above it, and so do we.
    if (name === "comments.yaml") return;
    const lines = before.split("\n");
    const changed = after.split("\n").filter((line, index) => line !== lines[index]);
    assert.equal(changed.length, 2 * documents + converged, changed.join("\n"));
  });

  Deno.test(`${name}: the leaves that sops encrypted are those that we would`, async () => {
    const [sealed, open] = [await sealedVector(name), await openVector(name)];
    const inFile = sealed.tree.documents.flatMap((document) => encryptedPaths(document));
    const ours = Array.from(open.leaves())
      .filter(({ encrypted, value }) => encrypted && value.reveal() !== "")
      .map(({ path }) => path.join("/"));
    assert.deepEqual(ours, inFile);
  });
}

function encryptedPaths(node: Node, path: readonly (string | number)[] = []): string[] {
  if (node.kind === "scalar") return node.reveal().startsWith("ENC[") ? [path.join("/")] : [];
  if (node.kind === "null") return [];
  if (node.kind === "mapping") {
    return node.entries.flatMap((entry) =>
      entry.kind === "pair" ? encryptedPaths(entry.value, [...path, entry.key]) : []
    );
  }
  const items = node.items.filter((item) => item.kind !== "comment");
  return items.flatMap((item, index) => encryptedPaths(item as Node, [...path, index]));
}

Deno.test("a list's comments, which sops wrote as values, are comments again", async () => {
  const open = await openVector("list_comments.yaml");
  assert.deepEqual(leafTexts(open), ["list/0=str:one", "list/1=str:two"]);
  const again = await parseDocument(await open.seal({ now, random: randomBytes }), "yaml");
  const list = (await again.open(await identities())).get(["list"]);
  assert.equal(list?.kind === "sequence" && list.items[0]?.kind, "comment");
  assert.match(
    decoder.decode(await open.seal({ now, random: randomBytes })),
    /#ENC\[[^\]]+type:comment\]/,
  );
});

Deno.test("a value that is set changes its own ciphertext only", async () => {
  for (const name of ["small.yaml", "small.json"]) {
    const open = await openVector(name);
    open.set(["aws_access_key_id"], new Secret("AKIAI44QH8DHBEXAMPLE"));
    assert.equal(open.changed, true);
    const bytes = await open.seal({ now, random: randomBytes });
    const again = await (await parseDocument(bytes, formatOf(name))).open(await identities());
    assert.equal(again.getText(["aws_access_key_id"])?.reveal(), "AKIAI44QH8DHBEXAMPLE");
    assert.equal(again.metadata.version, open.metadata.version);
    assert.deepEqual(again.metadata.groups, open.metadata.groups);
  }
});

Deno.test("a value that is set to what it was is no change", async () => {
  const open = await openVector("small.yaml");
  open.set(["aws_region"], new Secret("us-east-1"));
  assert.equal(open.changed, false);
  open.set(["aws_region"], new Secret("eu-west-1"));
  open.set(["aws_region"], new Secret("us-east-1"));
  assert.equal(open.changed, false);
  assert.equal(open.unset(["nowhere"]), false);
  assert.equal(open.unset(["bedrock", "model_id"]), true);
  assert.equal(open.changed, true);
});

Deno.test("set makes the mappings on the way, and refuses to lose anything", async () => {
  const open = await openVector("small.yaml");
  open.set(["profiles", "dev", "region"], new Secret("eu-west-1"));
  assert.equal(open.getText(["profiles", "dev", "region"])?.reveal(), "eu-west-1");
  const refuses = (path: string[], reason: PathError["reason"]) =>
    assert.throws(
      () => open.set(path, new Secret("x")),
      (error) => error instanceof PathError && error.reason === reason,
    );
  refuses(["bedrock"], "not a leaf");
  refuses(["aws_region", "inner"], "not a mapping");
  refuses(["sops", "mac"], "reserved");
  refuses([], "syntax");
  open.set(["bedrock"], new Secret("x"), { replace: true });
  open.set(["aws_region", "inner"], new Secret("y"), { replace: true });
  assert.equal(open.getText(["aws_region", "inner"])?.reveal(), "y");
});

Deno.test("set keeps a number that is given as text a text", async () => {
  const open = await openVector("types.yaml");
  open.set(["zero"], new Secret("1"));
  assert.equal((open.get(["zero"]) as Scalar).type, "str");
});

Deno.test("a value with NUL is refused, by its path, and nothing changes", async () => {
  const open = await openVector("small.yaml");
  assert.throws(
    () => open.set(["aws_region"], new Secret("us\0east")),
    (error) => error instanceof ValueError && error.path.join("/") === "aws_region",
  );
  assert.equal(open.changed, false);
  open.replaceTree(tree({ deep: { inside: "a\0b" } }));
  await assert.rejects(open.seal({ now, random: randomBytes }), ValueError);
  assert.ok(await open.seal({ now, random: randomBytes, allowNul: true }));
});

Deno.test("a list is reached by index, in either form of the path", async () => {
  const open = await openVector("small.json");
  assert.equal(open.getText(parsePath("list/2"))?.reveal(), "other");
  assert.equal(open.getText(parsePath('["list"][2]'))?.reveal(), "other");
  open.set(parsePath("list/3"), new Secret("more"));
  assert.equal(open.getText(parsePath("list/3"))?.reveal(), "more");
  assert.throws(() => open.set(parsePath("list/9"), new Secret("x")), PathError);
  assert.equal(open.unset(parsePath("list/0")), true);
  assert.equal(open.getText(parsePath("list/2"))?.reveal(), "more");
  assert.throws(() => open.getText(["list"]), PathError);
  assert.equal(open.getText(["list", "first"]), undefined);
});

const paths: readonly (readonly [string, readonly (string | number)[] | "fault"])[] = [
  ["bedrock/model_id", ["bedrock", "model_id"]],
  ['["bedrock"]["model_id"]', ["bedrock", "model_id"]],
  ["['a'][0]['b']", ["a", 0, "b"]],
  ['["a/b"]["c]d"]', ["a/b", "c]d"]],
  ["list/0", ["list", "0"]],
  ["", "fault"],
  ["/a", "fault"],
  ["a//b", "fault"],
  ['["a"', "fault"],
  ['["a"]x', "fault"],
  ["[a]", "fault"],
];
for (const [text, expected] of paths) {
  Deno.test(`the path ${text || "(empty)"} ${expected === "fault" ? "is none" : "is read"}`, () => {
    if (expected === "fault") assert.throws(() => parsePath(text), PathError);
    else assert.deepEqual(parsePath(text), expected);
  });
}

function tree(content: Record<string, unknown>): Tree {
  const node = (value: unknown): Node => {
    if (typeof value === "string") return new Scalar("str", value);
    const entries = Object.entries(value as object).map(([key, inner]) =>
      ({ kind: "pair", key, value: node(inner) }) as const
    );
    return { kind: "mapping", entries };
  };
  return { documents: [node(content) as Tree["documents"][0]] };
}

Deno.test("a new file opens for its recipients, and says what it was told to", async () => {
  const [mine] = await identities();
  const recipient = await recipientOf(mine as Parameters<typeof recipientOf>[0]);
  for (const format of ["yaml", "json"] as const) {
    const document = await newDocument(tree({ a: "x", b: { c: "", plain: "y" } }), format, {
      recipients: [recipient, recipient],
      selector: { rule: "encrypted_regex", text: "^(a|c)$" },
      macOnlyEncrypted: true,
    });
    assert.equal(document.changed, true);
    assert.equal(document.wouldEncrypt(["a"]), true);
    assert.equal(document.wouldEncrypt(["b", "plain"]), false);
    const sealed = await parseDocument(await document.seal({ now, random: randomBytes }), format);
    assert.deepEqual(sealed.recipients, [recipient]);
    assert.equal(sealed.metadata.version, "3.13.2");
    assert.equal(sealed.metadata.lastModified, "2026-11-22T12:34:56Z");
    assert.equal(sealed.metadata.macOnlyEncrypted, true);
    const open = await sealed.open([mine!]);
    assert.deepEqual(leafTexts(open), ["a=str:x", "b/c=str:", "b/plain=str:y"]);
  }
});

Deno.test("two files from the same text share nothing", async () => {
  const [mine] = await identities();
  const recipients = [await recipientOf(mine as Parameters<typeof recipientOf>[0])];
  const make = async () => {
    const document = await newDocument(tree({ a: "same" }), "json", { recipients });
    return decoder.decode(await document.seal({ now, random: randomBytes }));
  };
  const ciphertext = /"a": "([^"]+)"/;
  assert.notEqual(ciphertext.exec(await make())?.[1], ciphertext.exec(await make())?.[1]);
});

Deno.test("what cannot be encrypted to is refused before anything is made", async () => {
  const make = (recipients: string[]) => newDocument(tree({ a: "x" }), "yaml", { recipients });
  await assert.rejects(make(["age1pq1qqqq"]), RecipientError);
  await assert.rejects(make(["alice"]), RecipientError);
  await assert.rejects(make([]), { name: "MetadataError" });
  const [mine] = await identities();
  const recipients = [await recipientOf(mine as Parameters<typeof recipientOf>[0])];
  const reserved = await newDocument(tree({ sops: { mac: "x" } }), "json", { recipients });
  await assert.rejects(reserved.seal({ now, random: randomBytes }), PathError);
});

Deno.test("plaintext and encrypted files are told apart", async () => {
  const plain = new TextEncoder().encode("a: x\n");
  await assert.rejects(parseDocument(plain, "yaml"), NotEncryptedError);
  await assert.rejects(plainParse(await vector("small.yaml"), "yaml"), AlreadyEncryptedError);
});

Deno.test("whoever is no recipient is told how many there are", async () => {
  const sealed = await sealedVector("stranger.yaml");
  await assert.rejects(sealed.open(await identities()), (error) => {
    assert.ok(error instanceof NoIdentityError);
    assert.deepEqual([error.identities, error.recipients.length], [1, 1]);
    return true;
  });
  await assert.rejects(sealed.open([]), NoIdentityError);
  const plugin = { kind: "unsupported", what: "age plugin identity", source: "keys.txt" } as const;
  await assert.rejects(sealed.open([plugin]), UnsupportedError);
  assert.ok(await sealed.open([plugin, ...await identities("stranger.txt")]));
});
