import { duplicateKey, jsonPath } from "./json.ts";
import { ManifestError } from "./errors.ts";
import { isProfileName, isReservedName, isVariableName } from "./names.ts";

/**
 * What a loader sets and from where: the one document that Nix writes and this program reads.
 * It holds names and paths, never secrets.
 */
export interface Manifest {
  readonly version: 1;
  /** The folder of the secret files, absolute; it may be a link that is swapped at any time. */
  readonly directory: string;
  /** Variables that go before a profile is loaded, because they would override it. */
  readonly unset: readonly string[];
  readonly profiles: Readonly<Record<string, ManifestProfile>>;
}

/** The variables of one profile. */
export interface ManifestProfile {
  /** Variable to secret file, relative to `directory` or absolute. */
  readonly files: Readonly<Record<string, string>>;
  /** Those of `files` that may be absent; then the variable is unset. */
  readonly optional: readonly string[];
  /** Variable to value, for what is no secret. */
  readonly constants: Readonly<Record<string, string>>;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Reads a manifest, version 1. Everything that is not known is refused.
 *
 * @param bytes JSON in UTF-8
 * @throws {ManifestError} at the first fault, with its JSON path
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const text = decode(bytes);
  const json = parseJson(text);
  const twice = duplicateKey(text);
  if (twice) throw new ManifestError(twice, "is there twice");

  const top = fields(json, "$", ["version", "directory", "unset", "profiles"]);
  if (top.version !== 1) throw new ManifestError("$.version", "is not 1, the only version known");
  const directory = string(top.directory, "$.directory");
  if (!directory.startsWith("/")) throw new ManifestError("$.directory", "is no absolute path");
  checkPath(directory, "$.directory");
  const unset = names(top.unset ?? [], "$.unset");

  const profiles: Record<string, ManifestProfile> = {};
  for (const [name, value] of Object.entries(object(top.profiles, "$.profiles"))) {
    const path = jsonPath("$.profiles", name);
    if (!isProfileName(name)) throw new ManifestError(path, "is no profile name");
    profiles[name] = parseProfile(value, path);
  }
  if (Object.keys(profiles).length === 0) {
    throw new ManifestError("$.profiles", "has no profile");
  }
  return { version: 1, directory, unset, profiles };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestError("$", "is not UTF-8");
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new ManifestError("$", "is no JSON document");
  }
}

function parseProfile(json: Json, at: string): ManifestProfile {
  const given = fields(json, at, ["files", "optional", "constants"]);
  const files = strings(given.files ?? {}, `${at}.files`, checkPath);
  const constants = strings(given.constants ?? {}, `${at}.constants`, checkText);
  const optional = names(given.optional ?? [], `${at}.optional`);
  for (const name of Object.keys(constants)) {
    if (Object.hasOwn(files, name)) {
      throw new ManifestError(jsonPath(`${at}.constants`, name), "is a file as well");
    }
  }
  for (const [index, name] of optional.entries()) {
    if (!Object.hasOwn(files, name)) {
      throw new ManifestError(`${at}.optional[${index}]`, `names "${name}", which is no file`);
    }
  }
  if (Object.keys(files).length + Object.keys(constants).length === 0) {
    throw new ManifestError(at, "has no variable");
  }
  return { files, optional, constants };
}

/** Variable to text, each name and each text checked. */
function strings(
  json: Json,
  at: string,
  check: (text: string, path: string) => void,
): Record<string, string> {
  // Not by assignment: one name is "__proto__".
  return Object.fromEntries(
    Object.entries(object(json, at)).map(([name, value]) => {
      const path = jsonPath(at, name);
      checkName(name, path);
      const text = string(value, path);
      check(text, path);
      return [name, text];
    }),
  );
}

/** A list of variables without repetition. */
function names(json: Json, at: string): string[] {
  if (!Array.isArray(json)) throw new ManifestError(at, "is no list");
  const found = json.map((each, index) => string(each, `${at}[${index}]`));
  for (const [index, name] of found.entries()) {
    checkName(name, `${at}[${index}]`);
    if (found.indexOf(name) < index) {
      throw new ManifestError(`${at}[${index}]`, `names "${name}" again`);
    }
  }
  return found;
}

function checkName(name: string, path: string): void {
  if (!isVariableName(name)) throw new ManifestError(path, "is no name of a variable");
  if (isReservedName(name)) {
    throw new ManifestError(path, `is "${name}", which a shell or this program needs for itself`);
  }
}

/** Relative paths stay inside the folder, and no path has steps that a reader could misjudge. */
function checkPath(text: string, path: string): void {
  checkText(text, path);
  if (text === "") throw new ManifestError(path, "is empty");
  const steps = text.replace(/^\//, "").split("/");
  if (steps.includes("..")) throw new ManifestError(path, 'climbs out with ".."');
  if (steps.includes(".") || steps.includes("")) {
    throw new ManifestError(path, 'has an empty step or ".", or ends in "/"');
  }
}

function checkText(text: string, path: string): void {
  if (text.includes("\0")) throw new ManifestError(path, "has a NUL character");
  if (text.includes("\n")) throw new ManifestError(path, "has a line break");
  if (!text.isWellFormed()) throw new ManifestError(path, "has half a surrogate pair");
}

function string(json: Json | undefined, path: string): string {
  if (json === undefined) throw new ManifestError(path, "is missing");
  if (typeof json !== "string") throw new ManifestError(path, "is no text");
  return json;
}

function object(json: Json | undefined, path: string): { [key: string]: Json } {
  if (json === undefined) throw new ManifestError(path, "is missing");
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ManifestError(path, "is no object");
  }
  return json;
}

/** An object that has no other fields than these. */
function fields(json: Json, path: string, known: readonly string[]): { [key: string]: Json } {
  const found = object(json, path);
  for (const key of Object.keys(found)) {
    if (!known.includes(key)) throw new ManifestError(jsonPath(path, key), "is not known here");
  }
  return found;
}
