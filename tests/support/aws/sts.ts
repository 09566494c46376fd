import { ServiceError, type XmlTree } from "./answers.ts";
import { authorize, notAuthorized, refuseExplicitly } from "./authenticate.ts";
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
    // It needs no permission, but a policy can deny it.
    refuseExplicitly(caller, "sts:GetSessionToken", caller.arn);
    const asked = duration(fields, 43200, 900, 129600);
    const seconds = caller.arn.endsWith(":root") ? Math.min(asked, 3600) : asked;
    const mfa = proof(state, caller, fields);
    const session = state.addSession(caller.arn, caller.userId, seconds, {
      ...(caller.user ? { user: caller.user.name } : {}),
      mfa,
    });
    return { Credentials: credentials(session) };
  },

  AssumeRole(state, caller, fields) {
    const role = fields.get("RoleArn") ?? "";
    authorize(caller, "sts:AssumeRole", role, false);
    const [, name] = role.match(/^arn:aws:iam::\d{12}:role\/(?:.*\/)?([\w+=,.@-]+)$/) ?? [];
    if (name === undefined) {
      throw new ServiceError(400, "ValidationError", `${role} is invalid`);
    }
    const sessionName = fields.get("RoleSessionName") ?? "";
    if (caller.arn.endsWith(":root")) {
      throw new ServiceError(403, "AccessDenied", "Roles may not be assumed by root accounts.");
    }
    if (state.rolesWithMfa.has(role) && !caller.session?.mfa && !proof(state, caller, fields)) {
      throw notAuthorized(caller, "sts:AssumeRole", role);
    }
    const chained = caller.session !== undefined && caller.session.user === undefined;
    const seconds = duration(fields, 3600, 900, 43200);
    if (chained && seconds > 3600) {
      throw new ServiceError(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by " +
          "role chaining",
      );
    }
    const arn = `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`;
    const roleId = `AROAEXAMPLEROLEID2345:${sessionName}`;
    return {
      Credentials: credentials(state.addSession(arn, roleId, seconds, {
        tags: tagsOf(fields),
        ...(fields.has("Policy") ? { policy: fields.get("Policy")! } : {}),
      })),
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

/** Whether a device's code came along, and is right. */
function proof(state: State, caller: Caller, fields: URLSearchParams): boolean {
  const serial = fields.get("SerialNumber");
  const code = fields.get("TokenCode");
  if (serial === null && code === null) return false;
  if (serial === null || code === null) {
    throw mfaFault(", must provide both MFA serial number and one time pass code.");
  }
  const device = state.devices.get(serial);
  if (device === undefined || device.user !== caller.user?.name) {
    throw mfaFault(
      ", unable to validate MFA code.  Please verify your MFA serial number is valid and " +
        "associated with this user.",
    );
  }
  const at = device.codes.indexOf(code);
  if (at < 0) throw mfaFault(" with invalid MFA one time pass code. ");
  device.codes.splice(at, 1);
  return true;
}

function mfaFault(text: string): ServiceError {
  return new ServiceError(403, "AccessDenied", `MultiFactorAuthentication failed${text}`);
}

/** `Tags.member.1.Key` and `.Value`. */
function tagsOf(fields: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let number = 1; fields.has(`Tags.member.${number}.Key`); number++) {
    tags[fields.get(`Tags.member.${number}.Key`)!] = fields.get(`Tags.member.${number}.Value`) ??
      "";
  }
  return tags;
}

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
