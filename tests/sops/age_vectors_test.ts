import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import * as vectors from "cctv-age";
import { keyPairOf, openAgeFile, openByX25519 } from "../../src/sops/keys/age_file.ts";
import { parseIdentities, scalarOf } from "../../src/sops/keys/identity.ts";

const begin = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const end = "-----END AGE ENCRYPTED FILE-----\n";

/** A vector: its header of `name: value` lines, then an age file. */
function parseVector(bytes: Uint8Array) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const at = text.indexOf("\n\n");
  const fields = text.slice(0, at).split("\n").map((line) => line.split(": "));
  const field = (name: string) => fields.find(([each]) => each === name)?.[1];
  const body = new Uint8Array(bytes.subarray(at + 2));
  return { field, body: field("compressed") === "zlib" ? inflateSync(body) : body };
}

function armorOf(file: Uint8Array): string {
  const lines = file.toBase64().match(/.{1,64}/g) ?? [];
  return `${begin}${lines.map((line) => `${line}\n`).join("")}${end}`;
}

/** A data key never takes more than one chunk. */
const oneChunk = 64 * 1024;

for (const [name, bytes] of Object.entries(vectors)) {
  const { field, body } = parseVector(bytes);
  const identity = field("identity");
  if (!identity?.startsWith("AGE-SECRET-KEY-1") || body.length > oneChunk) continue;
  Deno.test(`age's own vector: ${name}`, async () => {
    const keys = await Promise.all(
      parseIdentities(identity, name).flatMap((each) =>
        each.kind === "x25519" ? [keyPairOf(scalarOf(each))] : []
      ),
    );
    const file = field("armored") === "yes"
      ? new TextDecoder("latin1").decode(body)
      : armorOf(body);
    const opened = await openAgeFile(file, [openByX25519(keys)]);
    if (field("expect") !== "success") return assert.equal(opened, undefined);
    const hash = createHash("sha256").update(opened ?? "").digest("hex");
    assert.equal(hash, field("payload"));
  });
}
