import { planModels } from "../../claude/configure.ts";
import type { Configuration } from "../../claude/configure.ts";
import { type ModelRow, modelRows, resolveModel } from "../../aws/model_list.ts";
import { baseModelOf } from "../../aws/models.ts";
import { now } from "../../platform/clock.ts";
import { pathText } from "../../sops/errors.ts";
import { Secret } from "../../sops/secret.ts";
import type { Path } from "../../sops/tree.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import { agreed } from "../agree.ts";
import { AskingError, linkFor } from "../aws_link.ts";
import { maskedDiff } from "../claude/diff.ts";
import { type Applied, applyEdits, type ChangeableFile, changeableFiles } from "../claude/files.ts";
import { viewAfter, whereOf } from "../claude/outcome.ts";
import { managedRemarks } from "../claude/propose.ts";
import { showDiff, type Shown, shownOf, warnings } from "../claude/report.ts";
import type { Context } from "../command.ts";
import type { Engine } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { word } from "../verify/remedies.ts";
import { showWaiting } from "../verify/report.ts";
import { wrapped } from "../wrap.ts";
import { ModelError } from "./errors.ts";
import { openToChange, type Reopenable } from "./file.ts";
import { look, lookCloser, type Looked } from "./look.ts";
import { lifeText } from "./words.ts";

/** What was asked of `models pin`. */
export type PinFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile?: string;
  readonly small?: string;
  readonly check: boolean;
  readonly claude: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
};

/** One value of the secrets file that changes. */
interface FileEdit {
  readonly path: Path;
  readonly before?: string;
  readonly after: string;
}

/**
 * Sets a profile's models in the secrets file, and where Claude Code's settings name models.
 *
 * @returns the exit code
 */
export async function pinModels(
  context: Context,
  flags: PinFlags,
  model: string | undefined,
  name: string,
): Promise<number> {
  // While everything may still be looked at, as `claude configure` does.
  const files = flags.claude ? await changeableFiles(context) : [];
  const file = await openToChange(context, flags);
  const profile = profileOf(file.document, name);
  const { ids, notes } = flags.check
    ? await checked(context, flags, file, profile, model)
    : unchecked(flags, model);
  const edits = editsOf(profile, ids);
  const configuration = flags.claude
    ? settingsFor(context, files, file, name, ids)
    : { edits: [], unkept: [], remarks: [] };
  context.narrow(["read", "write", "env", "run", "net", "sys"]);
  const known = secretsOf(file, profile);
  const diffs = configuration.edits.map((edit): Shown => ({
    edit,
    diff: maskedDiff(edit, shownOf(edit, files), known),
  }));
  const { terminal } = context;
  if (!flags.json) {
    for (const each of edits) showEdit(context, file, each);
    for (const { diff } of diffs) showDiff(context, diff);
  }
  const remarks = warnings(context, { files, configuration, deviations: [], known: [], goal: "" });
  for (const line of [...notes, ...remarks].flatMap((each) => wrapped(each))) terminal.note(line);
  const nothing = edits.length + diffs.length === 0;
  if (!nothing && !flags.dryRun && !await agreed(context, flags)) {
    terminal.note("Nothing was changed");
    return exitCodes.done;
  }
  const write = !nothing && !flags.dryRun;
  if (write && edits.length) {
    await file.change((document) => {
      for (const { path, after } of edits) document.set(path, new Secret(after));
    });
  }
  const applied = write ? await apply(configuration, files, edits.length > 0) : [];
  if (write) await written(context, file, name, edits, ids, diffs);
  return await conclude(context, flags, {
    name,
    file,
    ids,
    edits,
    configuration,
    files,
    diffs,
    applied,
    notes,
  });
}

interface Ids {
  readonly modelId?: string;
  readonly smallModelId?: string;
}

/** As they were typed, which has to be as Bedrock writes them. */
function unchecked({ small }: PinFlags, model: string | undefined): { ids: Ids; notes: string[] } {
  for (const id of [model, small]) {
    if (id === undefined || id.startsWith("arn:") || baseModelOf(id) !== undefined) continue;
    throw new UsageError(
      `"${id}" is no model id, and short names are looked up in the region`,
      "leave out --no-check, or write it as us.anthropic.claude-opus-5",
      "model_shape",
    );
  }
  return {
    ids: { ...(model ? { modelId: model } : {}), ...(small ? { smallModelId: small } : {}) },
    notes: ["Not checked: whether the account can use that"],
  };
}

/** Looked up in the region, and asked whether the account may use them. */
async function checked(
  context: Context,
  flags: PinFlags,
  file: Reopenable,
  profile: ProfileView,
  model: string | undefined,
): Promise<{ ids: Ids; notes: string[] }> {
  const { bedrock, around } = await linkFor(context, file, profile.name, flags);
  const done = showWaiting(context.terminal, flags.json, "asking AWS");
  const wishes = [model, flags.small].filter((each) => each !== undefined);
  // Which models are meant is known only when they are listed, so only those are asked about.
  const first = await look(bedrock!, () => false, []).finally(done);
  refuseUnasked(first, profile.name, around);
  const pinned = { [model ?? ""]: profile.modelId, [flags.small ?? ""]: profile.smallModelId };
  const ids = new Map(wishes.map((wish) => {
    const found = resolveModel(wish, first.catalog, pinned[wish]);
    if (found.kind !== "unknown") return [wish, found.id] as const;
    throw new ModelError(wish, "unknown", around.region, {
      ...(found.suggestion ? { suggestion: found.suggestion } : {}),
      listed: first.catalog.profiles !== undefined,
    });
  }));
  const bases = [...ids.values()].flatMap((id) => baseModelOf(id) ?? []);
  const second = await lookCloser(bedrock!, first, [...new Set(bases)]);
  refuseUnasked(second, profile.name, around);
  const at = now();
  const rows = modelRows(second.catalog, at, [...ids.values()]);
  const notes: string[] = [];
  for (const [wish, id] of ids) {
    const row = rows.find((each) => each.model === baseModelOf(id));
    if (row?.access === "no" && row.hindrance) {
      throw new ModelError(id, row.hindrance, around.region, { listed: true });
    }
    if (wish !== id) notes.push(`"${wish}" is ${id} in ${around.region}`);
    notes.push(...unknowns(id, row, second, around), ...ending(row, at));
  }
  const modelId = ids.get(model ?? "");
  const smallModelId = ids.get(flags.small ?? "");
  return {
    ids: { ...(modelId ? { modelId } : {}), ...(smallModelId ? { smallModelId } : {}) },
    notes: [...new Set(notes)],
  };
}

type Around = ConstructorParameters<typeof AskingError>[2];

/** A key that AWS does not take, or AWS out of reach; what is denied is only not known. */
function refuseUnasked({ failures }: Looked, profile: string, around: Around): void {
  const found = [...failures.values()].find(({ outcome }) => outcome !== "denied");
  if (found) throw new AskingError(profile, found, around);
}

function unknowns(
  id: string,
  row: ModelRow | undefined,
  { failures }: Looked,
  { remedies }: Around,
): string[] {
  if (row === undefined) {
    return baseModelOf(id) ? [] : [`Not known: whether the account may use the models of ${id}`];
  }
  if (row.access !== "not known") return [];
  const [why] = failures.values();
  const reason = why ? ` (${word(why, remedies).text})` : "";
  return [`Not known: whether the account may use ${row.short}${reason}; credsmith verify asks it`];
}

function ending(row: ModelRow | undefined, at: Temporal.Instant): string[] {
  const text = row ? lifeText(row, at) : "";
  return text ? [`${row!.short}: ${text}`] : [];
}

function editsOf({ modelId, smallModelId, paths }: ProfileView, ids: Ids): FileEdit[] {
  const edit = (path: Path, before: string | undefined, after: string | undefined): FileEdit[] =>
    after === undefined || after === before ? [] : [{ path, ...(before ? { before } : {}), after }];
  return [
    ...edit(paths.modelId, modelId, ids.modelId),
    ...edit(paths.smallModelId, smallModelId, ids.smallModelId),
  ];
}

/** Settings that use Bedrock, and no other profile or file of ours. */
function settingsFor(
  context: Context,
  files: readonly ChangeableFile[],
  file: Reopenable,
  name: string,
  ids: Ids,
): Configuration {
  const none: Configuration = { edits: [], unkept: [], remarks: [] };
  const view = viewAfter(context, files, none);
  if (view.provider.value !== "bedrock" && view.provider.value !== "mantle") return none;
  const { value } = view.credentials;
  if (value.kind === "export" && value.ours) {
    const other = (value.ours.profile ?? "default") !== name ||
      value.ours.file !== undefined && value.ours.file !== file.path;
    if (other) return none;
  }
  const planned = planModels(files, ids);
  return { ...planned, remarks: [...planned.remarks, ...managedRemarks(context)] };
}

/** Values that must not be seen in a diff. */
function secretsOf(file: Reopenable, profile: ProfileView): Secret[] {
  const { accessKeyId, region, modelId, smallModelId, endpoint } = profile;
  const open = new Set([accessKeyId, region, modelId, smallModelId, endpoint]);
  return [...file.document.leaves()].filter(({ encrypted }) => encrypted)
    .map(({ value }) => value)
    .filter((value) => !open.has(value.reveal()));
}

function showEdit(
  { terminal }: Context,
  file: Reopenable,
  { path, before, after }: FileEdit,
): void {
  terminal.line(terminal.style("bold", `${file.shown}: ${pathText(path)}`));
  if (before) terminal.line(terminal.style("red", `-${before}`));
  terminal.line(terminal.style("green", `+${after}`));
}

/** Settings that cannot be written do not take back what is in the secrets file. */
async function apply(
  { edits }: Configuration,
  files: readonly ChangeableFile[],
  pinned: boolean,
): Promise<Applied[]> {
  try {
    return await applyEdits(edits, files);
  } catch (error) {
    if (!pinned) throw error;
    return edits.map((edit) => ({ edit, error }));
  }
}

async function written(
  context: Context,
  file: Reopenable,
  profile: string,
  edits: readonly FileEdit[],
  { modelId, smallModelId }: Ids,
  diffs: readonly Shown[],
): Promise<void> {
  const { record } = await import("../actions.ts");
  record(context, {
    action: "models pin",
    profile,
    file: file.path,
    names: edits.map(({ path }) => pathText(path)),
    models: [modelId, smallModelId].filter((id) => id !== undefined),
    ...(diffs.length ? { files: diffs.map(({ edit }) => edit.file.path) } : {}),
  });
}

interface Outcome {
  readonly name: string;
  readonly file: Reopenable;
  readonly ids: Ids;
  readonly edits: readonly FileEdit[];
  readonly configuration: Configuration;
  readonly files: readonly ChangeableFile[];
  readonly diffs: readonly Shown[];
  readonly applied: readonly Applied[];
  readonly notes: readonly string[];
}

async function conclude(context: Context, flags: PinFlags, outcome: Outcome): Promise<number> {
  const { terminal } = context;
  const { name, file, ids, edits, configuration, files, diffs, applied, notes } = outcome;
  const failures = await Promise.all(
    applied.flatMap((each) =>
      "error" in each ? [explain(each.error).then((fault) => ({ ...each, fault }))] : []
    ),
  );
  const overriding = flags.claude ? overridden(context, files, configuration, name, file, ids) : [];
  const exit = failures.length + overriding.length ? exitCodes.partial : exitCodes.done;
  const already = edits.length + diffs.length === 0;
  if (flags.json) {
    terminal.line(JSON.stringify({
      version: 1,
      ok: exit === exitCodes.done,
      exit,
      dryRun: flags.dryRun,
      already,
      profile: name,
      file: file.shown,
      model: ids.modelId,
      smallModel: ids.smallModelId,
      changes: edits.map(({ path, before, after }) => ({ path: pathText(path), before, after })),
      claude: diffs.map(({ edit, diff }) => {
        const failure = failures.find((each) => each.edit === edit)?.fault;
        return {
          file: edit.file.path,
          scope: edit.file.scope,
          set: edit.set,
          diff,
          written: applied.some((each) => each.edit === edit) && failure === undefined,
          ...(failure ? { cause: failure.cause, message: failure.message } : {}),
        };
      }),
      overridden: overriding,
      notes,
    }));
    return exit;
  }
  for (const { fault } of failures) terminal.note(fault.message);
  for (const line of overriding.flatMap((each) => wrapped(each))) terminal.note(line);
  const models = [ids.modelId, ids.smallModelId].filter((id) => id !== undefined).join(", ");
  const where = [
    ...(edits.length ? [file.shown] : []),
    ...diffs.filter(({ edit }) => !failures.some((each) => each.edit === edit))
      .map(({ edit }) => shownOf(edit, files)),
  ].join(", ");
  if (already) terminal.line(`${models}: pinned already; nothing to change`);
  else if (!flags.dryRun) {
    for (const line of wrapped(`Pinned ${models} (${where})`)) terminal.line(line);
  }
  return exit;
}

/** What Claude Code would use otherwise, although it takes its key from this profile. */
function overridden(
  context: Context,
  files: readonly ChangeableFile[],
  configuration: Configuration,
  name: string,
  file: Reopenable,
  { modelId, smallModelId }: Ids,
): string[] {
  const view = viewAfter(context, files, configuration);
  const { value } = view.credentials;
  const ours = value.kind === "export" && value.ours &&
    (value.ours.profile ?? "default") === name &&
    (value.ours.file === undefined || value.ours.file === file.path);
  if (!ours) return [];
  const compare = [
    ["model", view.model, modelId],
    ["small model", view.smallModel, smallModelId],
  ] as const;
  return compare.flatMap(([what, chosen, wanted]) =>
    chosen && wanted !== undefined && chosen.value !== wanted
      ? [`Claude Code would still use another ${what}: ${whereOf(chosen.from, context)}`]
      : []
  );
}
