import {
  exists,
  makeFolder,
  readFileIfThere,
  realPath,
  remove,
  replaceFile,
  temporaryName,
} from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { join, parentOf } from "../../platform/paths.ts";
import { agreed } from "../agree.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { selfCommand } from "../self.ts";
import { shortPath } from "../shown_path.ts";
import { isOurs } from "./patterns.ts";
import { askGit, type Repository, repositoryAround, textOf, tryGit } from "./repository.ts";
import {
  type Attributes,
  type Hook,
  hookAdvice,
  hookText,
  isOurHook,
  lookAtHook,
  missingSettings,
  neededAttributes,
  sections,
  type Setting,
  settingsFor,
} from "./setup.ts";

export type SetupFlags = {
  readonly global: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

interface Plan {
  readonly repository?: Repository;
  /** For `git config`. */
  readonly scope: "--local" | "--global";
  readonly settings: readonly Setting[];
  readonly attributes: Attributes;
  readonly hook?: Hook;
}

/** Sets up diff, merge and the check before a commit. */
export async function install(context: Context, flags: SetupFlags): Promise<void> {
  const program = selfCommand(context.env);
  const plan = await planFor(context, flags, settingsFor(program));
  const writesHook = plan.hook?.state === "absent";
  const nothing = plan.settings.length === 0 && plan.attributes.missing.length === 0 && !writesHook;
  if (!flags.json) show(context, plan, nothing);
  if (!nothing && !flags.dryRun) {
    await confirm(context, flags);
    await apply(context, plan, program);
  }
  if (!flags.dryRun) await sweep(plan);
  if (flags.json) context.terminal.line(JSON.stringify(reportOf(plan, flags)));
  else if (!nothing) context.terminal.line(flags.dryRun ? "Nothing was written" : "Written");
}

async function planFor(
  { cwd }: Context,
  flags: SetupFlags,
  wanted: readonly Setting[],
): Promise<Plan> {
  const repository = await repositoryAround(cwd);
  const scope = flags.global ? "--global" : "--local";
  if (!repository && !flags.global) throw noRepository(cwd);
  const settings = await missingSettings(cwd, scope, wanted);
  if (!repository?.root) {
    const attributes = { missing: [], standIns: [] };
    return { scope, settings, attributes, ...(repository ? { repository } : {}) };
  }
  return {
    repository,
    scope,
    settings,
    attributes: await neededAttributes(repository.root),
    hook: await lookAtHook(repository.root, repository),
  };
}

function noRepository(cwd: string): UsageError {
  return new UsageError(
    `Cannot set up git: there is no repository around "${cwd}"`,
    "git init makes one; --global sets up diff and merge for all of them",
    "no_repository",
  );
}

function show(context: Context, plan: Plan, nothing: boolean): void {
  const { terminal } = context;
  const { repository, attributes, settings, hook, scope } = plan;
  const added = (line: string) => terminal.line(terminal.style("green", `  + ${line}`));
  if (attributes.missing.length > 0) {
    terminal.line(".gitattributes, which everybody gets who has the repository");
    attributes.missing.forEach(added);
  }
  for (const { pattern, regex } of attributes.standIns) {
    terminal.note(
      regex === undefined
        ? `No creation rule with a path is for some encrypted files: "${pattern}" stands in`
        : `path_regex "${regex}" cannot be said as a pattern of git: "${pattern}" stands in`,
    );
  }
  if (settings.length > 0) {
    const where = scope === "--global" ? "your git configuration" : "this repository alone";
    terminal.line(`git config, ${where}`);
    settings.forEach(({ key, value }) => added(`${key} = ${value}`));
  }
  if (hook?.state === "absent") {
    terminal.line(shortPath(hook.path, context));
    added("credsmith git check, before each commit");
  }
  if (nothing) terminal.line("Set up already; nothing to write");
  if (hook?.state === "another's") {
    terminal.note(
      `There is a hook before commits already, which stays as it is; add ${hookAdvice(hook)}`,
    );
  }
  if (!repository) terminal.note("In a repository: credsmith git install, for its .gitattributes");
  else if (!repository.root) {
    terminal.note(
      "A bare repository has no .gitattributes and no commits to check: they come with clones",
    );
  } else if (attributes.missing.length === 0 && nothing) return;
  else if (attributes.missing.length > 0) {
    terminal.note("git add .gitattributes, so that others have it, too");
  }
}

/** @throws {RefusedError} where the answer is no */
async function confirm(context: Context, flags: SetupFlags, question?: string): Promise<void> {
  if (await agreed(context, flags, question)) return;
  throw new RefusedError("Nothing was changed", undefined, "not_confirmed");
}

/** Each step can be the last one: what is missing is found by the next start. */
async function apply(
  { cwd }: Context,
  { repository, scope, settings, attributes, hook }: Plan,
  program: readonly string[],
): Promise<void> {
  const write = async () => {
    for (const { key, value } of settings) {
      await askGit(cwd, ["config", scope, "--replace-all", key, value]);
    }
    // Another of us may have been here since.
    const absent = hook?.state === "absent" && repository?.root !== undefined &&
      (await lookAtHook(repository.root, repository)).state === "absent";
    if (absent) {
      makeFolder(parentOf(hook.path));
      const bytes = new TextEncoder().encode(hookText(program));
      replaceFile(hook.path, bytes, { expect: "absent", mode: 0o755 });
    }
  };
  // Two of us at once would find git's configuration locked.
  if (repository) await withDirectoryLock(repository.commonFolder, write);
  else await write();
  if (repository?.root && attributes.missing.length > 0) {
    await changeAttributes(repository.root, (lines) => {
      const there = new Set(lines.map((line) => line.trim()));
      const added = attributes.missing.filter((line) => !there.has(line));
      return [...lines, ...added];
    });
  }
}

/** What a start left that was killed between writing a file and putting it in its place. */
async function sweep({ repository, hook }: Plan): Promise<void> {
  const { root, commonFolder } = repository ?? {};
  if (root === undefined || commonFolder === undefined) return;
  const attributes = temporaryName(join(root, ".gitattributes"));
  if (exists(attributes)) await withDirectoryLock(root, () => remove(attributes));
  const ours = hook && hook.path.startsWith(`${commonFolder}/`) && temporaryName(hook.path);
  if (ours && exists(ours)) await withDirectoryLock(commonFolder, () => remove(ours));
}

async function changeAttributes(
  root: string,
  change: (lines: readonly string[]) => readonly string[],
): Promise<void> {
  await withDirectoryLock(root, () => {
    const named = join(root, ".gitattributes");
    const path = realPath(named);
    const old = readFileIfThere(path);
    const lines = textOf(old?.bytes ?? new Uint8Array()).split("\n");
    if (lines.at(-1) === "") lines.pop();
    const next = change(lines);
    if (next.length === lines.length) return;
    if (next.length === 0) return remove(named);
    const bytes = new TextEncoder().encode(`${next.join("\n")}\n`);
    replaceFile(path, bytes, { expect: old ?? "absent", ...(old ? {} : { mode: 0o644 }) });
  });
}

function reportOf(plan: Plan, flags: SetupFlags): unknown {
  const { settings, attributes, hook } = plan;
  return {
    version: 1,
    ok: true,
    dryRun: flags.dryRun,
    scope: flags.global ? "global" : "local",
    attributes: attributes.missing,
    config: settings,
    ...(hook ? { hook: { path: hook.path, state: hook.state.replace("'s", "") } } : {}),
  };
}

/** Takes out what `install` writes; a hook that others have a part in stays. */
export async function uninstall(context: Context, flags: SetupFlags): Promise<void> {
  const { cwd, terminal } = context;
  const repository = await repositoryAround(cwd);
  const scope = flags.global ? "--global" : "--local";
  if (!repository && !flags.global) throw noRepository(cwd);
  const { stdout } = await tryGit(cwd, ["config", scope, "--name-only", "--list"]);
  const keys = textOf(stdout).split("\n");
  const gone = sections.filter((section) => keys.some((key) => key.startsWith(`${section}.`)));
  const root = flags.global ? undefined : repository?.root;
  const lines = textOf(
    (root && readFileIfThere(join(root, ".gitattributes"))?.bytes) || new Uint8Array(),
  )
    .split("\n").filter(isOurs);
  const hook = root && repository ? await lookAtHook(root, repository) : undefined;
  const ourHook = hook && isOurHook(hook.path) ? hook.path : undefined;
  const nothing = gone.length === 0 && lines.length === 0 && ourHook === undefined;

  if (!flags.json) {
    const removed = (line: string) => terminal.line(terminal.style("red", `  - ${line}`));
    if (lines.length > 0) {
      terminal.line(".gitattributes, which everybody gets who has the repository");
      lines.forEach(removed);
    }
    if (gone.length > 0) {
      terminal.line("git config");
      gone.forEach((section) => removed(section));
    }
    if (ourHook) terminal.line(terminal.style("red", `- ${shortPath(ourHook, context)}`));
    if (nothing) terminal.line("Nothing of ours is there");
    if (hook?.state === "ours" && !ourHook) {
      terminal.note(
        `"${shortPath(hook.path, context)}" calls credsmith git check; take the line out yourself`,
      );
    }
  }
  if (!nothing && !flags.dryRun) {
    await confirm(context, flags, "Take that out?");
    const take = async () => {
      for (const section of gone) {
        await askGit(cwd, ["config", scope, "--remove-section", section]);
      }
      if (ourHook) remove(ourHook);
    };
    if (repository) await withDirectoryLock(repository.commonFolder, take);
    else await take();
    if (root && lines.length > 0) {
      await changeAttributes(root, (all) => all.filter((line) => !isOurs(line)));
    }
  }
  if (flags.json) {
    terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      dryRun: flags.dryRun,
      scope: flags.global ? "global" : "local",
      attributes: lines,
      config: gone,
      ...(ourHook ? { hook: ourHook } : {}),
    }));
  } else if (!nothing) terminal.line(flags.dryRun ? "Nothing was changed" : "Taken out");
}
