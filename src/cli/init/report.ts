import { shellQuote } from "../../platform/command_line.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { withTilde } from "../shown_path.ts";
import { distinctKeys } from "./choose.ts";
import type { Plan } from "./decide.ts";
import type { Found } from "./find.ts";
import type { InitFlags } from "./options.ts";
import { faultOfKey, masked } from "./static_key.ts";
import { unbroken } from "../wrap.ts";
import { list, type Talk } from "./talk.ts";
import type { Target } from "./target.ts";

/** The command to go on with, on one line. */
export function nextStep({ profile, file }: InitFlags): string {
  const words = [
    "Next: credsmith verify",
    ...(profile === "default" ? [] : [profile]),
    ...(file === undefined ? [] : ["-f", shellQuote(file)]),
  ];
  return unbroken(words.join(" "));
}

/** The command that replaces the key. */
export function rotateCommand({ profile, file }: InitFlags): string {
  const words = [
    "credsmith rotate",
    ...(profile === "default" ? [] : [profile]),
    ...(file === undefined ? [] : ["-f", shellQuote(file)]),
  ];
  return unbroken(words.join(" "));
}

/** What was decided, for `--json`; no secret is in it. */
export function described(plan: Plan, flags: InitFlags): Record<string, unknown> {
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

/** Says what lies in plaintext, what of it is of no use, and what could not be read. */
export function tellFound(found: Found, talk: Talk): void {
  const usable = distinctKeys(found).flat();
  if (usable.length) {
    const names = usable.map(({ where, key }) => unbroken(`${where} (${masked(key.accessKeyId)})`));
    talk.say(`Found plaintext keys: ${list(names)}`);
  }
  for (const { where, key } of found.sources) {
    const fault = faultOfKey(key);
    if (fault) talk.say(`Left out: ${where}, ${fault.reason}`);
  }
  for (const { file, reason, onlyByClaude } of found.unread) {
    talk.warn(
      onlyByClaude
        ? `Warning: Claude Code may skip "${file}": ${reason}`
        : `Warning: "${file}" was not read: ${reason}`,
    );
  }
}

/** Says that an earlier run has done everything. @returns the exit code */
export function tellNothingLeft(
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

/** Says what somebody does who has no static key. @returns the exit code */
export function tellNothingToDo(
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

/** Says what would be done, for `--dry-run`. @returns the exit code */
export function tellPlan(context: Context, flags: InitFlags, talk: Talk, plan: Plan): number {
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
