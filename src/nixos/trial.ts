import { sweepLeftovers, workFolder } from "../platform/memory.ts";
import { parentOf } from "../platform/paths.ts";
import { run } from "../platform/processes.ts";
import type { Trial } from "./judge.ts";
import { onTrial } from "./sops_manifest.ts";

/** The real sops-install-secrets, and how it is called. */
export interface Installer {
  /** Its path. */
  readonly program: string;
  /** All arguments but the manifest. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How long one file may take, where a key service or a card is asked, in seconds. */
const limit = 20;

/** The installer reads its manifest from standard input, so that none has to lie anywhere. */
const manifestFromInput = "/dev/stdin";

/** Where trials are made, as long as it is in scope. */
export interface Trials extends Disposable {
  /** @param json the manifest */
  run(json: Readonly<Record<string, unknown>>): Promise<Trial>;
}

/**
 * @param link of the secrets; trials are made in a folder beside it
 * @throws {FileError} where that folder cannot be made
 */
export async function trials(installer: Installer, link: string): Promise<Trials> {
  const [parent, prefix] = [parentOf(link), "credsmith-trial-"];
  await sweepLeftovers(parent, prefix);
  const folder = await workFolder(parent, prefix);
  return {
    run: (json) => tryOut(installer, json, folder.path),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/**
 * Lets the real program install into a file system in memory that nobody else sees and that is
 * gone with it, however it ends: a mount namespace of its own, and a process namespace so that
 * nothing that it started (gpg-agent) outlives it.
 *
 * @param json the manifest
 * @param folder an empty one, that the file system is mounted on
 */
async function tryOut(
  { program, flags, env }: Installer,
  json: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Trial> {
  const { code, stderr } = await run("timeout", [
    "--signal=KILL",
    String(limit),
    "unshare",
    "--mount",
    "--propagation=private",
    "--pid",
    "--fork",
    "--kill-child",
    "sh",
    "-c",
    'mount -n -t ramfs -o mode=0700 ramfs "$0" && exec "$@"',
    folder,
    program,
    ...flags,
    manifestFromInput,
  ], { env: { ...env, XDG_RUNTIME_DIR: folder }, stdin: encoded(onTrial(json, folder)) });
  return { code, said: new TextDecoder().decode(stderr) };
}

/**
 * Installs for good.
 *
 * @returns the exit code, and what the program wrote to stdout
 */
export async function install(
  { program, flags, env }: Installer,
  json: Readonly<Record<string, unknown>>,
): Promise<{ readonly code: number; readonly stdout: Uint8Array<ArrayBuffer> }> {
  return await run(program, [...flags, manifestFromInput], {
    env,
    stdin: encoded(json),
    stderr: "inherit",
  });
}

function encoded(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
