import assert from "node:assert/strict";
import { credsmith, type Home, type Result, type RunOptions, temporaryHome } from "./home.ts";
import { homeWithSecrets } from "./sops_file.ts";

/** A home whose folder is the work tree of a repository, with `credsmith` on its PATH. */
export interface GitHome extends Home {
  /** Runs git in it; fails the test unless it ends with that exit code. */
  git(args: readonly string[], options?: RunOptions & { readonly code?: number }): Promise<Result>;
  /** Adds everything and commits it. */
  commit(message: string): Promise<void>;
  /** Writes a value as a user would, and adds the file. */
  set(path: string, value: string, file?: string): Promise<void>;
  /** All values of the secrets file, by their paths. */
  values(file?: string): Promise<Record<string, string>>;
}

/**
 * @param files more of them, or others in place of those of `homeWithSecrets`
 * @param options.install whether `credsmith git install` is run and everything committed
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
      await git(["commit", "-q", "-m", message]);
    },
    async set(path: string, value: string, file = "secrets/aws.yaml") {
      const result = await home.run(["set", path, "-f", file], { stdin: value });
      assert.equal(result.code, 0, result.stderr);
    },
    async values(file = "secrets/aws.yaml") {
      const found: Record<string, string> = {};
      const names = await home.run(["get", "-f", file, "--json"]);
      assert.equal(names.code, 0, names.stderr);
      for (const { path } of JSON.parse(names.stdout).leaves) {
        const value = await home.run(["get", path, "-f", file, "--json"]);
        found[path] = JSON.parse(value.stdout).value;
      }
      return found;
    },
  });
  await git(["init", "-q"]);
  if (options.install !== false) {
    const installed = await home.run(["git", "install", "--yes"]);
    assert.equal(installed.code, 0, installed.stderr);
    await made.commit("base");
  }
  return made;
}
