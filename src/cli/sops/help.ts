import type { Subcommand } from "./grammar.ts";

const usages: Readonly<Record<Subcommand, readonly string[]>> = {
  decrypt: [
    "sops decrypt [-i] [--extract '[\"key\"][0]'] [--output FILE]",
    "             [--input-type T] [--output-type T]",
    "             [--filename-override NAME] [FILE]",
  ],
  encrypt: [
    "sops encrypt [-i] [--output FILE] [--age RECIPIENT,...] [--input-type T]",
    "             [--output-type T] [--encrypted-regex R, --unencrypted-regex R,",
    "             --encrypted-suffix S or --unencrypted-suffix S]",
    "             [--filename-override NAME] [FILE]",
  ],
  edit: ["sops edit [the flags of encrypt, for a new file] FILE"],
  set: ["sops set [--value-file | --value-stdin] [--idempotent] FILE '[\"key\"]' [VALUE]"],
  unset: ["sops unset [--idempotent] FILE '[\"key\"]'"],
};

/** Help for sops's command line as far as it is ours. */
export function sopsHelp(subcommand?: string): string {
  if (subcommand !== undefined && Object.hasOwn(usages, subcommand)) {
    return `${usages[subcommand as Subcommand].join("\n")}\n`;
  }
  return [
    "sops's own command line, in credsmith: all five formats, age recipients",
    '(alias sops="credsmith sops")',
    "",
    ...Object.values(usages).flat().map((line) => `  ${line}`),
    "  sops -d | -e | --set '[\"key\"] VALUE' [flags] FILE      the older forms",
    "  sops FILE                                              edit",
    "",
    "Before a subcommand: --config FILE, --indent N, --mac-only-encrypted, --verbose.",
    "Exit codes and what goes to stdout are those of sops 3.13.2, but on purpose:",
    "  plaintext is written to memory-backed file systems only (exit 77)",
    "  the MAC is always verified, whatever --ignore-mac says (exit 51)",
    "  an agent sees no plaintext without CREDSMITH_REVEAL=1 (exit 77)",
    "rotate, updatekeys, groups, publish, exec-env, exec-file, filestatus and",
    "keyservice are not here: use the sops program.",
    "",
  ].join("\n");
}
