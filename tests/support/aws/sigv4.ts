import { createHash, createHmac } from "node:crypto";
import { header, type RawRequest } from "./http.ts";

/**
 * AWS Signature Version 4 as a service checks it, written from the published description so that
 * it shares no code with the client that it judges.
 *
 * @see AWS General Reference, "Create a signed AWS API request"
 */

/** What an `Authorization` header says. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `20261122` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** @returns nothing where there is no such header; "malformed" where it cannot be read */
export function authorizationOf(request: RawRequest): Authorization | "malformed" | undefined {
  const text = header(request, "authorization");
  if (text === undefined) return undefined;
  const [, scope, headers, signature] = text.match(
    /^AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/,
  ) ?? [];
  const parts = scope?.split("/") ?? [];
  const [accessKeyId, date, region, service, end] = parts;
  if (parts.length !== 5 || end !== "aws4_request" || !signature) return "malformed";
  return {
    accessKeyId: accessKeyId!,
    date: date!,
    region: region!,
    service: service!,
    signedHeaders: headers!.split(";"),
    signature,
  };
}

/** Why a signature does not hold. */
export type SignatureFault = "header missing" | "date" | "payload" | "signature";

/**
 * Checks the signature of a request over its raw bytes.
 *
 * @param signed headers in the request that have to be signed: `host` and every `x-amz-*`
 * @returns nothing when it holds
 */
export function signatureFault(
  request: RawRequest,
  authorization: Authorization,
  secret: string,
): SignatureFault | undefined {
  const { signedHeaders, date, region, service, signature } = authorization;
  const mustBeSigned = request.headers.map(([name]) => name)
    .filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (!mustBeSigned.every((name) => signedHeaders.includes(name))) return "header missing";
  const time = header(request, "x-amz-date");
  if (time === undefined || !time.startsWith(date)) return "date";
  const claimed = header(request, "x-amz-content-sha256");
  const actual = sha256(request.body);
  if (claimed !== undefined && claimed !== actual) return "payload";
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    "AWS4-HMAC-SHA256",
    time,
    scope,
    sha256(canonicalRequest(request, signedHeaders, actual, service)),
  ].join("\n");
  let key: Uint8Array = new TextEncoder().encode(`AWS4${secret}`);
  for (const part of [date, region, service, "aws4_request"]) key = hmac(key, part);
  return hmac(key, toSign).toHex() === signature ? undefined : "signature";
}

/** The six parts that are signed, one under another. */
function canonicalRequest(
  request: RawRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  service: string,
): string {
  const [path = "", query = ""] = splitOnce(request.target, "?");
  return [
    request.method,
    // Every service but S3 encodes the path a second time.
    service === "s3" ? path : path.split("/").map(encode).join("/") || "/",
    canonicalQuery(query),
    ...[...signedHeaders].map((name) => `${name}:${headerValue(request, name)}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

function canonicalQuery(query: string): string {
  return query.split("&").filter((part) => part !== "").map((part) => {
    const [name = "", value = ""] = splitOnce(part, "=");
    return [encode(decode(name)), encode(decode(value))] as const;
  }).sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0)
    .map((pair) => pair.join("=")).join("&");
}

function headerValue(request: RawRequest, name: string): string {
  return request.headers.filter(([each]) => each === name)
    .map(([, value]) => value.replace(/ +/g, " ")).join(",");
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  return decodeURIComponent(text);
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return Uint8Array.from(createHmac("sha256", key).update(text).digest());
}
