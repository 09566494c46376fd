import { SettingsShapeError, SettingsSyntaxError } from "../../claude/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** Claude Code's settings files. */
export const faults: FaultWriter = (error) => {
  if (error instanceof SettingsSyntaxError) {
    const { file, line, reason } = error;
    return {
      exit: exitCodes.usage,
      cause: "claude_settings_invalid",
      message: `Cannot read "${file}"${line ? `, line ${line}` : ""}: ${reason}`,
      hint: "nothing was changed; Claude Code cannot read it either",
      details: { file, line },
    };
  }
  if (error instanceof SettingsShapeError) {
    const { file, setting, expected } = error;
    return {
      exit: exitCodes.usage,
      cause: "claude_settings_invalid",
      message: `Cannot change "${file}": "${setting}" is not ${expected}`,
      hint: "nothing was changed",
      details: { file, setting },
    };
  }
  return undefined;
};
