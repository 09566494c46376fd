import { exists, removeQuietly, replaceFile } from "../../platform/files.ts";
import { readOwnFile } from "../../platform/own_files.ts";
import { ownUid } from "../../platform/host.ts";
import { isHeld, isRunning, signalProcess } from "../../platform/sole.ts";
import { sleep } from "../../platform/clock.ts";

/** What the process that keeps secret files fresh is called on the command line. */
export const keeperVerb = "keep-unlocked";

/** Held by that process as long as it lives, so that there is one for a folder. */
export const keeperLock = (folder: string) => `${folder}/keeper.lock`;
const stateOf = (folder: string) => `${folder}/keeper.json`;

/** What that process tells of itself; no secret. */
export interface KeeperState {
  readonly pid: number;
  /**
   * - `starting`: it has not opened the secrets file yet
   * - `ready`: it has, without a person
   * - `ended`: it will not
   */
  readonly state: "starting" | "ready" | "ended";
}

/** Tells of this process, in the folder that it keeps fresh; replaced whole. */
export function writeState(folder: string, state: KeeperState): void {
  const text = JSON.stringify({ version: 1, ...state });
  replaceFile(stateOf(folder), new TextEncoder().encode(`${text}\n`), { mode: 0o600 });
}

/** What the last such process has told; it may have ended since. */
export function readState(folder: string): KeeperState | undefined {
  const found = readOwnFile(stateOf(folder), ownUid(), 4096);
  if (found === undefined || "unfit" in found) return undefined;
  try {
    const { pid, state } = JSON.parse(new TextDecoder().decode(found.bytes));
    const known = ["starting", "ready", "ended"].includes(state);
    return known && Number.isSafeInteger(pid) && pid > 1 ? { pid, state } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns nothing where no process keeps that folder fresh */
export function keeperOf(folder: string): KeeperState | undefined {
  return isHeld(keeperLock(folder)) ? readState(folder) : undefined;
}

/** Milliseconds that it is given to end. */
const patience = 3000;
const step = 20;

/**
 * The process that keeps a folder fresh, once it was looked at what it runs. Has to be asked while
 * all permissions are held.
 */
export function knownKeeper(folder: string): number | undefined {
  const pid = keeperOf(folder)?.pid;
  return pid !== undefined && isRunning(pid, [keeperVerb, folder]) ? pid : undefined;
}

/**
 * Ends the process that keeps a folder fresh, and waits for its end.
 *
 * @param known from `knownKeeper`; another one is left alone
 */
export async function endKeeper(folder: string, known: number | undefined): Promise<void> {
  const lock = keeperLock(folder);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (known === undefined || keeperOf(folder)?.pid !== known) return;
    signalProcess(known, signal);
    for (let waited = 0; isHeld(lock) && waited < patience; waited += step) await sleep(step);
  }
}

/** Takes what such a process leaves, once it has ended. */
export function removeKeeperFiles(folder: string): void {
  for (const path of [stateOf(folder), keeperLock(folder)]) if (exists(path)) removeQuietly(path);
}
