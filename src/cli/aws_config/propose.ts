import { settingsIn, withoutSettings, withSettings } from "../../aws/config/edit.ts";
import { ConfigShapeError } from "../../aws/config/errors.ts";
import { isOurProcess, processLine } from "../../aws/config/process_line.ts";
import { type Shadow, shadows } from "../../aws/config/shadow.ts";
import { absolute } from "../../platform/paths.ts";
import {
  checkProfileName,
  profile as profileOf,
  type ProfileView,
} from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { ApiKeyProfileError } from "../credential_process/errors.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { openForReading } from "../open.ts";
import { selfCommand } from "../self.ts";
import type { SharedFile, SharedFiles } from "./files.ts";
import type { AwsConfigFlags } from "./flags.ts";

/** What is going to be written. */
export interface Plan {
  readonly awsProfile: string;
  /** The whole file. */
  readonly after: string;
  /** The section alone, as it would be in an empty file. */
  readonly section: string;
  /** The value of `credential_process`; absent where it is taken out. */
  readonly command?: string;
  readonly notes: readonly string[];
}

/**
 * Works out the configuration file.
 *
 * @throws {UsageError | RefusedError | ConfigShapeError | ProcessLineError | SecretsFileError}
 */
export async function proposed(
  context: Context,
  flags: AwsConfigFlags,
  name: string,
  files: SharedFiles,
): Promise<Plan> {
  checkProfileName(name);
  const awsProfile = flags.awsProfile ?? name;
  if (!/^[\w.@+-]+$/.test(awsProfile)) {
    throw new UsageError(
      `Cannot use "${awsProfile}" as the name of an AWS profile: the SDKs read it differently`,
      "letters, digits and . _ - @ + are safe",
    );
  }
  if (flags.region !== undefined && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(flags.region)) {
    throw new UsageError(`"${flags.region}" is no AWS region`, "--region us-east-1");
  }
  const { config } = files;
  const edit = (change: (text: string) => string) => inFile(config, () => change(config.text));
  const process = settingsIn(config.text, awsProfile, "config").get("credential_process");
  if (flags.remove) {
    const ours = process && isOurProcess(process.value!);
    const after = ours
      ? edit((text) => withoutSettings(text, awsProfile, ["credential_process"]))
      : config.text;
    return { awsProfile, after, section: "", notes: [] };
  }
  const { credentials } = files;
  // `init` puts our command where it took a key from.
  const there = settingsIn(credentials.text, awsProfile, "credentials").get("credential_process");
  const ours = there && isOurProcess(there.value!) ? there.value : undefined;
  refuseShadowed(files, awsProfile, ours !== undefined);
  if (process && !isOurProcess(process.value!) && !flags.replace) {
    throw new RefusedError(
      `AWS profile "${awsProfile}" has a credential_process already, which is not ours ` +
        `(${config.shown}, line ${process.number})`,
      "--replace puts ours in its place; --aws-profile NAME writes another AWS profile",
      "process_taken",
    );
  }
  const { view, source } = await profileFor(context, flags, name);
  if (view.bedrockApiKey !== undefined && view.roleArn === undefined && view.source === undefined) {
    throw new ApiKeyProfileError(name);
  }
  const region = flags.region ??
    (settingsIn(config.text, awsProfile, "config").has("region") ? undefined : view.region);
  const command = processLine([
    ...selfCommand(context.env),
    "credential-process",
    ...source,
    ...(flags.static ? ["--static"] : []),
    ...(flags.reveal ? ["--reveal"] : []),
    // Always named: a line must not end with a quote.
    name,
  ]);
  if (ours !== undefined && ours !== command) refuseShadowed(files, awsProfile, false);
  const settings = {
    ...(ours === undefined ? { credential_process: command } : {}),
    ...(region ? { region } : {}),
  };
  return {
    awsProfile,
    after: Object.keys(settings).length === 0
      ? config.text
      : edit((text) => withSettings(text, awsProfile, settings)),
    section: withSettings("", awsProfile, {
      credential_process: command,
      ...(flags.region ?? view.region ? { region: flags.region ?? view.region! } : {}),
    }),
    command,
    notes: notesOn(context),
  };
}

function inFile<T>({ shown }: SharedFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigShapeError) error.file = shown;
    throw error;
  }
}

/**
 * @param oursThere whether a `credential_process` of the credentials file is ours, and no hindrance
 * @throws {RefusedError} where the SDKs, or some of them, would not come to credential_process
 */
function refuseShadowed(
  { config, credentials }: SharedFiles,
  awsProfile: string,
  oursThere: boolean,
): void {
  const [first] = shadows({ config: config.text, credentials: credentials.text }, awsProfile)
    .filter(({ kind, file }) => !(oursThere && kind === "process" && file === "credentials"));
  if (first === undefined) return;
  const file = first.file === "config" ? config : credentials;
  throw new RefusedError(
    `AWS profile "${awsProfile}" would not use credential_process: ${file.shown}, line ` +
      `${first.line} sets ${first.name}, ${why(first)}`,
    `${remedy[first.kind]}; or --aws-profile NAME writes another AWS profile`,
    "shadowed",
  );
}

function why({ kind, file }: Shadow): string {
  switch (kind) {
    case "key":
      return file === "credentials"
        ? "and the AWS SDKs take that key first"
        : "and some AWS SDKs take that key first";
    case "process":
      return "and the AWS SDKs run that instead";
    case "sso":
      return "and some AWS SDKs log in there first";
    case "role":
      return "and the AWS SDKs assume that role first";
    case "login":
      return "and some AWS SDKs take that login first";
  }
}

const remedy: Readonly<Record<Shadow["kind"], string>> = {
  key: "credsmith init takes the key into the secrets file and out of there",
  process: "take that line out",
  sso: "take the sso_ lines out",
  role: "put the role into the secrets file (role_arn) and take the line out",
  login: "take that line out",
};

/** The profile, and the flags that credential-process finds it by. */
async function profileFor(
  context: Context,
  flags: AwsConfigFlags,
  name: string,
): Promise<{ view: ProfileView; source: string[] }> {
  const { file, manifest, engine } = flags;
  if (manifest === undefined) {
    const open = await openForReading(context, {
      ...(file === undefined ? {} : { file }),
      ...(engine === undefined ? {} : { engine }),
      keeps: ["read", "write"],
    });
    const engines = engine === undefined ? [] : ["--engine", engine];
    return {
      view: profileOf(open.document, name),
      source: ["-f", absolute(open.path, context.cwd), ...engines],
    };
  }
  if (file !== undefined) {
    throw new UsageError(
      "Cannot take the key from a secrets file and from secret files",
      "leave out --file or --manifest",
      "flags_conflict",
    );
  }
  const [{ parseManifest }, { profileOfSecretFiles }, { readFile }] = await Promise.all([
    import("../../loader/manifest.ts"),
    import("../../loader/secret_files.ts"),
    import("../../platform/files.ts"),
  ]);
  const path = absolute(manifest, context.cwd);
  return {
    view: profileOfSecretFiles(parseManifest(readFile(path).bytes), name),
    source: ["--manifest", path],
  };
}

/** What goes before an AWS profile, whatever stands in the files. */
function notesOn({ env }: Context): string[] {
  const notes: string[] = [];
  if (env.AWS_ACCESS_KEY_ID) {
    notes.push(
      "AWS_ACCESS_KEY_ID is set in this shell: programs that are not told an AWS profile by name " +
        "take that key first",
    );
  }
  return notes;
}
