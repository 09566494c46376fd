import type { Trail } from "./cloudtrail.ts";
import { type ApplicationProfile, freshModels, type Model } from "./models.ts";

/** An access key of a user. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly user: string;
  readonly created: Date;
  /** Whether it was made by a request, and takes its time until it is known everywhere. */
  readonly settles: boolean;
  status: "Active" | "Inactive";
  lastUsed?: { at: Date; service: string; region: string };
}

/** Short-lived credentials that STS gave out. */
export interface Session {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
  readonly expires: Date;
  readonly arn: string;
  readonly userId: string;
  /** The user whose key it was made from; nothing for a role's. */
  readonly user?: string;
  /** Whether a device's code was given for it. */
  readonly mfa: boolean;
  /** Tags and policy that it was made with. */
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
}

/** A device that gives codes; each is good once. */
export interface MfaDevice {
  readonly user: string;
  readonly codes: string[];
}

/** A user, and what is denied to it. */
export interface User {
  readonly name: string;
  readonly id: string;
  readonly created: Date;
  /** Actions (`bedrock:InvokeModel`) that no policy allows. */
  readonly denied: Set<string>;
  /** Actions that a policy of the user denies. */
  readonly explicitlyDenied: Set<string>;
  /** Actions that a policy denies where `Bool` finds no MFA: of sessions, not of keys. */
  readonly deniedToSessions: Set<string>;
  /** Inline policies, by name. */
  readonly policies: Map<string, string>;
}

/** How long it takes until AWS knows a key everywhere, in seconds since it was made. */
export interface Settling {
  /** Until then it is refused. */
  readonly refused: number;
  /** Until then every second request is refused. */
  readonly flapping: number;
  /** Until then it is in no list. */
  readonly unlisted: number;
}

export const account = "123456789012";

/** AWS's own example key, which is the first that the stand-in knows. */
export const exampleKey = {
  id: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
} as const;

/** Everything that requests change. */
export class State {
  readonly users = new Map<string, User>();
  readonly keys = new Map<string, AccessKey>();
  readonly sessions = new Map<string, Session>();
  /** By serial number. */
  readonly devices = new Map<string, MfaDevice>();
  /** Bedrock API keys, with the user that each is of; one that is no user's has expired. */
  readonly apiKeys = new Map<string, string | undefined>();
  /** Roles that only a session with MFA may assume, by ARN. */
  readonly rolesWithMfa = new Set<string>();
  readonly models: Map<string, Model> = freshModels();
  readonly applications: ApplicationProfile[] = [];
  /** The most that a page of a list holds. */
  pageSize = Infinity;
  readonly trail: Trail = { events: [], requests: [], disabled: new Set() };
  /** Who AWS says a key is of, where it is no user's: by its id. */
  readonly arns = new Map<string, string>();
  /** Seconds that this service's clock is ahead of the machine's. */
  clockOffset = 0;
  /** How long a session lasts, whatever was asked for; 0 for as long as was asked. */
  sessionSeconds = 0;
  settling: Settling = { refused: 0, flapping: 0, unlisted: 0 };
  #count = 0;
  #refusals = 0;

  constructor() {
    this.addUser("claude-dev");
    this.addKey("claude-dev", exampleKey.id, exampleKey.secret);
  }

  now(): Date {
    return new Date(Date.now() + this.clockOffset * 1000);
  }

  addUser(name: string): User {
    const id = `AIDA${this.#unique()}`;
    const user: User = {
      name,
      id,
      created: this.now(),
      denied: new Set(),
      explicitlyDenied: new Set(),
      deniedToSessions: new Set(),
      policies: new Map(),
    };
    this.users.set(name, user);
    return user;
  }

  addKey(user: string, id?: string, secret?: string): AccessKey {
    const key: AccessKey = {
      id: id ?? `AKIA${this.#unique()}`,
      secret: secret ?? randomSecret(),
      user,
      created: this.now(),
      settles: id === undefined,
      status: "Active",
    };
    this.keys.set(key.id, key);
    return key;
  }

  /** Whether a key that was just made is taken for one that is not there. */
  isUnsettled(key: AccessKey): boolean {
    const age = this.#ageOf(key);
    if (age < this.settling.refused) return true;
    return age < this.settling.flapping && this.#refusals++ % 2 === 0;
  }

  isListed(key: AccessKey): boolean {
    return this.#ageOf(key) >= this.settling.unlisted;
  }

  #ageOf(key: AccessKey): number {
    return key.settles ? (this.now().getTime() - key.created.getTime()) / 1000 : Infinity;
  }

  addSession(
    arn: string,
    userId: string,
    seconds: number,
    more: Partial<Pick<Session, "user" | "mfa" | "tags" | "policy">> = {},
  ): Session {
    const session: Session = {
      id: `ASIA${this.#unique()}`,
      secret: randomSecret(),
      token: `IQoJb3JpZ2luX2Vj${randomSecret()}${randomSecret()}`,
      expires: new Date(this.now().getTime() + (this.sessionSeconds || seconds) * 1000),
      arn,
      userId,
      mfa: false,
      tags: {},
      ...more,
    };
    this.sessions.set(session.id, session);
    return session;
  }

  /** 16 characters of A to Z and 2 to 7, none given twice. */
  #unique(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const random = [...bytes].map((byte) => letters[byte % 32]).join("");
    const count = this.#count++;
    return random + [15, 10, 5, 0].map((shift) => letters[(count >> shift) & 31]).join("");
  }
}

/** @returns 40 characters as AWS's secrets have */
function randomSecret(): string {
  return crypto.getRandomValues(new Uint8Array(30)).toBase64();
}

/** Who signed a request. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly user?: User;
  readonly session?: Session;
}
