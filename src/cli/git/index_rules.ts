import { parentOf, upward } from "../../platform/paths.ts";
import { parseRules, type Rules } from "../../sops/rules.ts";
import { compileRegex } from "../../sops/selectors.ts";
import { NoRulesFileError } from "../../store/errors.ts";
import { loadRules } from "../../store/rules.ts";
import { wholeIndex } from "./index_entries.ts";
import { readObjects, textOf } from "./repository.ts";

/** The creation rules of a repository as the index has them, not the work tree. */
export class IndexRules {
  readonly #matchers = new Map<Rules, Promise<readonly Matcher[]>>();
  readonly #fallback: { readonly rules: Rules; readonly folder: string } | undefined;

  private constructor(
    readonly root: string,
    /** By the folder that they stand in, relative to the root; "" for that itself. */
    readonly byFolder: ReadonlyMap<string, Rules>,
    fallback: { readonly rules: Rules; readonly folder: string } | undefined,
  ) {
    this.#fallback = fallback;
  }

  /**
   * @param root of the work tree
   * @throws {InvalidRuleError} when one of them cannot be read
   */
  static async read(
    root: string,
    env: Readonly<Record<string, string>>,
  ): Promise<IndexRules> {
    const fallback = await outside(root, env);
    if (env.SOPS_CONFIG) return new IndexRules(root, new Map(), fallback);
    const entries = (await wholeIndex(root, ":(glob)**/.sops.yaml")).filter((each) =>
      !each.unmerged
    );
    const contents = await readObjects(root, entries.map(({ object }) => object));
    const byFolder = new Map<string, Rules>();
    for (const { path, object } of entries) {
      const bytes = contents.get(object);
      if (!bytes) continue;
      byFolder.set(path.replace(/\/?\.sops\.yaml$/, ""), await parseRules(textOf(bytes), path));
    }
    return new IndexRules(root, byFolder, fallback);
  }

  /** The rules that count for a file, and its path as they see it. */
  ruleOf(path: string): { readonly rules: Rules; readonly path: string } | undefined {
    const folder = parentOf(path);
    const folders = folder === "." ? [""] : [...upward(folder).filter((each) => each !== "."), ""];
    for (const each of folders) {
      const rules = this.byFolder.get(each);
      if (rules) return { rules, path: each === "" ? path : path.slice(each.length + 1) };
    }
    const fallback = this.#fallback;
    if (!fallback) return undefined;
    const file = `${this.root}/${path}`;
    const prefix = `${fallback.folder === "/" ? "" : fallback.folder}/`;
    return {
      rules: fallback.rules,
      path: file.startsWith(prefix) ? file.slice(prefix.length) : file,
    };
  }

  /**
   * Whether a creation rule says that this file is to be encrypted. A rule without a path says how a
   * file is encrypted and not which ones.
   *
   * @returns its expression
   * @throws {InvalidRuleError} when an expression is none
   */
  async wantsEncrypted(path: string): Promise<string | undefined> {
    const found = this.ruleOf(path);
    if (!found) return undefined;
    const known = this.#matchers.get(found.rules) ?? matchersOf(found.rules);
    this.#matchers.set(found.rules, known);
    for (const { regex, matches } of await known) if (matches(found.path)) return regex;
    return undefined;
  }
}

interface Matcher {
  /** Nothing for a rule without a path. */
  readonly regex: string | undefined;
  matches(path: string): boolean;
}

async function matchersOf({ creationRules }: Rules): Promise<Matcher[]> {
  return await Promise.all(creationRules.map(async ({ fields, where }): Promise<Matcher> => {
    const regex = typeof fields.path_regex === "string" ? fields.path_regex : "";
    if (regex === "") return { regex: undefined, matches: () => true };
    return { regex, matches: await compileRegex(regex, `${where}.path_regex`) };
  }));
}

/** Rules that git does not have: those that the environment names, and a file above or not added. */
async function outside(root: string, env: Readonly<Record<string, string>>) {
  try {
    const { path, rules } = await loadRules({ start: root, env });
    return { rules, folder: parentOf(path) };
  } catch (error) {
    if (error instanceof NoRulesFileError && error.by === "search") return undefined;
    throw error;
  }
}
