import type { Configuration } from "../../claude/configure.ts";
import { pathText } from "../../sops/errors.ts";
import type { Path } from "../../sops/tree.ts";
import type { Applied, ChangeableFile } from "../claude/files.ts";
import { viewAfter, whereOf } from "../claude/outcome.ts";
import { type Shown, shownOf } from "../claude/report.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { OpenForReading } from "../open.ts";
import { wrapped } from "../wrap.ts";
import type { Ids } from "./ids.ts";
import type { PinFlags } from "./options.ts";

type SecretsFile = Pick<OpenForReading, "path" | "shown">;

/** One value of the secrets file that changes. */
export interface FileEdit {
  readonly path: Path;
  readonly before?: string;
  readonly after: string;
}

/** Shows it as a diff; none of these values is a secret. */
export function showEdit(
  { terminal }: Context,
  file: SecretsFile,
  { path, before, after }: FileEdit,
): void {
  terminal.line(terminal.style("bold", `${file.shown}: ${pathText(path)}`));
  if (before) terminal.line(terminal.style("red", `-${before}`));
  terminal.line(terminal.style("green", `+${after}`));
}

/** What was done, for whoever tells it. */
export interface Outcome {
  readonly name: string;
  readonly file: SecretsFile;
  readonly ids: Ids;
  readonly edits: readonly FileEdit[];
  readonly configuration: Configuration;
  readonly files: readonly ChangeableFile[];
  readonly diffs: readonly Shown[];
  readonly applied: readonly Applied[];
  readonly notes: readonly string[];
}

/**
 * Says what was pinned, and what Claude Code would still do otherwise.
 *
 * @returns the exit code
 */
export async function conclude(
  context: Context,
  flags: PinFlags,
  outcome: Outcome,
): Promise<number> {
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
  file: SecretsFile,
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
