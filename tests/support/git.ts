import assert from "node:assert/strict";
import { attributesLine } from "../../src/cli/git/patterns.ts";
import { hookText, settingsFor } from "../../src/cli/git/setup.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { parseDocument } from "../../src/sops/document.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { parsePath } from "../../src/sops/paths.ts";
import { Secret } from "../../src/sops/secret.ts";
import { formatForPath } from "../../src/sops/stores/mod.ts";
import { credsmith, type Home, type Result, type RunOptions, temporaryHome } from "./home.ts";
import { homeWithSecrets, testIdentity } from "./sops_file.ts";

/** A home whose folder is the work tree of a repository, with `credsmith` on its PATH. */
export interface GitHome extends Home {
  /** Runs git in it; fails the test unless it ends with that exit code. */
  git(args: readonly string[], options?: RunOptions & { readonly code?: number }): Promise<Result>;
  /** Adds everything and commits it, without the hook. */
  commit(message: string): Promise<void>;
  /** Writes a value as `credsmith set` does, without starting it. */
  set(path: string, value: string, file?: string): Promise<void>;
}

/**
 * @param files more of them, or others in place of those of `homeWithSecrets`
 * @param options.install whether everything is as after `credsmith git install`, and committed
 */
export async function gitHome(
  files: Readonly<Record<string, string>> = {},
  options: { readonly install?: boolean } = {},
): Promise<GitHome> {
  const home = await temporaryHome({
    ...await homeWithSecrets(),
    ".gitignore": "/.config/\n/.bin/\n/.gitconfig\n/.ssh/\n",
    ...files,
  });
  const words = credsmith.map((word) => `'${word}'`).join(" ");
  await home.write(".bin/credsmith", `#!/bin/sh\nexec ${words} "$@"\n`, 0o755);
  await home.write(
    ".gitconfig",
    "[user]\n\tname = A Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n" +
      "[advice]\n\tdetachedHead = false\n[commit]\n\tgpgsign = false\n",
  );
  Object.assign(home.env, { PATH: `${home.path}/.bin:${home.env.PATH}` });
  const git: GitHome["git"] = async (args, { code = 0, ...more } = {}) => {
    const result = await home.program("git", args, more);
    assert.equal(result.code, code, `git ${args.join(" ")}\n${result.stdout}${result.stderr}`);
    return result;
  };
  const made: GitHome = Object.assign(Object.create(home) as Home, {
    git,
    async commit(message: string) {
      await git(["add", "-A"]);
      await git(["commit", "-q", "--no-verify", "-m", message]);
    },
    async set(path: string, value: string, file = "secrets/aws.yaml") {
      const bytes = new TextEncoder().encode(await home.read(file));
      const sealed = await parseDocument(bytes, formatForPath(file));
      const document = await sealed.open(parseIdentities(testIdentity, "test"));
      document.set(parsePath(path), new Secret(value));
      const now = Temporal.Instant.from("2026-11-22T11:00:00Z");
      await home.write(file, await document.seal({ now, random: randomBytes }));
    },
  });
  await git(["init", "-q"]);
  if (options.install !== false) {
    // What `git install` would write; tests of that do it themselves.
    const program = [`${home.path}/.bin/credsmith`];
    for (const { key, value } of settingsFor(program)) await git(["config", key, value]);
    const lines = ["*.yaml", "*.json"].map((pattern) => `${attributesLine(pattern)}\n`);
    if (!files[".gitattributes"]) await home.write(".gitattributes", lines.join(""));
    await home.write(".git/hooks/pre-commit", hookText(program), 0o755);
    await made.commit("base");
  }
  return made;
}
