/** A foundation model that the stand-in knows. */
export interface Model {
  /** `anthropic.claude-opus-5` */
  readonly id: string;
  readonly name: string;
  /** Can be invoked by its own id, without an inference profile. */
  readonly onDemand: boolean;
  /** The prefixes of its inference profiles. */
  readonly profiles: readonly string[];
  lifecycle: "ACTIVE" | "LEGACY" | "END_OF_LIFE";
  /** When it becomes a legacy model, and when it ends; ISO 8601. */
  legacyTime?: string;
  endOfLifeTime?: string;
  /** Whether the account was given access, has an agreement, is entitled. */
  granted: boolean;
  useCaseSubmitted: boolean;
  /** The least that `maxTokens` may be. */
  minTokens: number;
}

const names: readonly (readonly [id: string, name: string])[] = [
  ["anthropic.claude-opus-5", "Claude Opus 5"],
  ["anthropic.claude-opus-4-8", "Claude Opus 4.8"],
  ["anthropic.claude-opus-4-7", "Claude Opus 4.7"],
  ["anthropic.claude-opus-4-6-v1", "Claude Opus 4.6"],
  ["anthropic.claude-sonnet-5", "Claude Sonnet 5"],
  ["anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6"],
  ["anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5"],
  ["anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5"],
];

/** The models of a fresh account that has everything granted. */
export function freshModels(): Map<string, Model> {
  const usual = {
    lifecycle: "ACTIVE",
    granted: true,
    useCaseSubmitted: true,
    minTokens: 1,
  } as const;
  const models: Model[] = [
    ...names.map(([id, name]) => ({
      ...usual,
      id,
      name,
      onDemand: false,
      profiles: ["us", "eu", "apac", "global"],
    })),
    {
      ...usual,
      id: "anthropic.claude-3-haiku-20240307-v1:0",
      name: "Claude 3 Haiku",
      onDemand: true,
      profiles: ["us", "eu", "apac"],
      lifecycle: "LEGACY",
    },
    {
      ...usual,
      id: "anthropic.claude-3-sonnet-20240229-v1:0",
      name: "Claude 3 Sonnet",
      onDemand: true,
      profiles: [],
      lifecycle: "END_OF_LIFE",
    },
  ];
  return new Map(models.map((model) => [model.id, model]));
}

/** @returns the prefixes of inference profiles that are served from a region */
export function prefixesOf(region: string): readonly string[] {
  const area = region.startsWith("us-") || region.startsWith("ca-")
    ? "us"
    : region.startsWith("eu-")
    ? "eu"
    : "apac";
  return [area, "global"];
}

/** Where requests to an inference profile may go. */
export function regionsOf(region: string, prefix: string): readonly string[] {
  const areas: Readonly<Record<string, readonly string[]>> = {
    us: ["us-east-1", "us-east-2", "us-west-2"],
    eu: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"],
    apac: ["ap-northeast-1", "ap-southeast-1", "ap-southeast-2"],
    // The rest of the world is one ARN without a region.
    global: [region, ""],
  };
  return areas[prefix] ?? [region];
}

/** An inference profile that the account has made. */
export interface ApplicationProfile {
  /** `abc123def456` */
  readonly id: string;
  readonly name: string;
  readonly modelId: string;
}
