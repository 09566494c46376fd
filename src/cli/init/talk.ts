import type { Context } from "../command.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { systemPrompts } from "../prompts/system.ts";
import { wrapped } from "../wrap.ts";

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

/** Several things in a sentence. */
export function list(items: readonly string[]): string {
  return items.join(", ");
}
