import { planOf } from "./plan.ts";
import type { Manifest } from "./manifest.ts";
import { bourneLoader } from "./shells/bourne.ts";
import { fishLoader } from "./shells/fish.ts";

/** The shells that there is a loader for; `sh` serves every shell of the Bourne family. */
export const shells = ["bash", "zsh", "sh", "fish"] as const;
export type Shell = typeof shells[number];

/**
 * The script that a shell sources to get a manifest's variables.
 *
 * @param standard the profile for a load without words; else `default`, else the only one
 * @throws {UnknownProfileError} when the manifest does not have `standard`
 */
export function loader(manifest: Manifest, shell: Shell, standard?: string): string {
  const plan = planOf(manifest, standard);
  return shell === "fish" ? fishLoader(plan) : bourneLoader(plan, shell);
}
