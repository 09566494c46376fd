/** One line of a shared file, with what it is. */
export interface ConfigLine {
  /** With its end. */
  readonly text: string;
  /** Counts from 1. */
  readonly number: number;
  /** The section that it belongs to; its heading belongs to it. */
  readonly section?: string;
  /** `more`: what is indented below a setting, its nested block or its next line. */
  readonly kind: "heading" | "setting" | "more" | "other";
  /** In lower case, of settings. */
  readonly name?: string;
  readonly value?: string;
  /** White space that the line begins with. */
  readonly indent: string;
}

/**
 * Takes a shared file apart into lines, of which none is changed. Put together again they are the
 * text.
 *
 * @param kind `config` has `[profile work]` where `credentials` has `[work]`
 * @returns lines whose `section` is the AWS profile's name, or `services x` and the like for others
 */
export function configLines(text: string, kind: "config" | "credentials"): ConfigLine[] {
  const lines: ConfigLine[] = [];
  let section: string | undefined;
  /** The indentation of the section's settings; nothing before the first. */
  let usual: number | undefined;
  for (const [index, raw] of (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).entries()) {
    const body = raw.replace(/\r?\n$/, "");
    const indent = /^[ \t]*/.exec(body)![0];
    const line = { text: raw, number: index + 1, indent };
    const [, heading] = /^\s*\[([^\]]*)\]/.exec(body.replace(/^\uFEFF/, "")) ?? [];
    if (heading !== undefined) {
      section = sectionName(heading, kind);
      usual = undefined;
      lines.push({ ...line, section, kind: "heading" });
      continue;
    }
    const inSection = section === undefined ? {} : { section };
    if (/^\s*([#;]|$)/.test(body)) {
      lines.push({ ...line, ...inSection, kind: "other" });
      continue;
    }
    if (usual !== undefined && indent.length > usual) {
      lines.push({ ...line, ...inSection, kind: "more" });
      continue;
    }
    usual = indent.length;
    const [, name, value = ""] = /^\s*([^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(body) ?? [];
    lines.push(
      name
        ? { ...line, ...inSection, kind: "setting", name: name.toLowerCase(), value }
        : { ...line, ...inSection, kind: "other" },
    );
  }
  return lines;
}

function sectionName(heading: string, kind: "config" | "credentials"): string {
  const words = heading.trim().replaceAll(/["']/g, "").split(/\s+/);
  if (kind === "credentials") return words.join(" ");
  if (words.length === 1 && words[0] !== "default") return `section ${words[0]}`;
  return words[0] === "profile" ? words.slice(1).join(" ") : words.join(" ");
}
