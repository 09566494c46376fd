import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";

/** There is no `.sops.yaml` for what was named, or no rule in it. */
export function noRules({ cwd }: Context): UsageError {
  return new UsageError(
    `Found no creation rules for the files below "${cwd}"`,
    "credsmith init makes a .sops.yaml",
    "no_rules",
  );
}
