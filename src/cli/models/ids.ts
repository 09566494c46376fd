import { type ModelRow, modelRows, resolveModel } from "../../aws/model_list.ts";
import { baseModelOf } from "../../aws/models.ts";
import { now } from "../../platform/clock.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { AskingError, linkFor } from "../aws_link.ts";
import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { OpenForReading } from "../open.ts";
import type { Around } from "../verify/online.ts";
import { word } from "../verify/remedies.ts";
import { showWaiting } from "../verify/report.ts";
import { ModelError } from "./errors.ts";
import { look, lookCloser, type Looked } from "./look.ts";
import type { PinFlags } from "./options.ts";
import { lifeText } from "./words.ts";

/** The ids that are to be pinned; what is missing stays as it is. */
export interface Ids {
  readonly modelId?: string;
  readonly smallModelId?: string;
}

/** Ids, and what there is to say of them. */
export interface WishedIds {
  readonly ids: Ids;
  /** Sentences, without a full stop. */
  readonly notes: readonly string[];
}

/**
 * As they were typed, which has to be as Bedrock writes them.
 *
 * @throws {UsageError} for a short name
 */
export function uncheckedIds({ small }: PinFlags, model: string | undefined): WishedIds {
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

/**
 * Looked up in the region, and asked whether the account may use them.
 *
 * @throws {ModelError} there is no such model, or it cannot be used
 * @throws {AskingError} AWS could not be asked
 */
export async function checkedIds(
  context: Context,
  flags: PinFlags,
  file: Pick<OpenForReading, "document">,
  profile: ProfileView,
  model: string | undefined,
): Promise<WishedIds> {
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
