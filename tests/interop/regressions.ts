import type { SourceDocument } from "./documents.ts";

/** Documents that sops and we once took differently. */
export const regressions: readonly SourceDocument[] = [
  { format: "yaml", text: "a: |\n  cut off" },
  { format: "yaml", text: "a:\n  - >\n    cut\n    off" },
  { format: "yaml", text: "a:\n  b: {} # none\n---\nc: x\n" },
  { format: "yaml", text: "a:\n  b: {} # none\n  c: [] \n" },
  { format: "yaml", text: 'a:\n  - "\\na"\n  - " a\\nb"\n' },
  { format: "yaml", text: "list: [x, x]\nother: y\n" },
  { format: "yaml", text: "a:\n  -\n    b: x # beside\n" },
  { format: "yaml", text: "1: int key\ntrue: bool key\n" },
  { format: "yaml", text: 'a: -0.0\nb:\n  - " a\\nb"\n' },
  { format: "json", text: '{"a_unencrypted":-0.0}' },
  { format: "ini", text: "[a]\n`[g]` = `x#y`\nb=C:\\\nc = d\n" },
  { format: "ini", text: "; one\r\n#two\r\na=b\r\n" },
  {
    format: "dotenv",
    text: "# x\na=b\n",
    options: { selector: { rule: "unencrypted_comment_regex", text: "comment" } },
  },
  { format: "yaml", text: 'k: v\n"\\ta\\nb": # c\n' },
  { format: "ini", text: "[default]\na=b\n[DEFAULT]\nc=d\n\ufeffx = y\n" },
  { format: "ini", text: "[default]\na = b\n" },
  { format: "ini", text: "[a]\n#\n# two\nb = c\n" },
  { format: "dotenv", text: "a=caf\udce9\nb=\\\\n\n" },
  { format: "json", text: '{"d_unencrypted":1E+2,"a":1.0}' },
];
