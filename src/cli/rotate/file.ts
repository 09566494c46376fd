import { sameBytes } from "../../platform/files.ts";
import { UncommittedError } from "../../rotate/errors.ts";
import { journalsOf } from "../../rotate/journal.ts";
import type { RotationDocument, RotationFile } from "../../rotate/world.ts";
import { type OpenDocument, parseDocument } from "../../sops/document.ts";
import { pathText } from "../../sops/errors.ts";
import { profilesOf } from "../../store/credentials.ts";
import { formatOf } from "../../store/find.ts";
import type { Context } from "../command.ts";
import { committed } from "../git.ts";
import { reopenable, type ReopenableFile } from "../reopen.ts";

/** The secrets file of a rotation, opened and changed as often as needed; identities load once. */
export async function rotationFile(
  context: Context,
  flags: { readonly file?: string; readonly status: boolean },
): Promise<RotationFile> {
  // Git is asked, and AWS; to tell where it stands takes neither.
  const file = await reopenable(context, flags, [
    "read",
    "env",
    ...(flags.status ? [] : ["write", "net", "sys", "run"] as const),
  ]);
  const { path, shown } = file;
  return {
    path,
    shown,
    read: async () => rotationDocument((await file.open()).document),
    change: async (work) => {
      await file.change((document) => work(rotationDocument(document)));
    },
    async checkCommitted() {
      const head = await committed(path);
      if (!(head instanceof Uint8Array)) return head;
      const { document, snapshot } = await file.open();
      if (sameBytes(head, snapshot.bytes)) return undefined;
      const before = await openedOr(head, path, file.identities);
      if (before === undefined) throw new UncommittedError(shown, []);
      const paths = foreignChanges(before, document);
      if (paths.length) throw new UncommittedError(shown, paths);
      return undefined;
    },
  };
}

function rotationDocument(document: OpenDocument): RotationDocument {
  return {
    format: document.format,
    get profiles() {
      return profilesOf(document);
    },
    get: (path) => document.get(path),
    wouldEncrypt: (path) => document.wouldEncrypt(path),
    set: (path, value) => document.set(path, value),
    unset: (path) => document.unset(path),
  };
}

/** An older state of the file; nothing where it does not open with what opens the file now. */
async function openedOr(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  identities: ReopenableFile["identities"],
): Promise<OpenDocument | undefined> {
  try {
    const sealed = await parseDocument(bytes, formatOf(path));
    const { groups } = sealed.metadata;
    const loaded = await identities(sealed.recipients, groups);
    return await sealed.open(loaded.identities, loaded.services);
  } catch {
    return undefined;
  }
}

/** Leaves that differ, but for the journals and the keys that rotations under way have put in. */
function foreignChanges(before: OpenDocument, after: OpenDocument): string[] {
  const rotating = new Set(
    [...journalsOf(after).values()].flatMap((each) => [each.old.id, each.new?.id]),
  );
  const ours = new Set(
    [...profilesOf(after).values()].filter(({ accessKeyId }) => rotating.has(accessKeyId))
      .flatMap(({ paths }) => [pathText(paths.accessKeyId), pathText(paths.secretAccessKey)]),
  );
  const [old, fresh] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].filter((path) =>
    old.get(path) !== fresh.get(path) && !ours.has(path) &&
    !/^(?:rotation|lifecycle_unencrypted)\//.test(path)
  );
}

function leavesOf(document: OpenDocument): Map<string, string> {
  return new Map(
    [...document.leaves()].map(({ path, value }) => [pathText(path), value.reveal()]),
  );
}
