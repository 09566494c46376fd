/**
 * The stand-in for AWS: STS, IAM, Bedrock's control plane and its runtime on one loopback port.
 * It checks signatures by an implementation of its own, answers with the services' shapes, codes
 * and texts, and fails in the ways that it is told to.
 *
 * As a program: `deno run -A standin.ts --port 0` prints its URL and serves until it is stopped;
 * `POST /_standin` takes {@link Settings} as JSON, `GET /_standin/log` gives the log.
 */
import { jsonAnswer, jsonError, ServiceError, text, xmlAnswer, xmlError } from "./answers.ts";
import { authenticate } from "./authenticate.ts";
import { bearerOf } from "./bearer.ts";
import { bedrockRoutes, brokenStream } from "./bedrock.ts";
import { lookupEvents, trailError, trailTarget } from "./cloudtrail.ts";
import { type Handled, header, type RawAnswer, type RawRequest, serve } from "./http.ts";
import { iamActions, iamNamespace } from "./iam.ts";
import type { Model } from "./models.ts";
import { type Settling, State } from "./state.ts";
import { stsActions, stsNamespace } from "./sts.ts";

export { account, exampleKey } from "./state.ts";

/** A way to fail. All but `error`, `stream error`, `drop after` and `cut` happen before any effect. */
export type Fault =
  | { readonly kind: "error"; status: number; code: string; message: string }
  | { readonly kind: "stream error"; type: string; message: string }
  | { readonly kind: "drop before" | "drop after" | "hang" | "stall" | "cut" | "garbage" }
  | { readonly kind: "html"; status?: number }
  | { readonly kind: "status"; status: number };

/** What one request was and how it ended. */
export interface LogEntry {
  readonly operation: string;
  readonly method: string;
  readonly target: string;
  readonly accessKeyId: string | undefined;
  readonly region: string | undefined;
  /** The `UserName` that it names. */
  readonly user: string | undefined;
  /** One more than the deepest request that had ended when this one began. */
  readonly depth: number;
  /** HTTP status; 0 where no answer was given; undefined while it is under way. */
  status?: number;
  /** The error's code, where it is one. */
  code?: string;
}

/** What can be set from outside; everything that is left out stays. */
export interface Settings {
  /** Forgets faults, log, users and keys first. */
  readonly reset?: boolean;
  /** Milliseconds before each answer. */
  readonly latency?: number;
  /**
   * Answers wait until no request has come for so many milliseconds, so that requests which are
   * sent side by side have the same depth, however slow the machine is.
   */
  readonly batch?: number;
  /** Seconds that AWS's clock is ahead of the machine's. */
  readonly clockOffset?: number;
  /** Seconds that pass, on AWS's clock. */
  readonly advance?: number;
  /** How long sessions last, whatever is asked for; 0 for as long as is asked. */
  readonly sessionSeconds?: number;
  /** How long a key that is made from now on takes until it is known everywhere. */
  readonly settling?: Partial<Settling>;
  /** The operation's name, or `*`; `times` says how often, endlessly if left out. */
  readonly faults?: readonly { operation: string; fault: Fault; times?: number }[];
  readonly users?: readonly {
    name: string;
    denied?: readonly string[];
    explicitlyDenied?: readonly string[];
    deniedToSessions?: readonly string[];
    /** Its MFA devices, by serial number, with the codes that are good, each once. */
    devices?: Readonly<Record<string, readonly string[]>>;
    keys?: readonly { id: string; secret: string }[];
  }[];
  /** Bedrock API keys, with the user that each is of; with `null` it has expired. */
  readonly apiKeys?: Readonly<Record<string, string | null>>;
  /** Roles that only who has given an MFA code may assume. */
  readonly rolesWithMfa?: readonly string[];
  readonly models?: readonly (Partial<Model> & { id: string })[];
}

export interface Standin extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly log: readonly LogEntry[];
  readonly state: State;
  /** The variables that send the AWS SDKs here. */
  readonly env: Readonly<Record<string, string>>;
  set(settings: Settings): void;
  /** The longest chain of requests of which each began after the one before had ended. */
  depth(): number;
  /** Waits until one more request has come. */
  nextRequest(): Promise<void>;
  close(): Promise<void>;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

interface Planned {
  readonly operation: string;
  readonly fault: Fault;
  left: number;
}

/** @param options `port` 0 takes any that is free */
export function startStandin(options: { port?: number } = {}): Standin {
  let state = new State();
  let log: LogEntry[] = [];
  let planned: Planned[] = [];
  let latency = 0;
  let batch = 0;
  let arrivals = 0;
  let deepest = 0;
  const waiting: (() => void)[] = [];

  const set = (settings: Settings) => {
    if (settings.reset) {
      state = new State();
      log = [];
      planned = [];
      latency = 0;
      batch = 0;
      deepest = 0;
    }
    latency = settings.latency ?? latency;
    batch = settings.batch ?? batch;
    state.clockOffset = settings.clockOffset ?? state.clockOffset;
    state.clockOffset += settings.advance ?? 0;
    state.sessionSeconds = settings.sessionSeconds ?? state.sessionSeconds;
    state.settling = { ...state.settling, ...settings.settling };
    for (const { operation, fault, times } of settings.faults ?? []) {
      planned.push({ operation, fault, left: times ?? Infinity });
    }
    for (const [token, user] of Object.entries(settings.apiKeys ?? {})) {
      state.apiKeys.set(token, user ?? undefined);
    }
    for (const role of settings.rolesWithMfa ?? []) state.rolesWithMfa.add(role);
    for (
      const { name, denied, explicitlyDenied, deniedToSessions, devices, keys } of settings.users ??
        []
    ) {
      const user = state.users.get(name) ?? state.addUser(name);
      for (const action of explicitlyDenied ?? []) user.explicitlyDenied.add(action);
      for (const action of deniedToSessions ?? []) user.deniedToSessions.add(action);
      for (const [serial, codes] of Object.entries(devices ?? {})) {
        state.devices.set(serial, { user: name, codes: [...codes] });
      }
      for (const action of denied ?? []) user.denied.add(action);
      for (const { id, secret } of keys ?? []) state.addKey(name, id, secret);
    }
    for (const { id, ...changes } of settings.models ?? []) {
      const model = state.models.get(id);
      if (model) Object.assign(model, changes);
    }
  };

  const faultFor = (operation: string): Fault | undefined => {
    const found = planned.find((each) =>
      each.left > 0 && (each.operation === operation || each.operation === "*")
    );
    if (found) found.left--;
    return found?.fault;
  };

  async function handle(request: RawRequest): Promise<Handled> {
    if (request.target.startsWith("/_standin")) return control(request);
    const operation = operationOf(request);
    const [, credential] = header(request, "authorization")?.match(/Credential=([^,]+)/) ?? [];
    const entry: LogEntry = {
      operation: operation.name,
      method: request.method,
      target: request.target,
      accessKeyId: credential?.split("/")[0],
      region: credential?.split("/")[2],
      user: operation.fields.get("UserName") ?? undefined,
      depth: deepest + 1,
    };
    log.push(entry);
    arrivals++;
    for (const wake of waiting.splice(0)) wake();
    if (latency) await pause(latency);
    for (let before = -1; batch && before !== arrivals;) {
      before = arrivals;
      await pause(batch);
    }
    const handled = respond(state, request, operation, faultFor(operation.name), entry);
    deepest = Math.max(deepest, entry.depth);
    if (typeof handled === "string" || "raw" in handled) {
      entry.status = 0;
      return handled;
    }
    entry.status = handled.status;
    return { ...handled, headers: { Date: state.now().toUTCString(), ...handled.headers } };
  }

  function control(request: RawRequest): RawAnswer {
    if (request.method === "GET") return jsonAnswer(log, "control");
    set(JSON.parse(new TextDecoder().decode(request.body)));
    return jsonAnswer({}, "control");
  }

  const server = serve(options.port ?? 0, handle);
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    get log() {
      return log;
    },
    get state() {
      return state;
    },
    env: {
      AWS_ENDPOINT_URL_STS: url,
      AWS_ENDPOINT_URL_IAM: url,
      AWS_ENDPOINT_URL_BEDROCK: url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      AWS_ENDPOINT_URL_CLOUDTRAIL: url,
    },
    set,
    depth: () => Math.max(0, ...log.map((entry) => entry.depth)),
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}

/** What a request asks for, before anybody is authenticated. */
interface Operation {
  readonly name: string;
  readonly service: "sts" | "iam" | "bedrock" | "cloudtrail" | undefined;
  readonly fields: URLSearchParams;
  readonly id: string;
  readonly query: URLSearchParams;
}

function operationOf(request: RawRequest): Operation {
  const [path = "", queryText = ""] = request.target.split("?", 2);
  const query = new URLSearchParams(queryText);
  const [, trailed] = header(request, "x-amz-target")?.match(trailTarget) ?? [];
  if (trailed) return { name: trailed, service: "cloudtrail", fields: query, id: "", query };
  for (const [method, pattern, name] of bedrockRoutes) {
    const match = method === request.method ? path.match(pattern) : null;
    if (match) {
      const id = decodeURIComponent(match[1] ?? "");
      return { name, service: "bedrock", fields: query, id, query };
    }
  }
  const form = request.method === "POST" && path === "/";
  const fields = form ? new URLSearchParams(new TextDecoder().decode(request.body)) : query;
  const name = fields.get("Action") ?? "";
  const service = name in stsActions ? "sts" : name in iamActions ? "iam" : undefined;
  return { name: name || `${request.method} ${path}`, service, fields, id: "", query };
}

function respond(
  state: State,
  request: RawRequest,
  operation: Operation,
  fault: Fault | undefined,
  entry: LogEntry,
): Handled {
  const requestId = crypto.randomUUID();
  switch (fault?.kind) {
    case "drop before":
      return "drop";
    case "hang":
      return "hang";
    case "garbage":
      return { raw: new TextEncoder().encode("\x16\x03\x01garbage\r\n\r\n") };
    case "html":
      return text(
        fault.status ?? 200,
        "<!DOCTYPE html><html><head><title>Sign in to the network</title></head></html>",
        { "Content-Type": "text/html; charset=utf-8" },
      );
    case "status":
      return failedStatus(fault.status, operation, requestId);
  }
  try {
    const answer = perform(state, request, operation, fault, requestId);
    if (fault?.kind === "drop after") return "drop";
    if (fault?.kind === "stall") return { ...answer, stall: true };
    if (fault?.kind === "cut") return { ...answer, cutAfter: answer.body.length >> 1 };
    return answer;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    entry.code = error.code;
    return errorAnswer(error, operation, requestId);
  }
}

function perform(
  state: State,
  request: RawRequest,
  operation: Operation,
  fault: Fault | undefined,
  requestId: string,
): RawAnswer {
  const { name, service, fields, id, query } = operation;
  if (service === undefined) {
    throw new ServiceError(404, "UnknownOperationException", "Unknown operation");
  }
  const { caller, authorization } =
    (service === "bedrock" ? bearerOf(state, request) : undefined) ??
      authenticate(state, request, service);
  if (fault?.kind === "error") throw new ServiceError(fault.status, fault.code, fault.message);
  if (fault?.kind === "stream error") return brokenStream(requestId, fault.type, fault.message);
  if (service === "sts") {
    return xmlAnswer(name, stsNamespace, stsActions[name]!(state, caller, fields), requestId);
  }
  if (service === "iam") {
    return xmlAnswer(name, iamNamespace, iamActions[name]!(state, caller, fields), requestId);
  }
  const { region } = authorization;
  if (service === "cloudtrail") {
    return lookupEvents(state, caller, region, request.body, requestId);
  }
  const run = bedrockRoutes.find(([, , each]) => each === name)![3];
  return run(state, { region, caller, id, query, body: request.body, requestId });
}

function errorAnswer(error: ServiceError, { service }: Operation, requestId: string): RawAnswer {
  if (service === "cloudtrail") return trailError(error, requestId);
  return service === "sts" || service === "iam"
    ? xmlError(error, service === "sts" ? stsNamespace : iamNamespace, requestId)
    : jsonError(error, requestId);
}

/** A bare status as the services word it. */
function failedStatus(status: number, operation: Operation, requestId: string): RawAnswer {
  const xml = operation.service === "sts" || operation.service === "iam";
  const [code, message] = status === 429
    ? [xml ? "Throttling" : "ThrottlingException", xml ? "Rate exceeded" : tooMany]
    : status === 503
    ? [xml ? "ServiceUnavailable" : "ServiceUnavailableException", "Service is unavailable"]
    : [xml ? "InternalFailure" : "InternalServerException", "An internal server error occurred."];
  return errorAnswer(new ServiceError(status, code, message), operation, requestId);
}

const tooMany = "Too many requests, please wait before trying again.";

if (import.meta.main) {
  const at = Deno.args.indexOf("--port");
  const standin = startStandin({ port: at < 0 ? 0 : Number(Deno.args[at + 1]) });
  console.log(standin.url);
}
