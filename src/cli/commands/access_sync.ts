import { defineCommand } from "../command.ts";
import {
  changeAliases,
  changeExits,
  type ChangeFlags,
  changeFlags,
  pathArguments,
} from "../access/flags.ts";
import { followRules } from "../access/follow_rules.ts";

export const command = defineCommand<ChangeFlags, string[]>({
  brief: "Bring files to the recipients that .sops.yaml names",
  description:
    "What sops calls updatekeys, for whole trees: the data key of each file is encrypted for the\n" +
    "recipients of its rule, values stay as they are. The nearest .sops.yaml above a file counts.\n" +
    "Whoever is left out keeps what git remembers, and the data key: credsmith access remove.",
  examples: [
    ["credsmith access sync", "all files, after showing who gains and who loses access"],
    ["credsmith access sync hosts/ 'secrets/**/*.yaml'", "a folder and a glob"],
    ["credsmith access sync --dry-run", "only shows it"],
  ],
  exits: changeExits,
  parameters: { positional: pathArguments, flags: changeFlags, aliases: changeAliases },
  run: (context, flags, ...paths) =>
    followRules(context, flags, paths, { kind: "sync", does: "get other recipients" }),
});
