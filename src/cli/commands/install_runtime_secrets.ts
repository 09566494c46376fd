import { installFromFile } from "../../nixos/runtime.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { baseName } from "../../platform/paths.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { journalLine } from "../install_secrets/journal.ts";
import { keyFileText, type Place, refusedText } from "../install_secrets/words.ts";

type Flags = { readonly program: string };

/** What a NixOS host with `credsmith.runtimeSecretsFile` runs whenever that file changes. */
export const command = defineCommand<Flags, [manifest: string]>({
  brief: "Install the secrets of an encrypted file on this machine",
  description: "NixOS calls this, with a manifest of its own. When it fails, what is there stays.",
  examples: [
    ["credsmith install-runtime-secrets --program PATH manifest.json", "as NixOS calls it"],
  ],
  exits: {
    8: "the file cannot be installed; what is there stays",
    9: "installed, but the age key file is not there",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, brief: "What is to be installed", placeholder: "MANIFEST" }],
    },
    flags: {
      program: {
        kind: "parsed",
        parse: String,
        placeholder: "PATH",
        brief: "sops-install-secrets",
      },
    },
  },
  async run({ env, terminal }, { program }, manifest) {
    const outcome = await installFromFile(program, manifest, env);
    if (!outcome) throw new UsageError(`"${manifest}" is no manifest of secrets`);
    const tell = journalLine(terminal, env);
    if (outcome.kind === "hopeless") {
      tell("No secret is installed anew: sops-install-secrets says why, above");
      return exitCodes.refused;
    }
    const place = placeOf(outcome.file);
    if (outcome.kind === "refused") {
      refusedText(outcome, place).forEach(tell);
      return exitCodes.refused;
    }
    terminal.out(outcome.stdout);
    const { keyFile, names } = outcome;
    terminal.line(`Installed from "${outcome.file}": ${names.join(", ")}`);
    if (!keyFile) return exitCodes.done;
    keyFileText(keyFile, place).forEach(tell);
    return exitCodes.partial;
  },
});

function placeOf(file: string): Place {
  const [from, to] = [baseName(file), file].map(shellQuote);
  return {
    again: "systemctl restart credsmith-runtime-secrets",
    bring: `copy it here whole, which installs it: install -m 0644 ${from} ${to}`,
  };
}
