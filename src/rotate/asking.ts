import { pauseAfter } from "../aws/backoff.ts";
import type { Answer } from "../aws/clients.ts";
import { diagnose, type Diagnosis } from "../aws/diagnose.ts";
import { type AwsStep, AwsStepError } from "./errors.ts";
import type { World } from "./world.ts";

/** How often a request is made that may be made twice. */
const attempts = 6;

/** Repeats requests, and knows AWS's time from their answers. */
export class Asker {
  #ahead = 0;

  constructor(readonly world: World, readonly profile: string) {}

  /** AWS's clock, as far as an answer told it; whole seconds suffice. */
  now(): Temporal.Instant {
    return this.world.now().add({ milliseconds: this.#ahead });
  }

  /** One attempt. */
  async once<T>(request: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const answer = await request();
    const { serverTime, received } = answer.seen;
    if (serverTime) this.#ahead = serverTime.epochMilliseconds - received.epochMilliseconds;
    return answer;
  }

  /**
   * A request that may be made twice: repeated with longer and longer pauses while its failure is
   * temporary.
   *
   * @param isTemporary more failures that pass
   */
  async repeated<T>(
    request: () => Promise<Answer<T>>,
    isTemporary: (diagnosis: Diagnosis) => boolean = () => false,
  ): Promise<Answer<T>> {
    for (let attempt = 1;; attempt++) {
      const answer = await this.once(request);
      if (answer.ok || attempt === attempts) return answer;
      const diagnosis = diagnose(answer.failure);
      if (diagnosis.cause === "cancelled") return answer;
      if (diagnosis.outcome !== "temporary" && !isTemporary(diagnosis)) return answer;
      const pause = this.pause(attempt);
      this.world.tell({ kind: "retrying", diagnosis, seconds: pause / 1000 });
      await this.world.sleep(pause);
    }
  }

  /** Milliseconds before the next attempt. */
  pause(attempt: number): number {
    const [byte = 0] = this.world.random(1);
    return pauseAfter(attempt, byte / 256);
  }

  /** @throws {AwsStepError} where there is no answer */
  value<T>(step: AwsStep, answer: Answer<T>): T {
    if (answer.ok) return answer.value;
    throw new AwsStepError(this.profile, step, diagnose(answer.failure));
  }
}

/** A key that was made a moment ago is not known everywhere: one refusal says nothing. */
export function isUnsettled({ cause }: Diagnosis): boolean {
  return cause === "key_unknown" || cause === "secret_wrong";
}

/** Whether IAM says that there is no such key. */
export function isGone(diagnosis: Diagnosis): boolean {
  return /^NoSuchEntity/.test(diagnosis.facts.code);
}
