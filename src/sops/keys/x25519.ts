/** @see RFC 8410: PKCS #8 of an X25519 key, up to its 32 bytes */
const pkcs8Prefix = Uint8Array.fromHex("302e020100300506032b656e04220420");
const basePoint = new Uint8Array(32);
basePoint[0] = 9;

/**
 * X25519 by the run time's own cryptography.
 *
 * @param scalar 32 bytes
 * @param point the other side's public key, 32 bytes
 * @returns 32 bytes; nothing for the points that give nothing but zeros
 * @see RFC 7748, section 6.1
 */
export async function sharedSecret(
  scalar: Uint8Array<ArrayBuffer>,
  point: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pkcs8 = new Uint8Array(48);
  pkcs8.set(pkcs8Prefix);
  pkcs8.set(scalar, 16);
  const name = "X25519";
  try {
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.importKey("pkcs8", pkcs8, { name }, false, ["deriveBits"]),
      crypto.subtle.importKey("raw", point, { name }, false, []),
    ]);
    const secret = await crypto.subtle.deriveBits({ name, public: publicKey }, privateKey, 256);
    return new Uint8Array(secret);
  } catch (error) {
    // Zeros alone are what WebCrypto refuses here.
    if (error instanceof DOMException && error.name === "OperationError") return undefined;
    throw error;
  } finally {
    pkcs8.fill(0);
  }
}

/** @returns the public key of a private one, 32 bytes */
export async function publicKeyOf(
  scalar: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await sharedSecret(scalar, basePoint))!;
}
