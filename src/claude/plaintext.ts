import type { Secret } from "../sops/secret.ts";
import type { Scope } from "./places.ts";
import type { Located, SettingsLayer } from "./settings.ts";

/** Variables whose values are AWS credentials, by the field of a profile that they belong to. */
const awsVariables = {
  accessKeyId: ["AWS_ACCESS_KEY_ID", "ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID"],
  secretAccessKey: ["AWS_SECRET_ACCESS_KEY", "ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY"],
  sessionToken: ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
} as const;

/** Variables whose values are a credential each, alone. */
const tokenVariables = [
  "AWS_BEARER_TOKEN_BEDROCK",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
] as const;

/** What stands in plaintext in one settings file, in the shape of a profile. */
export interface PlaintextRecord {
  readonly scope: Scope;
  readonly file: string;
  readonly accessKeyId?: Located<Secret>;
  readonly secretAccessKey?: Located<Secret>;
  readonly sessionToken?: Located<Secret>;
  /** API keys and tokens, which are no part of a profile, by the variable's name. */
  readonly tokens: ReadonlyMap<string, Located<Secret>>;
  readonly region?: string;
  readonly modelId?: string;
  readonly smallModelId?: string;
  readonly endpoint?: string;
}

/**
 * The credentials that stand in plaintext in settings files, one record a file, also of files that
 * Claude Code skips: plaintext is plaintext. Empty values are none.
 */
export function findPlaintextKeys(layers: readonly SettingsLayer[]): PlaintextRecord[] {
  return layers.flatMap((layer) => {
    const first = (names: readonly string[]) =>
      names.map((name) => layer.env.get(name)).find((each) => each?.value.reveal());
    const text = (...names: string[]) => first(names)?.value.reveal();
    const tokens = new Map(
      tokenVariables.map((name) => [name, first([name])] as const)
        .filter((pair): pair is [typeof pair[0], Located<Secret>] => pair[1] !== undefined),
    );
    const [accessKeyId, secretAccessKey, sessionToken] = [
      first(awsVariables.accessKeyId),
      first(awsVariables.secretAccessKey),
      first(awsVariables.sessionToken),
    ];
    if (!accessKeyId && !secretAccessKey && !sessionToken && tokens.size === 0) return [];
    return [{
      scope: layer.scope,
      file: layer.path,
      accessKeyId,
      secretAccessKey,
      sessionToken,
      tokens,
      region: text("AWS_REGION", "AWS_DEFAULT_REGION", "ANTHROPIC_BEDROCK_AWS_REGION"),
      modelId: text("ANTHROPIC_MODEL"),
      smallModelId: text("ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"),
      endpoint: text("ANTHROPIC_BEDROCK_BASE_URL"),
    }];
  });
}

/** Variables that hold AWS credentials of any kind, and so would be used or leak into tools. */
export const awsCredentialVariables: readonly string[] = [
  ...Object.values(awsVariables).flat(),
  "AWS_BEARER_TOKEN_BEDROCK",
];
