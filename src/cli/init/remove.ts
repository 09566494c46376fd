import { processLine } from "../../aws/config/process_line.ts";
import { planShred } from "../../hygiene/plan.ts";
import { lookAtOld, replaceAndOverwrite } from "../../hygiene/replaced.ts";
import { shred } from "../../hygiene/shred.ts";
import { standingAt } from "../../platform/held_file.ts";
import { readFile, realPath, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import type { Context } from "../command.ts";
import { RefusedError } from "../errors.ts";
import { explain } from "../faults.ts";
import { standingInGit } from "../git.ts";
import { selfCommand } from "../self.ts";
import { withTilde } from "../shown_path.ts";
import { applyClaude, type ClaudeLeftAlone, type ClaudePlan, planClaude } from "./claude.ts";
import type { Found, Place, Source } from "./find.ts";
import type { InitFlags } from "./options.ts";
import { withoutCredentials } from "./sources/aws_files.ts";
import { sameKey } from "./static_key.ts";
import { list, type Talk } from "./talk.ts";
import type { Target } from "./target.ts";

/** What is done about the plaintext after the key is safe. */
export interface CleanUp {
  /** Absent where Claude Code is not to be changed at all. */
  readonly claude?: ClaudePlan | ClaudeLeftAlone;
  /** Places that the key is taken out of. */
  readonly removals: readonly Source[];
  /** Places where it stays, for people. */
  readonly left: readonly string[];
  /** The line that takes the key's place in AWS's own files. */
  readonly instead: string;
}

/** What became of the plaintext. */
export interface CleanedUp {
  readonly removed: readonly string[];
  readonly left: readonly string[];
  /** Where it should have gone, and did not. */
  readonly failed: readonly string[];
}

/**
 * Decides what happens to the plaintext, and asks unless flags say it.
 */
export async function planCleanUp(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  about: {
    readonly found: Found;
    readonly source: Source;
    readonly target: Target;
    readonly region: string;
  },
): Promise<CleanUp> {
  const { found, source, target, region } = about;
  const places = placesOf(found, source);
  const inFiles = places.filter(({ place }) => place.kind !== "environment");
  const question = inFiles.length
    ? "Point Claude Code at it and remove the plaintext?"
    : "Point Claude Code at it?";
  const claude = flags.claude ??
    (flags.yes || !talk.prompts ? true : await talk.prompts.confirm(question, true));
  const declined = flags.claude === undefined && !claude;
  // What makes Claude Code use the file takes the key out of its settings.
  const stays = flags.keepPlaintext && places.some(({ place }) => place.kind === "claude");
  const settings = claude && !stays
    ? await planClaude(context, flags, { target, key: source.key, region })
    : undefined;
  const goes = ({ place }: Source): boolean => {
    if (flags.keepPlaintext || declined || place.kind === "environment") return false;
    // Without the new setting Claude Code would be left without any key.
    return place.kind !== "claude" || (settings !== undefined && "diffs" in settings);
  };
  return {
    ...(settings ? { claude: settings } : {}),
    removals: places.filter(goes),
    left: places.filter((each) => !goes(each)).map(({ where }) => where),
    instead: `credential_process = ${
      processLine([
        ...selfCommand(context.env),
        "credential-process",
        "-f",
        target.path,
        flags.profile,
      ])
    }`,
  };
}

/**
 * Carries it out: Claude Code's settings first, because then nothing is without a key at any time.
 * What fails does not keep the rest from being done.
 *
 * @param opened whether the secrets file was read back; without that nothing is removed
 */
export async function cleanUp(
  context: Context,
  talk: Talk,
  plan: CleanUp,
  opened: boolean,
): Promise<CleanedUp> {
  if (!opened) {
    const left = [...plan.removals.map(({ where }) => where), ...plan.left];
    talk.warn("Nothing was removed: no key here opens the file, so it could not be read back");
    return { removed: [], left, failed: [] };
  }
  const removed: string[] = [];
  const failed: string[] = [];
  const attempt: Attempt = async (places, work) => {
    try {
      await work();
      removed.push(...places);
    } catch (error) {
      const { message } = await explain(error);
      if (places.length) talk.warn(`Still in plaintext: ${list(places)}. ${message}`);
      else talk.warn(message);
      failed.push(...(places.length ? places : ["Claude Code's settings"]));
    }
  };

  const tracked = await trackedFiles(plan.removals);
  await pointClaude(plan, talk, attempt);
  for (const { place, where } of plan.removals) {
    if (place.kind === "aws") {
      await attempt([where], () => cutOutOfAwsFile(context, place, plan.instead, talk));
    } else if (place.kind === "csv") {
      await attempt([where], () => destroy(context, place.file, talk));
    }
  }
  if (removed.length) talk.say(`Removed the plaintext from ${list(removed)}`);
  if (plan.left.length) talk.warn(`Still in plaintext: ${list(plan.left)}`);
  for (const file of tracked) {
    const name = withTilde(file, context.env);
    talk.warn(`"${name}" is in git, whose history keeps this key: replace it soon`);
  }
  return { removed, left: plan.left, failed };
}

/** Does something that takes plaintext out of these places, and keeps account of it. */
type Attempt = (places: readonly string[], work: () => void | Promise<void>) => Promise<void>;

async function pointClaude(plan: CleanUp, talk: Talk, attempt: Attempt): Promise<void> {
  const settings = plan.claude;
  if (settings === undefined) return;
  if ("because" in settings) {
    talk.warn(`Claude Code was left alone: ${settings.because} is kept nowhere else`);
    talk.warn("  credsmith claude configure --discard takes it out");
    return;
  }
  const places = plan.removals.filter(({ place }) => place.kind === "claude");
  await attempt(
    places.map(({ where }) => where),
    async () => {
      await applyClaude(settings, talk.warn);
      talk.say("Claude Code uses the key from there (awsCredentialExport in its settings)");
    },
  );
}

/** All places where the key lies that was chosen. */
function placesOf(found: Found, source: Source): Source[] {
  const same = found.sources.filter(({ key }) => sameKey(key, source.key));
  const known = same.some(({ flag }) => flag === source.flag) || source.place.kind === "given";
  return known ? same : [...same, source];
}

async function trackedFiles(removals: readonly Source[]): Promise<string[]> {
  const files = new Set(removals.flatMap(({ place }) => "file" in place ? [place.file] : []));
  const answers = await Promise.all(
    [...files].map(async (file) => [file, await standingInGit(file) === "tracked"]),
  );
  return answers.filter(([, tracked]) => tracked).map(([file]) => file as string);
}

/** Replaces the file by one without the key, and overwrites what the old one held. */
async function cutOutOfAwsFile(
  context: Context,
  place: Extract<Place, { kind: "aws" }>,
  instead: string,
  talk: Talk,
): Promise<void> {
  const path = realPath(place.file);
  await withDirectoryLock(parentOf(path), async () => {
    const names = standingAt(path)?.names ?? 1;
    if (names > 1) {
      throw new RefusedError(`"${path}" has ${names} names (hard links), and all would keep it`);
    }
    const before = readFile(path);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(before.bytes);
    const after = withoutCredentials(text, place.fileKind, place.profile, instead);
    const { claim, reason } = replaceAndOverwrite(
      await lookAtOld(path, context.mountinfo),
      () => replaceFile(path, new TextEncoder().encode(after), { expect: before }),
      randomBytes,
    );
    if (claim !== "overwritten") talk.warn(`The old content of "${path}": ${claim}, ${reason}`);
  });
}

async function destroy(context: Context, file: string, talk: Talk): Promise<void> {
  const { targets } = await planShred([file], {
    cwd: context.cwd,
    mountinfo: context.mountinfo,
    recursive: false,
    force: false,
    hardLinks: false,
    keep: false,
  });
  for (const target of targets) {
    const { claim, reason } = shred(target, { keep: false, random: randomBytes });
    if (claim !== "overwritten") talk.warn(`"${file}" is removed, ${claim}: ${reason}`);
  }
}
