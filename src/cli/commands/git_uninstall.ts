import { defineCommand } from "../command.ts";
import { setupFlags } from "../git/flags.ts";
import { type SetupFlags, uninstall } from "../git/install.ts";

export const command = defineCommand<SetupFlags>({
  brief: "Take out what git install wrote",
  description:
    "The lines in .gitattributes, the settings and the hook; a hook that somebody else wrote stays\n" +
    "as it is. Secrets files stay encrypted, and git compares their ciphertext again.",
  examples: [
    ["credsmith git uninstall", "shows what would go, and asks"],
    ["credsmith git uninstall --global", "what --global wrote"],
  ],
  exits: { 8: "not confirmed; nothing was changed" },
  parameters: setupFlags("Take it out without asking"),
  run: uninstall,
});
