import { buildApplication, type Command, run, text_en } from "@stricli/core";
import { argumentFault } from "./argument_faults.ts";
import { type Context, helpSpecOf } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";

/**
 * Runs a command on its arguments.
 *
 * @param words how the user calls it, without the program's name
 * @returns the exit code, 0 to 255
 */
export async function runCommand(
  command: Command<Context>,
  words: string,
  args: readonly string[],
  context: Context,
): Promise<number> {
  const help = asksForHelp(args) && helpSpecOf(command);
  if (help) {
    const { commandHelp } = await import("./command_help.ts");
    context.terminal.out(commandHelp(words, help, context.terminal.columns));
    return exitCodes.done;
  }
  const application = buildApplication(command, {
    name: `credsmith ${words}`,
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab", disableAnsiColor: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: (error) => {
          const message = argumentFault(error);
          const hint = `credsmith ${words} --help shows how it is used`;
          // The flags were not read to their end, so `--json` is looked for as it stands.
          if (args.includes("--json")) {
            const fault = { version: 1, ok: false, exit: exitCodes.usage, cause: "usage" };
            context.terminal.line(JSON.stringify({ ...fault, message, hint }));
          }
          return `${message}\n  ${hint}`;
        },
      },
    },
  });
  await run(application, args, context);
  const code = Number(context.process.exitCode ?? 0);
  // The library's own codes are negative: -5 and -4 for arguments, -1 to -3 for what is our fault.
  return code >= 0 ? code : code <= -4 ? exitCodes.usage : exitCodes.defect;
}

/** Whether help is asked for, wherever the flag stands; what is behind `--` is no flag. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((each) => each === "--help" || each === "-h");
}
