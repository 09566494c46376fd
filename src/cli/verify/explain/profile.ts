import { usualDuration } from "../../../aws/session/plan.ts";
import { type Source, sourceOrder } from "../../../aws/source.ts";
import { pathText } from "../../../sops/errors.ts";
import type { ProfileField, ProfileView } from "../../../store/credentials.ts";
import type { ExplainRow } from "./row.ts";

/** The field that says that a kind of source is meant. */
const fields = {
  ambient: "source",
  role: "roleArn",
  "api-key": "bedrockApiKey",
  static: "accessKeyId",
} as const satisfies Record<Source["kind"], ProfileField>;

const order = sourceOrder.map((kind) => [kind, fields[kind]] as const);

/** Every kind of source in the one order: which is taken, and why the others are not. */
export function profileRows(
  profile: ProfileView,
  source: Source | undefined,
  problem: string | undefined,
): ExplainRow[] {
  const part = "profile";
  const named = order.filter(([, field]) => profile[field] !== undefined);
  const winner = source?.kind;
  const rows = order.map(([kind, field]): ExplainRow => {
    const where = pathText(profile.paths[field]);
    if (profile[field] === undefined) {
      return { part, what: kind, state: "absent", where, why: "not set" };
    }
    if (kind === winner && source) {
      return { part, what: kind, state: "taken", where, why: describe(source, profile) };
    }
    if (problem !== undefined) {
      return { part, what: kind, state: "fails", where, why: "see below" };
    }
    return { part, what: kind, state: "skipped", where, why: skippedFor(kind, source) };
  });
  if (problem === undefined) return rows;
  const what = named[0]?.[0] ?? "static";
  return [
    ...rows,
    { part, what, state: "fails", why: problem },
  ];
}

function describe(source: Source, profile: ProfileView): string {
  switch (source.kind) {
    case "ambient":
      return "what this machine has, as below";
    case "api-key":
      return "a Bedrock API key, handed on as it is; it opens Bedrock alone";
    case "static": {
      const { credentials, duration = usualDuration, mfaSerial } = source;
      const id = credentials.accessKeyId;
      if (credentials.sessionToken) return `${id}, with its session token, handed on as it is`;
      return `${id}, of which a session of ${hours(duration)} is made` +
        `${mfaSerial ? " with an MFA code" : ""}; without MFA it can do nothing in IAM, ` +
        "and of STS only AssumeRole and GetCallerIdentity";
    }
    case "role": {
      const chain = [];
      for (let each: Source = source; each.kind === "role"; each = each.from) {
        chain.push(each.roleArn.replace(/^arn:[^:]*:iam::/, ""));
        if (each.from.kind !== "role") {
          chain.push(
            each.from.kind === "ambient"
              ? "what this machine has"
              : `${each.from.credentials.accessKeyId} of "${each.from.profile}"`,
          );
        }
      }
      const own = profile.sourceProfile ? `, by ${pathText(profile.paths.sourceProfile)}` : "";
      return `${chain.join(" <- ")}, for ${hours(source.duration)}${own}`;
    }
  }
}

function hours(seconds: number): string {
  return seconds % 3600 ? `${Math.round(seconds / 60)} min` : `${seconds / 3600} h`;
}

function skippedFor(kind: Source["kind"], source: Source | undefined): string {
  if (source?.kind === "role") {
    const base = source.from;
    if (kind === "ambient" && base.kind === "ambient") return "the role is assumed with it";
    if (kind === "static" && base.kind === "static" && base.profile === source.profile) {
      return "the role is assumed with it";
    }
    if (kind === "static") return "the role is assumed with another profile";
    return "a role goes before it";
  }
  return `${source?.kind === "api-key" ? "a Bedrock API key" : "another source"} goes before it`;
}
