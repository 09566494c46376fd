import { InputTooLongError } from "./errors.ts";

/** Where bytes come from; standard input unless a test gives something else. */
export interface Input {
  read(buffer: Uint8Array): Promise<number | null>;
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

/**
 * Reads one line of standard input, and nothing behind it.
 *
 * @returns it without its end; nothing where there is no more
 */
export function readLineOfStdin(): string | undefined {
  const bytes: number[] = [];
  const buffer = new Uint8Array(1);
  for (;;) {
    const count = Deno.stdin.readSync(buffer);
    if (count === null && bytes.length === 0) return undefined;
    if (count === null || buffer[0] === 10) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(buffer[0]!);
  }
}
