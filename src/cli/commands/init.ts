import { fileFlag, jsonFlag, switchFlag, textFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { fromForms } from "../init/options.ts";
import type { InitFlags } from "../init/options.ts";

const choice = (brief: string) => ({ kind: "boolean", brief, optional: true }) as const;

export const command = defineCommand<InitFlags>({
  brief: "Encrypt a key that lies in plaintext, and remove the plaintext",
  description: "Looks for AWS keys in Claude Code's settings, ~/.aws, the environment and the\n" +
    "CSV that the AWS console downloads; proves one with STS; makes an age identity\n" +
    "and .sops.yaml where there are none; writes the key to secrets/aws.yaml,\n" +
    "encrypted; opens that again; and only then removes the plaintext.\n\n" +
    "It asks three questions, and each has a flag. An identity, a rule or a secrets\n" +
    "file that is there is never written over. A run that was cut off is gone on\n" +
    "with by running it again.",
  examples: [
    ["credsmith init", "finds keys, and asks"],
    ["credsmith init --from csv:accessKeys.csv", "that key, and asks the rest"],
    ["credsmith init --from aws:work --yes --no-recovery", "asks nothing"],
    ["pass show aws | credsmith init --from stdin --yes --no-recovery", "from another program"],
    ["credsmith init --dry-run", "says what it would do"],
  ],
  exits: {
    3: "no identity opens the secrets file that is there",
    5: "AWS does not take the key, or the clock is wrong",
    7: "AWS cannot be reached; --offline goes without",
    8: "refused, nothing changed: a file is there already, or would be without you",
    9: "encrypted, but plaintext is left where it should have gone",
    130: "interrupted at a question; nothing changed",
  } as Readonly<Record<number, string>>,
  parameters: {
    flags: {
      from: textFlag("SOURCE", `Which key: ${fromForms}`),
      profile: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        default: "default",
        brief: "The profile that it becomes",
      },
      region: textFlag(
        "REGION",
        "AWS region (default: what stands beside the key, else us-east-1)",
      ),
      model: textFlag("ID", "Bedrock model id"),
      recipient: {
        kind: "parsed",
        parse: String,
        placeholder: "KEY",
        optional: true,
        variadic: true,
        brief: "Who else opens it: age1…, an ssh-ed25519 key, or @FILE; can be repeated",
      },
      hostKey: choice("This host's SSH key opens it"),
      hostKeyFile: {
        kind: "parsed",
        parse: String,
        placeholder: "FILE",
        default: "/etc/ssh/ssh_host_ed25519_key.pub",
        brief: "Where this host's public SSH key is",
      },
      recovery: choice("A recovery key opens it, which is shown once"),
      recoveryFile: textFlag("FILE", "The recovery key is written there instead of shown"),
      withoutMe: switchFlag("For others only: your own key is left out"),
      claude: choice("Point Claude Code at it"),
      keepPlaintext: switchFlag("Leave the plaintext where it is"),
      offline: switchFlag("Do not ask AWS whether the key works"),
      yes: switchFlag("Take the default answers"),
      dryRun: switchFlag("Say what would be done"),
      reveal: switchFlag("Show the recovery key to a coding agent too"),
      json: jsonFlag,
      file: fileFlag,
    },
    aliases: { f: "file", y: "yes" },
  },
  async run(context, flags) {
    const { init } = await import("../init/run.ts");
    return await init(context, flags);
  },
});
