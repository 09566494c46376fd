import type { Credentials } from "../clients.ts";
import type { RoleSource, Source } from "../source.ts";

/** What the first request is signed with. */
export type Base =
  | { readonly kind: "key"; readonly credentials: Credentials }
  | { readonly kind: "ambient" };

/** What a role's session depends on. */
type RoleFacts = Pick<RoleSource, "roleArn" | "externalId" | "duration" | "tags" | "policy">;

/** One request to STS, signed with what the one before gave. */
export type Step =
  | {
    readonly kind: "session-token";
    readonly profile: string;
    /** Seconds. */
    readonly duration: number;
    /** The device that is asked for a code. */
    readonly mfaSerial?: string;
  }
  | {
    readonly kind: "role";
    readonly profile: string;
    readonly role: RoleFacts;
    readonly sessionName: string;
  };

/** How a profile's credentials come about. */
export interface Plan {
  readonly profile: string;
  readonly base: Base;
  /** None where the base itself is handed out. */
  readonly steps: readonly Step[];
}

/** Seconds that a session of a key lasts unless its profile says otherwise. */
export const usualDuration = 12 * 3600;

/**
 * The requests that lead to what a profile hands out. A key becomes a session; a session that stands
 * in the file stays what it is, since STS makes no session from a session. A role that wants MFA is
 * assumed with a session that was made with a code, so that the code is asked once for all roles.
 *
 * @param source any but a Bedrock API key, which nothing is made of
 * @param who stands in the name of the roles' sessions: a user, or a host
 */
export function planOf(source: Exclude<Source, { kind: "api-key" }>, who: string): Plan {
  const { profile } = source;
  switch (source.kind) {
    case "ambient":
      return { profile, base: { kind: "ambient" }, steps: [] };
    case "static": {
      const { credentials, mfaSerial, duration = usualDuration } = source;
      const base = { kind: "key", credentials } as const;
      if (credentials.sessionToken) return { profile, base, steps: [] };
      return {
        profile,
        base,
        steps: [{ kind: "session-token", profile, duration, ...(mfaSerial ? { mfaSerial } : {}) }],
      };
    }
    case "role": {
      const { from } = source;
      const before = from.kind === "static"
        ? withKey(from, source.mfaSerial ?? from.mfaSerial)
        : planOf(from, who);
      const role: Step = {
        kind: "role",
        profile,
        role: source,
        sessionName: sessionName(profile, who),
      };
      return { profile, base: before.base, steps: [...before.steps, role] };
    }
  }
}

/** A role is assumed with the key itself, unless a code has to be given with it. */
function withKey(
  { profile, credentials }: Extract<Source, { kind: "static" }>,
  mfaSerial: string | undefined,
): Plan {
  const base = { kind: "key", credentials } as const;
  if (!mfaSerial || credentials.sessionToken) return { profile, base, steps: [] };
  return {
    profile,
    base,
    steps: [{ kind: "session-token", profile, duration: usualDuration, mfaSerial }],
  };
}

/** Whether a person may be asked on the way. */
export function mayAskForCode({ steps }: Plan): boolean {
  return steps.some((step) => step.kind === "session-token" && step.mfaSerial !== undefined);
}

/** `credsmith-work-alice`, as far as STS allows. */
export function sessionName(profile: string, who: string): string {
  return `credsmith-${profile}-${who}`.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
}

/** What else the answers depend on. */
export interface Surroundings {
  readonly region: string;
  /** Of STS; AWS's own where there is none. */
  readonly endpoint?: string;
  /** What the machine's own credentials depend on; any text. */
  readonly ambient: string;
}

/**
 * The name of what a plan's steps give, up to and with one of them: a SHA-256 of all that it depends
 * on. Two profiles that go the same way share it.
 *
 * @param count how many steps, at least 1
 * @returns 64 hexadecimal digits
 */
export async function entryName(
  { base, steps }: Plan,
  count: number,
  { region, endpoint = "", ambient }: Surroundings,
): Promise<string> {
  const facts = [
    "credsmith session 1",
    region,
    endpoint,
    base.kind === "key" ? ["key", base.credentials.accessKeyId] : ["ambient", ambient],
    ...steps.slice(0, count).map((step) =>
      step.kind === "session-token"
        ? ["session-token", step.duration, step.mfaSerial ?? ""]
        : ["role", step.sessionName, ...roleFacts(step.role)]
    ),
  ];
  const bytes = new TextEncoder().encode(JSON.stringify(facts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function roleFacts({ roleArn, externalId, duration, tags, policy }: RoleFacts) {
  const sorted = [...tags].sort(([one], [other]) => one < other ? -1 : 1);
  return [roleArn, externalId ?? "", duration, sorted, policy ?? ""];
}
