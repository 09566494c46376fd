import { NoKeyError } from "../../aws/errors.ts";
import { processDocument, type ProcessFormat } from "../../aws/process_json.ts";
import { profile as profileOf, type ProfileView } from "../../store/credentials.ts";
import { fileFlag, profileArgument, switchFlag, textFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { agentMark, refuseUnderAgent } from "../guard.ts";
import { openForReading } from "../open.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly manifest?: string;
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
    5: "the profile has no key, or its secret files are absent or not for this user",
    8: "refused under an agent without --reveal",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      engine: engineFlag,
      file: fileFlag,
      manifest: textFlag("FILE", "Take it from the secret files that this loader's manifest names"),
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
    const profile = flags.manifest === undefined
      ? await decrypted(context, flags, name)
      : await inFiles(context, { ...flags, manifest: flags.manifest }, name);
    const { accessKeyId, secretAccessKey, sessionToken, paths } = profile;
    const role = profile.roleArn !== undefined;
    if (accessKeyId === undefined) throw new NoKeyError(name, paths.accessKeyId, role);
    if (secretAccessKey === undefined) throw new NoKeyError(name, paths.secretAccessKey, role);
    const key = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    terminal.out(processDocument(key, flags.format));
  },
});

/** The profile as the secrets file has it. */
async function decrypted(
  context: Context,
  { file, engine }: Flags,
  name: string,
): Promise<ProfileView> {
  const { document } = await openForReading(context, {
    ...(file === undefined ? {} : { file }),
    ...(engine === undefined ? {} : { engine }),
  });
  return profileOf(document, name);
}

/** The profile as it lies in secret files, for those who may read them and cannot decrypt. */
async function inFiles(
  context: Context,
  { file, manifest }: { readonly file?: string; readonly manifest: string },
  name: string,
): Promise<ProfileView> {
  if (file !== undefined) {
    throw new UsageError(
      "Cannot take the key from a secrets file and from secret files",
      "leave out --file or --manifest",
      "flags_conflict",
    );
  }
  context.narrow(["read"]);
  const [{ parseManifest }, { profileOfSecretFiles }, { readFile }] = await Promise.all([
    import("../../loader/manifest.ts"),
    import("../../loader/secret_files.ts"),
    import("../../platform/files.ts"),
  ]);
  return profileOfSecretFiles(parseManifest(readFile(manifest).bytes), name);
}
