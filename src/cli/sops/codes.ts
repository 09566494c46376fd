/**
 * Exit codes of `sops`, which `credsmith sops` keeps.
 *
 * @see getsops/sops cmd/sops/codes/codes.go
 */
export const sopsCodes = {
  generic: 1,
  /** Also what the Go run time exits with after a panic. */
  couldNotReadInput: 2,
  couldNotWriteOutput: 3,
  dumpingTree: 4,
  invalidEncryptionContext: 6,
  invalidSetFormat: 7,
  conflictingParameters: 8,
  encryptingTree: 23,
  decryptingTree: 25,
  cannotChangeKeysOfNonexistentFile: 49,
  macMismatch: 51,
  invalidTreePath: 91,
  needAtLeastOneDocument: 92,
  noFileSpecified: 100,
  duplicateDecryptionKeyType: 112,
  couldNotRetrieveKey: 128,
  fileNotModified: 200,
  noEditor: 201,
  fileAlreadyEncrypted: 203,
  /** Ours, because sops has no such thing: it would put plaintext on a disk, or show it to an agent. */
  refused: 77,
} as const;

/** The end of a `credsmith sops` command: what goes to stderr, and the exit code. */
export class SopsExit extends Error {
  override name = "SopsExit";
  constructor(readonly code: number, message: string, readonly hint?: string) {
    super(message);
  }
}
