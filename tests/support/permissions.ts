import assert from "node:assert/strict";
import type { PermissionKind } from "../../src/platform/permissions.ts";
import { type Home, type Result, type RunOptions, starter } from "./home.ts";

const probe = new URL("permissions_probe.ts", import.meta.url).pathname;

/** How a command ended, and what it could still have done then. */
export interface Tried extends Result {
  /** The kinds of permission with which something worked at the end of the command. */
  readonly left: readonly PermissionKind[];
}

/**
 * Runs a command, and at its end tries one deed of each kind: to read and write a file, open a
 * socket, start a program, look at the environment and the host name, load a library.
 *
 * Unless `env` says otherwise there is no runtime folder, because under `/dev/shm`, where tests have
 * it, nothing is given up.
 */
export async function tryPermissions(
  home: Home,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Tried> {
  const [program, ...given] = starter(`--preload=${probe}`);
  const result = await home.program(program, [...given, ...args], {
    ...options,
    env: { XDG_RUNTIME_DIR: "", ...options.env },
  });
  const [, found] = result.stderr.match(/^permissions left: (.*)$/m) ?? [];
  assert.ok(found !== undefined, `the probe did not run: ${result.stderr}`);
  const stderr = result.stderr.replace(/^permissions left: .*\n/m, "");
  return { ...result, stderr, left: JSON.parse(found) };
}
