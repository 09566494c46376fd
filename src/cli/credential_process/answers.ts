import { readPlainFile } from "../../platform/plain_file.ts";

/**
 * What an earlier run found: for this question, and as long as these files are as they were, the
 * answer is the session of that entry. Nothing needs to be decrypted to know it.
 */
export interface KnownAnswer {
  readonly version: 1;
  /** All files that the answer depends on, absolute; the first is what was asked for. */
  readonly files: readonly string[];
  /** Of their contents, from {@link digestOf}. */
  readonly digest: string;
  /** The entry's name in the same folder. */
  readonly entry: string;
}

/** What the answer is asked from. */
export interface Question {
  /** Whether `path` is a secrets file or a loader's manifest. */
  readonly kind: "file" | "manifest";
  /** Its real path. */
  readonly path: string;
  readonly profile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Bytes of a secrets file beyond which nothing is remembered. */
const fileLimit = 1 << 20;

/** Bytes of a known answer, or of a session, at most. */
export const answerLimit = 1 << 16;

/** The name of the file that keeps the answer to a question. */
export async function answerName({ kind, path, profile, env }: Question): Promise<string> {
  const matters = Object.entries(env)
    // Where and as whom AWS is asked, and by which name.
    .filter(([name]) => /^(AWS_.*|HOME|USER|LOGNAME|(HTTPS?|NO|ALL)_PROXY)$/i.test(name))
    .sort(([one], [other]) => one < other ? -1 : 1);
  const text = JSON.stringify([1, kind, path, profile, matters]);
  return `${await hash(new TextEncoder().encode(text))}.at`;
}

/**
 * @param files absolute
 * @returns a hash of all contents, which differs where any file is other, gone or there again;
 *   nothing where one cannot be read, or is no plain file
 */
export async function digestOf(files: readonly string[]): Promise<string | undefined> {
  const hashes: string[] = [];
  for (const file of files) {
    const bytes = readPlainFile(file, fileLimit);
    if (bytes === undefined) return undefined;
    hashes.push(bytes === "absent" ? bytes : await hash(bytes));
  }
  if (hashes.length === 1) return hashes[0];
  return await hash(new TextEncoder().encode(hashes.join("\n")));
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** @returns the answer that such a file keeps; nothing where it is not what we write */
export function parseAnswer(bytes: Uint8Array): KnownAnswer | undefined {
  try {
    const { version, files, digest, entry } = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    const good = version === 1 && typeof digest === "string" &&
      Array.isArray(files) && files.length > 0 &&
      files.every((each) => typeof each === "string" && each.startsWith("/")) &&
      typeof entry === "string" && /^[0-9a-z]{1,200}\.json$/.test(entry);
    return good ? { version, files, digest, entry } : undefined;
  } catch {
    return undefined;
  }
}
