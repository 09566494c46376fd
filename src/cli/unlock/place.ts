import { RuntimeFolderError } from "../../platform/errors.ts";
import { privateFolder } from "../../platform/memory.ts";
import type { Context } from "../command.ts";

/** Names of the loaders beside the secret files, by the shell that sources them. */
export const loaderNames = {
  sh: "load-aws-bedrock.sh",
  bash: "load-aws-bedrock.bash",
  zsh: "load-aws-bedrock.zsh",
  fish: "load-aws-bedrock.fish",
} as const;

export const manifestName = "manifest.json";

/** Where secret files lie between `unlock` and `lock`. */
export interface Place {
  readonly folder: string;
  /** Gives up no permission where that would close the folder to us. */
  readonly context: Context;
}

/**
 * The folder for secret files, in memory.
 *
 * @throws {RuntimeFolderError} where there is none
 */
export async function placeToUnlock(context: Context): Promise<Place> {
  const { env, mountinfo } = context;
  return open(await privateFolder({ env, mountinfo }), context);
}

/**
 * Every folder that `unlock` may have used: with this environment, and without a runtime folder.
 *
 * @throws {RuntimeFolderError} where the first one is not ours alone; another one is passed over
 */
export async function placesToLock(context: Context): Promise<Place[]> {
  const { env, mountinfo } = context;
  const first = await privateFolder({ env, mountinfo }, { create: false });
  const second = await privateFolder({ env: {}, mountinfo }, { create: false }).catch((error) => {
    if (error instanceof RuntimeFolderError) return undefined;
    throw error;
  });
  const folders = [...new Set([second, first])].filter((folder) => folder !== undefined);
  const all = folders.map((folder) => open(folder, context));
  // What one of them needs, all of them get.
  const held = all.find((place) => place.context !== context)?.context ?? context;
  return all.map(({ folder }) => ({ folder, context: held }));
}

function open(folder: string, context: Context): Place {
  // Deno closes /dev/shm to a process that gave up any permission.
  return folder.startsWith("/dev/shm/")
    ? { folder, context: { ...context, narrow: () => {} } }
    : { folder, context };
}
