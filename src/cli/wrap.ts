import { harmlessName } from "./terminal.ts";

/** Breaks a line at spaces so that it ends within 80 columns; what goes on is indented. */
export function wrapped(line: string, columns = 80): string[] {
  const text = harmlessName(line);
  const margin = /^ */.exec(text)![0];
  const lines: string[] = [];
  let last = margin;
  for (const word of text.slice(margin.length).split(" ")) {
    const longer = last.trim() === "" ? `${last}${word}` : `${last} ${word}`;
    if (longer.length <= columns || last.trim() === "") last = longer;
    else {
      lines.push(last.trimEnd());
      last = `${margin}  ${word}`;
    }
  }
  return [...lines, last].map((each) => each.replaceAll(noBreak, " "));
}

const noBreak = "\u00a0";

/** Text that stays on one line when it is wrapped. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", noBreak);
}
