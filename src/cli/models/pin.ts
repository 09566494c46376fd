import { type Configuration, planModels } from "../../claude/configure.ts";
import { pathText } from "../../sops/errors.ts";
import { Secret } from "../../sops/secret.ts";
import type { Path } from "../../sops/tree.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import { agreed } from "../agree.ts";
import { maskedDiff } from "../claude/diff.ts";
import { type Applied, applyEdits, type ChangeableFile, changeableFiles } from "../claude/files.ts";
import { viewAfter } from "../claude/outcome.ts";
import { managedRemarks } from "../claude/propose.ts";
import { showDiff, type Shown, shownOf, warnings } from "../claude/report.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { givingPermissions } from "../given.ts";
import type { OpenForReading } from "../open.ts";
import { reopenable } from "../reopen.ts";
import { wrapped } from "../wrap.ts";
import { checkedIds, type Ids, uncheckedIds } from "./ids.ts";
import type { PinFlags } from "./options.ts";
import { conclude, type FileEdit, showEdit } from "./pin_report.ts";

type Opened = Pick<OpenForReading, "document" | "path" | "shown">;

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
  const secrets = await reopenable(context, flags, givingPermissions);
  const { path, shown } = secrets;
  const file = { ...await secrets.open(), path, shown };
  const profile = profileOf(file.document, name);
  const { ids, notes } = flags.check
    ? await checkedIds(context, flags, file, profile, model)
    : uncheckedIds(flags, model);
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
    await secrets.change((document) => {
      for (const { path, after } of edits) document.set(path, new Secret(after));
    });
  }
  const applied = write ? await apply(configuration, files, edits.length > 0) : [];
  if (write) await written(context, file, name, edits, ids, applied);
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
  file: Opened,
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
function secretsOf(file: Opened, profile: ProfileView): Secret[] {
  const { accessKeyId, region, modelId, smallModelId, endpoint } = profile;
  const open = new Set([accessKeyId, region, modelId, smallModelId, endpoint]);
  return [...file.document.leaves()].filter(({ encrypted }) => encrypted)
    .map(({ value }) => value)
    .filter((value) => !open.has(value.reveal()));
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
  file: Opened,
  profile: string,
  edits: readonly FileEdit[],
  { modelId, smallModelId }: Ids,
  applied: readonly Applied[],
): Promise<void> {
  const settings = applied.flatMap((each) => "error" in each ? [] : [each.edit.file.path]);
  const { record } = await import("../actions.ts");
  record(context, {
    action: "models pin",
    profile,
    file: file.path,
    names: edits.map(({ path }) => pathText(path)),
    models: [modelId, smallModelId].filter((id) => id !== undefined),
    ...(settings.length ? { files: settings } : {}),
  });
}
