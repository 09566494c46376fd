import type { Secret } from "../sops/secret.ts";

/** A key as programs are given it. */
export interface GivenKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** Whom the document is for. */
export type ProcessFormat = "aws" | "claude";

/**
 * The document that `credential_process` of the AWS SDKs and `awsCredentialExport` of Claude Code
 * read. A long-term key has neither token nor expiration, and none is made up: with a token the key
 * would be invalid, and with an expiration it would be asked for again and again.
 *
 * @param expires when a session ends
 * @returns one line of JSON, with its end; it holds the secret
 * @see AWS SDKs and Tools Reference Guide, "Process credential provider"; Claude Code's
 *   documentation, "Advanced credential configuration"
 */
export function processDocument(
  key: GivenKey,
  format: ProcessFormat,
  expires?: Temporal.Instant,
): string {
  const fields = {
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: key.secretAccessKey.reveal(),
    ...(key.sessionToken ? { SessionToken: key.sessionToken.reveal() } : {}),
    ...(expires === undefined ? {} : {
      Expiration: expires.round({ smallestUnit: "second", roundingMode: "floor" }).toString(),
    }),
  };
  const document = format === "aws" ? { Version: 1, ...fields } : { Credentials: fields };
  return `${JSON.stringify(document)}\n`;
}
