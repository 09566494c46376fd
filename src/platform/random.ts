/**
 * @param length in bytes, at most 65,536
 * @returns that many bytes from the system's generator
 */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
