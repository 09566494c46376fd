import fc from "fast-check";
import type { Selector } from "../../src/sops/selectors.ts";
import type { Format } from "../../src/sops/tree.ts";
import { testRecipient } from "../support/sops_file.ts";

/** How a document is encrypted, as far as a `.sops.yaml` says it. */
export interface Options {
  readonly selector?: Selector;
  readonly macOnlyEncrypted?: boolean;
  readonly indent?: number;
}

const suffixes = ["_unencrypted", "_id", "key", "n", "é", "KEY", "_clear"];

/** Expressions in RE2's syntax, some of which JavaScript reads otherwise or not at all. */
const expressions = [
  "^aws_",
  "KEY|b$",
  "(?i)key|^B$",
  "^(a|b)$",
  "\\pL{3,}",
  "^[[:upper:]]",
  "^.$",
  "\\Qa:b\\E",
  "(?P<x>a)b?",
  "^$",
  "\\bid\\b",
  "[^a-z_]",
  "(?U)a+",
  "\\x{e9}",
  "\\d",
  "(?s).",
  "\\A[ab]\\z",
  "model|profiles",
  "^[^ENC]",
];

const commentExpressions = ["comment", "^ a", "é", "^x$", "#", "(?i)A COMMENT", "two|late", "^ *$"];

const selector: fc.Arbitrary<Selector> = fc.oneof(
  fc.record({
    rule: fc.constantFrom("unencrypted_suffix" as const, "encrypted_suffix" as const),
    text: fc.constantFrom(...suffixes),
  }),
  fc.record({
    rule: fc.constantFrom("unencrypted_regex" as const, "encrypted_regex" as const),
    text: fc.constantFrom(...expressions),
  }),
  fc.record({
    rule: fc.constantFrom(
      "unencrypted_comment_regex" as const,
      "encrypted_comment_regex" as const,
    ),
    text: fc.constantFrom(...commentExpressions),
  }),
);

/** Options for a format, or none; comments count only where there can be some. */
export function optionsFor(format: Format): fc.Arbitrary<Options | undefined> {
  const given = fc.record({
    selector,
    macOnlyEncrypted: fc.boolean(),
    indent: fc.constantFrom(...format === "yaml" ? [2, 3, 7] : [-1, 0, 1, 4]),
  }, { requiredKeys: [] });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: given },
  );
}

/** The rules that say so. */
export function rulesText(
  format: Format,
  { selector, macOnlyEncrypted, indent }: Options = {},
): string {
  const rule = {
    age: testRecipient,
    ...(selector ? { [selector.rule]: selector.text } : {}),
    ...(macOnlyEncrypted ? { mac_only_encrypted: true } : {}),
  };
  const stores = { [format === "binary" ? "json_binary" : format]: { indent } };
  return JSON.stringify({ creation_rules: [rule], ...(indent === undefined ? {} : { stores }) });
}
