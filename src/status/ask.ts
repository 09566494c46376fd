import type { Answer, Connection } from "../aws/clients.ts";
import { type AwsFailure, diagnose, type Diagnosis } from "../aws/diagnose.ts";
import type { AccessKey } from "../aws/iam.ts";
import { eachOf } from "../aws/reading.ts";
import type { CallerIdentity } from "../aws/sts.ts";
import { ownerOf } from "../rotate/owner.ts";
import type { Unseen } from "./credential.ts";

/** The requests that are made; the real ones are in `aws/sts.ts` and `aws/iam.ts`. */
export interface Requests {
  callerIdentity(connection: Connection): Promise<Answer<CallerIdentity>>;
  listAccessKeys(connection: Connection, user: string): Promise<Answer<readonly AccessKey[]>>;
}

/** A key that AWS is asked about, with itself. */
export interface Question {
  readonly connection: Connection;
  /** Whether it is known when the key was made, so that only its validity is asked. */
  readonly dated: boolean;
}

/** What AWS said of a key. */
export interface Finding {
  readonly created?: Temporal.Instant;
  /** `arn:aws:iam::123456789012:user/claude-dev` */
  readonly arn?: string;
  /** Why AWS does not take it. */
  readonly refused?: Diagnosis;
  /** Why there is no date. */
  readonly unseen?: Unseen;
  /** What was behind that. */
  readonly because?: Diagnosis;
}

/** So many keys are asked about at once. */
const sideBySide = 8;

/**
 * Asks AWS about keys, side by side: whose each is, and then IAM when it was made.
 *
 * @param tell is told of each as it comes
 * @returns in the order of the questions
 */
export async function askAboutKeys(
  questions: readonly Question[],
  requests: Requests,
  tell: (index: number, finding: Finding) => void = () => {},
): Promise<Finding[]> {
  return await eachOf(questions, sideBySide, async (question, index) => {
    const finding = await askAboutKey(question, requests);
    tell(index, finding);
    return finding;
  });
}

async function askAboutKey(
  { connection, dated }: Question,
  { callerIdentity, listAccessKeys }: Requests,
): Promise<Finding> {
  const caller = await callerIdentity(connection);
  if (!caller.ok) return failed(diagnosed(caller.failure));
  const { arn } = caller.value;
  const { accessKeyId, sessionToken } = connection.credentials;
  if (dated) return { arn };
  const owner = ownerOf(arn);
  if (sessionToken || owner.kind !== "user") return { arn, unseen: "no record" };
  const listed = await listAccessKeys(connection, owner.user);
  // STS has taken the key a moment ago, so what IAM says is not about the key.
  if (!listed.ok) return { arn, ...unseen(diagnosed(listed.failure)) };
  const key = listed.value.find(({ id }) => id === accessKeyId);
  return key ? { arn, created: key.created } : { arn, unseen: "no record" };
}

/** What the limit for all has ended did not answer in time. */
function diagnosed(failure: AwsFailure): Diagnosis {
  const diagnosis = diagnose(failure);
  return diagnosis.cause === "cancelled" ? { ...diagnosis, cause: "timed_out" } : diagnosis;
}

function failed(because: Diagnosis): Finding {
  const { cause, outcome } = because;
  if (cause === "clock_skew") return { unseen: "clock", because };
  return outcome === "credentials" ? { refused: because } : unseen(because);
}

function unseen(because: Diagnosis): Finding {
  if (because.cause === "clock_skew") return { unseen: "clock", because };
  const denied = because.outcome === "denied" || because.outcome === "credentials";
  return { unseen: denied ? "denied" : "unreachable", because };
}
