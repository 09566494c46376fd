import {
  AssumeRoleCommand,
  type Credentials as StsCredentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { Secret } from "../sops/secret.ts";
import { type Answer, ask, type Connection, type Credentials } from "./clients.ts";

/** Whose key it is. */
export interface CallerIdentity {
  /** `arn:aws:iam::123456789012:user/claude-dev` */
  readonly arn: string;
  /** 12 digits. */
  readonly account: string;
}

/** Asks STS whose key this is; needs no permission. */
export function callerIdentity(connection: Connection): Promise<Answer<CallerIdentity>> {
  return ask(connection, {
    service: "sts",
    operation: "GetCallerIdentity",
    client: (config) => new STSClient(config),
    call: async (client, options) => {
      const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}), options);
      if (!Arn || !/^arn:[\w-]+:\w+::\d*:[\x21-\x7e]+$/.test(Arn) || !/^\d+$/.test(Account ?? "")) {
        throw new SyntaxError("no identity in the answer");
      }
      return { arn: Arn, account: Account! };
    },
  });
}

/** Credentials that end by themselves. */
export interface TemporaryCredentials {
  readonly credentials: Credentials & { readonly sessionToken: Secret };
  /** By AWS's clock. */
  readonly expires: Temporal.Instant;
}

/** A device that proves who somebody is. */
export interface MfaProof {
  /** Its ARN, or the serial number of one that is a thing. */
  readonly serial: string;
  /** 6 digits; good for one request. */
  readonly code: string;
}

/**
 * A session of the key that the connection signs with, which has to be a long-term one. It may do
 * what the key may, but for IAM (unless there was a proof) and STS's other operations.
 *
 * @param wish.duration seconds, 900 to 129,600; AWS gives its root user 3600 at most
 */
export function getSessionToken(
  connection: Connection,
  wish: { readonly duration: number; readonly mfa?: MfaProof },
): Promise<Answer<TemporaryCredentials>> {
  return ask(connection, {
    service: "sts",
    operation: "GetSessionToken",
    client: (config) => new STSClient(config),
    call: async (client, options) => {
      const command = new GetSessionTokenCommand({
        DurationSeconds: wish.duration,
        ...(wish.mfa ? { SerialNumber: wish.mfa.serial, TokenCode: wish.mfa.code } : {}),
      });
      return read((await client.send(command, options)).Credentials);
    },
  });
}

/** A role to assume. */
export interface RoleWish {
  readonly roleArn: string;
  /** 2 to 64 of `[\w+=,.@-]`; stands in CloudTrail. */
  readonly sessionName: string;
  /** Seconds, 900 to what the role allows; 3600 at most where a role signs. */
  readonly duration: number;
  readonly externalId?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** A policy that narrows what the role may do; JSON text. */
  readonly policy?: string;
}

/** A session of a role. */
export function assumeRole(
  connection: Connection,
  wish: RoleWish,
): Promise<Answer<TemporaryCredentials>> {
  return ask(connection, {
    service: "sts",
    operation: "AssumeRole",
    client: (config) => new STSClient(config),
    call: async (client, options) => {
      const command = new AssumeRoleCommand({
        RoleArn: wish.roleArn,
        RoleSessionName: wish.sessionName,
        DurationSeconds: wish.duration,
        ...(wish.externalId === undefined ? {} : { ExternalId: wish.externalId }),
        ...(wish.policy === undefined ? {} : { Policy: wish.policy }),
        ...(wish.tags.size ? { Tags: [...wish.tags].map(([Key, Value]) => ({ Key, Value })) } : {}),
      });
      return read((await client.send(command, options)).Credentials);
    },
  });
}

function read(given: StsCredentials | undefined): TemporaryCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new SyntaxError("no session in the answer");
  }
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: new Secret(SecretAccessKey),
      sessionToken: new Secret(SessionToken),
    },
    expires: Temporal.Instant.fromEpochMilliseconds(Expiration.getTime()),
  };
}
