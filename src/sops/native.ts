/*
 * OpenSSL, by `node:crypto`, does all of the cryptography here three to ten times as fast as what
 * few leaves are decrypted with, but loading the Node layer costs 35 ms of a process. Whoever has
 * many files before them loads it once, and from then on it is used for all.
 */

let age: typeof import("./keys/native_age.ts") | undefined;

/** Loads OpenSSL, for many files. */
export async function loadNative(): Promise<void> {
  age ??= await import("./keys/native_age.ts");
}

/** @returns age by OpenSSL, once it was loaded */
export function nativeAge(): typeof import("./keys/native_age.ts") | undefined {
  return age;
}
