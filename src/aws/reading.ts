import { pauseAfter } from "./backoff.ts";
import type { Answer } from "./clients.ts";
import { diagnose } from "./diagnose.ts";

/** What waiting between two attempts takes. */
export interface Patience {
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to 1. */
  chance(): number;
}

const attempts = 4;

/**
 * Makes a request that only reads, again and again with longer waits where AWS throttles it or is
 * out of order for the moment.
 */
export async function patiently<T>(
  request: () => Promise<Answer<T>>,
  { sleep, chance }: Patience,
): Promise<Answer<T>> {
  for (let attempt = 1;; attempt++) {
    const answer = await request();
    if (answer.ok || attempt === attempts) return answer;
    const { cause } = diagnose(answer.failure);
    if (cause !== "throttled" && cause !== "service_unavailable") return answer;
    await sleep(pauseAfter(attempt, chance()));
  }
}

/** Works on all items, on so many at a time; results are in the order of the items. */
export async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
