import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { Secret } from "../sops/secret.ts";
import { type Answer, ask, type Connection } from "./clients.ts";

// Each request names the user: without a name IAM acts on whoever signs, root included. Each is sent
// once, on a connection of its own (`ask`): a second CreateAccessKey would make a second key.

/** An access key of a user, without its secret. */
export interface AccessKey {
  readonly id: string;
  readonly active: boolean;
  /** To whole seconds, by AWS's clock. */
  readonly created: Temporal.Instant;
}

/** An access key that was just made: the only time that its secret is told. */
export interface NewAccessKey {
  readonly id: string;
  readonly secret: Secret;
}

/** When a key was used last, as far as IAM knows by now; it lags behind by minutes. */
export interface LastUse {
  /** Whose key it is. */
  readonly user?: string;
  /** Nothing where it was never used; to whole seconds. */
  readonly at?: Temporal.Instant;
  /** `bedrock` */
  readonly service?: string;
  readonly region?: string;
}

/** All access keys of a user. */
export function listAccessKeys(
  connection: Connection,
  user: string,
): Promise<Answer<readonly AccessKey[]>> {
  return askIam(connection, "ListAccessKeys", async (client, options) => {
    const keys: AccessKey[] = [];
    let marker: string | undefined;
    do {
      const page = await client.send(
        new ListAccessKeysCommand({ UserName: user, ...(marker ? { Marker: marker } : {}) }),
        options,
      );
      if (!page.AccessKeyMetadata) throw new SyntaxError("no list in the answer");
      for (const { AccessKeyId, Status, CreateDate } of page.AccessKeyMetadata) {
        if (!AccessKeyId || !CreateDate) throw new SyntaxError("a key without id or date");
        const created = wholeSeconds(CreateDate);
        keys.push({ id: AccessKeyId, active: Status === "Active", created });
      }
      marker = page.IsTruncated ? page.Marker : undefined;
    } while (marker);
    return keys;
  });
}

/**
 * Makes an access key. When there is no answer, or one that cannot be read, it is not known whether
 * there is one more key now.
 */
export function createAccessKey(
  connection: Connection,
  user: string,
): Promise<Answer<NewAccessKey>> {
  return askIam(connection, "CreateAccessKey", async (client, options) => {
    const command = new CreateAccessKeyCommand({ UserName: user });
    const { AccessKey: made } = await client.send(command, options);
    if (!made?.AccessKeyId || !made.SecretAccessKey) throw new SyntaxError("no key in the answer");
    return { id: made.AccessKeyId, secret: new Secret(made.SecretAccessKey) };
  });
}

/** Activates or deactivates a key; nothing happens where it is so already. */
export function setAccessKeyActive(
  connection: Connection,
  user: string,
  id: string,
  active: boolean,
): Promise<Answer<void>> {
  return askIam(connection, "UpdateAccessKey", async (client, options) => {
    const Status = active ? "Active" : "Inactive";
    const input = { UserName: user, AccessKeyId: id, Status } as const;
    await client.send(new UpdateAccessKeyCommand(input), options);
  });
}

/** Deletes a key, for good. One that is gone already fails with `NoSuchEntity`. */
export function deleteAccessKey(
  connection: Connection,
  user: string,
  id: string,
): Promise<Answer<void>> {
  return askIam(connection, "DeleteAccessKey", async (client, options) => {
    await client.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }), options);
  });
}

/** When a key was used last, and whose it is. Asked with that very key, it is a use of it. */
export function lastUseOf(connection: Connection, id: string): Promise<Answer<LastUse>> {
  return askIam(connection, "GetAccessKeyLastUsed", async (client, options) => {
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: id });
    const { UserName, AccessKeyLastUsed: used } = await client.send(command, options);
    const known = (text: string | undefined) => text && text !== "N/A" ? text : undefined;
    const [service, region] = [known(used?.ServiceName), known(used?.Region)];
    return {
      ...(UserName ? { user: UserName } : {}),
      ...(used?.LastUsedDate ? { at: wholeSeconds(used.LastUsedDate) } : {}),
      ...(service ? { service } : {}),
      ...(region ? { region } : {}),
    };
  });
}

/** A user of the account. */
export interface IamUser {
  readonly name: string;
  readonly arn: string;
}

/** Looks a user up by name. */
export function getUser(connection: Connection, user: string): Promise<Answer<IamUser>> {
  return askIam(connection, "GetUser", async (client, options) => {
    const { User } = await client.send(new GetUserCommand({ UserName: user }), options);
    if (!User?.UserName || !User.Arn) throw new SyntaxError("no user in the answer");
    return { name: User.UserName, arn: User.Arn };
  });
}

/** Puts an inline policy on a user; one of the same name gives way. */
export function putUserPolicy(
  connection: Connection,
  user: string,
  name: string,
  policy: string,
): Promise<Answer<void>> {
  return askIam(connection, "PutUserPolicy", async (client, options) => {
    const input = { UserName: user, PolicyName: name, PolicyDocument: policy };
    await client.send(new PutUserPolicyCommand(input), options);
  });
}

/** IAM's times have no fractions; those of its imitations may, and would be after what they equal. */
function wholeSeconds(date: Date): Temporal.Instant {
  return date.toTemporalInstant().round({ smallestUnit: "second", roundingMode: "floor" });
}

/** One request to IAM, with a client of its own. */
export function askIam<T>(
  connection: Connection,
  operation: string,
  send: (client: IAMClient, options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<Answer<T>> {
  return ask(connection, {
    service: "iam",
    operation,
    client: (config) => new IAMClient(config),
    call: send,
  });
}
