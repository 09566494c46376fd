import type { SettingsEdit, SettingsFile } from "../../claude/configure.ts";
import { SettingsSyntaxError } from "../../claude/errors.ts";
import { type Scope, settingsPlaces } from "../../claude/places.ts";
import { settingsText } from "../../claude/settings.ts";
import {
  type Buried,
  lookAtOld,
  type Replaceable,
  replaceAndOverwrite,
} from "../../hygiene/replaced.ts";
import {
  exists,
  makeFolder,
  readFile,
  realPath,
  replaceFile,
  type Snapshot,
} from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import type { Context } from "../command.ts";
import { RefusedError } from "../errors.ts";
import { shortPath } from "../shown_path.ts";

/** A settings file of the user's own, as it was read, with all that is needed to replace it. */
export interface ChangeableFile extends SettingsFile {
  readonly scope: Exclude<Scope, "managed">;
  /** For messages: from the working folder or the home folder on. */
  readonly shown: string;
  /** What was read, and how the old content can be destroyed; absent where there is no file. */
  readonly old?: { readonly snapshot: Snapshot; readonly replaceable: Replaceable };
}

/** What became of one file. */
export type Applied =
  /** `buried` is what became of the plaintext that the old file held, where it held some. */
  | { readonly edit: SettingsEdit; readonly buried?: Buried }
  /** It failed, and is as it was. */
  | { readonly edit: SettingsEdit; readonly error: unknown };

/**
 * Reads the settings files that Claude Code would read here and that are the user's to change,
 * highest precedence first. Has to run while all permissions are held, or the destruction of
 * plaintext later knows less of the disk.
 *
 * @throws {FileError | SettingsSyntaxError}
 */
export async function changeableFiles(context: Context): Promise<ChangeableFile[]> {
  const files: ChangeableFile[] = [];
  for (const { scope, path } of settingsPlaces(context)) {
    if (scope === "managed") continue;
    const file = { scope, path, shown: shortPath(path, context) };
    if (!exists(path)) {
      files.push(file);
      continue;
    }
    const snapshot = readFile(path);
    files.push({
      ...file,
      source: decoded(path, snapshot.bytes),
      old: {
        snapshot,
        replaceable: await lookAtOld(realPath(path), context.mountinfo),
      },
    });
  }
  return files;
}

function decoded(path: string, bytes: Uint8Array): ReturnType<typeof settingsText> {
  try {
    return settingsText(bytes);
  } catch {
    throw new SettingsSyntaxError(path, "it is not UTF-8");
  }
}

/**
 * Writes one edit: the file is replaced whole, links to it stay links, and where plaintext was
 * taken out the old content is overwritten.
 *
 * @throws {ConflictError} when the file is not what it was
 * @throws {FileError}
 */
async function applyEdit(
  edit: SettingsEdit,
  files: readonly ChangeableFile[],
): Promise<Applied> {
  const { old, path } = files.find((file) => file === edit.file)!;
  const mark = edit.file.source?.marked ? "\uFEFF" : "";
  const bytes = new TextEncoder().encode(mark + edit.after.reveal());
  if (old === undefined) {
    makeFolder(parentOf(path), 0o700);
    const real = realPath(path);
    await withDirectoryLock(
      parentOf(real),
      () => replaceFile(real, bytes, { expect: "absent", mode: 0o600 }),
    );
    return { edit };
  }
  const real = old.replaceable.path;
  if (real.startsWith("/nix/store/")) {
    throw new RefusedError(
      `Cannot change "${path}": it leads into the Nix store`,
      "change it in your Nix configuration",
      "nix_store",
    );
  }
  const replace = () => replaceFile(real, bytes, { expect: old.snapshot });
  return await withDirectoryLock(parentOf(real), () => {
    if (edit.clears) {
      return { edit, buried: replaceAndOverwrite(old.replaceable, replace, randomBytes) };
    }
    replace();
    return { edit };
  });
}

/**
 * Writes all edits, the one that gets the new settings first, so that Claude Code is never without
 * a key. One that fails does not stop the others, unless it is the first.
 *
 * @throws what the first one throws; then nothing was changed
 */
export async function applyEdits(
  edits: readonly SettingsEdit[],
  files: readonly ChangeableFile[],
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const edit of edits) {
    try {
      applied.push(await applyEdit(edit, files));
    } catch (error) {
      if (applied.length === 0) throw error;
      applied.push({ edit, error });
    }
  }
  return applied;
}
