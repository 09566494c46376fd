import { InterruptedError } from "../../platform/errors.ts";
import type { FaultWriter } from "./fault.ts";

/** A question that was not answered: Ctrl-C, as a shell reports it. */
export const faults: FaultWriter = (error) =>
  error instanceof InterruptedError
    ? { exit: 130, cause: "interrupted", message: "Interrupted; nothing was changed" }
    : undefined;
