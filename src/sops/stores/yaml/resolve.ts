import { canonicalTime, floatText } from "../../canonical.ts";
import type { ScalarType } from "../../tree.ts";

/**
 * What a plain scalar is, if it is no string. `unheld` is what go-yaml reads and SOPS cannot hold:
 * an unsigned integer of 64 bits, a time zone a day away.
 */
export interface Resolved {
  readonly type: Exclude<ScalarType, "str" | "bytes"> | "null" | "unheld";
  /** Canonical, as `Scalar` wants it. */
  readonly text: string;
}

const named = new Map<string, Resolved>([
  ...["", "~", "null", "Null", "NULL"].map((s) => [s, { type: "null", text: "" }] as const),
  ...["true", "True", "TRUE"].map((s) => [s, { type: "bool", text: "True" }] as const),
  ...["false", "False", "FALSE"].map((s) => [s, { type: "bool", text: "False" }] as const),
  ...[".nan", ".NaN", ".NAN"].map((s) => [s, { type: "float", text: "NaN" }] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]
    .map((s) => [s, { type: "float", text: "+Inf" }] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((s) => [s, { type: "float", text: "-Inf" }] as const),
]);

/**
 * What go-yaml makes of a plain scalar. That is neither YAML 1.1 (`yes` and `1:30` are strings)
 * nor 1.2 (`017`, `1_000` and dates are none).
 *
 * @param text the scalar, folded
 * @returns nothing when it is a string
 * @see go-yaml v3 resolve.go
 */
export function resolvePlain(text: string): Resolved | undefined {
  if (text.length === 0) return named.get("");
  const first = text.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39 || first === 0x2b || first === 0x2d) {
    return named.get(text) ?? timestamp(text) ?? number(text);
  }
  if (first === 0x2e) return named.get(text) ?? dotted(text);
  return text.length <= 5 ? named.get(text) : undefined;
}

/** A number, without a look at dates; what `!!int` and `!!float` read. */
export function number(text: string): Resolved | undefined {
  const plain = text.replaceAll("_", "");
  return integer(plain) ?? decimalFloat(plain) ?? signedAfterPrefix(plain);
}

const prefixed = /^([+-]?)0(?:[xX]([0-9a-fA-F]+)|[oO]([0-7]+)|[bB]([01]+)|([0-7]*))$/;

function integer(plain: string): Resolved | undefined {
  const match = prefixed.exec(plain);
  if (match) {
    const [, sign, hex, octal, binary, old] = match;
    const magnitude = hex
      ? wholeNumber("0x", hex)
      : binary
      ? wholeNumber("0b", binary)
      : wholeNumber("0o", octal ?? (old || "0"));
    return magnitude === undefined ? undefined : sized(sign ?? "", magnitude);
  }
  const decimal = /^([+-]?)([1-9][0-9]*)$/.exec(plain);
  if (!decimal) return undefined;
  const [, sign = "", digits = ""] = decimal;
  if (digits.length < 16) return { type: "int", text: sign === "-" ? `-${digits}` : digits };
  const magnitude = wholeNumber("", digits);
  return magnitude === undefined ? undefined : sized(sign, magnitude);
}

/** Nothing for more digits than 64 bits have in any base; to read millions of them would take long. */
function wholeNumber(prefix: string, digits: string): bigint | undefined {
  const counted = digits.replace(/^0+(?=.)/, "");
  return counted.length > 64 ? undefined : BigInt(`${prefix}${counted}`);
}

function sized(sign: string, magnitude: bigint): Resolved | undefined {
  const value = sign === "-" ? -magnitude : magnitude;
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return { type: "int", text: value.toString() };
  return sign === "" && value < 2n ** 64n ? { type: "unheld", text: "" } : undefined;
}

/** `0b-11` is -3 to go-yaml: it cuts the prefix off and reads the rest with its own sign. */
function signedAfterPrefix(plain: string): Resolved | undefined {
  const match = /^0(?:b([+-][01]+)|o([+-][0-7]+))$/.exec(plain);
  if (!match) return undefined;
  const rest = match[1] ?? match[2] ?? "";
  const magnitude = wholeNumber(match[1] ? "0b" : "0o", rest.slice(1));
  const sized64 = magnitude === undefined ? undefined : sized(rest.slice(0, 1), magnitude);
  return sized64?.type === "int" ? sized64 : undefined;
}

function decimalFloat(plain: string): Resolved | undefined {
  if (!/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? { type: "float", text: floatText(value) } : undefined;
}

/** What starts with a dot goes to Go's `ParseFloat`, which wants digits around an underscore. */
function dotted(text: string): Resolved | undefined {
  return decimalFloat(text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, ""));
}

/**
 * The dates that go-yaml knows: RFC 3339 with short fields, the same without a zone and with
 * spaces, and the day alone.
 */
export function timestamp(text: string): Resolved | undefined {
  if (text.charCodeAt(4) !== 0x2d) return undefined;
  const match =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:([Tt]| +)(\d\d?):(\d\d?):(\d\d?)([.,]\d+)?(Z|[+-]\d\d:\d\d)?)?$/
      .exec(text);
  if (!match) return undefined;
  const [, year, month, day, separator, hour = "0", minute = "0", second = "0", fraction, zone] =
    match;
  const spaced = separator !== undefined && separator.startsWith(" ");
  if (separator !== undefined && spaced === (zone !== undefined)) return undefined;
  const two = (field: string | undefined) => (field ?? "").padStart(2, "0");
  const local = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
  const canonical = canonicalTime(
    `${local}${fraction ? `.${fraction.slice(1)}` : ""}${zone ?? "Z"}`,
  );
  if (canonical !== undefined) return { type: "time", text: canonical };
  const far = zone !== undefined && zone.slice(1, 3) <= "24" && zone.slice(4) <= "60";
  return far && canonicalTime(`${local}Z`) ? { type: "unheld", text: "" } : undefined;
}
