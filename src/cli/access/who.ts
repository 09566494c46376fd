import type { NewRecipient } from "../../access/edit_rules.ts";
import { readFileIfThere } from "../../platform/files.ts";
import { absolute } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import { wrapDataKey } from "../../sops/keys/age.ts";
import { hideIdentities } from "../../sops/errors.ts";
import { checkRecipient, recipientKind } from "../../sops/keys/identity.ts";
import { sshToAgeRecipient } from "../../sops/keys/ssh.ts";
import { UsageError } from "../errors.ts";

/** Arguments taken apart: whom they name, and which files. */
export interface Arguments {
  readonly who: readonly string[];
  readonly paths: readonly string[];
}

/** The first says who; of the others, what is a recipient does, too, and the rest are paths. */
export function sortArguments(args: readonly string[]): Arguments {
  const isWho = (text: string, index: number) =>
    index === 0 || /^age1[a-z0-9]{20,}$|^ssh-(?:ed25519|rsa) /.test(text) || text.startsWith("@");
  return {
    who: args.filter(isWho),
    paths: args.filter((text, index) => !isWho(text, index)),
  };
}

/**
 * Recipients as they are given on the command line: `age1…`, `ssh-ed25519 …`, or `@` and the name of
 * a file with one of these a line.
 *
 * @param options.name for the comment beside it; the comment of an SSH key unless given
 * @param options.asAge SSH Ed25519 keys as sops-nix uses them on hosts
 * @throws {RecipientError | UnsupportedError | UsageError}
 */
export async function recipientsOf(
  who: readonly string[],
  options: { readonly name?: string; readonly asAge: boolean; readonly cwd: string },
): Promise<NewRecipient[]> {
  const texts = who.flatMap((text) => text.startsWith("@") ? linesOf(text, options.cwd) : [text]);
  if (options.name !== undefined && texts.length > 1) {
    throw new UsageError(`Cannot call ${texts.length} recipients "${options.name}"`);
  }
  return await Promise.all(texts.map(async (text) => {
    const ssh = /^(ssh-\S+ \S+)(?: +(.*))?$/.exec(text.trim().replace(/\s+/g, " "));
    const name = options.name ?? ssh?.[2];
    const recipient = ssh && options.asAge
      ? await sshToAgeRecipient(text)
      : checkRecipient(ssh?.[1] ?? text);
    // What looks like a key can still be none; before the rules name it is the time to find out.
    if (recipientKind(recipient) !== "plugin") await wrapDataKey(randomBytes(32), [recipient]);
    return { recipient, ...(name ? { name } : {}) };
  }));
}

function linesOf(text: string, cwd: string): string[] {
  const file = readFileIfThere(absolute(text.slice(1), cwd));
  if (!file) {
    throw new UsageError(`Cannot read recipients from "${text.slice(1)}": no such file`);
  }
  return new TextDecoder().decode(file.bytes).split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * Recipients as a person means them: whole, by a beginning of eight characters or more, or by the name
 * that a comment gives.
 *
 * @param known all that rules and files name
 * @throws {UsageError} when it is none of them, or more than one
 */
export function namedRecipient(
  text: string,
  known: readonly string[],
  nameOf: (id: string) => string | undefined,
): string {
  const whole = text.trim().replace(/\s+/g, " ");
  const ssh = /^(ssh-\S+ \S+)(?: .*)?$/.exec(whole)?.[1];
  const exact = known.find((id) => id === whole || ssh !== undefined && id.startsWith(ssh));
  if (exact !== undefined) return exact;
  const found = known.filter((id) =>
    nameOf(id) === text || (text.startsWith("age1") && text.length >= 8 && id.startsWith(text))
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UsageError(
      `${found.length} recipients are called "${text}"`,
      `name one of them:\n${found.join("\n")}`,
      "ambiguous",
    );
  }
  if (/^age1|^ssh-/.test(text)) return checkRecipient(ssh ?? whole);
  throw new UsageError(
    `Nobody is called "${hideIdentities(text)}" in .sops.yaml`,
    "credsmith access list shows names and recipients; a recipient can be given instead of a name",
    "unknown_name",
  );
}
