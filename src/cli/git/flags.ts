import { jsonFlag, switchFlag } from "../arguments.ts";

/** The parameters of `git install` and `git uninstall`. */
export const setupFlags = (yes: string) =>
  ({
    flags: {
      global: switchFlag("Your git configuration instead of this repository's"),
      yes: switchFlag(yes),
      dryRun: switchFlag("Show it and change nothing"),
      json: jsonFlag,
    },
    aliases: { y: "yes" },
  }) as const;
