import { Secret } from "../sops/secret.ts";
import { type ExportCommand, parseExportCommand } from "./export_command.ts";
import type { Scope } from "./places.ts";
import { effectiveSettings, type Problem, type SettingsLayer } from "./settings.ts";

/** Where a value that Claude Code uses comes from. */
export type Origin =
  | {
    readonly kind: "settings";
    readonly scope: Scope;
    readonly file: string;
    readonly line: number;
    /** As a path in the document: `env.AWS_PROFILE`. */
    readonly name: string;
  }
  | { readonly kind: "environment"; readonly name: string }
  /** Something that is read outside settings and environment: an AWS profile's region. */
  | { readonly kind: "aws_config"; readonly name: string }
  /** What Claude Code does when nothing is set. */
  | { readonly kind: "default" };

/** A value with its origin. */
export interface Chosen<T> {
  readonly value: T;
  readonly from: Origin;
}

/** Who answers Claude Code's requests. */
export type Provider =
  | "bedrock"
  | "mantle"
  | "vertex"
  | "foundry"
  | "anthropic_aws"
  | "anthropic";

/** The credentials that Claude Code would use. */
export type Credentials =
  /** `awsCredentialExport`; `ours` where it is `credsmith credential-process --format claude`. */
  | { readonly kind: "export"; readonly command: Secret; readonly ours?: ExportCommand }
  /** `AWS_BEARER_TOKEN_BEDROCK`: goes past everything else. */
  | { readonly kind: "bearer_token"; readonly token: Secret }
  | {
    readonly kind: "static_keys";
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret;
    readonly sessionToken?: Secret;
  }
  | { readonly kind: "aws_profile"; readonly profile: string }
  /** Nothing is named: default AWS profile, container, instance. */
  | { readonly kind: "aws_chain" }
  /** `CLAUDE_CODE_SKIP_BEDROCK_AUTH`: a gateway signs. */
  | { readonly kind: "gateway" }
  | { readonly kind: "auth_token" | "api_key" | "oauth_token"; readonly token: Secret }
  | { readonly kind: "api_key_helper"; readonly command: Secret }
  | { readonly kind: "login" }
  /** A cloud that is not AWS. */
  | { readonly kind: "other_cloud" };

/** What Claude Code would do, and why. */
export interface ClaudeView {
  readonly provider: Chosen<Provider>;
  readonly credentials: Chosen<Credentials>;
  readonly region: Chosen<string>;
  /** Nothing where Claude Code's own default applies. */
  readonly model?: Chosen<string>;
  /** The model of background tasks; nothing where Claude Code's own rule applies. */
  readonly smallModel?: Chosen<string>;
  /** `ANTHROPIC_BEDROCK_BASE_URL`. */
  readonly endpoint?: Chosen<string>;
  /** Files that Claude Code skips. */
  readonly problems: readonly Problem[];
}

const switches: readonly (readonly [string, Provider])[] = [
  ["CLAUDE_CODE_USE_BEDROCK", "bedrock"],
  ["CLAUDE_CODE_USE_MANTLE", "mantle"],
  ["CLAUDE_CODE_USE_VERTEX", "vertex"],
  ["CLAUDE_CODE_USE_FOUNDRY", "foundry"],
  ["CLAUDE_CODE_USE_ANTHROPIC_AWS", "anthropic_aws"],
];

/**
 * Which credentials, region and model Claude Code would use. A variable in a settings file beats
 * the same one of the shell; an empty one counts as unset.
 *
 * @param env the environment that Claude Code would be started with
 * @param layers highest precedence first, of `readSettings`
 * @param awsRegionOf the region that the AWS configuration files give to an AWS profile
 * @see Claude Code's documentation, "Authentication precedence" and "Claude Code on Amazon Bedrock"
 */
export function claudeView(
  env: Readonly<Record<string, string>>,
  layers: readonly SettingsLayer[],
  awsRegionOf: (profile: string) => string | undefined = () => undefined,
): ClaudeView {
  const settings = effectiveSettings(layers);

  const text = (name: string): Chosen<string> | undefined => {
    const set = settings.env.get(name);
    if (set === undefined) {
      return env[name] ? { value: env[name], from: { kind: "environment", name } } : undefined;
    }
    const { scope, file, line, path } = set;
    const value = set.value.reveal();
    if (value === "") return undefined;
    return { value, from: { kind: "settings", scope, file, line, name: path.join(".") } };
  };
  const setting = (name: keyof typeof settings.values): Chosen<Secret> | undefined => {
    const found = settings.values[name];
    if (!found?.value.reveal()) return undefined;
    const { scope, file, line, value } = found;
    return { value, from: { kind: "settings", scope, file, line, name } };
  };

  const provider = chooseProvider(text);
  const awsProfile = text("AWS_PROFILE");
  const ofAwsConfig = awsRegionOf(awsProfile?.value ?? "default");
  const region = [text("AWS_REGION"), text("AWS_DEFAULT_REGION")]
    .find((each) => each && isRegion(each.value)) ??
    (ofAwsConfig !== undefined && isRegion(ofAwsConfig)
      ? {
        value: ofAwsConfig,
        from: { kind: "aws_config", name: awsProfile?.value ?? "default" } as const,
      }
      : { value: "us-east-1", from: { kind: "default" } as const });
  const modelSetting = setting("model");
  return {
    provider,
    credentials: chooseCredentials(provider.value, text, setting),
    region,
    model: text("ANTHROPIC_MODEL") ??
      (modelSetting && { value: modelSetting.value.reveal(), from: modelSetting.from }) ??
      text("ANTHROPIC_DEFAULT_MODEL"),
    smallModel: text("ANTHROPIC_SMALL_FAST_MODEL") ?? text("ANTHROPIC_DEFAULT_HAIKU_MODEL"),
    endpoint: text("ANTHROPIC_BEDROCK_BASE_URL"),
    problems: settings.problems,
  };
}

type Read = (name: string) => Chosen<string> | undefined;
type ReadCommand = (name: "awsCredentialExport" | "apiKeyHelper") => Chosen<Secret> | undefined;

/** @see Claude Code: `1`, `true`, `yes` and `on` switch on, in any case */
function isOn(value: string): boolean {
  return /^(1|true|yes|on)$/i.test(value.trim());
}

/** Claude Code passes over a value that is not shaped like the name of a region. */
function isRegion(value: string): boolean {
  return /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(value);
}

function chooseProvider(text: Read): Chosen<Provider> {
  for (const [name, provider] of switches) {
    const found = text(name);
    if (found && isOn(found.value)) return { value: provider, from: found.from };
  }
  return { value: "anthropic", from: { kind: "default" } };
}

function chooseCredentials(
  provider: Provider,
  text: Read,
  command: ReadCommand,
): Chosen<Credentials> {
  if (provider === "bedrock" || provider === "mantle") return bedrockCredentials(text, command);
  if (provider !== "anthropic") {
    return { value: { kind: "other_cloud" }, from: { kind: "default" } };
  }
  const token = (name: string, kind: "auth_token" | "api_key" | "oauth_token") => {
    const found = text(name);
    return found && { value: { kind, token: new Secret(found.value) }, from: found.from };
  };
  const helper = command("apiKeyHelper");
  return token("ANTHROPIC_AUTH_TOKEN", "auth_token") ?? token("ANTHROPIC_API_KEY", "api_key") ??
    (helper && { value: { kind: "api_key_helper", command: helper.value }, from: helper.from }) ??
    token("CLAUDE_CODE_OAUTH_TOKEN", "oauth_token") ??
    { value: { kind: "login" }, from: { kind: "default" } };
}

/** The order of Claude Code's Bedrock client, then that of the AWS SDK for JavaScript. */
function bedrockCredentials(text: Read, command: ReadCommand): Chosen<Credentials> {
  const skip = text("CLAUDE_CODE_SKIP_BEDROCK_AUTH");
  if (skip && isOn(skip.value)) return { value: { kind: "gateway" }, from: skip.from };
  const bearer = text("AWS_BEARER_TOKEN_BEDROCK");
  if (bearer) {
    return {
      value: { kind: "bearer_token", token: new Secret(bearer.value) },
      from: bearer.from,
    };
  }
  const exported = command("awsCredentialExport");
  if (exported) {
    const ours = parseExportCommand(exported.value.reveal());
    return { value: { kind: "export", command: exported.value, ours }, from: exported.from };
  }
  // The SDK passes over keys in the environment as soon as a profile is named.
  const profile = text("AWS_PROFILE");
  if (profile) {
    return { value: { kind: "aws_profile", profile: profile.value }, from: profile.from };
  }
  const [id, secret] = [text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")];
  if (id && secret) {
    const sessionToken = text("AWS_SESSION_TOKEN");
    return {
      value: {
        kind: "static_keys",
        accessKeyId: id.value,
        secretAccessKey: new Secret(secret.value),
        sessionToken: sessionToken && new Secret(sessionToken.value),
      },
      from: id.from,
    };
  }
  return { value: { kind: "aws_chain" }, from: { kind: "default" } };
}
