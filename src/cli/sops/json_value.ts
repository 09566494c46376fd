import { floatText } from "../../sops/canonical.ts";
import { plainParse } from "../../sops/document.ts";
import { type Node, Scalar } from "../../sops/tree.ts";
import { sopsCodes, SopsExit } from "./codes.ts";

/**
 * The value of `sops set`, which is JSON. A number that stands alone becomes a float, as Go's
 * `encoding/json` has it; inside an object integers stay integers. A list cannot stand alone.
 *
 * @throws {SopsExit} code 7; the text is not repeated
 * @see getsops/sops cmd/sops/main.go, jsonValueToTreeInsertableValue
 */
export async function parseJsonValue(text: string): Promise<Node> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("Value for --set is not valid JSON");
  }
  if (value === null) return { kind: "null" };
  switch (typeof value) {
    case "string":
      return new Scalar("str", value.toWellFormed());
    case "boolean":
      return new Scalar("bool", value ? "True" : "False");
    case "number":
      if (!Number.isFinite(value)) throw invalid("Value for --set is not valid JSON");
      return new Scalar("float", floatText(value));
  }
  if (Array.isArray(value)) throw invalid("Invalid --set value format");
  try {
    const { documents: [root] } = await plainParse(new TextEncoder().encode(text), "json");
    return root ?? { kind: "mapping", entries: [] };
  } catch {
    throw invalid("Invalid --set value format");
  }
}

/**
 * The two parts of the old `--set '["a"]["b"] "value"'`.
 *
 * @throws {SopsExit} code 7
 */
export function splitSetArgument(text: string): { readonly index: string; readonly value: string } {
  const end = text.indexOf("] ");
  if (end < 0) throw invalid("Invalid --set format");
  return { index: text.slice(0, end + 1), value: text.slice(end + 2) };
}

function invalid(message: string): SopsExit {
  return new SopsExit(sopsCodes.invalidSetFormat, message);
}
