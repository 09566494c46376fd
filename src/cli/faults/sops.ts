import {
  AlreadyEncryptedError,
  IdentityError,
  IntegrityError,
  InvalidRuleError,
  KeyServiceError,
  MetadataError,
  NoIdentityError,
  NoRuleError,
  NotEncryptedError,
  PassphraseError,
  PathError,
  pathText,
  PluginError,
  RecipientError,
  UnsupportedError,
  ValueError,
} from "../../sops/errors.ts";
import { type Format, FormatError, UnholdableError } from "../../sops/tree.ts";
import type { IdentitySource } from "../../store/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault, FaultWriter } from "./fault.ts";
import { describeSource } from "./identity_sources.ts";

/** What the error is about, where that is known. */
export interface About {
  /** `Cannot open "secrets/aws.yaml"`, the beginning of the first line. */
  readonly failed?: string;
  /** The file, as the user named it. */
  readonly file?: string;
  /** Where identities were looked for. */
  readonly sources?: readonly IdentitySource[];
}

/** The SOPS format, keys and rules. */
export const faults: FaultWriter = (error) => wordSops(error, {});

/** Words an error of the SOPS format, with what is known about where it happened. */
export function wordSops(error: unknown, about: About): Fault | undefined {
  const fault = (
    exit: number,
    cause: string,
    failed: string,
    reason: string,
    hint?: string,
  ): Fault => ({
    exit,
    cause,
    message: `${about.failed ?? failed}: ${reason}`,
    ...(hint === undefined ? {} : { hint }),
    ...(about.file === undefined ? {} : { details: { file: about.file } }),
  });
  const usage = (cause: string, failed: string, reason: string, hint?: string) =>
    fault(exitCodes.usage, cause, failed, reason, hint);
  const file = about.file;

  if (error instanceof NoIdentityError) return noIdentity(error, about);
  if (error instanceof PassphraseError) {
    const wrong = error.reason === "wrong";
    return fault(
      exitCodes.noIdentity,
      wrong ? "passphrase_wrong" : "passphrase_needed",
      "Cannot open the file",
      wrong
        ? `the passphrase of "${error.source}" is another one`
        : `"${error.source}" has a passphrase, and nobody is there to be asked`,
      wrong ? undefined : "run this in a terminal, or give an identity without a passphrase",
    );
  }
  if (error instanceof PluginError) return pluginFault(error, fault);
  if (error instanceof KeyServiceError) {
    return fault(
      exitCodes.noIdentity,
      `key_${error.type}_${error.reason}`,
      "Cannot use the key",
      keyServiceReason(error),
      error.reason === "absent"
        ? "install sops: nix shell nixpkgs#sops, brew install sops, or its releases on GitHub"
        : undefined,
    );
  }
  if (error instanceof IntegrityError) {
    return fault(
      exitCodes.integrity,
      integrityCause(error),
      "Cannot trust the file",
      integrityReason(error),
      file
        ? `something without the key changed it; compare: git log -p -- ${quoted(file)}\n` +
          `the last commit again: git checkout -- ${quoted(file)}`
        : "something without the key changed it; take it from git again",
    );
  }
  if (error instanceof NotEncryptedError) {
    return usage(
      "not_encrypted",
      "Cannot open the file",
      "it is not encrypted (it has no sops metadata)",
      file ? `credsmith sops encrypt -i ${quoted(file)}` : undefined,
    );
  }
  if (error instanceof AlreadyEncryptedError) {
    return usage(
      "already_encrypted",
      "Cannot encrypt the file",
      'it has a top-level "sops" entry, so it is encrypted already',
    );
  }
  if (error instanceof FormatError) {
    return usage("format", "Cannot read the file", formatReason(error));
  }
  if (error instanceof UnholdableError) {
    const at = error.path.length > 0 ? ` (at "${pathText(error.path)}")` : "";
    return usage(
      "format_cannot_hold",
      "Cannot write the file",
      `${formatName(error.format)} cannot hold ${error.reason}${at}`,
    );
  }
  if (error instanceof UnsupportedError) return unsupportedFault(error, usage);
  if (error instanceof MetadataError) {
    return usage(
      "metadata",
      "Cannot read the file",
      `sops metadata, ${error.field}: ${error.reason}`,
    );
  }
  if (error instanceof InvalidRuleError) {
    const line = error.line === undefined ? "" : `line ${error.line}, `;
    return usage(
      "invalid_rule",
      "Cannot follow the rules",
      `${line}${error.field}: ${error.reason}`,
    );
  }
  if (error instanceof NoRuleError) {
    return usage(
      "no_rule",
      `Cannot encrypt "${error.file}"`,
      error.rules === 0
        ? "the .sops.yaml has no creation_rules"
        : `none of ${counted(error.rules, "creation rule")} in .sops.yaml matches it`,
      "add a rule with a path_regex for it to .sops.yaml",
    );
  }
  if (error instanceof PathError) return pathFault(error, about);
  if (error instanceof ValueError) {
    return usage("nul_byte", `Cannot set "${pathText(error.path)}"`, "the value has a NUL byte");
  }
  if (error instanceof RecipientError) {
    return usage("recipient", `Cannot encrypt to "${error.text}"`, error.reason);
  }
  if (error instanceof IdentityError) {
    return usage(
      "identity",
      `Cannot read an identity from "${error.source}"`,
      `line ${error.line} is ${error.reason}`,
    );
  }
  return undefined;
}

function noIdentity(error: NoIdentityError, { failed, file, sources = [] }: About): Fault {
  const { identities, recipients, otherKeys, unsupportedIdentities, more } = error;
  const whose = recipients.length === 1
    ? "its recipient"
    : `any of its ${recipients.length} recipients`;
  const none = recipients.length === 0
    ? "none of its keys could be used"
    : identities === 0
    ? `no identity was found for ${whose}`
    : identities === 1
    ? `the identity here does not match ${whose}`
    : `none of ${identities} identities matches ${
      recipients.length === 1 ? "its recipient" : `its ${recipients.length} recipients`
    }`;
  const hints = [
    ...(sources.length ? [`looked in: ${sources.map(describeSource).join(", ")}`] : []),
    ...(recipients.length ? [`encrypted for: ${recipients.map(shortened).join(", ")}`] : []),
    ...(more.groups
      ? [
        `${more.groups.opened} of its ${more.groups.all} key groups opened, ` +
        `and ${more.groups.needed} are needed`,
      ]
      : []),
    ...(more.failures ?? []).map(keyServiceReason),
    ...(otherKeys.length ? [`keys of other types, not tried: ${otherKeys.join(", ")}`] : []),
    ...(unsupportedIdentities.length
      ? [`found, but of no use: ${unsupportedIdentities.join(", ")}`]
      : []),
    ...(recipients.length
      ? ["name the file with your identity: export SOPS_AGE_KEY_FILE=..."]
      : []),
  ];
  return {
    exit: exitCodes.noIdentity,
    cause: identities === 0 ? "no_identity" : "wrong_identity",
    message: `${failed ?? "Cannot open the file"}: ${none}`,
    hint: hints.join("\n"),
    details: { ...(file === undefined ? {} : { file }), identities, recipients, sources },
  };
}

function unsupportedFault(
  { kind, what, source }: UnsupportedError,
  usage: (cause: string, failed: string, reason: string, hint?: string) => Fault,
): Fault {
  const where = source ? ` in "${source}"` : "";
  const [reason, hint] = {
    "key type": [
      `its keys (${what}) are elsewhere, and are not asked here`,
      "--engine auto asks AWS KMS, and the sops program for the others",
    ],
    identity: [
      `age has no use for identity "${what}"${where}`,
      "an SSH key is Ed25519 or RSA, under OpenSSH's own cipher: ssh-keygen -p writes it anew",
    ],
    recipient: [
      `age has no use for recipient "${what}"${where}`,
      "an SSH key is ssh-ed25519 or ssh-rsa",
    ],
    "mapping key": [`mapping key "${what}" is no string`, "put it in quotes"],
  }[kind];
  return usage(`unsupported_${kind.replaceAll(" ", "_")}`, `Cannot use the ${kind}`, reason!, hint);
}

function keyServiceReason({ type, key, reason, said }: KeyServiceError): string {
  const why = {
    absent: "the sops program, which such keys need, is not on PATH",
    malformed: "what holds it gave no answer of its protocol",
    refused: said.replace(/\p{Cc}+/gu, " ").trim(),
  }[reason];
  return `${type} key "${key}": ${why}`;
}

function pluginFault(
  { plugin, reason, said = "" }: PluginError,
  fault: (
    ...words: [exit: number, cause: string, failed: string, why: string, hint?: string]
  ) => Fault,
): Fault {
  const why = {
    absent: `the program "age-plugin-${plugin}" is not on PATH`,
    malformed: `the program "age-plugin-${plugin}" gave no answer that age's protocol has`,
    "not allowed": `the program "age-plugin-${plugin}" cannot be started by this command`,
    refused: `"age-plugin-${plugin}" says: ${said.replace(/\p{Cc}+/gu, " ").trim()}`,
  }[reason];
  return fault(
    exitCodes.noIdentity,
    `plugin_${reason.replace(" ", "_")}`,
    "Cannot use the age plugin",
    why,
    reason === "absent" ? "install it, or open the file with another identity" : undefined,
  );
}

function integrityCause({ where, reason }: IntegrityError): string {
  const what = where === "data key" ? "data_key" : where;
  return `${what}_${reason}`;
}

function integrityReason({ where, path = [], reason }: IntegrityError): string {
  const does = reason === "missing"
    ? "is missing"
    : reason === "malformed"
    ? "is malformed"
    : "does not match";
  if (where === "mac") return `its MAC ${does}`;
  if (where === "data key") return `the data key for "${shortened(pathText(path))}" ${does}`;
  const text = pathText(path);
  return `its value at "${text.length > 500 ? `${text.slice(0, 500)}...` : text}" ${does}`;
}

function formatReason({ format, reason, line, column }: FormatError): string {
  const at = line === undefined ? "" : `, line ${line}${column ? `, column ${column}` : ""}`;
  return `not ${formatName(format)}${at}: ${reason}`;
}

function formatName(format: Format): string {
  if (format === "binary") return "a binary file";
  return format === "dotenv" ? format : format.toUpperCase();
}

function pathFault({ reason, path }: PathError, { failed, file }: About): Fault {
  const why = {
    absent: "nothing is there",
    "not a leaf": "there is more than one value below it",
    "not a mapping": "its way leads through a value",
    reserved: '"sops" is for the metadata',
    syntax: "it is no path",
    "too long": "the names on its way have more than 16,384 characters",
  }[reason];
  const hint = {
    absent: undefined,
    "not a leaf": "name one of the values below it",
    "not a mapping": "unset the value on its way first",
    reserved: undefined,
    "too long": undefined,
    syntax: 'paths look like bedrock/model_id or ["bedrock"]["model_id"]',
  }[reason];
  return {
    exit: exitCodes.usage,
    cause: `path_${reason.replaceAll(" ", "_")}`,
    message: failed ? `${failed}: at "${path}", ${why}` : `Cannot use the path "${path}": ${why}`,
    ...(hint === undefined ? {} : { hint }),
    ...(file === undefined ? {} : { details: { file } }),
  };
}

/** Enough of a recipient to tell it from others. */
function shortened(recipient: string): string {
  return recipient.length > 20 ? `${recipient.slice(0, 16)}...` : recipient;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
