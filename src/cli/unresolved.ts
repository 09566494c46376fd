import { conflictsIn } from "../merge/conflicts.ts";
import { pathText } from "../sops/errors.ts";
import type { Path, Tree } from "../sops/tree.ts";
import type { Context } from "./command.ts";
import { RefusedError } from "./errors.ts";

/** Names of the values that a merge left twice, if it did. */
export const unresolvedNames = (tree: Tree): string[] => conflictsIn(tree).map(pathText);

/**
 * Stops what would take one of two values, or none, for the one that was asked for.
 *
 * @throws {RefusedError} exit 8, cause `unresolved_merge`
 */
export function refuseUnresolved(tree: Tree, path: Path): void {
  const name = pathText(path);
  if (!unresolvedNames(tree).includes(name)) return;
  throw new RefusedError(
    `Cannot print "${name}": a merge left two values, and nobody has chosen`,
    "credsmith edit shows both; keep one under its own name",
    "unresolved_merge",
  );
}

/** Tells the person that there is something left to choose. */
export function tellUnresolved({ terminal }: Pick<Context, "terminal">, tree: Tree): void {
  const names = unresolvedNames(tree);
  if (names.length === 0) return;
  terminal.note(`A merge left two values, and nobody has chosen: ${names.join(", ")}`);
}
