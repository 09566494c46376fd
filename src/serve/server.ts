import {
  type BadRequest,
  type HttpAnswer,
  type HttpLimits,
  type HttpRequest,
  type ListenAt,
  type Listener,
  listenHttp,
} from "../platform/http_server.ts";
import { hostsOf, type Place } from "./addresses.ts";
import { containerDocument } from "./document.ts";
import { judge, type Refusal, refusalBody, type Rules } from "./judge.ts";
import type { Held } from "./keeper.ts";

/** Credentials could not be had, in words for a client. */
export type Failure = Pick<Refusal, "status" | "code" | "message">;

export interface ServeOptions {
  readonly token: string;
  readonly profiles: Rules["profiles"];
  /** Gives credentials of a profile: at once where there are some that are good. */
  readonly give: (profile: string) => Held | Promise<Held>;
  /** What it threw. */
  readonly explain: (error: unknown) => Promise<Failure>;
  /** Hears of each request that got nothing, without what it said. */
  readonly refused?: (code: string) => void;
  readonly limits?: Partial<HttpLimits>;
  /** Milliseconds that a client waits for credentials that have to be made first; 10,000 unless given. */
  readonly wait?: number;
}

/** SDKs give up after one or two seconds, and send a head of some hundred bytes. */
const usualLimits: HttpLimits = {
  head: 8192,
  headTime: 5000,
  idle: 5000,
  connections: 512,
  stopping: 5000,
};

/**
 * Serves credentials by the container credentials protocol.
 *
 * @throws {ListenError}
 */
export async function serveCredentials(
  places: readonly ListenAt[],
  options: ServeOptions,
): Promise<Listener[]> {
  const rules: { hosts: ReadonlySet<string> } & Omit<Rules, "hosts"> = {
    // Until it is known where it listens, it goes by no name.
    hosts: new Set(),
    token: new TextEncoder().encode(options.token),
    profiles: options.profiles,
  };
  const given = new WeakMap<Held, HttpAnswer>();
  const answerOf = (held: Held): HttpAnswer => {
    const known = given.get(held) ?? { status: 200, headers, body: containerDocument(held) };
    given.set(held, known);
    return known;
  };
  const answerLater = async (promise: Promise<Held>): Promise<HttpAnswer> => {
    try {
      const held = await inTime(promise, options.wait ?? 10_000);
      return held
        ? answerOf(held)
        : refusalAnswer({ status: 503, code: "NotYet", message: "AWS has not answered yet" });
    } catch (error) {
      return refusalAnswer(await options.explain(error));
    }
  };
  const handle = (request: HttpRequest): HttpAnswer | Promise<HttpAnswer> => {
    const verdict = judge(request, rules);
    if (!("profile" in verdict)) {
      options.refused?.(verdict.code);
      return refusalAnswer(verdict);
    }
    const held = options.give(verdict.profile);
    return held instanceof Promise ? answerLater(held) : answerOf(held);
  };
  const refuse = (why: BadRequest): HttpAnswer => {
    const refusal = badRequests[why];
    options.refused?.(refusal.code);
    return refusalAnswer(refusal);
  };
  const limits = { ...usualLimits, ...options.limits };
  const listeners: Listener[] = [];
  try {
    for (const at of places) listeners.push(await listenHttp(at, { limits, handle, refuse }));
  } catch (error) {
    await Promise.all(listeners.map((each) => each.stop()));
    throw error;
  }
  rules.hosts = hostsOf(listeners satisfies readonly Place[]);
  return listeners;
}

const headers = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

const badRequests: Readonly<Record<BadRequest, Refusal>> = {
  "malformed": { status: 400, code: "BadRequest", message: "That is no HTTP request" },
  "headers too large": {
    status: 431,
    code: "RequestHeaderFieldsTooLarge",
    message: "The request's head is too large",
  },
  "too slow": { status: 408, code: "RequestTimeout", message: "The request took too long" },
};

function refusalAnswer(refusal: Refusal): HttpAnswer {
  return {
    status: refusal.status,
    headers: { ...headers, ...refusal.headers },
    body: refusalBody(refusal),
    close: refusal.status < 500,
  };
}

/** @returns nothing where it takes too long */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
