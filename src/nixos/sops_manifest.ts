/** One secret file that sops-nix is asked for, as far as this program looks at it. */
export interface SecretEntry {
  readonly name: string;
  /** `profiles/ci/region`; empty for the whole file. */
  readonly key: string;
  readonly sopsFile: string;
  /** `yaml`, `json`, `binary`, `dotenv` or `ini`. */
  readonly format: string;
}

/** One file that sops-nix renders from a text with placeholders. */
export interface TemplateEntry {
  readonly name: string;
  /** The text itself; where it is empty, `file` has it. */
  readonly content: string;
  readonly file: string;
}

/**
 * The document that tells sops-install-secrets what to install. It names secrets and holds none.
 * What this program does not look at stays in `json` as it is.
 *
 * @see Mic92/sops-nix pkgs/sops-install-secrets/main.go, manifest
 */
export interface SopsManifest {
  readonly secrets: readonly SecretEntry[];
  readonly templates: readonly TemplateEntry[];
  /** The text that stands for a secret in a template, by the secret's name. */
  readonly placeholders: Readonly<Record<string, string>>;
  readonly secretsMountPoint: string;
  readonly symlinkPath: string;
  /** Empty where none is named. */
  readonly ageKeyFile: string;
  readonly ageSshKeyPaths: readonly string[];
  readonly userMode: boolean;
  readonly json: Readonly<Record<string, unknown>>;
}

/** @returns nothing where the text is no such manifest */
export function parseSopsManifest(text: string): SopsManifest | undefined {
  const json = object(parse(text));
  if (!json) return undefined;
  const secrets = list(json.secrets).map((each): SecretEntry => ({
    name: string(each.name),
    key: string(each.key),
    sopsFile: string(each.sopsFile),
    format: string(each.format) || "yaml",
  }));
  const templates = list(json.templates).map((each): TemplateEntry => ({
    name: string(each.name),
    content: string(each.content),
    file: string(each.file),
  }));
  const placeholders = Object.entries(object(json.placeholderBySecretName) ?? {});
  const secretsMountPoint = string(json.secretsMountPoint);
  const symlinkPath = string(json.symlinkPath);
  if (!secretsMountPoint.startsWith("/") || !symlinkPath.startsWith("/")) return undefined;
  return {
    secrets,
    templates,
    placeholders: Object.fromEntries(placeholders.map(([name, text]) => [name, string(text)])),
    secretsMountPoint,
    symlinkPath,
    ageKeyFile: string(json.ageKeyFile),
    ageSshKeyPaths: Array.isArray(json.ageSshKeyPaths) ? json.ageSshKeyPaths.map(string) : [],
    userMode: json.userMode === true,
    json,
  };
}

/** What a manifest is left with. */
export interface Kept {
  readonly secret: (entry: SecretEntry) => boolean;
  readonly template: (entry: TemplateEntry) => boolean;
  /** Whether the age key file stays. */
  readonly ageKeyFile: boolean;
}

/** The manifest with what is kept and nothing else, everything else in it as it was. */
export function reduced(manifest: SopsManifest, kept: Kept): Record<string, unknown> {
  const { json, secrets, templates } = manifest;
  return {
    ...json,
    secrets: list(json.secrets).filter((_, index) => kept.secret(secrets[index]!)),
    templates: list(json.templates).filter((_, index) => kept.template(templates[index]!)),
    ageKeyFile: kept.ageKeyFile ? json.ageKeyFile : null,
  };
}

/**
 * A manifest that installs into a folder of its own and changes nothing outside of it: for seeing
 * whether something can be installed.
 *
 * @param json from `reduced`
 * @param folder absolute; it is to be in memory
 */
export function onTrial(
  json: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, unknown> {
  const inside = (kind: string) => (each: Record<string, unknown>) => ({
    ...each,
    path: `${folder}/current/${kind}${string(each.name)}`,
  });
  return {
    ...json,
    // Nothing is mounted, no owner is changed and no unit is restarted in this mode.
    userMode: true,
    secretsMountPoint: folder,
    symlinkPath: `${folder}/current`,
    secrets: list(json.secrets).map(inside("")),
    templates: list(json.templates).map(inside("rendered/")),
    logging: { keyImport: false, secretChanges: false },
  };
}

/** The secrets of each encrypted file, in the manifest's order. */
export function byFile(secrets: readonly SecretEntry[]): Map<string, SecretEntry[]> {
  return Map.groupBy(secrets, ({ sopsFile }) => sopsFile);
}

/**
 * The secrets that stand in a template's text.
 *
 * @param names of the secrets to look for
 */
export function usedBy(
  text: string,
  names: readonly string[],
  placeholders: Readonly<Record<string, string>>,
): string[] {
  return names.filter((name) => {
    const placeholder = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    return placeholder !== undefined && placeholder !== "" && text.includes(placeholder);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

/** The objects of a list; nothing (Go's `null`) is an empty one. */
function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map((each) => object(each) ?? {}) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
