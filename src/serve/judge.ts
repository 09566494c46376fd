import type { HttpRequest } from "../platform/http_server.ts";
import { sameBytes } from "../sops/mac.ts";
import { isIpLiteral } from "./addresses.ts";

/** What a server gives, and to whom. */
export interface Rules {
  /** The hosts that it goes by, without ports: `127.0.0.1`, `[::1]`, `localhost`; `any address`. */
  readonly hosts: ReadonlySet<string>;
  /** The bearer token, in UTF-8. */
  readonly token: Uint8Array;
  /** The profiles; `/` is the first. */
  readonly profiles: readonly [string, ...string[]];
}

/** Why a request gets no credentials. */
export interface Refusal {
  readonly status: number;
  /** A stable word, as AWS's codes are. */
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const utf8 = new TextEncoder();

/**
 * Judges a request: what it asks for, or why not. Nothing of the profiles shows to whoever has no
 * token.
 *
 * A page in a browser can have its own name point at this machine (DNS rebinding). Its requests
 * then come from here, and only their `Host` tells.
 */
export function judge(asked: HttpRequest, rules: Rules): { readonly profile: string } | Refusal {
  const [host, ...moreHosts] = asked.hosts;
  if (host === undefined || moreHosts.length > 0) {
    return refusal(400, "BadRequest", "There has to be one Host header");
  }
  if (!isOurs(host, rules.hosts)) {
    return refusal(403, "HostNotAllowed", "This server does not go by the name in the Host header");
  }
  const [token, ...moreTokens] = asked.authorizations;
  if (moreTokens.length > 0) return refusal(400, "BadRequest", "There is more than one token");
  if (!token) {
    return refusal(
      401,
      "MissingToken",
      "There is no Authorization header: set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    );
  }
  if (!sameBytes(utf8.encode(token), rules.token)) {
    return refusal(401, "InvalidToken", "The token in the Authorization header is another one");
  }
  if (asked.method !== "GET") {
    return {
      ...refusal(405, "MethodNotAllowed", "Only GET is answered"),
      headers: { Allow: "GET" },
    };
  }
  if (asked.hasBody) return refusal(400, "BadRequest", "A request here has no body");
  return profileAt(asked.target, rules.profiles);
}

function profileAt(target: string, profiles: Rules["profiles"]): { profile: string } | Refusal {
  if (!target.startsWith("/")) return refusal(400, "BadRequest", "The path has to begin with /");
  const path = target.replace(/[?#].*$/s, "");
  if (path === "/") return { profile: profiles[0] };
  const profile = profiles.find((each) => path === `/${each}`);
  return profile ? { profile } : refusal(
    404,
    "UnknownProfile",
    `There is / and ${profiles.map((each) => `/${each}`).join(" ")}`,
  );
}

function isOurs(host: string, hosts: ReadonlySet<string>): boolean {
  const [, name] = host.match(/^(\[[0-9a-fA-F:.]+\]|[^:[\]/\s]+)(?::\d{1,5})?$/) ?? [];
  if (name === undefined) return false;
  return hosts.has(name.toLowerCase()) || (hosts.has("any address") && isIpLiteral(name));
}

/** The body of a refusal. */
export function refusalBody({ code, message }: Pick<Refusal, "code" | "message">): string {
  return `${JSON.stringify({ Code: code, Message: message })}\n`;
}

function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}
