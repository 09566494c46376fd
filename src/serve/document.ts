import type { Held } from "./keeper.ts";

/**
 * The answer of the container credentials protocol. Most SDKs refuse one without a token or an
 * expiration, so a key without a token has an empty one, which they do not send on.
 *
 * @returns one line of JSON; it holds the secret
 * @see AWS SDKs and Tools Reference Guide, "Container credential provider"
 */
export function containerDocument(held: Held): string {
  return `${
    JSON.stringify({
      AccessKeyId: held.accessKeyId,
      SecretAccessKey: held.secretAccessKey.reveal(),
      Token: held.sessionToken?.reveal() ?? "",
      Expiration: held.expires.round({ smallestUnit: "second", roundingMode: "floor" }).toString(),
    })
  }\n`;
}
