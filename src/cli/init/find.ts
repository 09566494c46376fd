import { findPlaintextKeys } from "../../claude/plaintext.ts";
import { readSettings } from "../../claude/settings.ts";
import { systemCode } from "../../platform/errors.ts";
import { listIfThere, readIfThere } from "../../platform/optional.ts";
import { absolute, baseName } from "../../platform/paths.ts";
import { withTilde } from "../shown_path.ts";
import {
  type AwsFileKind,
  type AwsProfile,
  keyOfProfile,
  parseAwsFile,
} from "./sources/aws_files.ts";
import { parseConsoleCsv } from "./sources/csv.ts";
import { keyOfEnvironment } from "./sources/text.ts";
import type { FoundKey } from "./static_key.ts";

/** A key that lies somewhere in plaintext, and where. */
export interface Source {
  readonly key: FoundKey;
  /** What `--from` calls it: `claude`, `aws:work`, `env`, `csv:/home/a/accessKeys.csv`. */
  readonly flag: string;
  /** Its name in a list of choices: `settings.json`, `work`. */
  readonly label: string;
  /** Its name in a sentence: `~/.claude/settings.json`, `AWS profile "work"`. */
  readonly where: string;
  readonly place: Place;
}

/** Where plaintext lies, so that it can be taken out. */
export type Place =
  | { readonly kind: "claude"; readonly file: string }
  | {
    readonly kind: "aws";
    readonly file: string;
    readonly fileKind: AwsFileKind;
    readonly profile: string;
  }
  | { readonly kind: "csv"; readonly file: string }
  | { readonly kind: "environment" }
  /** Given by hand; nothing is left of it. */
  | { readonly kind: "given" };

/** A file that could hold a key and could not be read. */
export interface Unread {
  readonly file: string;
  /** The system's code, `EACCES`; or why its text is not what it should be. */
  readonly reason: string;
  /** We have read it, but Claude Code will not. */
  readonly onlyByClaude?: true;
}

export interface Found {
  readonly sources: readonly Source[];
  readonly unread: readonly Unread[];
  /** Profiles that sign in through SSO, for those who need no key. */
  readonly ssoProfiles: readonly string[];
}

/** What is looked at. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * Looks for AWS keys in plaintext: Claude Code's settings, AWS's two files, the environment, and
 * the CSV files that the console downloads, in `~/Downloads` and in the working folder.
 */
export function findPlaintext({ env, cwd }: Surroundings): Found {
  const unread: Unread[] = [];
  const short = (path: string) => withTilde(path, env);
  const read = (file: string): string | undefined => {
    try {
      const bytes = readIfThere(file);
      return bytes && new TextDecoder().decode(bytes);
    } catch (error) {
      unread.push({ file: short(file), reason: systemCode(error) });
      return undefined;
    }
  };

  const layers = readSettings({ env, cwd });
  for (const { problem } of layers) {
    if (problem) {
      const { file, reason, lax } = problem;
      unread.push({ file: short(file), reason, ...(lax ? { onlyByClaude: lax } : {}) });
    }
  }
  const inClaude = findPlaintextKeys(layers).flatMap((record): Source[] => {
    if (!record.accessKeyId || !record.secretAccessKey) return [];
    const { file, region, modelId, smallModelId, endpoint } = record;
    const key: FoundKey = {
      accessKeyId: record.accessKeyId.value.reveal(),
      secretAccessKey: record.secretAccessKey.value,
      ...(record.sessionToken ? { sessionToken: record.sessionToken.value } : {}),
      ...(region ? { region } : {}),
      ...(modelId && isBedrockModel(modelId) ? { modelId } : {}),
      ...(smallModelId && isBedrockModel(smallModelId) ? { smallModelId } : {}),
      ...(endpoint ? { endpoint } : {}),
    };
    const label = record.scope === "user" ? "settings.json" : short(file);
    const flag = record.scope === "user" ? "claude" : `claude:${file}`;
    return [{ key, flag, label, where: short(file), place: { kind: "claude", file } }];
  });

  const aws = awsFiles(env).map((file) => {
    const text = read(file.path);
    return { ...file, profiles: text === undefined ? [] : parseAwsFile(text, file.kind) };
  });
  const settingsOf = (name: string) =>
    new Map(
      aws.flatMap(({ profiles }) =>
        profiles.filter((each) => each.name === name).flatMap(({ settings }) => [...settings])
      ),
    );
  const inAws = aws.flatMap(({ path, kind, profiles }) =>
    profiles.flatMap((profile): Source[] => {
      const key = keyOfProfile(profile);
      if (!key) return [];
      const region = settingsOf(profile.name).get("region");
      return [{
        key: { ...key, ...(region ? { region } : {}) },
        flag: `aws:${profile.name}`,
        label: profile.name === "default" ? "AWS default" : profile.name,
        where: `AWS profile "${profile.name}"`,
        place: { kind: "aws", file: path, fileKind: kind, profile: profile.name },
      }];
    })
  );

  const environmentKey = keyOfEnvironment(env);
  const inEnvironment: Source[] = environmentKey
    ? [{
      key: environmentKey,
      flag: "env",
      label: "environment",
      where: "the environment",
      place: { kind: "environment" },
    }]
    : [];
  return {
    sources: [
      ...inClaude,
      ...inAws,
      ...inEnvironment,
      ...csvFiles({ env, cwd }).flatMap((file) => sourcesOfCsv(file, read(file), short)),
    ],
    unread,
    ssoProfiles: [...new Set(aws.flatMap(({ profiles }) => profiles.filter(signsInWithSso)))]
      .map(({ name }) => name),
  };
}

/** The keys of one CSV file of the console; nothing where it holds none. */
export function sourcesOfCsv(
  file: string,
  text: string | undefined,
  short: (path: string) => string,
): Source[] {
  const keys = parseConsoleCsv(text ?? "");
  return keys.map((key) => ({
    key,
    flag: `csv:${file}`,
    label: key.userName && keys.length > 1 ? key.userName : baseName(file),
    where: short(file),
    place: { kind: "csv", file },
  }));
}

/** Claude Code takes names of its own too (`opus`), which mean nothing to Bedrock. */
export function isBedrockModel(id: string): boolean {
  return /^(?:arn:aws[\w-]*:bedrock:[\w:./-]+|(?:[a-z]+\.)?anthropic\.[\w.:-]+)$/.test(id);
}

function signsInWithSso({ settings }: AwsProfile): boolean {
  return settings.has("sso_session") || settings.has("sso_start_url");
}

/** @see AWS SDKs and Tools reference, "Location of the shared files" */
function awsFiles(
  env: Readonly<Record<string, string>>,
): { readonly path: string; readonly kind: AwsFileKind }[] {
  const inHome = (name: string) => env.HOME ? `${env.HOME}/.aws/${name}` : undefined;
  const paths = {
    credentials: env.AWS_SHARED_CREDENTIALS_FILE || inHome("credentials"),
    config: env.AWS_CONFIG_FILE || inHome("config"),
  };
  return (["credentials", "config"] as const).flatMap((kind) => {
    const path = paths[kind];
    return path ? [{ path, kind }] : [];
  });
}

/** The names that the console gives to its downloads, today's and older ones. */
const csvName = /(?:^|_)(?:accessKeys|rootkey|(?:new_user_)?credentials)(?: ?\(\d+\))?\.csv$/i;

function csvFiles({ env, cwd }: Surroundings): string[] {
  const folders = [...(env.HOME ? [`${env.HOME}/Downloads`] : []), cwd];
  return [...new Set(folders)].flatMap((folder) => {
    try {
      return listIfThere(folder).filter((name) => csvName.test(name))
        .map((name) => absolute(name, folder));
    } catch {
      // A folder that cannot be listed is one that nobody keeps downloads in.
      return [];
    }
  });
}
