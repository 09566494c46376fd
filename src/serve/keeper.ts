import { pauseAfter } from "../aws/backoff.ts";
import { freshness, leastLeft, type Lifetime, renewAt } from "../aws/session/freshness.ts";
import type { Secret } from "../sops/secret.ts";

/** Credentials that are handed out until they are renewed. */
export interface Held extends Lifetime {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** What happens to a profile's credentials, each told once. */
export type KeeperEvent =
  /** They could not be renewed; `held` are good until then, where there are any. */
  | { readonly kind: "failing"; readonly error: unknown; readonly until?: Temporal.Instant }
  /** They could be again. */
  | { readonly kind: "recovered"; readonly until: Temporal.Instant };

/** Credentials were renewed, and end too soon to be handed out. */
export class ShortLivedError extends Error {
  override name = "ShortLivedError";
  constructor(readonly seconds: number) {
    super(`These credentials end in ${seconds} s`);
  }
}

/** Milliseconds that AWS is left alone after failures. */
const longestPause = 60_000;
/** What was renewed and is due all the same will hardly be better a moment later. */
const pauseAfterSuccess = 30_000;
/** A machine may sleep meanwhile, and its timers with it. */
const longestSleep = 30_000;

/**
 * Holds the credentials of one profile. They are renewed before they end, by one request at a time;
 * nobody waits while there are some that are good.
 */
export class Keeper {
  readonly #options: {
    readonly ask: () => Promise<Held>;
    readonly now: () => Temporal.Instant;
    readonly chance: () => number;
    readonly tell: (event: KeeperEvent) => void;
  };
  #held: Held | undefined;
  #renewal: Promise<void> | undefined;
  #failures = 0;
  #failure: unknown;
  #notBefore: Temporal.Instant | undefined;

  /** @param options.ask gives new ones, or those that there are while they are good */
  constructor(options: {
    readonly ask: () => Promise<Held>;
    readonly now: () => Temporal.Instant;
    readonly chance: () => number;
    readonly tell?: (event: KeeperEvent) => void;
  }) {
    this.#options = { tell: () => {}, ...options };
  }

  /**
   * Credentials with 15 minutes left at least: those that are held, at once, else new ones, or what
   * kept them from being renewed.
   */
  give(): Held | Promise<Held> {
    const good = this.#good();
    if (good === undefined) return this.#giveNew();
    void this.renewWhereDue();
    return good;
  }

  async #giveNew(): Promise<Held> {
    await this.renewWhereDue();
    const renewed = this.#good();
    if (renewed) return renewed;
    throw this.#failure;
  }

  /** Renews what is due, unless AWS is to be left alone for a while. Does not throw. */
  async renewWhereDue(): Promise<void> {
    if (this.#renewal) return await this.#renewal;
    const { now } = this.#options;
    const state = this.#held ? freshness(this.#held, now()) : "spent";
    if (state === "fresh") return;
    // After a success that is over by now nothing speaks against asking.
    if (this.#rest() > 0 && !(state === "spent" && this.#failures === 0)) return;
    this.#renewal = this.#renew();
    try {
      await this.#renewal;
    } finally {
      this.#renewal = undefined;
    }
  }

  /** Renews ahead of time, until it is told to stop. */
  async keepFresh(
    sleep: (milliseconds: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      await this.renewWhereDue();
      await sleep(this.#untilNext());
    }
  }

  #good(): Held | undefined {
    const held = this.#held;
    return held && freshness(held, this.#options.now()) !== "spent" ? held : undefined;
  }

  async #renew(): Promise<void> {
    const { ask, now, chance, tell } = this.#options;
    try {
      const held = await ask();
      this.#held = held;
      const left = Math.floor((held.expires.epochMilliseconds - now().epochMilliseconds) / 1000);
      if (left < leastLeft) throw new ShortLivedError(left);
      if (this.#failures > 0) tell({ kind: "recovered", until: held.expires });
      this.#failures = 0;
      this.#failure = undefined;
      this.#notBefore = freshness(held, now()) === "fresh"
        ? undefined
        : now().add({ milliseconds: pauseAfterSuccess });
    } catch (error) {
      this.#failures++;
      this.#failure = error;
      const pause = pauseAfter(this.#failures, chance(), longestPause);
      this.#notBefore = now().add({ milliseconds: pause });
      const good = this.#good();
      if (this.#failures === 1) {
        tell({ kind: "failing", error, ...(good ? { until: good.expires } : {}) });
      }
    }
  }

  /** Milliseconds that AWS is still to be left alone; longer than a pause only if the clock jumped. */
  #rest(): number {
    if (this.#notBefore === undefined) return 0;
    const rest = this.#notBefore.epochMilliseconds - this.#options.now().epochMilliseconds;
    return rest > longestPause ? 0 : rest;
  }

  /** Milliseconds. */
  #untilNext(): number {
    const now = this.#options.now().epochMilliseconds;
    const due = this.#held ? this.#held.expires.epochMilliseconds - renewAt * 1000 - now : 0;
    return Math.min(longestSleep, Math.max(100, due, this.#rest()));
  }
}
