import type { FileLeftOut, Outcome, TemplateLeftOut } from "../../nixos/install.ts";
import type { HostKey, Reason } from "../../nixos/judge.ts";
import { shellQuote } from "../../platform/command_line.ts";

/** What was installed with something left out. */
type Installed = Extract<Outcome, { kind: "installed" }>;

/** What of the remedies differs from place to place. */
export interface Place {
  /** The command that installs once more on this host. */
  readonly again: string;
  /** How a better file comes to this host. */
  readonly bring: string;
}

/** How it comes to a host whose files are in its configuration. */
export const byRebuild = "commit it, then on this host: nixos-rebuild switch";

/** What was left out, why, and what to do about it. */
interface Wording {
  readonly why: string;
  /** More lines about it. */
  readonly details?: readonly string[];
  /** Sentences and commands, in their order. */
  readonly remedy: readonly string[];
}

/**
 * What is left out, for the journal: a headline, and a block for each file. No value and no
 * private key is in it.
 */
export function leftOutText(installed: Installed, place: Place): string[] {
  const { asked, files, templates, keyFile, keys } = installed;
  const count = files.reduce((sum, { names }) => sum + names.length, 0);
  const rest = count < asked ? "the others are installed" : "nothing is left of them";
  return [
    count > 0
      ? `${count} of ${counted(asked, "secret")} left out: ${rest}`
      : `All ${counted(asked, "secret")} installed, but not all is well`,
    ...keyFile ? block(keyFileWording(keyFile, place)) : [],
    ...files.flatMap((file) => fileBlock(file, keys, place)),
    ...templates.flatMap(templateBlock),
  ];
}

function fileBlock(
  { file, names, reason }: FileLeftOut,
  keys: readonly HostKey[],
  place: Place,
): string[] {
  const shown = inRepository(file);
  const wording = wordings(reason, shown, keys, place);
  return [
    ...block({ ...wording, why: `Left out "${shown}": ${wording.why}` }),
    `  not there: ${names.join(", ")}`,
  ];
}

/** Why nothing of a file was installed, where what was there before stays. */
export function refusedText(
  { file, reason, keys }: { file: string; reason: Reason; keys: readonly HostKey[] },
  place: Place,
): string[] {
  const wording = wordings(reason, file, keys, place);
  return block({ ...wording, why: `Cannot install "${file}": ${wording.why}` });
}

/** That everything is there although the age key file is not. */
export function keyFileText(key: HostKey, place: Place): string[] {
  return block(keyFileWording(key, place));
}

function templateBlock({ name, secrets }: TemplateLeftOut): string[] {
  const why = secrets.length > 0
    ? `it holds ${secrets.join(", ")}`
    : "sops-install-secrets refuses it; see its file and its owner";
  return [`Left out the template "${name}": ${why}`];
}

function block({ why, details = [], remedy }: Wording): string[] {
  return [why, ...[...details, ...remedy].map((line) => `  ${line}`)];
}

function keyFileWording({ path, state }: HostKey, { again }: Place): Wording {
  const is = {
    absent: "is not there",
    unreadable: "cannot be read",
    malformed: "is not one",
    usable: "",
    unsupported: "",
  }[state];
  return {
    why: `The age key file "${path}" ${is}`,
    remedy: [`put the key there (owner root, mode 0600), then: ${again}`],
  };
}

function wordings(
  reason: Reason,
  file: string,
  keys: readonly HostKey[],
  { again, bring }: Place,
): Wording {
  const quoted = shellQuote(file);
  const fromGit: Wording["remedy"] = [
    `compare in the repository: git log -p -- ${quoted}`,
    bring,
  ];
  switch (reason.cause) {
    case "no_key":
      return {
        why: "this host has no private key",
        details: keys.map(keyText),
        remedy: [
          keys.length > 0
            ? `put one of these keys there, then: ${again}`
            : "give it one: services.openssh.enable, whose host key serves, or credsmith.ageKeyFile",
        ],
      };
    case "wrong_recipient":
      return {
        why: reason.recipients.length > 0
          ? `no key of this host is among its ${counted(reason.recipients.length, "recipient")}`
          : "no key of this host opens it",
        details: [
          ...keys.map(keyText),
          ...(reason.otherKeys.length > 0
            ? [`keys of other types, which did not open it either: ${reason.otherKeys.join(", ")}`]
            : []),
        ],
        remedy: [
          "where the file can be opened, add this host's public key to .sops.yaml, then: " +
          `credsmith access sync -y ${quoted}`,
          bring,
        ],
      };
    case "other_keys":
      return {
        why: `its keys (${reason.otherKeys.join(", ")}) could not be used now`,
        remedy: [`once the network or the card is there: ${again}`],
      };
    case "changed":
      return {
        why: {
          mac: "its MAC does not match, so something without the key changed it",
          "data key": "the data key in it is broken",
          leaf: `its value at "${reason.path}" does not match, so something without the key ` +
            "changed it",
        }[reason.where],
        remedy: fromGit,
      };
    case "key_absent":
      return {
        why: `it has no ${reason.keys.map((key) => `"${key}"`).join(", ")}`,
        remedy: [`credsmith get -f ${quoted} names what it has`, bring],
      };
    case "not_a_string":
      return {
        why: `${reason.keys.map((key) => `"${key}"`).join(", ")} is no text`,
        remedy: [
          ...reason.keys.map((key) => `credsmith set -f ${quoted} ${shellQuote(key)}`),
          bring,
        ],
      };
    case "owner_unknown":
      return {
        why: `this host has no ${reason.kind} "${reason.name}"`,
        remedy: [`declare it (users.${reason.kind}s), or take it out of the secret's options`],
      };
    case "file_unreadable":
      return {
        why: reason.code === "ENOENT" ? "it is not there" : `it cannot be read (${reason.code})`,
        remedy: [`once it is there: ${again}`],
      };
    case "not_encrypted":
      return {
        why: "it is not encrypted",
        remedy: [`sops encrypt -i ${quoted}, and take other values: these were readable`, bring],
      };
    case "malformed":
      return { why: "it is damaged", remedy: fromGit };
    case "timed_out":
      return { why: "opening it took too long", remedy: [`once its key answers: ${again}`] };
    case "unknown":
      return {
        why: "sops-install-secrets does not open it",
        remedy: [`where its key is, credsmith sops decrypt ${quoted} says why`],
      };
  }
}

/** A private key of the host by its public half. */
function keyText({ path, kind, state, recipients }: HostKey): string {
  const what = {
    absent: "is not there",
    unreadable: "cannot be read",
    malformed: "cannot be understood",
    unsupported: "is of another kind",
    usable: recipients.length > 0 ? recipients.join(", ") : "is empty",
  }[state];
  return `${kind} "${path}": ${what}`;
}

/**
 * The file as its repository has it, as far as the store tells: `/nix/store/…-source/a/b.yaml` is
 * `a/b.yaml`, `/nix/store/…-b.yaml` is `b.yaml`.
 */
export function inRepository(file: string): string {
  return file.replace(/^\/nix\/store\/[a-z0-9]{32}-(?:source\/)?/, "");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
