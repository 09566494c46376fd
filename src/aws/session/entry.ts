import { Secret } from "../../sops/secret.ts";
import type { TemporaryCredentials } from "../sts.ts";
import type { Lifetime } from "./freshness.ts";

/** A session as it is kept. */
export interface Entry extends Lifetime {
  readonly credentials: TemporaryCredentials["credentials"];
  readonly how: "session" | "role";
  /** The profile that it was made for first. */
  readonly profile: string;
}

/** Seconds that AWS gives a session at most, and a little for clocks that differ. */
const longest = 36 * 3600 + 20 * 60;

/** What an entry is on disk; it holds the secrets. */
export function writeEntry({ credentials, issued, expires, how, profile }: Entry): Uint8Array {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const document = {
    version: 1,
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    sessionToken: sessionToken.reveal(),
    expires: expires.toString(),
    issued: issued.toString(),
    how,
    profile,
  };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** @returns nothing where that is not what {@link writeEntry} writes */
export function readEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    const { version, accessKeyId, secretAccessKey, sessionToken, how, profile } = value ?? {};
    if (version !== 1 || (how !== "session" && how !== "role")) return undefined;
    if (typeof accessKeyId !== "string" || !/^\w{16,128}$/.test(accessKeyId)) {
      return undefined;
    }
    if (!isToken(secretAccessKey) || !isToken(sessionToken)) return undefined;
    if (typeof profile !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(profile)) return undefined;
    const issued = Temporal.Instant.from(String(value?.issued));
    const expires = Temporal.Instant.from(String(value?.expires));
    const seconds = (expires.epochMilliseconds - issued.epochMilliseconds) / 1000;
    if (seconds <= 0 || seconds > longest) return undefined;
    return {
      credentials: {
        accessKeyId,
        secretAccessKey: new Secret(secretAccessKey),
        sessionToken: new Secret(sessionToken),
      },
      issued,
      expires,
      how,
      profile,
    };
  } catch {
    return undefined;
  }
}

/** Printable ASCII without blanks, as AWS's secrets are. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{16,16384}$/.test(value);
}
