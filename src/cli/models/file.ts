import type { OpenDocument } from "../../sops/document.ts";
import { findSecretsFile, formatOf } from "../../store/find.ts";
import type { LoadedIdentities } from "../../store/identities.ts";
import { changeSecretsFile, openSecretsFile } from "../../store/secrets_file.ts";
import type { Context } from "../command.ts";
import { givingPermissions } from "../given.ts";
import type { Engine } from "../engine.ts";
import { forOpening, identitiesOf, layoutFor, type OpenForReading } from "../open.ts";
import { withCleanup } from "../signals.ts";

/** A secrets file that is open, and can be changed later without asking for identities again. */
export interface Reopenable extends Pick<OpenForReading, "document" | "path" | "shown"> {
  change(work: (document: OpenDocument) => void): Promise<"changed" | "unchanged">;
}

/** Opens a secrets file to read it now and to change it after the person has agreed. */
export async function openToChange(
  context: Context,
  flags: { readonly file?: string; readonly engine?: Engine },
): Promise<Reopenable> {
  const { env, cwd } = context;
  const { path, shown } = findSecretsFile({
    env,
    cwd,
    ...(flags.file === undefined ? {} : { flag: flags.file }),
  });
  const layout = await layoutFor(context, formatOf(path));
  const loaded = new Map<string, Promise<LoadedIdentities>>();
  type IdentitiesFor = Parameters<typeof openSecretsFile>[1]["identities"];
  const options = {
    shown,
    identities: (...[recipients, groups]: Parameters<IdentitiesFor>) => {
      const name = JSON.stringify(recipients);
      const known = loaded.get(name);
      if (known) return known;
      const fresh = identitiesOf(context, recipients, {
        ...(groups ? { groups } : {}),
        ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      });
      loaded.set(name, fresh);
      return fresh;
    },
    beforeDecrypting: (more: { readonly asks: boolean; readonly services: boolean }) =>
      context.narrow([...givingPermissions, ...forOpening(more)]),
    ...(layout ? { layout } : {}),
  };
  const { document } = await openSecretsFile(path, options);
  return {
    document,
    path,
    shown,
    change: (work) => withCleanup(() => {}, () => changeSecretsFile(path, options, work)),
  };
}
