import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { SharedFile } from "./files.ts";

/** The change of the configuration file as a unified diff, in which keys say `<secret>`. */
export function maskedDiff({ text, snapshot, shown }: SharedFile, after: string): string {
  return createTwoFilesPatch(
    snapshot ? shown : "/dev/null",
    shown,
    masked(text),
    masked(after),
    undefined,
    undefined,
    { context: 2, stripTrailingCr: true, headerOptions: FILE_HEADERS_ONLY },
  );
}

/** People put keys into this file, too. */
function masked(text: string): string {
  return text.replaceAll(
    /^([ \t]*\w*(?:secret|token|password)\w*(?<!_file)[ \t]*[=:][ \t]*)\S.*$/gim,
    "$1<secret>",
  );
}
