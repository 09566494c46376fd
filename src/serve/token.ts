/** Why a text does not serve as a bearer token. */
export type TokenFault = "a line end" | "too short" | "too long" | "not printable";

/** Characters that a token has at least; nobody guesses one of these. */
export const shortestToken = 32;
const longestToken = 4096;

/**
 * What is wrong with a token that somebody else made. SDKs send a file's content as it is, and
 * refuse one that ends with a line feed.
 */
export function tokenFault(text: string): TokenFault | undefined {
  if (/[\r\n]/.test(text)) return "a line end";
  if (!/^[\x21-\x7e]*$/.test(text)) return "not printable";
  if (text.length < shortestToken) return "too short";
  return text.length > longestToken ? "too long" : undefined;
}

/** A token of our own, from 32 random bytes. */
export function tokenOf(random: Uint8Array<ArrayBuffer>): string {
  return random.toBase64({ alphabet: "base64url", omitPadding: true });
}
