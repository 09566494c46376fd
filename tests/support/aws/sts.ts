import { ServiceError, type XmlTree } from "./answers.ts";
import { authorize } from "./authenticate.ts";
import { account, type Caller, type Session, type State } from "./state.ts";

export const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

type Action = (state: State, caller: Caller, fields: URLSearchParams) => XmlTree;

/** STS's operations, by name; each gives back what stands in its `…Result`. */
export const stsActions: Readonly<Record<string, Action>> = {
  // Needs no permission, and cannot be denied but by a VPC endpoint's policy.
  GetCallerIdentity: (_state, caller) => ({
    Arn: caller.arn,
    UserId: caller.userId,
    Account: account,
  }),

  GetSessionToken(state, caller, fields) {
    if (caller.session) {
      throw new ServiceError(
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
      );
    }
    const seconds = duration(fields, 43200, 900, 129600);
    return { Credentials: credentials(state.addSession(caller.arn, caller.userId, seconds)) };
  },

  AssumeRole(state, caller, fields) {
    const role = fields.get("RoleArn") ?? "";
    authorize(caller, "sts:AssumeRole", role, false);
    const [, name] = role.match(/^arn:aws:iam::\d{12}:role\/(?:.*\/)?([\w+=,.@-]+)$/) ?? [];
    if (name === undefined) {
      throw new ServiceError(400, "ValidationError", `${role} is invalid`);
    }
    const sessionName = fields.get("RoleSessionName") ?? "";
    const seconds = duration(fields, 3600, 900, caller.session ? 3600 : 43200);
    const arn = `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`;
    const roleId = `AROAEXAMPLEROLEID2345:${sessionName}`;
    return {
      Credentials: credentials(state.addSession(arn, roleId, seconds)),
      AssumedRoleUser: { Arn: arn, AssumedRoleId: roleId },
    };
  },

  GetAccessKeyInfo(_state, _caller, fields) {
    if (!/^[A-Z0-9]{16,128}$/.test(fields.get("AccessKeyId") ?? "")) {
      throw new ServiceError(400, "ValidationError", "Invalid value for AccessKeyId");
    }
    return { Account: account };
  },
};

function duration(fields: URLSearchParams, usual: number, least: number, most: number): number {
  const seconds = Number(fields.get("DurationSeconds") ?? usual);
  if (seconds >= least && seconds <= most) return seconds;
  throw new ServiceError(
    400,
    "ValidationError",
    `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy ` +
      `constraint: Member must have value ${seconds < least ? "greater" : "less"} than or equal ` +
      `to ${seconds < least ? least : most}`,
  );
}

function credentials(session: Session): XmlTree {
  return {
    AccessKeyId: session.id,
    SecretAccessKey: session.secret,
    SessionToken: session.token,
    Expiration: session.expires.toISOString().replace(/\.\d+/, ""),
  };
}
