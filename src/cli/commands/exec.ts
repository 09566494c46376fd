import { type EnvironmentChange, environmentOf } from "../../loader/variables.ts";
import { endBySignal } from "../../platform/foreground.ts";
import { Secret } from "../../sops/secret.ts";
import { profile as profileOf } from "../../store/credentials.ts";
import { fileFlag, profileArgument, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { openForReading } from "../open.ts";
import { type Given, giver, givingPermissions } from "../given.ts";
import { withGiven } from "../given/view.ts";
import { asksForHelp, runCommand } from "../run_command.ts";
import { runProgram } from "../run_program.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly only?: readonly string[];
  readonly static: boolean;
  readonly withOlderNames: boolean;
};

/** Everything after `--` belongs to the program, whatever it looks like. */
export async function runRaw(context: Context, args: readonly string[]): Promise<number> {
  const at = args.indexOf("--");
  if (at < 0 && args.length && !asksForHelp(args)) {
    throw new UsageError(
      "Cannot run a program: it stands after --, and there is none",
      "credsmith exec [PROFILE] -- PROGRAM [ARGUMENTS]",
    );
  }
  const ours = at < 0 ? args : args.slice(0, at);
  const program = at < 0 ? [] : args.slice(at + 1);
  return await runCommand(commandFor(program), "exec", ours, context);
}

/** For completion; it has no program to run. */
export const command = commandFor([]);

function commandFor([program, ...args]: readonly string[]) {
  return defineCommand<Flags, [profile?: string]>({
    brief: "Run a program with the credentials in its environment",
    description:
      "It gets a session of the profile's key (12 hours, unless the profile says otherwise) or of\n" +
      "its role (1 hour), kept in memory for the next program and good for 15 minutes at least; with\n" +
      "--static the key itself. Variables that would override them are left out. Input, output,\n" +
      "signals and the exit code are the program's own. Nothing secret is on the command line.",
    usage: "[PROFILE] -- PROGRAM [ARGUMENTS]",
    examples: [
      ["credsmith exec -- claude", "Claude Code with the default profile"],
      ["credsmith exec production -- aws sts get-caller-identity", "another profile"],
      ["credsmith exec --static -- aws iam list-users", "what a session may not do"],
      ["credsmith exec --only AWS_REGION -- env", "only some variables"],
    ],
    exits: {
      3: "no identity opens the file",
      4: "the file was changed by something that did not hold the key",
      5: "the profile has no key, AWS refuses it, or an MFA code is needed",
      6: "AWS denies the session or the role",
      7: "temporary: network, throttling",
    },
    parameters: {
      positional: profileArgument,
      flags: {
        engine: engineFlag,
        file: fileFlag,
        only: {
          kind: "parsed",
          parse: String,
          placeholder: "NAME",
          optional: true,
          variadic: true,
          brief: "Set only this variable; can be repeated",
        },
        static: switchFlag("Give the key itself, which does not expire"),
        withOlderNames: switchFlag("Also set ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID and the like"),
      },
      aliases: { f: "file" },
    },
    async run(context, { only, withOlderNames: olderNames, ...flags }, name = "default") {
      if (program === undefined) {
        throw new UsageError(
          "Cannot run a program: none was named",
          "credsmith exec [PROFILE] -- PROGRAM [ARGUMENTS]",
        );
      }
      // A region alone is no reason to ask AWS, or a person.
      const settings = only !== undefined && !only.some((each) => ofCredentials.test(each));
      const needed = flags.static || settings ? [] : givingPermissions;
      const open = await openForReading(context, { ...flags, keeps: ["run", ...needed] });
      const given = settings
        ? nothing
        : await (await giver(context, open, name, { ...flags, mayAsk: true }))();
      context.narrow(["run", "env"]);
      const profile = withGiven(profileOf(open.document, name), given);
      const { set, unset } = withExpiry(environmentOf(profile, { olderNames }), given);
      for (const each of only ?? []) {
        if (!set.has(each)) {
          throw new UsageError(
            `Profile "${name}" does not set "${each}"`,
            `it sets: ${[...set.keys()].join(" ")}`,
          );
        }
      }
      const chosen = [...set].filter(([each]) => !only || only.includes(each));
      const change = {
        set: Object.fromEntries(
          chosen.map(([each, value]) => [each, typeof value === "string" ? value : value.reveal()]),
        ),
        unset,
      };
      const { code, signal } = await runProgram(context, program, args, change);
      if (signal) await endBySignal(signal);
      return code;
    },
  });
}

/** With the end of a session, which some SDKs look at. */
function withExpiry({ set, unset }: EnvironmentChange, given: Given): EnvironmentChange {
  if (given.kind !== "keys" || given.expires === undefined) return { set, unset };
  const expires = given.expires.toString({ smallestUnit: "second" });
  return {
    set: new Map([...set, [expiryName, expires]]),
    unset: unset.filter((name) => name !== expiryName),
  };
}

const expiryName = "AWS_CREDENTIAL_EXPIRATION";

/** Names of variables that hold a credential, or a part of one. */
const ofCredentials = /_(?:ACCESS_KEY|ACCESS_KEY_ID|SESSION_TOKEN|EXPIRATION|TOKEN_BEDROCK)$/;

/** In place of credentials that no variable is set from. */
const nothing: Given = {
  kind: "keys",
  how: "static",
  credentials: { accessKeyId: "", secretAccessKey: new Secret("") },
};
