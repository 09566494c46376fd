import { shellQuote } from "../../platform/command_line.ts";
import { parentOf } from "../../platform/paths.ts";
import type { OpenDocument } from "../../sops/document.ts";
import { pathText } from "../../sops/errors.ts";
import type { Tree } from "../../sops/tree.ts";
import { isCredentialPath } from "../../store/credential_leaves.ts";
import type { IdentitySource } from "../../store/errors.ts";
import { loadRules, ruleForFile } from "../../store/rules.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { standingInGit } from "../git.ts";
import { withTilde } from "../shown_path.ts";
import { unresolvedNames } from "../unresolved.ts";
import type { Check } from "./check.ts";
import { failedCheck } from "./failed.ts";

/** A file as far as the checks look at it. */
export interface SecretsFile {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

/** Where identities were found, and whether others may read them. */
export function identityChecks(
  sources: readonly IdentitySource[],
  env: Readonly<Record<string, string>>,
): Check[] {
  return sources.filter(({ count }) => count > 0).map(({ source, count, mode, exposed }): Check => {
    const text = `${count} in ${withTilde(source, env)}`;
    if (!exposed) return { name: "identity", status: "ok", text };
    return {
      name: "identity",
      status: "note",
      text: `${text}, which others may read (mode ${(mode ?? 0).toString(8).padStart(4, "0")})`,
      cause: "identity_exposed",
      fix: { text: `chmod 600 ${shellQuote(source)}` },
    };
  });
}

/** Who can open the file, and whether the rules say the same. */
export async function ruleChecks(
  { env }: Context,
  file: SecretsFile,
  recipients: readonly string[],
): Promise<Check[]> {
  const count = recipients.length;
  const alone: Check[] = count === 1
    ? [{
      name: "access",
      status: "note",
      text: "Only one key opens the file; when it is lost, so is the file",
      cause: "single_recipient",
      fix: { text: update(file), remark: "after adding a recovery recipient to .sops.yaml" },
    }]
    : [{ name: "access", status: "ok", text: `${count} keys open the file` }];
  let rule;
  try {
    const start = parentOf(file.path);
    rule = await ruleForFile(await loadRules({ start, env }), file.path);
  } catch (error) {
    // A file opens without rules; only new files need them.
    const { exit: _, ...check } = await failedCheck("rules", error);
    return [{ ...check, status: "note" }, ...alone];
  }
  const checks: Check[] = [{
    name: "rules",
    status: "ok",
    text: rule.pathRegex === undefined ? "a rule for every file" : `path_regex "${rule.pathRegex}"`,
  }, ...alone];
  const onlyInFile = recipients.filter((each) => !rule.recipients.includes(each));
  const onlyInRule = rule.recipients.filter((each) => !recipients.includes(each));
  if (onlyInFile.length) {
    checks.push({
      name: "access",
      status: "note",
      text: `${onlyInFile.length} of its keys are not in the rule`,
      details: onlyInFile,
      cause: "recipient_not_in_rule",
      fix: { text: update(file), remark: "takes them out; or add them to .sops.yaml" },
    });
  }
  if (onlyInRule.length) {
    checks.push({
      name: "access",
      status: "note",
      text: `${onlyInRule.length} keys of the rule cannot open the file yet`,
      details: onlyInRule,
      cause: "recipient_not_in_file",
      fix: { text: update(file) },
    });
  }
  return checks;
}

function update({ shown }: SecretsFile): string {
  return `credsmith access sync ${shellQuote(shown)}`;
}

/** Credentials that the file's selectors leave readable. */
export function plaintextChecks(document: OpenDocument, { shown }: SecretsFile): Check[] {
  const bare = [...document.leaves()]
    .filter(({ path, encrypted }) => !encrypted && isCredentialPath(path))
    .map(({ path }) => pathText(path));
  if (bare.length === 0) return [];
  return [{
    name: "secrets",
    status: "fail",
    text: `Credentials stand in plaintext in ${shown}: ${bare.join(", ")}`,
    cause: "plaintext_credential",
    exit: exitCodes.partial,
    fix: { text: "replace the key, then encrypt the file under a rule that covers these names" },
  }];
}

/** Values that a merge left twice; no key is needed to see them. */
export function mergeChecks({ tree }: { readonly tree: Tree }, { shown }: SecretsFile): Check[] {
  const names = unresolvedNames(tree);
  if (names.length === 0) return [];
  return [{
    name: "merge",
    status: "fail",
    text: `A merge left two values, and nobody has chosen: ${names.join(", ")}`,
    cause: "unresolved_merge",
    exit: exitCodes.refused,
    fix: { text: `credsmith edit -f ${shellQuote(shown)}`, remark: "keep one under its own name" },
  }];
}

/** Whether git has the file: a flake sees no other. Outside a repository there is nothing to say. */
export async function gitChecks(
  { path, shown }: SecretsFile,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const standing = await standingInGit(path, env);
  if (standing === "no repository") return [];
  if (standing === "tracked") return [{ name: "git", status: "ok", text: `has ${shown}` }];
  return [{
    name: "git",
    status: "note",
    text: `git does not have ${shown}, so a flake does not see it`,
    cause: "not_in_git",
    fix: { text: `git add -N ${shellQuote(shown)}` },
  }];
}
