import { installTheRest } from "../../nixos/install.ts";
import { parseInstallArguments } from "../../nixos/boot.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { journalLine } from "../install_secrets/journal.ts";
import { byRebuild, leftOutText } from "../install_secrets/words.ts";
import { UsageError } from "../errors.ts";

type Flags = { readonly program: string };

/**
 * What stands behind sops-install-secrets on a NixOS host with `credsmith.degrade`: it is started
 * when the real program failed, and its exit code counts only where it is 0 or 9.
 */
export const command = defineCommand<Flags, string[]>({
  brief: "Install the secrets that can be, after sops-install-secrets failed",
  description:
    "NixOS calls this, at boot only. It tries each encrypted file alone, installs what opens, and says\n" +
    "what it left out, why, and what to do about it. At a switch it does nothing.",
  examples: [
    ["credsmith install-secrets --program PATH -- manifest.json", "as NixOS calls it"],
  ],
  exits: { 9: "something was left out" },
  parameters: {
    positional: {
      kind: "array",
      parameter: { parse: String, brief: "What it was called with", placeholder: "ARGUMENT" },
    },
    flags: {
      program: {
        kind: "parsed",
        parse: String,
        placeholder: "PATH",
        brief: "The real sops-install-secrets",
      },
    },
  },
  async run({ env, terminal }, { program }, ...args) {
    const parsed = parseInstallArguments(args);
    if (!parsed) throw new UsageError("These are no arguments of sops-install-secrets");
    const outcome = await installTheRest(program, parsed, env);
    if (outcome.kind === "not ours") return exitCodes.refused;
    const tell = journalLine(terminal, env);
    if (outcome.kind === "hopeless") {
      tell("No secret is installed: sops-install-secrets fails with each file left out, too");
      return exitCodes.refused;
    }
    terminal.out(outcome.stdout);
    const { files, templates, keyFile } = outcome;
    if (files.length + templates.length === 0 && !keyFile) return exitCodes.done;
    leftOutText(outcome, { again: againCommand(env), bring: byRebuild }).forEach(tell);
    return exitCodes.partial;
  },
});

/** What installs once more: sops-nix tells its unit that it is one. */
function againCommand(env: Readonly<Record<string, string>>): string {
  return env.SOPS_RESTART_UNITS_VIA_SYSTEMCTL
    ? "systemctl restart sops-install-secrets"
    : "/run/current-system/activate";
}
