import type { ScalarType } from "./tree.ts";

/**
 * The text that SOPS hashes for a decrypted value: it reads the value with Go's `strconv` and
 * writes it again, so `007` becomes `7` and `1e2` becomes `100`.
 *
 * @param type as in `type:` of the encrypted value
 * @param text the decrypted text
 * @returns nothing when the text is no value of that type
 * @see getsops/sops aes/cipher.go, Decrypt; sops.go, ToBytes
 */
export function canonicalText(type: ScalarType, text: string): string | undefined {
  switch (type) {
    case "str":
    case "bytes":
      return text;
    case "int":
      return canonicalInt(text);
    case "float":
      return canonicalFloat(text);
    case "bool":
      return canonicalBool(text);
    case "time":
      return canonicalTime(text);
  }
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Go's `strconv.Atoi` and `Itoa`: decimal, signed, 64 bits. */
function canonicalInt(text: string): string | undefined {
  const match = /^([+-]?)0*(\d+)$/.exec(text);
  if (!match || match[2]!.length > 20) return undefined;
  const value = BigInt(`${match[1]}${match[2]}`.replace("+", ""));
  return value < int64.min || value > int64.max ? undefined : value.toString();
}

/** Go's `strconv.ParseBool`, and the words that SOPS writes. */
function canonicalBool(text: string): string | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return "True";
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return "False";
  return undefined;
}

function canonicalFloat(text: string): string | undefined {
  const special = /^([+-]?)(?:inf(?:inity)?)$/i.exec(text);
  if (special) return `${special[1] || "+"}Inf`;
  if (/^nan$/i.test(text)) return "NaN";
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? floatText(value) : undefined;
}

/**
 * Go's `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits that read back as the same
 * number, never with an exponent.
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [mantissa = "0", exponentText] = String(Math.abs(value)).split("e");
  const sign = value < 0 ? "-" : "";
  if (exponentText === undefined) return sign + mantissa;
  const exponent = Number(exponentText);
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * RFC 3339 as Go's `time.Time` reads and `MarshalText` writes it: nanoseconds at most, no trailing
 * zeros in the fraction, `Z` where the offset is zero.
 */
export function canonicalTime(text: string): string | undefined {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d))$/
      .exec(text);
  if (!match) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = "",
    ,
    sign,
    offsetHour,
    offsetMinute,
  ] = match;
  try {
    Temporal.PlainDate.from({ year: Number(year), month: Number(month), day: Number(day) }, {
      overflow: "reject",
    });
  } catch {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;
  const kept = fraction.slice(0, 9).replace(/0+$/, "");
  const zero = sign === undefined || (offsetHour === "00" && offsetMinute === "00");
  const offset = zero ? "Z" : `${sign}${offsetHour}:${offsetMinute}`;
  const moment = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  return `${moment}${kept ? `.${kept}` : ""}${offset}`;
}

/** The same moment without a fraction, as SOPS formats `lastmodified` (`time.RFC3339`). */
export function wholeSeconds(time: string): string {
  return time.replace(/\.\d+/, "");
}
