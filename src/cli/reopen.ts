import type { PermissionKind } from "../platform/permissions.ts";
import type { OpenDocument } from "../sops/document.ts";
import { findSecretsFile, formatOf } from "../store/find.ts";
import type { LoadedIdentities } from "../store/identities.ts";
import {
  type ChangeOptions,
  changeSecretsFile,
  type OpenFile,
  openSecretsFile,
} from "../store/secrets_file.ts";
import type { Context } from "./command.ts";
import type { Engine } from "./engine.ts";
import { forOpening, identitiesOf, layoutFor } from "./open.ts";
import { withCleanup } from "./signals.ts";

/** A secrets file that is opened and changed as often as needed; nobody is asked twice for keys. */
export interface ReopenableFile {
  readonly path: string;
  /** For messages: as it was given, or relative to the working folder. */
  readonly shown: string;
  readonly identities: ChangeOptions["identities"];
  /** @throws {SecretsFileError} */
  open(): Promise<OpenFile>;
  /**
   * Changes it safely (`changeSecretsFile`). A signal meanwhile leaves the old file or the new one
   * and nothing else.
   *
   * @throws {SecretsFileError} and whatever `work` throws
   */
  change(
    work: (document: OpenDocument) => void | Promise<void>,
  ): Promise<"changed" | "unchanged">;
}

/**
 * Finds the secrets file of a command that reads and changes it more than once. Identities are
 * loaded once for each list of recipients.
 *
 * @param flags.file the `-f` flag
 * @param keeps what the command needs of the permissions, besides what opening does
 * @throws {NoSecretsFileError}
 */
export async function reopenable(
  context: Context,
  flags: { readonly file?: string; readonly engine?: Engine },
  keeps: readonly PermissionKind[],
): Promise<ReopenableFile> {
  const { env, cwd } = context;
  const { file, engine } = flags;
  const { path, shown } = findSecretsFile({
    env,
    cwd,
    ...(file === undefined ? {} : { flag: file }),
  });
  const layout = await layoutFor(context, formatOf(path));
  const loaded = new Map<string, Promise<LoadedIdentities>>();
  const identities: ChangeOptions["identities"] = (recipients, groups) => {
    const name = JSON.stringify(recipients);
    const known = loaded.get(name) ?? identitiesOf(context, recipients, {
      groups,
      ...(engine === undefined ? {} : { engine }),
    });
    loaded.set(name, known);
    return known;
  };
  const options: ChangeOptions = {
    shown,
    identities,
    beforeDecrypting: (more) => context.narrow([...keeps, ...forOpening(more)]),
    ...(layout ? { layout } : {}),
  };
  return {
    path,
    shown,
    identities,
    open: () => openSecretsFile(path, options),
    change: (work) => withCleanup(() => {}, () => changeSecretsFile(path, options, work)),
  };
}
