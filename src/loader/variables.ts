import { Secret } from "../sops/secret.ts";
import { profilePaths, type ProfileView, type SettingField } from "../store/credentials.ts";
import { NothingToLoadError, UnloadableValueError } from "./errors.ts";
import type { Manifest, ManifestProfile } from "./manifest.ts";

/** A field of a profile that becomes a secret file and fills variables. */
interface LoadedField {
  readonly field: SettingField;
  /** The file of the default profile; another profile's has its name after `aws_`. */
  readonly file: string;
  readonly variables: readonly string[];
  /** What the guide had Claude Code's Bedrock settings called. */
  readonly older?: string;
  /** Absent, its variables go: what they held belongs to other credentials, or another place. */
  readonly exclusive?: true;
}

const loadedFields: readonly LoadedField[] = [
  {
    field: "accessKeyId",
    file: "aws_access_key_id",
    variables: ["AWS_ACCESS_KEY_ID"],
    older: "ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID",
    exclusive: true,
  },
  {
    field: "secretAccessKey",
    file: "aws_secret_access_key",
    variables: ["AWS_SECRET_ACCESS_KEY"],
    older: "ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY",
    exclusive: true,
  },
  {
    field: "sessionToken",
    file: "aws_session_token",
    variables: ["AWS_SESSION_TOKEN"],
    exclusive: true,
  },
  {
    field: "bedrockApiKey",
    file: "aws_bedrock_api_key",
    variables: ["AWS_BEARER_TOKEN_BEDROCK"],
    exclusive: true,
  },
  {
    field: "region",
    file: "aws_region",
    variables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    older: "ANTHROPIC_BEDROCK_AWS_REGION",
  },
  {
    field: "modelId",
    file: "aws_bedrock_model_id",
    variables: ["BEDROCK_MODEL_ID", "ANTHROPIC_MODEL"],
  },
  {
    field: "smallModelId",
    file: "aws_bedrock_small_model_id",
    variables: ["ANTHROPIC_DEFAULT_HAIKU_MODEL"],
  },
  {
    field: "endpoint",
    file: "aws_bedrock_endpoint",
    variables: ["BEDROCK_ENDPOINT", "ANTHROPIC_BEDROCK_BASE_URL"],
    exclusive: true,
  },
];

const ofKeys: readonly SettingField[] = ["accessKeyId", "secretAccessKey", "sessionToken"];
const hidden: readonly SettingField[] = ["secretAccessKey", "sessionToken", "bedrockApiKey"];

const constants = { CLAUDE_CODE_USE_BEDROCK: "1" } as const;

/**
 * Variables that go, because AWS SDKs or Claude Code would heed them instead of the loaded ones:
 *
 * - an AWS profile: the JavaScript SDK prefers it to keys in the environment;
 * - the older name of the session token, and an expiry that belongs to another key;
 * - the switch that turns signing off;
 * - the flags of Claude Code's other clouds.
 *
 * Keys and a Bedrock API key drop one another (`exclusive`): Claude Code and the SDKs prefer the
 * latter to any key.
 *
 * What Claude Code ranks below its Bedrock flag (`ANTHROPIC_API_KEY` and the like) stays, and so
 * do `AWS_ENDPOINT_URL…`, which nobody sets by accident.
 */
const overriding = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
] as const;

export interface VariableOptions {
  /** Also under the names `ANTHROPIC_BEDROCK_AWS_…`; otherwise those go. */
  readonly olderNames?: boolean;
}

/** What a profile changes in an environment. */
export interface EnvironmentChange {
  readonly set: ReadonlyMap<string, string | Secret>;
  /** None of these is in `set`. */
  readonly unset: readonly string[];
}

/**
 * A profile as variables.
 *
 * @throws {NothingToLoadError} when it has neither a key nor a Bedrock API key
 * @throws {UnloadableValueError} when a value has a NUL byte
 */
export function environmentOf(
  profile: ProfileView,
  options: VariableOptions = {},
): EnvironmentChange {
  if (!isLoadable(profile)) throw new NothingToLoadError([profile.name]);
  const set = new Map<string, string | Secret>(Object.entries(constants));
  for (const each of presentFields(profile)) {
    const value = valueOf(profile, each);
    for (const name of variablesOf(each, options)) set.set(name, value);
  }
  return { set, unset: unsetFor(options).filter((name) => !set.has(name)) };
}

/** A secret file that is still to be written. */
export interface SecretFile {
  readonly name: string;
  readonly value: string | Secret;
}

/** Secret files, and the manifest of the loaders that read them. */
export interface Unlocked {
  readonly files: readonly SecretFile[];
  readonly manifest: Manifest;
  /** Profiles without a key or a Bedrock API key of their own, which cannot be loaded. */
  readonly skipped: readonly string[];
}

/**
 * Profiles as secret files and a manifest.
 *
 * @param directory where the files will be, absolute
 * @throws {NothingToLoadError} when no profile has a key
 * @throws {UnloadableValueError} when a value has a NUL byte
 */
export function unlocked(
  profiles: Iterable<ProfileView>,
  directory: string,
  options: VariableOptions = {},
): Unlocked {
  const files: SecretFile[] = [];
  const entries: [string, ManifestProfile][] = [];
  const skipped: string[] = [];
  for (const profile of profiles) {
    if (!isLoadable(profile)) {
      skipped.push(profile.name);
      continue;
    }
    const names: [string, string][] = [];
    for (const each of presentFields(profile)) {
      const name = fileName(each, profile.name);
      files.push({ name, value: valueOf(profile, each) });
      for (const variable of variablesOf(each, options)) names.push([variable, name]);
    }
    entries.push([profile.name, { files: Object.fromEntries(names), optional: [], constants }]);
  }
  if (entries.length === 0) throw new NothingToLoadError(skipped);
  const profilesByName = Object.fromEntries(entries);
  return {
    files,
    manifest: { version: 1, directory, unset: unsetFor(options), profiles: profilesByName },
    skipped,
  };
}

/**
 * A profile as a loader's variables say it: the reverse of `environmentOf`.
 *
 * @param variables with their values; what is none of a profile is passed over
 */
export function profileOfVariables(
  name: string,
  variables: ReadonlyMap<string, string>,
): ProfileView {
  const fields: Partial<Record<SettingField, string | Secret>> = {};
  for (const { field, variables: [first] } of loadedFields) {
    const value = variables.get(first!);
    if (!value) continue;
    fields[field] = hidden.includes(field) ? new Secret(value) : value;
  }
  return { name, ...fields, paths: profilePaths(name), notStrings: [] } as ProfileView;
}

/** `aws_region` of `work` → `aws_work_region`. */
function fileName({ file }: LoadedField, profile: string): string {
  return profile === "default" ? file : file.replace(/^aws_/, `aws_${profile}_`);
}

function isLoadable(profile: ProfileView): boolean {
  const { accessKeyId, secretAccessKey } = profile;
  return isApiKey(profile) || (accessKeyId !== undefined && secretAccessKey !== undefined);
}

/** Whether it is an API key by the order of sources: before a key, but after a role. */
function isApiKey({ bedrockApiKey, roleArn, source }: ProfileView): boolean {
  return bedrockApiKey !== undefined && roleArn === undefined && source === undefined;
}

function presentFields(profile: ProfileView): readonly LoadedField[] {
  const others: readonly SettingField[] = isApiKey(profile) ? ofKeys : ["bedrockApiKey"];
  return loadedFields.filter(({ field }) =>
    profile[field] !== undefined && !others.includes(field)
  );
}

function valueOf(profile: ProfileView, { field, file }: LoadedField): string | Secret {
  const value = profile[field]!;
  const text = typeof value === "string" ? value : value.reveal();
  if (text.includes("\0")) throw new UnloadableValueError(profile.name, file, "has a NUL byte");
  return value;
}

function variablesOf(
  { variables, older }: LoadedField,
  { olderNames }: VariableOptions,
): readonly string[] {
  return olderNames && older ? [...variables, older] : variables;
}

function unsetFor({ olderNames }: VariableOptions): string[] {
  const exclusive = loadedFields.filter((each) => each.exclusive)
    .flatMap((each) => each.variables);
  const older = loadedFields.filter((each) => !olderNames || each.exclusive)
    .flatMap((each) => each.older ?? []);
  return [...overriding, ...exclusive, ...older];
}
