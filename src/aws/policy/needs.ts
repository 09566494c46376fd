import type { Conditions } from "./document.ts";

/** What a statement is there for. */
export type Purpose =
  | "invoke profiles"
  | "invoke models through profiles"
  | "invoke models"
  | "find profiles"
  | "look at models"
  | "subscribe"
  | "bearer token"
  | "rotation"
  | "assume roles"
  | "decrypt";

/** One thing that a policy has to allow. */
export interface Need {
  readonly purpose: Purpose;
  readonly actions: readonly string[];
  /** ARNs, with `*` where something is not known; `*` alone for actions without resources. */
  readonly resources: readonly string[];
  readonly conditions?: Conditions;
  /** Those of the resources without which nothing works; all, unless given. */
  readonly required?: readonly string[];
  /** The inference profiles that lead to a resource. */
  readonly through?: ReadonlyMap<string, readonly string[]>;
}

/** A model that a profile names, and where its requests may go. */
export interface ModelUse {
  /** As it stands in the secrets file. */
  readonly id: string;
  /** Nothing for a model that is invoked by its own id. */
  readonly inferenceProfile?: {
    /** In the region of the requests; the account is `*` where it is not known. */
    readonly arn: string;
  };
  /** The models behind it, as AWS names them, or with `*` for the region where it was not asked. */
  readonly modelArns: readonly string[];
}

/** Who a policy is for. */
export interface Holder {
  readonly kind: "user" | "role" | "api key" | "ambient" | "opener";
  /** `user/claude-dev`, `role/ci`, or what it is called where AWS was not asked. */
  readonly name: string;
  /** Of the user or role, where it is known. */
  readonly arn?: string;
}

/** What a holder has to be able to do. */
export interface Uses {
  readonly models: readonly ModelUse[];
  /** `arn:aws:iam::123456789012:user/claude-dev`, whose keys are rotated. */
  readonly rotates?: string;
  readonly roles: readonly string[];
  readonly kmsKeys: readonly string[];
  /** Whether a model is still to be subscribed to. */
  readonly marketplace: boolean;
  /** Whether the secret is a Bedrock API key, which stands for a user. */
  readonly bearer: boolean;
  /** Whether the models are to be listed with what the account may use (`credsmith models`). */
  readonly looks: boolean;
}

/** What every policy of a run is to demand besides. */
export interface Demands {
  /** `vpce-0123456789abcdef0` */
  readonly sourceVpce?: string;
  readonly mfa?: boolean;
  readonly expires?: Temporal.Instant;
}

const invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"] as const;

/** What `credsmith rotate` asks IAM for. */
const rotationActions = [
  "iam:CreateAccessKey",
  "iam:DeleteAccessKey",
  "iam:GetAccessKeyLastUsed",
  "iam:ListAccessKeys",
  "iam:UpdateAccessKey",
] as const;

/**
 * What a holder needs, and no more; pure.
 *
 * A request to an inference profile is checked against the profile and against the model in the
 * region that it goes to. So the models are allowed there, but only through that profile.
 *
 * @see Amazon Bedrock User Guide, "Prerequisites for inference profiles"
 */
export function needsOf(uses: Uses, demands: Demands = {}): Need[] {
  const through = uses.models.filter((each) => each.inferenceProfile);
  const direct = uses.models.filter((each) => !each.inferenceProfile);
  const profiles = unique(through.flatMap(profileArns));
  const used = unique(through.map(({ inferenceProfile }) => inferenceProfile!.arn));
  const bedrock = together(demandsOf(demands, ["vpce", "mfa", "expires"]));
  const elsewhere = together(demandsOf(demands, ["mfa", "expires"]));
  const keys = together(demandsOf(demands, ["expires"]));
  const needs: (Need & { readonly extra: Conditions })[] = [];
  if (profiles.length) {
    needs.push({
      purpose: "invoke profiles",
      // Together, since a statement of its own would name all of them again.
      actions: ["bedrock:GetInferenceProfile", ...invoke],
      resources: profiles,
      required: used,
      extra: bedrock,
    }, {
      purpose: "invoke models through profiles",
      actions: invoke,
      resources: unique(through.flatMap(({ modelArns }) => modelArns)),
      conditions: {
        ArnLike: { "bedrock:InferenceProfileArn": unique(used.map(inAnyRegion)) },
      },
      through: waysOf(through),
      extra: bedrock,
    });
  }
  if (direct.length) {
    needs.push({
      purpose: "invoke models",
      actions: invoke,
      resources: unique(direct.flatMap(({ modelArns }) => modelArns)),
      extra: bedrock,
    });
  }
  if (uses.models.length) {
    needs.push({
      purpose: "find profiles",
      actions: ["bedrock:ListInferenceProfiles"],
      resources: ["*"],
      // AWS's own examples allow it on profiles only.
      ...(used[0] ? { required: [anyProfileBeside(used[0])] } : {}),
      extra: bedrock,
    });
  }
  if (uses.looks) {
    needs.push({
      purpose: "look at models",
      actions: ["bedrock:GetFoundationModelAvailability", "bedrock:ListFoundationModels"],
      resources: ["*"],
      extra: bedrock,
    });
  }
  if (uses.bearer) {
    needs.push({
      purpose: "bearer token",
      actions: ["bedrock:CallWithBearerToken"],
      resources: ["*"],
      extra: bedrock,
    });
  }
  if (uses.marketplace) {
    needs.push({
      purpose: "subscribe",
      actions: ["aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"],
      resources: ["*"],
      conditions: { StringEquals: { "aws:CalledViaLast": ["bedrock.amazonaws.com"] } },
      extra: elsewhere,
    });
  }
  if (uses.rotates) {
    needs.push({
      purpose: "rotation",
      actions: rotationActions,
      resources: [uses.rotates],
      // A long-term key, with which it is done, never says that there was a device.
      extra: keys,
    });
  }
  if (uses.roles.length) {
    needs.push({
      purpose: "assume roles",
      actions: ["sts:AssumeRole"],
      resources: unique(uses.roles),
      extra: elsewhere,
    });
  }
  if (uses.kmsKeys.length) {
    needs.push({
      purpose: "decrypt",
      actions: ["kms:Decrypt"],
      resources: unique(uses.kmsKeys),
      extra: elsewhere,
    });
  }
  return needs.map(({ extra, conditions, ...need }) => {
    const all = merged(conditions ?? {}, extra);
    return { ...need, ...(Object.keys(all).length ? { conditions: all } : {}) };
  });
}

/** The profile in the region of the requests, and in those that it leads to. */
function profileArns({ inferenceProfile, modelArns }: ModelUse): string[] {
  const { arn } = inferenceProfile!;
  if (arn.includes(":application-inference-profile/")) return [arn];
  const regions = unique(modelArns.map((each) => each.split(":")[3]!)).filter((each) => each);
  if (regions.includes("*")) return [inAnyRegion(arn)];
  return unique([arn, ...regions.map((region) => inRegion(arn, region))]);
}

/** By model, the profiles in the region of the requests that lead there. */
function waysOf(models: readonly ModelUse[]): Map<string, string[]> {
  const ways = new Map<string, string[]>();
  for (const { inferenceProfile, modelArns } of models) {
    for (const arn of modelArns) ways.set(arn, [...ways.get(arn) ?? [], inferenceProfile!.arn]);
  }
  return ways;
}

function anyProfileBeside(arn: string): string {
  return `${arn.split(":").slice(0, 5).join(":")}:inference-profile/*`;
}

function inAnyRegion(arn: string): string {
  return arn.includes(":application-inference-profile/") ? arn : inRegion(arn, "*");
}

function inRegion(arn: string, region: string): string {
  const parts = arn.split(":");
  return [...parts.slice(0, 3), region, ...parts.slice(4)].join(":");
}

function demandsOf(
  { sourceVpce, mfa, expires }: Demands,
  which: readonly ("vpce" | "mfa" | "expires")[],
): Conditions[] {
  const found: Conditions[] = [];
  if (sourceVpce && which.includes("vpce")) {
    found.push({ StringEquals: { "aws:SourceVpce": [sourceVpce] } });
  }
  if (mfa && which.includes("mfa")) {
    found.push({ Bool: { "aws:MultiFactorAuthPresent": ["true"] } });
  }
  if (expires && which.includes("expires")) {
    const time = expires.toString({ smallestUnit: "second" });
    found.push({ DateLessThan: { "aws:CurrentTime": [time] } });
  }
  return found;
}

function together(all: readonly Conditions[]): Conditions {
  return all.reduce(merged, {});
}

function merged(a: Conditions, b: Conditions): Conditions {
  const operators = unique([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(operators.map((each) => [each, { ...a[each], ...b[each] }]));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
