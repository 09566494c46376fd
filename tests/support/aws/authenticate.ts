import { ServiceError } from "./answers.ts";
import { header, type RawRequest } from "./http.ts";
import { type Authorization, authorizationOf, signatureFault } from "./sigv4.ts";
import { account, type Caller, type State } from "./state.ts";

/** How the two protocols name the same refusals, and how far each puts up with a wrong clock. */
interface Dialect {
  readonly minutes: number;
  readonly invalid: string;
  readonly signature: string;
  readonly expired: string;
  readonly missing: string;
  readonly incomplete: string;
}

const query: Dialect = {
  minutes: 15,
  invalid: "InvalidClientTokenId",
  signature: "SignatureDoesNotMatch",
  expired: "ExpiredToken",
  missing: "MissingAuthenticationToken",
  incomplete: "IncompleteSignature",
};

const json: Dialect = {
  minutes: 5,
  invalid: "UnrecognizedClientException",
  signature: "InvalidSignatureException",
  expired: "ExpiredTokenException",
  missing: "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
};

const mismatch = "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for " +
  "details.";
const invalid = "The security token included in the request is invalid.";

/**
 * Decides who signed a request.
 *
 * @param signingName `sts`, `iam` or `bedrock`
 * @throws {ServiceError} as the service refuses it
 */
export function authenticate(
  state: State,
  request: RawRequest,
  signingName: string,
): { caller: Caller; authorization: Authorization } {
  const dialect = signingName === "sts" || signingName === "iam" ? query : json;
  const authorization = authorizationOf(request);
  if (authorization === undefined) {
    throw new ServiceError(403, dialect.missing, "Missing Authentication Token");
  }
  if (authorization === "malformed") {
    throw new ServiceError(
      dialect === json ? 403 : 400,
      dialect.incomplete,
      "Credential must have exactly 5 slash-delimited elements, " +
        "e.g. keyid/date/region/service/term",
    );
  }
  const { accessKeyId, service } = authorization;
  const key = state.keys.get(accessKeyId);
  const session = state.sessions.get(accessKeyId);
  const token = header(request, "x-amz-security-token");
  if (key === undefined ? session?.token !== token || !session : token !== undefined) {
    throw new ServiceError(403, dialect.invalid, invalid);
  }
  if (key && (key.status === "Inactive" || state.isUnsettled(key))) {
    throw new ServiceError(403, dialect.invalid, invalid);
  }
  checkTime(state, request, dialect);
  if (service !== signingName) {
    throw new ServiceError(
      403,
      dialect.signature,
      `Credential should be scoped to correct service: '${signingName}'. `,
    );
  }
  const fault = signatureFault(request, authorization, (key ?? session)!.secret);
  if (fault !== undefined) throw new ServiceError(403, dialect.signature, mismatch);
  if (session && session.expires <= state.now()) {
    throw new ServiceError(
      403,
      dialect.expired,
      "The security token included in the request is expired",
    );
  }
  if (session) {
    const owner = session.user === undefined ? undefined : state.users.get(session.user);
    const { arn, userId } = session;
    return {
      authorization,
      caller: { arn, userId, accessKeyId, session, ...(owner ? { user: owner } : {}) },
    };
  }
  key!.lastUsed = { at: state.now(), service, region: authorization.region };
  const user = state.users.get(key!.user)!;
  const arn = state.arns.get(accessKeyId) ?? `arn:aws:iam::${account}:user/${user.name}`;
  return { authorization, caller: { arn, userId: user.id, accessKeyId, user } };
}

/** @throws {ServiceError} with the texts of a service whose clock is the state's */
function checkTime(state: State, request: RawRequest, dialect: Dialect): void {
  const signed = header(request, "x-amz-date") ?? "";
  const at = Date.parse(
    signed.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(at)) {
    throw new ServiceError(
      400,
      dialect.incomplete,
      "Date must be in ISO-8601 'basic format'. Got '" + signed +
        "'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
  }
  const { minutes } = dialect;
  const now = state.now().getTime();
  const earliest = now - minutes * 60_000;
  const latest = now + minutes * 60_000;
  if (at < earliest) {
    throw new ServiceError(
      403,
      dialect.signature,
      `Signature expired: ${signed} is now earlier than ${basic(earliest)} ` +
        `(${basic(now)} - ${minutes} min.)`,
    );
  }
  if (at > latest) {
    throw new ServiceError(
      403,
      dialect.signature,
      `Signature not yet current: ${signed} is still later than ${basic(latest)} ` +
        `(${basic(now)} + ${minutes} min.)`,
    );
  }
}

/** @returns `20261122T100000Z` */
function basic(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** @throws {ServiceError} where no policy allows the caller that action */
export function authorize(caller: Caller, action: string, resource: string, json: boolean): void {
  refuseExplicitly(caller, action, resource, json);
  if (caller.user?.denied.has(action)) throw notAuthorized(caller, action, resource, json);
}

/** What no policy allows. */
export function notAuthorized(
  caller: Caller,
  action: string,
  resource: string,
  json = false,
): ServiceError {
  return new ServiceError(
    403,
    json ? "AccessDeniedException" : "AccessDenied",
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no identity-based policy allows the ${action} action`,
  );
}

/** @throws {ServiceError} where a policy of the caller denies it */
export function refuseExplicitly(
  caller: Caller,
  action: string,
  resource: string,
  json = false,
): void {
  const { user, session } = caller;
  const denied = user?.explicitlyDenied.has(action) ||
    (session && !session.mfa && user?.deniedToSessions.has(action));
  if (!denied) return;
  throw new ServiceError(
    403,
    json ? "AccessDeniedException" : "AccessDenied",
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      "with an explicit deny in an identity-based policy",
  );
}
