import { kept, sessionsFolder } from "../../aws/session/cache.ts";
import type { Entry } from "../../aws/session/entry.ts";
import { listFolder, remove, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { privateFolder } from "../../platform/memory.ts";
import { lstatIfThere, realPathIfThere } from "../../platform/optional.ts";
import type { Context } from "../command.ts";
import { awsConfigPath } from "../verify/surroundings.ts";
import { answerName, digestOf, type KnownAnswer, type Question } from "./answers.ts";

/** What the answer depends on, as it was before anything was opened. */
export interface Asked {
  readonly name: string;
  readonly files: readonly string[];
  readonly digest: string;
}

/** Milliseconds after which an answer that was not given again is taken away: a day. */
const longest = 24 * 3600 * 1000;

/** And a session, which has ended by then, or what a process left that was killed: two days. */
const longestSession = 2 * longest;

/**
 * Looks at what an answer is going to depend on.
 *
 * @param question.files all that it depends on, besides its `path`
 * @returns nothing where that cannot be told, as for a pipe
 */
export async function asked(
  { path, files, ...question }: Question & { readonly files: readonly string[] },
): Promise<Asked | undefined> {
  const real = realPathIfThere(path);
  // The region and the endpoints that AWS is asked at may come from there.
  const config = awsConfigPath(question.env);
  if (real === undefined || (config !== undefined && !config.startsWith("/"))) return undefined;
  const all = [real, ...files, ...(config === undefined ? [] : [config])];
  const digest = await digestOf(all);
  if (digest === undefined) return undefined;
  return { name: await answerName({ ...question, path: real }), files: all, digest };
}

/**
 * Remembers which session answers a question, so that the next one needs nothing to be opened.
 * Nothing is remembered where the files have changed meanwhile, or the session is not in the cache.
 * A failure is none: the next one is answered all the same, only slower.
 *
 * @param accessKeyId of the session that was given
 */
export async function remember(
  context: Context,
  { name, files, digest }: Asked,
  accessKeyId: string,
  now: Temporal.Instant,
): Promise<void> {
  try {
    const found = await cachedEntry(context, accessKeyId);
    if (found === undefined || await digestOf(files) !== digest) return;
    const { sessions } = found;
    const answer: KnownAnswer = { version: 1, files, digest, entry: `${found.name}.json` };
    const bytes = new TextEncoder().encode(`${JSON.stringify(answer)}\n`);
    await withDirectoryLock(sessions, () => {
      replaceFile(`${sessions}/${name}`, bytes, { mode: 0o600 });
      sweep(sessions, now);
    }, { timeoutMs: 1000 });
  } catch {
    // The session itself is what was asked for.
  }
}

/**
 * When a session ends that was found outside the cache: in secret files, where `unlock` puts it.
 *
 * @returns nothing where the cache does not have it
 */
export async function cachedExpiry(
  context: Context,
  accessKeyId: string,
): Promise<Temporal.Instant | undefined> {
  try {
    return (await cachedEntry(context, accessKeyId))?.entry.expires;
  } catch {
    return undefined;
  }
}

async function cachedEntry(
  { env, mountinfo }: Context,
  accessKeyId: string,
): Promise<{ sessions: string; name: string; entry: Entry } | undefined> {
  const folder = await privateFolder({ env, mountinfo }, { create: false });
  if (folder === undefined) return undefined;
  const found = kept(folder).find(({ entry }) => entry.credentials.accessKeyId === accessKeyId);
  return found && { sessions: `${folder}/${sessionsFolder}`, ...found };
}

function sweep(sessions: string, now: Temporal.Instant): void {
  for (const { name } of listFolder(sessions)) {
    if (name.endsWith(".lock")) continue;
    const modified = lstatIfThere(`${sessions}/${name}`)?.mtime?.getTime();
    const most = name.endsWith(".at") ? longest : longestSession;
    if (modified !== undefined && modified < now.epochMilliseconds - most) {
      remove(`${sessions}/${name}`, { recursive: true });
    }
  }
}
