import { type Claim, claimWord } from "../../hygiene/claims.ts";
import { planShred, type ShredPlan, type Target } from "../../hygiene/plan.ts";
import { removeShells, shred, type Shredded } from "../../hygiene/shred.ts";
import { absolute } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import { record } from "../actions.ts";
import { jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { reasonOf } from "../faults/system_words.ts";

type Flags = {
  readonly passes?: number;
  readonly recursive: boolean;
  readonly force: boolean;
  readonly hardLinks: boolean;
  readonly keep: boolean;
  readonly strict: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

/** A file on which something failed; it keeps its name unless it says otherwise. */
interface Failure {
  readonly file: string;
  readonly message: string;
  readonly cause: string;
  readonly exit: number;
}

const mostPasses = 100;

export const command = defineCommand<Flags, string[]>({
  brief: "Destroy plaintext files as far as the file system allows",
  description:
    "Each file is overwritten where that does anything (10 passes up to 1 MiB, one above), brought\n" +
    "to the disk, renamed, truncated and removed. For each the command says how far it came:\n" +
    "  overwritten        the file system put the new bytes where the old ones were\n" +
    "  best effort        so it seems, but there may be copies: journal, snapshots, network\n" +
    "  not possible here  the file system writes elsewhere (btrfs, zfs, apfs): only removed\n" +
    "No program reaches what the drive itself keeps (SSDs), backups, and copies made as reflinks.\n" +
    "A key that lay in plaintext is best replaced.",
  examples: [
    ["credsmith shred accessKeys.csv", "the CSV that the AWS console downloads"],
    ["credsmith shred --dry-run *.json", "what would be possible here"],
    ["credsmith shred -r old-keys/", "a folder with all that is in it"],
    ["credsmith shred --strict .env", "exit 9 unless it is proved gone"],
  ],
  exits: {
    8: "refused: links, folders, hard links, read-only or encrypted files; nothing changed",
    9: "a file was not destroyed, or with --strict not provably",
  },
  parameters: {
    positional: {
      kind: "array",
      minimum: 1,
      parameter: { parse: String, placeholder: "FILE", brief: "What to destroy" },
    },
    flags: {
      passes: {
        kind: "parsed",
        parse: passCount,
        placeholder: "N",
        optional: true,
        brief: `How often to overwrite, 1 to ${mostPasses}`,
      },
      recursive: switchFlag("Folders with all that is in them; links are removed, not followed"),
      force: switchFlag("Also read-only files, encrypted secrets files and identities"),
      hardLinks: switchFlag("Also files that have more than one name"),
      keep: switchFlag("Overwrite, but do not remove"),
      strict: switchFlag("Exit 9 where it could not be proved"),
      dryRun: switchFlag("Say what would be done and how far it would come"),
      json: jsonFlag,
    },
    aliases: { r: "recursive", n: "passes", k: "keep" },
  },
  async run(context, flags, ...files) {
    const plan = await planShred(files, {
      cwd: context.cwd,
      mountinfo: context.mountinfo,
      recursive: flags.recursive,
      force: flags.force,
      hardLinks: flags.hardLinks,
      keep: flags.keep,
      ...(flags.passes === undefined ? {} : { passes: flags.passes }),
    });
    // The looking around in /proc and /sys is over; under /dev everything is needed to the end.
    if (!plan.targets.some(({ path }) => path.startsWith("/dev/"))) {
      context.narrow(["read", "write"]);
    }
    if (flags.dryRun) return announce(context, plan, flags);
    return await destroy(context, plan, flags);
  },
});

function passCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostPasses) {
    throw new RangeError(`a number from 1 to ${mostPasses}`);
  }
  return count;
}

/** What would be done. */
function announce(context: Context, plan: ShredPlan, flags: Flags): number {
  const all = plan.targets.map((target) => ({
    file: target.file,
    claim: target.outlook.claim,
    reason: target.outlook.reason,
    fileSystem: target.ground.type,
    passes: target.passes,
    bytes: target.standing.size,
    removed: false,
  }));
  if (flags.json) printJson(context, all, [], true);
  else {
    for (const target of plan.targets) {
      const { file, outlook: { claim, reason, memory }, ground, passes } = target;
      const more = reason ?? `${ground.type}${memory ? ", in memory" : ""}, ${times(passes)}`;
      context.terminal.line(row(claim, file, `${more} (not done)`));
    }
    advise(context, all, []);
  }
  return flags.strict && all.some(unproved) ? exitCodes.partial : exitCodes.done;
}

async function destroy(context: Context, plan: ShredPlan, flags: Flags): Promise<number> {
  const done: Shredded[] = [];
  const failed: Failure[] = [];
  for (const target of plan.targets) {
    try {
      const result = shred(target, {
        keep: flags.keep,
        random: randomBytes,
        progress: progressOn(context),
      });
      done.push(result);
      if (!flags.json) context.terminal.line(resultRow(target, result));
    } catch (error) {
      const { message, cause, exit } = await explain(error);
      failed.push({ file: target.file, message, cause, exit });
      context.terminal.note(message);
    }
  }
  if (done.length) {
    record(context, {
      action: "shred",
      files: done.map(({ file }) => absolute(file, context.cwd)),
      count: done.length,
    });
  }
  const left = failed.length > 0 || done.some((each) => !each.removed && !flags.keep);
  if (!left && !flags.keep) removeShells(plan);
  if (flags.json) printJson(context, done, failed, false);
  else advise(context, done, failed);
  // Where nothing at all was done it is an error like any other.
  if (done.length === 0 && failed[0]) return failed[0].exit;
  return left || flags.strict && done.some(unproved) ? exitCodes.partial : exitCodes.done;
}

function unproved({ claim }: { readonly claim: Claim }): boolean {
  return claim !== "overwritten";
}

function resultRow(target: Target, result: Shredded): string {
  const { file, claim, reason, fileSystem, passes, removed, refusal } = result;
  const stays = refusal ? `, not removed: ${reasonOf(refusal)}` : removed ? "" : ", not removed";
  const how = target.outlook.memory
    ? `it was in memory only (${fileSystem})`
    : reason ?? `${fileSystem}, ${times(passes)}`;
  return row(claim, file, `${how}${stays}`);
}

function row(claim: Claim, file: string, rest: string): string {
  return `${claim.padEnd(17)}  ${file}: ${rest}`;
}

function times(passes: number): string {
  return passes === 1 ? "1 pass" : `${passes} passes`;
}

/** What is left to do where it could not be proved. */
function advise(
  context: Context,
  all: readonly { readonly claim: Claim }[],
  failed: readonly Failure[],
): void {
  const count = all.filter(unproved).length;
  if (count + failed.length === 0) return;
  if (failed.length) context.terminal.note(`${failed.length} not destroyed`);
  if (count) {
    context.terminal.note(
      `${count} of ${all.length + failed.length} not provably gone: ` +
        "replace the keys that stood there",
    );
    context.terminal.note("  credsmith rotate, for an AWS key that is in a secrets file");
  }
}

function printJson(
  context: Context,
  files: readonly Shredded[],
  failed: readonly Failure[],
  dryRun: boolean,
): void {
  context.terminal.line(JSON.stringify({
    version: 1,
    ok: failed.length === 0,
    dryRun,
    files: files.map(({ claim, ...rest }) => ({ ...rest, claim: claimWord(claim) })),
    failed: failed.map(({ exit: _, ...rest }) => rest),
    rotate: failed.length > 0 || files.some(unproved),
  }));
}

/** A line for every quarter of a file that takes a while, for whoever watches. */
function progressOn(context: Context): (file: string, done: number, all: number) => void {
  const large = 256 * 1024 * 1024;
  let told = 0;
  let last = "";
  return (file, done, all) => {
    if (!context.terminal.interactive || all < large) return;
    if (file !== last) [told, last] = [0, file];
    const quarter = Math.floor(done / all * 4);
    if (quarter <= told || quarter === 4) return;
    told = quarter;
    context.terminal.note(`${file}: ${quarter * 25} %`);
  };
}
