import { defineCommand } from "../command.ts";
import {
  type Asking,
  changeFiles,
  confirmChange,
  ownIdentities,
  planFiles,
  reportOutcome,
} from "../access/carry_out.ts";
import {
  changeAliases,
  changeExits,
  type ChangeFlags,
  changeFlags,
  pathArguments,
} from "../access/flags.ts";
import { gather } from "../access/gather.ts";

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
  exits: changeExits,
  parameters: { positional: pathArguments, flags: changeFlags, aliases: changeAliases },
  async run(context, flags, ...paths) {
    const found = await gather(context, paths);
    const planned = await planFiles(found, { kind: "renew" });
    const { work } = planned;
    const asking: Asking = {
      context,
      flags,
      command: "credsmith access renew",
      does: "get new data keys",
      nameOf: found.nameOf,
    };
    const own = await ownIdentities(context, work.map(({ seen }) => seen), work, flags.engine);
    await confirmChange(asking, planned, own);
    const done = flags.dryRun ? { changed: [], failed: [] } : await changeFiles(context, work, own);
    return await reportOutcome(asking, { planned, done });
  },
});
