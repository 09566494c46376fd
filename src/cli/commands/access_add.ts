import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../arguments.ts";
import {
  type Asking,
  changeFiles,
  confirmChange,
  ownIdentities,
  planFiles,
  reportOutcome,
} from "../access/carry_out.ts";
import { changeAliases, changeExits, type ChangeFlags, changeFlags } from "../access/flags.ts";
import { gather, nameIn } from "../access/gather.ts";
import {
  diffOf,
  editBooks,
  ruleAfter,
  shownRules,
  targetsOf,
  writeRules,
} from "../access/rules_change.ts";
import { recipientsOf, sortArguments } from "../access/who.ts";
import { noRules } from "../access/no_rules.ts";

type Flags = ChangeFlags & { readonly name?: string; readonly asAge: boolean };

export const command = defineCommand<Flags, string[]>({
  brief: "Let somebody open the secrets files",
  description:
    "Writes the recipient into .sops.yaml, keeping its comments and layout, and encrypts the data\n" +
    "key of each file for it. With PATHs only the rules of these files change; a rule that is for\n" +
    "others as well is refused. Interrupted, it is run again and does what is left.\n" +
    "To replace your own identity: add the new one, keep both for a while, remove the old one.",
  usage: "WHO [PATH]...",
  examples: [
    ["credsmith access add age1... --name bob", "to all files"],
    ['credsmith access add "$(cat bob.pub)" hosts/', "an SSH key, to the files of a folder"],
    [
      "credsmith access add --as-age @nimbus.pub hosts/nimbus.yaml",
      "a NixOS host, by its SSH host key",
    ],
    ["credsmith access add @team.txt --dry-run", "several, one a line; only shows it"],
  ],
  exits: changeExits,
  parameters: {
    positional: {
      kind: "array",
      minimum: 1,
      parameter: {
        parse: String,
        placeholder: "WHO",
        brief: "age1..., ssh-..., @FILE; then files, folders, globs",
      },
    },
    flags: {
      name: textFlag("NAME", "What the comment beside it says (default: an SSH key's own)"),
      asAge: switchFlag("An SSH key as the age recipient that sops-nix makes of a host's"),
      ...changeFlags,
    },
    aliases: changeAliases,
  },
  async run(context, flags, ...args) {
    const { who, paths } = sortArguments(args);
    const add = await recipientsOf(who, {
      asAge: flags.asAge,
      cwd: context.cwd,
      ...(flags.name === undefined ? {} : { name: flags.name }),
    });
    const found = await gather(context, paths);
    const targets = await targetsOf(context, found, () => Promise.resolve(true));
    if (targets.size === 0) throw noRules(context);
    const changes = await editBooks(context, targets, { add });
    const rulesDiff = await diffOf(context, changes);
    const inTargets = found.seen.filter(({ book, placed }) =>
      !book || !placed || targets.get(book)?.has(placed.index)
    );
    const planned = await planFiles(
      { seen: inTargets, failed: found.failed },
      { kind: "sync" },
      ruleAfter(changes),
    );
    const names = nameIn([...targets.keys(), ...changes.map(({ after }) => after)]);
    const given = new Map(add.map(({ recipient, name }) => [recipient, name]));
    const asking: Asking = {
      context,
      flags,
      command: "credsmith access add",
      does: "get other recipients",
      nameOf: (id) => names(id) ?? given.get(id),
      rulesDiff,
    };
    const { work } = planned;
    const own = await ownIdentities(context, work.map(({ seen }) => seen), work, flags.engine);
    await confirmChange(asking, planned, own);
    const shown = changes.map(({ before }) => shownRules(context, before));
    if (flags.dryRun) {
      const done = { changed: [], failed: [] };
      return await reportOutcome(asking, { planned, done, rules: shown });
    }
    const rules = await writeRules(context, changes, {
      action: "access add",
      added: add.map(({ recipient }) => recipient),
    });
    const done = await changeFiles(context, work, own);
    return await reportOutcome(asking, { planned, done, rules });
  },
});
