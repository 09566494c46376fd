import { FileError, RuntimeFolderError } from "../../platform/errors.ts";
import {
  AlreadyEncryptedError,
  IntegrityError,
  KeyServiceError,
  NoIdentityError,
  PassphraseError,
  PathError,
  PluginError,
  UnsupportedError,
} from "../../sops/errors.ts";
import { UnholdableError } from "../../sops/tree.ts";
import { SecretsFileError } from "../../store/errors.ts";
import { EditAbandonedError, EditorError } from "../edit/errors.ts";
import { RefusedError } from "../errors.ts";
import { explain } from "../faults.ts";
import { sopsCodes, SopsExit } from "./codes.ts";

/**
 * Any error as the end of a `credsmith sops` command: our words, sops's exit code.
 *
 * @see getsops/sops cmd/sops/common/common.go
 */
export async function asSopsExit(error: unknown): Promise<SopsExit> {
  const { message, hint } = await explain(error);
  return new SopsExit(
    codeOf(error instanceof SecretsFileError ? error.cause : error),
    message,
    hint,
  );
}

function codeOf(error: unknown): number {
  if (error instanceof NoIdentityError) return sopsCodes.couldNotRetrieveKey;
  if (error instanceof IntegrityError) {
    return error.where === "mac"
      ? sopsCodes.macMismatch
      : error.where === "leaf"
      ? sopsCodes.decryptingTree
      : sopsCodes.couldNotRetrieveKey;
  }
  // What goes wrong when a data key is sealed is caught where it is (`sealing`).
  if (
    error instanceof KeyServiceError || error instanceof PassphraseError ||
    error instanceof PluginError ||
    error instanceof UnsupportedError && ["key type", "identity"].includes(error.kind)
  ) return sopsCodes.couldNotRetrieveKey;
  if (error instanceof AlreadyEncryptedError) return sopsCodes.fileAlreadyEncrypted;
  if (error instanceof PathError && error.reason === "reserved") {
    return sopsCodes.fileAlreadyEncrypted;
  }
  if (error instanceof UnholdableError) return sopsCodes.dumpingTree;
  if (error instanceof FileError) {
    return error.operation === "read" ? sopsCodes.couldNotReadInput : sopsCodes.couldNotWriteOutput;
  }
  if (error instanceof EditorError) return sopsCodes.noEditor;
  if (error instanceof EditAbandonedError) return sopsCodes.couldNotReadInput;
  if (error instanceof RefusedError || error instanceof RuntimeFolderError) {
    return sopsCodes.refused;
  }
  return sopsCodes.generic;
}
