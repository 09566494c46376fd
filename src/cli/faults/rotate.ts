import {
  HinderedError,
  JournalError,
  MeanwhileError,
  NotStagedError,
  OrphanError,
  OrphanLeftError,
  OwnerError,
  ThirdKeyError,
  UncommittedError,
  UnknownOutcomeError,
} from "../../rotate/errors.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { ProfileError, SecretsFileError } from "../../store/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { InFileError, StoppedError } from "../rotate/errors.ts";
import { keyText } from "../rotate/picture.ts";
import type { Fault, FaultWriter } from "./fault.ts";
import { faults as storeFaults } from "./store.ts";

/** Rotations. */
export const faults: FaultWriter = (error) => {
  if (error instanceof InFileError) return inFile(error);
  if (error instanceof StoppedError) return stopped(error);
  if (error instanceof OwnerError) return owner(error);
  if (error instanceof ThirdKeyError) return thirdKey(error);
  if (error instanceof OrphanError) return orphan(error);
  if (error instanceof OrphanLeftError) return orphanLeft(error);
  if (error instanceof NotStagedError) return notStaged(error);
  if (error instanceof UnknownOutcomeError) return unknownOutcome(error);
  if (error instanceof HinderedError) return hindered(error);
  if (error instanceof JournalError) return journal(error);
  if (error instanceof MeanwhileError) return meanwhile(error);
  if (error instanceof UncommittedError) return uncommitted(error);
  return undefined;
};

/** The commands of a hint, for that file. */
function inFile({ cause, file }: InFileError): Fault | undefined {
  const fault = faults(cause);
  if (fault?.hint === undefined) return fault;
  const command = /\bcredsmith (?:rotate|verify|set|unset)\b(?! -f )/g;
  const hint = fault.hint.replace(command, (words) => `${words} -f ${shellQuote(file)}`);
  return { ...fault, hint };
}

function named(profile: string): string {
  return profile === "default" ? "" : ` ${profile}`;
}

function stopped({ profile, step, diagnosis, words, begun }: StoppedError): Fault {
  const { outcome, cause } = diagnosis;
  const go = `credsmith rotate${named(profile)} --continue, or --abort`;
  const quota = diagnosis.facts.service === "iam" && cause === "quota_exceeded";
  const model = step === "have a model answer to the new key";
  const fix = quota
    ? "IAM may not list a key yet that was made just now; in some minutes"
    : outcome === "denied" && diagnosis.facts.service === "iam"
    ? `${words.fix}, or name a profile that may: --using PROFILE`
    : words.fix;
  return {
    exit: exitCodes[outcome],
    cause,
    message: `Cannot ${step}: ${quota ? "the user has two, which is all AWS allows" : words.text}`,
    hint: begun
      ? `${fix}\nthen ${go}${model ? "; --no-invoke goes on without a model" : ""}`
      : `nothing was changed; ${fix}`,
    details: { profile, step },
  };
}

const ownerWords: Readonly<Record<OwnerError["owner"], readonly [what: string, hint: string]>> = {
  "root": [
    "it belongs to the root user of the account",
    "delete the root user's keys and make an IAM user or a role: " +
    "https://console.aws.amazon.com/iam, Security credentials",
  ],
  "assumed role": [
    "it is one of a role, which AWS renews by itself",
    "rotate the key that assumes the role",
  ],
  "single sign-on": [
    "it comes from single sign-on, which renews it at each login",
    "nothing is to be rotated: aws sso login",
  ],
  "federated user": [
    "it is one of a federated user, and expires by itself",
    "rotate the key of the user that asks for it",
  ],
  "session": [
    "it is a session's, and expires by itself",
    "put the user's own key there: credsmith set, and credsmith unset for the session token",
  ],
  "unknown": ["AWS does not say that it is an IAM user's", "only keys of IAM users are rotated"],
};

function owner({ profile, owner, arn }: OwnerError): Fault {
  const [what, hint] = ownerWords[owner];
  return {
    exit: exitCodes.refused,
    cause: `owner_${owner.replaceAll(/[ -]/g, "_")}`,
    message: `Cannot rotate the key of "${profile}": ${what}`,
    hint,
    details: { profile, ...(arn ? { arn } : {}) },
  };
}

function thirdKey({ profile, user, keys, live, at }: ThirdKeyError): Fault {
  const lines = keys.map((key) => `${keyText(key, at)}${key.id === live ? "  (this one)" : ""}`);
  const other = keys.find(({ id }) => id !== live)?.id;
  return {
    exit: exitCodes.refused,
    cause: "third_key",
    message: `Cannot make a key for user/${user}: it has two, which is all AWS allows`,
    hint: [
      ...lines,
      `if nothing uses ${other}: credsmith rotate${named(profile)} --delete-key ${other}`,
    ].join("\n"),
    details: {
      profile,
      keys: keys.map(({ id, active, created }) => ({ id, active, created: String(created) })),
    },
  };
}

function orphan({ profile, user, key, answer }: OrphanError): Fault {
  const flag = `credsmith rotate${named(profile)} --continue --delete-key ${key.id}`;
  return {
    exit: answer === "nobody" ? exitCodes.usage : exitCodes.refused,
    cause: "orphan_key",
    message: `Cannot go on: ${key.id} of user/${user} was made, and its secret was lost ` +
      "before it was stored",
    hint: `it was never used; to delete it: ${flag}`,
    details: { profile, key: key.id },
  };
}

function orphanLeft({ profile, user, id, cause, diagnosis }: OrphanLeftError): Fault {
  return {
    exit: exitCodes.partial,
    cause: "orphan_left",
    message: `Key ${id} of user/${user} was made, but could be neither stored (${
      reasonOf(cause)
    }) nor deleted again (${diagnosis.cause})`,
    hint: `nobody knows its secret; delete it: credsmith rotate${
      named(profile)
    } --continue --delete-key ${id}`,
    details: { profile, key: id },
  };
}

function notStaged({ profile, id, cause }: NotStagedError): Fault {
  const fault = cause instanceof SecretsFileError ? storeFaults(cause) : undefined;
  return {
    exit: fault?.exit ?? exitCodes.refused,
    cause: fault?.cause ?? "not_stored",
    message: `Cannot store the new key ${id}: ${reasonOf(cause)}`,
    hint: `it was deleted again; when the file can be written: credsmith rotate${
      named(profile)
    } --continue`,
    details: { profile, key: id },
  };
}

function reasonOf(cause: unknown): string {
  const fault = cause instanceof SecretsFileError ? storeFaults(cause) : undefined;
  if (fault) return fault.message.replace(/^[^:]*: /, "");
  return cause instanceof MeanwhileError
    ? "the rotation was changed by another process"
    : cause instanceof ProfileError
    ? "the profile is gone"
    : `unexpected ${cause instanceof Error ? cause.name : typeof cause}`;
}

function unknownOutcome({ profile, user, diagnosis }: UnknownOutcomeError): Fault {
  return {
    exit: exitCodes.temporary,
    cause: "unknown_outcome",
    message: `AWS gave no answer that tells whether a key of user/${user} was made ` +
      `(${diagnosis.cause})`,
    hint: `credsmith rotate${named(profile)} --continue looks`,
    details: { profile, why: diagnosis.cause },
  };
}

function hindered({ profile, why, id }: HinderedError): Fault {
  const key = id ?? "the key";
  const command = `credsmith rotate${named(profile)}`;
  const words: Readonly<Record<HinderedError["why"], readonly [string, string?]>> = {
    "under way": ["one is under way already", `${command} --continue, or --abort`],
    "no rotation": ["none is under way", command],
    "key changed": [
      id
        ? `the profile's key is ${id} by now, which is neither the old nor the new one`
        : "the profile has no key any more",
      `put the right one back (${command} --status), or --abort after that`,
    ],
    "old key gone": [`${key} is not there any more`, `${command} --continue`],
    "new key gone": [`the new key ${key} is not there any more`, `${command} --abort`],
    "new key inactive": [
      `the new key ${key} is inactive, and both must never be`,
      "activate it in IAM, then --continue; or --abort",
    ],
    "old key inactive": [
      `the old key ${key} is inactive, and both must never be`,
      "activate it in IAM, then --abort again",
    ],
    "key is live": [`${key} is the key that the profile uses`, `${command} --status`],
    "not owned": [`${key} is none of the user's keys`, "credsmith verify"],
    "another identity": [
      "the keys belong to different users",
      "credsmith verify shows whose they are",
    ],
    "format": [
      "only YAML and JSON files have room for its journal",
      "move the profile to one: credsmith init",
    ],
    "too late": [`${key} is deleted, so there is no way back`, `${command} --continue`],
    "using itself": ["--using names the profile itself", "leave it out"],
  };
  const [what, hint] = words[why];
  return {
    exit: exitCodes.refused,
    cause: why === "format" ? "format_without_room" : why.replaceAll(" ", "_"),
    message: `Cannot rotate the key of "${profile}": ${what}`,
    ...(hint ? { hint } : {}),
    details: { profile, ...(id ? { key: id } : {}) },
  };
}

function journal({ profile, reason, leaf, about }: JournalError): Fault {
  const path = ["rotation", profile, leaf].filter((part) => part).join("/");
  const words = {
    "malformed": `"${path}" is not what a rotation writes`,
    "plaintext": `"${path}" is in plaintext, so anybody could have written it`,
    "another profile": `"${path}" says "${about}"`,
  };
  return {
    exit: exitCodes.integrity,
    cause: "journal_tampered",
    message: `Cannot trust the rotation of "${profile}": ${words[reason]}`,
    hint: "restore the file from git, or compare with the last commit: git diff",
    details: { profile, leaf },
  };
}

function meanwhile({ profile }: MeanwhileError): Fault {
  return {
    exit: exitCodes.refused,
    cause: "changed_meanwhile",
    message: `Cannot go on with the rotation of "${profile}": another process changed it`,
    hint: `credsmith rotate${named(profile)} --status`,
    details: { profile },
  };
}

function uncommitted({ file, paths }: UncommittedError): Fault {
  const what = paths.length ? `: ${paths.slice(0, 5).join(", ")}` : "";
  return {
    exit: exitCodes.refused,
    cause: "uncommitted_changes",
    message: `Cannot put a new key into "${file}": it has changes that are in no commit${what}`,
    hint: "commit them first, or take the key in beside them: --uncommitted",
    details: { file, paths },
  };
}
