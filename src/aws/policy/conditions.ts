import type { Conditions } from "./document.ts";
import { arnCovers, covers } from "./patterns.ts";

/** Whether something holds, as far as that can be known. */
export type Truth = true | false | "unknown";

/** What is known of a request besides action and resource. */
export interface RequestContext {
  /**
   * @param key in lower case: `aws:sourcevpce`
   * @returns its values; nothing where requests of this kind have none; `unknown` where that
   *   depends on the request
   */
  get(key: string): readonly string[] | undefined | "unknown";
}

/** A context of what is given; all else is unknown, or with `complete` not there. */
export function contextOf(
  known: Readonly<Record<string, readonly string[] | undefined>>,
  complete = false,
): RequestContext {
  const lower = new Map(Object.entries(known).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    get: (key) => lower.has(key) ? lower.get(key) : complete ? undefined : "unknown",
  };
}

/** All have to hold. */
export function allOf(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes("unknown") ? "unknown" : true;
}

/** One has to hold. */
export function anyOf(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes("unknown") ? "unknown" : false;
}

type Compare = (wanted: string, given: string) => boolean | undefined;

/** Texts compare as they are; times, numbers and addresses give nothing where they are none. */
const comparisons: Readonly<Record<string, Compare>> = {
  StringEquals: (wanted, given) => wanted === given,
  StringEqualsIgnoreCase: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  StringLike: (wanted, given) => covers(wanted, given),
  ArnEquals: (wanted, given) => arnCovers(wanted, given),
  ArnLike: (wanted, given) => arnCovers(wanted, given),
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  NumericEquals: numbers((wanted, given) => given === wanted),
  NumericLessThan: numbers((wanted, given) => given < wanted),
  NumericLessThanEquals: numbers((wanted, given) => given <= wanted),
  NumericGreaterThan: numbers((wanted, given) => given > wanted),
  NumericGreaterThanEquals: numbers((wanted, given) => given >= wanted),
  DateEquals: times((wanted, given) => given === wanted),
  DateLessThan: times((wanted, given) => given < wanted),
  DateLessThanEquals: times((wanted, given) => given <= wanted),
  DateGreaterThan: times((wanted, given) => given > wanted),
  DateGreaterThanEquals: times((wanted, given) => given >= wanted),
  IpAddress: (wanted, given) => inNetwork(wanted, given),
};

/** The opposite of which comparison a negated operator is. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
  NotIpAddress: "IpAddress",
};

/**
 * Whether all conditions hold. Values of a key are alternatives (for a negated operator none may
 * fit); an operator that is not known here leaves it open.
 *
 * @param expand replaces policy variables; nothing where one of them is not known
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators"
 */
export function conditionsHold(
  conditions: Conditions | undefined,
  context: RequestContext,
  expand: (text: string) => string | undefined,
): Truth {
  const truths = Object.entries(conditions ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => holds(operator, key, values, context, expand))
  );
  return allOf(truths);
}

function holds(
  operator: string,
  key: string,
  values: readonly string[],
  context: RequestContext,
  expand: (text: string) => string | undefined,
): Truth {
  const given = context.get(key.toLowerCase());
  if (operator === "Null") {
    if (given === "unknown") return "unknown";
    return values.some((each) => (each.toLowerCase() === "true") === (given === undefined));
  }
  const [, set, name = "", ifExists] =
    operator.match(/^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/) ?? [];
  const negated = negations[name];
  const compare = comparisons[negated ?? name];
  if (compare === undefined || given === "unknown") return "unknown";
  // A key that is not there fits nothing, so that a negated operator holds; but not of any value.
  if (given === undefined) {
    if (set === "ForAnyValue") return Boolean(ifExists);
    return Boolean(ifExists) || negated !== undefined || set === "ForAllValues";
  }
  const wanted = values.map(expand);
  const fits = (one: string): Truth => {
    const truths = wanted.map((each): Truth =>
      each === undefined ? "unknown" : compare(each, one) ?? false
    );
    const any = anyOf(truths);
    return negated === undefined || any === "unknown" ? any : !any;
  };
  const truths = given.map(fits);
  if (set === "ForAllValues") return allOf(truths);
  if (set === "ForAnyValue") return anyOf(truths);
  return truths.length === 0 ? negated !== undefined : negated ? allOf(truths) : anyOf(truths);
}

function numbers(compare: (wanted: number, given: number) => boolean): Compare {
  return (wanted, given) => {
    const [a, b] = [Number(wanted), Number(given)];
    return Number.isNaN(a) || Number.isNaN(b) ? undefined : compare(a, b);
  };
}

function times(compare: (wanted: number, given: number) => boolean): Compare {
  const at = (text: string) => /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return (wanted, given) => {
    const [a, b] = [at(wanted), at(given)];
    return Number.isNaN(a) || Number.isNaN(b) ? undefined : compare(a, b);
  };
}

/** IPv4 only; an address of IPv6 fits nothing but itself. */
function inNetwork(network: string, address: string): boolean | undefined {
  const [base = "", bits = "32"] = network.split("/");
  const [a, b] = [ipv4(base), ipv4(address)];
  if (a === undefined || b === undefined) return base === address;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(a / size) === Math.floor(b / size);
}

function ipv4(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
