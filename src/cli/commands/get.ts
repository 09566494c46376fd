import { PathError, pathText } from "../../sops/errors.ts";
import { parsePath } from "../../sops/paths.ts";
import type { Node, Path } from "../../sops/tree.ts";
import { fileFlag, jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { refuseUnderAgent } from "../guard.ts";
import { openForReading } from "../open.ts";
import { harmlessName } from "../terminal.ts";
import { refuseUnresolved, tellUnresolved } from "../unresolved.ts";
import { isPlainSetting } from "../values.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly json: boolean;
  readonly reveal: boolean;
};

export const command = defineCommand<Flags, [path?: string]>({
  brief: "Print one value, or the names of all",
  description:
    "The value is printed byte for byte; a line end is added only where stdout is a terminal, so\n" +
    '"$(credsmith get PATH)" and "credsmith get PATH > file" hold the value and nothing else.\n' +
    "Without PATH the names of all leaves are printed, without their values.",
  examples: [
    ["credsmith get", "the names of all values"],
    ["credsmith get bedrock/model_id", "one value"],
    [`credsmith get '["bedrock"]["model_id"]'`, "the same, as sops writes it"],
    ["credsmith get aws_secret_access_key | wl-copy", "to the clipboard"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    8: "refused under an agent (CLAUDECODE and the like) without --reveal, or a merge left two values",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "PATH", optional: true, brief: "Which value" }],
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      json: jsonFlag,
      reveal: switchFlag("Print it although an agent runs this command"),
    },
    aliases: { f: "file" },
  },
  async run(context, flags, name) {
    if (name === undefined) return await list(context, flags);
    const path = parsePath(name);
    if (!isPlainSetting(path)) {
      refuseUnderAgent(context, { reveal: flags.reveal, what: `"${pathText(path)}"` });
    }
    const { document } = await openForReading(context, flags);
    refuseUnresolved(document.tree, path);
    const text = textOf(document.get(path), path);
    if (flags.json) {
      context.terminal.line(
        JSON.stringify({ version: 1, ok: true, path: pathText(path), value: text }),
      );
    } else {
      context.terminal.out(
        context.terminal.stdoutIsTerminal && !text.endsWith("\n") ? `${text}\n` : text,
      );
    }
  },
});

/**
 * A leaf as text: strings as they are, `true` and `false` as YAML and JSON write them, nothing for
 * null.
 */
function textOf(node: Node | undefined, path: Path): string {
  if (node === undefined) throw new PathError("absent", pathText(path));
  if (node.kind === "scalar") {
    const text = node.reveal();
    return node.type === "bool" ? text.toLowerCase() : text;
  }
  if (node.kind === "null") return "";
  const name = pathText(path);
  const below = node.kind === "mapping"
    ? node.entries.flatMap((each) => each.kind === "pair" ? [each.key] : [])
    : node.items.filter((each) => each.kind !== "comment").map((_, index) => String(index));
  throw new UsageError(
    `Cannot print "${name}": it is no value, but holds ${below.length}`,
    below.map((key) => `${name}/${key}`).join("\n") || undefined,
    "not_a_leaf",
  );
}

/** Names are in plaintext in the file anyway, but the MAC is verified before they are shown. */
async function list(context: Context, flags: Flags): Promise<void> {
  const { document, shown } = await openForReading(context, flags);
  const leaves = [...document.leaves()];
  tellUnresolved(context, document.tree);
  if (flags.json) {
    context.terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      file: shown,
      leaves: leaves.map(({ path, encrypted }) => ({ path: pathText(path), encrypted })),
    }));
    return;
  }
  for (const { path } of leaves) {
    context.terminal.line(harmlessName(pathText(path)));
  }
}
