import type { BedrockConnection } from "../../aws/clients.ts";
import { diagnose, type Diagnosis } from "../../aws/diagnose.ts";
import type { Catalog } from "../../aws/model_list.ts";
import { baseModelOf } from "../../aws/models.ts";
import { eachOf, patiently } from "../../aws/reading.ts";
import { patience } from "../aws_link.ts";

/** What a region has, and what could not be asked. */
export interface Looked {
  readonly catalog: Catalog;
  /** By what would have been learnt: `which models there are`. */
  readonly failures: ReadonlyMap<string, Diagnosis>;
}

/** Models that are asked about at the same time. */
const atOnce = 8;

/**
 * Asks what there is, and for each model that is wanted whether the account may use it.
 *
 * @param wanted of the models that were found, those to ask about
 * @param progress hears how many have answered
 */
export async function look(
  connection: BedrockConnection,
  wanted: (id: string) => boolean,
  also: readonly string[],
  progress: (done: number, of: number) => void = () => {},
): Promise<Looked> {
  const { listModels, listProfiles } = await import("../../aws/catalog.ts");
  const failures = new Map<string, Diagnosis>();
  async function read<T>(
    what: string,
    request: () => ReturnType<typeof patiently<T>>,
  ): Promise<T | undefined> {
    const answer = await patiently(request, patience);
    if (answer.ok) return answer.value;
    if (!failures.has(what)) failures.set(what, diagnose(answer.failure));
    return undefined;
  }
  const [profiles, applications, models] = await Promise.all([
    read("which inference profiles there are", () => listProfiles(connection, "SYSTEM_DEFINED")),
    read(
      "which inference profiles the account has made",
      () => listProfiles(connection, "APPLICATION"),
    ),
    read("how far the models' lives have come", () => listModels(connection)),
  ]);
  const known = [
    ...(profiles ?? []).flatMap(({ modelIds }) => modelIds),
    ...(models ?? []).map(({ id }) => id),
  ].filter(wanted);
  const pinned = also.flatMap((id) => baseModelOf(id) ?? []);
  const ids = [...new Set([...known, ...pinned])];
  const looked = {
    catalog: {
      availability: new Map(),
      ...(profiles ? { profiles } : {}),
      ...(applications ? { applications } : {}),
      ...(models ? { models } : {}),
    },
    failures,
  };
  return await lookCloser(connection, looked, ids, progress);
}

/** Asks of these models whether the account may use them. */
export async function lookCloser(
  connection: BedrockConnection,
  { catalog, failures }: Looked,
  ids: readonly string[],
  progress: (done: number, of: number) => void = () => {},
): Promise<Looked> {
  const { modelAvailability } = await import("../../aws/bedrock.ts");
  let done = 0;
  const answers = await eachOf(ids, atOnce, async (id) => {
    const answer = await patiently(() => modelAvailability(connection, id), patience);
    progress(++done, ids.length);
    return [id, answer] as const;
  });
  const [refused] = answers.flatMap(([, answer]) => answer.ok ? [] : [answer.failure]);
  return {
    catalog: {
      ...catalog,
      availability: new Map([
        ...catalog.availability,
        ...answers.flatMap(([id, answer]) => answer.ok ? [[id, answer.value] as const] : []),
      ]),
    },
    failures: refused
      ? new Map([...failures, ["what the account may use", diagnose(refused)]])
      : failures,
  };
}
