import { partitionOf } from "../../aws/arn.ts";
import type { Answer, BedrockConnection } from "../../aws/clients.ts";
import { diagnose } from "../../aws/diagnose.ts";
import { baseModelOf, isInferenceProfile } from "../../aws/models.ts";
import type { ModelUse } from "../../aws/policy/needs.ts";
import { eachOf, patiently } from "../../aws/reading.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { AskingError, patience } from "../aws_link.ts";
import { pinCommand } from "../models/words.ts";
import type { Around } from "../verify/online.ts";
import { type Asking, isHopeless, type Wishes } from "./asking.ts";

/** Models that are asked about at the same time. */
const atOnce = 4;

/**
 * The models that a profile pins, and where its requests for them may go.
 *
 * @param notes what is not known is added to them
 * @throws {AskingError} AWS does not take the key, or cannot be reached
 */
export async function modelsOf(
  name: string,
  view: ProfileView,
  account: string | undefined,
  around: Around,
  connection: BedrockConnection | undefined,
  wishes: Wishes,
  asking: Asking,
  notes: Set<string>,
): Promise<{ uses: ModelUse[]; marketplace: boolean }> {
  const ids = [...new Set([view.modelId, view.smallModelId].filter((id) => id !== undefined))];
  if (ids.length === 0) {
    const pin = pinCommand("MODEL", { profile: name });
    notes.add(`Profile "${name}" pins no model, so there is none to allow: ${pin}`);
  } else if (view.smallModelId === undefined) {
    notes.add(
      `Profile "${name}" pins no small model; Claude Code's own choice for background tasks is ` +
        "not part of the policy",
    );
  }
  const asked = wishes.offline ? undefined : connection;
  const { region } = around;
  const arnBase = `arn:${partitionOf(region)}:bedrock`;
  let marketplace = wishes.marketplace ?? false;
  async function use(id: string): Promise<ModelUse> {
    const base = baseModelOf(id);
    if (/^arn:/.test(id) && !/inference-profile\//.test(id)) {
      return { id, modelArns: [id] };
    }
    if (base !== undefined && !isInferenceProfile(id)) {
      return { id, modelArns: [`${arnBase}:${region}::foundation-model/${base}`] };
    }
    const arn = id.startsWith("arn:")
      ? id
      : `${arnBase}:${region}:${account ?? "*"}:inference-profile/${id}`;
    const found = asked && await route(asked, id);
    if (found?.ok) {
      return { id, inferenceProfile: { arn: found.value.arn }, modelArns: found.value.modelArns };
    }
    const refused = found && diagnose(found.failure);
    if (refused && isHopeless(refused)) throw new AskingError(name, refused, around);
    const why = refused ? asking.word(refused, around) : "AWS was not asked";
    notes.add(
      `Where "${id}" routes to is not known (${why}): its models are allowed in every region`,
    );
    return {
      id,
      inferenceProfile: { arn },
      modelArns: [`${arnBase}:*::foundation-model/${base ?? "*"}`],
    };
  }
  const uses = await eachOf(ids, atOnce, use);
  if (wishes.marketplace === undefined) {
    marketplace = await needsMarketplace(ids, asked, around, asking, notes);
  }
  return { uses, marketplace };
}

/** Asked for the one, which the least policy allows; else looked up among all. */
async function route(connection: BedrockConnection, id: string): Promise<Answer<Routed>> {
  const { inferenceProfile, listProfiles } = await import("../../aws/catalog.ts");
  const answer = await patiently(() => inferenceProfile(connection, id), patience);
  if (answer.ok || id.startsWith("arn:")) return answer;
  const all = await patiently(() => listProfiles(connection, "SYSTEM_DEFINED"), patience);
  const found = all.ok ? all.value.find((each) => each.id === id) : undefined;
  return all.ok && found ? { ...all, value: found } : answer;
}

interface Routed {
  readonly arn: string;
  readonly modelArns: readonly string[];
}

/** Whether a model is still to be subscribed to, which its first use does. */
async function needsMarketplace(
  ids: readonly string[],
  connection: BedrockConnection | undefined,
  around: Around,
  asking: Asking,
  notes: Set<string>,
): Promise<boolean> {
  const bases = [...new Set(ids.map(baseModelOf).filter((id) => id !== undefined))];
  if (bases.length === 0) return false;
  if (connection === undefined) {
    notes.add(
      "Whether the models are subscribed to is not known (AWS was not asked): --marketplace adds " +
        "what their first use needs",
    );
    return false;
  }
  const { modelAvailability } = await import("../../aws/bedrock.ts");
  const found = await eachOf(
    bases,
    atOnce,
    (id) => patiently(() => modelAvailability(connection, id), patience),
  );
  const denied = found.find((each) => !each.ok);
  if (denied && !denied.ok) {
    notes.add(
      `Whether the models are subscribed to is not known (${
        asking.word(diagnose(denied.failure), around)
      }): --marketplace adds what their first use needs`,
    );
  }
  return found.some((each) =>
    each.ok && /^(NOT_AVAILABLE|PENDING)$/.test(each.value.agreement ?? "")
  );
}
