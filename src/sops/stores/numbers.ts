/** Significant digits and decimal exponent of a finite number, shortest that read back the same. */
function scientific(value: number): { sign: string; digits: string; exponent: number } {
  const [mantissa = "0", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return {
    sign: value < 0 || Object.is(value, -0) ? "-" : "",
    digits: mantissa.replace(".", ""),
    exponent: Number(exponent),
  };
}

function withExponent(value: number, least: number): string {
  const { sign, digits, exponent } = scientific(value);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  const magnitude = String(Math.abs(exponent)).padStart(least, "0");
  return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${magnitude}`;
}

/** Go writes `-0`, which SOPS reads as the integer 0, so that the MAC does not match any more. */
const negativeZero = "-0.0";

/**
 * A float as go-yaml writes it: Go's `FormatFloat(value, 'g', -1, 64)`, which turns to an exponent
 * from 1e+06 on and below 0.0001.
 *
 * @param text as `Scalar` holds it: Go's `'f'` format, `NaN`, `+Inf` or `-Inf`
 */
export function yamlFloat(text: string): string {
  if (text === "NaN") return ".nan";
  if (text === "+Inf") return ".inf";
  if (text === "-Inf") return "-.inf";
  if (text === "-0") return negativeZero;
  const value = Number(text);
  const { exponent } = scientific(value);
  return value !== 0 && (exponent < -4 || exponent >= 6) ? withExponent(value, 2) : text;
}

/**
 * A float as Go's `encoding/json` writes it: an exponent from 1e21 on and below 0.000001, without
 * a leading zero in a negative one.
 *
 * @param text as `Scalar` holds it
 * @returns nothing for NaN and the infinities, which JSON does not have
 */
export function jsonFloat(text: string): string | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (text === "-0") return negativeZero;
  const magnitude = Math.abs(value);
  if (value === 0 || magnitude >= 1e-6 && magnitude < 1e21) return text;
  return withExponent(value, magnitude < 1 ? 1 : 2);
}
