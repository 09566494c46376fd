/** What waiting takes. */
export interface Time {
  now(): Temporal.Instant;
  sleep(milliseconds: number): Promise<void>;
}

/**
 * Lets so many through in a second and has the others wait, in their order. There is no burst: a
 * service that counts by seconds would see it.
 */
export class Bucket {
  readonly #gap: number;
  #free = -Infinity;

  constructor(readonly time: Time, perSecond: number) {
    this.#gap = Math.ceil(1000 / perSecond);
  }

  /** Comes back when it is one's turn. */
  async take(): Promise<void> {
    const now = this.time.now().epochMilliseconds;
    const turn = Math.max(now, this.#free);
    this.#free = turn + this.#gap;
    if (turn > now) await this.time.sleep(turn - now);
  }

  /** Has everybody wait: the service says that it was too much. */
  hold(milliseconds: number): void {
    const until = this.time.now().epochMilliseconds + Math.ceil(milliseconds);
    this.#free = Math.max(this.#free, until);
  }
}
