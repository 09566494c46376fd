import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Secret } from "../sops/secret.ts";
import type { AwsFailure, RequestFacts, Service } from "./diagnose.ts";
import type { Endpoints } from "./endpoints.ts";

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** A Bedrock API key, which is sent as it is. */
export interface BearerToken {
  readonly token: Secret;
}

/** Everything that requests to AWS depend on. */
export interface Connection extends BedrockConnection {
  readonly credentials: Credentials;
}

/** The same for Bedrock, which takes an API key too. */
export interface BedrockConnection {
  readonly region: string;
  readonly credentials: Credentials | BearerToken;
  readonly endpoints: Endpoints;
  /** Milliseconds: until there is a connection, and until the whole answer is there. */
  readonly limits: { readonly connect: number; readonly request: number };
  /** Ends requests that are under way. */
  readonly signal?: AbortSignal;
  readonly now: () => Temporal.Instant;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in capitals or not; no proxy unless given. */
  readonly proxy?: Readonly<Record<string, string>>;
  /** Milliseconds that requests are signed ahead of this machine's clock; 0 unless given. */
  readonly clockOffset?: number;
}

/** What was seen of an answer, good or bad. */
export interface Seen {
  /** The `Date` header, to whole seconds. */
  readonly serverTime?: Temporal.Instant;
  /** This machine's clock when the request went out, and when the answer's head came. */
  readonly sent: Temporal.Instant;
  readonly received: Temporal.Instant;
}

/** The answer to one request, or how it failed; requests do not throw. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly seen: Seen }
  | { readonly ok: false; readonly failure: AwsFailure; readonly seen: Seen };

/** What every client of the SDK is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly token?: { readonly token: string };
  readonly maxAttempts: 1;
  readonly systemClockOffset: number;
  readonly authSchemePreference: string[];
  readonly requestHandler: NodeHttpHandler;
}

/** The part of a client's middleware stack that is used here. */
interface Middlewares {
  // deno-lint-ignore no-explicit-any -- the SDK's own types differ for every client
  add(middleware: any, options: any): void;
}

interface Client {
  readonly middlewareStack: Middlewares;
  destroy(): void;
}

/** What a deserialize middleware gets from the handler below it. */
interface RawResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer is not one that AWS gives. */
class NotAwsAnswer extends Error {
  override name = "NotAwsAnswer";
}

/**
 * Sends one request, once. The SDK would repeat it with a corrected clock and hide what is wrong,
 * so there is one attempt, and one client that nobody uses again.
 *
 * @param about.call makes the client with the configuration, and sends; what it gives back has been
 *   read to its end
 */
export async function ask<C extends Client, T>(
  connection: BedrockConnection,
  about: {
    readonly service: Service;
    readonly operation: string;
    readonly modelId?: string;
    readonly client: (config: ClientConfig) => C;
    readonly call: (client: C, options: { abortSignal: AbortSignal }) => Promise<T>;
  },
): Promise<Answer<T>> {
  const { credentials, endpoints, limits, now } = connection;
  const { service, operation, modelId } = about;
  const sent = now();
  let response: RawResponse | undefined;
  let received = sent;
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), limits.request);
  const abortSignal = connection.signal
    ? AbortSignal.any([connection.signal, timer.signal])
    : timer.signal;
  let client: C | undefined;
  try {
    client = about.client(clientConfig(connection, service));
    client.middlewareStack.add(
      // deno-lint-ignore no-explicit-any -- see Middlewares
      (next: any) => async (args: any) => {
        const result = await next(args);
        response = result.response as RawResponse;
        received = now();
        if (!isOfAws(response)) throw new NotAwsAnswer();
        return result;
      },
      { step: "deserialize", name: "credsmithSeen", priority: "low", override: true },
    );
    const value = await Promise.race([
      about.call(client, { abortSignal }),
      aborted(abortSignal),
    ]);
    return { ok: true, value, seen: seenOf(response, sent, received) };
  } catch (error) {
    const endpoint = endpoints[service]?.url;
    const request: RequestFacts = {
      region: connection.region,
      ...("token" in credentials ? {} : {
        accessKeyId: credentials.accessKeyId,
        withSessionToken: credentials.sessionToken !== undefined,
      }),
      ...(modelId ? { modelId } : {}),
      ...(endpoint ? { endpoint: endpoint.replace(/^(\w+:\/\/)[^/@]*@/, "$1") } : {}),
    };
    const seen = seenOf(response, sent, received);
    const failure: AwsFailure = {
      service,
      operation,
      ...read(error, response, timer.signal.aborted, connection.signal?.aborted === true),
      localTime: received,
      ...(seen.serverTime ? { serverTime: seen.serverTime } : {}),
      request,
    };
    return { ok: false, failure, seen };
  } finally {
    clearTimeout(timeout);
    client?.destroy();
  }
}

/** AWS never answers an API request with a page or another place, and always gives a request id. */
function isOfAws({ statusCode, headers }: RawResponse): boolean {
  if (headers["x-amzn-requestid"] !== undefined) return true;
  return !/html/i.test(headers["content-type"] ?? "") && !(statusCode >= 300 && statusCode < 400);
}

function clientConfig(connection: BedrockConnection, service: Service): ClientConfig {
  const { region, credentials, endpoints, limits } = connection;
  const endpoint = endpoints[service]?.url;
  // A kept connection that was dropped would have the request sent twice.
  const agent = {
    keepAlive: false,
    ...(connection.proxy ? { proxyEnv: { ...connection.proxy } } : {}),
  };
  return {
    region,
    ...(endpoint ? { endpoint } : {}),
    ...signedWith(credentials),
    maxAttempts: 1,
    systemClockOffset: connection.clockOffset ?? 0,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: limits.connect,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
  };
}

/** One scheme alone: else AWS_BEARER_TOKEN_BEDROCK would go before the key that is being checked. */
function signedWith(
  credentials: BedrockConnection["credentials"],
): Pick<ClientConfig, "credentials" | "token" | "authSchemePreference"> {
  if ("token" in credentials) {
    return {
      token: { token: credentials.token.reveal() },
      authSchemePreference: ["httpBearerAuth"],
    };
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken ? { sessionToken: sessionToken.reveal() } : {}),
    },
    authSchemePreference: ["sigv4"],
  };
}

/** Reading a stream's body does not always notice that it was aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new DOMException("Request aborted", "AbortError"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

function seenOf(
  response: RawResponse | undefined,
  sent: Temporal.Instant,
  received: Temporal.Instant,
): Seen {
  const milliseconds = Date.parse(response?.headers["date"] ?? "");
  return {
    sent,
    received,
    ...(Number.isNaN(milliseconds)
      ? {}
      : { serverTime: Temporal.Instant.fromEpochMilliseconds(milliseconds) }),
  };
}

type ReadError = Pick<
  AwsFailure,
  "code" | "message" | "status" | "requestId" | "contentType"
>;

function read(
  error: unknown,
  response: RawResponse | undefined,
  late: boolean,
  cancelled: boolean,
): ReadError {
  if (cancelled) return { code: "AbortError", message: "Request aborted", status: 0 };
  if (late) return { code: "TimeoutError", message: "no answer in time", status: 0 };
  const thrown = error as Error & { code?: unknown; $fault?: unknown };
  const status = response?.statusCode ?? 0;
  const contentType = response?.headers["content-type"]?.replace(/;.*/, "").trim().toLowerCase();
  const requestId = response?.headers["x-amzn-requestid"];
  const seen = {
    status,
    ...(requestId ? { requestId } : {}),
    ...(contentType && !requestId ? { contentType } : {}),
  };
  if (error instanceof NotAwsAnswer) {
    return { ...seen, code: error.name, message: "", contentType: "text/html" };
  }
  if (response === undefined) {
    const code = typeof thrown.code === "string" ? thrown.code : thrown.name;
    return { ...seen, code, message: thrown.message };
  }
  // Only what the service itself said has a fault side; the rest is ours failing to read it.
  if (thrown.$fault === undefined) {
    const code = typeof thrown.code === "string" ? thrown.code : "garbled";
    return code === "garbled"
      ? { ...seen, code, message: "" }
      : { ...seen, code, message: thrown.message, status: 0 };
  }
  return { ...seen, code: codeOf(thrown.name), message: oneLine(thrown.message) };
}

/** AWS's codes are words; whatever else answers must not steer what is printed. */
function codeOf(name: string): string {
  return name.replace(/[^\w.:#-]+/g, "?").slice(0, 120) || "Unknown";
}

function oneLine(message: string): string {
  return message.slice(0, 8192).replace(/\s+/g, " ");
}
