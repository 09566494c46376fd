/** Sends a program a signal; nothing happens where it has ended. */
export function sendSignal(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * Waits for the end of a program. One that goes on is asked to end, and then made to.
 *
 * @param patience milliseconds until each of the two
 */
export async function endOf(child: Deno.ChildProcess, patience: number): Promise<void> {
  const timers = (["SIGTERM", "SIGKILL"] as const).map((signal, index) =>
    setTimeout(() => sendSignal(child, signal), (index + 1) * patience)
  );
  await child.status;
  timers.forEach(clearTimeout);
}
