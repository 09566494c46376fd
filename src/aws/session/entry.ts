import { Secret } from "../../sops/secret.ts";
import type { TemporaryCredentials } from "../sts.ts";
import type { Lifetime } from "./freshness.ts";

/** A session as it is kept. */
export interface Entry extends Lifetime {
  readonly credentials: TemporaryCredentials["credentials"];
  readonly how: "session" | "role";
  /** The profile that it was made for. */
  readonly profile: string;
  /** Others that go the same way, and have had it. */
  readonly others?: readonly string[];
}

/** Every profile that a session is known to be of. */
export function profilesOf({ profile, others = [] }: Entry): readonly string[] {
  return [profile, ...others];
}

/** Seconds that AWS gives a session at most, and a little for clocks that differ. */
const longest = 36 * 3600 + 20 * 60;

/** What an entry is on disk; it holds the secrets. */
export function writeEntry(entry: Entry): Uint8Array {
  const { credentials, issued, expires, how, profile, others } = entry;
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
    ...(others?.length ? { others } : {}),
  };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** @returns nothing where that is not what {@link writeEntry} writes */
export function readEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    const { version, accessKeyId, secretAccessKey, sessionToken, how, profile } = value ?? {};
    const { others = [] } = value ?? {};
    if (version !== 1 || (how !== "session" && how !== "role")) return undefined;
    if (typeof accessKeyId !== "string" || !/^\w{16,128}$/.test(accessKeyId)) {
      return undefined;
    }
    if (!isToken(secretAccessKey) || !isToken(sessionToken)) return undefined;
    if (!isName(profile) || !Array.isArray(others) || !others.every(isName)) return undefined;
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
      ...(others.length ? { others } : {}),
    };
  } catch {
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9][a-z0-9-]*$/.test(value);
}

/** Printable ASCII without blanks, as AWS's secrets are. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{16,16384}$/.test(value);
}
