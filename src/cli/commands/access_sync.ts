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
  async run(context, flags, ...paths) {
    const found = await gather(context, paths);
    const planned = await planFiles(found, { kind: "sync" });
    const { work } = planned;
    const asking: Asking = {
      context,
      flags,
      command: "credsmith access sync",
      does: "get other recipients",
      nameOf: found.nameOf,
    };
    const own = await ownIdentities(context, work.map(({ seen }) => seen), work, flags.engine);
    await confirmChange(asking, planned, own);
    const done = flags.dryRun ? { changed: [], failed: [] } : await changeFiles(context, work, own);
    return await reportOutcome(asking, { planned, done });
  },
});
