import { chooseEndpoints } from "../../aws/endpoints.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { ProgramError } from "../../platform/errors.ts";
import { readIfThere, statIfThere } from "../../platform/optional.ts";
import { parentOf, splitPath } from "../../platform/paths.ts";
import { run } from "../../platform/processes.ts";
import type { OpenDocument } from "../../sops/document.ts";
import { pathText } from "../../sops/errors.ts";
import { isCredentialPath } from "../../store/credential_leaves.ts";
import { profile as profileOf } from "../../store/credentials.ts";
import { type IdentitySource, SecretsFileError } from "../../store/errors.ts";
import { findSecretsFile } from "../../store/find.ts";
import { loadRules, ruleForFile } from "../../store/rules.ts";
import { readSealed } from "../../store/secrets_file.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { openForReading } from "../open.ts";
import { withTilde } from "../shown_path.ts";
import type { Check } from "./check.ts";
import { lookAtClaude } from "./claude_look.ts";
import { failedCheck } from "./failed.ts";
import { Report } from "./report.ts";
import { endpointNotes, readAwsConfig, regionOf, remedyContext } from "./surroundings.ts";

/** Where the loader is installed on NixOS unless an option says otherwise. */
const systemLoader = "/etc/load-aws-bedrock.sh";
/** Where sops-nix puts secret files. */
const systemSecrets = "/run/secrets";

/** A file as far as the checks look at it. */
interface SecretsFile {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

/**
 * What can be seen without the network: identity, rules, recipients, what lies around in
 * plaintext, secret files and loader, and what Claude Code's settings say.
 *
 * @returns the exit code
 */
export async function verifyOffline(
  context: Context,
  flags: { readonly file?: string; readonly json: boolean; readonly timeout: number },
  name: string,
): Promise<number> {
  const { env, cwd, terminal } = context;
  context.narrow(["read", "env", "run", "sys"]);
  const named = flags.file === undefined ? {} : { flag: flags.file };
  const file = findSecretsFile({ env, cwd, ...named });
  const config = readAwsConfig(env);
  const report = new Report(terminal, flags.json, { profile: name, file: file.shown });
  const { document: sealed } = await readSealed(file.path, { shown: file.shown });

  let document: OpenDocument | undefined;
  try {
    const open = await openForReading(context, { ...flags, keeps: ["read", "env", "run", "sys"] });
    document = open.document;
    report.add({ name: "file", status: "ok", text: `${open.shown} opens` });
    report.add(...identityChecks(open.sources, env));
  } catch (error) {
    report.add(await failedCheck("file", error));
    const sources = error instanceof SecretsFileError ? error.sources : [];
    report.add(...identityChecks(sources, env));
  }
  report.add(...await ruleChecks(context, file, sealed.recipients));
  if (document) report.add(...plaintextChecks(document, file));
  report.add(...await gitChecks(file, env));
  report.add(...secretFileChecks(file, env));
  if (document) {
    try {
      const profile = profileOf(document, name);
      const { region, from = pathText(profile.paths.region) } = regionOf(profile, env, config);
      const endpoints = chooseEndpoints({
        env,
        ...(config ? { config } : {}),
        ...(profile.endpoint ? { profileEndpoint: profile.endpoint } : {}),
      });
      report.add({ name: "region", status: "ok", text: `${region} (${from})` });
      report.add(
        ...endpointNotes(endpoints, remedyContext(profile, region, endpoints, flags, env)),
      );
      report.add(
        ...lookAtClaude(context, {
          profile,
          region,
          file: file.path,
          ...(config ? { config } : {}),
        }),
      );
    } catch (error) {
      report.add(await failedCheck("profile", error));
    }
  }
  return report.end("Nothing wrong here. With the network: credsmith verify");
}

function identityChecks(
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

async function ruleChecks(
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
  return `sops updatekeys ${shellQuote(shown)}`;
}

/** Credentials that the file's selectors leave readable. */
function plaintextChecks(document: OpenDocument, { shown }: SecretsFile): Check[] {
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

/** Whether git has the file: a flake sees no other. */
async function gitChecks(
  { path, shown }: SecretsFile,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const { folder: cwd, name } = splitPath(path);
  let code;
  try {
    ({ code } = await run("git", ["ls-files", "--error-unmatch", "--", name], { cwd, env }));
  } catch (error) {
    if (error instanceof ProgramError) return [];
    throw error;
  }
  if (code === 0) return [{ name: "git", status: "ok", text: `has ${shown}` }];
  // Outside a repository there is nothing to say.
  if (code !== 1) return [];
  return [{
    name: "git",
    status: "note",
    text: `git does not have ${shown}, so a flake does not see it`,
    cause: "not_in_git",
    fix: { text: `git add -N ${shellQuote(shown)}` },
  }];
}

/** Secret files and loaders on this machine, and whether they are older than the secrets file. */
function secretFileChecks(file: SecretsFile, env: Readonly<Record<string, string>>): Check[] {
  const changed = statIfThere(file.path)?.mtime ?? undefined;
  const places: readonly (readonly [loader: string, secrets: string, renew: string])[] = [
    [systemLoader, systemSecrets, "sudo nixos-rebuild switch"],
    ...(env.XDG_RUNTIME_DIR
      ? [
        [
          `${env.XDG_RUNTIME_DIR}/credsmith/load-aws-bedrock.sh`,
          `${env.XDG_RUNTIME_DIR}/credsmith/secrets`,
          "credsmith unlock",
        ] as const,
      ]
      : []),
  ];
  const found = places.filter(([loader]) => look(loader) !== undefined);
  if (found.length === 0) {
    return [{
      name: "loader",
      status: "skip",
      text: "none here; credsmith unlock makes one for this session",
    }];
  }
  return found.flatMap(([loader, secrets, renew]): Check[] => {
    const checks: Check[] = [{ name: "loader", status: "ok", text: loader }];
    const made = look(secrets)?.mtime ?? look(loader)?.mtime ?? undefined;
    if (made && changed && made < changed) {
      checks.push({
        name: "loader",
        status: "note",
        text: `Its secret files are older than ${file.shown}`,
        cause: "secret_files_stale",
        fix: { text: renew },
      });
    }
    const unreadable = groupHint(`${secrets}/aws_access_key_id`);
    return unreadable ? [...checks, unreadable] : checks;
  });
}

function look(path: string): Deno.FileInfo | undefined {
  try {
    return statIfThere(path);
  } catch {
    // Not ours to look at.
    return undefined;
  }
}

/** Says which group may read a secret file that this user may not. */
function groupHint(path: string): Check | undefined {
  try {
    readIfThere(path)?.fill(0);
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) return undefined;
  }
  const gid = look(path)?.gid;
  const group = groupName(gid);
  return {
    name: "loader",
    status: "note",
    text: `You may not read ${path}`,
    cause: "secret_files_unreadable",
    fix: group
      ? { text: `sudo usermod -aG ${group} "$USER"`, remark: "then log in again" }
      : { text: "have an administrator give you read access" },
  };
}

/** @see group(5) */
function groupName(gid: number | null | undefined): string | undefined {
  if (!gid) return undefined;
  const text = new TextDecoder().decode(readIfThere("/etc/group"));
  return text.split("\n").find((line) => line.split(":")[2] === String(gid))?.split(":")[0];
}
