import { Secret } from "../sops/secret.ts";
import { addToList, removeFromList, removeValue, setValue, ShapeError } from "./edit.ts";
import { SettingsShapeError, SettingsSyntaxError } from "./errors.ts";
import { parseExportCommand } from "./export_command.ts";
import type { Place, Scope } from "./places.ts";
import { awsCredentialVariables, findPlaintextKeys, type PlaintextRecord } from "./plaintext.ts";
import {
  layerOf,
  lineOf,
  type Located,
  parseSettings,
  type SettingsLayer,
  type SettingsText,
} from "./settings.ts";

/** A settings file that can be changed; `source` is absent where there is no file yet. */
export interface SettingsFile extends Place {
  readonly source?: SettingsText;
}

/** What Claude Code is to use. */
export interface Wishes {
  /** The value of `awsCredentialExport`. */
  readonly command: string;
  readonly region?: string;
  readonly modelId?: string;
  /** For background tasks. */
  readonly smallModelId?: string;
  readonly endpoint?: string;
  /** Rules for `permissions.deny`. */
  readonly deny: readonly string[];
}

/** A file with the text that it is to have. */
export interface SettingsEdit {
  readonly file: SettingsFile;
  readonly after: Secret;
  /** Names that get a value: `env.AWS_REGION`. */
  readonly set: readonly string[];
  readonly removed: readonly string[];
  /** Whether a credential goes that stood there in plaintext. */
  readonly clears: boolean;
}

/** Something for the person to know, as data. */
export type Remark =
  /** A credential that stays where it is. */
  | { readonly kind: "kept credential"; readonly name: string; readonly at: Located<unknown> }
  /** A setting of a file that speaks for others, and so is not changed, overrides what is set. */
  | { readonly kind: "overridden"; readonly name: string; readonly at: Located<unknown> }
  /** Settings that the machine's administrator manages apply too, above all others. */
  | { readonly kind: "managed"; readonly file: string }
  /** Claude Code takes a comment for an error and skips the file. */
  | { readonly kind: "lax"; readonly file: string; readonly line: number; readonly reason: string };

/** What is to be done, or all that there is to say when nothing is. */
export interface Configuration {
  /** Files that change, the one that gets the new settings first. */
  readonly edits: readonly SettingsEdit[];
  /** Credentials that would be lost, because they are kept nowhere else; they are left alone. */
  readonly unkept: readonly { readonly name: string; readonly at: Located<unknown> }[];
  readonly remarks: readonly Remark[];
}

export interface ConfigureOptions {
  /** Whose settings get the new values. */
  readonly scope: Exclude<Scope, "managed">;
  /** Whether a value is kept in the secrets file. */
  readonly keeps: (value: Secret) => boolean;
  /** Takes out credentials also where they are kept nowhere else. */
  readonly discard: boolean;
}

/** Variables that would make Claude Code use something else, whatever their value is. */
const detours = ["AWS_PROFILE", "CLAUDE_CODE_SKIP_BEDROCK_AUTH"] as const;

/**
 * Works out how settings files have to change so that Claude Code gets its credentials from our
 * command and nothing overrides it; pure.
 *
 * Credentials go from every file, if they are kept. Other settings go from files above the chosen
 * one, unless those speak for others (the project's).
 *
 * @param files those that can be changed, highest precedence first, of the chosen scope one at least
 * @throws {SettingsSyntaxError | SettingsShapeError}
 */
export function planConfigure(
  files: readonly SettingsFile[],
  wishes: Wishes,
  options: ConfigureOptions,
): Configuration {
  const target = files.find((file) => file.scope === options.scope)!;
  const edits: SettingsEdit[] = [];
  const unkept: { name: string; at: Located<unknown> }[] = [];
  const remarks: Remark[] = [];
  for (const [index, file] of files.entries()) {
    const draft = draftOf(file);
    remarks.push(...draft.remarks);
    const above = index < files.indexOf(target);
    for (const { name, at, kept } of credentialsIn(draft.layer, options.keeps)) {
      const removable = kept || options.discard && (above || file === target);
      if (removable) draft.remove(["env", name]);
      else if (above || file === target) unkept.push({ name, at });
      else remarks.push({ kind: "kept credential", name, at });
    }
    for (const { tokens } of findPlaintextKeys([draft.layer])) {
      for (const [name, at] of tokens) {
        if (name !== bearer) remarks.push({ kind: "kept credential", name, at });
      }
    }
    if (file === target) fulfil(draft, wishes);
    else if (above) {
      for (const { name, path, at } of overrides(draft.layer, wishes)) {
        if (file.scope === "project") remarks.push({ kind: "overridden", name, at });
        else draft.remove(path);
      }
    }
    const edit = draft.finish();
    if (edit && file === target) edits.unshift(edit);
    else if (edit) edits.push(edit);
  }
  return { edits, unkept, remarks };
}

/**
 * Works out how to take out again what `planConfigure` puts in; pure. Plaintext does not come back.
 *
 * @param deny the rules that would be written now
 */
export function planRemoval(
  files: readonly SettingsFile[],
  deny: readonly string[],
): Configuration {
  const edits: SettingsEdit[] = [];
  const remarks: Remark[] = [];
  for (const file of files) {
    const draft = draftOf(file);
    const command = draft.layer.values.awsCredentialExport?.value.reveal();
    if (command === undefined || parseExportCommand(command) === undefined) continue;
    remarks.push(...draft.remarks);
    draft.remove(["awsCredentialExport"]);
    for (const name of ownVariables) {
      if (draft.layer.env.has(name)) draft.remove(["env", name]);
    }
    for (const rule of deny) draft.undeny(rule);
    const edit = draft.finish();
    if (edit) edits.push(edit);
  }
  return { edits, unkept: [], remarks };
}

/** Models that Claude Code is to use from now on; what is not given stays. */
export interface ModelWishes {
  readonly modelId?: string;
  /** For background tasks. */
  readonly smallModelId?: string;
}

/**
 * Works out how settings files have to change so that Claude Code uses these models wherever its
 * settings name one; pure. A file that has our command names them afterwards, too; in no other is
 * a name added. The project's files speak for others and stay.
 *
 * @param files those that can be changed, highest precedence first
 * @throws {SettingsSyntaxError | SettingsShapeError}
 */
export function planModels(files: readonly SettingsFile[], wishes: ModelWishes): Configuration {
  const edits: SettingsEdit[] = [];
  const remarks: Remark[] = [];
  for (const file of files) {
    const draft = draftOf(file);
    for (const { path, wanted } of modelSettings(draft.layer, wishes)) {
      const at = path.length === 1 ? draft.layer.values.model : draft.layer.env.get(path[1]!);
      if (file.scope !== "project") draft.set(path, wanted);
      else if (at && at.value.reveal() !== wanted) {
        remarks.push({ kind: "overridden", name: path.join("."), at });
      }
    }
    const edit = draft.finish();
    if (edit) {
      edits.push(edit);
      remarks.push(...draft.remarks);
    }
  }
  return { edits, unkept: [], remarks };
}

/** Where a file names a model that is to be another, or ought to name one. */
function modelSettings(
  { env, values }: SettingsLayer,
  { modelId, smallModelId }: ModelWishes,
): { readonly path: readonly string[]; readonly wanted: string }[] {
  const exported = values.awsCredentialExport?.value.reveal();
  const ours = exported !== undefined && parseExportCommand(exported) !== undefined;
  const found: { path: readonly string[]; wanted: string }[] = [];
  const name = (variable: string, wanted: string | undefined, always = false) => {
    if (wanted !== undefined && (always || env.has(variable))) {
      found.push({ path: ["env", variable], wanted });
    }
  };
  const family = /opus|sonnet/.exec(modelId ?? "")?.[0].toUpperCase();
  name("ANTHROPIC_MODEL", modelId, ours);
  // What the names of Claude Code's own (`opus`) stand for.
  if (family) name(`ANTHROPIC_DEFAULT_${family}_MODEL`, modelId);
  name("ANTHROPIC_DEFAULT_HAIKU_MODEL", smallModelId, ours);
  name("ANTHROPIC_SMALL_FAST_MODEL", smallModelId);
  if (modelId !== undefined && values.model) found.push({ path: ["model"], wanted: modelId });
  return found;
}

const bearer = "AWS_BEARER_TOKEN_BEDROCK";

/** Variables that `fulfil` sets. */
const ownVariables = [
  "CLAUDE_CODE_USE_BEDROCK",
  "AWS_REGION",
  "ANTHROPIC_MODEL",
  "ANTHROPIC_DEFAULT_HAIKU_MODEL",
  "ANTHROPIC_BEDROCK_BASE_URL",
] as const;

function wishedVariables(wishes: Wishes): Partial<Record<typeof ownVariables[number], string>> {
  return {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: wishes.region,
    ANTHROPIC_MODEL: wishes.modelId,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: wishes.smallModelId,
    ANTHROPIC_BEDROCK_BASE_URL: wishes.endpoint,
  };
}

/** Puts the wishes into the chosen file. */
function fulfil(draft: Draft, wishes: Wishes): void {
  for (const name of detours) if (draft.layer.env.has(name)) draft.remove(["env", name]);
  // The older name would win over the pin.
  const older = "ANTHROPIC_SMALL_FAST_MODEL";
  if (wishes.smallModelId && draft.layer.env.has(older)) draft.remove(["env", older]);
  draft.set(["awsCredentialExport"], wishes.command);
  for (const [name, value] of Object.entries(wishedVariables(wishes))) {
    if (value !== undefined) draft.set(["env", name], value);
  }
  for (const rule of wishes.deny) draft.deny(rule);
}

/** What a file above the chosen one sets otherwise. */
function overrides(
  layer: SettingsLayer,
  wishes: Wishes,
): { name: string; path: string[]; at: Located<unknown> }[] {
  const found: { name: string; path: string[]; at: Located<unknown> }[] = [];
  const exported = layer.values.awsCredentialExport;
  if (exported && exported.value.reveal() !== wishes.command) {
    found.push({ name: "awsCredentialExport", path: ["awsCredentialExport"], at: exported });
  }
  const differs = (name: string, wanted: string | undefined) => {
    const at = layer.env.get(name);
    if (at && wanted !== undefined && at.value.reveal() !== wanted) {
      found.push({ name: `env.${name}`, path: ["env", name], at });
    }
  };
  for (const name of detours) differs(name, "");
  for (const [name, wanted] of Object.entries(wishedVariables(wishes))) differs(name, wanted);
  if (wishes.smallModelId) differs("ANTHROPIC_SMALL_FAST_MODEL", wishes.smallModelId);
  return found;
}

/** The AWS credentials of a file, each with whether it can go. */
function credentialsIn(
  layer: SettingsLayer,
  keeps: (value: Secret) => boolean,
): { name: string; at: Located<unknown>; kept: boolean }[] {
  const [record] = findPlaintextKeys([layer]);
  return awsCredentialVariables.flatMap((name) => {
    const at = layer.env.get(name);
    return at ? [{ name, at, kept: goesFreely(name, at.value, record, keeps) }] : [];
  });
}

/**
 * Whether a credential can be taken out without a question: it is in the secrets file, or worth
 * nothing (empty, an id without its secret), or ends by itself (a session's).
 */
function goesFreely(
  name: string,
  value: Secret,
  record: PlaintextRecord | undefined,
  keeps: (value: Secret) => boolean,
): boolean {
  if (value.reveal() === "" || keeps(value)) return true;
  if (name === bearer) return false;
  if (/TOKEN$/.test(name) || record?.accessKeyId?.value.reveal().startsWith("ASIA")) return true;
  if (!/KEY_ID$/.test(name)) return false;
  const secret = record?.secretAccessKey?.value;
  return secret === undefined || keeps(secret);
}

/** A file while it is changed. */
interface Draft {
  /** The file as it was. */
  readonly layer: SettingsLayer;
  readonly remarks: readonly Remark[];
  set(path: readonly string[], value: string): void;
  remove(path: readonly string[]): void;
  deny(rule: string): void;
  undeny(rule: string): void;
  /** The edit, if anything has changed. */
  finish(): SettingsEdit | undefined;
}

const denyPath = ["permissions", "deny"];

function draftOf(file: SettingsFile): Draft {
  const before = file.source?.text.reveal() ?? "";
  const { broken, lax } = parseSettings(before);
  if (broken) {
    const line = lineOf(before, broken.offset);
    throw new SettingsSyntaxError(file.path, broken.reason, line);
  }
  let text = before;
  const set = new Set<string>();
  const removed = new Set<string>();
  const change = (edit: () => string, names: Set<string>, name: string) => {
    try {
      const changed = edit();
      if (changed !== text) names.add(name);
      text = changed;
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new SettingsShapeError(file.path, error.path.join("."), error.expected);
    }
  };
  return {
    layer: layerOf(file, before),
    remarks: lax
      ? [{
        kind: "lax",
        file: file.path,
        line: lineOf(before, lax.offset),
        reason: lax.reason,
      }]
      : [],
    set: (path, value) => change(() => setValue(text, path, value), set, path.join(".")),
    remove: (path) => change(() => removeValue(text, path), removed, path.join(".")),
    deny: (rule) => change(() => addToList(text, denyPath, rule), set, denyPath.join(".")),
    undeny: (rule) =>
      change(() => removeFromList(text, denyPath, rule), removed, denyPath.join(".")),
    finish: () =>
      text === before ? undefined : {
        file,
        after: new Secret(text),
        set: [...set],
        removed: [...removed],
        clears: [...removed].some((name) => isSecretVariable(name.replace(/^env\./, ""))),
      },
  };
}

function isSecretVariable(name: string): boolean {
  return (awsCredentialVariables as readonly string[]).includes(name) && !/KEY_ID$/.test(name);
}
