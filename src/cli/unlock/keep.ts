/** What keeping secret files fresh depends on. */
export interface KeepWorld {
  readonly now: () => Temporal.Instant;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether the secret files are still there, and this process is the one that keeps them. */
  readonly isWanted: () => boolean;
  /**
   * Opens the secrets file and brings the secret files to what they should be now.
   *
   * @returns when each session that is in them ends
   * @throws where that is not possible now
   */
  readonly renew: () => Promise<readonly Temporal.Instant[]>;
  /** Whether a person is needed to go on. */
  readonly needsPerson: (error: unknown) => boolean;
  /** Told of every round that failed. */
  readonly failed: (error: unknown) => void;
  /** Told once, after the first round. */
  readonly ready: () => void;
}

/** Why it ended. */
export type KeepEnd = "not wanted" | "a person is needed" | "nothing ends";

/** Seconds between two looks at whether it is still wanted. */
const lookEvery = 5;
/** Seconds that are left when a session is renewed; a little after it counts as due. */
const renewAt = 20 * 60 - 5;
/** Seconds until the next try after one that failed, and at least between two. */
const retryAfter = 60;
const retryLate = 300;

/**
 * Keeps secret files fresh until they go away. The secrets file is opened for each round, so that a
 * key that was replaced in it is the one that is used.
 *
 * @returns why it ended
 */
export async function keepFresh(world: KeepWorld): Promise<KeepEnd> {
  let failures = 0;
  let ready = false;
  for (;;) {
    const began = world.now();
    let next: Temporal.Instant;
    try {
      const ends = await world.renew();
      failures = 0;
      if (!ready) world.ready();
      ready = true;
      const first = ends.toSorted(Temporal.Instant.compare)[0];
      if (first === undefined) return "nothing ends";
      const due = first.subtract({ seconds: renewAt });
      // A session that is due again at once would have us ask without end.
      next = isAfter(due, world.now()) ? due : began.add({ seconds: retryAfter });
    } catch (error) {
      world.failed(error);
      if (world.needsPerson(error)) return "a person is needed";
      failures++;
      next = began.add({ seconds: failures > 5 ? retryLate : retryAfter });
    }
    // In small steps: a machine that slept wakes up late, by its clock and not by its timers.
    for (;;) {
      if (!world.isWanted()) return "not wanted";
      const left = next.epochMilliseconds - world.now().epochMilliseconds;
      if (left <= 0) break;
      await world.sleep(Math.min(left, lookEvery * 1000));
    }
  }
}

function isAfter(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, other) > 0;
}
