import {
  BedrockClient,
  GetInferenceProfileCommand,
  type InferenceProfileSummary,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import type { InferenceProfile } from "./bedrock.ts";
import { type Answer, ask, type BedrockConnection } from "./clients.ts";

/** An inference profile with all that policies and lists say of it. */
export interface ListedProfile extends InferenceProfile {
  readonly arn: string;
  readonly name: string;
  /** Made by the account, and known by its ARN only. */
  readonly application: boolean;
  /** In every region that requests may go to. */
  readonly modelArns: readonly string[];
}

/** Lists the inference profiles of AWS's or of the account's own in this region. */
export function listProfiles(
  connection: BedrockConnection,
  type: "SYSTEM_DEFINED" | "APPLICATION",
): Promise<Answer<readonly ListedProfile[]>> {
  return ask(connection, {
    service: "bedrock",
    operation: "ListInferenceProfiles",
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const found: ListedProfile[] = [];
      let nextToken: string | undefined;
      do {
        const input = { maxResults: 1000, typeEquals: type, ...(nextToken ? { nextToken } : {}) };
        const page = await client.send(new ListInferenceProfilesCommand(input), options);
        if (!page.inferenceProfileSummaries) throw new SyntaxError("no list in the answer");
        found.push(...page.inferenceProfileSummaries.map(profileOf).filter(isProper));
        nextToken = page.nextToken;
      } while (nextToken);
      return found;
    },
  });
}

/** @param id of an inference profile, or its ARN */
export function inferenceProfile(
  connection: BedrockConnection,
  id: string,
): Promise<Answer<ListedProfile>> {
  return ask(connection, {
    service: "bedrock",
    operation: "GetInferenceProfile",
    modelId: id,
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const command = new GetInferenceProfileCommand({ inferenceProfileIdentifier: id });
      const found = profileOf(await client.send(command, options));
      if (!isProper(found)) throw new SyntaxError("no profile in the answer");
      return found;
    },
  });
}

/** An id or an ARN of Bedrock's: what is none, no program can be told to use. */
const properId = /^[\w.:/-]{1,2048}$/;

function isProper({ id, arn, modelArns }: ListedProfile): boolean {
  return [id, arn, ...modelArns].every((each) => properId.test(each));
}

/** A name that people gave. */
function nameOf(text = ""): string {
  return text.replace(/\p{C}+/gu, "?");
}

type Summary = Pick<
  InferenceProfileSummary,
  "inferenceProfileArn" | "inferenceProfileId" | "inferenceProfileName" | "models" | "type"
>;

function profileOf(summary: Summary): ListedProfile {
  const { inferenceProfileArn: arn, inferenceProfileId, inferenceProfileName, models } = summary;
  if (!arn || !models) throw new SyntaxError("no profile in the answer");
  const modelArns = [...new Set(models.flatMap(({ modelArn }) => modelArn ?? []))];
  const application = summary.type === "APPLICATION";
  return {
    id: application ? arn : inferenceProfileId ?? arn.replace(/^.*\//, ""),
    arn,
    name: nameOf(inferenceProfileName),
    application,
    modelArns,
    modelIds: [...new Set(modelArns.map((each) => each.replace(/^.*\//, "")))],
  };
}

/** How far a model's life has come. */
export interface Lifecycle {
  readonly legacy: boolean;
  /** When it becomes, or became, a legacy model. */
  readonly legacyFrom?: Temporal.Instant;
  readonly endOfLife?: Temporal.Instant;
}

/** A foundation model of this region. */
export interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  /** Whether it can be invoked by its own id. */
  readonly onDemand: boolean;
  readonly lifecycle: Lifecycle;
}

/** Lists the foundation models that are served in this region. */
export function listModels(connection: BedrockConnection): Promise<Answer<readonly ListedModel[]>> {
  return ask(connection, {
    service: "bedrock",
    operation: "ListFoundationModels",
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const output = await client.send(new ListFoundationModelsCommand({}), options);
      if (!output.modelSummaries) throw new SyntaxError("no list in the answer");
      const proper = output.modelSummaries.filter(({ modelId = "" }) => properId.test(modelId));
      return proper.map((each): ListedModel => {
        const { status, legacyTime, endOfLifeTime } = each.modelLifecycle ?? {};
        const legacyFrom = instant(legacyTime);
        const endOfLife = instant(endOfLifeTime);
        return {
          id: each.modelId ?? "",
          name: nameOf(each.modelName),
          provider: nameOf(each.providerName),
          onDemand: each.inferenceTypesSupported?.includes("ON_DEMAND") ?? false,
          lifecycle: {
            legacy: status === "LEGACY",
            ...(legacyFrom ? { legacyFrom } : {}),
            ...(endOfLife ? { endOfLife } : {}),
          },
        };
      });
    },
  });
}

/** A date that cannot be read is none. */
function instant(date: Date | undefined): Temporal.Instant | undefined {
  return date && !Number.isNaN(date.getTime()) ? date.toTemporalInstant() : undefined;
}
