import type { Context } from "./command.ts";
import { UsageError } from "./errors.ts";

/**
 * Whether what was shown is to be written: `--yes`, else the person's answer.
 *
 * @param question with what Enter means: yes, because nothing is lost by it
 * @throws {UsageError} where nobody can be asked
 */
export async function agreed(
  { terminal, env }: Pick<Context, "terminal" | "env">,
  flags: { readonly yes: boolean; readonly json: boolean },
  question = "Write this?",
): Promise<boolean> {
  if (flags.yes) return true;
  if (!terminal.interactive || flags.json) {
    throw new UsageError(
      "Nobody can be asked, because there is no terminal: --yes is missing",
      "add --yes to write it, or --dry-run to see it",
      "confirmation_needed",
    );
  }
  const { systemPrompts } = await import("./prompts/system.ts");
  return await systemPrompts(env).confirm(question, true);
}
