/** Makes credsmith(1) from what the program's `--help` prints. */

/** One command of the page. */
export interface Described {
  /** What the user types after `credsmith`. */
  readonly words: string;
  readonly brief: string;
  /** What `credsmith WORDS --help` prints. */
  readonly help: string;
}

/**
 * The manual page, in man(7)'s macros.
 *
 * @param version of the program
 * @param summary of the program, one line
 */
export function manPage(
  version: string,
  summary: string,
  commands: readonly Described[],
): string {
  const sections = [
    `.\\" Written by "deno task docs"; changes here are lost.`,
    `.TH CREDSMITH 1 "" "credsmith ${version}"`,
    ".SH NAME",
    `credsmith \\- ${text(summary)}`,
    ".SH SYNOPSIS",
    ".B credsmith",
    ".I COMMAND",
    ".RI [ ARGUMENTS ]",
    ".SH DESCRIPTION",
    ...filled(
      "Credentials live in a secrets file that SOPS and age encrypt and git keeps. In plaintext " +
        "they exist only in memory: in a process, or in files on tmpfs or ramfs.",
    ),
    ...commands.flatMap(({ words, brief }) => [".TP", bold(words), text(brief)]),
    ".SH COMMANDS",
    ...commands.flatMap(({ words, help }) => [`.SS ${text(words)}`, ...described(help)]),
    ".SH EXIT STATUS",
    ...filled(
      "Every command ends with 0 when it is done, 1 for a defect of credsmith and 2 for wrong " +
        "usage or input that is not what it should be. The others stand with each command.",
    ),
    ".SH ENVIRONMENT",
    ...row("CREDSMITH_FILE", "The secrets file, where none is named"),
    ...row("SOPS_AGE_KEY_FILE", "Where age identities are, as for sops"),
    ...row("CREDSMITH_REVEAL", "With 1, secrets are printed under a coding agent too"),
    ".SH FILES",
    ...row("secrets/aws.yaml", "The secrets file, beside the nearest .sops.yaml upward"),
    ...row(".sops.yaml", "Whom new secrets files are encrypted to"),
    ...row("/etc/load-aws-bedrock.sh", "The loader, where the NixOS module is used"),
    ".SH SEE ALSO",
    ".BR sops (1),",
    ".BR age (1)",
  ];
  return sections.join("\n") + "\n";
}

/** The help of a command: paragraphs, and headings over rows of two columns. */
function described(help: string): string[] {
  // sops's own grammar is shown as it stands.
  if (!help.startsWith("USAGE\n")) return literal(help.split("\n"));
  return help.trim().split(/\n\n+/).flatMap((block) => {
    const lines = block.split("\n");
    const heading = /^[A-Z ]+$/.test(lines[0]!) ? lines.shift()! : undefined;
    if (heading === "USAGE") return literal(lines.map((line) => line.slice(2)));
    return [...(heading ? [".PP", bold(heading)] : []), ...rowsAndText(lines)];
  });
}

/** Lines at the margin are text; indented ones are rows, whose second column may go on below. */
function rowsAndText(lines: readonly string[]): string[] {
  const out: string[] = [];
  let margin: string[] = [];
  let right: string[] | undefined;
  const flush = () => {
    if (margin.length > 0) out.push(".PP", ...filled(margin.join(" ")));
    margin = [];
  };
  const rows: [string, string[]][] = [];
  const flushRows = () => out.push(...rows.splice(0).flatMap(([left, each]) => row(left, each)));
  for (const line of lines) {
    if (!line.startsWith(" ")) {
      flushRows();
      margin.push(line);
    } else if (/^ {2}(\S| {4}--)/.test(line)) {
      flush();
      const [left, ...rest] = line.trim().split(/ {2,}/);
      rows.push([left!, right = rest]);
    } else {
      right?.push(line.trim());
    }
  }
  flushRows();
  flush();
  return out;
}

function row(left: string, right: string | readonly string[]): string[] {
  const lines = [right].flat();
  return [".TP", bold(left), ...(lines.length > 0 ? filled(lines.join(" ")) : ["\\&"])];
}

function literal(lines: readonly string[]): string[] {
  return [".nf", ...lines.map((line) => line === "" ? "\\&" : text(line)), ".fi"];
}

/** Text that the reader's program breaks as it likes; in the source, at 80 columns. */
function filled(words: string): string[] {
  const lines: string[] = [];
  for (const word of text(words).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 80) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word.replace(/^[.']/, "\\&$&"));
  }
  return lines;
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

/** Escapes what roff would take for its own. */
function text(line: string): string {
  return line
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "\\&...")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replace(/^[.']/, "\\&$&");
}
