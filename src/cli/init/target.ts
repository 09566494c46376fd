import { absolute, join, parentOf, upward } from "../../platform/paths.ts";
import { NoRuleError, UnsupportedError } from "../../sops/errors.ts";
import type { Rule } from "../../sops/rules.ts";
import { NoRulesFileError } from "../../store/errors.ts";
import { formatOf } from "../../store/find.ts";
import { type LoadedRules, loadRules, ruleForFile } from "../../store/rules.ts";
import { exists } from "../../platform/files.ts";
import { UsageError } from "../errors.ts";

/** Where the secrets file goes, and the rules that say for whom. */
export interface Target {
  /** Absolute; nothing need be there. */
  readonly path: string;
  /** As the user would name it. */
  readonly shown: string;
  /** Whether a secrets file is there already. */
  readonly exists: boolean;
  /** Absolute path of the `.sops.yaml` that is there or is to be made. */
  readonly rulesPath: string;
  readonly rulesShown: string;
  readonly rules?: LoadedRules;
  /** The rule for the file, where one matches. */
  readonly rule?: Rule;
  /** The file from the folder of the rules, as they see it. */
  readonly relative: string;
}

/**
 * Decides where the secrets file goes: the flag, else `$CREDSMITH_FILE`, else `secrets/aws.yaml`
 * beside the nearest `.sops.yaml` upward, else below the working folder.
 *
 * @throws {InvalidRuleError | FileError} when there are rules that cannot be followed
 * @throws {UsageError} for a file whose format has no names below names
 * @throws {UnsupportedError} when the rule names keys that we cannot encrypt to
 */
export async function targetOf(from: {
  readonly flag?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}): Promise<Target> {
  const { flag, env, cwd } = from;
  const named = flag ?? (env.CREDSMITH_FILE || undefined);
  const root = upward(cwd).find((folder) => exists(join(folder, ".sops.yaml"))) ?? cwd;
  const path = named === undefined ? join(root, "secrets/aws.yaml") : absolute(named, cwd);
  const format = formatOf(path);
  if (format !== "yaml" && format !== "json") {
    throw new UsageError(
      `Cannot make "${named ?? path}": ${format} has no room for profiles`,
      "-f secrets/aws.yaml",
      "format_without_profiles",
    );
  }
  const rules = await rulesOf(parentOf(path), env);
  const rulesPath = rules?.path ?? join(folderForRules(path), ".sops.yaml");
  const rule = rules && await matching(rules, path);
  if (rule?.unsupported.length) throw new UnsupportedError("key type", rule.unsupported[0]!);
  const folder = parentOf(rulesPath);
  return {
    path,
    shown: named ?? below(path, cwd),
    exists: exists(path),
    rulesPath,
    rulesShown: below(rulesPath, cwd),
    ...(rules ? { rules } : {}),
    ...(rule ? { rule } : {}),
    relative: below(path, folder),
  };
}

async function rulesOf(
  start: string,
  env: Readonly<Record<string, string>>,
): Promise<LoadedRules | undefined> {
  try {
    return await loadRules({ start, env });
  } catch (error) {
    if (error instanceof NoRulesFileError && error.by === "search") return undefined;
    throw error;
  }
}

async function matching(rules: LoadedRules, path: string): Promise<Rule | undefined> {
  try {
    return await ruleForFile(rules, path);
  } catch (error) {
    if (error instanceof NoRuleError) return undefined;
    throw error;
  }
}

/** Rules stand beside a folder `secrets`, and otherwise beside the file itself. */
function folderForRules(path: string): string {
  const folder = parentOf(path);
  return folder.endsWith("/secrets") ? parentOf(folder) : folder;
}

/** A path from a folder, where it is below it; else as it is. */
export function below(path: string, folder: string): string {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
