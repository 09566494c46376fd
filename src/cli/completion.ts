import { buildApplication, proposeCompletions } from "@stricli/core";
import { type Context, helpSpecOf } from "./command.ts";
import { negatedFlags } from "./command_help.ts";
import { type Verb, verbs } from "./verbs.ts";

/** What may stand at the cursor, with a word about it. */
export interface Completion {
  readonly text: string;
  readonly about: string;
}

/** What the first argument of these verbs is, so that it can be looked up. */
const firstArguments: Readonly<Record<string, "path" | "profile">> = {
  get: "path",
  set: "path",
  unset: "path",
  verify: "profile",
  exec: "profile",
  "credential-process": "profile",
  "aws-config": "profile",
};

/**
 * @param words what follows `credsmith`, up to the cursor; the last is the one to complete, and
 *   may be empty
 */
export async function completionsOf(
  words: readonly string[],
  context: Context,
): Promise<Completion[]> {
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  // What stands after a lone -- is another program's.
  if (before.includes("--")) return [];
  const verb = verbOf(before);
  if (!verb) return nextWords(before, partial);
  const rest = words.slice(verb.words.split(" ").length);
  const loaded = await verb.load();
  if (!("command" in loaded)) return [];
  const application = buildApplication(loaded.command, {
    name: "credsmith",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab" },
    completion: { includeAliases: false, includeHiddenRoutes: false },
  });
  const proposed = (await proposeCompletions(application, rest, context))
    .filter(({ completion }) => completion !== "--")
    .map(({ completion, brief }) => ({ text: completion, about: brief }));
  // The library proposes a flag, but not the form that turns it off.
  const spec = helpSpecOf(loaded.command);
  const negated = spec && partial.startsWith("--")
    ? negatedFlags(spec).map(({ flag, brief }) => ({ text: flag, about: `Not: ${brief}` }))
    : [];
  const kind = firstArguments[verb.words];
  const first = rest.slice(0, -1).every((word) => word.startsWith("-"));
  const named = kind && first && !partial.startsWith("-") ? await namesInFile(kind, context) : [];
  // Names are what is looked for; flags are there once a dash is typed.
  const flags = named.length && partial === "" ? [] : [...proposed, ...negated];
  return [...named, ...flags].filter(({ text }) => text.startsWith(partial));
}

function verbOf(words: readonly string[]): Verb | undefined {
  return [2, 1].map((count) => words.slice(0, count).join(" "))
    .map((text) => verbs.find((verb) => verb.words === text))
    .find((verb) => verb !== undefined);
}

/** The words of verbs that go on from these. */
function nextWords(before: readonly string[], partial: string): Completion[] {
  const found = new Map<string, string>();
  for (const verb of verbs) {
    const words = verb.words.split(" ");
    const fits = before.every((word, index) => words[index] === word);
    const next = words[before.length];
    if (verb.table === "hidden" || !fits || !next?.startsWith(partial)) continue;
    const last = words.length === before.length + 1;
    if (last || !found.has(next)) found.set(next, last ? verb.brief : `${next} …`);
  }
  return [...found].map(([text, about]) => ({ text, about }));
}

/** Names out of the secrets file, which stand there in plaintext; nothing is decrypted. */
async function namesInFile(kind: "path" | "profile", context: Context): Promise<Completion[]> {
  const { leafPathsOf } = await import("./leaf_names.ts");
  // The shells put a candidate into the command line as it stands, and whoever can write to the
  // repository has named the leaves: what a shell would act upon is not offered.
  const paths = (await leafPathsOf(context).catch(() => []))
    .filter((path) => /^[\w.@%+=:,/][\w.@%+=:,/-]*$/.test(path.join("/")));
  if (kind === "path") return paths.map((path) => ({ text: path.join("/"), about: "value" }));
  const profiles = new Set(
    paths.flatMap(([top, name]) =>
      top === "profiles" && name !== undefined ? [String(name)] : ["default"]
    ),
  );
  return [...profiles].sort().map((text) => ({ text, about: "profile" }));
}
