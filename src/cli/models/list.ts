import { isOfFamily, type ModelRow, modelRows } from "../../aws/model_list.ts";
import { baseModelOf, shortName } from "../../aws/models.ts";
import { awsProfile } from "../../aws/config_file.ts";
import { claudeView } from "../../claude/view.ts";
import { readSettings } from "../../claude/settings.ts";
import { now } from "../../platform/clock.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import { AskingError, linkFor } from "../aws_link.ts";
import type { Context } from "../command.ts";
import type { Engine } from "../engine.ts";
import { exitCodes } from "../exit_codes.ts";
import { givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { statusLine } from "../terminal.ts";
import { word } from "../verify/remedies.ts";
import { wrapped } from "../wrap.ts";
import { look, type Looked } from "./look.ts";
import { lifeText, pinCommand } from "./words.ts";

/** What was asked of `models`. */
export type ModelsFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly all: boolean;
  readonly family?: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
};

/** Who has a model pinned. */
type Pin = "main" | "small" | "claude" | "claude small";

interface Pinned {
  readonly pin: Pin;
  readonly id: string;
}

/**
 * Shows what the account can use, and what is pinned.
 *
 * @returns the exit code
 */
export async function listModels(
  context: Context,
  flags: ModelsFlags,
  name: string,
): Promise<number> {
  const open = await openForReading(context, {
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    keeps: givingPermissions,
  });
  const profile = profileOf(open.document, name);
  const { bedrock, around } = await linkFor(context, open, name, flags);
  const pinned = pinnedBy(context, profile, around.config);
  const status = flags.json ? undefined : statusLine(context.env);
  status?.show("asking AWS");
  const ids = pinned.map(({ id }) => id);
  const looked = await look(
    bedrock!,
    (id) =>
      flags.family
        ? isOfFamily({ model: id, short: shortName(id) }, flags.family)
        : flags.all || id.startsWith("anthropic."),
    ids,
    (done, of) => status?.show(`asking AWS: ${done} of ${of} models`),
  ).finally(() => status?.clear());
  const fatal = [...looked.failures.values()]
    .find(({ outcome }) => outcome === "credentials") ??
    (looked.catalog.profiles || looked.catalog.models || looked.catalog.availability.size
      ? undefined
      : [...looked.failures.values()].find(({ outcome }) => outcome !== "denied"));
  if (fatal) throw new AskingError(name, fatal, around);
  const at = now();
  const rows = modelRows(looked.catalog, at, ids).filter((row) => {
    const isPinned = ids.some((id) => baseModelOf(id) === row.model);
    if (flags.family) return isOfFamily(row, flags.family);
    return isPinned || flags.all || row.model.startsWith("anthropic.") && row.ending !== "ended";
  });
  const unknown = [...looked.failures].map(([what, diagnosis]) => ({
    what,
    cause: diagnosis.cause,
    text: word(diagnosis, around.remedies).text,
  }));
  const subject = { profile: name, file: open.shown, region: around.region };
  if (flags.json) {
    context.terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      ...subject,
      models: rows.map((row) => ({ ...row, pinned: pinsOf(row, pinned) })),
      applicationProfiles: (looked.catalog.applications ?? []).map(({ arn, name, modelIds }) => ({
        arn,
        name,
        models: modelIds,
        pinned: pinned.filter(({ id }) => id === arn).map(({ pin }) => pin),
      })),
      pinned,
      unknown,
    }));
    return exitCodes.done;
  }
  const { terminal } = context;
  terminal.line([subject.profile, subject.file, subject.region].join(", "));
  if (flags.family && rows.length === 0) {
    const none =
      `No model of the family "${flags.family}" is in ${around.region}; credsmith models --all`;
    for (const line of wrapped(none, terminal.columns)) terminal.line(line);
  }
  for (const row of rows) showRow(context, flags, row, pinsOf(row, pinned), at);
  showApplications(context, looked, pinned);
  for (const { what, text } of unknown) {
    for (const line of wrapped(`Not known: ${what} (${text})`, terminal.columns)) {
      terminal.line(line);
    }
  }
  for (const line of advice(rows, pinned, profile, looked, flags)) terminal.line(line);
  return exitCodes.done;
}

/** What the file pins, and what Claude Code would take here. */
function pinnedBy(
  { env, cwd }: Context,
  { modelId, smallModelId }: ProfileView,
  config: Parameters<typeof awsProfile>[0],
): Pinned[] {
  const view = claudeView(
    env,
    readSettings({ env, cwd }),
    (name) => awsProfile(config, name).get("region")?.value,
  );
  // An alias of Claude Code's (`opus`) is no model of Bedrock's.
  const real = (id: string | undefined) => id && baseModelOf(id) || id?.startsWith("arn:");
  const all: readonly (readonly [Pin, string | undefined])[] = [
    ["main", modelId],
    ["small", smallModelId],
    ["claude", view.model?.value],
    ["claude small", view.smallModel?.value],
  ];
  return all.flatMap(([pin, id]) => id && real(id) ? [{ pin, id }] : []);
}

function pinsOf({ model }: ModelRow, pinned: readonly Pinned[]): Pin[] {
  return pinned.filter(({ id }) => baseModelOf(id) === model).map(({ pin }) => pin);
}

const marks = { "yes": "green", "no": "red", "not known": "yellow" } as const;

/** Where the ids begin. */
const indent = 27;

function showRow(
  { terminal }: Context,
  { all }: ModelsFlags,
  row: ModelRow,
  pins: readonly Pin[],
  at: Temporal.Instant,
): void {
  const { access, short, ways, hindrance } = row;
  const [first = row.model, ...more] = ways;
  const pad = " ".repeat(indent);
  const mark = terminal.style(marks[access], access.padEnd(9));
  const head = `  ${mark}  ${short.padEnd(12)}  ${first}`;
  const note = pins.length ? pins.join(", ") : "";
  const width = 2 + 9 + 2 + Math.max(12, short.length) + 2 + first.length;
  const fits = note !== "" && width + 2 + note.length <= 80;
  terminal.line(fits ? `${head}  ${terminal.style("bold", note)}` : head);
  if (note && !fits) terminal.line(`${pad}${terminal.style("bold", note)}`);
  if (all) { for (const way of more) terminal.line(`${pad}${way}`); }
  const about = [
    hindrance === "not granted"
      ? "the account was not granted it"
      : hindrance === "not in region"
      ? "not in this region"
      : "",
    lifeText(row, at),
  ].filter((part) => part);
  if (about.length) terminal.line(`${pad}${about.join("; ")}`);
}

function showApplications(
  { terminal }: Context,
  { catalog }: Looked,
  pinned: readonly Pinned[],
): void {
  const { applications = [] } = catalog;
  if (applications.length === 0) return;
  terminal.line("Inference profiles of the account's own:");
  for (const { arn, name, modelIds } of applications) {
    const pins = pinned.filter(({ id }) => id === arn).map(({ pin }) => pin);
    const about = [modelIds.map(shortName).join(" "), ...pins].join(", ");
    terminal.line(`  ${name}  ${terminal.style("dim", `(${about})`)}`);
    terminal.line(`    ${arn}`);
  }
}

/** One way out for each pin that will not do for long. */
function advice(
  rows: readonly ModelRow[],
  pinned: readonly Pinned[],
  profile: ProfileView,
  { catalog }: Looked,
  flags: ModelsFlags,
): string[] {
  const ofFile = pinned.filter(({ pin }) => pin === "main" || pin === "small");
  const lines = ofFile.flatMap(({ pin, id }) => {
    const row = rows.find(({ model }) => model === baseModelOf(id));
    if (row === undefined) return [];
    const closed = catalog.profiles && catalog.models && !id.startsWith("arn:") &&
      !row.ways.includes(id);
    if (row.access !== "no" && row.ending === undefined && !closed) return [];
    const family = /opus|sonnet|haiku/.exec(row.short)?.[0];
    const fine = (each: ModelRow) =>
      each.access !== "no" && each.ending === undefined && each.ways.length > 0;
    // The same model by another way, else the newest of its family.
    const better = fine(row)
      ? row
      : rows.find((each) => fine(each) && (family === undefined || each.short.startsWith(family)));
    if (better === undefined) return [];
    const command = pinCommand(better.ways[0]!, {
      small: pin === "small",
      profile: profile.name,
      ...(flags.file === undefined ? {} : { file: flags.file }),
    });
    const what = row.access === "no" || closed ? "cannot be used" : "is near the end of its life";
    return [`"${id}", pinned as ${pin}, ${what}:`, `  ${command}`];
  });
  const nothing = ofFile.length === 0 && (catalog.profiles?.length ?? 0) > 0;
  if (!nothing) return lines;
  const about = {
    profile: profile.name,
    ...(flags.file === undefined ? {} : { file: flags.file }),
  };
  return [`Nothing is pinned: ${pinCommand("MODEL", about)}`];
}
