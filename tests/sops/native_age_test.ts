import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { unwrapDataKey, wrapDataKey } from "../../src/sops/keys/age.ts";
import { keyPairOf } from "../../src/sops/keys/age_file.ts";
import { generateIdentity, recipientOf, scalarOf } from "../../src/sops/keys/identity.ts";
import { nativeSealer, openAgeNatively } from "../../src/sops/keys/native_age.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const identity = generateIdentity(randomBytes);
const recipient = await recipientOf(identity);
const stranger = generateIdentity(randomBytes);
const opener = await keyPairOf(scalarOf(identity));

Deno.test("what OpenSSL seals opens as everything else does, and the reverse", async () => {
  for (const length of [32, 33]) {
    const dataKey = randomBytes(length);
    const enc = nativeSealer(recipient)(dataKey);
    assert.deepEqual(await unwrapDataKey([{ type: "age", recipient, enc }], [identity]), dataKey);
    assert.deepEqual(openAgeNatively(enc, [opener]), dataKey);
    const [library] = await wrapDataKey(dataKey, [recipient]);
    assert.deepEqual(openAgeNatively(library!.enc, [opener]), dataKey);
  }
});

Deno.test("each file has an ephemeral key of its own", () => {
  const seal = nativeSealer(recipient);
  const content = new Uint8Array(32);
  const texts = Array.from({ length: 20 }, () => seal(content));
  assert.equal(new Set(texts).size, 20);
});

Deno.test("for somebody else, or changed anywhere, it does not open", async () => {
  const enc = nativeSealer(recipient)(randomBytes(32));
  const other = await keyPairOf(scalarOf(stranger));
  assert.equal(openAgeNatively(enc, [other]), undefined);
  assert.ok(openAgeNatively(enc, [other, opener]));
  for (let at = 0; at < enc.trimEnd().length; at++) {
    const changed = enc.slice(0, at) + (enc[at] === "A" ? "B" : "A") + enc.slice(at + 1);
    assert.equal(openAgeNatively(changed, [opener]), undefined, `character ${at}`);
  }
});

Deno.test("a point that gives nothing but zeros is no recipient", async () => {
  const { recipientFromPublicKey } = await import("../../src/sops/keys/identity.ts");
  const seal = nativeSealer(recipientFromPublicKey(new Uint8Array(32)));
  assert.throws(() => seal(new Uint8Array(32)), { name: "RecipientError" });
});

peerTest(["age"], "age opens what OpenSSL seals", async () => {
  await using home = await temporaryHome({
    "key.txt": identity.secret.reveal(),
    "enc": nativeSealer(recipient)(new TextEncoder().encode("0123456789abcdef")),
  });
  const { code, stdout, stderr } = await home.program("age", ["-d", "-i", "key.txt", "enc"]);
  assert.deepEqual([code, stdout], [0, "0123456789abcdef"], stderr);
});
