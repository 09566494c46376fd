import { switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { textconv } from "../git/textconv.ts";

export const command = defineCommand<{ readonly reveal: boolean }, [file: string]>({
  brief: "Print what git compares in place of a secrets file",
  description:
    "Git calls this (diff.credsmith.textconv). Without an identity, and under an agent, it prints\n" +
    "names and which values changed, but no value.",
  examples: [["credsmith git textconv secrets/aws.yaml", "what git diff sees of it"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "FILE", brief: "A version of the file" }],
    },
    flags: { reveal: switchFlag("Print values although an agent runs this command") },
  },
  async run(context, flags, file) {
    context.terminal.out(await textconv(context, file, flags));
  },
});
