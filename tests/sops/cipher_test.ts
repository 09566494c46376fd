import assert from "node:assert/strict";
import fc from "fast-check";
import { nativeAead } from "../../src/sops/aead/native.ts";
import { pureAead } from "../../src/sops/aead/pure.ts";
import {
  type Aead,
  decryptValue,
  encryptValue,
  leafAad,
  parseEncrypted,
  printEncrypted,
  systemRandom,
} from "../../src/sops/cipher.ts";
import type { ScalarType } from "../../src/sops/tree.ts";

const key = Uint8Array.fromHex("00112233445566778899aabbccddeeff".repeat(2));
const aeads: readonly (readonly [name: string, aead: Aead])[] = [
  ["JavaScript", pureAead(key)],
  ["OpenSSL", nativeAead(key)],
];
const aad = (path: readonly string[]) => new TextEncoder().encode(leafAad(path));

Deno.test("the AAD of a leaf is its keys, each with a colon behind it", () => {
  assert.equal(leafAad(["profiles", "dev", "region"]), "profiles:dev:region:");
  assert.equal(leafAad([]), ":");
});

const iv = "A".repeat(43) + "=";
const tag = "A".repeat(22) + "==";
const whole = `ENC[AES256_GCM,data:AAAA,iv:${iv},tag:${tag},type:str]`;
const malformed: readonly (readonly [why: string, text: string])[] = [
  ["no data", whole.replace("data:AAAA", "data:")],
  ["a truncated value", whole.slice(0, -20)],
  ["something behind it", `${whole} `],
  ["something before it", ` ${whole}`],
  ["base64 without padding", whole.replace(`iv:${iv}`, `iv:${iv.slice(0, -1)}`)],
  ["base64 with a break", whole.replace("data:AAAA", "data:AA\nAA")],
  ["base64 with spaces in place of letters", whole.replace("data:AAAA", "data:AAAAA   ")],
  ["base64 of URLs", whole.replace("data:AAAA", "data:AA-_")],
  ["base64 with bits left over", whole.replace("data:AAAA", "data:AB==")],
  ["a short tag", whole.replace(`tag:${tag}`, "tag:AAAAAAAAAAAAAAAA")],
  ["a long tag", whole.replace(`tag:${tag}`, `tag:${"A".repeat(24)}`)],
  ["a short IV", whole.replace(`iv:${iv}`, "iv:AAAAAAAA")],
  ["another cipher", whole.replace("AES256_GCM", "AES128_GCM")],
  ["an unknown type", whole.replace("type:str", "type:string")],
  ["no type", whole.replace(",type:str", "")],
];

Deno.test("what is printed reads back the same", () => {
  assert.equal(printEncrypted(parseEncrypted(whole)!), whole);
});

for (const [why, text] of malformed) {
  Deno.test(`an encrypted value with ${why} is none`, () =>
    assert.equal(parseEncrypted(text), undefined));
}

for (const [name, aead] of aeads) {
  Deno.test(`${name}: any text comes back, at its own place only`, () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.array(fc.string(), { minLength: 1 }),
        (text, path) => {
          const sealed = parseEncrypted(encryptValue(aead, "str", text, aad(path), systemRandom))!;
          const opened = decryptValue(aead, sealed, aad(path));
          assert.equal(opened?.text, text);
          assert.equal(opened.exact, true);
          assert.equal(decryptValue(aead, sealed, aad([...path, "x"])), undefined);
        },
      ),
    ));

  Deno.test(`${name}: no bit of a value can change`, () => {
    const text = encryptValue(aead, "str", "secret", aad(["a"]), systemRandom);
    const { data, iv, tag, type } = parseEncrypted(text)!;
    for (const part of [data, iv, tag]) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        part[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(decryptValue(aead, { data, iv, tag, type }, aad(["a"])), undefined);
        part[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
    assert.equal(decryptValue(aead, { data, iv, tag, type }, aad(["a"]))?.text, "secret");
  });
}

Deno.test("both implementations write the same bytes", () => {
  for (const length of [1, 15, 16, 17, 100, 5000]) {
    const plaintext = new Uint8Array(length).fill(length);
    for (const ivLength of [12, 16, 32, 64]) {
      const iv = new Uint8Array(ivLength).fill(7);
      const [pure, native] = aeads.map(([, aead]) => aead.seal(iv, plaintext, aad(["a", "b"])));
      assert.deepEqual(pure!.data.toHex(), native!.data.toHex());
      assert.deepEqual(pure!.tag.toHex(), native!.tag.toHex());
    }
  }
});

const typed: readonly (readonly [ScalarType, string])[] = [
  ["int", "-42"],
  ["float", "0.00000015"],
  ["bool", "True"],
  ["time", "2027-02-20T00:00:00Z"],
  ["bytes", "\x80\xff\0"],
];
for (const [type, text] of typed) {
  Deno.test(`a ${type} comes back as it was`, () => {
    const [, aead] = aeads[0]!;
    const sealed = encryptValue(aead, type, text, aad(["a"]), systemRandom);
    const opened = decryptValue(aead, parseEncrypted(sealed)!, aad(["a"]))!;
    assert.deepEqual([opened.type, opened.text], [type, text]);
    // SOPS writes bytes as text, and so do we.
    assert.match(sealed, new RegExp(`,type:${type === "bytes" ? "str" : type}\\]$`));
  });
}

Deno.test("a byte order mark in a value is kept", () => {
  const [, aead] = aeads[0]!;
  const sealed = parseEncrypted(encryptValue(aead, "str", "\uFEFFx", aad(["a"]), systemRandom))!;
  assert.equal(decryptValue(aead, sealed, aad(["a"]))?.text, "\uFEFFx");
});

Deno.test("a value that is none of its type is refused", () => {
  const [, aead] = aeads[0]!;
  const sealed = parseEncrypted(encryptValue(aead, "str", "ten", aad(["a"]), systemRandom))!;
  for (const type of ["int", "float", "bool", "time"] as const) {
    assert.equal(decryptValue(aead, { ...sealed, type }, aad(["a"])), undefined);
  }
});
