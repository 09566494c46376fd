import type { Terminal } from "../terminal.ts";

/** Writes lines that are errors, also in the journal, where they begin with their level. */
export function journalLine(
  terminal: Terminal,
  env: Readonly<Record<string, string>>,
): (line: string) => void {
  const level = env.JOURNAL_STREAM ? "<3>" : "";
  return (line) => terminal.note(`${level}credsmith: ${line}`);
}
