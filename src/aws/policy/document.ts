import { PolicyError } from "./errors.ts";

/** A condition block: operator, key, values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One statement, with lists where JSON allows a single text. */
export interface Statement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  /** One of the two is there. */
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  /** One of the two is there. */
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly conditions?: Conditions;
}

/** An identity-based policy or a permissions boundary. */
export interface Policy {
  /** Policies of the older version know no variables. */
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
}

/**
 * Reads a policy document.
 *
 * @param name what it is called, for the error
 * @throws {PolicyError} when it is none of identity-based policies' shape
 */
export function parsePolicy(text: string, name: string): Policy {
  const fail = (why: string): never => {
    throw new PolicyError(name, why);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail("it is no JSON");
  }
  if (!isObject(json)) return fail("it is no object");
  const version = json.Version ?? "2008-10-17";
  if (version !== "2008-10-17" && version !== "2012-10-17") {
    return fail("it has another version");
  }
  const all = json.Statement;
  const statements = Array.isArray(all) ? all : [all];
  return {
    version,
    statements: statements.map((each) => {
      if (!isObject(each)) return fail("a statement is no object");
      return statementOf(each, fail);
    }),
  };
}

function statementOf(json: Record<string, unknown>, fail: (why: string) => never): Statement {
  const { Effect, Sid, Condition } = json;
  if (Effect !== "Allow" && Effect !== "Deny") return fail("a statement has no effect");
  const list = (name: string) => {
    const value = json[name];
    if (value === undefined) return undefined;
    const texts = Array.isArray(value) ? value : [value];
    return texts.every((each) => typeof each === "string")
      ? texts as string[]
      : fail(`a statement's ${name} is no text`);
  };
  const [actions, notActions] = [list("Action"), list("NotAction")];
  const [resources, notResources] = [list("Resource"), list("NotResource")];
  if ((actions === undefined) === (notActions === undefined)) {
    return fail("a statement needs one of Action and NotAction");
  }
  if ((resources === undefined) === (notResources === undefined)) {
    return fail("a statement needs one of Resource and NotResource");
  }
  return {
    ...(typeof Sid === "string" ? { sid: Sid } : {}),
    effect: Effect,
    ...(actions ? { actions } : {}),
    ...(notActions ? { notActions } : {}),
    ...(resources ? { resources } : {}),
    ...(notResources ? { notResources } : {}),
    ...(Condition === undefined ? {} : { conditions: conditionsOf(Condition, fail) }),
  };
}

function conditionsOf(json: unknown, fail: (why: string) => never): Conditions {
  const bad = "a statement's Condition is not of IAM's shape";
  if (!isObject(json)) return fail(bad);
  return Object.fromEntries(
    Object.entries(json).map(([operator, keys]) => {
      if (!isObject(keys)) return fail(bad);
      const entries = Object.entries(keys).map(([key, value]) => {
        const values = Array.isArray(value) ? value : [value];
        const plain = values.every((each) => ["string", "number", "boolean"].includes(typeof each));
        return plain ? [key, values.map(String)] as const : fail(bad);
      });
      return [operator, Object.fromEntries(entries)];
    }),
  );
}

/** A policy as IAM takes it; a list of one stays a list. */
export function policyJson({ version, statements }: Policy): Record<string, unknown> {
  return {
    Version: version,
    Statement: statements.map((each) => ({
      ...(each.sid ? { Sid: each.sid } : {}),
      Effect: each.effect,
      ...(each.actions ? { Action: each.actions } : {}),
      ...(each.notActions ? { NotAction: each.notActions } : {}),
      ...(each.resources ? { Resource: each.resources } : {}),
      ...(each.notResources ? { NotResource: each.notResources } : {}),
      ...(each.conditions ? { Condition: conditionsJson(each.conditions) } : {}),
    })),
  };
}

/** Conditions with one value without a list around it, as AWS writes them. */
function conditionsJson(conditions: Conditions): unknown {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map((
          [key, values],
        ) => [key, values.length === 1 ? values[0] : values]),
      ),
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
