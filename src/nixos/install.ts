import { FileError } from "../platform/errors.ts";
import { readFile, readFileIfThere, replaceFile } from "../platform/files.ts";
import { realPathIfThere } from "../platform/optional.ts";
import { baseName } from "../platform/paths.ts";
import type { Identity } from "../sops/keys/identity.ts";
import { type InstallArguments, isBoot } from "./boot.ts";
import { readHostKeys, uselessKeyFile } from "./host_keys.ts";
import { type HostKey, judge, type Reason } from "./judge.ts";
import { lookInto } from "./look.ts";
import {
  byFile,
  type Kept,
  parseSopsManifest,
  reduced,
  type SecretEntry,
  type SopsManifest,
  type TemplateEntry,
  usedBy,
} from "./sops_manifest.ts";
import { install, type Installer, trials } from "./trial.ts";

/** An encrypted file that is left out, with all that was asked of it. */
export interface FileLeftOut {
  readonly file: string;
  readonly names: readonly string[];
  readonly reason: Reason;
}

/** A rendered file that is left out: for secrets that are, or, where there are none, for itself. */
export interface TemplateLeftOut {
  readonly name: string;
  readonly secrets: readonly string[];
}

/** What became of an attempt. */
export type Outcome =
  /** Not for us: it is no boot, or nothing was to be installed. */
  | { readonly kind: "not ours" }
  /** Whatever is left out, the real program fails: the fault is none of a file. */
  | { readonly kind: "hopeless"; readonly code: number }
  | {
    readonly kind: "installed";
    readonly stdout: Uint8Array<ArrayBuffer>;
    /** How many secrets there are in the manifest. */
    readonly asked: number;
    readonly files: readonly FileLeftOut[];
    readonly templates: readonly TemplateLeftOut[];
    readonly keys: readonly HostKey[];
    /** The age key file, where it was left out of the manifest. */
    readonly keyFile: HostKey | undefined;
  };

/** Where NixOS says which system was booted, and which one is running. */
const systems = { booted: "/run/booted-system", current: "/run/current-system" } as const;

/** How many files are tried at a time. */
const atOnce = 4;

/** In the mount of the secrets: the generation that something was left out of. */
const markName = "degraded";

/**
 * After the real sops-install-secrets failed: at boot, finds out which files it refuses, and has it
 * install the rest.
 *
 * @param program the real one
 * @throws {FileError} where the folder for trials cannot be made
 */
export async function installTheRest(
  program: string,
  { flags, manifest: path, installs }: InstallArguments,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const manifest = installs ? parseSopsManifest(text(readFile(path).bytes)) : undefined;
  if (!manifest || manifest.userMode || !atBoot(manifest, env)) return { kind: "not ours" };

  const installer: Installer = { program, flags, env };
  const { keys, identities } = await readHostKeys(manifest);
  const keyFile = uselessKeyFile(keys);
  const ageKeyFile = keyFile === undefined;
  const none: Kept = { secret: () => false, template: () => false, ageKeyFile };

  using alone = await trials(installer, manifest.symlinkPath);
  const trial = (kept: Partial<Kept>) => alone.run(reduced(manifest, { ...none, ...kept }));

  const bare = await trial({});
  if (bare.code !== 0) return { kind: "hopeless", code: bare.code };
  const files = await inTurn([...byFile(manifest.secrets)], async ([file, entries]) => {
    const result = await trial({ secret: (entry) => entry.sopsFile === file });
    return result.code === 0
      ? undefined
      : { file, entries, reason: await why(file, entries, result, keys, identities) };
  });
  const left = files.filter((each) => each !== undefined);
  const leftNames = left.flatMap(({ entries }) => entries.map(({ name }) => name));
  const templates = await inTurn(manifest.templates, async (template) => {
    const secrets = usedBy(templateText(template), leftNames, manifest.placeholders);
    const good = secrets.length === 0 &&
      (await trial({ template: (entry) => entry === template })).code === 0;
    return good ? undefined : { name: template.name, secrets };
  });
  const templatesLeft = templates.filter((each) => each !== undefined);

  const { code, stdout } = await install(
    installer,
    reduced(manifest, {
      secret: ({ sopsFile }) => !left.some(({ file }) => file === sopsFile),
      template: ({ name }) => !templatesLeft.some((each) => each.name === name),
      ageKeyFile,
    }),
  );
  if (code !== 0) return { kind: "hopeless", code };
  if (left.length + templatesLeft.length > 0 || keyFile) mark(manifest);
  return {
    kind: "installed",
    stdout,
    asked: manifest.secrets.length,
    files: left.map(({ file, entries, reason }) => ({
      file,
      names: entries.map(({ name }) => name),
      reason,
    })),
    templates: templatesLeft,
    keys,
    keyFile,
  };
}

async function why(
  file: string,
  entries: readonly SecretEntry[],
  result: Parameters<typeof judge>[0],
  keys: readonly HostKey[],
  identities: readonly Identity[],
): Promise<Reason> {
  return judge(result, await lookInto(file, entries, identities), keys, entries);
}

function atBoot(manifest: SopsManifest, env: Readonly<Record<string, string>>): boolean {
  const { secretsMountPoint, symlinkPath } = manifest;
  const mark = readFileIfThere(`${secretsMountPoint}/${markName}`);
  return isBoot({
    action: env.NIXOS_ACTION,
    generation: generationOf(symlinkPath),
    degraded: mark && text(mark.bytes),
    bootedSystem: realPathIfThere(systems.booted),
    currentSystem: realPathIfThere(systems.current),
  });
}

function generationOf(link: string): string | undefined {
  const target = realPathIfThere(link);
  // Not a link: a folder that stood there before, which sops-install-secrets takes away.
  return target === undefined || target === link ? undefined : baseName(target);
}

function mark({ secretsMountPoint, symlinkPath }: SopsManifest): void {
  const generation = generationOf(symlinkPath);
  if (generation === undefined) return;
  const bytes = new TextEncoder().encode(generation);
  replaceFile(`${secretsMountPoint}/${markName}`, bytes, { mode: 0o600 });
}

function templateText({ content, file }: TemplateEntry): string {
  if (content !== "") return content;
  try {
    return text(readFile(file).bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // The trial says that it cannot be read.
    return "";
  }
}

/** Does the same with each, a few at a time; the results are in the order of what was given. */
async function inTurn<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length);
  const queue = all.entries();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [index, each] of queue) results[index] = await work(each);
  }));
  return results;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
