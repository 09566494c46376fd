import { endProcess, onEndingSignal } from "../platform/processes.ts";

const cleanups = new Set<() => void>();
let stopListening: (() => void) | undefined;
let unbrokenWorks = 0;
let heldBack: number | undefined;

/**
 * Runs something that must not be left half done. At SIGINT, SIGTERM or SIGHUP the cleanups of all
 * that is under way run once, the latest first, and the process ends with 130, 143 or 129. What is
 * synchronous, like replacing a file, is finished before.
 *
 * @param cleanup takes away what would be left behind; runs only at a signal, and must not wait
 */
export async function withCleanup<T>(
  cleanup: () => void,
  work: () => T | Promise<T>,
): Promise<T> {
  // A function of its own each time, so that the same cleanup can be under way twice.
  const entry = () => cleanup();
  cleanups.add(entry);
  stopListening ??= onEndingSignal(endAfterCleanup);
  try {
    return await work();
  } finally {
    cleanups.delete(entry);
    stopWhereIdle();
  }
}

/**
 * As `withCleanup`, for work that ends elsewhere.
 *
 * @returns says that nothing is left to be taken away
 */
export function holdCleanup(cleanup: () => void): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  void withCleanup(cleanup, () => promise);
  return resolve;
}

/**
 * Runs something that has to be through before the process may end: what it has begun elsewhere
 * could not be known again. A signal meanwhile takes effect at its end; `work` must have a limit.
 */
export async function unbroken<T>(work: () => Promise<T>): Promise<T> {
  unbrokenWorks++;
  stopListening ??= onEndingSignal(endAfterCleanup);
  try {
    return await work();
  } finally {
    unbrokenWorks--;
    if (unbrokenWorks === 0 && heldBack !== undefined) endAfterCleanup(heldBack);
    stopWhereIdle();
  }
}

function stopWhereIdle(): void {
  if (cleanups.size > 0 || unbrokenWorks > 0) return;
  stopListening?.();
  stopListening = undefined;
}

function endAfterCleanup(code: number): void {
  if (unbrokenWorks > 0) {
    heldBack = code;
    return;
  }
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup();
    } catch {
      // The others still have to run, and there is nobody left to tell.
    }
  }
  endProcess(code);
}
