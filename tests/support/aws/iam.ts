import { ServiceError, type XmlTree } from "./answers.ts";
import { authorize } from "./authenticate.ts";
import { type AccessKey, account, type Caller, type State, type User } from "./state.ts";

export const iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";

type Action = (state: State, caller: Caller, fields: URLSearchParams) => XmlTree | undefined;

const quota = 2;

/** IAM's operations on access keys and what belongs to them, by name. */
export const iamActions: Readonly<Record<string, Action>> = {
  GetUser(state, caller, fields) {
    const user = target(state, caller, fields, "iam:GetUser");
    return {
      User: {
        Path: "/",
        UserName: user.name,
        UserId: user.id,
        Arn: `arn:aws:iam::${account}:user/${user.name}`,
        CreateDate: seconds(user.created),
      },
    };
  },

  CreateAccessKey(state, caller, fields) {
    const user = target(state, caller, fields, "iam:CreateAccessKey");
    if (keysOf(state, user).length >= quota) {
      throw new ServiceError(
        409,
        "LimitExceeded",
        `Cannot exceed quota for AccessKeysPerUser: ${quota}`,
      );
    }
    const key = state.addKey(user.name);
    return { AccessKey: { ...described(key), SecretAccessKey: key.secret } };
  },

  ListAccessKeys(state, caller, fields) {
    const user = target(state, caller, fields, "iam:ListAccessKeys");
    const listed = keysOf(state, user).filter((key) => state.isListed(key));
    return { AccessKeyMetadata: listed.map(described), IsTruncated: "false" };
  },

  UpdateAccessKey(state, caller, fields) {
    const user = target(state, caller, fields, "iam:UpdateAccessKey");
    const status = fields.get("Status");
    if (status !== "Active" && status !== "Inactive") {
      throw new ServiceError(400, "ValidationError", "Value at 'status' is not allowed");
    }
    keyOf(state, user, fields).status = status;
    return undefined;
  },

  DeleteAccessKey(state, caller, fields) {
    const user = target(state, caller, fields, "iam:DeleteAccessKey");
    state.keys.delete(keyOf(state, user, fields).id);
    return undefined;
  },

  PutUserPolicy(state, caller, fields) {
    const user = target(state, caller, fields, "iam:PutUserPolicy");
    const document = fields.get("PolicyDocument") ?? "";
    try {
      JSON.parse(document);
    } catch {
      throw new ServiceError(400, "MalformedPolicyDocument", "Syntax errors in policy.");
    }
    user.policies.set(fields.get("PolicyName") ?? "", document);
    return undefined;
  },

  GetAccessKeyLastUsed(state, caller, fields) {
    const id = fields.get("AccessKeyId") ?? "";
    const key = state.keys.get(id);
    authorize(caller, "iam:GetAccessKeyLastUsed", "*", false);
    if (key === undefined) {
      throw new ServiceError(403, "AccessDenied", "User is not authorized to perform this action");
    }
    const used = key.lastUsed;
    const usage: XmlTree = used
      ? { LastUsedDate: seconds(used.at), ServiceName: used.service, Region: used.region }
      : { ServiceName: "N/A", Region: "N/A" };
    return { UserName: key.user, AccessKeyLastUsed: usage };
  },
};

/** The named user, or without a name whoever signed. */
function target(state: State, caller: Caller, fields: URLSearchParams, action: string): User {
  // A session without MFA may not call IAM at all.
  const { session } = caller;
  if (session && !session.mfa && !session.arn.includes(":assumed-role/")) {
    throw new ServiceError(
      403,
      "InvalidClientTokenId",
      "The security token included in the request is invalid",
    );
  }
  const name = fields.get("UserName") ?? caller.user?.name ?? "";
  authorize(caller, action, `user ${name}`, false);
  const user = state.users.get(name);
  if (user) return user;
  throw new ServiceError(404, "NoSuchEntity", `The user with name ${name} cannot be found.`);
}

function keysOf(state: State, user: User): AccessKey[] {
  return [...state.keys.values()].filter((key) => key.user === user.name);
}

function keyOf(state: State, user: User, fields: URLSearchParams): AccessKey {
  const id = fields.get("AccessKeyId") ?? "";
  const key = keysOf(state, user).find((each) => each.id === id);
  if (key) return key;
  throw new ServiceError(404, "NoSuchEntity", `The Access Key with id ${id} cannot be found.`);
}

function described(key: AccessKey): XmlTree {
  return {
    UserName: key.user,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: seconds(key.created),
  };
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+/, "");
}
