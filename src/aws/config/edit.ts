import { ConfigShapeError } from "./errors.ts";
import { type ConfigLine, configLines } from "./sections.ts";

/**
 * Puts settings into the section of an AWS profile and touches no other line. A setting that is
 * there gets its new value where it stands; others come right below the heading, where no block of
 * another setting can take them in. A section that is not there is made at the end.
 *
 * @param text the file; empty where there is none
 * @param profile the AWS profile
 * @param settings names in lower case
 * @throws {ConfigShapeError}
 */
export function withSettings(
  text: string,
  profile: string,
  settings: Readonly<Record<string, string>>,
): string {
  const lines = configLines(text, "config");
  const end = /\r\n/.test(text) ? "\r\n" : "\n";
  const all = Object.entries(settings);
  const section = sectionOf(lines, profile);
  if (section === undefined) {
    const heading = profile === "default" ? "[default]" : `[profile ${profile}]`;
    const block = [heading, ...all.map(([name, value]) => `${name} = ${value}`)];
    const gap = text.replace(/^\uFEFF/, "") === "" ? "" : /(^|\n)\r?\n$/.test(text) ? "" : end;
    return text + (text === "" || text.endsWith("\n") ? "" : end) + gap +
      block.map((line) => line + end).join("");
  }
  const indent = section.find(({ kind }) => kind === "setting")?.indent ?? "";
  const here = new Map<ConfigLine, string>();
  const above: string[] = [];
  for (const [name, value] of all) {
    const found = settingOf(lines, section, name);
    if (found === undefined) above.push(`${indent}${name} = ${value}${end}`);
    else if (found.value !== value) {
      const [, before = "", after = ""] = /^(\s*[^=:]*[=:]\s*).*?(\r?\n|)$/.exec(found.text) ?? [];
      here.set(found, before + value + after);
    }
  }
  const [heading] = section;
  return lines.map((line) => {
    const own = here.get(line) ?? line.text;
    if (line !== heading || above.length === 0) return own;
    return own + (own.endsWith("\n") ? "" : end) + above.join("");
  }).join("");
}

/**
 * Takes settings out of the section of an AWS profile. A section in which nothing but its region is
 * left goes as well, with the blank lines above it; that of `default` stays, since its region counts
 * for keys from anywhere.
 *
 * @throws {ConfigShapeError}
 */
export function withoutSettings(text: string, profile: string, names: readonly string[]): string {
  const lines = configLines(text, "config");
  const section = sectionOf(lines, profile);
  if (section === undefined) return text;
  const gone = new Set(names.flatMap((name) => settingOf(lines, section, name) ?? []));
  if (gone.size === 0) return text;
  const left = section.filter((line) => !gone.has(line) && line.text.trim() !== "");
  const empty = left.every(({ kind, name }) =>
    kind === "heading" || (kind === "setting" && name === "region" && profile !== "default")
  );
  if (empty) {
    const [heading] = section;
    section.filter((line) => line.text.trim() !== "").forEach((line) => gone.add(line));
    for (let at = lines.indexOf(heading!) - 1; at >= 0 && lines[at]!.text.trim() === ""; at--) {
      gone.add(lines[at]!);
    }
  }
  return lines.filter((line) => !gone.has(line)).map((line) => line.text).join("");
}

/** The settings of an AWS profile; none where there is no such section. */
export function settingsIn(
  text: string,
  profile: string,
  kind: "config" | "credentials",
): ReadonlyMap<string, ConfigLine> {
  return new Map(
    configLines(text, kind)
      .filter((line) => line.section === profile && line.kind === "setting")
      .map((line) => [line.name!, line]),
  );
}

/** @throws {ConfigShapeError} `twice`, since botocore reads no such file, and others read one of them */
function sectionOf(lines: readonly ConfigLine[], profile: string): ConfigLine[] | undefined {
  const section = lines.filter((line) => line.section === profile);
  const [first, second] = section.filter(({ kind }) => kind === "heading");
  if (second) throw new ConfigShapeError("twice", second.text.trim(), second.number);
  return first && section;
}

/** @throws {ConfigShapeError} */
function settingOf(
  lines: readonly ConfigLine[],
  section: readonly ConfigLine[],
  name: string,
): ConfigLine | undefined {
  const [first, second] = section.filter((line) => line.name === name);
  if (second) throw new ConfigShapeError("twice", name, second.number);
  if (first && lines[lines.indexOf(first) + 1]?.kind === "more") {
    throw new ConfigShapeError("goes on", name, first.number);
  }
  return first;
}
