import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { SettingsEdit } from "../../claude/configure.ts";
import { maskSettings } from "../../claude/mask.ts";
import type { Secret } from "../../sops/secret.ts";

/**
 * The change of one settings file as a unified diff, in which secrets say `<secret>`.
 *
 * @param shown what the file is called in it
 * @param known values of the secrets file, which must not be seen wherever they stand
 */
export function maskedDiff(edit: SettingsEdit, shown: string, known: readonly Secret[]): string {
  const before = edit.file.source?.text.reveal() ?? "";
  return createTwoFilesPatch(
    edit.file.source ? shown : "/dev/null",
    shown,
    maskSettings(before, known),
    maskSettings(edit.after.reveal(), known),
    undefined,
    undefined,
    { context: 2, stripTrailingCr: true, headerOptions: FILE_HEADERS_ONLY },
  );
}
