import type { SourceDocument } from "./documents.ts";

/** Documents that sops and we once took differently. */
export const regressions: readonly SourceDocument[] = [
  { format: "yaml", text: "a: 1\n" },
  { format: "json", text: '{"a": 1}' },
];
