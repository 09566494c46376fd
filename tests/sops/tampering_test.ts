import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { parseDocument } from "../../src/sops/document.ts";
import {
  IntegrityError,
  InvalidRuleError,
  MetadataError,
  NoIdentityError,
  NotEncryptedError,
  UnsupportedError,
} from "../../src/sops/errors.ts";
import { type Format, FormatError } from "../../src/sops/tree.ts";
import { formatOf, identities, leafTexts, openVector, vector } from "./vectors.ts";

const typed = [
  FormatError,
  IntegrityError,
  InvalidRuleError,
  MetadataError,
  NoIdentityError,
  NotEncryptedError,
  UnsupportedError,
];
const decoder = new TextDecoder();
const small = decoder.decode(await vector("small.yaml"));
const other = decoder.decode(await vector("default_selector.yaml"));

async function open(text: string | Uint8Array, format: Format = "yaml") {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return await (await parseDocument(bytes, format)).open(await identities());
}

const field = (name: string, text = small) =>
  new RegExp(`^\\s*${name}: (.*)$`, "m").exec(text)![1]!;
const ageList = /^ {4}age:\n(?: {8}.*\n)+/m;
const mac = field("mac");
const id = field("aws_access_key_id");
const secret = field("aws_secret_access_key");

const changes: readonly (readonly [
  what: string,
  text: string,
  where: IntegrityError["where"],
  path?: string,
])[] = [
  ["a MAC from another file", small.replace(mac, field("mac", other)), "mac"],
  ["no MAC", small.replace(/^ +mac: .*\n/m, ""), "mac"],
  ["an empty MAC", small.replace(mac, '""'), "mac"],
  ["a MAC in plaintext", small.replace(mac, "0".repeat(128)), "mac"],
  ["a leaf in the MAC's place", small.replace(mac, id), "mac"],
  ["another lastmodified", small.replace(/lastmodified: "2/, 'lastmodified: "3'), "mac"],
  ["a leaf taken away", small.replace(/^aws_region: .*\n/m, ""), "mac"],
  ["a leaf emptied", small.replace(id, '""'), "mac"],
  ["a leaf made null", small.replace(id, "null"), "mac"],
  ["an unencrypted value changed", small.replace('"2026-11-22"', '"2026-11-23"'), "mac"],
  ["an unencrypted value added", `note_unencrypted: x\n${small}`, "mac"],
  [
    "a mac_only_encrypted added",
    small.replace("    version:", "    mac_only_encrypted: true\n    version:"),
    "mac",
  ],
  [
    "a leaf of another file",
    small.replace(id, field("api_key", other)),
    "leaf",
    "aws_access_key_id",
  ],
  ["a leaf in its sibling's place", small.replace(secret, id), "leaf", "aws_secret_access_key"],
  [
    "two leaves swapped",
    small.replace(id, "@").replace(secret, id).replace("@", secret),
    "leaf",
    "aws_access_key_id",
  ],
  [
    "two keys' names swapped",
    small.replace("aws_region", "@").replace("aws_access_key_id", "aws_region").replace(
      "@",
      "aws_access_key_id",
    ),
    "leaf",
    "aws_region",
  ],
  [
    "a leaf moved into a mapping",
    small.replace("bedrock:\n", `bedrock:\n    aws_region: ${field("aws_region")}\n`),
    "leaf",
    "bedrock/aws_region",
  ],
  ["a plaintext leaf put in", `added: plain\n${small}`, "leaf", "added"],
  ["a plaintext number put in", `added: 1\n${small}`, "leaf", "added"],
  ["a leaf cut short", small.replace(id, id.slice(0, -30)), "leaf", "aws_access_key_id"],
  [
    "base64 cut short",
    small.replace(/(aws_access_key_id: ENC\[AES256_GCM,data:..)../, "$1"),
    "leaf",
    "aws_access_key_id",
  ],
  [
    "another type",
    small.replace(id, id.replace("type:str", "type:int")),
    "leaf",
    "aws_access_key_id",
  ],
  [
    "a comment's type",
    small.replace(id, id.replace("type:str", "type:comment")),
    "leaf",
    "aws_access_key_id",
  ],
  [
    "the selector changed",
    small.replace("unencrypted_suffix: _unencrypted", "encrypted_suffix: _id"),
    "mac",
  ],
  ["the data key's stanza cut", small.replace(/\n.*\n(\s+-----END AGE)/, "\n$1"), "data key"],
];

for (const [what, text, where, path] of changes) {
  Deno.test(`a file with ${what} does not open`, async () => {
    assert.notEqual(text, small);
    await assert.rejects(open(text), (error) => {
      assert.ok(error instanceof IntegrityError, String(error));
      assert.equal(error.where, where);
      if (path !== undefined) assert.equal(error.path?.join("/"), path);
      assert.ok(!error.message.includes("EXAMPLE"));
      return true;
    });
  });
}

const faults: readonly (readonly [string, string, new (...args: never[]) => Error])[] = [
  ["no recipients", small.replace(ageList, ""), MetadataError],
  [
    "a lastmodified that is no time",
    small.replace(/lastmodified: .*/, "lastmodified: today"),
    MetadataError,
  ],
  [
    "two selectors",
    small.replace("    version:", "    encrypted_regex: x\n    version:"),
    MetadataError,
  ],
  ["metadata that is no mapping", small.replace(/\nsops:\n[^]*/, "\nsops: text\n"), MetadataError],
  [
    "an expression that is none",
    small.replace("unencrypted_suffix: _unencrypted", "encrypted_regex: ("),
    InvalidRuleError,
  ],
  ["a key twice", small.replace(/^aws_region: .*\n/m, "$&$&"), FormatError],
  ["nothing in it", "", NotEncryptedError],
];
for (const [what, text, kind] of faults) {
  Deno.test(`a file with ${what} is refused as what it is`, () => assert.rejects(open(text), kind));
}

Deno.test("empty key groups are refused; other key types are not, if age opens the file", async () => {
  const pgp = '    pgp:\n        - created_at: "2026-01-01T00:00:00Z"\n          enc: x\n' +
    "          fp: ABCD\n    version:";
  const both = await open(small.replace("    version:", pgp));
  const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
  assert.ok(
    decoder.decode(await both.seal({ now, random: randomBytes })).includes(
      pgp.split("    unenc")[0]!.slice(0, 90),
    ),
  );
  const without = small.replace(ageList, "");
  await assert.rejects(open(without.replace("    version:", pgp)), (error) => {
    assert.ok(error instanceof UnsupportedError);
    assert.equal(error.what, "pgp");
    return true;
  });
  const groups = without.replace(
    "    version:",
    "    key_groups:\n        - age: []\n    version:",
  );
  await assert.rejects(open(groups), MetadataError);
});

for (const name of ["small.yaml", "small.json", "small.env", "small.ini", "small.bin"]) {
  Deno.test(`${name}: no bit can change so that something else comes out, or nothing is said`, async () => {
    const bytes = await vector(name);
    const whole = await openVector(name);
    const values = (texts: string[]) => texts.map((text) => text.replace(/^[^=]*=/, ""));
    const expected = leafTexts(whole);
    for (let index = 0; index < bytes.length; index++) {
      const changed = bytes.slice();
      changed[index]! ^= 1 << (index % 8);
      let found: string[];
      try {
        found = leafTexts(await open(changed, formatOf(name)));
      } catch (error) {
        assert.ok(typed.some((kind) => error instanceof kind), `byte ${index}: ${error}`);
        continue;
      }
      // Names of unencrypted leaves are not in the MAC; values always are.
      assert.deepEqual(values(found), values(expected), `byte ${index}`);
      const encrypted = (texts: string[]) => texts.filter((text) => !text.includes("unencrypted"));
      assert.deepEqual(encrypted(found), encrypted(expected), `byte ${index}`);
    }
  });
}
