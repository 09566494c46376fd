import type { Answer, BedrockConnection, Connection, Credentials, Seen } from "./clients.ts";
import type { Availability, FoundationModel, InferenceProfile, Reply } from "./bedrock.ts";
import { type Cause, diagnose, type Diagnosis } from "./diagnose.ts";
import { baseModelOf, chooseModel } from "./models.ts";
import type { CallerIdentity } from "./sts.ts";

/** A result, or the judgement of why there is none. */
export type Found<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnosis: Diagnosis };

/** What AWS said about one pinned model. */
export interface ModelFacts {
  /** As it is pinned. */
  readonly id: string;
  readonly availability?: Found<Availability>;
  readonly model?: Found<FoundationModel>;
}

/** Everything that was learnt from AWS. */
export interface Probe {
  /** Nothing where a Bedrock API key was asked with, of which STS knows nothing. */
  readonly identity?: Found<CallerIdentity>;
  readonly profiles: Found<readonly InferenceProfile[]>;
  readonly models: readonly ModelFacts[];
  /** Nothing where it was left out, or where there is no model to ask. */
  readonly answer?: ModelAnswer;
  readonly clock: Clock;
}

/** How a model answered. */
export interface ModelAnswer {
  readonly modelId: string;
  readonly reply: Found<Reply>;
  /**
   * Whether it answers the key itself, where it denies the session that was made from it: a policy
   * asks for MFA in a way that sessions fail and keys do not.
   */
  readonly answersKey?: boolean;
}

/** This machine's clock against AWS's. */
export interface Clock {
  /** Local minus AWS's, in seconds; negative when behind. Nothing where no answer had a date. */
  readonly skewSeconds?: number;
  /** Whether AWS refused a request for it. */
  readonly refused: boolean;
  /** Whether key and secret are right when signed with AWS's time; nothing where not tried. */
  readonly rightOtherwise?: boolean;
}

/** What to look at. */
export interface ProbePlan {
  /** Model ids that are pinned, the one that is to answer first. */
  readonly models: readonly string[];
  /** Which of them is for background tasks, if one is. */
  readonly smallModel?: string;
  /** Whether to have a model answer, which costs a token. */
  readonly invoke: boolean;
  /**
   * Gives what models are asked with, where it is something else than what STS is asked with: a
   * session in place of the key. Nothing: the key itself. It does not throw.
   */
  readonly lend?: () => Promise<Credentials | undefined>;
}

/** The requests that are made; the real ones are `sts.ts` and `bedrock.ts`. */
export interface Requests {
  callerIdentity(connection: Connection): Promise<Answer<CallerIdentity>>;
  listInferenceProfiles(
    connection: BedrockConnection,
  ): Promise<Answer<readonly InferenceProfile[]>>;
  modelAvailability(connection: BedrockConnection, id: string): Promise<Answer<Availability>>;
  foundationModel(connection: BedrockConnection, id: string): Promise<Answer<FoundationModel>>;
  converse(connection: BedrockConnection, id: string, maxTokens: number): Promise<Answer<Reply>>;
}

/** Loads the SDK's clients, side by side. */
export async function loadRequests(): Promise<Requests> {
  const [sts, bedrock] = await Promise.all([import("./sts.ts"), import("./bedrock.ts")]);
  return { ...sts, ...bedrock };
}

/**
 * Asks AWS everything that can be asked, side by side; no answer waits for more than two others,
 * or for three where something is lent, and four where a model denies it.
 *
 * A request that AWS refuses for its time is repeated with AWS's own, so that a wrong clock does
 * not hide what else is right or wrong. A model that complains about the number of tokens was
 * reached, and is asked once more, for 16.
 */
export async function probe(
  requests: Requests,
  connection: BedrockConnection,
  plan: ProbePlan,
): Promise<Probe> {
  const seen: Seen[] = [];
  let refused = false;
  let corrected: boolean | undefined;
  let clockOffset = connection.clockOffset;
  const lent = plan.lend?.();
  const lender = lent?.then((credentials) =>
    credentials ? { ...connection, credentials } : undefined
  );

  async function once<T, C extends BedrockConnection>(
    connection: C,
    request: (connection: C) => Promise<Answer<T>>,
  ) {
    const signed = () => clockOffset === undefined ? connection : { ...connection, clockOffset };
    const answer = await request(signed());
    const cause = answer.ok ? undefined : diagnose(answer.failure).cause;
    // The date of a page that somebody else put up is not AWS's.
    if (cause !== "not_aws" && cause !== "garbled") seen.push(answer.seen);
    if (cause !== "clock_skew") return answer;
    refused = true;
    const { serverTime, received } = answer.seen;
    if (serverTime === undefined) return answer;
    clockOffset = serverTime.epochMilliseconds - received.epochMilliseconds;
    const again = await request(signed());
    const outcome = again.ok ? undefined : diagnose(again.failure).outcome;
    // A denial comes after the signature was found right; no answer says nothing about it.
    if (outcome === "credentials") corrected = false;
    else if (outcome !== "temporary") corrected ??= true;
    return again;
  }
  /** Of Bedrock, with what is lent where something is. */
  async function found<T>(request: (connection: BedrockConnection) => Promise<Answer<T>>) {
    return foundOf(await once(await lender ?? connection, request));
  }
  async function reply(from: BedrockConnection, modelId: string): Promise<Found<Reply>> {
    const first = foundOf(await once(from, (each) => requests.converse(each, modelId, 1)));
    const again = !first.ok && first.diagnosis.cause === "body_rejected";
    return again
      ? foundOf(await once(from, (each) => requests.converse(each, modelId, 16)))
      : first;
  }
  async function answer(modelId: string): Promise<ModelAnswer> {
    const borrowed = await lender;
    const said = await reply(borrowed ?? connection, modelId);
    const denied = !said.ok && said.diagnosis.cause === "policy_denies";
    if (!borrowed || !denied) return { modelId, reply: said };
    return { modelId, reply: said, answersKey: (await reply(connection, modelId)).ok };
  }
  async function facts(id: string): Promise<ModelFacts> {
    const base = baseModelOf(id);
    // An application inference profile does not tell its model.
    if (base === undefined) return { id };
    const [availability, model] = await Promise.all([
      found((each) => requests.modelAvailability(each, base)),
      found((each) => requests.foundationModel(each, base)),
    ]);
    return { id, availability, model };
  }

  const [pinned] = plan.models;
  const profiles = found((each) => requests.listInferenceProfiles(each));
  const [identity, models, answered] = await Promise.all([
    isSigned(connection)
      ? once(connection, (each) => requests.callerIdentity(each)).then(foundOf)
      : undefined,
    Promise.all(plan.models.map(facts)),
    !plan.invoke ? undefined : pinned !== undefined ? answer(pinned) : profiles.then((listed) => {
      const chosen = listed.ok ? chooseModel(listed.value) : undefined;
      return chosen === undefined ? undefined : answer(chosen);
    }),
  ]);
  const clock: Clock = {
    ...skewOf(seen),
    refused,
    ...(corrected === undefined ? {} : { rightOtherwise: corrected }),
  };
  return {
    ...(identity ? { identity } : {}),
    profiles: await profiles,
    models,
    clock,
    ...(answered ? { answer: answered } : {}),
  };
}

function isSigned(connection: BedrockConnection): connection is Connection {
  return !("token" in connection.credentials);
}

function foundOf<T>(answer: Answer<T>): Found<T> {
  return answer.ok
    ? { ok: true, value: answer.value }
    : { ok: false, diagnosis: diagnose(answer.failure) };
}

/**
 * The skew by the answer that took the least time. The header has whole seconds, and was written
 * somewhere between sending and receiving, so half a second is added and the middle is taken.
 */
function skewOf(seen: readonly Seen[]): { skewSeconds?: number } {
  const took = ({ sent, received }: Seen) => received.epochMilliseconds - sent.epochMilliseconds;
  const [best] = seen.filter((each) => each.serverTime !== undefined)
    .sort((a, b) => took(a) - took(b));
  if (best?.serverTime === undefined) return {};
  const local = (best.sent.epochMilliseconds + best.received.epochMilliseconds) / 2;
  return { skewSeconds: Math.round(local - best.serverTime.epochMilliseconds - 500) / 1000 };
}

/** Causes that say something about the model, not about key or network. */
export function isAboutModel(cause: Cause): boolean {
  return modelCauses.has(cause);
}

const modelCauses: ReadonlySet<Cause> = new Set<Cause>([
  "model_not_granted",
  "model_unknown",
  "model_not_in_region",
  "model_end_of_life",
  "model_legacy",
  "inference_profile_needed",
  "use_case_missing",
  "marketplace_denied",
  "marketplace_payment",
]);
