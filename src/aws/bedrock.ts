import {
  BedrockClient,
  GetFoundationModelAvailabilityCommand,
  GetFoundationModelCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { type Answer, ask, type BedrockConnection } from "./clients.ts";

/** An inference profile of this region. */
export interface InferenceProfile {
  /** `us.anthropic.claude-opus-5` */
  readonly id: string;
  /** The models behind it, `anthropic.claude-opus-5`. */
  readonly modelIds: readonly string[];
}

/** Lists the inference profiles that AWS has in this region; one page holds them all. */
export function listInferenceProfiles(
  connection: BedrockConnection,
): Promise<Answer<readonly InferenceProfile[]>> {
  return ask(connection, {
    service: "bedrock",
    operation: "ListInferenceProfiles",
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const input = { maxResults: 1000, typeEquals: "SYSTEM_DEFINED" } as const;
      const output = await client.send(new ListInferenceProfilesCommand(input), options);
      if (!output.inferenceProfileSummaries) throw new SyntaxError("no list in the answer");
      return output.inferenceProfileSummaries.map((each) => ({
        id: each.inferenceProfileId ?? "",
        modelIds: [
          ...new Set(each.models?.map(({ modelArn = "" }) => modelArn.replace(/^.*\//, ""))),
        ],
      }));
    },
  });
}

/** What stands between an account and a model; `undefined` where Bedrock did not say. */
export interface Availability {
  readonly agreement?: string;
  readonly authorized?: boolean;
  readonly entitled?: boolean;
  readonly inRegion?: boolean;
}

/** @param modelId a foundation model's own id */
export function modelAvailability(
  connection: BedrockConnection,
  modelId: string,
): Promise<Answer<Availability>> {
  return ask(connection, {
    service: "bedrock",
    operation: "GetFoundationModelAvailability",
    modelId,
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const command = new GetFoundationModelAvailabilityCommand({ modelId });
      const output = await client.send(command, options);
      return {
        agreement: output.agreementAvailability?.status,
        authorized: is(output.authorizationStatus, "AUTHORIZED"),
        entitled: is(output.entitlementAvailability, "AVAILABLE"),
        inRegion: is(output.regionAvailability, "AVAILABLE"),
      };
    },
  });
}

function is(value: string | undefined, good: string): boolean | undefined {
  return value === undefined ? undefined : value === good;
}

/** A foundation model, as far as it decides whether its own id can be invoked. */
export interface FoundationModel {
  /** Whether it can be invoked without an inference profile. */
  readonly onDemand: boolean;
  readonly legacy: boolean;
}

/** @param modelId a foundation model's own id */
export function foundationModel(
  connection: BedrockConnection,
  modelId: string,
): Promise<Answer<FoundationModel>> {
  return ask(connection, {
    service: "bedrock",
    operation: "GetFoundationModel",
    modelId,
    client: (config) => new BedrockClient(config),
    call: async (client, options) => {
      const command = new GetFoundationModelCommand({ modelIdentifier: modelId });
      const { modelDetails } = await client.send(command, options);
      if (!modelDetails) throw new SyntaxError("no model in the answer");
      return {
        onDemand: modelDetails.inferenceTypesSupported?.includes("ON_DEMAND") ?? true,
        legacy: modelDetails.modelLifecycle?.status === "LEGACY",
      };
    },
  });
}

/** A model's answer. */
export interface Reply {
  /** Milliseconds from sending to the end of the stream. */
  readonly latency: number;
}

/**
 * Has a model answer with at most so many tokens, streamed, because that is what Claude Code does
 * and a permission of its own.
 */
export function converse(
  connection: BedrockConnection,
  modelId: string,
  maxTokens: number,
): Promise<Answer<Reply>> {
  return ask(connection, {
    service: "bedrock-runtime",
    operation: "ConverseStream",
    modelId,
    client: (config) => new BedrockRuntimeClient(config),
    call: async (client, options) => {
      const begun = connection.now();
      const command = new ConverseStreamCommand({
        modelId,
        messages: [{ role: "user", content: [{ text: "Hi" }] }],
        inferenceConfig: { maxTokens },
      });
      const { stream } = await client.send(command, options);
      let ended = false;
      for await (const event of stream ?? []) if (event.messageStop) ended = true;
      if (!ended) throw new SyntaxError("the stream ended early");
      return { latency: connection.now().epochMilliseconds - begun.epochMilliseconds };
    },
  });
}
