import { NoKeyError } from "../../aws/errors.ts";
import { processDocument, type ProcessFormat } from "../../aws/process_json.ts";
import { profile as profileOf } from "../../store/credentials.ts";
import { fileFlag, profileArgument, switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { agentMark, refuseUnderAgent } from "../guard.ts";
import { openForReading } from "../open.ts";

type Flags = {
  readonly file?: string;
  readonly format: ProcessFormat;
  readonly reveal: boolean;
};

// Programs start this again and again, so nothing slow may be loaded on the way: no `node:*`.
export const command = defineCommand<Flags, [profile?: string]>({
  brief: "Give a key to AWS SDKs and Claude Code",
  description:
    "Prints a key as JSON, for credential_process in ~/.aws/config (--format aws) and for\n" +
    "awsCredentialExport in Claude Code's settings (--format claude). Nothing is printed on\n" +
    "stdout when it fails.\n\n" +
    "Under an agent (CLAUDECODE and the like) the AWS form is refused without --reveal, so that\n" +
    "tools which an agent starts do not get the key unless credential_process says so. Claude's\n" +
    "form is given, because Claude Code itself may have been started by an agent; but not to a\n" +
    "terminal. It is a guard against accidents, no boundary.",
  examples: [
    [
      "credential_process = credsmith credential-process -f /srv/aws.yaml work",
      "in ~/.aws/config, below [profile work]",
    ],
    ["credsmith claude configure", "sets awsCredentialExport for you"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "the profile has no key",
    8: "refused under an agent without --reveal",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      file: fileFlag,
      format: {
        kind: "enum",
        values: ["aws", "claude"],
        default: "aws",
        brief: "Who reads it",
      },
      reveal: switchFlag("Print it although an agent runs this command"),
    },
    aliases: { f: "file" },
  },
  async run(context, flags, name = "default") {
    const { terminal, env } = context;
    const guarded = flags.format === "aws" || terminal.stdoutIsTerminal;
    if (guarded && agentMark(env)) refuseUnderAgent(context, { ...flags, what: "a key" });
    const { document } = await openForReading(
      context,
      flags.file === undefined ? {} : { file: flags.file },
    );
    const profile = profileOf(document, name);
    const { accessKeyId, secretAccessKey, sessionToken, paths } = profile;
    const role = profile.roleArn !== undefined;
    if (accessKeyId === undefined) throw new NoKeyError(name, paths.accessKeyId, role);
    if (secretAccessKey === undefined) throw new NoKeyError(name, paths.secretAccessKey, role);
    const key = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    terminal.out(processDocument(key, flags.format));
  },
});
