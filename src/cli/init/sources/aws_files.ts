import { Secret } from "../../../sops/secret.ts";
import type { FoundKey } from "../static_key.ts";

/** `config` writes `[profile work]` where `credentials` writes `[work]`. */
export type AwsFileKind = "config" | "credentials";

/** What one of AWS's two files says of one profile; a section that comes twice is one. */
export interface AwsProfile {
  readonly name: string;
  /** Lower-case names; of two lines with one name the later counts. */
  readonly settings: ReadonlyMap<string, string>;
}

const credentialSettings = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];

interface Line {
  readonly text: string;
  /** The profile whose section the line is in, if it is in one. */
  readonly profile?: string;
  readonly kind: "header" | "setting" | "nested" | "other";
  readonly name?: string;
  readonly value?: string;
}

/**
 * The profiles of a shared file. Comments begin with `#` or `;` at the start or after a space;
 * a setting without a value opens a nested block, whose lines are indented (`s3 =`).
 *
 * @see aws-sdk-js-v3, @smithy/shared-ini-file-loader, parseIni and getConfigData
 */
export function parseAwsFile(text: string, kind: AwsFileKind): AwsProfile[] {
  const profiles = new Map<string, Map<string, string>>();
  for (const line of linesOf(text, kind)) {
    if (line.profile === undefined) continue;
    const settings = profiles.get(line.profile) ?? new Map<string, string>();
    profiles.set(line.profile, settings);
    if (line.kind === "setting") settings.set(line.name!, line.value!);
  }
  return [...profiles].map(([name, settings]) => ({ name, settings }));
}

/** The key of a profile, where it has one in plaintext. */
export function keyOfProfile(profile: AwsProfile): FoundKey | undefined {
  const { settings } = profile;
  const accessKeyId = settings.get("aws_access_key_id");
  const secret = settings.get("aws_secret_access_key");
  if (!accessKeyId || !secret) return undefined;
  const token = settings.get("aws_session_token");
  return {
    accessKeyId,
    secretAccessKey: new Secret(secret),
    ...(token ? { sessionToken: new Secret(token) } : {}),
    ...(settings.get("region") ? { region: settings.get("region")! } : {}),
  };
}

/**
 * Takes the lines with the credentials of one profile out of a shared file and touches no other.
 *
 * @param instead a line that takes their place, where the profile has no such setting yet
 * @returns the text with its line ends as they were
 */
export function withoutCredentials(
  text: string,
  kind: AwsFileKind,
  profile: string,
  instead?: string,
): string {
  const settingName = instead?.replace(/\s*=.*/, "");
  const lines = linesOf(text, kind);
  const hasIt = lines.some((line) => line.profile === profile && line.name === settingName);
  let pending = hasIt ? undefined : instead;
  return lines.flatMap((line) => {
    const goes = line.profile === profile && line.kind === "setting" &&
      credentialSettings.includes(line.name!);
    if (!goes) return [line.text];
    const put = pending;
    pending = undefined;
    return put === undefined ? [] : [put + (/\r?\n$/.exec(line.text)?.[0] ?? "")];
  }).join("");
}

function linesOf(text: string, kind: AwsFileKind): Line[] {
  let profile: string | undefined;
  let nested = false;
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((raw): Line => {
    const bare = raw.replace(/^\ufeff/, "").split(/(?:^|\s)[;#]/)[0]!;
    const trimmed = bare.trim();
    const header = /^\[([\s\S]*)\]$/.exec(trimmed);
    if (header) {
      nested = false;
      profile = profileOf(header[1]!.trim(), kind);
      return { text: raw, profile, kind: "header" };
    }
    const equals = trimmed.indexOf("=");
    if (equals < 1) return { text: raw, profile, kind: "other" };
    const indented = /^\s/.test(bare);
    if (nested && indented) return { text: raw, profile, kind: "nested" };
    const name = trimmed.slice(0, equals).trim().toLowerCase();
    const value = trimmed.slice(equals + 1).trim();
    nested = value === "";
    return { text: raw, profile, kind: "setting", name, value };
  });
}

/** The profile that a section header names; nothing for `sso-session` and the like. */
function profileOf(header: string, kind: AwsFileKind): string | undefined {
  if (kind === "credentials" || header === "default") return header;
  const name = /^profile\s+(?:"([^"]*)"|'([^']*)'|(.+))$/.exec(header);
  return name ? (name[1] ?? name[2] ?? name[3]) : undefined;
}
