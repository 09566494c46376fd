import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsForUserCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import type { Answer, Connection } from "./clients.ts";
import { askIam } from "./iam.ts";

/** Whoever policies can be attached to. */
export interface Principal {
  readonly kind: "user" | "role" | "group";
  readonly name: string;
}

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/** The ARN of the permissions boundary, if there is one. */
export function boundaryOf(
  connection: Connection,
  { kind, name }: Principal,
): Promise<Answer<{ readonly arn?: string }>> {
  return askIam(connection, kind === "user" ? "GetUser" : "GetRole", async (client, options) => {
    const found = kind === "user"
      ? (await client.send(new GetUserCommand({ UserName: name }), options)).User
      : (await client.send(new GetRoleCommand({ RoleName: name }), options)).Role;
    if (!found) throw new SyntaxError("nobody in the answer");
    const arn = found.PermissionsBoundary?.PermissionsBoundaryArn;
    return arn ? { arn } : {};
  });
}

/** The names of the groups that a user is in; all pages. */
export function groupsOf(connection: Connection, user: string): Promise<Answer<readonly string[]>> {
  return askIam(connection, "ListGroupsForUser", (client, options) =>
    pages(async (marker) => {
      const page = await client.send(
        new ListGroupsForUserCommand({ UserName: user, ...marker }),
        options,
      );
      return { page, items: (page.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []) };
    }));
}

/** The names of inline policies. */
export function inlinePolicies(
  connection: Connection,
  { kind, name }: Principal,
): Promise<Answer<readonly string[]>> {
  const operation = `List${capital(kind)}Policies`;
  return askIam(connection, operation, (client, options) =>
    pages(async (marker) => {
      const page = kind === "user"
        ? await client.send(new ListUserPoliciesCommand({ UserName: name, ...marker }), options)
        : kind === "role"
        ? await client.send(new ListRolePoliciesCommand({ RoleName: name, ...marker }), options)
        : await client.send(new ListGroupPoliciesCommand({ GroupName: name, ...marker }), options);
      return { page, items: page.PolicyNames ?? [] };
    }));
}

/** The text of an inline policy. */
export function inlinePolicy(
  connection: Connection,
  { kind, name }: Principal,
  PolicyName: string,
): Promise<Answer<string>> {
  return askIam(connection, `Get${capital(kind)}Policy`, async (client, options) => {
    const { PolicyDocument } = kind === "user"
      ? await client.send(new GetUserPolicyCommand({ UserName: name, PolicyName }), options)
      : kind === "role"
      ? await client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName }), options)
      : await client.send(new GetGroupPolicyCommand({ GroupName: name, PolicyName }), options);
    return documentOf(PolicyDocument);
  });
}

/** A managed policy that is attached. */
export interface AttachedPolicy {
  readonly name: string;
  readonly arn: string;
}

/** The managed policies that are attached to somebody; all pages. */
export function attachedPolicies(
  connection: Connection,
  { kind, name }: Principal,
): Promise<Answer<readonly AttachedPolicy[]>> {
  return askIam(
    connection,
    `ListAttached${capital(kind)}Policies`,
    (client, options) =>
      pages(async (marker) => {
        const page = kind === "user"
          ? await client.send(
            new ListAttachedUserPoliciesCommand({ UserName: name, ...marker }),
            options,
          )
          : kind === "role"
          ? await client.send(
            new ListAttachedRolePoliciesCommand({ RoleName: name, ...marker }),
            options,
          )
          : await client.send(
            new ListAttachedGroupPoliciesCommand({ GroupName: name, ...marker }),
            options,
          );
        const items = (page.AttachedPolicies ?? []).flatMap(({ PolicyName, PolicyArn }) =>
          PolicyArn ? [{ name: PolicyName ?? PolicyArn, arn: PolicyArn }] : []
        );
        return { page, items };
      }),
  );
}

/** The version of a managed policy that is in force. */
export function defaultVersion(connection: Connection, arn: string): Promise<Answer<string>> {
  return askIam(connection, "GetPolicy", async (client, options) => {
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }), options);
    if (!Policy?.DefaultVersionId) throw new SyntaxError("no version in the answer");
    return Policy.DefaultVersionId;
  });
}

/** The text of a managed policy. */
export function policyVersion(
  connection: Connection,
  arn: string,
  version: string,
): Promise<Answer<string>> {
  return askIam(connection, "GetPolicyVersion", async (client, options) => {
    const input = { PolicyArn: arn, VersionId: version };
    const { PolicyVersion } = await client.send(new GetPolicyVersionCommand(input), options);
    return documentOf(PolicyVersion?.Document);
  });
}

/** IAM sends documents as they stand in URLs. */
function documentOf(text: string | undefined): string {
  if (!text) throw new SyntaxError("no policy in the answer");
  return text.startsWith("%") ? decodeURIComponent(text) : text;
}

async function pages<T>(
  next: (marker: { Marker?: string }) => Promise<{ page: Page; items: readonly T[] }>,
): Promise<T[]> {
  const all: T[] = [];
  let Marker: string | undefined;
  do {
    const { page, items } = await next(Marker ? { Marker } : {});
    all.push(...items);
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return all;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
