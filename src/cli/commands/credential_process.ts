import { processDocument, type ProcessFormat } from "../../aws/process_json.ts";
import { now } from "../../platform/clock.ts";
import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import { findSecretsFile } from "../../store/find.ts";
import { fileFlag, profileArgument, switchFlag, textFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { ApiKeyProfileError } from "../credential_process/errors.ts";
import { type Asked, asked, cachedExpiry, remember } from "../credential_process/remember.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { giverOf, givingPermissions } from "../given.ts";
import { agentMark, refuseUnderAgent } from "../guard.ts";
import { openForReading } from "../open.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly manifest?: string;
  readonly format: ProcessFormat;
  readonly static: boolean;
  readonly reveal: boolean;
};

/** What a key is made from, and what the answer is known by next time. */
interface Read {
  readonly profiles: ReadonlyMap<string, ProfileView>;
  readonly asked: Asked | undefined;
}

// Programs start this again and again. What is in the cache is given by `shortcut.ts` before this
// is loaded; here nothing slow may be loaded but where a session is made: no `node:*`.
export const command = defineCommand<Flags, [profile?: string]>({
  brief: "Give credentials to AWS SDKs and Claude Code",
  description:
    "Prints credentials as JSON, for credential_process in ~/.aws/config (--format aws) and for\n" +
    "awsCredentialExport in Claude Code's settings (--format claude): a session of the profile's\n" +
    "key or its role, kept in memory and renewed when 20 minutes are left; with --static the key\n" +
    "itself, which does not expire. Nothing is printed on stdout when it fails.\n\n" +
    "Under an agent (CLAUDECODE and the like) the AWS form is refused without --reveal, so that\n" +
    "tools which an agent starts do not get the key unless credential_process says so. Claude's\n" +
    "form is given, because Claude Code itself may have been started by an agent; but not to a\n" +
    "terminal. It is a guard against accidents, no boundary.",
  examples: [
    ["credsmith aws-config work", "writes credential_process into ~/.aws/config"],
    ["credsmith claude configure", "sets awsCredentialExport for you"],
    ["credsmith credential-process --static work", "the key itself, for what a session may not do"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "the profile has no key, AWS refuses it, an MFA code is needed, or its secret files are absent",
    6: "AWS denies the session or the role",
    7: "temporary: network, throttling",
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
      static: switchFlag("Give the key itself, which does not expire"),
      reveal: switchFlag("Print it although an agent runs this command"),
    },
    aliases: { f: "file" },
  },
  async run(context, flags, name = "default") {
    const { terminal, env } = context;
    const guarded = flags.format === "aws" || terminal.stdoutIsTerminal;
    if (guarded && agentMark(env)) refuseUnderAgent(context, { ...flags, what: "a key" });
    const { manifest } = flags;
    const read = manifest === undefined
      ? await decrypted(context, flags, name)
      : await inFiles(context, { ...flags, manifest }, name);
    const give = await giverOf(context, read.profiles, name, {
      ...flags,
      mayAsk: agentMark(env) === undefined,
    });
    const given = await give();
    if (given.kind === "api-key") throw new ApiKeyProfileError(name);
    const { credentials, stale } = given;
    const { accessKeyId, sessionToken } = credentials;
    if (given.expires && !stale && read.asked) {
      await remember(context, read.asked, accessKeyId, now());
    }
    const expires = given.expires ??
      (sessionToken && await cachedExpiry(context, accessKeyId));
    context.narrow(["env"]);
    terminal.out(processDocument(credentials, flags.format, expires));
  },
});

/** What is needed besides opening the file. */
const keeps = (flags: Flags) => flags.static ? [] : givingPermissions;

/** The profiles as the secrets file has them. */
async function decrypted(context: Context, flags: Flags, profile: string): Promise<Read> {
  const { file, engine } = flags;
  const { env, cwd } = context;
  const named = file === undefined ? {} : { file };
  const { path } = findSecretsFile({ env, cwd, ...(file === undefined ? {} : { flag: file }) });
  const known = flags.static
    ? undefined
    : await asked({ kind: "file", path, profile, env, files: [] });
  const { document } = await openForReading(context, {
    ...named,
    ...(engine === undefined ? {} : { engine }),
    keeps: keeps(flags),
  });
  return { profiles: profilesOf(document), asked: known };
}

/** The profile as it lies in secret files, for those who may read them and cannot decrypt. */
async function inFiles(
  context: Context,
  flags: Flags & { readonly manifest: string },
  name: string,
): Promise<Read> {
  const { file, manifest } = flags;
  if (file !== undefined) {
    throw new UsageError(
      "Cannot take the key from a secrets file and from secret files",
      "leave out --file or --manifest",
      "flags_conflict",
    );
  }
  context.narrow(["read", ...keeps(flags)]);
  const [{ parseManifest }, { profileOfSecretFiles, secretFilePaths }, { readFile }, paths] =
    await Promise.all([
      import("../../loader/manifest.ts"),
      import("../../loader/secret_files.ts"),
      import("../../platform/files.ts"),
      import("../../platform/paths.ts"),
    ]);
  const parsed = parseManifest(readFile(manifest).bytes);
  const { env, cwd } = context;
  const known = flags.static ? undefined : await asked({
    kind: "manifest",
    path: paths.absolute(manifest, cwd),
    profile: name,
    env,
    files: secretFilePaths(parsed, name),
  });
  const profile = profileOfSecretFiles(parsed, name);
  return { profiles: new Map([[name, profile]]), asked: known };
}
