import {
  Comment,
  type Format,
  type Mapping,
  type Node,
  type Pair,
  Scalar,
  type Tree,
} from "../../sops/tree.ts";

/**
 * What sops offers for a new file.
 *
 * @see getsops/sops stores/stores.go, ExampleComplexTree, ExampleSimpleTree, ExampleFlatTree
 */
export function exampleTree(format: Format): Tree {
  return { documents: [{ kind: "mapping", entries: entriesFor(format) }] };
}

const welcome = "Welcome to SOPS! Edit this file as you please!";

function entriesFor(format: Format): Mapping["entries"] {
  const hello = [pair("hello", text(welcome)), pair("example_key", text("example_value"))];
  switch (format) {
    case "binary":
      return [pair("data", text(welcome))];
    case "dotenv":
      return [
        new Comment(" This is an example file."),
        ...hello,
        pair("example_multiline", text("foo\nbar\nbaz")),
      ];
    case "ini": {
      const entries = [new Comment("This is an example file."), ...hello];
      return [pair("Welcome!", { kind: "mapping", entries })];
    }
    case "yaml":
    case "json":
      return [
        ...hello,
        ...(format === "yaml" ? [new Comment(" Example comment")] : []),
        pair("example_array", list(text("example_value1"), text("example_value2"))),
        pair("example_number", new Scalar("float", "1234.56789")),
        pair("example_booleans", list(new Scalar("bool", "True"), new Scalar("bool", "False"))),
      ];
  }
}

const text = (value: string) => new Scalar("str", value);
const pair = (key: string, value: Node): Pair => ({ kind: "pair", key, value });
const list = (...items: Node[]): Node => ({ kind: "sequence", items });
