import type { Connection } from "../../aws/clients.ts";
import { now, sleep } from "../../platform/clock.ts";
import { randomBytes } from "../../platform/random.ts";
import { AwsStepError } from "../../rotate/errors.ts";
import { type Journal, journalOf, journalsOf } from "../../rotate/journal.ts";
import { IamUserKeyRotation } from "../../rotate/strategies/iam_user_key.ts";
import type { Plan } from "../../rotate/strategies/iam_user_look.ts";
import {
  type Event,
  loadRequests,
  type RotationDocument,
  type RotationFile,
  type Wishes,
  type World,
} from "../../rotate/world.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { ProfileError } from "../../store/errors.ts";
import { record } from "../actions.ts";
import type { Context } from "../command.ts";
import { connectionWith } from "../connection.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { unbroken, withCleanup } from "../signals.ts";
import { aroundProfile } from "../verify/online.ts";
import { word } from "../verify/remedies.ts";
import { wrapped } from "../wrap.ts";
import { InFileError, StoppedError } from "./errors.ts";
import { rotationFile } from "./file.ts";
import type { RotateFlags } from "./options.ts";
import {
  commandFor,
  keyText,
  lineText,
  nextSteps,
  picture,
  stepCount,
  stepNumber,
} from "./picture.ts";
import { rotationDocument, RotationReport } from "./report.ts";

/** What time and chance are; tests have their own. */
export interface Surroundings {
  now(): Temporal.Instant;
  sleep(milliseconds: number): Promise<void>;
  random(length: number): Uint8Array;
  /** Milliseconds that requests are signed ahead of this machine's clock. */
  signedAhead?(): number;
}

const system: Surroundings = { now, sleep, random: randomBytes };

/**
 * Rotates, goes on, turns back, tells.
 *
 * @param name nothing: the default profile, or with `--continue` and `--status` every rotation that
 *   is under way
 * @returns the exit code
 */
export async function rotate(
  context: Context,
  flags: RotateFlags,
  name: string | undefined,
  surroundings: Surroundings = system,
): Promise<number> {
  try {
    return await run(context, flags, name, surroundings);
  } catch (error) {
    throw await withFile(flags, error);
  }
}

/** Hints name the file that was named to us. */
async function withFile({ file }: RotateFlags, error: unknown): Promise<unknown> {
  if (file === undefined || error instanceof InFileError) return error;
  const { faults } = await import("../faults/rotate.ts");
  return faults(error) ? new InFileError(error, file) : error;
}

async function run(
  context: Context,
  flags: RotateFlags,
  name: string | undefined,
  surroundings: Surroundings,
): Promise<number> {
  checkFlags(flags, name);
  const file = await rotationFile(context, flags);
  const document = await file.read();
  if (flags.status) return tellStatus(context, flags, name, file, document);
  const chosen = choose(flags, name, document);
  if (chosen.length === 0) {
    if (flags.json) context.terminal.line(JSON.stringify(wholeDocument(file, [])));
    else context.terminal.line(`No rotation is under way in "${file.shown}"`);
    return exitCodes.done;
  }
  const world = await worldOf(context, flags, file, surroundings);
  const note = () => context.terminal.note("Interrupted; nothing is half done");
  return await withCleanup(note, () => each(context, flags, file, world, chosen));
}

function checkFlags(flags: RotateFlags, name: string | undefined): void {
  const modes = ([["continue", "--continue"], ["abort", "--abort"], ["status", "--status"], [
    "dryRun",
    "--dry-run",
  ]] as const).filter(([flag]) => flags[flag]).map(([, shown]) => shown);
  if (modes.length > 1) throw new UsageError(`Cannot take ${modes[1]} beside ${modes[0]}`);
  if (flags.all && name !== undefined) {
    throw new UsageError(`Cannot take "${name}" beside --all, which takes every profile`);
  }
  if (flags.abort && flags.all) {
    throw new UsageError("Cannot take --all beside --abort: name the profile");
  }
  const answer = flags.deployed ? "--deployed" : flags.unused ? "--unused" : undefined;
  if (answer && !flags.continue && !flags.abort) {
    throw new UsageError(
      `Cannot take ${answer} alone: it is about a rotation that is under way`,
      `credsmith rotate --continue ${answer}`,
    );
  }
}

/** The profiles that it is about. */
function choose(
  flags: RotateFlags,
  name: string | undefined,
  document: RotationDocument,
): string[] {
  const underWay = [...journalsOf(document).keys()];
  if (name !== undefined && !document.profiles.has(name) && !underWay.includes(name)) {
    throw new ProfileError("unknown", name, [...document.profiles.keys()]);
  }
  if (name !== undefined) {
    return flags.continue && !underWay.includes(name) ? [] : [name];
  }
  if (flags.continue) return underWay;
  if (flags.abort) {
    if (underWay.length < 2) return underWay;
    throw new UsageError(
      `Cannot tell which of ${underWay.length} rotations to abort`,
      `name one: ${underWay.join(", ")}`,
    );
  }
  if (!flags.all) return ["default"];
  // Profiles that share a key are rotated once.
  const seen = new Set<string>();
  return [...document.profiles.values()].flatMap(({ name, accessKeyId }) => {
    const skipped = accessKeyId === undefined || seen.has(accessKeyId) || name === flags.using ||
      underWay.includes(name);
    if (accessKeyId !== undefined) seen.add(accessKeyId);
    return skipped ? [] : [name];
  });
}

async function each(
  context: Context,
  flags: RotateFlags,
  file: RotationFile,
  world: World & { report?: RotationReport },
  chosen: readonly string[],
): Promise<number> {
  const documents: Record<string, unknown>[] = [];
  let failures = 0;
  for (const profile of chosen) {
    try {
      documents.push(await one(context, flags, file, world, profile));
    } catch (error) {
      world.report?.stop();
      const inProfile = await inWords(context, flags, file, profile, error);
      const worded = await withFile(flags, inProfile);
      if (!flags.dryRun) {
        const { cause } = await explain(worded);
        const about = { action: "rotate", step: "stopped", profile, file: file.path } as const;
        record(context, { ...about, cause }, world.now());
      }
      if (chosen.length === 1) throw worded;
      failures++;
      const { message, hint, cause, exit } = await explain(worded);
      documents.push({ profile, state: "failed", cause, exit, message, ...(hint ? { hint } : {}) });
      context.terminal.note(message);
      if (hint) context.terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
    }
  }
  if (flags.json) {
    context.terminal.line(JSON.stringify(wholeDocument(file, documents, failures)));
  }
  return failures ? exitCodes.partial : exitCodes.done;
}

function wholeDocument(
  file: RotationFile,
  rotations: readonly Record<string, unknown>[],
  failures = 0,
) {
  const exit = failures ? exitCodes.partial : exitCodes.done;
  return { version: 1, ok: failures === 0, exit, file: file.shown, rotations };
}

async function one(
  context: Context,
  flags: RotateFlags,
  file: RotationFile,
  world: World & { report?: RotationReport },
  profile: string,
): Promise<Record<string, unknown>> {
  const report = new RotationReport(context, flags, profile, file.shown);
  world.report = report;
  const rotation = new IamUserKeyRotation(world, profile, wishesOf(flags));
  if (flags.dryRun) return tellPlan(context, flags, file, await rotation.plan(), world.now());
  const before = journalOf(await file.read(), profile);
  if (before && (flags.continue || flags.abort)) report.earlier(before);
  const outcome = flags.abort
    ? await rotation.abort()
    : flags.continue
    ? await rotation.resume()
    : await rotation.start();
  report.end(outcome);
  return {
    ...rotationDocument(outcome.journal, outcome.kind, outcome),
    ...(report.unchecked ? { notCompared: report.unchecked.why } : {}),
  };
}

function wishesOf(flags: RotateFlags): Wishes {
  const { soak, quiet, deleteKey, using } = flags;
  return {
    wait: flags.wait * 1000,
    deployed: flags.deployed,
    unused: flags.unused,
    revokeSessions: flags.revokeSessions,
    invoke: flags.invoke,
    uncommitted: flags.uncommitted,
    ...(soak === undefined ? {} : { soak }),
    ...(quiet === undefined ? {} : { quiet }),
    ...(deleteKey === undefined ? {} : { deleteKey }),
    ...(using === undefined ? {} : { using }),
  };
}

async function worldOf(
  context: Context,
  flags: RotateFlags,
  file: RotationFile,
  surroundings: Surroundings,
): Promise<World & { report?: RotationReport }> {
  const prompts = await promptsOf(context);
  const world: World & { report?: RotationReport } = {
    requests: await loadRequests(),
    file,
    now: surroundings.now,
    sleep: surroundings.sleep,
    random: surroundings.random,
    connection(credentials, view): Connection {
      const ahead = surroundings.signedAhead?.();
      return {
        ...connectionWith(context, aroundProfile(context, flags, view), credentials, {
          timeout: flags.timeout,
          now: surroundings.now,
        }),
        ...(ahead === undefined ? {} : { clockOffset: ahead }),
      };
    },
    unbroken,
    tell(event) {
      recordStep(context, file.path, world.report?.profile, event, surroundings.now());
      world.report?.tell(event);
    },
    async mayDelete(key, user) {
      if (!prompts) return undefined;
      world.report?.stop();
      context.terminal.note(
        `A key of user/${user} was made, and its secret was lost before it was stored:`,
      );
      context.terminal.note(`  ${keyText(key, surroundings.now())}`);
      return await prompts.confirm(`Delete ${key.id}?`, false);
    },
    isDeployed: async (journal) => {
      if (!prompts || !(flags.continue || flags.abort)) return undefined;
      world.report?.stop();
      const id = journal.abort ? journal.old.id : journal.new?.id;
      return await prompts.confirm(`Does every host have ${id} by now?`, false);
    },
  };
  return world;
}

/** Each step in the log of actions, as soon as it is done. */
function recordStep(
  context: Context,
  file: string,
  profile: string | undefined,
  event: Event,
  at: Temporal.Instant,
): void {
  const about = { action: "rotate", file, ...(profile ? { profile } : {}) } as const;
  if (event.kind === "deleted") {
    record(context, { ...about, step: "key deleted", key: event.id }, at);
  } else if (event.kind === "done") {
    const { step, journal: { arn, old, new: fresh } } = event;
    const newKey = fresh ? { newKey: fresh.id } : {};
    record(context, { ...about, step, key: old.id, ...newKey, arn }, at);
  }
}

async function promptsOf({ terminal, env }: Context): Promise<Prompts | undefined> {
  if (!terminal.interactive) return undefined;
  const { systemPrompts } = await import("../prompts/system.ts");
  return systemPrompts(env);
}

/** What AWS says is worded here, where it is known what surrounds the profile. */
async function inWords(
  context: Context,
  flags: RotateFlags,
  file: RotationFile,
  profile: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof AwsStepError)) return error;
  let view: ProfileView | undefined;
  let journal: Journal | undefined;
  try {
    const document = await file.read();
    view = document.profiles.get(profile);
    journal = journalOf(document, profile);
  } catch {
    // The first error is the one to tell.
  }
  if (view === undefined) return error;
  const { text, fix } = word(error.diagnosis, aroundProfile(context, flags, view).remedies);
  const words = { text, fix: fix.remark ? `${fix.text} (${fix.remark})` : fix.text };
  return new StoppedError(profile, error.step, error.diagnosis, words, journal !== undefined);
}

function tellPlan(
  { terminal }: Context,
  flags: RotateFlags,
  file: RotationFile,
  plan: Plan,
  at: Temporal.Instant,
): Record<string, unknown> {
  const { profile, user, account, key, keys, using } = plan;
  const document = {
    profile,
    state: "planned",
    user,
    account,
    old: key.id,
    keys: keys.map(({ id, active, created }) => ({ id, active, created: String(created) })),
    ...(using ? { using } : {}),
  };
  if (flags.json) return document;
  terminal.line(`${profile}, ${file.shown}, user/${user}, ${account}`);
  for (const each of keys) terminal.line(`  ${keyText(each, at)}`);
  if (keys.length > 1) {
    throw new RefusedError(
      `user/${user} has ${keys.length} keys, and AWS allows no third`,
      `credsmith rotate says how to go on`,
      "third_key",
    );
  }
  const would = `Would make a key, store it in ${file.shown}, prove it, put it in the place of ` +
    `${key.id}, and delete that one when nothing uses it any more. Nothing was changed.`;
  for (const line of wrapped(would)) terminal.line(line);
  return document;
}

/** What is under way, from the file alone. */
function tellStatus(
  { terminal }: Context,
  flags: RotateFlags,
  name: string | undefined,
  file: RotationFile,
  document: RotationDocument,
): number {
  const journals = [...journalsOf(document).values()]
    .filter(({ profile }) => name === undefined || profile === name);
  if (flags.json) {
    const rotations = journals.map((journal) => rotationDocument(journal, "under way"));
    terminal.line(JSON.stringify(wholeDocument(file, rotations)));
    return exitCodes.done;
  }
  if (journals.length === 0) terminal.line(`No rotation is under way in "${file.shown}"`);
  for (const journal of journals) {
    const { profile, user, account } = journal;
    terminal.line(`${profile}, ${file.shown}, user/${user}, ${account}`);
    for (const line of picture(journal, file.shown)) {
      terminal.line(lineText(line, terminal.style));
    }
    const where = journal.abort ? "Aborting" : `Step ${stepNumber(journal)} of ${stepCount}`;
    const unseen = journal.abort ? journal.abort === "restored" : journal.step === "promoted";
    const awaited = unseen ? { what: "deployment" } as const : undefined;
    const [first = "", ...rest] = nextSteps(journal, awaited, {
      shown: file.shown,
      file: flags.file,
    });
    terminal.line(`${where}. Next: ${first}`);
    for (const line of rest) terminal.line(`  ${line}`);
    if (!journal.abort) terminal.line(`  or back: ${commandFor(journal, flags.file, "--abort")}`);
  }
  return exitCodes.done;
}
