import { ServiceError, text } from "./answers.ts";
import { authorize } from "./authenticate.ts";
import type { RawAnswer } from "./http.ts";
import { account, type Caller, type State } from "./state.ts";

/** A request that CloudTrail has kept; what is left out is as usual. */
export interface Trailed {
  readonly key: string;
  readonly at: Date;
  /** `us-east-1` unless given. */
  readonly region?: string;
  /** `bedrock` unless given. */
  readonly service?: string;
  /** `ConverseStream` unless given. */
  readonly action?: string;
  readonly address?: string;
  readonly agent?: string;
  readonly user?: string;
  readonly error?: string;
  /** The session that was handed out. */
  readonly session?: { readonly key: string; readonly role?: string };
  /** More of the record, or what it is instead where that is a text. */
  readonly record?: Readonly<Record<string, unknown>> | string;
}

/** What CloudTrail knows, and how it answers. */
export interface Trail {
  readonly events: Trailed[];
  /** Requests a second and region that are answered; endlessly many unless given. */
  perSecond?: number;
  /** When requests came, by region, on AWS's clock. */
  readonly requests: { readonly region: string; readonly at: number }[];
  /** Events a page, 50 unless given. */
  pageSize?: number;
  /** Regions that are not enabled in this account. */
  readonly disabled: Set<string>;
}

/** Targets of the protocol that CloudTrail speaks (awsJson1.1). */
export const trailTarget =
  /^(?:com\.amazonaws\.cloudtrail\.v20131101\.)?CloudTrail_20131101\.(LookupEvents)$/;

/** What a request asks for. */
interface Input {
  readonly LookupAttributes?: readonly { AttributeKey?: string; AttributeValue?: string }[];
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** @throws {ServiceError} as CloudTrail refuses it */
export function lookupEvents(
  state: State,
  caller: Caller,
  region: string,
  body: Uint8Array,
  requestId: string,
): RawAnswer {
  const { trail } = state;
  if (trail.disabled.has(region)) {
    throw new ServiceError(
      400,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const now = state.now().getTime();
  const lately = trail.requests.filter((each) => each.region === region && now - each.at < 1000);
  trail.requests.push({ region, at: now });
  if (lately.length >= (trail.perSecond ?? Infinity)) {
    throw new ServiceError(400, "ThrottlingException", "Rate exceeded");
  }
  // CloudTrail's message names no resource.
  if (caller.user?.denied.has("cloudtrail:LookupEvents")) {
    throw new ServiceError(
      400,
      "AccessDeniedException",
      `User: ${caller.arn} is not authorized to perform: cloudtrail:LookupEvents because no ` +
        "identity-based policy allows the cloudtrail:LookupEvents action",
    );
  }
  authorize(caller, "cloudtrail:LookupEvents", "*", true);
  const input: Input = JSON.parse(new TextDecoder().decode(body));
  const { StartTime = 0, EndTime = Infinity, MaxResults = 50, NextToken } = input;
  const [attribute, ...more] = input.LookupAttributes ?? [];
  if (more.length || attribute?.AttributeKey !== "AccessKeyId") {
    throw new ServiceError(400, "InvalidLookupAttributesException", "Invalid lookup attributes");
  }
  if (MaxResults < 1 || MaxResults > 50) {
    throw new ServiceError(400, "InvalidMaxResultsException", "Invalid max results");
  }
  if (StartTime > EndTime) {
    throw new ServiceError(400, "InvalidTimeRangeException", "Invalid time range");
  }
  const question = JSON.stringify([attribute.AttributeValue, StartTime, EndTime, region]);
  const [asked, from] = NextToken ? JSON.parse(atob(NextToken)) : [question, 0];
  if (asked !== question) throw new ServiceError(400, "InvalidNextTokenException", "Invalid token");
  const oldest = Math.max(StartTime * 1000, now - 90 * 86_400_000);
  const found = trail.events
    .filter((each) =>
      each.key === attribute.AttributeValue && (each.region ?? "us-east-1") === region &&
      each.at.getTime() >= oldest && each.at.getTime() <= EndTime * 1000
    )
    .sort((one, other) => other.at.getTime() - one.at.getTime());
  const size = Math.min(MaxResults, trail.pageSize ?? 50);
  const page = found.slice(from, from + size);
  const rest = found.length > from + size;
  return answer(200, {
    Events: page.map((each, index) => described(each, `${from + index}`)),
    ...(rest ? { NextToken: btoa(JSON.stringify([question, from + size])) } : {}),
  }, requestId);
}

/** The error of a service with awsJson1.1: its code travels in the body. */
export function trailError(error: ServiceError, requestId: string): RawAnswer {
  // Its clients' mistakes all have one status.
  return answer(error.status < 500 ? 400 : error.status, {
    __type: error.code,
    Message: error.message,
  }, requestId);
}

function answer(status: number, body: unknown, requestId: string): RawAnswer {
  return text(status, JSON.stringify(body), {
    "Content-Type": "application/x-amz-json-1.1",
    "x-amzn-RequestId": requestId,
  });
}

function described(event: Trailed, id: string): Record<string, unknown> {
  const {
    key,
    at,
    region = "us-east-1",
    service = "bedrock",
    action = "ConverseStream",
    address = "198.51.100.7",
    agent = "claude-cli/2.1.0 (external, cli)",
    user = "claude-dev",
    error,
    session,
    record = {},
  } = event;
  const eventTime = at.toISOString().replace(/\.\d+/, "");
  const eventId = `${key}-${region}-${id}-${at.getTime()}`;
  const full = {
    eventVersion: "1.11",
    userIdentity: {
      type: "IAMUser",
      principalId: "AIDAEXAMPLE",
      arn: `arn:aws:iam::${account}:user/${user}`,
      accountId: account,
      accessKeyId: key,
      userName: user,
    },
    eventTime,
    eventSource: `${service}.amazonaws.com`,
    eventName: action,
    awsRegion: region,
    sourceIPAddress: address,
    userAgent: agent,
    requestParameters: session?.role
      ? { roleArn: `arn:aws:iam::${account}:role/${session.role}`, roleSessionName: "s" }
      : service === "bedrock"
      ? { modelId: "us.anthropic.claude-opus-5" }
      : null,
    ...(error ? { errorCode: error, errorMessage: "denied" } : {}),
    responseElements: session
      ? {
        credentials: {
          accessKeyId: session.key,
          sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
          expiration: "Nov 22, 2026, 11:00:00 PM",
        },
      }
      : null,
    eventID: eventId,
    readOnly: true,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
    ...(typeof record === "string" ? {} : record),
  };
  return {
    EventId: eventId,
    EventName: action,
    ReadOnly: "true",
    AccessKeyId: key,
    EventTime: at.getTime() / 1000,
    EventSource: `${service}.amazonaws.com`,
    Username: user,
    Resources: [],
    CloudTrailEvent: typeof record === "string" ? record : JSON.stringify(full),
  };
}
