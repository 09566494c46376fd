import { exists } from "../platform/files.ts";
import { absolute, join, parentOf, upward } from "../platform/paths.ts";
import { formatForPath } from "../sops/stores/mod.ts";
import type { Format } from "../sops/tree.ts";
import { NoSecretsFileError } from "./errors.ts";

/** Where a secrets file is. */
export interface Found {
  /** Absolute. */
  readonly path: string;
  /** As the user would name it: what was given, or relative to the working folder. */
  readonly shown: string;
  /** The folder of the nearest `.sops.yaml` above the file, where there is one. */
  readonly root?: string;
}

/**
 * Finds the secrets file: the flag, else `$CREDSMITH_FILE`, else `secrets/aws.yaml` beside the
 * nearest `.sops.yaml` upward from the working folder.
 *
 * @throws {NoSecretsFileError} which says what was looked for and where
 */
export function findSecretsFile(from: {
  readonly flag?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): Found {
  const { flag, env, cwd } = from;
  const named = flag ?? (env.CREDSMITH_FILE || undefined);
  if (named !== undefined) {
    const path = absolute(named, cwd);
    if (!exists(path)) {
      throw new NoSecretsFileError(flag === undefined ? "environment" : "flag", named);
    }
    return { path, shown: named, ...rootOf(parentOf(path)) };
  }
  const { root } = rootOf(cwd);
  if (root === undefined) throw new NoSecretsFileError("search", cwd);
  const path = join(root, "secrets/aws.yaml");
  const shown = relative(path, cwd);
  if (!exists(path)) throw new NoSecretsFileError("search", shown, join(root, ".sops.yaml"));
  return { path, shown, root };
}

/**
 * A file's format by its name, as SOPS tells it: what it does not know is binary.
 *
 * @param override what the user said, which counts more than the name
 */
export function formatOf(path: string, override?: Format): Format {
  return override ?? formatForPath(path);
}

/** @returns `path` below the working folder without its prefix; elsewhere as it is */
function relative(path: string, cwd: string): string {
  const prefix = cwd === "/" ? "/" : `${cwd}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

function rootOf(folder: string): { root?: string } {
  const root = upward(folder).find((each) => exists(join(each, ".sops.yaml")));
  return root === undefined ? {} : { root };
}
