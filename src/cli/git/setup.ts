import { shellQuote } from "../../platform/command_line.ts";
import { exists, readFileIfThere } from "../../platform/files.ts";
import { join } from "../../platform/paths.ts";
import { parseRules } from "../../sops/rules.ts";
import { attributesLine, covers, patternLike, patternsFor } from "./patterns.ts";
import { askGit, gitText, type Repository, textOf, tryGit } from "./repository.ts";

/** A setting of git. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** What git is told about us, in the order in which it is written. */
export function settingsFor(program: readonly string[]): Setting[] {
  const words = program.map(shellQuote).join(" ");
  // The placeholders of a merge driver begin with "%".
  const driver = words.replaceAll("%", "%%");
  const files = "-- %O %A %B %L %P";
  return [
    // Cached, the plaintext would lie in the repository as notes.
    { key: "diff.credsmith.cachetextconv", value: "false" },
    { key: "diff.credsmith.textconv", value: `${words} git textconv --` },
    { key: "merge.credsmith-ancestor.name", value: "secrets files, for a further merge" },
    {
      key: "merge.credsmith-ancestor.driver",
      value: `${driver} git merge --ancestor ${files}`,
    },
    { key: "merge.credsmith.name", value: "secrets files, key by key" },
    { key: "merge.credsmith.recursive", value: "credsmith-ancestor" },
    { key: "merge.credsmith.driver", value: `${driver} git merge ${files}` },
  ];
}

/** The sections that the settings stand in. */
export const sections = ["diff.credsmith", "merge.credsmith", "merge.credsmith-ancestor"] as const;

/** @returns those that git does not have yet, or has otherwise */
export async function missingSettings(
  folder: string,
  scope: "--local" | "--global",
  wanted: readonly Setting[],
): Promise<Setting[]> {
  const { stdout } = await tryGit(folder, ["config", scope, "--null", "--list"]);
  const known = new Map<string, string>();
  for (const entry of textOf(stdout).split("\0")) {
    const end = entry.indexOf("\n");
    if (end > 0) known.set(entry.slice(0, end), entry.slice(end + 1));
  }
  return wanted.filter(({ key, value }) => known.get(key) !== value);
}

/** A rule that cannot be said as patterns, or a file that no rule is for, and what stands in. */
export interface StandIn {
  /** The expression; nothing for a rule without one, and for a file. */
  readonly regex?: string;
  readonly pattern: string;
}

export interface Attributes {
  /** Lines that `.gitattributes` does not have. */
  readonly missing: readonly string[];
  readonly standIns: readonly StandIn[];
}

/**
 * The lines of `.gitattributes` that the repository needs: for the paths of its creation rules, and
 * for the encrypted files that no such pattern is for.
 *
 * @param root of the work tree
 */
export async function neededAttributes(root: string): Promise<Attributes> {
  const patterns = new Set<string>();
  const listed = await askGit(root, [
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
    "--",
    ":(glob)**/.sops.yaml",
  ]);
  let unsaid: string | undefined;
  for (const path of names(listed)) {
    const file = readFileIfThere(join(root, path));
    if (!file) continue;
    const folder = path.slice(0, -".sops.yaml".length).replace(/\/$/, "");
    for (const regex of await regexesOf(textOf(file.bytes), path)) {
      const made = patternsFor(regex, folder);
      if (made) made.forEach((each) => patterns.add(each));
      else unsaid ??= regex;
    }
  }
  const standIns: StandIn[] = [];
  for (const path of await encryptedFiles(root, ["--untracked"])) {
    if ([...patterns].some((each) => covers(each, path))) continue;
    const pattern = patternLike(path);
    patterns.add(pattern);
    standIns.push({ pattern, ...(unsaid === undefined ? {} : { regex: unsaid }) });
  }
  const there = new Set(
    textOf(readFileIfThere(join(root, ".gitattributes"))?.bytes ?? new Uint8Array())
      .split("\n").map((line) => line.trim().replaceAll(/\s+/g, " ")),
  );
  const missing = [...patterns].map(attributesLine).filter((line) => !there.has(line));
  return { missing, standIns };
}

/** Files that have a value as SOPS encrypts it, which git finds faster than anybody. */
async function encryptedFiles(
  root: string,
  where: readonly string[],
): Promise<string[]> {
  const { code, stdout } = await tryGit(root, [
    "grep",
    "--no-color",
    "--files-with-matches",
    "-z",
    "--text",
    "--fixed-strings",
    ...where,
    "-e",
    "ENC[AES256_GCM,",
  ]);
  return code === 0 ? names(stdout) : [];
}

/** The expressions of a rules file that can be read; one that cannot is not our affair here. */
async function regexesOf(text: string, path: string): Promise<string[]> {
  try {
    const { creationRules } = await parseRules(text, path);
    return creationRules.flatMap(({ fields }) =>
      typeof fields.path_regex === "string" && fields.path_regex ? [fields.path_regex] : []
    );
  } catch {
    return [];
  }
}

const names = (list: Uint8Array): string[] =>
  textOf(list).split("\0").filter((name) => name !== "");

/** How it stands with the hook that runs before a commit. */
export type Hook =
  | { readonly state: "absent" | "ours"; readonly path: string }
  /** Somebody else's: it stays as it is, and a person adds a line. */
  | {
    readonly state: "another's";
    readonly path: string;
    readonly by?: "husky" | "pre-commit" | "core.hooksPath";
  };

/** What a hook of ours begins with. */
const hookHead =
  "#!/bin/sh\n# Written by credsmith git install; credsmith git uninstall takes it away\n";

export function hookText(program: readonly string[]): string {
  return `${hookHead}exec ${program.map(shellQuote).join(" ")} git check\n`;
}

/** @param root of the work tree */
export async function lookAtHook(root: string, repository: Repository): Promise<Hook> {
  const configured = await gitText(root, ["config", "--path", "core.hooksPath"]);
  if (configured) {
    const husky = /(^|\/)\.husky(\/_)?\/?$/.test(configured);
    const folder = husky ? configured.replace(/\/_\/?$/, "") : configured;
    const path = join(folder.startsWith("/") ? folder : join(root, folder), "pre-commit");
    return has(path) === "check"
      ? { state: "ours", path }
      : { state: "another's", path, by: husky ? "husky" : "core.hooksPath" };
  }
  const path = join(repository.commonFolder, "hooks/pre-commit");
  const found = has(path);
  if (found === "ours" || found === "check") return { state: "ours", path };
  const framework = join(root, ".pre-commit-config.yaml");
  if (exists(framework)) {
    return has(framework) === "check"
      ? { state: "ours", path: framework }
      : { state: "another's", path: framework, by: "pre-commit" };
  }
  return { state: found === undefined ? "absent" : "another's", path };
}

/** Whether a hook is one that we wrote, or calls the check in a line of its own. */
function has(path: string): "ours" | "check" | "nothing of ours" | undefined {
  const file = readFileIfThere(path);
  if (!file) return undefined;
  const text = textOf(file.bytes);
  if (text.startsWith(hookHead)) return "ours";
  return /^[^#\n]*\bgit check\b/m.test(text) && text.includes("credsmith")
    ? "check"
    : "nothing of ours";
}

/** Whether the hook is wholly ours, so that it can be taken away. */
export function isOurHook(path: string): boolean {
  return has(path) === "ours";
}

/** What a person adds to a hook that is not ours. */
export function hookAdvice(hook: Hook): string {
  const by = hook.state === "another's" ? hook.by : undefined;
  return by === "pre-commit"
    ? `under "repos:" in "${hook.path}":\n` +
      "  - repo: local\n" +
      "    hooks:\n" +
      "      - id: credsmith\n" +
      "        name: credsmith git check\n" +
      "        entry: credsmith git check\n" +
      "        language: system\n" +
      "        pass_filenames: false"
    : `a line in "${hook.path}":\n  credsmith git check || exit 1`;
}
