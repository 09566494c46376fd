import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { KeyServiceError } from "../sops/errors.ts";
import { contextOf } from "../sops/keys/keyservice.ts";
import {
  fieldOf,
  keyName,
  type KeyService,
  type MasterKey,
  type OtherKey,
  withField,
} from "../sops/keys/master_key.ts";

export interface KmsOptions {
  /** For keys that have no date yet. */
  readonly now: Temporal.Instant;
  /** Names the session where a role is assumed. */
  readonly hostname: string;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are heeded. */
  readonly env: Readonly<Record<string, string>>;
}

/** Milliseconds: until there is a connection, and until the answer is there. */
const limits = { connectionTimeout: 10_000, requestTimeout: 30_000 } as const;

/** The region is in the ARN; an alias is as good as a key. */
const arnForm = /^arn:aws[\w-]*:kms:([^:]+):\d+:(?:key|alias)\/.+$/;

/**
 * AWS KMS, with the credentials that the AWS SDK finds, the AWS profile that the key names, and the
 * role that it wants assumed. Endpoints are taken as the SDK takes them.
 *
 * @see getsops/sops kms/keysource.go
 */
export function kmsService(options: KmsOptions): KeyService {
  return {
    types: ["kms"],
    async open(key) {
      const { kms, entry, context } = await clientFor(key, options);
      const sealed = bytesOf(fieldOf(entry, "enc") ?? "", entry);
      const { DecryptCommand } = await import("@aws-sdk/client-kms");
      const { Plaintext } = await ask(entry, () =>
        kms.send(
          new DecryptCommand({
            KeyId: keyId(entry),
            CiphertextBlob: sealed,
            EncryptionContext: context,
          }),
        ));
      if (!Plaintext) throw new KeyServiceError("kms", keyName(entry), "malformed");
      return new Uint8Array(Plaintext);
    },
    async seal(key, part) {
      const { kms, entry, context } = await clientFor(key, options);
      const { EncryptCommand } = await import("@aws-sdk/client-kms");
      const { CiphertextBlob } = await ask(entry, () =>
        kms.send(
          new EncryptCommand({ KeyId: keyId(entry), Plaintext: part, EncryptionContext: context }),
        ));
      if (!CiphertextBlob) throw new KeyServiceError("kms", keyName(entry), "malformed");
      const dated = fieldOf(entry, "created_at") === undefined
        ? withField(entry, "created_at", options.now.toString({ smallestUnit: "second" }))
        : entry;
      return withField(dated, "enc", CiphertextBlob.toBase64());
    },
  };
}

async function clientFor(key: MasterKey, { hostname, env }: KmsOptions) {
  if (key.type === "age") throw new TypeError("an age key is none of KMS's");
  const region = arnForm.exec(keyId(key))?.[1];
  if (!region) throw new KeyServiceError("kms", keyName(key), "refused", "that is no ARN of a key");
  const [{ KMSClient }, { fromNodeProviderChain, fromTemporaryCredentials }, { NodeHttpHandler }] =
    await Promise.all([
      import("@aws-sdk/client-kms"),
      import("@aws-sdk/credential-providers"),
      import("@smithy/node-http-handler"),
    ]);
  const agent = { keepAlive: false, proxyEnv: { ...env } };
  const requestHandler = new NodeHttpHandler({
    ...limits,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  });
  const profile = fieldOf(key, "aws_profile");
  const own = fromNodeProviderChain({
    clientConfig: { region, requestHandler },
    ...(profile ? { profile } : {}),
  });
  const role = fieldOf(key, "role");
  const credentials = role
    ? fromTemporaryCredentials({
      masterCredentials: own,
      clientConfig: { region, requestHandler },
      params: {
        RoleArn: role,
        RoleSessionName: `sops@${hostname.replace(/[^\w+=,.@-]/g, "")}`.slice(0, 64),
      },
    })
    : own;
  const pairs = contextOf(key);
  return {
    kms: new KMSClient({ region, credentials, requestHandler }),
    entry: key,
    context: pairs.length > 0 ? Object.fromEntries(pairs) : undefined,
  };
}

function keyId(key: OtherKey): string {
  return fieldOf(key, "arn") ?? "";
}

function bytesOf(base64: string, key: OtherKey): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new KeyServiceError("kms", keyName(key), "refused", 'its "enc" is no Base64');
  }
}

/** Errors of the SDK hold no secret: they say what KMS said. */
async function ask<T>(key: OtherKey, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const { name, message } = error as Error;
    throw new KeyServiceError("kms", keyName(key), "refused", `${name}: ${message}`);
  }
}
