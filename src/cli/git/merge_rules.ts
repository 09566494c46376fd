import { parentOf, upward } from "../../platform/paths.ts";
import { InvalidRuleError, NoRuleError, RecipientError } from "../../sops/errors.ts";
import { parseRules, ruleFor } from "../../sops/rules.ts";
import type { Layout } from "../../sops/tree.ts";
import { type Audience, threeWay } from "../../merge/audience.ts";
import { MergeError } from "../../merge/errors.ts";
import { NoRulesFileError } from "../../store/errors.ts";
import { formatOf } from "../../store/find.ts";
import { loadRules, ruleForFile } from "../../store/rules.ts";
import type { OtherSide } from "./other_side.ts";
import { gitText } from "./repository.ts";

/** What the rules say about a file that is being merged. */
export interface MergeRule {
  readonly audience?: Audience;
  readonly layout?: Layout;
  /** Why the rules in the work tree count for nothing, where there are some. */
  readonly problem?: string;
}

/**
 * For whom the rules want a file encrypted once the merge is through: the rules of the work tree,
 * which git has not touched yet, with what the other side changed in its own.
 *
 * @param root of the work tree
 * @param path of the file, relative to it
 */
export async function mergeRule(
  root: string,
  path: string,
  env: Readonly<Record<string, string>>,
  other: OtherSide | undefined,
): Promise<MergeRule> {
  const file = `${root}/${path}`;
  let ours: Audience | undefined;
  let layout: Layout | undefined;
  let problem: string | undefined;
  try {
    const loaded = await loadRules({ start: parentOf(file), env });
    layout = loaded.rules.layouts[formatOf(path)];
    ours = withKeys(await ruleForFile(loaded, file));
  } catch (error) {
    if (error instanceof NoRuleError) problem = "none of the creation rules is for it";
    else if (error instanceof InvalidRuleError) problem = `${error.field}: ${error.reason}`;
    else if (error instanceof RecipientError) problem = `"${error.text}": ${error.reason}`;
    else if (!(error instanceof NoRulesFileError)) throw error;
  }
  const more = { ...(layout ? { layout } : {}), ...(problem ? { problem } : {}) };
  const theirs = other && !env.SOPS_CONFIG && await ruleAt(root, other.commit, path);
  if (!ours || !theirs) {
    // Rules that only the other side has come in with the merge.
    const audience = ours ?? (problem === undefined ? theirs : undefined);
    return { ...more, ...(audience ? { audience } : {}) };
  }
  const base = other.base ? await ruleAt(root, other.base, path) : undefined;
  try {
    return { ...more, audience: threeWay(base, ours, theirs) };
  } catch (error) {
    if (!(error instanceof MergeError)) throw error;
    return { ...more, audience: ours };
  }
}

/** The rule for a file as a commit has it, if it has one that can be followed. */
async function ruleAt(root: string, commit: string, path: string): Promise<Audience | undefined> {
  for (const folder of upward(`/${parentOf(path)}`.replace(/\/\.?$/, "") || "/")) {
    const prefix = folder === "/" ? "" : `${folder.slice(1)}/`;
    const text = await gitText(root, ["show", `${commit}:${prefix}.sops.yaml`]);
    if (text === undefined) continue;
    try {
      const rules = await parseRules(text, `${prefix}.sops.yaml`);
      return withKeys(await ruleFor(rules, path.slice(prefix.length)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** A rule without keys says nothing about who may read. */
function withKeys(rule: Audience): Audience | undefined {
  const { groups, shamirThreshold } = rule;
  if (groups.length === 0 || groups.some((group) => group.length === 0)) return undefined;
  return { groups, ...(shamirThreshold === undefined ? {} : { shamirThreshold }) };
}
