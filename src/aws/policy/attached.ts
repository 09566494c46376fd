import type { Answer, Connection } from "../clients.ts";
import { diagnose, type Diagnosis } from "../diagnose.ts";
import type { AttachedPolicy, Principal } from "../iam_policies.ts";
import { eachOf, type Patience, patiently } from "../reading.ts";
import type { Attached } from "./compare.ts";
import { parsePolicy } from "./document.ts";
import { PolicyError } from "./errors.ts";
import type { NamedPolicy } from "./evaluate.ts";

/** The requests that are made; the real ones are those of `iam_policies.ts`. */
export interface PolicyRequests {
  boundaryOf(connection: Connection, of: Principal): Promise<Answer<{ readonly arn?: string }>>;
  groupsOf(connection: Connection, user: string): Promise<Answer<readonly string[]>>;
  inlinePolicies(connection: Connection, of: Principal): Promise<Answer<readonly string[]>>;
  inlinePolicy(connection: Connection, of: Principal, name: string): Promise<Answer<string>>;
  attachedPolicies(
    connection: Connection,
    of: Principal,
  ): Promise<Answer<readonly AttachedPolicy[]>>;
  defaultVersion(connection: Connection, arn: string): Promise<Answer<string>>;
  policyVersion(connection: Connection, arn: string, version: string): Promise<Answer<string>>;
}

/** Something that could not be read; without a judgement it was no policy. */
export interface Failure {
  readonly what: string;
  readonly diagnosis?: Diagnosis;
}

/** What is attached, and why some of it could not be read. */
export interface Read extends Attached {
  readonly failures: readonly Failure[];
}

/** Requests that are under way at the same time. */
const atOnce = 4;

/**
 * Reads everything that is attached to a user or role: inline and managed policies in the version
 * that is in force, those of a user's groups, and the permissions boundary. What is denied is not
 * known, and said so.
 */
export async function readAttached(
  requests: PolicyRequests,
  connection: Connection,
  principal: Principal,
  patience: Patience,
): Promise<Read> {
  const failures: Failure[] = [];
  const label = `${principal.kind}/${principal.name}`;
  const theBoundary = `the permissions boundary of ${label}`;
  const aboutBoundary = new Set([theBoundary]);
  async function read<T>(what: string, request: () => Promise<Answer<T>>): Promise<T | undefined> {
    const answer = await patiently(request, patience);
    if (answer.ok) return answer.value;
    failures.push({ what, diagnosis: diagnose(answer.failure) });
    return undefined;
  }
  function parsed(name: string, text: string): NamedPolicy | undefined {
    try {
      return { name, policy: parsePolicy(text, name) };
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      failures.push({ what: `the policy ${name}` });
      return undefined;
    }
  }
  async function managed(what: string, arn: string, name: string) {
    const version = await read(what, () => requests.defaultVersion(connection, arn));
    const text = version &&
      await read(what, () => requests.policyVersion(connection, arn, version));
    return text ? parsed(name, text) : undefined;
  }
  async function of(owner: Principal, label: string): Promise<NamedPolicy[]> {
    const [inline, attached] = await Promise.all([
      read(`the inline policies of ${label}`, () => requests.inlinePolicies(connection, owner)),
      read(`the policies of ${label}`, () => requests.attachedPolicies(connection, owner)),
    ]);
    const beside = owner.kind === "group" ? ` (${label})` : "";
    const found = await Promise.all([
      eachOf(inline ?? [], atOnce, async (name) => {
        const shown = `${name}${beside || " (inline)"}`;
        const request = () => requests.inlinePolicy(connection, owner, name);
        const text = await read(`the policy ${shown}`, request);
        return text ? parsed(shown, text) : undefined;
      }),
      eachOf(attached ?? [], atOnce, ({ name, arn }) => {
        const shown = `${name}${beside}`;
        return managed(`the policy ${shown}`, arn, shown);
      }),
    ]);
    return found.flat().filter((each) => each !== undefined);
  }

  const [own, groups, bound] = await Promise.all([
    of(principal, label),
    principal.kind === "user"
      ? read(`the groups of ${label}`, () => requests.groupsOf(connection, principal.name))
      : [],
    read(theBoundary, () => requests.boundaryOf(connection, principal)),
  ]);
  const ofGroups = await eachOf(
    groups ?? [],
    atOnce,
    (name) => of({ kind: "group", name }, `group/${name}`),
  );
  let boundaryUnread = bound === undefined;
  let boundary: NamedPolicy | undefined;
  if (bound?.arn) {
    const what = `the permissions boundary ${bound.arn.replace(/^.*\//, "")}`;
    aboutBoundary.add(what).add(`the policy ${what}`);
    boundary = await managed(what, bound.arn, what);
    boundaryUnread = boundary === undefined;
  }
  return {
    policies: [...own, ...ofGroups.flat()],
    ...(boundary ? { boundary } : {}),
    unread: failures.map(({ what }) => what).filter((what) => !aboutBoundary.has(what)),
    boundaryUnread,
    failures,
  };
}
