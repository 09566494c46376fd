import assert from "node:assert/strict";
import { canonicalText, floatText } from "../../src/sops/canonical.ts";
import type { ScalarType } from "../../src/sops/tree.ts";

const cases: readonly (readonly [ScalarType, text: string, canonical: string | undefined])[] = [
  ["str", "", ""],
  ["str", " as it is\r\n", " as it is\r\n"],
  ["int", "007", "7"],
  ["int", "+7", "7"],
  ["int", "-0", "0"],
  ["int", "9223372036854775807", "9223372036854775807"],
  ["int", "9223372036854775808", undefined],
  ["int", "-9223372036854775808", "-9223372036854775808"],
  ["int", "1_000", undefined],
  ["int", "0x10", undefined],
  ["int", "", undefined],
  ["float", "1.0", "1"],
  ["float", "1e2", "100"],
  ["float", "1.5e-7", "0.00000015"],
  ["float", "1e21", "1000000000000000000000"],
  ["float", "-0", "-0"],
  ["float", "+Inf", "+Inf"],
  ["float", "-inf", "-Inf"],
  ["float", "NaN", "NaN"],
  ["float", "1e400", undefined],
  ["float", "one", undefined],
  ["bool", "True", "True"],
  ["bool", "true", "True"],
  ["bool", "f", "False"],
  ["bool", "yes", undefined],
  ["time", "2027-02-20T00:00:00Z", "2027-02-20T00:00:00Z"],
  ["time", "2027-02-20T10:11:12.120000000+02:00", "2027-02-20T10:11:12.12+02:00"],
  ["time", "2027-02-20T10:11:12+00:00", "2027-02-20T10:11:12Z"],
  ["time", "2027-02-30T00:00:00Z", undefined],
  ["time", "2027-02-20", undefined],
  ["time", "2027-02-20T24:00:00Z", undefined],
];

for (const [type, text, canonical] of cases) {
  Deno.test(`a ${type} "${text}" counts as ${canonical === undefined ? "none" : `"${canonical}"`}`, () =>
    assert.equal(canonicalText(type, text), canonical));
}

Deno.test("a float is written with all its digits and no exponent", () => {
  const texts: readonly (readonly [number, string])[] = [
    [0.1, "0.1"],
    [123456789.125, "123456789.125"],
    [5e-324, `0.${"0".repeat(323)}5`],
    [Number.MAX_VALUE, `17976931348623157${"0".repeat(292)}`],
    [-1.25e-10, "-0.000000000125"],
  ];
  for (const [value, text] of texts) assert.equal(floatText(value), text);
});
