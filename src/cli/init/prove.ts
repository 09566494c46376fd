import { resourceOf } from "../../aws/arn.ts";
import { diagnose } from "../../aws/diagnose.ts";
import { chooseEndpoints } from "../../aws/endpoints.ts";
import { now } from "../../platform/clock.ts";
import { profilePaths } from "../../store/credentials.ts";
import { ownerOf } from "../../rotate/owner.ts";
import type { Context } from "../command.ts";
import { word } from "../verify/remedies.ts";
import { proxyOf, readAwsConfig, remedyContext } from "../verify/surroundings.ts";
import { ProofError } from "./errors.ts";
import type { Source } from "./find.ts";
import type { InitFlags } from "./options.ts";

/** What AWS said of a key. */
export type Proof =
  | {
    readonly kind: "proved";
    readonly arn: string;
    /** `user/claude-dev` */
    readonly name: string;
    readonly account: string;
    /** When IAM says that the key was made; nothing where the key may not ask. */
    readonly created?: Temporal.Instant;
  }
  | { readonly kind: "offline" };

/** Milliseconds; STS answers in a few hundred. */
const limits = { connect: 5_000, request: 15_000 };
/** Nothing depends on the key's date. */
const listingLimits = { connect: 3_000, request: 4_000 };

/**
 * Asks STS whose key it is, which any key may ask, and IAM when it was made, which not every may.
 *
 * @throws {ProofError} when AWS does not take it, or cannot be reached
 */
export async function prove(
  context: Context,
  flags: InitFlags,
  source: Source,
  region: string,
): Promise<Proof> {
  if (flags.offline) return { kind: "offline" };
  const { env } = context;
  // It can name another endpoint than AWS's own.
  const config = readAwsConfig(env);
  const endpoints = chooseEndpoints({ env, ...(config ? { config } : {}) });
  const [{ callerIdentity }, { listAccessKeys }] = await Promise.all([
    import("../../aws/sts.ts"),
    import("../../aws/iam.ts"),
  ]);
  const { accessKeyId, secretAccessKey } = source.key;
  const credentials = { accessKeyId, secretAccessKey };
  const proxy = proxyOf(env);
  const connection = {
    region,
    credentials,
    endpoints,
    limits,
    now,
    ...(proxy ? { proxy } : {}),
  };
  const answer = await callerIdentity(connection);
  if (answer.ok) {
    const { arn, account } = answer.value;
    const owner = ownerOf(arn);
    const listed = owner.kind === "user"
      ? await listAccessKeys({ ...connection, limits: listingLimits }, owner.user)
      : undefined;
    const key = listed?.ok ? listed.value.find(({ id }) => id === accessKeyId) : undefined;
    return {
      kind: "proved",
      arn,
      name: resourceOf(arn),
      account,
      ...(key ? { created: key.created } : {}),
    };
  }
  const diagnosis = diagnose(answer.failure);
  const view = { name: flags.profile, paths: profilePaths(flags.profile), notStrings: [] };
  const waited = { timeout: limits.request / 1000 };
  const { text, fix } = word(diagnosis, remedyContext(view, region, endpoints, waited, env));
  throw new ProofError(source.where, diagnosis, { text, fix: fix.text });
}
