import { parentOf } from "../../platform/files.ts";
import type { OpenDocument } from "../../sops/document.ts";
import { checkProfileName } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { RefusedError, UsageError } from "../faults.ts";
import { identitiesOf } from "../open.ts";
import { shellQuote } from "../self.ts";
import { chooseSource, distinctKeys } from "./choose.ts";
import { findPlaintext, type Found, isBedrockModel, type Source, withTilde } from "./find.ts";
import { addIntent } from "./git.ts";
import { keyInFile } from "./key_in_file.ts";
import type { InitFlags } from "./options.ts";
import { type Proof, prove } from "./prove.ts";
import { type Audience, decideAudience } from "./recipients.ts";
import { handOver } from "./recovery.ts";
import { type CleanUp, cleanUp, planCleanUp } from "./remove.ts";
import { faultOfKey, masked, sameKey } from "./static_key.ts";
import { list, type Talk, talkWith, unbroken } from "./talk.ts";
import { type Target, targetOf } from "./target.ts";
import {
  type Contents,
  isKey,
  prepareSecrets,
  writeIdentity,
  writeRules,
  writeSecrets,
} from "./write.ts";

/** Everything that was decided; nothing has been written yet. */
interface Plan {
  readonly target: Target;
  readonly source: Source;
  readonly region: string;
  readonly proof: Proof;
  /** Absent where the secrets file is there already, with this very key. */
  readonly writing?: Writing;
  readonly cleanUp: CleanUp;
}

/** What is to be written, and for whom. */
interface Writing {
  readonly audience: Audience;
  readonly contents: Contents;
  readonly document: OpenDocument;
}

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

async function decide(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  found: Found,
  target: Target,
  source: Source,
  fresh: boolean,
): Promise<Plan> {
  const { env } = context;
  const region = flags.region ?? source.key.region ?? (env.AWS_REGION ||
    env.AWS_DEFAULT_REGION || "us-east-1");
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    throw new UsageError(`"${region}" is no AWS region`, "--region us-east-1", "region_shape");
  }
  if (flags.model !== undefined && !isBedrockModel(flags.model)) {
    throw new UsageError(
      `"${flags.model}" is no model id of Bedrock`,
      "--model us.anthropic.claude-opus-5",
      "model_shape",
    );
  }
  const proof = await prove(context, flags, source, region);
  talk.say(
    proof.kind === "proved"
      ? `  works: ${proof.name}, account ${proof.account}, ${region}`
      : `  not proved (--offline), ${region}`,
  );
  const writing = fresh
    ? await decideWriting(context, flags, talk, target, source, region)
    : undefined;
  const cleanUp = await planCleanUp(context, flags, talk, { found, source, target, region });
  return { target, source, region, proof, ...(writing ? { writing } : {}), cleanUp };
}

async function decideWriting(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  target: Target,
  source: Source,
  region: string,
): Promise<Writing> {
  const audience = await decideAudience(context, flags, target, talk);
  const contents: Contents = {
    profile: flags.profile,
    key: { ...source.key, ...(flags.model ? { modelId: flags.model } : {}) },
    region,
    recipients: audience.recipients.map(({ recipient }) => recipient),
    ...(target.rule ? { rule: target.rule } : {}),
    ...(target.rules ? { rules: target.rules } : {}),
  };
  return { audience, contents, document: await prepareSecrets(target, contents) };
}

/** What does not stand beside the key may stand beside another copy of it. */
function enriched(source: Source, found: Found): Source {
  const copies = found.sources.filter(({ key }) => sameKey(key, source.key));
  const key = copies.reduce((all, copy) => ({ ...copy.key, ...all }), source.key);
  return { ...source, key };
}

/**
 * What is left to do about a secrets file that is there, which is never written over. One that
 * holds a key which still lies in plaintext, or is given again, is that of a run that was cut off:
 * it goes on after the encryption.
 *
 * @returns the key's place, or `nothing left` where no key lies in plaintext at all
 * @throws {RefusedError} when it is another key that is to be encrypted
 * @throws {SecretsFileError} when the file does not open
 */
async function unfinishedRun(
  context: Context,
  flags: InitFlags,
  target: Target,
  found: Found,
  talk: Talk,
): Promise<Source | "nothing left"> {
  const key = await keyInFile(
    target,
    flags.profile,
    (recipients) => identitiesOf(context, recipients),
  );
  const left = found.sources.filter((source) => isKey(key, source.key));
  const first = left.find(({ flag }) => flag === flags.from) ?? left[0];
  if (first) return first;
  if (flags.from !== undefined && /^(stdin|-|ask|csv:.*)$/.test(flags.from)) {
    const source = await chooseSource(context, flags, found, talk);
    if (source && isKey(key, source.key)) return source;
  } else if (key?.secretAccessKey && distinctKeys(found).length === 0) {
    return "nothing left";
  }
  throw new RefusedError(
    `"${target.shown}" is there already, and init never writes over a secrets file`,
    "credsmith set changes a value in it; -f names another file",
    "file_exists",
  );
}

/** Without a terminal nobody can be asked, so what would be asked has to be said by flags. */
function demandFlags(
  flags: InitFlags,
  target: Target,
  found: Found,
  unfinished: Source | undefined,
): void {
  const missing: string[] = [];
  const sole = flags.yes && distinctKeys(found).length === 1;
  if (!unfinished && flags.from === undefined && !sole) missing.push("--from SOURCE");
  if (flags.from === "none") return;
  if (!unfinished && !target.rule) {
    if (flags.recoveryFile === undefined && flags.recovery !== false) {
      missing.push("--recovery-file FILE (or --no-recovery)");
    }
    if (flags.hostKey === undefined && !flags.yes) missing.push("--host-key (or --no-host-key)");
  }
  if (flags.claude === undefined && !flags.yes) missing.push("--claude (or --no-claude)");
  if (missing.length === 0) return;
  throw new UsageError(
    `Nobody can be asked, because there is no terminal: ${missing[0]} is missing`,
    missing.length > 1 ? `and so are ${list(missing.slice(1))}` : undefined,
    "flag_missing",
  );
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
    talk.say("This key lay in plaintext; replace it in IAM, and credsmith set both values");
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

/** The command to go on with, on one line. */
function nextStep({ profile, file }: InitFlags): string {
  const words = [
    "Next: credsmith verify",
    ...(profile === "default" ? [] : [profile]),
    ...(file === undefined ? [] : ["-f", shellQuote(file)]),
  ];
  return unbroken(words.join(" "));
}

function described(plan: Plan, flags: InitFlags): Record<string, unknown> {
  const { target, source, region, proof, writing } = plan;
  return {
    profile: flags.profile,
    file: target.path,
    rules: target.rulesPath,
    source: source.where,
    accessKeyId: source.key.accessKeyId,
    region,
    proved: proof.kind === "proved",
    ...(proof.kind === "proved" ? { account: proof.account, arn: proof.arn } : {}),
    ...(writing ? { recipients: writing.audience.recipients } : {}),
  };
}

function tellFound(found: Found, talk: Talk): void {
  const usable = distinctKeys(found).flat();
  if (usable.length) {
    const names = usable.map(({ where, key }) => unbroken(`${where} (${masked(key.accessKeyId)})`));
    talk.say(`Found plaintext keys: ${list(names)}`);
  }
  for (const { where, key } of found.sources) {
    const fault = faultOfKey(key);
    if (fault) talk.say(`Left out: ${where}, ${fault.reason}`);
  }
  for (const { file, reason } of found.unread) {
    talk.warn(`Warning: "${file}" was not read: ${reason}`);
  }
}

function tellNothingLeft(
  { terminal }: Context,
  flags: InitFlags,
  target: Target,
  talk: Talk,
): number {
  talk.say(`"${target.shown}" holds a key, and none lies in plaintext. ${nextStep(flags)}`);
  if (flags.json) {
    terminal.line(JSON.stringify({ version: 1, ok: true, file: target.path, written: [] }));
  }
  return exitCodes.done;
}

function tellNothingToDo(
  context: Context,
  flags: InitFlags,
  found: Found,
  talk: Talk,
): number {
  const profiles = found.ssoProfiles;
  talk.say("Nothing to encrypt: SSO keeps no static key, and nothing was written");
  if (profiles.length) {
    talk.say(`Claude Code signs in with it: AWS_PROFILE=${profiles[0]} and awsAuthRefresh in its`);
    talk.say(`  settings, "aws sso login --profile ${profiles[0]}"`);
  }
  if (found.sources.length) {
    talk.warn(`Still in plaintext: ${list(found.sources.map(({ where }) => where))}`);
  }
  if (flags.json) {
    const left = found.sources.map(({ where }) => where);
    context.terminal.line(JSON.stringify({ version: 1, ok: true, written: [], left }));
  }
  return exitCodes.done;
}

function tellPlan(context: Context, flags: InitFlags, talk: Talk, plan: Plan): number {
  const { target, cleanUp } = plan;
  const audience = plan.writing?.audience;
  const short = (path: string) => withTilde(path, context.env);
  const files = audience
    ? [
      ...(audience.own?.newFile ? [short(audience.own.newFile)] : []),
      ...(audience.rules ? [target.rulesShown] : []),
      target.shown,
    ]
    : [];
  if (files.length) talk.say(`Would write ${list(files)}`);
  for (const { recipient, name } of audience?.recipients ?? []) {
    talk.say(`  for ${recipient.slice(0, 12)}… ${name}`);
  }
  for (const each of cleanUp.removals) talk.say(`Would remove plaintext from ${each.where}`);
  for (const diff of cleanUp.claude && "diffs" in cleanUp.claude ? cleanUp.claude.diffs : []) {
    if (!flags.json) context.terminal.out(diff);
  }
  for (const each of cleanUp.left) talk.say(`Would leave in plaintext: ${each}`);
  if (flags.json) {
    context.terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      dryRun: true,
      ...described(plan, flags),
      written: files,
      removed: cleanUp.removals.map(({ where }) => where),
      left: cleanUp.left,
    }));
  }
  return exitCodes.done;
}
