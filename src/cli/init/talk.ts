import type { Context } from "../command.ts";
import { printable } from "../prompt_lines.ts";
import { type Prompts, systemPrompts } from "../prompts.ts";

/** How `init` speaks with the person. */
export interface Talk {
  /** A line of the report; nothing with `--json`, which has a document instead. */
  say(text: string): void;
  /** A line that has to be seen, whatever the report looks like. */
  warn(text: string): void;
  /** Absent where nobody can be asked. */
  readonly prompts?: Prompts;
}

export function talkWith(context: Context, flags: { readonly json: boolean }): Talk {
  const { terminal, env } = context;
  return {
    say: (text) => {
      if (!flags.json) { for (const line of wrapped(text)) terminal.line(line); }
    },
    warn: (text) => {
      for (const line of wrapped(text)) terminal.note(line);
    },
    ...(terminal.interactive ? { prompts: systemPrompts(env) } : {}),
  };
}

/** Breaks a line at spaces so that it ends within 80 columns; what goes on is indented. */
export function wrapped(line: string, columns = 80): string[] {
  const text = printable(line);
  const margin = /^ */.exec(text)![0];
  const lines: string[] = [];
  let last = margin;
  for (const word of text.slice(margin.length).split(" ")) {
    const longer = last.trim() === "" ? `${last}${word}` : `${last} ${word}`;
    if (longer.length <= columns || last.trim() === "") last = longer;
    else {
      lines.push(last);
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

/** Several things in a sentence. */
export function list(items: readonly string[]): string {
  return items.join(", ");
}
