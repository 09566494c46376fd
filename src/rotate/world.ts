import type { Answer, Connection, Credentials } from "../aws/clients.ts";
import type { Reply } from "../aws/bedrock.ts";
import type { AccessKey, IamUser, LastUse, NewAccessKey } from "../aws/iam.ts";
import type { CallerIdentity } from "../aws/sts.ts";
import type { ProfileView } from "../store/credentials.ts";
import type { Diagnosis } from "../aws/diagnose.ts";
import type { Journal, Step, WritableDocument } from "./journal.ts";
import type { KeyView } from "./keys.ts";
import type { Awaited } from "./next.ts";

/** The requests that a rotation makes; the real ones are `aws/sts.ts`, `iam.ts` and `bedrock.ts`. */
export interface Requests {
  callerIdentity(connection: Connection): Promise<Answer<CallerIdentity>>;
  listAccessKeys(connection: Connection, user: string): Promise<Answer<readonly AccessKey[]>>;
  createAccessKey(connection: Connection, user: string): Promise<Answer<NewAccessKey>>;
  setAccessKeyActive(
    connection: Connection,
    user: string,
    id: string,
    active: boolean,
  ): Promise<Answer<void>>;
  deleteAccessKey(connection: Connection, user: string, id: string): Promise<Answer<void>>;
  lastUseOf(connection: Connection, id: string): Promise<Answer<LastUse>>;
  getUser(connection: Connection, user: string): Promise<Answer<IamUser>>;
  putUserPolicy(
    connection: Connection,
    user: string,
    name: string,
    policy: string,
  ): Promise<Answer<void>>;
  converse(connection: Connection, id: string, maxTokens: number): Promise<Answer<Reply>>;
}

/** Loads the SDK's clients, side by side. */
export async function loadRequests(): Promise<Requests> {
  const [sts, iam, bedrock] = await Promise.all([
    import("../aws/sts.ts"),
    import("../aws/iam.ts"),
    import("../aws/bedrock.ts"),
  ]);
  return { ...sts, ...iam, ...bedrock };
}

/** An open secrets file, as far as a rotation needs it. */
export interface RotationDocument extends WritableDocument {
  readonly format: string;
  /** All profiles, by name. */
  readonly profiles: ReadonlyMap<string, ProfileView>;
}

/** Why the file could not be compared with the last commit. */
export interface Unchecked {
  readonly why: "no git" | "no repository" | "no commit" | "git refused";
  /** What git says. */
  readonly reason?: string;
}

/** The secrets file. */
export interface RotationFile {
  /** Absolute. */
  readonly path: string;
  /** As users name it. */
  readonly shown: string;
  /** Opens it anew: another machine may have gone on with it. */
  read(): Promise<RotationDocument>;
  /** Changes it, whole or not at all, and on the disk when it is through. */
  change(work: (document: RotationDocument) => void): Promise<void>;
  /**
   * @returns why it is not known whether all of it is in a commit; nothing where it is
   * @throws {UncommittedError} when it has changes in no commit, other than rotations' own
   */
  checkCommitted(): Promise<Unchecked | undefined>;
}

/** Something that happened, for whoever shows it. */
export type Event =
  | { readonly kind: "done"; readonly step: DoneStep; readonly journal: Journal; text?: string }
  | { readonly kind: "trying"; readonly what: "proof"; readonly count: number; of: number }
  | { readonly kind: "waiting"; readonly for: Awaited; readonly journal: Journal }
  | { readonly kind: "deleted"; readonly id: string }
  | { readonly kind: "unchecked"; readonly unchecked: Unchecked }
  | { readonly kind: "retrying"; readonly diagnosis: Diagnosis; readonly seconds: number };

export type DoneStep = Step | "deleted" | "reactivated" | "restored" | "redeployed" | "removed";

/** Everything that a rotation depends on. */
export interface World {
  readonly requests: Requests;
  readonly file: RotationFile;
  now(): Temporal.Instant;
  sleep(milliseconds: number): Promise<void>;
  random(length: number): Uint8Array;
  /** Where requests with these credentials go. */
  connection(credentials: Credentials, profile: ProfileView): Connection;
  /** Keeps signals from ending the process until `work` is through. */
  unbroken<T>(work: () => Promise<T>): Promise<T>;
  tell(event: Event): void;
  /** @returns nothing where nobody can be asked */
  mayDelete(key: KeyView, user: string): Promise<boolean | undefined>;
  /** Whether all hosts have the file's key; nothing where nobody can be asked. */
  isDeployed(journal: Journal): Promise<boolean | undefined>;
}

/** How a rotation is to go. */
export interface Wishes {
  /** Seconds; those of the journal unless given, and at first a day and an hour. */
  readonly soak?: number;
  readonly quiet?: number;
  /** Milliseconds that this run may wait, all waits together. */
  readonly wait: number;
  readonly deployed: boolean;
  readonly unused: boolean;
  readonly revokeSessions: boolean;
  /** A key that may be deleted: the yes, by its id. */
  readonly deleteKey?: string;
  readonly using?: string;
  /** Whether a model has to answer to the new key. */
  readonly invoke: boolean;
  /** Whether changes of the file that are in no commit are put up with. */
  readonly uncommitted: boolean;
}

/** How a run ended. */
export type Outcome =
  | { readonly kind: "finished"; readonly journal: Journal }
  | { readonly kind: "aborted"; readonly journal: Journal }
  | { readonly kind: "waiting"; readonly for: Awaited; readonly journal: Journal };
