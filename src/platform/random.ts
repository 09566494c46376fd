/**
 * @param length in bytes, at most 65,536
 * @returns that many bytes from the system's generator
 */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A number from 0 to 1, as random as a byte; for jitter, not for secrets. */
export function chance(): number {
  return randomBytes(1)[0]! / 255;
}
