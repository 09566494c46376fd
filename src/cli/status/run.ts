import type { AwsConfig } from "../../aws/config_file.ts";
import { chooseEndpoints, type Endpoints } from "../../aws/endpoints.ts";
import { now as systemNow } from "../../platform/clock.ts";
import { FileError, RuntimeFolderError } from "../../platform/errors.ts";
import { makeFolder, readFileIfThere, realPath, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { privateFolder } from "../../platform/memory.ts";
import { absolute, parentOf } from "../../platform/paths.ts";
import type { PermissionKind } from "../../platform/permissions.ts";
import { askAboutKeys, type Finding, type Question, type Requests } from "../../status/ask.ts";
import type { Credential } from "../../status/credential.ts";
import { judge } from "../../status/judge.ts";
import { type KeptSession, keptSessions } from "../../status/kept.ts";
import { keyDatesText, parseKeyDates } from "../../status/memory.ts";
import { shellView } from "../../status/shell.ts";
import type { ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { withTilde } from "../shown_path.ts";
import { type RemedyContext, withoutUser, word } from "../verify/remedies.ts";
import { proxyOf, readAwsConfig, regionOf, remedyContext } from "../verify/surroundings.ts";
import { statusDocument } from "./document.ts";
import { type Entry, type FileView, gatherFile, type GatherOptions } from "./gather.ts";
import { liveLines } from "./live.ts";
import type { StatusFlags } from "./options.ts";
import { exposition } from "./prometheus.ts";
import {
  exitOf,
  type FailedFile,
  knownIn,
  type Report,
  type Row,
  sorted,
  type Trouble,
} from "./report.ts";
import { reportLines, shortLine } from "./words.ts";

/** What a run depends on besides its context. */
export interface Surroundings {
  readonly now: () => Temporal.Instant;
  /** The clients; loaded when something is to be asked. */
  readonly load?: () => Promise<Requests>;
}

/** An entry with its file, and what AWS said. */
interface Asked {
  readonly file: FileView;
  readonly entry: Entry;
  finding?: Finding;
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
  const { terminal, env, cwd } = context;
  const offline = flags.offline || flags.short;
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
  const asked: Asked[] = files.flatMap((file) =>
    file.entries.map((entry): Asked => {
      const rests = resting.has(entry.view.accessKeyId ?? "");
      return { file, entry, ...(rests ? { finding: { unseen: "old" } } : {}) };
    })
  );
  const way = wayTo(context, config, flags);
  const memory = new Memory(env, way.iam);
  const claude = flags.short ? undefined : await lookAtClaude(
    context,
    files,
    config,
  );
  const report = (state: Report["asked"]): Report => {
    const at = around.now();
    const judging = { now: at, maxAgeDays: flags.maxAge };
    const rows = asked.map(({ file, entry, finding }): Row => ({
      ...judge(completed(entry.credential, finding, state !== "yes", memory), judging),
      file: file.shown,
      ...(file.flag === undefined ? {} : { flag: file.flag }),
      ...faultOf(way, file, entry, finding),
    }));
    const login = claude?.login;
    const isUsed = claude?.view.credentials.value.kind === "login";
    if (login && isUsed) {
      const credential: Credential = {
        profile: "claude",
        kind: "login",
        unseen: "no record",
        ...(login.ends ? { expires: login.ends } : {}),
      };
      rows.push({ ...judge(credential, judging), file: withTilde(login.path, env) });
    }
    return {
      at,
      maxAgeDays: flags.maxAge,
      files,
      failed,
      rows: sorted(rows),
      asked: state,
      trouble: troubleOf(way, asked),
      shell: shellView(env, {
        known: knownIn(files),
        // One of several profiles that share a session is as good as another.
        sessions: [
          ...files.flatMap((file) =>
            [...file.sessions].map(([profile, session]) => ({ ...session, profile }))
          ),
          ...(files.some(({ closed }) => closed) ? sessions : []),
        ],
        closed: files.some(({ closed }) => closed),
      }),
      ...(claude ? { claude } : {}),
    };
  };

  if (offline) return await tell(context, flags, report("no"));
  const people = !flags.json && !flags.prometheus && flags.output === undefined;
  const live = people ? liveLines(terminal, env) : undefined;
  const linesOf = (each: Report) =>
    reportLines(each, { env, cwd, columns: terminal.columns, style: terminal.style });
  live?.show(linesOf(report("pending")));
  await askAws(way, asked, memory, around);
  live?.clear();
  memory.keep();
  return await tell(context, flags, report("yes"));
}

async function lookAtClaude(
  ...about: Parameters<typeof import("./claude.ts").lookAtClaude>
): Promise<Report["claude"]> {
  const { lookAtClaude } = await import("./claude.ts");
  return lookAtClaude(...about);
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
  memory: Memory,
): Credential {
  const { id, kind, created, unseen } = credential;
  if (kind !== "key" || id === undefined) {
    if (finding?.refused) return { ...credential, refused: finding.refused.cause };
    return kind === "session" && unseen === undefined
      ? { ...credential, unseen: finding?.unseen ?? (notAsked ? "offline" : "no record") }
      : credential;
  }
  const known = finding?.created ?? memory.get(id);
  const dated: Credential = known
    ? { ...credential, created: known, createdFrom: finding?.created ? "iam" : "memory" }
    : credential;
  if (finding?.refused) return { ...dated, refused: finding.refused.cause };
  if (known || created || credential.refused !== undefined) return dated;
  return { ...dated, unseen: finding?.unseen ?? unseen ?? "offline" };
}

/** How AWS is asked, and by what. */
interface Way {
  readonly endpoints: Endpoints;
  /** Where IAM is, if it is not AWS's own, which is another IAM. */
  readonly iam: string | undefined;
  /** Seconds for all of it. */
  readonly timeout: number;
  readonly proxy: Readonly<Record<string, string>> | undefined;
  regionOf(view: ProfileView): string;
  /** What remedies name. */
  remedies(file: FileView, view: ProfileView): RemedyContext;
}

function wayTo(
  { env }: Context,
  config: AwsConfig | undefined,
  { timeout }: StatusFlags,
): Way {
  const endpoints = chooseEndpoints({ env, ...(config ? { config } : {}) });
  const iam = endpoints.iam && withoutUser(endpoints.iam.url);
  const regionFor = (view: ProfileView) => regionOf(view, env, config).region;
  return {
    endpoints,
    iam,
    timeout,
    proxy: proxyOf(env),
    regionOf: regionFor,
    remedies: ({ flag }, view) =>
      remedyContext(
        view,
        regionFor(view),
        endpoints,
        { timeout, ...(flag === undefined ? {} : { file: flag }) },
        env,
      ),
  };
}

/** What is wrong with a credential, in words. */
function faultOf(
  way: Way,
  file: FileView,
  { view, fault }: Entry,
  finding: Finding | undefined,
): Pick<Row, "fault"> {
  if (fault) return { fault };
  if (!finding?.refused) return {};
  const { text, fix } = word(finding.refused, way.remedies(file, view));
  return { fault: { message: text, hint: fix.text } };
}

/** Why AWS did not say, each reason once. */
function troubleOf(way: Way, asked: readonly Asked[]): Trouble[] {
  const found = new Map<string, Trouble & { profiles: string[] }>();
  for (const { file, entry, finding } of asked) {
    if (!finding?.because) continue;
    const { text, fix } = word(finding.because, way.remedies(file, entry.view));
    const trouble = found.get(text) ??
      { cause: finding.because.cause, message: text, fix: fix.text, profiles: [] };
    trouble.profiles.push(entry.view.name);
    found.set(text, trouble);
  }
  return [...found.values()];
}

/** Asks AWS about every key that may be asked with, each once. */
async function askAws(
  { endpoints, timeout, proxy, regionOf }: Way,
  asked: readonly Asked[],
  memory: Memory,
  { now, load = loadRequests }: Surroundings,
): Promise<void> {
  const groups = [
    ...Map.groupBy(
      asked.filter(({ entry, finding }) => entry.mayAsk && finding === undefined),
      ({ entry: { view } }) =>
        JSON.stringify([
          view.accessKeyId,
          view.secretAccessKey?.reveal(),
          view.sessionToken?.reveal(),
          regionOf(view),
        ]),
    ).values(),
  ];
  if (groups.length === 0) return;
  const limit = new AbortController();
  const milliseconds = timeout * 1000;
  const timer = setTimeout(() => limit.abort(), milliseconds);
  const questions = groups.map(([first]): Question => {
    const { view } = first!.entry;
    const { accessKeyId, secretAccessKey, sessionToken } = view;
    return {
      connection: {
        region: regionOf(view),
        endpoints,
        credentials: {
          accessKeyId: accessKeyId!,
          secretAccessKey: secretAccessKey!,
          ...(sessionToken ? { sessionToken } : {}),
        },
        limits: { connect: milliseconds, request: milliseconds },
        signal: limit.signal,
        now,
        ...(proxy ? { proxy } : {}),
      },
      dated: memory.get(accessKeyId!) !== undefined,
    };
  });
  try {
    await askAboutKeys(questions, await load(), (index, finding) => {
      for (const each of groups[index]!) each.finding = finding;
      if (finding.created) {
        memory.put(questions[index]!.connection.credentials.accessKeyId, finding.created);
      }
    });
  } finally {
    clearTimeout(timer);
  }
}

async function loadRequests(): Promise<Requests> {
  const [sts, iam] = await Promise.all([import("../../aws/sts.ts"), import("../../aws/iam.ts")]);
  return { ...sts, ...iam };
}

/** What IAM said earlier about when keys were made, in the user's cache. */
class Memory {
  readonly #path: string | undefined;
  readonly #dates: Map<string, Temporal.Instant>;
  #changed = false;

  /** @param endpoint of IAM, where it is not AWS's own: it knows nothing of AWS's keys */
  constructor(env: Readonly<Record<string, string>>, readonly endpoint: string | undefined) {
    const folder = env.XDG_CACHE_HOME?.startsWith("/")
      ? env.XDG_CACHE_HOME
      : env.HOME && `${env.HOME}/.cache`;
    this.#path = folder ? `${folder}/credsmith/keys.json` : undefined;
    this.#dates = parseKeyDates(this.#read());
  }

  #read(): string {
    try {
      const found = this.#path === undefined ? undefined : readFileIfThere(this.#path);
      return found ? new TextDecoder().decode(found.bytes) : "";
    } catch {
      return "";
    }
  }

  get(id: string): Temporal.Instant | undefined {
    return this.#dates.get(this.#nameOf(id));
  }

  put(id: string, created: Temporal.Instant): void {
    this.#dates.set(this.#nameOf(id), created);
    this.#changed = true;
  }

  #nameOf(id: string): string {
    return this.endpoint === undefined ? id : `${id} ${this.endpoint}`;
  }

  /** Where it cannot be kept it is asked again. */
  keep(): void {
    if (!this.#changed || this.#path === undefined) return;
    try {
      makeFolder(parentOf(this.#path), 0o700);
      replaceFile(
        realPath(this.#path),
        new TextEncoder().encode(keyDatesText(this.#dates)),
        { mode: 0o600 },
      );
    } catch {
      // A cache.
    }
  }
}

async function tell(context: Context, flags: StatusFlags, report: Report): Promise<number> {
  const { terminal, env, cwd } = context;
  const exit = exitOf(report, flags.strict);
  if (flags.output !== undefined) {
    await writeOutput(absolute(flags.output, cwd), textOf(context, flags, report, exit));
    return exit;
  }
  if (flags.prometheus) terminal.out(exposition(report));
  else if (flags.json) terminal.line(JSON.stringify(statusDocument(report, exit)));
  else if (flags.short) terminal.line(shortLine(report));
  else {
    const about = { env, cwd, columns: terminal.columns, style: terminal.style };
    for (const line of reportLines(report, about)) terminal.line(line);
  }
  return exit;
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
