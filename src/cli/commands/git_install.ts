import { defineCommand } from "../command.ts";
import { install, type SetupFlags } from "../git/install.ts";
import { setupFlags } from "../git/flags.ts";

export const command = defineCommand<SetupFlags>({
  brief: "Let git diff, merge and check secrets files",
  description:
    "git diff shows values instead of ciphertext, git merge brings two versions together key by\n" +
    "key, and a commit with plaintext that a creation rule wants encrypted is refused. Writes lines\n" +
    "for .gitattributes, settings of this repository, and a hook before commits where there is\n" +
    "none; shows them first.",
  examples: [
    ["credsmith git install", "shows what it would write, and asks"],
    ["credsmith git install --yes", "in a script, or after a clone"],
    ["credsmith git install --global", "diff and merge for all your repositories"],
  ],
  exits: { 8: "not confirmed; nothing was written" },
  parameters: setupFlags("Write without asking"),
  run: install,
});
