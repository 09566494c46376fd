/** A stanza of an age file's header, or a message of the plugin protocol. */
export interface AgeStanza {
  /** The words of its first line, at least one. */
  readonly args: readonly string[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An arrow, then words of visible ASCII. */
const firstLine = /^->(?: [\x21-\x7e]+)+$/;

/** So many characters has every line of a body but the last, which has fewer. */
const columns = 64;

/**
 * Reads one stanza.
 *
 * @param line its first line
 * @param next gives the lines after it, without their ends; nothing past the last
 * @returns nothing when it is none
 * @see https://c2sp.org/age
 */
export function readStanza(
  line: string,
  next: () => string | undefined,
): AgeStanza | undefined {
  if (!firstLine.test(line)) return undefined;
  let text = "";
  for (let wrapped = next();; wrapped = next()) {
    if (wrapped === undefined || wrapped.length > columns) return undefined;
    text += wrapped;
    if (wrapped.length < columns) break;
  }
  const body = decodeUnpadded(text);
  return body && { args: line.split(" ").slice(1), body };
}

/** @returns the stanza's lines, each with its end */
export function writeStanza({ args, body }: AgeStanza): string {
  const text = encodeUnpadded(body);
  const lines: string[] = text.match(/.{1,64}/g) ?? [];
  if (text.length % columns === 0) lines.push("");
  return [`-> ${args.join(" ")}`, ...lines, ""].join("\n");
}

/** @returns nothing for what is no unpadded Base64 in its one spelling */
export function decodeUnpadded(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.includes("=") ? undefined : decodeBase64(text + "=".repeat(-text.length & 3));
}

export function encodeUnpadded(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}

/** @returns nothing for what is no padded Base64 in its one spelling */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
