import { readFile, readFileIfThere } from "../platform/files.ts";
import { absolute, join, upward } from "../platform/paths.ts";
import { parseRules, type Rule, ruleFor, type Rules } from "../sops/rules.ts";
import { NoRulesFileError } from "./errors.ts";

/** The rules that count for a folder, with where they came from. */
export interface LoadedRules {
  /** Absolute path of the `.sops.yaml`. */
  readonly path: string;
  readonly rules: Rules;
  /** A `.sops.yml` that stands nearer and does not count, as in SOPS. */
  readonly passedOver?: string;
}

/**
 * Reads the rules: the file that `$SOPS_CONFIG` names, else the nearest `.sops.yaml` upward.
 *
 * @param from.start absolute folder where the search begins
 * @throws {NoRulesFileError} where there is none
 * @throws {FileError} `read`
 * @throws {InvalidRuleError | FormatError | UnsupportedError} where they cannot be followed
 * @see getsops/sops config/config.go, LookupConfigFile
 */
export async function loadRules(from: {
  readonly start: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<LoadedRules> {
  const { start, env } = from;
  if (env.SOPS_CONFIG) {
    const path = absolute(env.SOPS_CONFIG, start);
    const file = readFileIfThere(path);
    if (!file) throw new NoRulesFileError("environment", env.SOPS_CONFIG);
    return { path, rules: await parse(path, file.bytes) };
  }
  let passedOver: string | undefined;
  for (const folder of upward(start)) {
    const path = join(folder, ".sops.yaml");
    const file = readFileIfThere(path);
    if (file) {
      return { path, rules: await parse(path, file.bytes), ...(passedOver ? { passedOver } : {}) };
    }
    const other = join(folder, ".sops.yml");
    if (passedOver === undefined && readFileIfThere(other)) passedOver = other;
  }
  throw new NoRulesFileError("search", start, passedOver);
}

/**
 * Reads one rules file.
 *
 * @throws {FileError} `read`
 */
export async function loadRulesFile(path: string): Promise<LoadedRules> {
  return { path, rules: await parse(path, readFile(path).bytes) };
}

/**
 * The first rule for a file. Its path is compared as SOPS does: relative to the folder of the
 * rules when it is below that, else absolute.
 *
 * @param file absolute
 * @throws {NoRuleError} when none matches
 */
export function ruleForFile(loaded: LoadedRules, file: string): Promise<Rule> | Rule {
  return ruleFor(loaded.rules, relativeTo(loaded.path, file));
}

function relativeTo(rulesFile: string, file: string): string {
  const folder = rulesFile.slice(0, rulesFile.lastIndexOf("/") + 1);
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}

function parse(path: string, bytes: Uint8Array): Promise<Rules> | Rules {
  return parseRules(new TextDecoder().decode(bytes), path);
}
