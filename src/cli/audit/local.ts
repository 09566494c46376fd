import { readLog } from "../../platform/append_log.ts";
import { clockText, now } from "../../platform/clock.ts";
import { ownUid } from "../../platform/host.ts";
import { actionLogPath, parseLine, type Recorded } from "../actions.ts";
import type { Context } from "../command.ts";
import { shortPath, withTilde } from "../shown_path.ts";
import { wrapped } from "../wrap.ts";
import { type AuditFlags, beginning } from "./options.ts";

/** What the log of actions says. */
export interface LocalLog {
  /** Nothing where there is no place for one. */
  readonly path: string | undefined;
  /** The oldest first. */
  readonly actions: readonly Recorded[];
  /** Lines that are cut off, or not ours. */
  readonly unreadable: number;
}

/** @throws {LogFileError | FileError} */
export function readActions(env: Readonly<Record<string, string>>): LocalLog {
  const path = actionLogPath(env);
  if (path === undefined) return { path, actions: [], unreadable: 0 };
  const lines = readLog({ path, uid: ownUid() })
    .flatMap(({ text }) => text.split("\n")).filter((line) => line.trim() !== "");
  const actions = lines.flatMap((line) => parseLine(line) ?? []);
  return { path, actions, unreadable: lines.length - actions.length };
}

/** What credsmith did on this machine, the oldest first. */
export function auditLocal(context: Context, flags: AuditFlags, profile: string | undefined): void {
  const { terminal, env } = context;
  const { path, actions, unreadable } = readActions(env);
  context.narrow(["env"]);
  const from = flags.since === undefined ? undefined : beginning(flags.since, 0, now());
  const chosen = actions.filter((each) =>
    (from === undefined || Temporal.Instant.compare(each.at, from) >= 0) &&
    (profile === undefined || each.profile === profile || each.profiles?.includes(profile))
  );
  if (flags.json) {
    terminal.line(JSON.stringify({ version: 1, ok: true, log: path, unreadable, actions: chosen }));
    return;
  }
  if (chosen.length === 0) {
    terminal.line(
      path === undefined
        ? "No log of actions: there is neither XDG_STATE_HOME nor a home"
        : `Nothing in the log of actions (${withTilde(path, env)})`,
    );
  }
  for (const each of chosen) {
    for (const line of wrapped(lineOf(each, context))) terminal.line(line);
  }
  if (unreadable) {
    terminal.note(
      unreadable === 1
        ? "1 line was passed over: it is cut off, or not ours"
        : `${unreadable} lines were passed over: they are cut off, or not ours`,
    );
  }
}

function lineOf(each: Recorded, about: Pick<Context, "cwd" | "env">): string {
  const { at, action, step, cause, profile, profiles, key, newKey, arn, region, agent } = each;
  const list = (word: string, names: readonly string[] | undefined) =>
    names?.length ? [`${word} ${names.join(" ")}`] : [];
  const named = list("names", each.names);
  const files = [...(each.file ? [each.file] : []), ...(each.files ?? [])]
    .map((file) => shortPath(file, about));
  const more = each.count !== undefined && each.count > Math.max(files.length, named.length)
    ? [`${each.count} in all`]
    : [];
  return [
    timeText(at),
    step ? `${action}, ${step}${cause ? ` (${cause})` : ""}` : action,
    ...(profile ? [profile] : []),
    ...(profiles ?? []),
    ...(key && newKey ? [`${key} -> ${newKey}`] : key ? [key] : []),
    ...(arn && action !== "rotate" ? [arn] : []),
    ...(region ? [region] : []),
    ...named,
    ...list("in", each.added),
    ...list("out", each.removed),
    ...list("models", each.models),
    ...(each.expires ? [`until ${timeText(each.expires)}`] : []),
    ...files,
    ...more,
    ...(agent ? [`by an agent (${agent})`] : []),
  ].join("  ");
}

/** By the clocks here, as `login` tells it; what is no time stays as it is. */
function timeText(at: string): string {
  try {
    return clockText(Temporal.Instant.from(at));
  } catch {
    return at;
  }
}
