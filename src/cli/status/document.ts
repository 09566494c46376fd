import type { Chosen, Credentials } from "../../claude/view.ts";
import type { FileView } from "./gather.ts";
import type { ClaudeLook, Report, Row } from "./report.ts";
import { counts } from "./words.ts";

/** A report for programs, version 1; `docs/reference/status.md` describes it. */
export function statusDocument(report: Report, exit: number) {
  const { at, asked, files, failed, rows, trouble, shell, claude, maxAgeDays } = report;
  return {
    version: 1,
    ok: exit === 0,
    exit,
    at: String(at),
    maxAgeDays,
    asked: asked === "yes",
    counts: counts(rows),
    credentials: rows.map(credentialDocument),
    files: files.map(fileDocument),
    failed,
    trouble,
    shell: {
      ...(shell.apiKey ? { apiKey: shell.apiKey } : {}),
      ...(shell.key ? { key: withTimes(shell.key) } : {}),
      ...(shell.awsProfile === undefined ? {} : { awsProfile: shell.awsProfile }),
    },
    ...(claude ? { claude: claudeDocument(claude) } : {}),
  };
}

function credentialDocument(row: Row) {
  const { said, rotation, fault, flag: _, rotateAfterDays: __, ...rest } = row;
  return {
    ...withTimes(rest),
    ...(rotation ? { rotation: withTimes(rotation) } : {}),
    ...(said
      ? {
        said: {
          ...(said.created ? { created: String(said.created) } : {}),
          ...(said.rotateBy ? { rotateBy: String(said.rotateBy) } : {}),
        },
      }
      : {}),
    ...(fault ? { message: fault.message, hint: fault.hint } : {}),
  };
}

function fileDocument({ shown, path, recipients, closed }: FileView) {
  return {
    file: shown,
    path,
    opens: closed === undefined,
    ...(closed ? { cause: closed.cause } : {}),
    recipients: recipients.map(({ id, name, own }) => ({ recipient: id, name, own })),
  };
}

function claudeDocument({ view, login }: ClaudeLook) {
  const { credentials, provider } = view;
  return {
    provider: provider.value,
    credentials: credentials.value.kind,
    from: credentials.from,
    ...namedBy(credentials),
    ...(login?.ends ? { loginEnds: String(login.ends) } : {}),
  };
}

/** What names the credentials; never they themselves. */
function namedBy({ value }: Chosen<Credentials>): Readonly<Record<string, unknown>> {
  switch (value.kind) {
    case "export":
      return value.ours ? { profile: value.ours.profile ?? "default", file: value.ours.file } : {};
    case "static_keys":
      return { id: value.accessKeyId };
    case "aws_profile":
      return { awsProfile: value.profile };
    default:
      return {};
  }
}

/** Instants as text. */
function withTimes(values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) =>
      [name, value instanceof Temporal.Instant ? String(value) : value] as const
    ),
  );
}
