import type { OpenDocument } from "../../sops/document.ts";
import { PathError, pathText } from "../../sops/errors.ts";
import { leavesOf, parsePath } from "../../sops/paths.ts";
import type { Path } from "../../sops/tree.ts";
import { record } from "../actions.ts";
import { fileFlag, jsonFlag, switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { changeFile, openForReading } from "../open.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
};

export const command = defineCommand<Flags, [path: string]>({
  brief: "Remove one value, or all below a name",
  description:
    "Asks first; without a terminal it needs --yes. What was removed is still in git's history.",
  examples: [
    ["credsmith unset aws_session_token", "asks, then removes it"],
    ["credsmith unset profiles/staging --dry-run", "says what would go"],
    ["credsmith unset profiles/staging --yes", "removes the whole profile"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    8: "not confirmed, or another process changed the file; nothing was removed",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "PATH", brief: "Which value" }],
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      yes: switchFlag("Do not ask"),
      dryRun: switchFlag("Say what would go, and remove nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file", y: "yes" },
  },
  async run(context, flags, name) {
    const { terminal } = context;
    const path = parsePath(name);
    const shownPath = pathText(path);
    const { document, shown, snapshot } = await openForReading(context, {
      ...flags,
      keeps: ["read", "write", "run", "env"],
    });
    const leaves = namesBelow(document, path);
    if (!flags.dryRun && !flags.yes) {
      if (!terminal.interactive) {
        throw new UsageError(
          `Cannot remove "${shownPath}" without being sure`,
          `confirm with --yes: credsmith unset ${name} --yes`,
          "confirmation_needed",
        );
      }
      const { systemPrompts } = await import("../prompts/system.ts");
      const what = leaves.length > 1
        ? `"${shownPath}" with its ${leaves.length} values`
        : `"${shownPath}"`;
      if (!await systemPrompts(context.env).confirm(`Remove ${what} from ${shown}?`, false)) {
        throw new RefusedError(`Nothing removed from "${shown}"`, undefined, "not_confirmed");
      }
    }
    if (!flags.dryRun) {
      const { path: file } = await changeFile(
        context,
        { ...flags, expect: snapshot },
        (current) => {
          current.unset(path);
        },
      );
      record(context, { action: "unset", file, names: leaves, count: leaves.length });
    }
    if (flags.json) {
      terminal.line(JSON.stringify({
        version: 1,
        ok: true,
        file: shown,
        path: shownPath,
        removed: leaves,
        dryRun: flags.dryRun,
      }));
      return;
    }
    const verb = flags.dryRun ? "Would remove" : "Removed";
    for (const leaf of leaves) terminal.note(`${verb} "${leaf}" from "${shown}"`);
  },
});

/** The names of what is at a path: one leaf, all leaves below, or the path itself where it is empty. */
function namesBelow(document: OpenDocument, path: Path): string[] {
  const node = document.get(path);
  if (node === undefined) throw new PathError("absent", pathText(path));
  const names = [...leavesOf(node, path)].map((leaf) => pathText(leaf.path));
  return names.length > 0 ? names : [pathText(path)];
}
