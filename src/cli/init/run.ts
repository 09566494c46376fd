import { parentOf } from "../../platform/paths.ts";
import { checkProfileName } from "../../store/credentials.ts";
import { record } from "../actions.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { addIntent } from "../git.ts";
import { withTilde } from "../shown_path.ts";
import { chooseSource } from "./choose.ts";
import { decide, demandFlags, enriched, type Plan, unfinishedRun } from "./decide.ts";
import { findPlaintext } from "./find.ts";
import type { InitFlags } from "./options.ts";
import { handOver } from "./recovery.ts";
import { cleanUp } from "./remove.ts";
import {
  described,
  nextStep,
  rotateCommand,
  tellFound,
  tellNothingLeft,
  tellNothingToDo,
  tellPlan,
} from "./report.ts";
import { list, type Talk, talkWith } from "./talk.ts";
import { targetOf } from "./target.ts";
import { writeIdentity, writeRules, writeSecrets } from "./write.ts";

/**
 * Takes a key from where it lies in plaintext into an encrypted file. Everything is asked and
 * checked first; then identity, rules and secrets file are written, each whole, in the order in
 * which a second run can go on; the file is opened again from the disk; only then plaintext goes.
 *
 * @returns the exit code
 */
export async function init(context: Context, flags: InitFlags): Promise<number> {
  const talk = talkWith(context, flags);
  checkProfileName(flags.profile);
  const found = findPlaintext(context);
  const target = await targetOf({
    env: context.env,
    cwd: context.cwd,
    ...(flags.file === undefined ? {} : { flag: flags.file }),
  });
  tellFound(found, talk);
  const unfinished = target.exists
    ? await unfinishedRun(context, flags, target, found, talk)
    : undefined;
  if (unfinished === "nothing left") return tellNothingLeft(context, flags, target, talk);
  if (!talk.prompts) demandFlags(flags, target, found, unfinished);
  const source = unfinished ?? await chooseSource(context, flags, found, talk);
  if (source === undefined) return tellNothingToDo(context, flags, found, talk);

  const plan = await decide(
    context,
    flags,
    talk,
    found,
    target,
    enriched(source, found),
    !unfinished,
  );
  if (flags.dryRun) return tellPlan(context, flags, talk, plan);
  const recovery = plan.writing?.audience.recovery;
  if (recovery) await handOver(recovery, talk);
  return await carryOut(context, flags, talk, plan);
}
async function carryOut(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  plan: Plan,
): Promise<number> {
  const { target, source, writing } = plan;
  const short = (path: string) => withTilde(path, context.env);
  const written: string[] = [];
  let opened = true;
  if (writing) {
    const { audience: { own, recovery, rules }, contents, document } = writing;
    if (own?.newFile !== undefined) {
      await writeIdentity({ ...own, newFile: own.newFile });
      written.push(short(own.newFile));
    }
    if (rules) {
      await writeRules(rules);
      written.push(target.rulesShown);
    }
    const extra = recovery ? [recovery.identity] : [];
    opened = await writeSecrets(target, document, contents, context.env, extra);
    written.push(target.shown);
  }
  const git = await addIntent(parentOf(target.rulesPath), [target.rulesPath, target.path]);
  const inGit = git === "added" ? " (git add -N)" : "";
  talk.say(
    written.length
      ? `Wrote ${list(written)}${inGit}. ${nextStep(flags)}`
      : `"${target.shown}" holds this key already${inGit}. ${nextStep(flags)}`,
  );
  if (typeof git === "object") talk.warn(`Git does not take "${target.shown}": ${git.refused}`);
  const removed = await cleanUp(context, talk, plan.cleanUp, opened);
  if (source.place.kind !== "given") {
    talk.say(`This key lay in plaintext; replace it: ${rotateCommand(flags)}`);
  }
  if (written.length || removed.removed.length) {
    record(context, {
      action: "init",
      profile: flags.profile,
      file: target.path,
      key: source.key.accessKeyId,
    });
  }
  if (flags.json) {
    context.terminal.line(JSON.stringify({
      version: 1,
      ok: removed.failed.length === 0,
      ...described(plan, flags),
      written,
      git: typeof git === "object" ? "refused" : git,
      removed: removed.removed,
      left: removed.left,
      failed: removed.failed,
      laidInPlaintext: source.place.kind !== "given",
    }));
  }
  return removed.failed.length ? exitCodes.partial : exitCodes.done;
}
