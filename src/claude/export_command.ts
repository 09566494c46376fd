import { shellQuote } from "../platform/command_line.ts";

/** What Claude Code runs to get credentials, taken apart. */
export interface ExportCommand {
  /** The words that start credsmith: one absolute path, or a runtime with its arguments. */
  readonly program: readonly string[];
  /** The secrets file, absolute. */
  readonly file?: string;
  /** The manifest of a loader, absolute, where the key comes from secret files. */
  readonly manifest?: string;
  readonly profile?: string;
  /** The key itself is asked for, rather than a session. */
  readonly static?: true;
}

const verb = ["credential-process", "--format", "claude"];

/** The value of `awsCredentialExport`, for `/bin/sh`. */
export function exportCommandLine(command: ExportCommand): string {
  const { program, file, manifest, profile } = command;
  const words = [...program, ...verb];
  if (command.static) words.push("--static");
  if (file !== undefined) words.push("-f", file);
  if (manifest !== undefined) words.push("--manifest", manifest);
  if (profile !== undefined) words.push(profile);
  return words.map(shellQuote).join(" ");
}

/**
 * Takes a command line apart, if it is one that `exportCommandLine` could have written.
 *
 * @returns nothing for any other command, among them those that a shell would expand or chain
 */
export function parseExportCommand(line: string): ExportCommand | undefined {
  const words = shellWords(line);
  const at = words?.indexOf("credential-process") ?? -1;
  if (words === undefined || at < 1) return undefined;
  const rest = words.slice(at + 1);
  let [file, manifest, profile, format]: (string | undefined)[] = [];
  let isStatic = false;
  while (rest.length) {
    const word = rest.shift()!;
    if (word === "-f" || word === "--file") file = rest.shift();
    else if (word === "--manifest") manifest = rest.shift();
    else if (word === "--format") format = rest.shift();
    else if (word.startsWith("--file=")) file = word.slice("--file=".length);
    else if (word.startsWith("--manifest=")) manifest = word.slice("--manifest=".length);
    else if (word.startsWith("--format=")) format = word.slice("--format=".length);
    else if (word === "--static") isStatic = true;
    else if (word.startsWith("-") || profile !== undefined) return undefined;
    else profile = word;
  }
  if (format !== "claude") return undefined;
  const program = words.slice(0, at);
  return { program, file, manifest, profile, ...(isStatic ? { static: true } : {}) };
}

/** The words of a command without expansions or operators; nothing where there are any. */
function shellWords(line: string): string[] | undefined {
  const trimmed = line.trim();
  // One character a piece: a repetition of repetitions would take exponential time to fail.
  const piece = String.raw`[\w@%+=:,./-]|'[^']*'|"[^"$\`\\]*"|\\[^\n]`;
  const word = `(?:${piece})+`;
  if (!new RegExp(`^${word}(?:[ \\t]+${word})*$`).test(trimmed)) return undefined;
  return [...trimmed.matchAll(new RegExp(word, "g"))].map(([text]) =>
    text.replace(
      /'([^']*)'|"([^"]*)"|\\(.)/g,
      (_, single, double, escaped) => single ?? double ?? escaped,
    )
  );
}
