import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { randomBytes } from "../../src/platform/random.ts";
import type { Aead } from "../../src/sops/aead/aead.ts";
import { nativeAead } from "../../src/sops/aead/native.ts";
import { webAead } from "../../src/sops/aead/web.ts";
import { decryptValues, encryptValues, leafAad } from "../../src/sops/cipher.ts";
import {
  type EncryptedValue,
  parseEncrypted,
  printEncrypted,
} from "../../src/sops/encrypted_value.ts";
import { Slab } from "../../src/sops/slab.ts";
import type { ScalarType } from "../../src/sops/tree.ts";

const key = Uint8Array.fromHex("00112233445566778899aabbccddeeff".repeat(2));
const aeads: readonly (readonly [name: string, aead: Aead])[] = [
  ["WebCrypto", await webAead(key)],
  ["OpenSSL", nativeAead(key)],
];
const aad = (path: readonly string[]) => leafAad(path.map((key) => `${key}:`).join(""));

async function seal(aead: Aead, type: ScalarType, text: string, path: readonly string[]) {
  const [sealed] = await encryptValues(aead, [{ type, text, aad: aad(path) }], randomBytes);
  return sealed!;
}

async function open(aead: Aead, value: EncryptedValue, path: readonly string[]) {
  return (await decryptValues(aead, [{ value, aad: aad(path) }]))[0];
}

Deno.test("the AAD of a leaf is its keys, each with a colon behind it", () => {
  assert.equal(new TextDecoder().decode(leafAad("profiles:dev:region:")), "profiles:dev:region:");
  assert.equal(new TextDecoder().decode(leafAad("")), ":");
});

const iv = "A".repeat(43) + "=";
const tag = "A".repeat(22) + "==";
const whole = `ENC[AES256_GCM,data:AAAA,iv:${iv},tag:${tag},type:str]`;
// Two from NIST's gcmEncryptExtIV256.rsp, then test cases 16 and 18 of "The Galois/Counter Mode of
// Operation" (McGrew, Viega), the last with an IV of 60 bytes.
const published = [
  [
    "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
    "516c33929df5a3284ff463d7",
    "",
    "",
    "",
    "bdc1ac884d332457a1d2664f168c76f0",
  ],
  [
    "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22",
    "0d18e06c7c725ac9e362e1ce",
    "2db5168e932556f8089a0622981d017d",
    "",
    "fa4362189661d163fcd6a56d8bf0405a",
    "d636ac1bbedd5cc3ee727dc2ab4a9489",
  ],
  [
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "cafebabefacedbaddecaf888",
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
    "76fc6ece0f4e1768cddf8853bb2d551b",
  ],
  [
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
    "a44a8266ee1c8eb0c8b5d4cf5ae9f19a",
  ],
] as const;
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
      fc.asyncProperty(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.array(fc.string(), { minLength: 1 }),
        async (text, path) => {
          const sealed = parseEncrypted(await seal(aead, "str", text, path))!;
          const opened = await open(aead, sealed, path);
          assert.equal(opened?.text, text);
          assert.equal(opened.exact, true);
          assert.equal(await open(aead, sealed, [...path, "x"]), undefined);
        },
      ),
    ));

  Deno.test(`${name}: no bit of a value can change`, async () => {
    const { data, iv, tag, type } = parseEncrypted(await seal(aead, "str", "secret", ["a"]))!;
    for (const part of [data, iv, tag]) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        part[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(await open(aead, { data, iv, tag, type }, ["a"]), undefined);
        part[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
    assert.equal((await open(aead, { data, iv, tag, type }, ["a"]))?.text, "secret");
  });

  Deno.test(`${name}: published vectors`, async () => {
    const make = name === "OpenSSL" ? nativeAead : webAead;
    for (const [key, iv, plaintext, aad, data, tag] of published) {
      const aead = await make(Uint8Array.fromHex(key));
      const [sealed] = await aead.seal([{
        iv: Uint8Array.fromHex(iv),
        plaintext: Uint8Array.fromHex(plaintext),
        aad: Uint8Array.fromHex(aad),
      }]);
      assert.deepEqual([sealed!.data.toHex(), sealed!.tag.toHex()], [data, tag]);
    }
  });
}

Deno.test("both implementations write and read the same bytes as OpenSSL's own GCM", () => {
  const bytes = (constraints: { minLength?: number; maxLength: number }) =>
    fc.uint8Array(constraints).map((array) => new Uint8Array(array));
  const item = fc.record({
    iv: bytes({ minLength: 12, maxLength: 64 }),
    // From 2 KiB on a value is encrypted apart from the others.
    plaintext: fc.oneof(bytes({ maxLength: 70 }), bytes({ minLength: 2040, maxLength: 2060 })),
    aad: bytes({ maxLength: 70 }),
  });
  return fc.assert(
    fc.asyncProperty(
      bytes({ minLength: 32, maxLength: 32 }),
      fc.array(item, { maxLength: 5 }),
      fc.nat(),
      async (key, items, spoilt) => {
        const expected = items.map(({ iv, plaintext, aad }) => {
          const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
          cipher.setAAD(aad);
          const data = cipher.update(plaintext).toString("hex") + cipher.final("hex");
          return { data, tag: cipher.getAuthTag().toString("hex") };
        });
        for (const aead of [await webAead(key), nativeAead(key)]) {
          const sealed = await aead.seal(items);
          const hex = sealed.map(({ data, tag }) => ({ data: data.toHex(), tag: tag.toHex() }));
          assert.deepEqual(hex, expected);
          const values = sealed.map((parts, index) => {
            const { iv, aad } = items[index]!;
            return { value: { ...parts, iv, type: "str" as const }, aad };
          });
          const plaintexts = items.map(({ plaintext }) => plaintext.toHex());
          const opened = await aead.open(values);
          assert.deepEqual(opened.map((each) => each?.toHex()), plaintexts);
          // One that does not open leaves the others alone.
          const at = spoilt % (items.length || 1);
          if (values.length > 0) values[at]!.value.tag[0]! ^= 1;
          const others = await aead.open(values);
          assert.deepEqual(
            others.map((each) => each?.toHex()),
            plaintexts.map((text, index) => index === at ? undefined : text),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a counter that is at its end begins anew, in its last 32 bits only", () => {
  // The first counter is a hash of the IV, so some IV of 16 bytes gives any counter that is wanted.
  const key = new Uint8Array(32);
  const aes = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  const hashKey = new Uint8Array(aes.update(new Uint8Array(16)));
  return fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3 }), async (left) => {
      const counter = new Uint8Array(16).fill(0xff);
      counter[15] = 0xff - left;
      const iv = ivFor(counter, hashKey);
      const plaintext = new Uint8Array(100);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const expected = new Uint8Array(cipher.update(plaintext)).toHex();
      for (const aead of [await webAead(key), nativeAead(key)]) {
        const [sealed] = await aead.seal([{ iv, plaintext, aad: new Uint8Array() }]);
        assert.equal(sealed!.data.toHex(), expected);
      }
    }),
    { numRuns: 8 },
  );
});

/** The IV of 16 bytes whose GHASH under this key is this counter. */
function ivFor(counter: Uint8Array, hashKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const number = (bytes: Uint8Array) =>
    BigInt("0b" + [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join(""));
  const times = (one: bigint, other: bigint): bigint => {
    let product = 0n;
    for (let bit = 127n; bit >= 0n; bit--) {
      if (one >> bit & 1n) product ^= other;
      other = other >> 1n ^ (other & 1n ? 0xe1n << 120n : 0n);
    }
    return product;
  };
  const key = number(hashKey);
  // To the power of 2^128 - 2, which is the inverse.
  let inverse = 1n << 127n;
  for (let bit = 127; bit >= 0; bit--) {
    inverse = times(inverse, inverse);
    if (bit > 0) inverse = times(inverse, key);
  }
  const lengths = 128n;
  const iv = times(times(number(counter), inverse) ^ lengths, inverse);
  return Uint8Array.fromHex(iv.toString(16).padStart(32, "0"));
}

Deno.test("what is read as an encrypted value is written as the same text, or it is not read", () => {
  const character = fc.constantFrom(..."ABQgw/+=-_ \n\t,:]");
  return fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.integer({ min: 0, max: 4 }),
      fc.array(character, { maxLength: 5 }),
      (at, removed, put) => {
        const text = whole.slice(0, at) + put.join("") + whole.slice(at + removed);
        for (const slab of [undefined, new Slab()]) {
          const value = parseEncrypted(text, slab);
          if (value) assert.equal(printEncrypted(value), text);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

const typed: readonly (readonly [ScalarType, string])[] = [
  ["int", "-42"],
  ["float", "0.00000015"],
  ["bool", "True"],
  ["time", "2027-02-20T00:00:00Z"],
  ["bytes", "\x80\xff\0"],
];
for (const [type, text] of typed) {
  Deno.test(`a ${type} comes back as it was`, async () => {
    const [, aead] = aeads[0]!;
    const sealed = await seal(aead, type, text, ["a"]);
    const opened = (await open(aead, parseEncrypted(sealed)!, ["a"]))!;
    assert.deepEqual([opened.type, opened.text], [type, text]);
    // SOPS writes bytes as text, and so do we.
    assert.match(sealed, new RegExp(`,type:${type === "bytes" ? "str" : type}\\]$`));
  });
}

Deno.test("a byte order mark in a value is kept", async () => {
  const [, aead] = aeads[0]!;
  const sealed = parseEncrypted(await seal(aead, "str", "\uFEFFx", ["a"]))!;
  assert.equal((await open(aead, sealed, ["a"]))?.text, "\uFEFFx");
});

Deno.test("a value that is none of its type is refused", async () => {
  const [, aead] = aeads[0]!;
  const sealed = parseEncrypted(await seal(aead, "str", "ten", ["a"]))!;
  for (const type of ["int", "float", "bool", "time"] as const) {
    assert.equal(await open(aead, { ...sealed, type }, ["a"]), undefined);
  }
});
