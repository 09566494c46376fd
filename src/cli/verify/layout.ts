import { harmlessName, type Style } from "../terminal.ts";
import type { Check } from "./check.ts";

/** Where text begins, after status and name. */
const indent = 18;
/** Where a cause in brackets ends, so that it does not stick to the edge. */
const edge = 76;
/** Lines that are no commands are broken here. */
const width = 80;

const shown = { ok: "ok", fail: "FAIL", skip: "skip", note: "note" } as const;
const styles: Readonly<Record<Check["status"], Style>> = {
  ok: "green",
  fail: "red",
  skip: "dim",
  note: "yellow",
};

/**
 * A finding in lines of at most 80 columns: status, name and text, the cause in brackets at the
 * right, more below, and one fix. Commands are never broken.
 *
 * @param style wraps text in a style, or gives it back as it is
 */
export function layOut(
  check: Check,
  style: (style: Style, text: string) => string = (_, text) => text,
): string[] {
  const { status, name, text = "", details = [], cause, fix } = check;
  const [first = "", ...rest] = wrap(text);
  const lines = [first, ...rest];
  const last = lines.at(-1)!;
  const label = status === "ok" || cause === undefined ? "" : `[${cause}]`;
  const gap = edge - indent - last.length - label.length;
  if (label && gap >= 2) lines[lines.length - 1] = `${last}${" ".repeat(gap)}${label}`;
  else if (label) lines.push(label.padStart(edge - indent));
  const head = `  ${style(styles[status], shown[status].padEnd(4))}  `;
  const pad = " ".repeat(indent);
  return [
    `${head}${name.padEnd(8)}  ${lines[0]}`,
    ...[...lines.slice(1), ...details.flatMap(wrap)].map((line) => `${pad}${line}`),
    ...fixLines(fix).map((line, index) => `${index ? pad : "        fix       "}${line}`),
  ].map((line) => line.trimEnd());
}

function fixLines(fix: Check["fix"]): string[] {
  if (!fix) return [];
  const isCommand =
    /^(?:credsmith|sops|git|sudo|chmod|unset|export|home-manager|journalctl|launchctl|systemctl|DENO_\w+=\S+) /
      .test(fix.text);
  const lines = isCommand ? [fix.text] : wrap(fix.text);
  if (!fix.remark) return lines;
  const last = lines.at(-1)!;
  const remark = `(${fix.remark})`;
  const fits = indent + last.length + 2 + remark.length <= width;
  return fits ? [...lines.slice(0, -1), `${last}  ${remark}`] : [...lines, ...wrap(remark)];
}

/**
 * Breaks at blanks; a word that is too long stands alone. A line end in the text, which can come
 * out of a secrets file, does not look like a finding of ours.
 */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of harmlessName(text).split(" ")) {
    if (line && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}
