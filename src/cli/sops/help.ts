import type { Subcommand } from "./grammar.ts";

const newFile = [
  "             [--age R,...] [--pgp F,...] [--kms ARN,...] [--gcp-kms ID,...]",
  "             [--azure-kv URL,...] [--hc-vault-transit URI,...]",
  "             [--hckms ID,...] [--encryption-context K:V,...] [--aws-profile P]",
  "             [--shamir-secret-sharing-threshold N] [--encrypted-regex R,",
  "             --unencrypted-regex R, --encrypted-suffix S",
  "             or --unencrypted-suffix S]",
];

const usages: Readonly<Record<Subcommand, readonly string[]>> = {
  decrypt: [
    "sops decrypt [-i] [--extract '[\"key\"][0]'] [--output FILE]",
    "             [--input-type T] [--output-type T]",
    "             [--filename-override NAME] [FILE]",
  ],
  encrypt: [
    "sops encrypt [-i] [--output FILE] [--input-type T] [--output-type T]",
    ...newFile,
    "             [--filename-override NAME] [FILE]",
  ],
  edit: ["sops edit [-s] [the flags of encrypt, for a new file] FILE"],
  set: ["sops set [--value-file | --value-stdin] [--idempotent] FILE '[\"key\"]' [VALUE]"],
  unset: ["sops unset [--idempotent] FILE '[\"key\"]'"],
  rotate: [
    "sops rotate [-i] [--output FILE] [--add-age R,...] [--rm-age R,...]",
    "            [--add-pgp, --rm-pgp and so on, for every type of key] FILE",
  ],
  updatekeys: ["sops updatekeys [-y] [--input-type T] FILE..."],
  filestatus: ["sops filestatus [--input-type T] FILE"],
  "exec-env": [
    "sops exec-env [--pristine] [--same-process] [--user NAME] [--background]",
    "              FILE 'COMMAND'",
  ],
  "exec-file": [
    "sops exec-file [--no-fifo] [--filename NAME] [--output-type T] [--user NAME]",
    "               FILE 'COMMAND {}'",
  ],
  "groups add": [
    "sops groups add -f FILE [-i] [--age R] [--pgp F] [--kms ARN] [and so on]",
    "                [--shamir-secret-sharing-threshold N]",
  ],
  "groups delete": ["sops groups delete -f FILE [-i] [--shamir-secret-sharing-threshold N] INDEX"],
};

/** Help for sops's command line. */
export function sopsHelp(subcommand?: string): string {
  const asked = subcommand === undefined
    ? []
    : Object.entries(usages).filter(([name]) => `${name} `.startsWith(`${subcommand} `));
  if (asked.length > 0) return `${asked.flatMap(([, lines]) => lines).join("\n")}\n`;
  return [
    "sops's own command line, in credsmith: all its formats and keys",
    '(alias sops="credsmith sops")',
    "",
    ...Object.values(usages).flat().map((line) => `  ${line}`),
    "  sops -d | -e | -r | --set '[\"key\"] VALUE' [flags] FILE   the older forms",
    "  sops FILE                                               edit",
    "  sops publish | keyservice | completion                  sops itself does it",
    "",
    "Before a subcommand: --config FILE, --indent N, --mac-only-encrypted, --verbose.",
    "With all that use keys: --decryption-order TYPE,..., --keyservice URI,",
    "--enable-local-keyservice=false.",
    "Exit codes and what goes to stdout are those of sops 3.13.2, but on purpose:",
    "  plaintext is written to memory-backed file systems only (exit 77)",
    "  the MAC is always verified, whatever --ignore-mac says (exit 51)",
    "  a data key goes to no key that the rule for the file does not name (exit 77)",
    "  an agent is shown no plaintext without CREDSMITH_REVEAL=1 (exit 77);",
    "  programs that it starts by exec-env and exec-file are given it",
    "",
  ].join("\n");
}
