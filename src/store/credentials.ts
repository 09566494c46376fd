import { Secret } from "../sops/secret.ts";
import type { Mapping, Node, Path, Scalar, Tree } from "../sops/tree.ts";
import { ProfileError } from "./errors.ts";

/** One profile, as it stands in a secrets file. What is missing there, or empty, is missing here. */
export interface ProfileView {
  readonly name: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: Secret;
  readonly sessionToken?: Secret;
  readonly region?: string;
  readonly modelId?: string;
  /** The model for background tasks. */
  readonly smallModelId?: string;
  readonly endpoint?: string;
  /** The role that is assumed; `src/aws/source.ts` says with what. */
  readonly roleArn?: string;
  readonly externalId?: string;
  /** The profile whose credentials assume the role. */
  readonly sourceProfile?: string;
  readonly mfaSerial?: string;
  /** As it is written: `3600`, `90m`, `12h`. */
  readonly duration?: string;
  /** Never empty. */
  readonly sessionTags?: ReadonlyMap<string, string>;
  /** JSON, as it is written. */
  readonly sessionPolicy?: string;
  readonly bedrockApiKey?: Secret;
  /** `ambient`, or what somebody wrote there. */
  readonly source?: string;
  /** As it is written. */
  readonly rotateAfterDays?: string;
  /** Where each field stands, or for one that is missing would stand. */
  readonly paths: Readonly<Record<ProfileField, Path>>;
  /** Leaves that are no strings, which sops-install-secrets refuses; they are read all the same. */
  readonly notStrings: readonly Path[];
}

/** The fields of a profile, by the names that they have in the program. */
export type ProfileField =
  | "accessKeyId"
  | "secretAccessKey"
  | "sessionToken"
  | "region"
  | "modelId"
  | "smallModelId"
  | "endpoint"
  | "roleArn"
  | "externalId"
  | "sourceProfile"
  | "mfaSerial"
  | "duration"
  | "sessionTags"
  | "sessionPolicy"
  | "bedrockApiKey"
  | "source"
  | "rotateAfterDays";

/** What says how credentials are come by, and how long they are kept; programs are not given it. */
type SourceField =
  | "roleArn"
  | "externalId"
  | "sourceProfile"
  | "mfaSerial"
  | "duration"
  | "sessionTags"
  | "sessionPolicy"
  | "source"
  | "rotateAfterDays";

/** What a profile gives to the programs that use it. */
export type SettingField = Exclude<ProfileField, SourceField>;

const namedFields: Readonly<Record<ProfileField, string>> = {
  accessKeyId: "access_key_id",
  secretAccessKey: "secret_access_key",
  sessionToken: "session_token",
  region: "region",
  modelId: "model_id",
  smallModelId: "small_model_id",
  endpoint: "endpoint",
  roleArn: "role_arn",
  externalId: "external_id",
  sourceProfile: "source_profile",
  mfaSerial: "mfa_serial",
  duration: "duration",
  sessionTags: "session_tags",
  sessionPolicy: "session_policy",
  bedrockApiKey: "bedrock_api_key",
  source: "source",
  rotateAfterDays: "rotate_after_days",
};

const topFields: Readonly<Record<ProfileField, Path>> = {
  accessKeyId: ["aws_access_key_id"],
  secretAccessKey: ["aws_secret_access_key"],
  sessionToken: ["aws_session_token"],
  region: ["aws_region"],
  modelId: ["bedrock", "model_id"],
  smallModelId: ["bedrock", "small_model_id"],
  endpoint: ["bedrock", "endpoint"],
  roleArn: ["aws_role_arn"],
  externalId: ["aws_external_id"],
  sourceProfile: ["aws_source_profile"],
  mfaSerial: ["aws_mfa_serial"],
  duration: ["aws_duration"],
  sessionTags: ["aws_session_tags"],
  sessionPolicy: ["aws_session_policy"],
  bedrockApiKey: ["bedrock", "api_key"],
  source: ["aws_source"],
  rotateAfterDays: ["aws_rotate_after_days"],
};

/** Fields that make the top level a profile; model and endpoint alone are settings of `default`. */
const topLevelMarks: readonly ProfileField[] = [
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "region",
  "roleArn",
  "bedrockApiKey",
  "source",
];

const hiddenFields: readonly ProfileField[] = [
  "secretAccessKey",
  "sessionToken",
  "bedrockApiKey",
];

/** A secrets file that is open: all that is needed of it is its plaintext tree. */
export interface PlainDocument {
  readonly tree: Tree;
}

/**
 * Where the fields of a profile stand.
 *
 * @param name `default` is the top level, unless the file has `profiles/default` (`profilesOf`)
 * @throws {ProfileError} `bad name`, `taken name`
 */
export function profilePaths(name: string): Readonly<Record<ProfileField, Path>> {
  checkProfileName(name);
  return name === "default" ? topFields : pathsBelow(name);
}

/**
 * Where a profile's field stands, of whose name somebody took the other form: `mfa_serial` at the top
 * level, `aws_mfa_serial` below `profiles/NAME`. Nothing would read that.
 */
export function fieldMeant(path: Path): Path | undefined {
  const fields = Object.keys(namedFields) as ProfileField[];
  const [first, profile, ...rest] = path;
  if (path.length === 1) {
    const field = fields.find((each) => namedFields[each] === first);
    return field && topFields[field];
  }
  if (first !== "profiles" || typeof profile !== "string" || rest.length === 0) return undefined;
  const field = fields.find((each) => {
    const top = topFields[each];
    return top.length === rest.length && top.every((key, index) => key === rest[index]);
  });
  return field && ["profiles", profile, namedFields[field]];
}

/**
 * Checks a profile's name: `[a-z0-9][a-z0-9-]*`, and not `bedrock`, which means something else at
 * the top level. `default` is a fine name for the profile that it stands for.
 *
 * @throws {ProfileError}
 */
export function checkProfileName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new ProfileError("bad name", name);
  if (name === "bedrock") throw new ProfileError("taken name", name);
}

/**
 * All profiles of a file, `default` first, the others in the order of the file.
 *
 * @throws {ProfileError} `duplicate default`, `bad name`, `taken name`, `not a mapping`
 */
export function profilesOf(document: PlainDocument): Map<string, ProfileView> {
  const top = document.tree.documents[0] ?? { kind: "mapping", entries: [] } as const;
  const named = child(top, "profiles");
  const profiles = new Map<string, ProfileView>();
  const atTop = topLevelMarks.some((field) => leaf(top, topFields[field]) !== undefined);
  if (atTop) profiles.set("default", view("default", top, topFields));
  if (named === undefined || named.kind === "null") return profiles;
  if (named.kind !== "mapping") throw new ProfileError("not a mapping", "profiles");

  const rest = new Map<string, ProfileView>();
  for (const entry of named.entries) {
    if (entry.kind !== "pair") continue;
    checkProfileName(entry.key);
    if (entry.value.kind !== "mapping") throw new ProfileError("not a mapping", entry.key);
    if (entry.key === "default") {
      if (atTop) throw new ProfileError("duplicate default", "default");
      profiles.set("default", view("default", top, withSettingsOf(top)));
    } else {
      rest.set(entry.key, view(entry.key, top, pathsBelow(entry.key)));
    }
  }
  return new Map([...profiles, ...rest]);
}

/**
 * One profile.
 *
 * @throws {ProfileError} `unknown` with the names that there are, or what `profilesOf` throws
 */
export function profile(document: PlainDocument, name = "default"): ProfileView {
  const profiles = profilesOf(document);
  const found = profiles.get(name);
  if (!found) throw new ProfileError("unknown", name, [...profiles.keys()]);
  return found;
}

function pathsBelow(name: string): Readonly<Record<ProfileField, Path>> {
  return Object.fromEntries(
    Object.entries(namedFields).map(([field, key]) => [field, ["profiles", name, key]]),
  ) as unknown as Record<ProfileField, Path>;
}

/** `profiles/default` with `bedrock/…` at the top level for what it does not say itself. */
function withSettingsOf(top: Mapping): Readonly<Record<ProfileField, Path>> {
  const paths = { ...pathsBelow("default") };
  for (const field of ["modelId", "smallModelId", "endpoint"] as const) {
    const missing = leaf(top, paths[field]) === undefined;
    if (missing && leaf(top, topFields[field]) !== undefined) paths[field] = topFields[field];
  }
  return paths;
}

function view(
  name: string,
  top: Mapping,
  paths: Readonly<Record<ProfileField, Path>>,
): ProfileView {
  const fields: Partial<Record<ProfileField, string | Secret | ReadonlyMap<string, string>>> = {};
  const notStrings: Path[] = [];
  for (const [field, path] of Object.entries(paths) as [ProfileField, Path][]) {
    if (field === "sessionTags") {
      const tags = textsBelow(top, path, notStrings);
      if (tags.size > 0) fields.sessionTags = tags;
      continue;
    }
    const found = leaf(top, path);
    if (found === undefined) continue;
    if (found.type !== "str") notStrings.push(path);
    const text = found.reveal();
    if (text === "") continue;
    fields[field] = hiddenFields.includes(field) ? new Secret(text) : text;
  }
  return { name, ...fields, paths, notStrings } as ProfileView;
}

/** A mapping's scalars by their names; a tag may be empty. */
function textsBelow(top: Mapping, path: Path, notStrings: Path[]): Map<string, string> {
  const found = nodeAt(top, path);
  const texts = new Map<string, string>();
  for (const entry of found?.kind === "mapping" ? found.entries : []) {
    if (entry.kind !== "pair" || entry.value.kind !== "scalar") continue;
    if (entry.value.type !== "str") notStrings.push([...path, entry.key]);
    texts.set(entry.key, entry.value.reveal());
  }
  return texts;
}

function leaf(top: Mapping, path: Path): Scalar | undefined {
  const node = nodeAt(top, path);
  return node?.kind === "scalar" ? node : undefined;
}

function nodeAt(top: Mapping, path: Path): Node | undefined {
  let node: Node | undefined = top;
  for (const key of path) node = node && child(node, key);
  return node;
}

function child(node: Node, key: string | number): Node | undefined {
  if (node.kind !== "mapping") return undefined;
  for (const entry of node.entries) {
    if (entry.kind === "pair" && entry.key === key) return entry.value;
  }
  return undefined;
}
