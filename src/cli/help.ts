import { table, wrapText } from "./command_help.ts";
import { exitCodes } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";
import { type Verb, verbs } from "./verbs.ts";
import { version } from "./version.ts";

/** Answers a command line that names no verb: help, version, or a correction. */
export function general(args: readonly string[], terminal: Terminal): number {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    terminal.out(helpText(args.includes("--all") || args.includes("-a"), widthOf(terminal)));
    return exitCodes.done;
  }
  if (first === "--version" || first === "-v") {
    terminal.line(`credsmith ${version}`);
    return exitCodes.done;
  }
  const group = verbs.filter((verb) => verb.words.startsWith(`${first} `));
  if (group.length) {
    if (args[1] === "--help" || args[1] === "-h") {
      terminal.out(`${rows(group, widthOf(terminal))}\n`);
      return exitCodes.done;
    }
    const given = args[1] === undefined ? "needs one more word" : `has no "${args[1]}"`;
    terminal.note(`"credsmith ${first}" ${given}\n\n${rows(group, 80)}`);
    return exitCodes.usage;
  }
  if (first.startsWith("-")) {
    terminal.note("Flags stand behind the command: credsmith COMMAND FLAGS");
    terminal.note("  credsmith --help lists the commands");
    return exitCodes.usage;
  }
  const near = nearest(first, verbs.map((verb) => verb.words.split(" ")[0] ?? ""));
  terminal.note(`credsmith has no command "${first}"`);
  terminal.note(near ? `  did you mean: credsmith ${near}` : "  credsmith --help lists them");
  return exitCodes.usage;
}

/** @param all whether the second table is shown as well */
function helpText(all: boolean, width: number): string {
  const everyday = verbs.filter((verb) => verb.table === "everyday");
  const more = verbs.filter((verb) => verb.table === "more");
  const names = more.map((verb) => verb.words).join(" ");
  return [
    "credsmith: AWS, Bedrock and Claude credentials from an encrypted file in git",
    "to every shell, service and container",
    "",
    "  credsmith COMMAND [ARGUMENTS]      credsmith COMMAND --help",
    "",
    rows(everyday, width),
    "",
    all
      ? `More\n${rows(more, width)}`
      : ["More (credsmith --help --all)", ...wrapText(`  ${names}`, width)].join("\n"),
    "",
  ].join("\n");
}

const widthOf = ({ columns }: Terminal): number => Math.min(columns, 80);

const rows = (shown: readonly Verb[], width: number): string =>
  table(shown.map(({ words, brief }) => [words, brief] as const), width).join("\n");

/** The word that is at most two edits away, if there is one. */
function nearest(word: string, words: readonly string[]): string | undefined {
  const scored = [...new Set(words)].map((each) => [distance(word, each), each] as const);
  const [best] = scored.sort(([a], [b]) => a - b);
  return best && best[0] <= 2 ? best[1] : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change);
    }
    row = next;
  }
  return row[b.length]!;
}
