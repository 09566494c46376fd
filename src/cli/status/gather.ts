import { idsOf } from "../../access/plan.ts";
import { readFileIfThere } from "../../platform/files.ts";
import { absolute, join } from "../../platform/paths.ts";
import { type Journal, journalsOf } from "../../rotate/journal.ts";
import type { Identity } from "../../sops/keys/identity.ts";
import type { KeptSession } from "../../status/kept.ts";
import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import { SecretsFileError } from "../../store/errors.ts";
import { findSecretsFile, type Found as FoundFile } from "../../store/find.ts";
import { type LoadedIdentities, loadIdentities } from "../../store/identities.ts";
import { openSecretsFile, readSealed } from "../../store/secrets_file.ts";
import type { PermissionKind } from "../../platform/permissions.ts";
import type { Context } from "../command.ts";
import type { Engine } from "../engine.ts";
import { explain } from "../faults.ts";
import { forOpening, identitiesOf } from "../open.ts";
import { closedEntries, entriesOf, type Entry, restingKeys } from "./entries.ts";

/** A secrets file as it was seen. */
export interface FileView {
  readonly path: string;
  /** As the user names it. */
  readonly shown: string;
  /** What `-f` was given, where it was. */
  readonly flag?: string;
  readonly recipients: readonly Recipient[];
  /** Why it does not open here; then nothing in it has been verified. */
  readonly closed?: { readonly cause: string; readonly exit: number; readonly message: string };
  readonly entries: readonly Entry[];
  readonly journals: ReadonlyMap<string, Journal>;
  /** Keys that its rotations wait for to be unused: asking with one would be a use of it. */
  readonly resting: ReadonlySet<string>;
  /** By profile. */
  readonly sessions: ReadonlyMap<string, KeptSession>;
}

/** Whom a file is encrypted for. */
export interface Recipient {
  readonly id: string;
  /** What a comment in `.sops.yaml` calls it. */
  readonly name?: string;
  readonly own: boolean;
}

export interface GatherOptions {
  readonly engine?: Engine;
  /** Whether names of recipients are wanted: they take reading `.sops.yaml`. */
  readonly names: boolean;
  /** What is needed after the files were opened. */
  readonly keeps: readonly PermissionKind[];
  readonly sessions: readonly KeptSession[];
  /** Who stands in the names of sessions. */
  readonly who: string;
  /** Whether a person may be asked for a passphrase, and services and plugins for keys. */
  readonly mayAsk: boolean;
}

/** What keeps a file shut, where nothing is wrong with the file. */
const closing = new Set([
  "NoIdentityError",
  "UnsupportedError",
  "KeyServiceError",
  "PassphraseError",
  "PluginError",
]);

/**
 * Finds and reads secrets files. One that does not open here is told by what stands in it in
 * plaintext.
 *
 * @throws {NoSecretsFileError | SecretsFileError} what `explain` words
 */
export async function gatherFile(
  context: Context,
  flag: string | undefined,
  last: boolean,
  options: GatherOptions,
): Promise<FileView> {
  const { env, cwd } = context;
  const found = findSecretsFile({ env, cwd, ...(flag === undefined ? {} : { flag }) });
  const { path, shown } = found;
  // Read first: later there may be no permission to.
  const nameOf = options.names ? await namesFor(context, found) : () => undefined;
  let loaded: LoadedIdentities | undefined;
  const kept: readonly PermissionKind[] = last
    ? ["read", "env", ...options.keeps]
    : ["read", "write", "net", "env", "sys", "run"];
  const about = { path, shown, ...(flag === undefined ? {} : { flag }) };
  try {
    const { document } = await openSecretsFile(path, {
      shown,
      identities: async (recipients, groups) =>
        loaded = options.mayAsk
          ? await identitiesOf(context, recipients, {
            groups,
            ...(options.engine ? { engine: options.engine } : {}),
          })
          : await loadIdentities({ env, recipients }),
      beforeDecrypting: (more) => context.narrow([...kept, ...forOpening(more)]),
    });
    const journals = journalsOf(document);
    const profiles = profilesOf(document);
    const sessions = await sessionsOf(context, profiles, options);
    const own = options.names ? await ownOf(loaded?.identities ?? []) : new Set<string>();
    return {
      ...about,
      recipients: idsOf(document.metadata.groups)
        .map((id) => recipient(id, nameOf, own)),
      journals,
      resting: restingKeys(journals),
      sessions,
      entries: await entriesOf(profiles, journals, document.tree, sessions),
    };
  } catch (error) {
    if (!(error instanceof SecretsFileError) || !closing.has(error.cause.name)) throw error;
    const { cause, exit, message } = await explain(error);
    const { document } = await readSealed(path, { shown });
    context.narrow([...kept]);
    return {
      ...about,
      closed: { cause, exit, message },
      recipients: idsOf(document.metadata.groups)
        .map((id) => recipient(id, nameOf, new Set())),
      journals: new Map(),
      resting: new Set(),
      sessions: new Map(),
      entries: closedEntries(document.tree),
    };
  }
}

/** What comments in `.sops.yaml` call the recipients. */
async function namesFor(
  { env, cwd }: Context,
  { root }: FoundFile,
): Promise<(id: string) => string | undefined> {
  const path = env.SOPS_CONFIG
    ? absolute(env.SOPS_CONFIG, cwd)
    : root === undefined
    ? undefined
    : join(root, ".sops.yaml");
  try {
    const file = path === undefined ? undefined : readFileIfThere(path);
    const text = file ? new TextDecoder().decode(file.bytes) : "";
    // Where there is neither a comment nor an anchor, the YAML library need not be loaded.
    if (!/[#&]/.test(text)) return () => undefined;
    const { recipientNames } = await import("../../access/names.ts");
    const names = await recipientNames(text);
    return (id) => names.get(id);
  } catch {
    // Rules that cannot be read are no matter of this command.
    return () => undefined;
  }
}

function recipient(
  id: string,
  nameOf: (id: string) => string | undefined,
  own: ReadonlySet<string>,
): Recipient {
  const name = nameOf(id);
  return { id, own: own.has(id), ...(name === undefined ? {} : { name }) };
}

async function ownOf(identities: readonly Identity[]): Promise<ReadonlySet<string>> {
  const { recipientOf } = await import("../../sops/keys/identity.ts");
  const found = await Promise.all(
    identities.map((each) =>
      each.kind === "x25519"
        ? recipientOf(each)
        : each.kind === "opener"
        ? each.recipient
        : undefined
    ),
  );
  return new Set(found.filter((each) => each !== undefined));
}

/** The sessions that are kept for the profiles of a file. */
async function sessionsOf(
  context: Context,
  profiles: ReadonlyMap<string, ProfileView>,
  { sessions, who }: GatherOptions,
): Promise<ReadonlyMap<string, KeptSession>> {
  const found = new Map<string, KeptSession>();
  if (sessions.length === 0) return found;
  const { keptUnder } = await import("../given.ts");
  for (const profile of profiles.keys()) {
    // What is wrong with a profile is told elsewhere.
    const name = await keptUnder(context, profiles, profile, who).catch(() => undefined);
    const session = sessions.find((each) => each.name === name);
    if (session) found.set(profile, session);
  }
  return found;
}
