import { type Cause, type Diagnosis, skewTolerance } from "../../aws/diagnose.ts";
import { nearestProfile, newestOfFamilies, profileFor, shortName } from "../../aws/models.ts";
import { isInferenceProfile } from "../../aws/models.ts";
import { isAboutModel, type ModelFacts, type Probe, type ProbePlan } from "../../aws/probe.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Check } from "./check.ts";
import { clockFix, pinning, type RemedyContext, skewText, spanText, word } from "./remedies.ts";

/** From so many seconds of skew on it is told, although AWS still puts up with it. */
const worthTelling = 240;

/**
 * What a probe of AWS means, one finding each for `clock`, `identity`, `models` and `answer`; pure.
 *
 * A finding that only follows from another one is skipped, and what this key may not look at is
 * not checked: it is no failure.
 */
export function awsChecks(
  probe: Probe,
  plan: ProbePlan,
  key: string | ApiKeyName,
  context: RemedyContext,
): Check[] {
  const answered = probe.answer?.reply.ok === true;
  const clock = clockCheck(probe, context);
  const identity = typeof key === "string" && probe.identity
    ? identityCheck(probe.identity, key, answered, context)
    : apiKeyCheck(probe, context);
  const shadow = [clock, identity].find((check) => check.status === "fail")?.cause;
  const models = modelsCheck(probe, plan, context, shadow);
  const answer = answerCheck(probe, plan, context, shadow ?? failing(models));
  return [clock, identity, models, answer];
}

/** In place of an access key's id: a Bedrock API key has none. */
export interface ApiKeyName {
  readonly kind: "api-key";
}

/** STS knows nothing of an API key: whether it is good is seen by what Bedrock says to it. */
function apiKeyCheck(probe: Probe, context: RemedyContext): Check {
  const name = "identity";
  const { profiles, models, answer } = probe;
  const all = [
    answer?.reply,
    profiles,
    ...models.flatMap((each) => [each.availability, each.model]),
  ]
    .filter((each) => each !== undefined);
  const bad = all.find((each) => !each.ok && each.diagnosis.outcome === "credentials");
  if (bad && !bad.ok) return failed(name, bad.diagnosis, context);
  // A denial comes after the key was found right.
  const known = all.some((each) => each.ok || each.diagnosis.outcome === "denied");
  if (!known) return { name, status: "skip", text: "not checked: Bedrock did not answer" };
  return {
    name,
    status: "ok",
    text: "a Bedrock API key, which opens Bedrock alone",
    facts: { kind: "api-key" },
  };
}

function failing(check: Check): string | undefined {
  return check.status === "fail" ? check.cause : undefined;
}

function failed(name: string, diagnosis: Diagnosis, context: RemedyContext): Check {
  const { text, details, fix } = word(diagnosis, context);
  const { cause, outcome, facts } = diagnosis;
  return {
    name,
    status: "fail",
    text,
    ...(details ? { details } : {}),
    cause,
    exit: exitCodes[outcome],
    fix,
    facts: { ...facts },
  };
}

function clockCheck({ clock, identity }: Probe, context: RemedyContext): Check {
  const { skewSeconds, refused, rightOtherwise } = clock;
  const name = "clock";
  const facts = { skewSeconds };
  if (skewSeconds === undefined && !refused) {
    return { name, status: "skip", text: "no answer of AWS to compare with" };
  }
  const text = skewSeconds === undefined ? "too far from AWS's" : skewText(skewSeconds);
  const skewed = Math.abs(skewSeconds ?? 0);
  if (refused || skewed >= skewTolerance.bedrock) {
    const right = rightOtherwise ?? (refused ? undefined : identity?.ok);
    return {
      name,
      status: "fail",
      text,
      ...(right === undefined ? {} : {
        details: [
          right
            ? "Key and secret are right, checked with AWS's time"
            : "Key or secret are wrong as well, checked with AWS's time",
        ],
      }),
      cause: "clock_skew",
      exit: exitCodes.credentials,
      fix: clockFix(context),
      facts: { ...facts, rightOtherwise: right },
    };
  }
  if (skewed >= worthTelling) {
    return {
      name,
      status: "note",
      text: `${text}; Bedrock refuses from ${spanText(skewTolerance.bedrock)} on`,
      cause: "clock_skew",
      fix: clockFix(context),
      facts,
    };
  }
  return { name, status: "ok", text, facts };
}

function identityCheck(
  identity: NonNullable<Probe["identity"]>,
  accessKeyId: string,
  answered: boolean,
  context: RemedyContext,
): Check {
  const name = "identity";
  if (identity.ok) {
    const { arn, account } = identity.value;
    const principal = arn.replace(/^arn:[^:]*:\w+::\d*:/, "");
    return {
      name,
      status: "ok",
      text: `${principal}, ${account}, ${accessKeyId}`,
      facts: { arn, account, accessKeyId },
    };
  }
  const { cause } = identity.diagnosis;
  if (cause === "clock_skew") return { name, status: "skip", text: "see clock" };
  if (!answered) return failed(name, identity.diagnosis, context);
  // A model answered, so the key is good; only whose it is remains open.
  return {
    name,
    status: "skip",
    text: `not checked: ${word(identity.diagnosis, context).text}`,
    cause,
    exit: exitCodes.partial,
  };
}

/** What is wrong with a pinned model, if something is. */
interface ModelFault {
  readonly cause: Cause;
  readonly modelId: string;
  readonly suggestion?: string;
}

function modelsCheck(
  probe: Probe,
  plan: ProbePlan,
  context: RemedyContext,
  shadow: string | undefined,
): Check {
  const name = "models";
  const { profiles, models, answer } = probe;
  const listed = profiles.ok ? profiles.value : [];
  const suggestionFor = (id: string) => {
    const suggestion = nearestProfile(id, listed);
    return suggestion === id ? undefined : suggestion;
  };

  const { modelId: main, smallModelId: small } = context.paths;
  const aboutModel = (id: string): RemedyContext => ({
    ...context,
    paths: { ...context.paths, modelId: id === plan.smallModel ? small : main },
  });

  const faults = models.map((each) => modelFault(each, probe)).filter((each) => each !== undefined);
  const reply = answer?.reply;
  if (reply && !reply.ok && isAboutModel(reply.diagnosis.cause)) {
    const { cause } = reply.diagnosis;
    const modelId = answer.modelId;
    const replaced = /^model_(end_of_life|legacy)$/.test(cause);
    const suggestion = replaced ? sameFamily(modelId, listed) : suggestionFor(modelId);
    const diagnosis = {
      ...reply.diagnosis,
      facts: { ...reply.diagnosis.facts, modelId },
    };
    return failed(name, diagnosis, {
      ...aboutModel(modelId),
      ...(suggestion ? { suggestion } : {}),
    });
  }
  const [fault] = faults;
  if (fault && !shadow) {
    const { cause, modelId, suggestion } = fault;
    const facts = { service: "bedrock", code: "", status: 200, modelId } as const;
    const diagnosis: Diagnosis = { cause, outcome: "denied", facts };
    return failed(name, diagnosis, {
      ...aboutModel(modelId),
      ...(suggestion ? { suggestion } : {}),
    });
  }

  const looked = [profiles, ...models.flatMap((each) => [each.availability, each.model])]
    .filter((each) => each !== undefined);
  if (!looked.some((each) => each.ok)) {
    const refusal = profiles.ok ? undefined : profiles.diagnosis;
    if (refusal === undefined || shadow) return { name, status: "skip" };
    const proved = reply?.ok === true;
    if (refusal.outcome !== "denied" && !proved) return failed(name, refusal, context);
    return {
      name,
      status: "skip",
      text: `not checked: ${word(refusal, context).text}`,
      cause: refusal.cause,
      // The answer proves what this only foretells.
      ...(proved || (reply && !reply.ok) ? {} : { exit: exitCodes.partial }),
    };
  }
  const names = plan.models.length ? plan.models : newestOfFamilies(listed);
  return {
    name,
    status: "ok",
    text: names.map(shortName).join(" "),
    facts: { models: names, pinned: plan.models.length > 0 },
  };
}

/** The newest profile of the family that an old model belongs to. */
function sameFamily(
  id: string,
  listed: Parameters<typeof newestOfFamilies>[0],
): string | undefined {
  const newest = newestOfFamilies(listed);
  return newest.find((each) => /opus|sonnet|haiku/.exec(id)?.[0] === shortName(each).split("-")[0]);
}

/** Judges a pinned model by what the control plane says, which an answer outweighs. */
function modelFault(model: ModelFacts, { profiles, answer }: Probe): ModelFault | undefined {
  const { id, availability, model: foundation } = model;
  if (answer?.modelId === id && answer.reply.ok) return undefined;
  const listed = profiles.ok ? profiles.value : undefined;
  const fault = (cause: Cause, suggestion?: string): ModelFault => ({
    cause,
    modelId: id,
    ...(suggestion ? { suggestion } : {}),
  });
  if (listed && isInferenceProfile(id) && !id.startsWith("arn:")) {
    if (!listed.some((each) => each.id === id)) {
      return fault("model_unknown", nearestProfile(id, listed));
    }
  } else if (foundation?.ok && !foundation.value.onDemand) {
    return fault("inference_profile_needed", listed && profileFor(id, listed));
  } else if (foundation && !foundation.ok && foundation.diagnosis.cause === "model_unknown") {
    return fault("model_unknown", listed && nearestProfile(id, listed));
  }
  if (!availability?.ok) return undefined;
  const { authorized, entitled, inRegion, agreement } = availability.value;
  if (inRegion === false) return fault("model_not_in_region");
  if (authorized === false || entitled === false || agreement === "NOT_AVAILABLE") {
    return fault("model_not_granted");
  }
  return undefined;
}

function answerCheck(
  { answer, models, profiles }: Probe,
  plan: ProbePlan,
  context: RemedyContext,
  shadow: string | undefined,
): Check {
  const name = "answer";
  if (!plan.invoke) return { name, status: "skip", text: "left out (--no-invoke)" };
  if (answer === undefined) {
    if (shadow) return { name, status: "skip" };
    return {
      name,
      status: "skip",
      text: "no model is pinned, and none could be listed",
      cause: "model_missing",
      exit: exitCodes.partial,
      fix: pinning("MODEL", context),
    };
  }
  const { modelId, reply, answersKey } = answer;
  if (answersKey) return deniedToSessions(modelId, reply, context);
  if (reply.ok) {
    return {
      name,
      status: "ok",
      text: `${shortName(modelId)}, ${Math.round(reply.value.latency)} ms`,
      facts: { modelId, latency: reply.value.latency },
    };
  }
  const { cause } = reply.diagnosis;
  const repeated = [profiles, ...models.flatMap((each) => [each.availability, each.model])]
    .some((each) => each && !each.ok && each.diagnosis.cause === cause);
  const told = shadow !== undefined &&
    (isAboutModel(cause) || cause === shadow || repeated ||
      reply.diagnosis.outcome === "credentials");
  if (told) return { name, status: "skip" };
  return failed(name, reply.diagnosis, context);
}

/** A plain `Bool` on MFA is true of every session without it, and of no key at all. */
function deniedToSessions(
  modelId: string,
  reply: NonNullable<Probe["answer"]>["reply"],
  { fileFlag, mfaPath }: RemedyContext,
): Check {
  return {
    name: "answer",
    status: "fail",
    text: `${shortName(modelId)} answers the key, and denies the session made from it`,
    details: [
      "A policy asks for MFA (aws:MultiFactorAuthPresent), which a session says it is",
      "without, while a key says nothing of it; GetSessionToken cannot help that",
    ],
    cause: "session_without_mfa",
    exit: exitCodes.denied,
    fix: {
      text: `credsmith set${fileFlag} ${mfaPath} DEVICE`,
      remark: "or --static where it is used",
    },
    ...(reply.ok ? {} : { facts: { ...reply.diagnosis.facts } }),
  };
}
