import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { Check } from "./check.ts";

/**
 * An error that is a finding here: the last line of its hint is the remedy, those before it are
 * details.
 *
 * @throws the error itself when it is a defect, which is no finding
 */
export async function failedCheck(name: string, error: unknown): Promise<Check> {
  const { exit, cause, message, hint } = await explain(error);
  if (exit === exitCodes.defect) throw error;
  const lines = hint?.split("\n") ?? [];
  const fix = lines.pop();
  return {
    name,
    status: "fail",
    text: message,
    ...(lines.length ? { details: lines } : {}),
    cause,
    exit,
    ...(fix ? { fix: { text: fix } } : {}),
  };
}
