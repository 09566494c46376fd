import { EditAbandonedError, EditConflictError, EditorError } from "../edit/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** An editor that could not be used, and an edit that was given up. */
export const faults: FaultWriter = (error) => {
  if (error instanceof EditAbandonedError) {
    return {
      exit: exitCodes.usage,
      cause: "edit_abandoned",
      message: `Nothing written to "${error.file}": ${error.problem}`,
    };
  }
  if (error instanceof EditConflictError) {
    return {
      exit: exitCodes.refused,
      cause: "conflict",
      message: `Nothing written to "${error.file}": another process changed it meanwhile`,
      hint: `your text is in ${error.kept}, in memory only; edit again, then remove it`,
    };
  }
  if (!(error instanceof EditorError)) return undefined;
  const { reason, editor, code } = error;
  switch (reason) {
    case "none":
      return {
        exit: exitCodes.usage,
        cause: "no_editor",
        message: `Cannot edit: ${editor} is not set, and there is no vim, nano or vi`,
        hint: "name an editor: EDITOR=... credsmith edit",
      };
    case "words":
      return {
        exit: exitCodes.usage,
        cause: "no_editor",
        message: `Cannot edit: a quote or a backslash in ${editor} is left open`,
        hint: `look at ${editor}: it is split into words as a shell would`,
      };
    case "start":
      return {
        exit: exitCodes.usage,
        cause: "no_editor",
        message: `Cannot start the editor "${editor}"`,
        hint: "name another: EDITOR=... credsmith edit",
      };
    case "failed":
      return {
        exit: exitCodes.refused,
        cause: "editor_failed",
        message: `Nothing written: the editor "${editor}" ended with code ${code}`,
      };
  }
};
