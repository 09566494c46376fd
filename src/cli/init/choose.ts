import { readFileIfThere } from "../../platform/files.ts";
import { absolute } from "../../platform/paths.ts";
import { readAllStdin } from "../../platform/stdin.ts";
import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import { withTilde } from "../shown_path.ts";
import { type Found, type Source, sourcesOfCsv } from "./find.ts";
import { fromForms, type InitFlags } from "./options.ts";
import { parseKeyText } from "./sources/text.ts";
import { faultOfKey, faultOfKeyId, faultOfSecret, sameKey } from "./static_key.ts";
import type { Talk } from "./talk.ts";

/** More than the longest of the shapes that a key comes in. */
const stdinLimit = 65_536;

/**
 * The key that is to be encrypted: what `--from` names, else the answer to a question, else the
 * only one that was found.
 *
 * @returns nothing where there is none to encrypt, because the person signs in with SSO
 * @throws {UsageError} when there is no such key, or it cannot be a static one
 */
export async function chooseSource(
  context: Context,
  flags: InitFlags,
  found: Found,
  talk: Talk,
): Promise<Source | undefined> {
  const source = flags.from === undefined
    ? await askedFor(found, flags, talk)
    : await named(flags.from, context, found, talk);
  if (source === undefined) return undefined;
  const fault = faultOfKey(source.key);
  if (fault) {
    throw new UsageError(
      `Cannot use the key of ${source.where}: ${fault.reason}`,
      fault.cause === "session_key" ? "static keys are made in IAM, for a user" : undefined,
      fault.cause,
    );
  }
  return source;
}

/** The keys that could be encrypted, each once, with the places where it lies. */
export function distinctKeys(found: Found): Source[][] {
  const groups: Source[][] = [];
  for (const source of found.sources.filter(({ key }) => !faultOfKey(key))) {
    const group = groups.find(([first]) => sameKey(first!.key, source.key));
    if (group) group.push(source);
    else groups.push([source]);
  }
  return groups;
}

async function askedFor(
  found: Found,
  flags: InitFlags,
  talk: Talk,
): Promise<Source | undefined> {
  const groups = distinctKeys(found);
  if (flags.yes && groups.length === 1) return groups[0]![0];
  if (!talk.prompts) throw new UsageError("No --from", undefined, "flag_missing");
  const choice = await talk.prompts.chooseOne<Source | "type" | "none">("Encrypt", [
    ...groups.map((group) => ({
      value: group[0]!,
      label: group.map(({ label }) => label).join(", "),
    })),
    { value: "type", label: "type one" },
    { value: "none", label: "none, I use SSO" },
  ]);
  if (choice === "none") return undefined;
  return choice === "type" ? await typed(talk) : choice;
}

async function named(
  from: string,
  context: Context,
  found: Found,
  talk: Talk,
): Promise<Source | undefined> {
  if (from === "none") return undefined;
  if (from === "ask") return await typed(talk);
  // On a terminal what is typed would be echoed, so it is asked for instead.
  if (from === "stdin" || from === "-") return talk.prompts ? await typed(talk) : await fromStdin();
  if (from.startsWith("csv:")) return csvFile(from.slice("csv:".length), context);
  const exact = found.sources.filter(({ flag }) => flag === from);
  const ofKind = found.sources.filter(({ flag }) => flag.startsWith(`${from}:`));
  const matches = exact.length ? exact : ofKind;
  const first = matches[0];
  if (first === undefined) {
    if (!/^(claude|aws|csv|env)\b/.test(from)) {
      throw new UsageError(`"${from}" is not one of ${fromForms}`, undefined, "source_unknown");
    }
    const others = found.sources.map(({ flag }) => flag);
    throw new UsageError(
      `No plaintext key in "${from}"`,
      others.length ? `there are: ${others.join(", ")}` : undefined,
      "source_empty",
    );
  }
  if (matches.some(({ key }) => !sameKey(key, first.key))) {
    throw new UsageError(
      `"${from}" has ${matches.length} keys`,
      `name one: ${matches.map(({ flag }) => flag).join(", ")}`,
      "source_ambiguous",
    );
  }
  return first;
}

async function typed({ prompts }: Talk): Promise<Source> {
  if (!prompts) {
    throw new UsageError("Nobody can be asked for a key: there is no terminal", "--from stdin");
  }
  const accessKeyId = await prompts.askText("Key id", (text) => faultOfKeyId(text)?.reason);
  const secretAccessKey = await prompts.askSecret("Secret", (text) => faultOfSecret(text)?.reason);
  return given({ accessKeyId, secretAccessKey }, "the prompt");
}

async function fromStdin(): Promise<Source> {
  const bytes = await readAllStdin(stdinLimit);
  const key = parseKeyText(new TextDecoder().decode(bytes));
  bytes.fill(0);
  if (key === undefined) {
    throw new UsageError(
      "Cannot read a key from standard input: neither two lines, JSON, assignments nor a CSV",
      "two lines do: the access key id, then the secret",
      "stdin_unreadable",
    );
  }
  return given(key, "standard input");
}

function csvFile(name: string, { cwd, env }: Context): Source {
  const file = absolute(name, cwd);
  const bytes = readFileIfThere(file)?.bytes;
  if (!bytes) throw new UsageError(`Cannot read "${name}": no such file`, undefined, "no_file");
  const sources = sourcesOfCsv(
    file,
    new TextDecoder().decode(bytes),
    (path) => withTilde(path, env),
  );
  const [first, second] = sources;
  if (first === undefined) {
    throw new UsageError(
      `"${name}" has no access key: there are no columns "Access key ID" and "Secret access key"`,
      undefined,
      "source_empty",
    );
  }
  if (second !== undefined) {
    throw new UsageError(
      `"${name}" has ${sources.length} keys, and one can be encrypted`,
      "give the one as two lines: --from stdin",
      "source_ambiguous",
    );
  }
  return first;
}

function given(key: Source["key"], where: string): Source {
  return { key, flag: "given", label: where, where, place: { kind: "given" } };
}
