import type { Node, Scalar } from "yaml";
import { namedAbove } from "./edit_rules.ts";

/**
 * The names that comments in a `.sops.yaml` give to recipients: the one behind a recipient in a list,
 * or above it where every item of the list has one above it; else its anchor, `&alice`.
 *
 * @param text the rules; without errors
 * @returns names by recipient; of two names the first
 */
export async function recipientNames(text: string): Promise<ReadonlyMap<string, string>> {
  const { isScalar, isSeq, isAlias, parseDocument, visit } = await import(
    "../sops/yaml_library.ts"
  );
  const names = new Map<string, string>();
  const anchors = new Map<string, string>();
  const put = (recipient: string, name: string) => {
    if (name !== "" && !names.has(recipient)) names.set(recipient, name);
  };
  const document = parseDocument(text, { merge: true });
  visit(document, {
    Seq(_, list) {
      if (!isSeq(list)) return;
      const nodes = list.items as Node[];
      const lines = nodes.map((each) => linesOf(text, each));
      const above = list.flow ? [] : namedAbove(text, lines);
      for (const [index, node] of nodes.entries()) {
        const target = isAlias(node) ? node.resolve(document) : node;
        if (!isScalar(target) || !isRecipient(target.value)) continue;
        const recipient = String(target.value).trim();
        const start = above[index];
        const line = text.slice(lines[index]!.from, lines[index]!.to);
        const behind = /\s#\s*(.*?)\s*$/.exec(line)?.[1];
        if (!list.flow && behind !== undefined) put(recipient, behind);
        else if (start !== undefined) {
          put(recipient, text.slice(start, lines[index]!.from).trim().replace(/^#+\s*/, ""));
        }
      }
    },
    Scalar(_, scalar: Scalar) {
      if (scalar.anchor && isRecipient(scalar.value)) {
        anchors.set(String(scalar.value).trim(), scalar.anchor);
      }
    },
  });
  for (const [recipient, anchor] of anchors) put(recipient, anchor);
  return names;
}

function isRecipient(value: unknown): boolean {
  return typeof value === "string" && /^\s*(?:age1|ssh-)[^,]*$/.test(value);
}

function linesOf(text: string, node: Node): { readonly from: number; readonly to: number } {
  const [start, end] = node.range!;
  const stop = text.indexOf("\n", Math.max(end - 1, start));
  return {
    from: text.lastIndexOf("\n", start) + 1,
    to: stop < 0 ? text.length : stop + 1,
  };
}
