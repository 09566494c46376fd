import type { PermissionKind } from "../platform/permissions.ts";
import type { Snapshot } from "../platform/files.ts";
import type { OpenDocument } from "../sops/document.ts";
import { InvalidRuleError } from "../sops/errors.ts";
import type { KeyGroup } from "../sops/keys/master_key.ts";
import type { Format, Layout } from "../sops/tree.ts";
import { type IdentitySource, NoRulesFileError } from "../store/errors.ts";
import { findSecretsFile, formatOf } from "../store/find.ts";
import type { LoadedIdentities } from "../store/identities.ts";
import type { OpenFile } from "../store/secrets_file.ts";
import type { Context } from "./command.ts";
import { type Engine, engineOf, servicesFor } from "./engine.ts";
import { withCleanup } from "./signals.ts";

/** A secrets file that is open, with what the user calls it. */
export interface OpenForReading extends OpenFile {
  /** For messages: as it was given, or relative to the working folder. */
  readonly shown: string;
  /** The folder of the nearest `.sops.yaml` above it. */
  readonly root?: string;
}

/**
 * Finds, reads and opens the secrets file of a command. Permissions that only the search for
 * identities needed are given up before anything is decrypted; `env` stays, because the YAML library
 * asks for its own variables.
 *
 * @param options.file the `-f` flag
 * @param options.keeps what the rest of the command needs; nothing unless given
 * @param options.unattended leaves identities out that may ask a person for something
 * @throws {NoSecretsFileError | SecretsFileError}
 */
export async function openForReading(
  context: Context,
  options: {
    readonly file?: string;
    readonly format?: Format;
    readonly keeps?: readonly PermissionKind[];
    readonly engine?: Engine;
    readonly unattended?: boolean;
  } = {},
): Promise<OpenForReading> {
  const { env, cwd } = context;
  const { path, ...found } = findSecretsFile({ env, cwd, ...flag(options.file) });
  const { openSecretsFile } = await import("../store/secrets_file.ts");
  const open = await openSecretsFile(path, {
    shown: found.shown,
    identities: async (recipients, groups) => {
      const found = await identitiesOf(context, recipients, { groups, ...engine(options) });
      return options.unattended ? unattended(found) : found;
    },
    beforeDecrypting: (more) =>
      context.narrow(["env", ...forOpening(more), ...options.keeps ?? []]),
    ...(options.format ? { format: options.format } : {}),
  });
  return { ...open, ...found };
}

/**
 * Changes the secrets file of a command, safely (`changeSecretsFile`). A signal meanwhile leaves
 * the old file or the new one and nothing else.
 *
 * @param options.keeps what `change` and the rest of the command need besides `read` and `write`
 * @param options.expect the file as it was when an edit began
 * @param change works on the open document; when it throws, nothing is written
 * @returns whether the file was written, and what the user calls it
 * @throws {NoSecretsFileError | SecretsFileError} and whatever `change` throws
 */
export async function changeFile(
  context: Context,
  options: {
    readonly file?: string;
    readonly format?: Format;
    readonly keeps?: readonly PermissionKind[];
    readonly expect?: Snapshot;
    readonly engine?: Engine;
  },
  change: (document: OpenDocument) => void | Promise<void>,
): Promise<{ readonly result: "changed" | "unchanged"; readonly path: string; shown: string }> {
  const { env, cwd } = context;
  const { path, shown } = findSecretsFile({ env, cwd, ...flag(options.file) });
  const { changeSecretsFile } = await import("../store/secrets_file.ts");
  const layout = await layoutFor(context, formatOf(path, options.format));
  const result = await withCleanup(() => {}, () =>
    changeSecretsFile(path, {
      shown,
      identities: (recipients, groups) =>
        identitiesOf(context, recipients, { groups, ...engine(options) }),
      beforeDecrypting: (more) =>
        context.narrow(["read", "write", "env", ...forOpening(more), ...options.keeps ?? []]),
      ...(options.format ? { format: options.format } : {}),
      ...(options.expect ? { expect: options.expect } : {}),
      ...(layout ? { layout } : {}),
    }, change));
  return { result, path, shown };
}

/**
 * The identities that are there, with a warning about files that others may read, and what is asked
 * for keys that live elsewhere.
 *
 * @param recipients of the file that they are for
 * @param about.groups all of its keys; only age is thought of unless given
 */
export async function identitiesOf(
  context: Context,
  recipients: readonly string[],
  about: { readonly groups?: readonly KeyGroup[]; readonly engine?: Engine } = {},
): Promise<LoadedIdentities> {
  const [{ loadIdentities }, { askingOf }] = await Promise.all([
    import("../store/identities.ts"),
    import("./asking.ts"),
  ]);
  const engine = engineOf(context.env, about.engine);
  const services = await servicesFor(context, about.groups ?? [], engine);
  const named = context.env.SOPS_DECRYPTION_ORDER;
  const order = named ? { order: named.split(",") } : {};
  if (engine === "binary") return { identities: [], sources: [], services, ...order };
  const loaded = await loadIdentities({ env: context.env, recipients, ...askingOf(context) });
  for (const source of loaded.sources) warnIfExposed(context, source);
  return { ...loaded, services, ...order };
}

/** Without those that may ask a person for something. */
function unattended(found: LoadedIdentities): LoadedIdentities {
  const identities = found.identities.filter((each) => each.kind !== "opener" || !each.asks);
  return { ...found, identities };
}

/** What opening still needs: a plugin is a program, and services are in the network or programs. */
export function forOpening(
  more: { readonly asks: boolean; readonly services: boolean },
): readonly PermissionKind[] {
  if (more.services) return ["read", "write", "net", "run", "sys"];
  return more.asks ? ["run"] : [];
}

function engine({ engine }: { readonly engine?: Engine }): { engine?: Engine } {
  return engine === undefined ? {} : { engine };
}

/** How the rules want files of that format laid out; rules that cannot be read do not stop a change. */
export async function layoutFor(context: Context, format: Format): Promise<Layout | undefined> {
  const { loadRules } = await import("../store/rules.ts");
  try {
    return (await loadRules({ start: context.cwd, env: context.env })).rules.layouts[format];
  } catch (error) {
    if (error instanceof NoRulesFileError || error instanceof InvalidRuleError) return undefined;
    throw error;
  }
}

function warnIfExposed({ terminal }: Context, { source, exposed, mode = 0 }: IdentitySource): void {
  if (!exposed) return;
  terminal.note(`Warning: "${source}" can be read by others (mode ${octal(mode)})`);
  terminal.note(`  chmod 600 ${quoted(source)}`);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function flag(file: string | undefined): { flag?: string } {
  return file === undefined ? {} : { flag: file };
}
