import { hostName } from "../../platform/host.ts";
import { readFileIfThere } from "../../platform/files.ts";
import { absolute, join, parentOf } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import {
  generateIdentity,
  parseIdentities,
  recipientOf,
  type X25519Identity,
} from "../../sops/keys/identity.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { repositoryRoot } from "../git.ts";
import { refuseUnderAgent } from "../guard.ts";
import type { Switch } from "../prompts/prompts.ts";
import { withTilde } from "../shown_path.ts";
import { distinct, givenRecipients, hostRecipient, type Own, ownIdentity } from "./audience.ts";
import type { InitFlags } from "./options.ts";
import { type NamedRecipient, newRulesText, pathRegexFor, withRule } from "./rules_text.ts";
import type { Talk } from "./talk.ts";
import type { Target } from "./target.ts";
import { currently, type FileChange } from "./write.ts";

/** Who is to open the secrets file, and what has to be written for that. */
export interface Audience {
  readonly recipients: readonly NamedRecipient[];
  /** The user's identity, where the user is among them. */
  readonly own?: Own;
  readonly recovery?: Recovery;
  /** The rules with the new rule; absent where there is one that matches. */
  readonly rules?: FileChange;
}

/** A key to open the file with when all others are lost; this machine keeps nothing of it. */
export interface Recovery {
  readonly identity: X25519Identity;
  /** How it is handed over; absent where its file is there already. */
  readonly to?: "terminal" | { readonly file: string };
}

/**
 * Decides for whom the secrets file is encrypted: the rule that matches it, as it is; without one
 * the user, this host's SSH key and a recovery key, as flags or the person say.
 *
 * @throws {RefusedError} when the user is not among them and `--without-me` was not given
 * @throws {UsageError | RecipientError | UnsupportedError} when a recipient is none
 */
export async function decideAudience(
  context: Context,
  flags: InitFlags,
  target: Target,
  talk: Talk,
): Promise<Audience> {
  const audience = target.rule
    ? await audienceOfRule(context, flags, target, target.rule.recipients)
    : await newAudience(context, flags, target, talk);
  if (audience.recipients.length === 0) {
    throw new RefusedError(
      "Nobody could open the file: there is no recipient",
      undefined,
      "nobody",
    );
  }
  return audience;
}

async function audienceOfRule(
  context: Context,
  flags: InitFlags,
  target: Target,
  recipients: readonly string[],
): Promise<Audience> {
  for (const [flag, recipient] of await wanted(context, flags)) {
    if (recipient !== undefined && recipients.includes(recipient)) continue;
    throw new RefusedError(
      `${flag} asks for somebody whom the rule in "${target.rulesShown}" does not name`,
      `add the recipient to the rule for "${target.relative}", and run this again`,
      "rule_differs",
    );
  }
  const own = flags.withoutMe ? undefined : await ownIdentity(context);
  if (own && !recipients.includes(own.recipient)) {
    throw new RefusedError(
      `The rule in "${target.rulesShown}" for "${target.relative}" does not name you`,
      own.newFile
        ? `make an identity (age-keygen -o ${withTilde(own.newFile, context.env)}), add its ` +
          "recipient to the rule, and run this again; or --without-me"
        : `add ${own.recipient} to the rule, and run this again; or --without-me`,
      "not_for_you",
    );
  }
  return {
    recipients: recipients.map((recipient) => ({ recipient, name: target.rulesShown })),
    ...(own ? { own } : {}),
  };
}

/** Whom flags ask for; nothing for somebody who has no key yet. */
async function wanted(
  context: Context,
  flags: InitFlags,
): Promise<(readonly [flag: string, recipient: string | undefined])[]> {
  const given = await givenRecipients(flags.recipient ?? [], context);
  const host = flags.hostKey ? await hostRecipient(flags.hostKeyFile, hostName()) : undefined;
  const recovery = flags.recoveryFile === undefined
    ? undefined
    : recoveryInFile(absolute(flags.recoveryFile, context.cwd), flags.recoveryFile);
  return [
    ...given.map(({ recipient }) => ["--recipient", recipient] as const),
    ...(flags.hostKey ? [["--host-key", host?.recipient] as const] : []),
    ...(flags.recoveryFile === undefined
      ? []
      : [["--recovery-file", recovery && await recipientOf(recovery)] as const]),
    // A new key cannot be in a rule that is there.
    ...(flags.recovery ? [["--recovery", undefined] as const] : []),
  ];
}

type Who = "you" | "host" | "recovery";

async function newAudience(
  context: Context,
  flags: InitFlags,
  target: Target,
  talk: Talk,
): Promise<Audience> {
  const own = flags.withoutMe ? undefined : await ownIdentity(context);
  const host = flags.hostKey === false
    ? undefined
    : await hostRecipient(flags.hostKeyFile, hostName());
  if (flags.hostKey === true && !host) {
    throw new UsageError(
      `Cannot encrypt to this host: there is no "${flags.hostKeyFile}"`,
      "--host-key-file names another one, --no-host-key leaves it out",
      "no_host_key",
    );
  }
  const given = await givenRecipients(flags.recipient ?? [], context);
  const chosen = await chooseWho(flags, talk, own, host !== undefined);
  if (own && !chosen.includes("you")) {
    throw new RefusedError(
      "You would not be able to open the file: it would be encrypted without you",
      "--without-me does that",
      "without_you",
    );
  }
  const recovery = chosen.includes("recovery")
    ? await newRecovery(context, flags, target)
    : undefined;
  const recipients = distinct([
    ...(own ? [{ recipient: own.recipient, name: `you, ${userName(context)}` }] : []),
    ...(host && chosen.includes("host") ? [host] : []),
    ...given,
    ...(recovery
      ? [{ recipient: await recipientOf(recovery.identity), name: "recovery, kept elsewhere" }]
      : []),
  ]);
  return {
    recipients,
    ...(own ? { own } : {}),
    ...(recovery ? { recovery } : {}),
    rules: await newRule(target, recipients),
  };
}

async function chooseWho(
  flags: InitFlags,
  talk: Talk,
  own: Own | undefined,
  host: boolean,
): Promise<Who[]> {
  const recovery = flags.recoveryFile !== undefined || flags.recovery !== false;
  const choices: Switch<Who>[] = [
    { value: "you", label: `you (${own?.newFile ? "new" : "existing"} key)`, on: true },
    { value: "host", label: "this host (SSH key)", on: true },
    { value: "recovery", label: "recovery key", on: recovery },
  ];
  const possible = choices.filter(({ value }) =>
    value === "you" ? own !== undefined : value === "host" ? host : true
  );
  const decided = (flags.hostKey !== undefined || !host) &&
    (flags.recovery !== undefined || flags.recoveryFile !== undefined);
  return decided || flags.yes || !talk.prompts
    ? possible.filter(({ on }) => on).map(({ value }) => value)
    : await talk.prompts.chooseMany("Who opens it", possible);
}

async function newRecovery(
  context: Context,
  flags: InitFlags,
  target: Target,
): Promise<Recovery> {
  if (flags.recoveryFile === undefined) {
    refuseUnderAgent(context, { reveal: flags.reveal, what: "a recovery key" });
    return { identity: generateIdentity(randomBytes, "recovery key"), to: "terminal" };
  }
  const file = absolute(flags.recoveryFile, context.cwd);
  const there = recoveryInFile(file, flags.recoveryFile);
  if (there) return { identity: there };
  const folder = parentOf(file);
  const roots = [parentOf(target.rulesPath), await repositoryRoot(folder)];
  if (roots.some((root) => root !== undefined && file.startsWith(join(root, "")))) {
    throw new RefusedError(
      `Cannot write the recovery key to "${flags.recoveryFile}": that is beside what it opens`,
      "name a file on another disk, or let it be shown on a terminal",
      "recovery_inside",
    );
  }
  return { identity: generateIdentity(randomBytes, file), to: { file } };
}

/**
 * A recovery key that is in its file already, as after a run that was cut off.
 *
 * @returns nothing where there is no file
 * @throws {RefusedError} when the file holds something else; it is not written over
 */
function recoveryInFile(file: string, shown: string): X25519Identity | undefined {
  const found = readFileIfThere(file);
  if (!found) return undefined;
  const identities = isText(found.bytes, "AGE-SECRET-KEY-1")
    ? parseIdentities(new TextDecoder().decode(found.bytes), shown)
    : [];
  const [identity] = identities;
  if (identities.length === 1 && identity?.kind === "x25519") return identity;
  throw new RefusedError(
    `Cannot write the recovery key to "${shown}": there is something else in it`,
    "name a file that is not there yet",
    "file_exists",
  );
}

function isText(bytes: Uint8Array, part: string): boolean {
  return new TextDecoder().decode(bytes).includes(part);
}

async function newRule(
  target: Target,
  recipients: readonly NamedRecipient[],
): Promise<FileChange> {
  const path = target.rulesPath;
  const expect = currently(path);
  const regex = pathRegexFor(target.relative);
  if (expect === "absent") return { path, expect, text: newRulesText(regex, recipients) };
  const text = await withRule(new TextDecoder().decode(expect.bytes), regex, recipients);
  if (text !== undefined) return { path, expect, text };
  const lines = newRulesText(regex, recipients).split("\n").slice(2).join("\n").trimEnd();
  throw new RefusedError(
    `No rule in "${target.rulesShown}" is for "${target.relative}", and none can be added to it`,
    `add this under creation_rules, and run this again:\n${lines}`,
    "rules_layout",
  );
}

function userName({ env }: Context): string {
  return `${env.USER || env.LOGNAME || "user"}@${hostName()}`;
}
