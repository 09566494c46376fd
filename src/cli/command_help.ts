import type { HelpSpec } from "./command.ts";

/** What a parameter says of itself, as far as the help shows it. */
interface Described {
  readonly brief: string;
  readonly placeholder?: string;
  readonly optional?: boolean;
  readonly default?: unknown;
}

interface DescribedFlag extends Described {
  readonly kind: string;
  readonly values?: readonly string[];
  readonly variadic?: unknown;
  readonly withNegated?: boolean;
  readonly hidden?: boolean;
}

interface DescribedPositional {
  readonly kind: "tuple" | "array";
  readonly parameters?: readonly Described[];
  readonly parameter?: Described;
  readonly minimum?: number;
}

type Row = readonly [left: string, right: string];

/** Wider than this, lines are hard to read, however wide the terminal is. */
const widest = 80;

/**
 * The help of one command, within the terminal's width and 80 columns.
 *
 * @param words how the user calls it, without the program's name
 * @param columns the terminal's width
 * @returns lines, each with its end
 */
export function commandHelp(words: string, spec: HelpSpec, columns: number): string {
  const width = Math.min(columns, widest);
  const flags = flagsOf(spec);
  const positional = positionalsOf(spec);
  const head = `  credsmith ${words}`;
  const usage = [
    ...flags.map(({ usage }) => usage),
    ...(spec.usage === undefined ? positional.map(({ usage }) => usage) : [spec.usage]),
  ];
  const exits = Object.entries(spec.exits ?? {});
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["USAGE", flowed(head, usage, width)],
    ["", wrapText(spec.brief, width)],
    ["", spec.description === undefined ? [] : wrapText(spec.description, width)],
    ["EXAMPLES", table(spec.examples, width)],
    ["ARGUMENTS", table(positional.map(({ row }) => row), width)],
    ["FLAGS", table([...flags.map(({ row }) => row), ["-h, --help", "This help"]], width)],
    ["EXIT CODES", table(exits.map(([code, when]) => [code, when ?? ""]), width)],
  ];
  return sections.filter(([, lines]) => lines.length)
    .map(([title, lines]) => [...(title ? [title] : []), ...lines, ""].join("\n"))
    .join("\n");
}

/**
 * Rows of two columns. Where the left ones would leave no room, the right ones stand below.
 *
 * @param width columns of the whole
 */
export function table(rows: readonly Row[], width: number): string[] {
  const fitting = rows.map(([left]) => left.length).filter((length) => length <= width / 2 - 4);
  const left = Math.max(0, ...fitting);
  return rows.flatMap(([name, about]) => {
    const beside = name.length <= left;
    const pad = beside ? left + 4 : 6;
    const lines = about ? wrapLine(about, width - pad) : [];
    const head = beside ? `  ${name.padEnd(left)}  ${lines.shift() ?? ""}` : `  ${name}`;
    return [head.trimEnd(), ...lines.map((line) => " ".repeat(pad) + line)];
  });
}

/**
 * Wraps paragraphs. Lines that begin with a blank are kept as they are, or go on under their
 * second column where they are too long.
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    if (paragraph.length) lines.push(...wrapLine(paragraph.join(" "), width));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) {
      paragraph.push(line);
      continue;
    }
    end();
    const indent = line.match(/^\s+\S+(?: \S+)*\s{2,}/)?.[0].length ?? line.search(/\S|$/);
    const [first = "", ...rest] = wrapLine(line.slice(indent), width - indent);
    lines.push(line.slice(0, indent) + first, ...rest.map((each) => " ".repeat(indent) + each));
  }
  end();
  return lines;
}

/** One line in as many as it needs, broken at blanks. */
function wrapLine(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1]!;
    const longer = last ? `${last} ${word}` : word;
    if (longer.length <= width || !last) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Items after a head, none broken, the following lines below the first item. */
function flowed(head: string, items: readonly string[], width: number): string[] {
  const lines = [head];
  for (const item of items) {
    const longer = `${lines.at(-1)} ${item}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(`${" ".repeat(head.length)} ${item}`);
  }
  return lines;
}

/** The flags that can be turned off: `--no-invoke`. */
export function negatedFlags(spec: HelpSpec): { flag: string; brief: string }[] {
  return flagEntries(spec).filter(([, flag]) => isNegatable(flag))
    .map(([name, { brief }]) => ({ flag: `--no-${kebabOf(name)}`, brief }));
}

const flagEntries = ({ parameters }: HelpSpec) =>
  Object.entries(parameters.flags as Readonly<Record<string, DescribedFlag>> ?? {})
    .filter(([, flag]) => !flag.hidden);

const isNegatable = ({ kind, withNegated }: DescribedFlag): boolean =>
  kind === "boolean" && withNegated !== false;

const kebabOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function flagsOf(spec: HelpSpec): { usage: string; row: Row }[] {
  const aliases = spec.parameters.aliases as Readonly<Record<string, string>> ?? {};
  return flagEntries(spec).map(([name, flag]) => {
    const kebab = kebabOf(name);
    const negated = isNegatable(flag);
    const value = flag.kind === "boolean"
      ? ""
      : ` ${flag.values ? flag.values.join("|") : flag.placeholder ?? "VALUE"}`;
    const long = `--${negated ? "[no-]" : ""}${kebab}${value}`;
    const short = Object.keys(aliases).find((alias) => aliases[alias] === name);
    const required = flag.kind !== "boolean" && !flag.optional && flag.default === undefined;
    return {
      usage: `${required ? long : `[${long}]`}${flag.variadic ? "..." : ""}`,
      row: [`${short ? `-${short}, ` : "    "}${long}`, about(flag)],
    };
  });
}

function positionalsOf({ parameters }: HelpSpec): { usage: string; row: Row }[] {
  const positional = parameters.positional as DescribedPositional | undefined;
  const { parameter } = positional ?? {};
  const several = (usage: string, of: Described) => ({ usage, row: row(`${name(of)}...`, of) });
  if (parameter) {
    const usage = positional?.minimum ? `${name(parameter)}...` : `[${name(parameter)}]...`;
    return [several(usage, parameter)];
  }
  return (positional?.parameters ?? []).map((each) => {
    const optional = each.optional || each.default !== undefined;
    return { usage: optional ? `[${name(each)}]` : name(each), row: row(name(each), each) };
  });
}

const name = ({ placeholder }: Described): string => placeholder ?? "ARGUMENT";
const row = (left: string, described: Described): Row => [left, about(described)];

/** The brief, and the default where it says more than that nothing was given. */
function about({ brief, default: byDefault }: Described): string {
  if (byDefault === undefined || byDefault === false || byDefault === "") return brief;
  return `${brief} (default: ${byDefault === true ? "on" : byDefault})`;
}
