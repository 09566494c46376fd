import { readIfThere } from "../platform/optional.ts";
import { configFolder } from "./places.ts";

/** Claude Code's own login, as far as its file says; no token in it. */
export interface Login {
  /** Absolute. */
  readonly path: string;
  /** When nothing renews it any more; nothing where that is not known. */
  readonly ends?: Temporal.Instant;
}

/**
 * Claude Code's login. Where the system keeps it elsewhere (macOS: the Keychain) there is no file.
 *
 * @returns nothing where there is no login in a file
 */
export function readLogin(env: Readonly<Record<string, string>>): Login | undefined {
  const folder = configFolder(env);
  if (folder === undefined) return undefined;
  const path = `${folder}/.credentials.json`;
  try {
    const bytes = readIfThere(path);
    return bytes && loginOf(path, new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * @param text `{"claudeAiOauth":{"accessToken":…,"refreshToken":…,"expiresAt":ms,…}}`
 * @returns nothing where it holds no access token: a failed renewal blanks it
 */
function loginOf(path: string, text: string): Login | undefined {
  const login = field(parsed(text), "claudeAiOauth");
  if (!isText(field(login, "accessToken"))) return undefined;
  // As long as it can be renewed, the hours of the access token do not matter.
  const name = isText(field(login, "refreshToken")) ? "refreshTokenExpiresAt" : "expiresAt";
  const at = field(login, name);
  const isTime = typeof at === "number" && Number.isInteger(at) && at > 1e12 && at < 1e13;
  return { path, ...(isTime ? { ends: Temporal.Instant.fromEpochMilliseconds(at) } : {}) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
