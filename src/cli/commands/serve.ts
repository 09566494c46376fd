import { fileFlag, jsonFlag, switchFlag, textFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { asksForHelp, runCommand } from "../run_command.ts";

export type ServeFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly listen?: readonly string[];
  readonly tokenFile?: string;
  readonly static: boolean;
  readonly json: boolean;
};

/** Everything after `--` belongs to the program, whatever it looks like. */
export async function runRaw(context: Context, args: readonly string[]): Promise<number> {
  const at = args.indexOf("--");
  const ours = at < 0 ? args : args.slice(0, at);
  const program = at < 0 ? undefined : args.slice(at + 1);
  if (program?.length === 0 && !asksForHelp(ours)) {
    throw new UsageError(
      "Cannot run a program: none stands after --",
      "credsmith serve [PROFILE...] -- PROGRAM [ARGUMENTS]",
    );
  }
  return await runCommand(commandFor(program), "serve", ours, context);
}

/** For completion; it has no program to run. */
export const command = commandFor(undefined);

function commandFor(program: readonly string[] | undefined) {
  return defineCommand<ServeFlags, string[]>({
    brief: "Serve credentials to AWS SDKs on this machine, kept fresh",
    description:
      "Speaks the protocol by which containers on AWS get credentials, which every AWS SDK knows:\n" +
      "sessions, renewed when 20 minutes are left. Prints the two variables that lead SDKs here,\n" +
      "and serves until it is stopped. With -- it runs a program that has them in its\n" +
      "environment, and ends with it: no key is in that environment, and none grows old there.\n\n" +
      "Whoever asks needs a random token, which lies in a file in memory that only you can read.\n" +
      "/ is the first profile; each one that is named is at /PROFILE as well.",
    usage: "[PROFILE...] [-- PROGRAM [ARGUMENTS]]",
    examples: [
      ["credsmith serve -- aws s3 ls", "a program, and nothing that is left of it"],
      ["credsmith serve > credsmith.env", "until it is stopped; the variables in a file"],
      ["credsmith serve --listen 127.0.0.1:9911 default ci", "a port of your choice, and /ci"],
    ],
    exits: {
      3: "no identity opens the file",
      4: "the file was changed by something that did not hold the key",
      5: "the profile has no key, or AWS does not know it, or wants an MFA code",
      6: "AWS denies the session or the role",
      8: "the address is taken, or the token is open to others",
    },
    parameters: {
      positional: {
        kind: "array",
        parameter: {
          parse: String,
          placeholder: "PROFILE",
          brief: "Which profiles, / being the first (default: default)",
        },
      },
      flags: {
        engine: engineFlag,
        file: fileFlag,
        listen: {
          kind: "parsed",
          parse: String,
          placeholder: "ADDRESS:PORT",
          optional: true,
          variadic: true,
          brief: "Where (default: 127.0.0.1:0, any free port); can be repeated",
        },
        tokenFile: textFlag("FILE", "Take the token from there; made if missing, and kept"),
        static: switchFlag("The key of the secrets file, rather than a session of it"),
        json: jsonFlag,
      },
      aliases: { f: "file" },
    },
    async run(context, flags, ...names) {
      const { serve } = await import("../serve/run.ts");
      return await serve(context, flags, names.length ? names : ["default"], program);
    },
  });
}
