import { emitEditable, type OpenDocument, plainParse } from "../../sops/document.ts";
import { pathText } from "../../sops/errors.ts";
import { record } from "../actions.ts";
import { fileFlag, switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { editProblem } from "../edit/problems.ts";
import { editText, workplace } from "../edit/session.ts";
import { refuseUnderAgent } from "../guard.ts";
import { changeFile, openForReading } from "../open.ts";
import { tellUnresolved } from "../unresolved.ts";

type Flags = { readonly engine?: Engine; readonly file?: string; readonly reveal: boolean };

export const command = defineCommand<Flags, []>({
  brief: "The secrets file in your editor",
  description:
    "Opens $VISUAL, else $EDITOR, on a copy that lies in memory (tmpfs) and is gone afterwards.\n" +
    "Swap files, backups and histories of vim, nvim, emacs and nano are turned off for it. Where\n" +
    "the text is wrong, the editor can be opened again. Unchanged leaves keep their ciphertext.",
  examples: [
    ["credsmith edit", "secrets/aws.yaml"],
    ["credsmith edit -f secrets/ci.yaml", "another file"],
    ['EDITOR="code --wait" credsmith edit', "with another editor"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    8: "refused, or another process changed the file; your text is kept in memory",
  },
  parameters: {
    positional: { kind: "tuple", parameters: [] },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      reveal: switchFlag("Give the editor the values although an agent runs this command"),
    },
    aliases: { f: "file" },
  },
  async run(outer, { reveal, ...flags }) {
    // Where nobody sits at a terminal, the "editor" may be cat.
    if (!outer.terminal.interactive) {
      refuseUnderAgent(outer, { reveal, what: "the values by way of an editor" });
    }
    const place = await workplace(outer);
    const { context } = place;
    const { document, snapshot, shown } = await openForReading(context, {
      ...flags,
      keeps: ["read", "write", "run", "env", "sys"],
    });
    const { format } = document;
    const result = await editText(place, {
      file: shown,
      bytes: await emitEditable(document.tree, format),
      variables: ["VISUAL", "EDITOR"],
      check: (bytes) => editProblem(bytes, document),
    }, async (edited) => {
      const tree = await plainParse(edited, format);
      let names: string[] = [];
      const { result, path: file } = await changeFile(
        context,
        { ...flags, expect: snapshot },
        (current) => {
          const before = valuesOf(current);
          current.replaceTree(tree);
          names = differing(before, valuesOf(current));
        },
      );
      if (result === "changed") {
        record(context, { action: "edit", file, names, count: names.length });
      }
      tellUnresolved(context, tree);
      return result;
    });
    context.terminal.note(
      result === "changed" ? `Changed "${shown}"` : `Nothing changed in "${shown}"`,
    );
  },
});

function valuesOf(document: OpenDocument): Map<string, string> {
  return new Map(
    [...document.leaves()].map(({ path, value }) => [pathText(path), value.reveal()]),
  );
}

/** The names of leaves that are not in both, or not with the same value. */
function differing(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}
