import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDocument, plainParse } from "../../src/sops/document.ts";
import { leavesOf } from "../../src/sops/paths.ts";
import { parseEncrypted } from "../../src/sops/encrypted_value.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { resolvePlain } from "../../src/sops/stores/yaml/resolve.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

const encoder = new TextEncoder();

/** Plain scalars that look like numbers, times, booleans and null, and are not always. */
const numberLike = fc.array(
  fc.constantFrom(
    ..."0123456789",
    ..."0011",
    "+",
    "-",
    ".",
    "_",
    "e",
    "E",
    "0x",
    "0o",
    "0b",
    "a",
    "f",
  ),
  { minLength: 1, maxLength: 6 },
).map((parts) => parts.join(""));
const timeLike = fc.tuple(
  fc.constantFrom("2020", "1", "0000", "9999"),
  fc.constantFrom("-1", "-01", "-13", "-12"),
  fc.constantFrom("-2", "-02", "-30", "-32", ""),
  fc.constantFrom("", "T", "t", " ", "  "),
  fc.constantFrom("", "3:4:5", "03:04:05", "24:00:00", "23:59:60", "03:04"),
  fc.constantFrom("", ".5", ".123456789012", ",5", "."),
  fc.constantFrom("", "Z", "z", "+02:00", "-7", "+24:00", " +1"),
).map((parts) => parts.join(""));
const wordLike = fc.tuple(
  fc.constantFrom("", "+", "-", "."),
  fc.constantFrom("true", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "~", "<<", "="),
  fc.constantFrom("lower", "Title", "UPPER", "mIxed"),
).map(([sign, word, shape]) => {
  if (shape === "UPPER") return sign + word.toUpperCase();
  if (shape === "Title") return sign + word.charAt(0).toUpperCase() + word.slice(1);
  return sign + (shape === "lower" ? word : word.charAt(0) + word.slice(1).toUpperCase());
});

const count = 4000;

peerTest(["sops"], `${count} plain scalars are of the type that go-yaml gives them`, async () => {
  const sampled = fc.sample(
    fc.oneof({ weight: 3, arbitrary: numberLike }, timeLike, wordLike),
    { numRuns: count, seed: 20261122 },
  );
  // One that SOPS cannot hold would have it refuse the whole file, and these are no plain scalars.
  const texts = sampled.filter((text) =>
    resolvePlain(text.trim())?.type !== "unheld" && !/^-?\s*$|^-\s|^---|^\s|\s$|^[=~]/.test(text)
  );
  assert.ok(texts.length > count * 0.9);
  const yaml = texts.map((text, index) => `k${index}: ${text}\n`).join("");
  await using home = await temporaryHome({ "a.yaml": yaml });
  const { code, stdout, stderr } = await home.program("sops", [
    "encrypt",
    "--age",
    testRecipient,
    "a.yaml",
  ]);
  assert.equal(code, 0, stderr);

  const ours = new Map(
    [...leavesOf((await plainParse(encoder.encode(yaml), "yaml")).documents[0]!)]
      .map(({ path, value }) => [path[0], `${value.type} ${value.reveal()}`]),
  );
  const sealed = await parseDocument(encoder.encode(stdout), "yaml");
  const types = new Map(
    [...leavesOf(sealed.tree.documents[0]!)].map(({ path, value }) =>
      [path[0], parseEncrypted(value.reveal())?.type] as const
    ),
  );
  const opened = await sealed.open(parseIdentities(testIdentity, "test"));
  const theirs = new Map(
    [...opened.leaves()].map((
      { path, value },
    ) => [path[0], `${types.get(path[0]) ?? value.type} ${value.reveal()}`]),
  );
  const different = texts.flatMap((text, index) => {
    const [one, other] = [ours.get(`k${index}`), theirs.get(`k${index}`)];
    return one === other ? [] : [`${JSON.stringify(text)}: ${one} instead of ${other}`];
  });
  assert.deepEqual(different, []);
});
