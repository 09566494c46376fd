import type { EncryptedValue } from "../encrypted_value.ts";

/** AES-256-GCM under one data key, many values at once. */
export interface Aead {
  /** @returns each plaintext, or nothing where the tag does not match */
  open(
    items: readonly { readonly value: EncryptedValue; readonly aad: Uint8Array<ArrayBuffer> }[],
  ): Promise<(Uint8Array<ArrayBuffer> | undefined)[]>;
  seal(
    items: readonly {
      readonly iv: Uint8Array<ArrayBuffer>;
      readonly plaintext: Uint8Array<ArrayBuffer>;
      readonly aad: Uint8Array<ArrayBuffer>;
    }[],
  ): Promise<{ data: Uint8Array<ArrayBuffer>; tag: Uint8Array<ArrayBuffer> }[]>;
}
