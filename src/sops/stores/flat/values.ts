import { type Format, type Node, type Path, UnholdableError } from "../../tree.ts";
import { yamlFloat } from "../numbers.ts";
import { textOfScalar } from "./text.ts";

/**
 * A leaf as a format writes it that has nothing but text.
 *
 * @param sealed whether it stands in an encrypted file. There it is read as a string, and what is
 *   not encrypted goes into the MAC with the text that it has as a value; SOPS 3.13.2 writes `true`
 *   where it hashed `True`, and cannot open the file again
 * @throws {UnholdableError} for mappings, lists and null
 * @see getsops/sops stores/stores.go, ValToString
 */
export function flatText(node: Node, format: Format, path: Path, sealed: boolean): string {
  switch (node.kind) {
    case "mapping":
    case "sequence":
      throw new UnholdableError(format, path, "a mapping or a list");
    case "null":
      throw new UnholdableError(format, path, "null");
  }
  const held = node.reveal();
  switch (node.type) {
    case "str":
    case "bytes":
      return textOfScalar(node);
    case "int":
      return held;
  }
  const text = node.type === "bool"
    ? held.toLowerCase()
    : node.type === "float"
    ? floatWithPoint(held)
    : held.replace(/\.\d+/, "");
  if (sealed && text !== held) {
    throw new UnholdableError(format, path, `a ${node.type} that is not encrypted`);
  }
  return text;
}

/** Go's `FormatFloat(value, 'G', -1, 64)`, with ".0" where that looks like a whole number. */
function floatWithPoint(held: string): string {
  if (!Number.isFinite(Number(held))) return held;
  const text = yamlFloat(held).toUpperCase();
  return /[.E]/.test(text) ? text : `${text}.0`;
}
