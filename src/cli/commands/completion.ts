import { defineCommand } from "../command.ts";
import { type CompletedShell, completionScripts } from "../completion_scripts.ts";

export const command = defineCommand<Record<never, never>, [CompletedShell]>({
  brief: "Print what makes a shell complete credsmith",
  examples: [
    ['eval "$(credsmith completion bash)"', "bash; zsh likewise, after compinit"],
    ["credsmith completion fish > ~/.config/fish/completions/credsmith.fish", "fish, for good"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        brief: "bash, zsh or fish",
        placeholder: "SHELL",
        parse: shellOf,
        proposeCompletions: (partial: string) =>
          Object.keys(completionScripts).filter((shell) => shell.startsWith(partial)),
      }],
    },
  },
  run(context, _flags, shell) {
    context.terminal.out(completionScripts[shell]);
  },
});

function shellOf(text: string): CompletedShell {
  if (text in completionScripts) return text as CompletedShell;
  throw new SyntaxError(`"${text}" is not one of bash, zsh, fish`);
}
