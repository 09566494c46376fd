import { jsonAnswer, ServiceError } from "./answers.ts";
import { authorize } from "./authenticate.ts";
import { event, exception } from "./event_stream.ts";
import { joined, type RawAnswer } from "./http.ts";
import { type ApplicationProfile, type Model, prefixesOf, regionsOf } from "./models.ts";
import { account, type Caller, type State } from "./state.ts";

/** A request to Bedrock, understood. */
export interface BedrockRequest {
  readonly region: string;
  readonly caller: Caller;
  /** What the path's pattern captured, decoded. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  readonly requestId: string;
}

type Operation = (state: State, request: BedrockRequest) => RawAnswer;

/** Bedrock's operations: method, path, name, what it does. */
export const bedrockRoutes: readonly (readonly [
  method: string,
  path: RegExp,
  name: string,
  run: Operation,
])[] = [
  ["GET", /^\/inference-profiles$/, "ListInferenceProfiles", listInferenceProfiles],
  ["GET", /^\/inference-profiles\/([^/]+)$/, "GetInferenceProfile", getInferenceProfile],
  ["GET", /^\/foundation-models$/, "ListFoundationModels", listFoundationModels],
  ["GET", /^\/foundation-models\/([^/]+)$/, "GetFoundationModel", getFoundationModel],
  [
    "GET",
    /^\/foundation-model-availability\/([^/]+)$/,
    "GetFoundationModelAvailability",
    availability,
  ],
  ["GET", /^\/use-case-for-model-access$/, "GetUseCaseForModelAccess", useCase],
  ["POST", /^\/model\/([^/]+)\/converse$/, "Converse", converse],
  ["POST", /^\/model\/([^/]+)\/converse-stream$/, "ConverseStream", converseStream],
  ["POST", /^\/model\/([^/]+)\/invoke$/, "InvokeModel", invokeModel],
  [
    "POST",
    /^\/model\/([^/]+)\/invoke-with-response-stream$/,
    "InvokeModelWithResponseStream",
    invokeStream,
  ],
];

function modelArn(region: string, model: Model): string {
  return `arn:aws:bedrock:${region}::foundation-model/${model.id}`;
}

function profileArn(region: string, id: string): string {
  return `arn:aws:bedrock:${region}:${account}:inference-profile/${id}`;
}

/** Profiles on a page of a list, where the client does not ask for fewer. */
const usualPage = 100;

function listInferenceProfiles(
  state: State,
  { region, caller, query, requestId }: BedrockRequest,
) {
  authorize(
    caller,
    "bedrock:ListInferenceProfiles",
    `arn:aws:bedrock:${region}:${account}:inference-profile/*`,
    true,
  );
  const summaries = [...state.models.values()].flatMap((model) =>
    prefixesOf(region).filter((prefix) => model.profiles.includes(prefix))
      .map((prefix) => summary(region, prefix, model))
  );
  const own = state.applications.map((each) => application(region, each));
  const all = query.get("type") === "APPLICATION" ? own : summaries;
  const from = Number(query.get("nextToken") ?? 0);
  const to = from + Math.min(Number(query.get("maxResults") ?? usualPage), state.pageSize);
  return jsonAnswer({
    inferenceProfileSummaries: all.slice(from, to),
    ...(to < all.length ? { nextToken: String(to) } : {}),
  }, requestId);
}

function summary(region: string, prefix: string, model: Model) {
  const id = `${prefix}.${model.id}`;
  return {
    inferenceProfileId: id,
    inferenceProfileName: `${prefix.toUpperCase()} ${model.name}`,
    inferenceProfileArn: profileArn(region, id),
    description: `Routes requests to ${model.name}.`,
    models: regionsOf(region, prefix).map((each) => ({ modelArn: modelArn(each, model) })),
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
  };
}

function application(region: string, { id, name, modelId }: ApplicationProfile) {
  return {
    inferenceProfileId: id,
    inferenceProfileName: name,
    inferenceProfileArn: `arn:aws:bedrock:${region}:${account}:application-inference-profile/${id}`,
    models: [{ modelArn: `arn:aws:bedrock:${region}::foundation-model/${modelId}` }],
    status: "ACTIVE",
    type: "APPLICATION",
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
  };
}

function getInferenceProfile(state: State, { region, caller, id, requestId }: BedrockRequest) {
  const own = state.applications.find((each) =>
    id.endsWith(`:application-inference-profile/${each.id}`)
  );
  if (own) return jsonAnswer(application(region, own), requestId);
  authorize(caller, "bedrock:GetInferenceProfile", profileArn(region, id), true);
  const found = profileModel(state, region, id);
  if (found === undefined) {
    throw new ServiceError(404, "ResourceNotFoundException", "Inference profile not found");
  }
  return jsonAnswer(summary(region, found.prefix, found.model), requestId);
}

function listFoundationModels(state: State, { region, caller, requestId }: BedrockRequest) {
  authorize(caller, "bedrock:ListFoundationModels", "*", true);
  const models = [...state.models.values()].filter((model) => model.lifecycle !== "END_OF_LIFE");
  return jsonAnswer({ modelSummaries: models.map((model) => details(region, model)) }, requestId);
}

function getFoundationModel(state: State, { region, caller, id, requestId }: BedrockRequest) {
  authorize(
    caller,
    "bedrock:GetFoundationModel",
    `arn:aws:bedrock:${region}::foundation-model/${id}`,
    true,
  );
  const model = state.models.get(id);
  if (model === undefined || model.lifecycle === "END_OF_LIFE") {
    throw new ServiceError(
      404,
      "ResourceNotFoundException",
      `Could not resolve the foundation model from the provided model identifier.`,
    );
  }
  return jsonAnswer({ modelDetails: details(region, model) }, requestId);
}

function details(region: string, model: Model) {
  return {
    modelArn: modelArn(region, model),
    modelId: model.id,
    modelName: model.name,
    providerName: "Anthropic",
    inputModalities: ["TEXT", "IMAGE"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: model.onDemand ? ["ON_DEMAND"] : ["INFERENCE_PROFILE"],
    modelLifecycle: {
      status: model.lifecycle === "ACTIVE" ? "ACTIVE" : "LEGACY",
      ...(model.legacyTime ? { legacyTime: model.legacyTime } : {}),
      ...(model.endOfLifeTime ? { endOfLifeTime: model.endOfLifeTime } : {}),
    },
  };
}

function availability(state: State, { caller, id, requestId }: BedrockRequest) {
  authorize(caller, "bedrock:GetFoundationModelAvailability", "*", true);
  const model = state.models.get(id);
  if (model === undefined) {
    throw new ServiceError(400, "ValidationException", "The provided model identifier is invalid.");
  }
  return jsonAnswer({
    modelId: id,
    agreementAvailability: { status: model.granted ? "AVAILABLE" : "NOT_AVAILABLE" },
    authorizationStatus: model.granted ? "AUTHORIZED" : "NOT_AUTHORIZED",
    entitlementAvailability: model.granted ? "AVAILABLE" : "NOT_AVAILABLE",
    regionAvailability: "AVAILABLE",
  }, requestId);
}

function useCase(state: State, { caller, requestId }: BedrockRequest) {
  authorize(caller, "bedrock:GetUseCaseForModelAccess", "*", true);
  if (![...state.models.values()].every((model) => model.useCaseSubmitted)) {
    throw new ServiceError(404, "ResourceNotFoundException", "No use case details were submitted.");
  }
  return jsonAnswer({ formData: btoa("{}") }, requestId);
}

function profileModel(
  state: State,
  region: string,
  id: string,
): { prefix: string; model: Model } | undefined {
  const [, prefix = "", base = ""] = id.match(/^(?:arn:[^/]+\/)?(\w+)\.(anthropic\..*)$/) ?? [];
  const model = state.models.get(base);
  if (!model?.profiles.includes(prefix) || !prefixesOf(region).includes(prefix)) return undefined;
  return { prefix, model };
}

/**
 * The model that an invocation reaches.
 *
 * @throws {ServiceError} with the service's own text for everything that stands in the way
 */
function invoked(state: State, request: BedrockRequest, action: string): Model {
  const { region, caller, id } = request;
  const throughProfile = profileModel(state, region, id);
  const bare = id.replace(/^arn:aws:bedrock:[\w-]*::foundation-model\//, "");
  const model = throughProfile?.model ?? state.models.get(bare);
  if (model === undefined) {
    throw new ServiceError(400, "ValidationException", "The provided model identifier is invalid.");
  }
  authorize(
    caller,
    action,
    throughProfile ? profileArn(region, id) : modelArn(region, model),
    true,
  );
  if (model.lifecycle === "END_OF_LIFE") {
    throw new ServiceError(
      404,
      "ResourceNotFoundException",
      "This model version has reached the end of its life. Please refer to the AWS documentation " +
        "for more details.",
    );
  }
  if (!throughProfile && !model.onDemand) {
    throw new ServiceError(
      400,
      "ValidationException",
      `Invocation of model ID ${bare} with on-demand throughput isn’t supported. Retry your ` +
        "request with the ID or ARN of an inference profile that contains this model.",
    );
  }
  if (!model.useCaseSubmitted) {
    throw new ServiceError(
      404,
      "ResourceNotFoundException",
      "Model use case details have not been submitted for this account. Fill out the Anthropic " +
        "use case details form before using the model. If you have already filled out the form, " +
        "try again in 15 minutes.",
    );
  }
  if (!model.granted) {
    throw new ServiceError(
      403,
      "AccessDeniedException",
      "You don't have access to the model with the specified model ID.",
    );
  }
  return model;
}

const answerText = "Hi";

function parsed(request: BedrockRequest): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(request.body));
  } catch {
    throw new ServiceError(400, "SerializationException", "Malformed input request");
  }
}

function conversation(state: State, request: BedrockRequest, action: string): Model {
  const model = invoked(state, request, action);
  const { messages, inferenceConfig } = parsed(request) as {
    messages?: unknown[];
    inferenceConfig?: { maxTokens?: number };
  };
  if (!messages?.length) {
    throw new ServiceError(
      400,
      "ValidationException",
      "A conversation must start with a user message. Try again with a conversation that starts " +
        "with a user message.",
    );
  }
  const tokens = inferenceConfig?.maxTokens ?? 4096;
  if (tokens < model.minTokens) {
    throw new ServiceError(
      400,
      "ValidationException",
      "The model returned the following errors: max_tokens: must be greater than or equal to " +
        `${model.minTokens}`,
    );
  }
  return model;
}

const usage = { inputTokens: 8, outputTokens: 1, totalTokens: 9 };

function converse(state: State, request: BedrockRequest) {
  conversation(state, request, "bedrock:InvokeModel");
  return jsonAnswer({
    output: { message: { role: "assistant", content: [{ text: answerText }] } },
    stopReason: "max_tokens",
    usage,
    metrics: { latencyMs: 12 },
  }, request.requestId);
}

function converseStream(state: State, request: BedrockRequest): RawAnswer {
  conversation(state, request, "bedrock:InvokeModelWithResponseStream");
  return stream(request, [
    event("messageStart", { role: "assistant" }),
    event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: answerText } }),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    event("messageStop", { stopReason: "max_tokens" }),
    event("metadata", { usage, metrics: { latencyMs: 12 } }),
  ]);
}

/** A stream that begins well and then ends in an error. */
export function brokenStream(requestId: string, type: string, message: string): RawAnswer {
  const events = [event("messageStart", { role: "assistant" }), exception(type, message)];
  return stream({ requestId }, events);
}

function stream({ requestId }: { requestId: string }, events: readonly Uint8Array[]): RawAnswer {
  return {
    status: 200,
    headers: {
      "Content-Type": "application/vnd.amazon.eventstream",
      "x-amzn-RequestId": requestId,
    },
    body: joined(events),
  };
}

/** What Claude's own body may hold, as far as it is looked at. */
function claudeModel(state: State, request: BedrockRequest, action: string): Model {
  const model = invoked(state, request, action);
  const body = parsed(request) as { anthropic_version?: string; max_tokens?: number };
  const complaint = body.anthropic_version !== "bedrock-2023-05-31"
    ? "Malformed input request: #: required key [anthropic_version] not found, please reformat " +
      "your input and try again."
    : !body.max_tokens || body.max_tokens < model.minTokens
    ? `max_tokens: must be greater than or equal to ${model.minTokens}`
    : undefined;
  if (complaint) throw new ServiceError(400, "ValidationException", complaint);
  return model;
}

function claudeMessage(model: Model) {
  return {
    id: "msg_bdrk_01EXAMPLE",
    type: "message",
    role: "assistant",
    model: model.id.replace(/^anthropic\./, ""),
    content: [{ type: "text", text: answerText }],
    stop_reason: "max_tokens",
    stop_sequence: null,
    usage: { input_tokens: 8, output_tokens: 1 },
  };
}

function invokeModel(state: State, request: BedrockRequest) {
  const model = claudeModel(state, request, "bedrock:InvokeModel");
  return jsonAnswer(claudeMessage(model), request.requestId, {
    "X-Amzn-Bedrock-Invocation-Latency": "12",
  });
}

function invokeStream(state: State, request: BedrockRequest): RawAnswer {
  const model = claudeModel(state, request, "bedrock:InvokeModelWithResponseStream");
  const start = { type: "message_start", message: { ...claudeMessage(model), content: [] } };
  const delta = { type: "text_delta", text: answerText };
  const parts = [
    start,
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ];
  return stream(
    request,
    parts.map((part) => event("chunk", { bytes: btoa(JSON.stringify(part)) })),
  );
}
