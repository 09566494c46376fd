import type { Login } from "../../claude/login.ts";
import { now as systemNow } from "../../platform/clock.ts";
import { FileError, RuntimeFolderError } from "../../platform/errors.ts";
import { realPath, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { privateFolder } from "../../platform/memory.ts";
import { absolute, parentOf } from "../../platform/paths.ts";
import type { PermissionKind } from "../../platform/permissions.ts";
import type { Finding, Requests } from "../../status/ask.ts";
import type { Credential } from "../../status/credential.ts";
import { judge } from "../../status/judge.ts";
import { type KeptSession, keptSessions } from "../../status/kept.ts";
import { shellView } from "../../status/shell.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { withTilde } from "../shown_path.ts";
import { readAwsConfig } from "../verify/surroundings.ts";
import { askAws, type Asked, faultOf, troubleOf, type Way, wayTo } from "./ask_aws.ts";
import { statusDocument } from "./document.ts";
import { type FileView, gatherFile, type GatherOptions } from "./gather.ts";
import { KeyDatesFile } from "./key_dates.ts";
import { liveLines } from "./live.ts";
import type { StatusFlags } from "./options.ts";
import { exposition } from "./prometheus.ts";
import { exitOf, type FailedFile, knownIn, type Report, type Row, sorted } from "./report.ts";
import { reportLines, shortLine } from "./words.ts";

/** What a run depends on besides its context. */
export interface Surroundings {
  readonly now: () => Temporal.Instant;
  /** The clients; loaded when something is to be asked. */
  readonly load?: () => Promise<Requests>;
}

/** All that a report is made of; what AWS says comes into `asked` later. */
interface Found {
  readonly files: readonly FileView[];
  readonly failed: readonly FailedFile[];
  readonly sessions: readonly KeptSession[];
  readonly asked: readonly Asked[];
  readonly way: Way;
  readonly dates: KeyDatesFile;
  readonly claude: Report["claude"];
}

/**
 * Tells of every credential, worst first.
 *
 * @returns the exit code
 */
export async function status(
  context: Context,
  flags: StatusFlags,
  around: Surroundings = { now: systemNow },
): Promise<number> {
  const { terminal, env } = context;
  const offline = flags.offline || flags.short;
  const found = await find(context, flags, offline);
  const report = (asked: Report["asked"]) =>
    reportOf(found, { asked, at: around.now(), maxAgeDays: flags.maxAge, env });
  if (offline) return await tell(context, flags, report("no"));
  const people = !flags.json && !flags.prometheus && flags.output === undefined;
  const live = people ? liveLines(terminal, env) : undefined;
  live?.show(linesOf(context, report("pending")));
  await askAws(found.way, found.asked, found.dates, around);
  live?.clear();
  await found.dates.keep();
  return await tell(context, flags, report("yes"));
}

/** What can be seen without AWS. */
async function find(context: Context, flags: StatusFlags, offline: boolean): Promise<Found> {
  const { env } = context;
  // Deno closes /dev/shm to whoever gives up a permission, so sessions are read first.
  const sessions = await sessionsInMemory(context);
  const who = sessions.length > 0 ? (await import("../given.ts")).whoIsIt(context) : "";
  const keeps: PermissionKind[] = [
    ...(offline ? [] : ["net", "sys"] as const),
    ...(offline && flags.output === undefined ? [] : ["write"] as const),
  ];
  context.narrow(["read", "write", "net", "env", "sys", "run"]);
  const { files, failed } = await gatherAll(context, flags, { keeps, sessions, who });
  const config = readAwsConfig(env);
  const resting = new Set(files.flatMap((file) => [...file.resting]));
  const asked = files.flatMap((file) =>
    file.entries.map((entry): Asked => {
      const rests = resting.has(entry.view.accessKeyId ?? "");
      return { file, entry, ...(rests ? { finding: { unseen: "old" } } : {}) };
    })
  );
  const way = wayTo(context, config, flags.timeout);
  const dates = new KeyDatesFile(env, way.iam);
  const claude = flags.short
    ? undefined
    : (await import("./claude.ts")).lookAtClaude(context, files, config);
  return { files, failed, sessions, asked, way, dates, claude };
}

function reportOf(
  { files, failed, sessions, asked: all, way, dates, claude }: Found,
  { asked, at, maxAgeDays, env }:
    & Pick<Report, "asked" | "at" | "maxAgeDays">
    & Pick<Context, "env">,
): Report {
  const judging = { now: at, maxAgeDays };
  const rows = all.map(({ file, entry, finding }): Row => ({
    ...judge(completed(entry.credential, finding, asked !== "yes", dates), judging),
    file: file.shown,
    ...(file.flag === undefined ? {} : { flag: file.flag }),
    ...faultOf(way, file, entry, finding),
  }));
  const { view, login } = claude ?? {};
  if (login && view?.credentials.value.kind === "login") {
    rows.push({ ...judge(loginCredential(login), judging), file: withTilde(login.path, env) });
  }
  const closed = files.some((file) => file.closed);
  return {
    at,
    maxAgeDays,
    files,
    failed,
    rows: sorted(rows),
    asked,
    trouble: troubleOf(way, all),
    shell: shellView(env, {
      known: knownIn(files),
      // One of several profiles that share a session is as good as another.
      sessions: [
        ...files.flatMap((file) =>
          [...file.sessions].map(([profile, session]) => ({ ...session, profile }))
        ),
        ...(closed ? sessions : []),
      ],
      closed,
    }),
    ...(claude ? { claude } : {}),
  };
}

/** Claude Code's own login, where that is what it would use. */
function loginCredential({ ends }: Login): Credential {
  return {
    profile: "claude",
    kind: "login",
    unseen: "no record",
    ...(ends ? { expires: ends } : {}),
  };
}

async function sessionsInMemory({ env, mountinfo }: Context): Promise<KeptSession[]> {
  try {
    const folder = await privateFolder({ env, mountinfo }, { create: false });
    return folder === undefined ? [] : keptSessions(folder);
  } catch (error) {
    if (error instanceof RuntimeFolderError || error instanceof FileError) return [];
    throw error;
  }
}

async function gatherAll(
  context: Context,
  flags: StatusFlags,
  about: Pick<GatherOptions, "keeps" | "sessions" | "who">,
): Promise<{ readonly files: readonly FileView[]; readonly failed: readonly FailedFile[] }> {
  const named: readonly (string | undefined)[] = flags.file?.length
    ? [...new Set(flags.file)]
    : [undefined];
  const options = {
    ...(flags.engine ? { engine: flags.engine } : {}),
    names: !flags.short && !flags.prometheus,
    // Before a prompt nobody wants to be asked.
    mayAsk: !flags.short,
    ...about,
  };
  const files: FileView[] = [];
  const failed: FailedFile[] = [];
  for (const [index, flag] of named.entries()) {
    try {
      files.push(await gatherFile(context, flag, index === named.length - 1, options));
    } catch (error) {
      // Alone, it is the failure of the whole command; a defect always is.
      const { exit, cause, message, hint } = await explain(error);
      if (named.length === 1 || exit === exitCodes.defect) throw error;
      failed.push({ file: flag!, exit, cause, message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return { files, failed };
}

/** A credential with what AWS said of it, or is known to have said. */
function completed(
  credential: Credential,
  finding: Finding | undefined,
  notAsked: boolean,
  dates: KeyDatesFile,
): Credential {
  const { id, kind, created, unseen } = credential;
  if (kind !== "key" || id === undefined) {
    if (finding?.refused) return { ...credential, refused: finding.refused.cause };
    return kind === "session" && unseen === undefined
      ? { ...credential, unseen: finding?.unseen ?? (notAsked ? "offline" : "no record") }
      : credential;
  }
  const known = finding?.created ?? dates.get(id);
  const dated: Credential = known
    ? { ...credential, created: known, createdFrom: finding?.created ? "iam" : "memory" }
    : credential;
  if (finding?.refused) return { ...dated, refused: finding.refused.cause };
  if (known || created || credential.refused !== undefined) return dated;
  return { ...dated, unseen: finding?.unseen ?? unseen ?? "offline" };
}

async function tell(context: Context, flags: StatusFlags, report: Report): Promise<number> {
  const { terminal, cwd } = context;
  const exit = exitOf(report, flags.strict);
  if (flags.output !== undefined) {
    await writeOutput(absolute(flags.output, cwd), textOf(context, flags, report, exit));
    return exit;
  }
  if (flags.prometheus) terminal.out(exposition(report));
  else if (flags.json) terminal.line(JSON.stringify(statusDocument(report, exit)));
  else if (flags.short) terminal.line(shortLine(report));
  else for (const line of linesOf(context, report)) terminal.line(line);
  return exit;
}

function linesOf({ terminal, env, cwd }: Context, report: Report): string[] {
  return reportLines(report, { env, cwd, columns: terminal.columns, style: terminal.style });
}

function textOf(
  { env, cwd }: Context,
  flags: StatusFlags,
  report: Report,
  exit: number,
): string {
  if (flags.prometheus) return exposition(report);
  if (flags.json) return `${JSON.stringify(statusDocument(report, exit))}\n`;
  const plain = { env, cwd, columns: 80, style: (_: unknown, text: string) => text };
  return `${(flags.short ? [shortLine(report)] : reportLines(report, plain)).join("\n")}\n`;
}

/** Whole or not at all, so that nobody reads half of it; others may read it. */
async function writeOutput(path: string, text: string): Promise<void> {
  const real = realPath(path);
  const bytes = new TextEncoder().encode(text);
  await withDirectoryLock(parentOf(real), () => replaceFile(real, bytes, { mode: 0o644 }));
}
