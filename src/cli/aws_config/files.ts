import { ConfigShapeError } from "../../aws/config/errors.ts";
import {
  makeFolder,
  readFileIfThere,
  realPath,
  replaceFile,
  type Snapshot,
} from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { absolute, parentOf } from "../../platform/paths.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { shortPath } from "../shown_path.ts";

/** One of AWS's two shared files as it was read. */
export interface SharedFile {
  readonly path: string;
  /** For messages. */
  readonly shown: string;
  /** Empty where there is none. */
  readonly text: string;
  /** Absent where there is none. */
  readonly snapshot?: Snapshot;
}

/** `~/.aws/config` and `~/.aws/credentials`, or what stands in for them. */
export interface SharedFiles {
  readonly config: SharedFile;
  readonly credentials: SharedFile;
}

/**
 * Reads AWS's shared files where the SDKs would.
 *
 * @throws {UsageError} where that cannot be told
 * @throws {FileError | ConfigShapeError}
 */
export function lookAt(context: Context): SharedFiles {
  return {
    config: read(context, "AWS_CONFIG_FILE", "config"),
    credentials: read(context, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  };
}

function read(context: Context, variable: string, name: string): SharedFile {
  const { env, cwd } = context;
  const { HOME } = env;
  const named = env[variable];
  if (!named && !HOME) {
    throw new UsageError(
      `Cannot tell where ~/.aws/${name} is: HOME is not set`,
      `set HOME, or ${variable}`,
    );
  }
  // botocore reads a tilde here, and the others would look for a folder of that name.
  if (named?.startsWith("~")) {
    throw new UsageError(
      `Cannot use ${variable}: "${named}" begins with a tilde, which only some AWS SDKs follow`,
      "give the whole path",
    );
  }
  const path = named ? absolute(named, cwd) : `${HOME}/.aws/${name}`;
  const shown = shortPath(path, context);
  const snapshot = readFileIfThere(path);
  if (snapshot === undefined) return { path, shown, text: "" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(snapshot.bytes);
    return { path, shown, text, snapshot };
  } catch {
    throw Object.assign(new ConfigShapeError("not utf-8", shown), { file: shown });
  }
}

/**
 * Replaces the configuration file whole; a link to it stays a link, its mode stays.
 *
 * @throws {ConflictError} when it is not what was read
 * @throws {RefusedError} where it leads into the Nix store
 * @throws {FileError}
 */
export async function replaceConfig({ path, snapshot }: SharedFile, text: string): Promise<void> {
  if (snapshot === undefined) makeFolder(parentOf(path), 0o700);
  const real = realPath(path);
  if (real.startsWith("/nix/store/")) {
    throw new RefusedError(
      `Cannot change "${path}": it leads into the Nix store`,
      "credsmith aws-config --print shows what to put into your Nix configuration",
      "nix_store",
    );
  }
  const bytes = new TextEncoder().encode(text);
  await withDirectoryLock(
    parentOf(real),
    () =>
      replaceFile(
        real,
        bytes,
        snapshot ? { expect: snapshot } : { expect: "absent", mode: 0o600 },
      ),
  );
}
