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
  brief: "Give files new data keys",
  description:
    "Every value is encrypted anew under a new data key, for the recipients that the file's rule\n" +
    "names and nobody else: a recipient that stands only in the file's metadata, which nothing\n" +
    "vouches for, loses access. The MAC of each file is checked first.",
  examples: [
    ["credsmith access renew", "all files"],
    ["credsmith access renew secrets/aws.yaml --yes", "one file, without being asked"],
  ],
  exits: { ...changeExits, 9: "some files failed, each named; run again for these" },
  parameters: { positional: pathArguments, flags: changeFlags, aliases: changeAliases },
  run: (context, flags, ...paths) =>
    followRules(context, flags, paths, { kind: "renew", does: "get new data keys" }),
});
