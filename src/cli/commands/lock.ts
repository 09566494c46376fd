import { exists, remove } from "../../platform/files.ts";
import { removeGenerations } from "../../platform/generations.ts";
import { defineCommand, jsonFlag } from "../command.ts";
import { loaderNames, manifestName, placesToLock } from "../unlock/place.ts";

type Flags = { readonly dryRun: boolean; readonly json: boolean };

const contents = ["secrets", "secrets.d", ...Object.values(loaderNames), manifestName];

export const command = defineCommand<Flags, []>({
  brief: "Take the secret files and loaders of unlock away",
  description:
    "They were in memory only, so nothing is left once they are gone. A shell that has loaded them\n" +
    "keeps its variables until it ends, or until it sources the loader with --unload before this.",
  examples: [
    ["credsmith lock", "nothing unlocked is left"],
    ["credsmith lock --dry-run", "what would go"],
  ],
  parameters: {
    positional: { kind: "tuple", parameters: [] },
    flags: {
      dryRun: {
        kind: "boolean",
        brief: "Say what would go, and remove nothing",
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
  },
  async run(outer, { dryRun, json }) {
    const removed: string[] = [];
    for (const { folder, context } of await placesToLock(outer)) {
      context.narrow(["read", "write"]);
      const found = contents.map((name) => `${folder}/${name}`).filter((path) => exists(path));
      removed.push(...found);
      if (dryRun) continue;
      // The loaders first, so that none is left that leads nowhere.
      for (const path of found) if (!/\/secrets(\.d)?$/.test(path)) remove(path);
      await removeGenerations(folder);
    }
    const { terminal } = outer;
    if (json) return terminal.line(JSON.stringify({ version: 1, ok: true, dryRun, removed }));
    if (removed.length === 0) return terminal.line("Nothing is unlocked");
    terminal.line(dryRun ? "Would remove" : "Locked; removed");
    for (const path of removed) terminal.line(`  ${path}`);
    if (!dryRun && outer.env.CREDSMITH_LOADED) {
      terminal.line(`This shell has "${outer.env.CREDSMITH_LOADED}" loaded until it ends`);
    }
  },
});
