import { parseAwsConfig } from "../../../aws/config_file.ts";
import { sourceOf } from "../../../aws/source.ts";
import { readSettings } from "../../../claude/settings.ts";
import { readIfThere } from "../../../platform/optional.ts";
import { profile as profileOf, profilesOf } from "../../../store/credentials.ts";
import type { Context } from "../../command.ts";
import type { Engine } from "../../engine.ts";
import { explain as wordsOf } from "../../faults.ts";
import { openForReading } from "../../open.ts";
import { withTilde } from "../../shown_path.ts";
import { harmlessName } from "../../terminal.ts";
import { wrapped } from "../../wrap.ts";
import { readAwsConfig, regionOf } from "../surroundings.ts";
import type { ExplainRow } from "./row.ts";
import { explainRows } from "./rows.ts";

/**
 * One table: which source of a profile is taken, which are skipped and why, and what a program
 * started here without credsmith would take. Nothing is asked of the network.
 *
 * @returns 0, or the exit code of what is wrong with the source
 */
export async function verifyExplain(
  context: Context,
  flags: { readonly engine?: Engine; readonly file?: string; readonly json: boolean },
  name: string,
): Promise<number> {
  const { env, cwd, terminal } = context;
  const open = await openForReading(context, { ...flags, keeps: ["read", "env"] });
  const profile = profileOf(open.document, name);
  const profiles = profilesOf(open.document);
  const fault = await problemOf(() => sourceOf(profiles, name));
  const config = readAwsConfig(env);
  const credentials = readCredentials(env);
  const { region } = regionOf(profile, env, config);
  const rows = explainRows({
    profiles,
    profile,
    env,
    cwd,
    ...(config ? { config } : {}),
    ...(credentials ? { credentials } : {}),
    layers: readSettings({ env, cwd }),
    ...(fault ? { problem: fault.message } : {}),
  });
  const exit = fault?.exit ?? 0;
  if (flags.json) {
    terminal.line(JSON.stringify({
      version: 1,
      ok: exit === 0,
      exit,
      ...(fault ? { cause: fault.cause, fix: fault.hint } : {}),
      profile: name,
      file: open.shown,
      region,
      rows,
    }));
    return exit;
  }
  terminal.line([name, open.shown, region].join(", "));
  for (const line of layOutRows(rows)) terminal.line(line);
  terminal.line(
    fault?.hint
      ? `  fix  ${fault.hint}`
      : "credsmith exec, and a loader, set aside what stands here",
  );
  return exit;
}

async function problemOf(look: () => unknown) {
  try {
    look();
    return undefined;
  } catch (error) {
    return await wordsOf(error);
  }
}

/** `~/.aws/credentials`, or the file that `AWS_SHARED_CREDENTIALS_FILE` names. */
function readCredentials(env: Readonly<Record<string, string>>) {
  const path = env.AWS_SHARED_CREDENTIALS_FILE || (env.HOME && `${env.HOME}/.aws/credentials`);
  if (!path) return undefined;
  try {
    const bytes = readIfThere(path);
    return bytes && parseAwsConfig(new TextDecoder().decode(bytes), withTilde(path, env));
  } catch {
    return undefined;
  }
}

/** Rows in lines of at most 80 columns; a part is named once, and what it has is numbered. */
function layOutRows(rows: readonly ExplainRow[]): string[] {
  const lines: string[] = [];
  let part: string | undefined;
  let rank = 0;
  for (const row of rows) {
    if (row.part !== part) rank = 0;
    const head = row.part === part ? "" : row.part;
    part = row.part;
    const numbered = row.state === "beside" || row.state === "fails" && !row.where;
    const number = numbered ? "-" : `${++rank}`;
    const text = harmlessName(`${row.what}${row.where ? ` (${row.where})` : ""}: ${row.why}`);
    const indent = " ".repeat(26);
    const [first = "", ...rest] = wrapped(`${indent}${text}`);
    lines.push(
      `  ${head.padEnd(11)}  ${number}  ${row.state.padEnd(7)} ${first.trimStart()}`.trimEnd(),
      ...rest,
    );
  }
  return lines;
}
