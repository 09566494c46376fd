import { type Policy, policyJson, type Statement } from "./document.ts";
import type { Need, Purpose } from "./needs.ts";

/** Characters that IAM takes, white space not counted. */
export const limits = {
  /** All inline policies of a user together. */
  inlineUser: 2048,
  inlineRole: 10240,
  managed: 6144,
  /** Managed policies that can be attached to a user or role, unless AWS was asked for more. */
  attached: 10,
} as const;

const sids: Readonly<Record<Purpose, string>> = {
  "invoke profiles": "UseInferenceProfiles",
  "invoke models through profiles": "InvokeModelsThroughProfiles",
  "invoke models": "InvokeModels",
  "find profiles": "ListInferenceProfiles",
  "look at models": "LookAtModels",
  "subscribe": "SubscribeThroughBedrock",
  "bearer token": "UseBedrockApiKey",
  "rotation": "RotateOwnKey",
  "assume roles": "AssumeRoles",
  "decrypt": "DecryptSecretsFiles",
};

/** A policy that allows what is needed; one statement each. */
export function policyFor(needs: readonly Need[]): Policy {
  return {
    version: "2012-10-17",
    statements: needs.map(({ purpose, actions, resources, conditions }): Statement => ({
      sid: sids[purpose],
      effect: "Allow",
      actions,
      resources,
      ...(conditions ? { conditions } : {}),
    })),
  };
}

/** How much of IAM's limits a policy takes. */
export function sizeOf(policy: Policy): number {
  return JSON.stringify(policyJson(policy)).length;
}

/**
 * Policies that each fit into a managed one: the same where it fits as it is. Statements stay
 * whole where they can; one that is too long by itself is cut between its resources.
 */
export function split(policy: Policy, limit: number = limits.managed): Policy[] {
  const { version } = policy;
  const fits = (statements: readonly Statement[]) => sizeOf({ version, statements }) <= limit;
  if (fits(policy.statements)) return [policy];
  const parts = policy.statements.flatMap((each) => fits([each]) ? [each] : cut(each, fits));
  const policies: Statement[][] = [];
  for (const part of parts) {
    const room = policies.find((statements) => fits([...statements, part]));
    if (room) room.push(part);
    else policies.push([part]);
  }
  return policies.map((statements) => ({ version, statements }));
}

/** A statement in parts, each with some of its resources. */
function cut(
  statement: Statement,
  fits: (statements: readonly Statement[]) => boolean,
): Statement[] {
  const parts: string[][] = [];
  const part = (resources: readonly string[], count: number): Statement => ({
    ...statement,
    ...(statement.sid ? { sid: `${statement.sid}${count}` } : {}),
    resources,
  });
  for (const resource of statement.resources ?? []) {
    const last = parts.at(-1);
    // Room for a count of two digits, which every part may have in the end.
    if (last && fits([part([...last, resource], 99)])) last.push(resource);
    else parts.push([resource]);
  }
  return parts.map((resources, index) => part(resources, index + 1));
}
