import { NoKeyError } from "../../aws/errors.ts";
import { type Source, sourceOf } from "../../aws/source.ts";
import { now } from "../../platform/clock.ts";
import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import type { Engine } from "../engine.ts";
import { wayName } from "../faults/aws.ts";
import { type Given, giver } from "../given.ts";
import type { OpenForReading } from "../open.ts";
import type { Check } from "./check.ts";
import { failedCheck } from "./failed.ts";
import { type Around, type Asking, askWith, keyMissing } from "./online.ts";
import { spanText } from "./remedies.ts";
import { showWaiting } from "./report.ts";

/** What AWS says of what programs are given for a profile. */
export interface SourceFindings {
  readonly checks: readonly Check[];
  /** Nothing where it cannot be had. */
  readonly given?: Given;
}

/**
 * Asks AWS with what really leaves us: a session, a role, what the machine has, an API key. Whose
 * key it is, and the clock, is seen with the file's own key, where there is one.
 */
export async function askSource(
  context: Context,
  flags: Asking & { readonly engine?: Engine; readonly file?: string },
  open: Pick<OpenForReading, "document">,
  profile: ProfileView,
  around: Around,
): Promise<SourceFindings> {
  let source: Source;
  try {
    source = sourceOf(profilesOf(open.document), profile.name);
  } catch (error) {
    if (error instanceof NoKeyError && error.profile === profile.name) {
      return { checks: keyMissing(profile, around.remedies) };
    }
    return { checks: [await failedCheck("source", error), ...skipped("identity")] };
  }
  const ask = (asking: Parameters<typeof askWith>[4]) =>
    askWith(context, flags, profile, around, asking);
  if (source.kind === "api-key") {
    const { token } = source;
    return { given: { kind: "api-key", token }, checks: await ask({ credentials: { token } }) };
  }
  const give = await giver(context, open, profile.name, {
    static: false,
    mayAsk: context.terminal.interactive && !flags.json,
    ...(flags.file === undefined ? {} : { file: flags.file }),
  });
  let given: Given | undefined;
  let refusal: unknown;
  const borrow = async () => {
    try {
      given = await give();
      return given.kind === "keys" ? given.credentials : undefined;
    } catch (error) {
      refusal = error;
      return undefined;
    }
  };
  if (source.kind === "static") {
    const { credentials } = source;
    // A key with a session token is handed on as it is.
    const lend = credentials.sessionToken ? undefined : borrow;
    const checks = await ask({ credentials, ...(lend ? { lend } : {}) });
    if (!lend) return { given: await give(), checks };
    return { ...(given ? { given } : {}), checks: await withSession(checks, given, refusal) };
  }
  const done = showWaiting(context.terminal, flags.json, "asking for a session");
  const credentials = await borrow();
  done();
  if (given && credentials) {
    const checks = await ask({ credentials });
    return { given, checks: await withSession(checks, given, undefined) };
  }
  return { checks: [await failedCheck("session", refusal), ...skipped("identity")] };
}

function skipped(from: "identity" | "models"): Check[] {
  const names = ["identity", "models", "answer"];
  return names.slice(names.indexOf(from)).map((name): Check => ({ name, status: "skip" }));
}

/**
 * The finding about the session, behind whose key it is. Where the key itself is no good, the
 * session only follows from that, and is not told.
 */
async function withSession(
  checks: readonly Check[],
  given: Given | undefined,
  refusal: unknown,
): Promise<readonly Check[]> {
  const at = checks.findIndex(({ name }) => name === "identity") + 1;
  const put = (check: Check, rest = checks.slice(at)) => [...checks.slice(0, at), check, ...rest];
  if (given?.kind === "keys") return put(sessionCheck(given));
  const keyFailed = checks.slice(0, at).some(({ status }) => status === "fail");
  if (refusal === undefined || keyFailed || checks[at - 1]?.status !== "ok") return checks;
  // What was asked with the key says nothing of what leaves us.
  return put(await failedCheck("session", refusal), skipped("models"));
}

function sessionCheck(given: Given & { kind: "keys" }): Check {
  const { how, expires, way, credentials } = given;
  const left = expires && now().until(expires).total("seconds");
  const span = left === undefined ? "" : `, ${spanText(left)} left`;
  const what = {
    static: "the key itself",
    session: "made from the key, without IAM",
    role: "of the role",
    ambient: way ? `from ${wayName(way.kind)}${way.by ? ` (${way.by})` : ""}` : "of this machine",
  }[how];
  return {
    name: "session",
    status: "ok",
    text: `${what}${span}`,
    facts: {
      how,
      accessKeyId: credentials.accessKeyId,
      ...(expires ? { expires: expires.toString({ smallestUnit: "second" }) } : {}),
      ...(way ? { way } : {}),
      // GetSessionToken without MFA: nothing of IAM, of STS only these two.
      ...(how === "session"
        ? { withoutMfa: { iam: "none", sts: ["AssumeRole", "GetCallerIdentity"] } }
        : {}),
    },
  };
}
