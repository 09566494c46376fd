import { allOf, anyOf, conditionsHold, type RequestContext, type Truth } from "./conditions.ts";
import type { Policy, Statement } from "./document.ts";
import { actionCovers, arnCovers, arnsOverlap } from "./patterns.ts";

/** A policy by the name that people know it by. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** What is asked for. */
export interface Request {
  /** `bedrock:InvokeModel` */
  readonly action: string;
  /** An ARN, or a pattern that has to be covered as a whole; `*` for actions without resources. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** A decision, with the statements that made it. */
export type Decision =
  | { readonly kind: "allowed"; readonly by: readonly Reason[] }
  /** A deny holds. */
  | { readonly kind: "denied"; readonly by: readonly Reason[] }
  /** The boundary does not allow it, whatever the policies say. */
  | { readonly kind: "outside boundary" }
  /** Nothing allows it. */
  | { readonly kind: "not allowed" }
  /** It depends on conditions about the request that are not known here. */
  | { readonly kind: "depends"; readonly by: readonly Reason[] };

/** A statement of a policy. */
export interface Reason {
  readonly policy: string;
  readonly sid?: string;
}

/**
 * What IAM decides about a request of a user or role of the same account: an explicit deny wins;
 * then a policy has to allow it, and where there is a boundary, that too. Service control policies,
 * resource-based and session policies are not part of it.
 *
 * @see IAM User Guide, "Policy evaluation logic"
 */
export function evaluate(
  request: Request,
  policies: readonly NamedPolicy[],
  boundary?: NamedPolicy,
): Decision {
  const denies = matches("Deny", request, boundary ? [...policies, boundary] : policies);
  const denied = denies.filter(({ truth }) => truth === true);
  if (denied.length) return { kind: "denied", by: denied.map(reasonOf) };
  const allows = matches("Allow", request, policies);
  const allowed = anyOf(allows.map(({ truth }) => truth));
  const within = boundary
    ? anyOf(matches("Allow", request, [boundary]).map(({ truth }) => truth))
    : true;
  if (within === false) return { kind: "outside boundary" };
  if (allowed === false) return { kind: "not allowed" };
  const open = [...denies, ...allows.filter(({ truth }) => truth === "unknown")];
  if (denies.length || allOf([allowed, within]) === "unknown") {
    return { kind: "depends", by: open.map(reasonOf) };
  }
  return { kind: "allowed", by: allows.filter(({ truth }) => truth === true).map(reasonOf) };
}

interface Match {
  readonly policy: string;
  readonly statement: Statement;
  readonly truth: Truth;
}

function reasonOf({ policy, statement }: Match): Reason {
  return { policy, ...(statement.sid ? { sid: statement.sid } : {}) };
}

/** The statements of one effect that fit, or might. */
function matches(
  effect: Statement["effect"],
  request: Request,
  policies: readonly NamedPolicy[],
): Match[] {
  return policies.flatMap(({ name, policy }) =>
    policy.statements.filter((each) => each.effect === effect)
      .map((statement): Match => ({
        policy: name,
        statement,
        truth: fits(statement, policy.version, request),
      }))
      .filter(({ truth }) => truth !== false)
  );
}

function fits(statement: Statement, version: Policy["version"], request: Request): Truth {
  const { action, resource, context } = request;
  const { actions, notActions, resources, notResources, conditions } = statement;
  const expand = (text: string) => version === "2008-10-17" ? text : expanded(text, context);
  const about = actions
    ? actions.some((each) => actionCovers(each, action))
    : !notActions!.some((each) => actionCovers(each, action));
  if (!about) return false;
  const on = (patterns: readonly string[]): Truth =>
    anyOf(patterns.map((each): Truth => {
      const pattern = expand(each);
      if (pattern === undefined) return "unknown";
      // Of a whole pattern of resources a part may be denied, or left out.
      const divisible = statement.effect === "Deny"
        ? resource.includes("*")
        : notResources !== undefined && resource !== "*" && resource.includes("*");
      const part = divisible && arnsOverlap(pattern, resource);
      return arnCovers(pattern, resource) || (part ? "unknown" : false);
    }));
  const positive = on((resources ?? notResources)!);
  const onResource = resources ? positive : positive === "unknown" ? "unknown" : !positive;
  return allOf([onResource, conditionsHold(conditions, context, expand)]);
}

/** Replaces `${aws:username}` and the like; nothing where the value is not known, or not there. */
function expanded(text: string, context: RequestContext): string | undefined {
  let known = true;
  const result = text.replaceAll(/\$\{([^}]*)\}/g, (_, inner: string) => {
    // A private character stands for a star that is none.
    if (inner === "*" || inner === "?" || inner === "$") return inner === "$" ? "$" : "\uE000";
    const [name = "", otherwise] = inner.split(/\s*,\s*/, 2);
    const value = context.get(name.trim().toLowerCase());
    if (value !== "unknown" && value?.length === 1) return value[0]!;
    if (value === undefined && otherwise) return otherwise.replaceAll("'", "");
    known = false;
    return "";
  });
  return known ? result : undefined;
}
