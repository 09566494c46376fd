import { fieldOf, type KeyGroup, keyName, type MasterKey } from "../../sops/keys/master_key.ts";
import { NoRuleError } from "../../sops/errors.ts";
import type { Rule } from "../../sops/rules.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { keyText, unique } from "./keys.ts";
import { type Request, rulesFor } from "./request.ts";

/**
 * Nothing authenticates the keys in a file's metadata: whoever can write the file can put one in,
 * and the data key would be encrypted for it. So those that neither the rule for the file nor the
 * command line names are shown and confirmed; where no rule is for the file, they are shown.
 *
 * @param groups as they will be
 * @param named on the command line
 * @throws {SopsExit} 77, where nobody confirms
 */
export async function requireTrust(
  context: Context,
  request: Request,
  groups: readonly KeyGroup[],
  named: readonly MasterKey[],
): Promise<void> {
  const { terminal } = context;
  const shown = `"${request.shown}"`;
  const rule = await ruleOf(context, request);
  const known = new Set([...rule?.groups.flat() ?? [], ...named].map(holder));
  const unknown = unique(groups.flat()).filter((key) => !known.has(holder(key))).map(keyText);
  if (unknown.length === 0) return;
  if (!rule) {
    terminal.note(
      `No rule says who may open ${shown}; its data key goes to all that it names:`,
    );
    for (const text of unknown) terminal.note(`  ${text}`);
    return;
  }
  terminal.note(`${shown} is encrypted for ${keys(unknown.length)} that its rule does not name:`);
  for (const text of unknown) terminal.note(`  ${text}`);
  if (terminal.interactive) {
    const { systemPrompts } = await import("../prompts/system.ts");
    if (await systemPrompts(context.env).confirm("Give them its data key all the same?", false)) {
      return;
    }
  }
  throw new SopsExit(
    sopsCodes.refused,
    `Refused to encrypt the data key of ${shown} for ${keys(unknown.length)} that no rule names`,
    "credsmith access sync takes away what the rule does not name; --add-age and the like say that a key is meant",
  );
}

/** Who has the key; the ways to use it, such as the context of a KMS key, are none of that. */
function holder(key: MasterKey): string {
  if (key.type === "kms") return fieldOf(key, "arn") ?? "";
  return key.type === "azure_kv" ? keyName(key) : keyText(key);
}

async function ruleOf(context: Context, request: Request): Promise<Rule | undefined> {
  try {
    return await rulesFor(context, request);
  } catch (error) {
    if (error instanceof NoRuleError) return undefined;
    throw error;
  }
}

function keys(count: number): string {
  return count === 1 ? "a key" : `${count} keys`;
}
