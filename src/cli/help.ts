import { nearestWord } from "../platform/spelling.ts";
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
  const near = nearestWord(first, verbs.map((verb) => verb.words.split(" ")[0] ?? ""), 2);
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
