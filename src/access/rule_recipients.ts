import { recipientsOf } from "../sops/keys/master_key.ts";
import { ruleGroups } from "../sops/rule_keys.ts";
import type { Rules } from "../sops/rules.ts";

/**
 * The age recipients of one creation rule, whatever files it is for.
 *
 * @returns none for a rule that cannot be followed
 */
export function recipientsInRule(rules: Rules, index: number): string[] {
  const rule = rules.creationRules[index];
  if (!rule) return [];
  try {
    return recipientsOf(ruleGroups(rule.fields, rule.where));
  } catch {
    return [];
  }
}
