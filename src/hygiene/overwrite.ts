import type { HeldFile } from "../platform/held_file.ts";

/** A stretch of a file, in bytes; the end is not part of it. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What overwriting a file came to. */
export interface Overwriting {
  readonly passes: number;
  /** Bytes that one pass wrote. */
  readonly bytes: number;
  /** Somebody wrote into the file meanwhile and did not stop; what they wrote is still there. */
  readonly disturbed: boolean;
}

export interface OverwriteOptions {
  /** At least 1. */
  readonly passes: number;
  /** Leaves the size as it is; otherwise the rest of the last block is overwritten too. */
  readonly keepSize?: boolean;
  /** At most 65,536 bytes at a time. */
  readonly random: (length: number) => Uint8Array;
  /** Told after each mebibyte and more. */
  readonly progress?: (done: number, all: number) => void;
}

const chunk = 64 * 1024;
const block = 4096;
/** How often the passes start again because somebody else wrote into the file. */
const patience = 3;

/**
 * Overwrites the content of a file in place with random bytes, each pass brought to the device
 * before the next one, and reads back what the last pass wrote. Holes stay holes. A file that
 * grows or changes meanwhile is overwritten again, as it is then.
 *
 * @throws {FileError}
 */
export function overwrite(file: HeldFile, options: OverwriteOptions): Overwriting {
  let bytes = 0;
  for (let attempt = 0; attempt < patience; attempt++) {
    const before = file.info();
    const stretches = contentOf(file, before.size, before.allocated < before.size);
    bytes = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
    const report = progressOf(options, bytes);
    let pattern = options.random(chunk);
    for (let pass = 0; pass < options.passes; pass++) {
      pattern = options.random(chunk);
      for (const stretch of stretches) fill(file, stretch, pattern, report);
      file.sync();
    }
    const rest = options.keepSize ? 0 : fillLastBlock(file, before.size, options.random);
    const untouched = file.info().size === before.size + rest &&
      stretches.every((stretch) => holds(file, stretch, pattern));
    bytes += rest;
    if (untouched) return { passes: options.passes, bytes, disturbed: false };
  }
  return { passes: options.passes, bytes, disturbed: true };
}

/** Where a file has content: everywhere, or where it is not zero in a file with holes. */
function contentOf(file: HeldFile, size: number, hasHoles: boolean): Stretch[] {
  if (!hasHoles) return size === 0 ? [] : [{ start: 0, end: size }];
  const found: { start: number; end: number }[] = [];
  const buffer = new Uint8Array(chunk);
  for (let at = 0; at < size; at += chunk) {
    const read = file.read(at, buffer.subarray(0, Math.min(chunk, size - at)));
    for (let within = 0; within < read; within += block) {
      const end = Math.min(within + block, read);
      if (buffer.subarray(within, end).every((byte) => byte === 0)) continue;
      const last = found.at(-1);
      if (last?.end === at + within) last.end = at + end;
      else found.push({ start: at + within, end: at + end });
    }
  }
  return found;
}

/**
 * Fills a stretch with a pattern whose first bytes count, so that no two chunks are alike and a
 * device that stores equal blocks once cannot do so.
 */
function fill(
  file: HeldFile,
  { start, end }: Stretch,
  pattern: Uint8Array,
  report: (bytes: number) => void,
): void {
  for (let at = start; at < end; at += chunk) {
    const bytes = numbered(pattern, at).subarray(0, Math.min(chunk, end - at));
    file.write(at, bytes);
    report(bytes.length);
  }
}

/** Whether a stretch still holds what `fill` wrote. */
function holds(file: HeldFile, { start, end }: Stretch, pattern: Uint8Array): boolean {
  const buffer = new Uint8Array(chunk);
  for (let at = start; at < end; at += chunk) {
    const length = Math.min(chunk, end - at);
    const expected = numbered(pattern, at);
    if (file.read(at, buffer.subarray(0, length)) !== length) return false;
    for (let i = 0; i < length; i++) if (buffer[i] !== expected[i]) return false;
  }
  return true;
}

function numbered(pattern: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pattern);
  for (let i = 0, rest = at / block; i < 6; i++, rest = Math.floor(rest / 256)) {
    bytes[i]! ^= rest & 0xff;
  }
  return bytes;
}

/** What an older, longer content may have left behind the end, up to the end of the block. */
function fillLastBlock(
  file: HeldFile,
  size: number,
  random: (length: number) => Uint8Array,
): number {
  const { blockSize } = file.info();
  const rest = (blockSize - size % blockSize) % blockSize;
  if (size === 0 || rest === 0 || rest > chunk) return 0;
  file.write(size, random(rest));
  file.sync();
  return rest;
}

function progressOf(options: OverwriteOptions, bytes: number): (written: number) => void {
  const all = bytes * options.passes;
  let done = 0;
  let told = 0;
  return (written) => {
    done += written;
    if (done - told < 1024 * 1024) return;
    told = done;
    options.progress?.(done, all);
  };
}
