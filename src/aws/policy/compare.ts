import { contextOf } from "./conditions.ts";
import type { Statement } from "./document.ts";
import { type Decision, evaluate, type NamedPolicy } from "./evaluate.ts";
import type { Need, Purpose } from "./needs.ts";
import { actionCovers, arnCovers, arnsOverlap, overlap } from "./patterns.ts";

/** Everything that is attached to a user or role, as far as it could be read. */
export interface Attached {
  readonly policies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** What could not be read: `group developers`; then what is missing may be there. */
  readonly unread: readonly string[];
  /** Whether a boundary is there that could not be read, or nobody could say. */
  readonly boundaryUnread: boolean;
}

/** Something that is needed and that the policies do not allow. */
export interface Missing {
  readonly purpose: Purpose;
  readonly action: string;
  readonly resources: readonly string[];
  readonly why: Exclude<Decision["kind"], "allowed"> | "not known" | "boundary not known";
  /** The statements that stand in the way. */
  readonly by: readonly { readonly policy: string; readonly sid?: string }[];
}

/** Something that a policy allows and that nothing needs. */
export interface Excess {
  readonly policy: string;
  readonly sid?: string;
  /** Its number in the policy, from 1. */
  readonly statement: number;
  readonly why: "all but" | "action" | "wider action" | "wider resource" | "unconditional";
  readonly action: string;
  /** The resources that go too far; all of the statement's for an action that is not needed. */
  readonly resources: readonly string[];
}

export interface Comparison {
  readonly missing: readonly Missing[];
  readonly excess: readonly Excess[];
}

/** What reads only, and costs nothing; it is not held against a policy. */
const harmless = [
  "sts:GetCallerIdentity",
  "bedrock:GetFoundationModel",
  "bedrock:GetFoundationModelAvailability",
  "bedrock:GetInferenceProfile",
  "bedrock:GetUseCaseForModelAccess",
  "bedrock:ListFoundationModels",
  "bedrock:ListInferenceProfiles",
];

/**
 * Compares what is needed with what is attached; pure.
 *
 * @param about.values of the request's context that are known: `aws:username`, `aws:CurrentTime`
 */
export function compare(
  needs: readonly Need[],
  attached: Attached,
  about: { readonly values: Readonly<Record<string, readonly string[]>> },
): Comparison {
  return {
    missing: needs.flatMap((need) => missingOf(need, attached, about.values)),
    excess: attached.policies.flatMap((named) => excessOf(named, needs, attached)),
  };
}

function missingOf(
  need: Need,
  attached: Attached,
  values: Readonly<Record<string, readonly string[]>>,
): Missing[] {
  const found = new Map<string, Missing & { resources: string[] }>();
  for (const action of need.actions) {
    for (const resource of need.required ?? need.resources) {
      const decision = worst(
        valuesOf(need, resource).map((own) =>
          evaluate(
            { action, resource, context: contextOf({ ...values, ...own }) },
            attached.policies,
            attached.boundary,
          )
        ),
      );
      if (decision.kind === "allowed" && !attached.boundaryUnread) continue;
      const unread = attached.unread.length > 0 || attached.boundaryUnread;
      // A deny that is there, or a boundary that leaves it out, is so whatever else there is.
      const certain = decision.kind === "denied" || decision.kind === "outside boundary";
      const why = decision.kind === "allowed"
        ? "boundary not known"
        : unread && !certain
        ? "not known"
        : decision.kind;
      const by = "by" in decision && decision.kind !== "allowed" ? decision.by : [];
      const name = JSON.stringify([action, why, by]);
      const before = found.get(name);
      if (before) before.resources.push(resource);
      else found.set(name, { purpose: need.purpose, action, resources: [resource], why, by });
    }
  }
  return [...found.values()];
}

/** The decision that lets the least through. */
function worst(decisions: readonly Decision[]): Decision {
  return decisions.find(({ kind }) => kind !== "allowed") ?? decisions[0]!;
}

type Values = Readonly<Record<string, readonly string[] | undefined>>;

/** What requests of this kind say of themselves, each way: that they go through a profile, or Bedrock. */
function valuesOf({ purpose, through }: Need, resource: string): readonly Values[] {
  if (purpose === "subscribe") return [{ "aws:CalledViaLast": ["bedrock.amazonaws.com"] }];
  const [, , service, region] = resource.split(":");
  // A request that goes to another region is one of that region.
  const own: Values = service === "bedrock" && region !== "*"
    ? { "aws:RequestedRegion": [region || "unspecified"] }
    : {};
  if (purpose === "invoke models") return [{ ...own, "bedrock:InferenceProfileArn": undefined }];
  const ways = through?.get(resource) ?? [];
  return ways.length
    ? ways.map((arn) => ({ ...own, "bedrock:InferenceProfileArn": [arn] }))
    : [own];
}

function excessOf(
  { name, policy }: NamedPolicy,
  needs: readonly Need[],
  attached: Attached,
): Excess[] {
  return policy.statements.flatMap((statement, index) => {
    if (statement.effect !== "Allow") return [];
    const { sid, actions, notActions, resources, notResources } = statement;
    const about = { policy: name, ...(sid ? { sid } : {}), statement: index + 1 };
    if (actions === undefined) {
      const action = notActions!.join(", ");
      return [{ ...about, why: "all but" as const, action, resources: resources ?? notResources! }];
    }
    return actions.flatMap((action): Excess[] => {
      const patterns = resources ?? ["*"];
      const effective = patterns.filter((each) => !takenAway(action, each, attached));
      if (effective.length === 0) return [];
      if (harmless.some((each) => each.toLowerCase() === action.toLowerCase())) return [];
      const wanted = needs.filter((need) =>
        need.actions.some((each) => actionCovers(action, each))
      );
      if (wanted.length === 0) {
        return [{ ...about, why: "action", action, resources: effective }];
      }
      const exact = wanted.some((need) => need.actions.some((each) => actionCovers(each, action)));
      if (!exact && !onlyHarmlessBeyond(action, needs)) {
        return [{ ...about, why: "wider action", action, resources: effective }];
      }
      const beyond = effective.filter((pattern) =>
        !wanted.some((need) => need.resources.some((each) => arnCovers(each, pattern)))
      );
      if (beyond.length) return [{ ...about, why: "wider resource", action, resources: beyond }];
      const free = effective.filter((pattern) => !isConditioned(statement, pattern, wanted));
      return free.length ? [{ ...about, why: "unconditional", action, resources: free }] : [];
    });
  });
}

/**
 * Whether a statement has the conditions that are demanded there, by their keys. That models are
 * invoked through their profiles only is ours, and not demanded of other policies.
 */
function isConditioned(statement: Statement, pattern: string, wanted: readonly Need[]): boolean {
  const keysOf = (conditions: Statement["conditions"] = {}) =>
    Object.values(conditions).flatMap((keys) => Object.keys(keys).map((key) => key.toLowerCase()));
  const there = keysOf(statement.conditions);
  return wanted.some((need) =>
    need.resources.some((each) => arnCovers(each, pattern)) &&
    keysOf(need.conditions).every((key) =>
      key === "bedrock:inferenceprofilearn" || there.includes(key)
    )
  );
}

/** Actions that a pattern is known to stand for, beyond those that are needed. */
function onlyHarmlessBeyond(pattern: string, needs: readonly Need[]): boolean {
  // `InvokeModel*` is how AWS itself writes the two actions.
  return pattern.toLowerCase() === "bedrock:invokemodel*" &&
    ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"].every((action) =>
      needs.some((need) => need.actions.includes(action))
    );
}

/** Whether a deny without conditions or the boundary leaves nothing of it. */
function takenAway(action: string, resource: string, attached: Attached): boolean {
  const { policies, boundary } = attached;
  const denied = policies.some(({ policy }) =>
    policy.statements.some((each) =>
      each.effect === "Deny" && !each.conditions && each.actions && each.resources &&
      each.actions.some((pattern) => actionCovers(pattern, action)) &&
      each.resources.some((pattern) => arnCovers(pattern, resource))
    )
  );
  const allows = boundary?.policy.statements.filter(({ effect }) => effect === "Allow");
  return denied ||
    (allows !== undefined && !allows.some((each) => touches(each, action, resource)));
}

function touches(statement: Statement, action: string, resource: string): boolean {
  const { actions, resources } = statement;
  const acts = actions?.some((each) => overlap(each.toLowerCase(), action.toLowerCase())) ?? true;
  return acts && (resources?.some((each) => arnsOverlap(each, resource)) ?? true);
}
