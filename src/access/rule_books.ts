import { exists, readFile, type Snapshot } from "../platform/files.ts";
import { absolute, join, parentOf, upward } from "../platform/paths.ts";
import { NoRuleError } from "../sops/errors.ts";
import { parseRules, type PlacedRule, ruleFinder, type Rules } from "../sops/rules.ts";
import { NoRulesFileError } from "../store/errors.ts";
import { recipientNames } from "./names.ts";

/** A `.sops.yaml` that is read, to be asked for many files. */
export interface RuleBook {
  /** Absolute. */
  readonly path: string;
  readonly snapshot: Snapshot;
  readonly text: string;
  readonly rules: Rules;
  /** Names that its comments give to recipients. */
  readonly names: ReadonlyMap<string, string>;
  /**
   * The rule of a file.
   *
   * @param file absolute
   * @returns nothing where none is for it
   * @throws {InvalidRuleError | RecipientError} when the rule cannot be followed
   */
  ruleOf(file: string): Promise<PlacedRule | undefined>;
}

/**
 * The rules of many files. For each the nearest `.sops.yaml` above it counts, wherever the command
 * is started; `$SOPS_CONFIG` counts for all.
 */
export class RuleBooks {
  readonly #books = new Map<string, Promise<RuleBook>>();
  readonly #nearest = new Map<string, string | undefined>();

  constructor(
    readonly env: Readonly<Record<string, string | undefined>>,
    readonly cwd: string,
  ) {}

  /** @returns the path of the rules for what is in a folder; nothing where there are none */
  pathFor(folder: string): string | undefined {
    if (this.env.SOPS_CONFIG) return absolute(this.env.SOPS_CONFIG, this.cwd);
    if (!this.#nearest.has(folder)) {
      const above = upward(folder).find((each) => exists(join(each, ".sops.yaml")));
      this.#nearest.set(folder, above === undefined ? undefined : join(above, ".sops.yaml"));
    }
    return this.#nearest.get(folder);
  }

  /**
   * @param file absolute
   * @returns nothing where there are no rules for it
   * @throws {InvalidRuleError | FileError}
   */
  async for(file: string): Promise<RuleBook | undefined> {
    const path = this.pathFor(parentOf(file));
    if (path === undefined) return undefined;
    return await this.at(path);
  }

  at(path: string): Promise<RuleBook> {
    const known = this.#books.get(path) ?? this.#read(path);
    this.#books.set(path, known);
    return known;
  }

  async #read(path: string): Promise<RuleBook> {
    if (this.env.SOPS_CONFIG && !exists(path)) {
      throw new NoRulesFileError("environment", this.env.SOPS_CONFIG);
    }
    const snapshot = readFile(path);
    return await makeRuleBook(path, snapshot, new TextDecoder().decode(snapshot.bytes));
  }
}

/** @param text of the rules, which may not be in the file yet */
export async function makeRuleBook(
  path: string,
  snapshot: Snapshot,
  text: string,
): Promise<RuleBook> {
  const rules = await parseRules(text, path);
  const find = ruleFinder(rules);
  const folder = join(parentOf(path), "").replace(/\/\/$/, "/");
  return {
    path,
    snapshot,
    text,
    rules,
    names: await recipientNames(text),
    async ruleOf(file) {
      try {
        return await find(file.startsWith(folder) ? file.slice(folder.length) : file);
      } catch (error) {
        if (error instanceof NoRuleError) return undefined;
        throw error;
      }
    },
  };
}
