import { listIfThere, readIfThere, realPathIfThere, statIfThere } from "../platform/optional.ts";

/** Who a settings file speaks for; highest first where two files set the same thing. */
export type Scope = "managed" | "local" | "project" | "user";

/** A file that Claude Code would read. */
export interface Place {
  readonly scope: Scope;
  /** Absolute; the file need not exist. */
  readonly path: string;
}

/** What decides where the files are. */
export interface Surroundings {
  /** `HOME` and `CLAUDE_CONFIG_DIR` are read. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that Claude Code would be started in; absolute. */
  readonly cwd: string;
  /** Where managed settings are; the system's own folder unless given. */
  readonly managedFolder?: string;
}

/** The folder of managed settings on this system. */
function systemManagedFolder(): string {
  return Deno.build.os === "darwin"
    ? "/Library/Application Support/ClaudeCode"
    : "/etc/claude-code";
}

/** Claude Code's own folder: `$CLAUDE_CONFIG_DIR`, else `~/.claude`; nothing without a home. */
export function configFolder(env: Readonly<Record<string, string>>): string | undefined {
  return env.CLAUDE_CONFIG_DIR || (env.HOME ? `${env.HOME}/.claude` : undefined);
}

/**
 * The files that Claude Code reads, highest precedence first. Drop-ins of the managed folder win
 * over its main file, the later name over the earlier. The local file is the one of the
 * repository's root, and one in the starting folder is read below it; the project's file is only
 * ever the starting folder's.
 *
 * @see Claude Code's documentation, "Settings files and who they affect" and "Managed settings"
 */
export function settingsPlaces(surroundings: Surroundings): Place[] {
  const { env, cwd } = surroundings;
  const managed = surroundings.managedFolder ?? systemManagedFolder();
  const user = configFolder(env);
  const dropIns = listIfThere(`${managed}/managed-settings.d`)
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .reverse();
  const places: Place[] = [
    ...dropIns.map((name): Place => ({
      scope: "managed",
      path: `${managed}/managed-settings.d/${name}`,
    })),
    { scope: "managed", path: `${managed}/managed-settings.json` },
    { scope: "local", path: `${localFolder(surroundings)}/.claude/settings.local.json` },
    { scope: "local", path: `${cwd}/.claude/settings.local.json` },
    { scope: "project", path: `${cwd}/.claude/settings.json` },
  ];
  if (user) places.push({ scope: "user", path: `${user}/settings.json` });
  // In the home folder the project's file is the user's; it speaks for the user then.
  return places.filter(({ path }, index) => {
    const others = places.map((each) => each.path);
    return path === `${user}/settings.json`
      ? others.lastIndexOf(path) === index
      : others.indexOf(path) === index;
  });
}

/**
 * The folder whose `.claude/settings.local.json` Claude Code writes: the root of the repository,
 * in a worktree that of the main checkout; the starting folder outside a repository, where the
 * root is the home folder, and where the root is not the user's own.
 */
export function localFolder({ env, cwd }: Surroundings): string {
  const root = repositoryRoot(cwd);
  if (root === undefined || root === env.HOME) return cwd;
  const uid = ownUid();
  const own = [root, `${root}/.git`, `${root}/.claude`].every((path) => {
    const found = statIfThere(path);
    return uid === undefined || found === undefined || found.uid === uid;
  });
  return own ? root : cwd;
}

/** The user's number, where the permission to ask for it is still held. */
function ownUid(): number | undefined {
  try {
    return Deno.uid() ?? undefined;
  } catch {
    return undefined;
  }
}

/** The nearest folder upward that has a `.git`; in a worktree the root of the main checkout. */
export function repositoryRoot(cwd: string): string | undefined {
  for (let folder = cwd; folder !== ""; folder = folder.replace(/\/[^/]*$/, "")) {
    const git = statIfThere(`${folder}/.git`);
    if (git?.isDirectory) return folder;
    if (git?.isFile) return mainCheckout(folder) ?? folder;
  }
  return undefined;
}

/** Follows the `.git` file of a worktree; nothing for a submodule, which is a root of its own. */
function mainCheckout(worktree: string): string | undefined {
  const text = new TextDecoder().decode(readIfThere(`${worktree}/.git`));
  const target = text.match(/^gitdir: (.+?)\s*$/m)?.[1];
  if (target === undefined) return undefined;
  const absolute = target.startsWith("/") ? target : `${worktree}/${target}`;
  const main = absolute.match(/^(.*)\/\.git\/worktrees\/[^/]+$/)?.[1];
  return main && realPathIfThere(main);
}
