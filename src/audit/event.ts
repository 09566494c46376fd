import { resourceOf } from "../aws/arn.ts";
import type { TrailEvent } from "../aws/cloudtrail.ts";

/** One request that was made with a key, as CloudTrail tells it. */
export interface Use {
  readonly id: string;
  readonly at: Temporal.Instant;
  /** The access key id that it was signed with. */
  readonly key: string;
  /** `user/claude-dev`, `root`, `assumed-role/ci/session`. */
  readonly who: string;
  /** An IP address, or the name of the service of AWS that made the request for somebody. */
  readonly address: string;
  readonly region: string;
  /** `bedrock` */
  readonly service: string;
  /** `ConverseStream` */
  readonly action: string;
  /** As the program gave it: anything at all. */
  readonly agent: string;
  /** Why it failed; nothing where it did not. */
  readonly error?: string;
  /** The model that was asked. */
  readonly model?: string;
  /** The session that was handed out: its key, and what it is for. */
  readonly session?: { readonly key: string; readonly what: string };
}

/** Records are up to 256 KiB; what is longer is none. */
const longestRecord = 1 << 20;

/**
 * What a record says, as far as it is needed here: credentials that may be in it are not taken over.
 * A text in it may be anything but too long; it is for whoever prints it to see that it does no harm.
 *
 * @param asked the key that was asked for, where the record does not name one
 * @returns nothing where it is no record
 */
export function readEvent(event: TrailEvent, asked: string): Use | undefined {
  const record = parsed(event.record);
  if (record === undefined) return undefined;
  const identity = part(record, "userIdentity") ?? {};
  const at = instant(text(record, "eventTime", 40));
  const action = text(record, "eventName", 80);
  const source = text(record, "eventSource", 80);
  if (at === undefined || !action || !source) return undefined;
  const request = part(record, "requestParameters") ?? {};
  const error = text(record, "errorCode", 120);
  const model = text(request, "modelId", 256);
  const session = sessionOf(record, request, action);
  return {
    id: text(record, "eventID", 64) ?? event.id ?? "",
    at,
    key: keyId(text(identity, "accessKeyId", 128)) ?? keyId(event.accessKeyId) ?? asked,
    who: whoOf(identity),
    address: text(record, "sourceIPAddress", 120) ?? "",
    region: text(record, "awsRegion", 40) ?? "",
    service: source.replace(/\.amazonaws\.com(?:\.cn)?$/, ""),
    action,
    agent: text(record, "userAgent", 512) ?? "",
    ...(error ? { error } : {}),
    ...(model ? { model } : {}),
    ...(session ? { session } : {}),
  };
}

/** Whether a request failed because it was not allowed. */
export function isDenied({ error }: Use): boolean {
  return error !== undefined &&
    /AccessDenied|Unauthorized|NotAuthorized|^Forbidden/i.test(error);
}

/** Requests that hand out a session with a key of its own. */
const handsOut = /^(?:GetSessionToken|GetFederationToken|AssumeRole(?:With\w+)?|AssumeRoot)$/;

function sessionOf(
  record: Fields,
  request: Fields,
  action: string,
): Use["session"] {
  if (!handsOut.test(action)) return undefined;
  const response = part(record, "responseElements");
  const credentials = response && part(response, "credentials");
  const key = credentials && keyId(text(credentials, "accessKeyId", 128));
  if (!key) return undefined;
  const role = text(request, "roleArn", 512);
  return { key, what: role ? resourceOf(role) : action };
}

function whoOf(identity: Fields): string {
  const type = text(identity, "type", 40);
  if (type === "Root") return "root";
  const arn = text(identity, "arn", 512);
  if (arn) return resourceOf(arn);
  return text(identity, "userName", 128) ?? text(identity, "invokedBy", 128) ?? type ?? "";
}

/** What JSON has that may be anything; never looked up through a prototype. */
type Fields = Readonly<Record<string, unknown>>;

function parsed(record: string): Fields | undefined {
  if (record.length > longestRecord) return undefined;
  try {
    return fields(JSON.parse(record));
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : undefined;
}

function part(of: Fields, name: string): Fields | undefined {
  return Object.hasOwn(of, name) ? fields(of[name]) : undefined;
}

function text(of: Fields, name: string, most: number): string | undefined {
  const value = Object.hasOwn(of, name) ? of[name] : undefined;
  return typeof value === "string" && value !== "" ? value.slice(0, most) : undefined;
}

function keyId(value: string | undefined): string | undefined {
  return value !== undefined && /^[A-Z0-9]{16,128}$/.test(value) ? value : undefined;
}

function instant(value: string | undefined): Temporal.Instant | undefined {
  try {
    return value === undefined ? undefined : Temporal.Instant.from(value);
  } catch {
    return undefined;
  }
}
