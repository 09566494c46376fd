import { appendLine } from "../platform/append_log.ts";
import { now } from "../platform/clock.ts";
import { FileError, LogFileError } from "../platform/errors.ts";
import { ownUid } from "../platform/host.ts";
import { holds } from "../platform/permissions.ts";
import type { Context } from "./command.ts";
import { reasonOf } from "./faults/system_words.ts";
import { agentMark } from "./guard.ts";
import { withTilde } from "./shown_path.ts";

/** What is written down: changes of credentials and of who has them, not that somebody looked. */
export const actionNames = [
  "init",
  "set",
  "unset",
  "edit",
  "access add",
  "access remove",
  "access sync",
  "access renew",
  "unlock",
  "lock",
  "claude configure",
  "aws-config",
  "shred",
  "rotate",
  "login",
  "session",
  "models pin",
] as const;
export type ActionName = typeof actionNames[number];

/**
 * One action. There is no field for a text: each is a name of something, goes through a pattern of
 * its own, and is left out in part or in whole where it could be something else.
 */
export interface Action {
  readonly action: ActionName;
  /** Which step of it, `promoted`. */
  readonly step?: string;
  /** Why it failed: a cause, as `--json` gives it. */
  readonly cause?: string;
  readonly profile?: string;
  readonly profiles?: readonly string[];
  /** Absolute. */
  readonly file?: string;
  /** Absolute. */
  readonly files?: readonly string[];
  /** Leaves, `profiles/ci/region`; never what they hold. */
  readonly names?: readonly string[];
  /** Who gains, and who loses access: public keys, ARNs of KMS keys, fingerprints. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  /** Access key ids. */
  readonly key?: string;
  readonly newKey?: string;
  readonly arn?: string;
  readonly region?: string;
  /** Of models. */
  readonly models?: readonly string[];
  readonly expires?: Temporal.Instant;
  readonly count?: number;
}

/** Something that was written down, with when. */
export interface Recorded extends Omit<Action, "expires"> {
  readonly at: string;
  readonly expires?: string;
  /** The variable that said that a coding agent ran the command. */
  readonly agent?: string;
}

/** Bytes from which on the log goes on in a new file. */
const fullAt = 1 << 20;

/** Lists longer than this are cut; `count` tells how many there were. */
const mostNames = 50;

/** Where the log is; nothing where there is neither `XDG_STATE_HOME` nor a home. */
export function actionLogPath(env: Readonly<Record<string, string>>): string | undefined {
  const { XDG_STATE_HOME, HOME } = env;
  const base = XDG_STATE_HOME?.startsWith("/")
    ? XDG_STATE_HOME
    : HOME?.startsWith("/")
    ? `${HOME.replace(/\/+$/, "")}/.local/state`
    : undefined;
  return base && `${base.replace(/\/+$/, "")}/credsmith/actions.jsonl`;
}

const warned = new WeakSet<object>();

/**
 * Writes an action down, after it was done. A log that cannot be written is one warning, never a
 * failure; without the permission to write, or a place for it, there is none.
 *
 * @param at when it was; now unless given
 */
export function record(context: Context, action: Action, at: Temporal.Instant = now()): void {
  const path = actionLogPath(context.env);
  if (path === undefined || !holds(["read", "write"])) return;
  try {
    const agent = agentMark(context.env);
    appendLine(lineOf(action, at, agent), { path, uid: ownUid(), fullAt, now: () => at });
  } catch (error) {
    if (!(error instanceof FileError || error instanceof LogFileError)) throw error;
    if (warned.has(context.terminal)) return;
    warned.add(context.terminal);
    const shown = withTilde(error.path, context.env);
    context.terminal.note(`Warning: this is not in the log of actions: "${shown}" ${why(error)}`);
  }
}

function why(error: FileError | LogFileError): string {
  if (error instanceof FileError) return `cannot be written: ${reasonOf(error.code)}`;
  return logFaults[error.reason];
}

/** What is wrong with a log, after its name. */
export const logFaults: Readonly<Record<LogFileError["reason"], string>> = {
  "link": "is a link, or has more than one name",
  "not a file": "is no file",
  "not a folder": "is no folder",
  "owner": "belongs to somebody else",
  "mode": "is open to others (chmod go= closes it)",
};

/** @returns one line of JSON, without a line end */
export function lineOf(action: Action, at: Temporal.Instant, agent?: string): string {
  const time = (value: Temporal.Instant) => value.toString({ smallestUnit: "second" });
  return JSON.stringify({
    version: 1,
    at: time(at),
    ...filtered({
      ...action,
      ...(action.expires === undefined ? {} : { expires: time(action.expires) }),
      ...(agent === undefined ? {} : { agent }),
    }),
  });
}

/**
 * A line of the log.
 *
 * @returns nothing where it is cut off, or not one that this program writes
 */
export function parseLine(line: string): Recorded | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { version, at, ...rest } = value as Record<string, unknown>;
  if (version !== 1 || typeof at !== "string" || !timePattern.test(at)) return undefined;
  const fields = filtered(rest);
  return fields.action === undefined ? undefined : { at, ...fields } as unknown as Recorded;
}

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** What stands in place of something that is no name. */
const withheld = "…";

type Filter = (value: unknown) => string | number | readonly string[] | undefined;

const text = (shape: (value: string) => string): Filter => (value) =>
  typeof value === "string" ? shape(value) : undefined;
const list = (shape: (value: string) => string): Filter => (value) =>
  Array.isArray(value)
    ? value.slice(0, mostNames).map((each) => typeof each === "string" ? shape(each) : withheld)
    : undefined;
const only = (pattern: RegExp) => (value: string) => pattern.test(value) ? value : withheld;

/** By field, what may stand there. */
const filters: Readonly<Record<keyof Recorded, Filter>> = {
  at: text(only(timePattern)),
  action: (value) => actionNames.find((each) => each === value),
  step: text(only(/^[a-z][a-z ]{0,39}$/)),
  cause: text(only(/^[a-z]{1,20}(?:_[a-z]{1,20}){0,6}$/)),
  profile: text(name),
  profiles: list(name),
  file: text(path),
  files: list(path),
  names: list(leaf),
  added: list(recipient),
  removed: list(recipient),
  key: text(keyId),
  newKey: text(keyId),
  arn: text(arn),
  region: text(only(/^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/)),
  models: list((value) => /^arn:/.test(value) ? arn(value) : isTame(value, 120) ? value : withheld),
  expires: text(only(timePattern)),
  agent: text(only(/^[A-Z]{2,12}(?:_[A-Z]{2,12}){0,3}$/)),
  count: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : undefined,
};

function filtered(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [field, filter] of Object.entries(filters)) {
    const value = Object.hasOwn(fields, field) ? filter(fields[field]) : undefined;
    if (value !== undefined) kept[field] = value;
  }
  return kept;
}

/**
 * Whether a text is made of words as people make names: letters in one case or each word with a
 * capital, a number, or both one after another. Keys, tokens and passwords are not.
 */
function isTame(value: string, most: number): boolean {
  return value.length <= most && !/[^\w ./:@+-]/.test(value) &&
    value.split(/[\W_]+/).every((word) => tameWord.test(word));
}

const tameWord =
  /^(?:\d{0,14}|[a-z]{1,20}\d{0,4}[a-z]{0,4}|[A-Z]{1,20}\d{0,4}|[A-Z][a-z]|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,}){0,3})$/;

function name(value: string): string {
  return isTame(value, 64) ? value : withheld;
}

/** Keeps of a path the steps that are names. */
function path(value: string): string {
  if (!value.startsWith("/")) return withheld;
  const steps = value.split("/").map((step) => isTame(step, 64) ? step : withheld);
  return steps.length > 30 ? withheld : steps.join("/");
}

/** A file as the log has it, so that it can be looked for there. */
export const pathInLog = path;

function leaf(value: string): string {
  return value.split("/").slice(0, 10).map(name).join("/");
}

function keyId(value: string): string {
  return /^(?:AKIA|ASIA)[A-Z0-9]{12,28}$/.test(value) ? value : withheld;
}

function arn(value: string): string {
  const [, fixed, resource = ""] =
    value.match(/^(arn:aws[a-z-]{0,10}:[a-z0-9-]{2,20}:[a-z0-9-]{0,20}:\d{0,12}:)(.+)$/) ?? [];
  if (fixed === undefined) return withheld;
  if (/^key\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(resource)) return value;
  return `${fixed}${isTame(resource, 200) ? resource : withheld}`;
}

/** As the log has recipients that are too long for it. */
const shortened = /^(?:age1[a-z0-9]{8}…|ssh-(?:ed25519|rsa) …[A-Za-z0-9+/=]{12})$/;

/** An SSH key is shortened to its end, which tells it from the others. */
function recipient(value: string): string {
  if (/^age1[02-9ac-hj-np-z]{58}$/.test(value) || /^[0-9A-F]{40}$/.test(value)) return value;
  if (value.startsWith("arn:")) return arn(value);
  if (shortened.test(value)) return value;
  if (/^age1[a-z0-9]{60,4000}$/.test(value)) return `${value.slice(0, 12)}${withheld}`;
  const [, kind, key = ""] = value.match(/^(ssh-(?:ed25519|rsa)) (AAAA[A-Za-z0-9+/=]{60,})/) ?? [];
  return kind ? `${kind} ${withheld}${key.slice(-12)}` : withheld;
}
