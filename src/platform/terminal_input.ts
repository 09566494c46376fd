import { InputTooLongError, InterruptedError } from "./errors.ts";

/** Where bytes come from; standard input unless a test gives something else. */
export interface Input {
  read(buffer: Uint8Array): Promise<number | null>;
  isTerminal(): boolean;
  setRaw(raw: boolean): void;
}

/**
 * Reads standard input to its end.
 *
 * @param limit in bytes
 * @throws {InputTooLongError} when there is more
 */
export async function readAllStdin(
  limit: number,
  input: Input = Deno.stdin,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await input.read(buffer);
    if (count === null) break;
    length += count;
    if (length > limit) throw new InputTooLongError(limit);
    chunks.push(buffer.slice(0, count));
  }
  buffer.fill(0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

// What came with an answer belongs to the next question: somebody typed ahead, or pasted two lines.
let typedAhead: number[] = [];

/**
 * Reads a line from the terminal without showing it. Backspace and Ctrl-U correct it; arrow keys
 * and the like are left out. The terminal is as it was afterwards, whatever happens.
 *
 * @returns the line without its end; nothing at the end of input (Ctrl-D on an empty line)
 * @throws {InterruptedError} at Ctrl-C
 */
export async function readLineNoEcho(input: Input = Deno.stdin): Promise<string | undefined> {
  const raw = input.isTerminal();
  if (raw) input.setRaw(true);
  try {
    return await readLine(input);
  } finally {
    if (raw) input.setRaw(false);
  }
}

/** Shows what is typed again, for the way out at a signal in the middle of `readLineNoEcho`. */
export function restoreTerminal(input: Input = Deno.stdin): void {
  if (input.isTerminal()) input.setRaw(false);
}

const interrupt = 0x03;
const endOfInput = 0x04;
const eraseLine = 0x15;
const escape = 0x1b;

async function readLine(input: Input): Promise<string | undefined> {
  const line: number[] = [];
  const finish = () => new TextDecoder().decode(Uint8Array.from(line));
  for (;;) {
    const byte = await nextByte(input);
    if (byte === undefined) return line.length ? finish() : undefined;
    if (byte === 0x0a || byte === 0x0d) {
      // Windows line ends in a paste are one end, not two.
      if (byte === 0x0d && typedAhead[0] === 0x0a) typedAhead.shift();
      return finish();
    }
    if (byte === interrupt) {
      typedAhead = [];
      throw new InterruptedError();
    }
    if (byte === endOfInput) {
      if (line.length === 0) return undefined;
    } else if (byte === eraseLine) {
      line.length = 0;
    } else if (byte === 0x7f || byte === 0x08) {
      // A character is one to four bytes, all but the first of them 10xxxxxx.
      while (((line.pop() ?? 0) & 0xc0) === 0x80);
    } else if (byte === escape) {
      await skipEscape(input);
    } else {
      line.push(byte);
    }
  }
}

/** Skips `ESC [ … letter` and `ESC O letter`; a lone ESC is skipped with what follows it. */
async function skipEscape(input: Input): Promise<void> {
  const kind = await nextByte(input);
  if (kind === 0x4f) await nextByte(input);
  if (kind !== 0x5b) return;
  for (;;) {
    const byte = await nextByte(input);
    if (byte === undefined || (byte >= 0x40 && byte <= 0x7e)) return;
  }
}

async function nextByte(input: Input): Promise<number | undefined> {
  if (typedAhead.length === 0) {
    const buffer = new Uint8Array(4096);
    const count = await input.read(buffer);
    if (count === null) return undefined;
    typedAhead = [...buffer.subarray(0, count)];
    buffer.fill(0);
  }
  return typedAhead.shift();
}
