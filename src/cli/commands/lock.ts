import { forget as forgetSessions, kept, sessionsFolder } from "../../aws/session/cache.ts";
import { exists, listFolder } from "../../platform/files.ts";
import { removeGenerations } from "../../platform/generations.ts";
import { record } from "../actions.ts";
import { jsonFlag, switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { endKeeper, knownKeeper, removeKeeperFiles } from "../unlock/keeper.ts";
import { loaderNames, manifestName, placesToLock } from "../unlock/place.ts";

type Flags = { readonly dryRun: boolean; readonly json: boolean };

const beside = [...Object.values(loaderNames), manifestName];
const contents = ["secrets", "secrets.d", ...beside];

export const command = defineCommand<Flags, []>({
  brief: "Take the secret files and loaders of unlock away",
  description:
    "They were in memory only, so nothing is left once they are gone; nor is a session that exec and\n" +
    "the like keep there. What keeps them fresh ends. A shell that has loaded them keeps its variables\n" +
    "until it ends, or until it sources the loader with --unload before this.",
  examples: [
    ["credsmith lock", "nothing unlocked is left"],
    ["credsmith lock --dry-run", "what would go"],
  ],
  parameters: {
    positional: { kind: "tuple", parameters: [] },
    flags: {
      dryRun: switchFlag("Say what would go, and remove nothing"),
      json: jsonFlag,
    },
  },
  async run(outer, { dryRun, json }) {
    const removed: string[] = [];
    const unsaved: string[] = [];
    const places = await placesToLock(outer);
    // Whoever keeps them fresh would bring them back.
    for (const { folder } of dryRun ? [] : places) {
      await endKeeper(folder, knownKeeper(folder));
      removeKeeperFiles(folder);
    }
    for (const { folder, context } of places) {
      context.narrow(["read", "write"]);
      const found = dryRun
        ? contents.filter((name) => exists(`${folder}/${name}`))
        : await removeGenerations(folder, beside);
      // Those of a login without a runtime folder are not this one's.
      const own = folder === places.at(-1)?.folder;
      const sessions = !own ? [] : dryRun ? kept(folder) : forgetSessions(folder);
      if (sessions.length > 0) found.push(sessionsFolder);
      removed.push(...found.map((name) => `${folder}/${name}`));
      unsaved.push(
        ...listFolder(folder).filter(({ name }) => name.startsWith("unsaved-"))
          .map(({ name }) => `${folder}/${name}`),
      );
    }
    if (!dryRun && removed.length) record(outer, { action: "lock", count: removed.length });
    const { terminal } = outer;
    if (json) {
      return terminal.line(JSON.stringify({ version: 1, ok: true, dryRun, removed, unsaved }));
    }
    if (removed.length === 0) terminal.line("Nothing is unlocked");
    else terminal.line(dryRun ? "Would remove" : "Locked; removed");
    for (const path of removed) terminal.line(`  ${path}`);
    if (unsaved.length) {
      terminal.line(
        "Left in memory, because edit could not save them; copy what you need, rm the rest",
      );
      for (const path of unsaved) terminal.line(`  ${path}`);
    }
    if (removed.length === 0) return;
    if (!dryRun && outer.env.CREDSMITH_LOADED) {
      terminal.line(
        `This shell has "${outer.env.CREDSMITH_LOADED}" loaded until it ends, or until`,
      );
      terminal.line(`  ${forget(outer.env.SHELL)}`);
    }
  },
});

/** What the loader's --unload would do, for a shell whose loader is gone. */
function forget(shell = ""): string {
  const own = "CREDSMITH_LOADED CREDSMITH_NAMES";
  if (shell.endsWith("/fish")) return `set -e (string split " " $CREDSMITH_NAMES) ${own}`;
  return `unset ${shell.endsWith("/zsh") ? "${=CREDSMITH_NAMES}" : "$CREDSMITH_NAMES"} ${own}`;
}
