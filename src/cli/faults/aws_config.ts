import { ConfigShapeError, ProcessLineError } from "../../aws/config/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** AWS's shared configuration files. */
export const faults: FaultWriter = (error) => {
  if (error instanceof ProcessLineError) {
    const { word, reason } = error;
    const why = {
      "control": "it has a line feed or another control character",
      "not unicode": "it is no valid Unicode",
      "last word": "the line would end with a quote",
    } as const;
    return {
      exit: exitCodes.usage,
      cause: "process_line_impossible",
      message: `Cannot write ${JSON.stringify(word)} into credential_process: ${why[reason]}, ` +
        "and the AWS SDKs read that differently",
      hint: "give the file, or the folder of credsmith, another name; nothing was changed",
      details: { word },
    };
  }
  if (error instanceof ConfigShapeError) {
    const { reason, what, file, line } = error;
    const where = line === undefined ? "" : `, line ${line}`;
    const why = {
      "not utf-8": "it is not UTF-8",
      "twice": `"${what}" stands there twice, which botocore refuses`,
      "goes on": `"${what}" goes on over several lines, which the AWS SDKs read differently`,
    } as const;
    return {
      exit: exitCodes.usage,
      cause: "aws_config_invalid",
      message: `Cannot change "${file}"${where}: ${why[reason]}`,
      hint: reason === "twice"
        ? "join the two; nothing was changed"
        : "change it by hand; nothing was changed",
      details: { file, line },
    };
  }
  return undefined;
};
