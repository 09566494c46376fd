import type { Connection } from "../aws/clients.ts";
import { diagnose, type Diagnosis } from "../aws/diagnose.ts";
import { type Asker, isUnsettled } from "./asking.ts";
import { type AwsStep, AwsStepError, HinderedError } from "./errors.ts";

/** One success says little while AWS is spreading a key: the next request meets another server. */
const inARow = 5;
/** Milliseconds. */
const pause = 2_000;
const limit = 180_000;

/** What a proof showed. */
export interface Proof {
  readonly inARow: number;
  /** The model that answered. */
  readonly model?: string;
}

/**
 * Proves a key: AWS says several times in a row whose it is, and the model answers.
 *
 * @param about.arn whose key it has to be
 * @throws {AwsStepError} when that does not happen within three minutes
 * @throws {HinderedError} `another identity`
 */
export async function prove(
  asker: Asker,
  connection: Connection,
  about: { readonly arn: string; readonly step: AwsStep; readonly model?: string },
): Promise<Proof> {
  const { world, profile } = asker;
  const { callerIdentity, converse } = world.requests;
  const begun = world.now();
  const late = () => world.now().epochMilliseconds - begun.epochMilliseconds + pause > limit;
  const goOn = async (step: AwsStep, diagnosis: Diagnosis) => {
    const passes = isUnsettled(diagnosis) || diagnosis.outcome === "temporary";
    if (!passes || diagnosis.cause === "cancelled" || late()) {
      throw new AwsStepError(profile, step, diagnosis);
    }
    await world.sleep(pause);
  };

  for (let count = 0; count < inARow;) {
    const answer = await asker.once(() => callerIdentity(connection));
    if (answer.ok) {
      if (answer.value.arn !== about.arn) throw new HinderedError(profile, "another identity");
      world.tell({ kind: "trying", what: "proof", count: ++count, of: inARow });
      if (count < inARow) await world.sleep(pause);
    } else {
      const diagnosis = diagnose(answer.failure);
      // A throttled or lost request says nothing about the key.
      if (isUnsettled(diagnosis)) count = 0;
      await goOn(about.step, diagnosis);
    }
  }
  const { model } = about;
  if (model === undefined) return { inARow };
  for (let tokens = 1;;) {
    const answer = await asker.once(() => converse(connection, model, tokens));
    if (answer.ok) return { inARow, model };
    const diagnosis = diagnose(answer.failure);
    if (diagnosis.cause === "body_rejected" && tokens === 1) tokens = 16;
    else await goOn("have a model answer to the new key", diagnosis);
  }
}
