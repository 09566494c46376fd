import type { ClaudeView, Origin } from "../../claude/view.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Given } from "../given.ts";
import { withTilde } from "../shown_path.ts";
import type { Check } from "./check.ts";
import { withoutUser } from "./remedies.ts";

/** What Claude Code should use. */
export interface Expected {
  readonly profile: ProfileView;
  /** What programs are given for it, where that is known: sessions. */
  readonly given?: Given;
  readonly region: string;
  /** The secrets file, absolute. */
  readonly file: string;
  /** Where this command runs, to show files shorter. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const name = "claude";

function configure({ profile }: Expected): NonNullable<Check["fix"]> {
  const which = profile.name === "default" ? "" : ` --profile ${profile.name}`;
  return { text: `credsmith claude configure${which}`, remark: "shows the diff, asks" };
}

/**
 * Whether Claude Code, started here, would use these credentials, this region and this model; pure.
 */
export function claudeCheck(view: ClaudeView, expected: Expected): Check {
  if (isApiKey(expected.profile)) return withApiKey(view, expected);
  if (view.provider.value !== "bedrock") return notBedrock(view, expected);
  const other = otherCredentials(view, expected) ?? otherSetting(view, expected);
  if (other) return other;
  const { value, from } = view.credentials;
  const how = value.kind === "export" ? "awsCredentialExport" : `${originText(from, expected)}`;
  const model = expected.profile.modelId;
  return {
    name,
    status: "ok",
    text: `uses this key (${how})`,
    ...(model && !view.model ? { details: [`with its own default model, not "${model}"`] } : {}),
    facts: { credentials: value.kind, from },
  };
}

/** By the order of sources. */
function isApiKey({ bedrockApiKey, roleArn, source }: ProfileView): boolean {
  return bedrockApiKey !== undefined && roleArn === undefined && source === undefined;
}

/** An API key reaches Claude Code in its environment alone; its export command gives AWS keys. */
function withApiKey(view: ClaudeView, expected: Expected): Check {
  const { profile } = expected;
  const { value, from } = view.credentials;
  const word = profile.name === "default" ? "" : ` ${profile.name}`;
  const fix = {
    text: `credsmith exec${word} -- claude`,
    remark: "or source the loader",
  };
  if (view.provider.value !== "bedrock") {
    const check = notBedrock(view, expected);
    return check.status === "note" ? { ...check, text: "not set up here", fix } : check;
  }
  if (isBeside(view, expected) && value.kind === "export") {
    return { ...besideCheck(value.ours?.profile ?? "default", from, expected), fix };
  }
  if (value.kind !== "bearer_token") {
    const check = override("Claude Code does not use this API key", from, expected);
    const details = value.kind === "export"
      ? ["awsCredentialExport can give AWS keys alone, and no Bedrock API key"]
      : undefined;
    return { ...check, ...(details ? { details } : {}), fix };
  }
  if (value.token.reveal() !== profile.bedrockApiKey?.reveal()) {
    return override("Claude Code uses another API key", from, expected);
  }
  return otherSetting(view, expected) ?? {
    name,
    status: "ok",
    text: `uses this API key (${originText(from, expected)})`,
    facts: { credentials: value.kind, from },
  };
}

function notBedrock(view: ClaudeView, expected: Expected): Check {
  const { value, from } = view.provider;
  if (value === "anthropic") {
    return {
      name,
      status: "note",
      text: "not set up for Bedrock",
      cause: "claude_not_configured",
      fix: configure(expected),
    };
  }
  return override("Claude Code uses another provider", from, expected, value);
}

function override(text: string, from: Origin, expected: Expected, value?: string): Check {
  const shown = value === undefined ? "" : ` "${value}"`;
  const detail = from.kind === "settings"
    ? `${shortPath(from.file, expected)}:${from.line} sets ${from.name}${shown}`
    : from.kind === "environment"
    ? `${from.name}${shown} is set in this shell`
    : from.kind === "aws_config"
    ? `the AWS profile "${from.name}" sets it${shown && ` to${shown}`}`
    : undefined;
  return {
    name,
    status: "fail",
    text,
    ...(detail ? { details: [detail] } : {}),
    cause: "claude_settings_override",
    exit: exitCodes.partial,
    fix: fixFor(from, expected),
    facts: { from, ...(value === undefined ? {} : { value }) },
  };
}

function fixFor(from: Origin, expected: Expected): Check["fix"] {
  if (from.kind === "environment") return { text: `unset ${from.name}` };
  if (from.kind === "settings" && from.scope === "managed") {
    return { text: "have whoever manages this machine's settings change them" };
  }
  return configure(expected);
}

/**
 * Whether Claude Code has another profile of this file by what `claude configure` writes, while one
 * beside the default was asked about: that is meant so.
 */
function isBeside({ credentials: { value } }: ClaudeView, { profile, file }: Expected): boolean {
  if (value.kind !== "export" || value.ours === undefined || profile.name === "default") {
    return false;
  }
  const { ours } = value;
  return (ours.profile ?? "default") !== profile.name &&
    (ours.file === undefined || ours.file === file);
}

function besideCheck(wanted: string, from: Origin, expected: Expected): Check {
  const { exit: _, ...check } = override(`Claude Code uses profile "${wanted}"`, from, expected);
  return { ...check, status: "note", cause: "claude_other_profile" };
}

/** @returns nothing where the credentials are those of the profile */
function otherCredentials(view: ClaudeView, expected: Expected): Check | undefined {
  const { value, from } = view.credentials;
  const { profile, file } = expected;
  switch (value.kind) {
    case "export": {
      const { ours } = value;
      if (ours === undefined) {
        return override("Claude Code gets its key from another command", from, expected);
      }
      const wanted = ours.profile ?? "default";
      if (wanted !== profile.name) {
        if (isBeside(view, expected)) return besideCheck(wanted, from, expected);
        return override(`Claude Code uses profile "${wanted}"`, from, expected);
      }
      if (ours.file !== undefined && ours.file !== file) {
        return override("Claude Code uses another secrets file", from, expected, ours.file);
      }
      return undefined;
    }
    case "static_keys": {
      const { given } = expected;
      const same = given?.kind === "keys" &&
        given.credentials.accessKeyId === value.accessKeyId &&
        given.credentials.secretAccessKey.reveal() === value.secretAccessKey.reveal() &&
        given.credentials.sessionToken?.reveal() === value.sessionToken?.reveal();
      if (same && value.sessionToken) return undefined;
      if (value.accessKeyId !== profile.accessKeyId) {
        return override("Claude Code uses another key", from, expected, value.accessKeyId);
      }
      if (value.secretAccessKey.reveal() !== profile.secretAccessKey?.reveal()) {
        return override("Claude Code uses another secret for this key", from, expected);
      }
      if (value.sessionToken?.reveal() !== profile.sessionToken?.reveal()) {
        return override("Claude Code uses another session token for this key", from, expected);
      }
      if (from.kind !== "settings") return undefined;
      return {
        name,
        status: "note",
        text: "This key stands in plaintext in Claude Code's settings",
        details: [`${shortPath(from.file, expected)}:${from.line}`],
        cause: "claude_plaintext_key",
        fix: configure(expected),
        facts: { from },
      };
    }
    case "aws_profile":
      return override("Claude Code uses another key", from, expected, value.profile);
    case "bearer_token":
      return override("Claude Code uses a Bedrock API key instead", from, expected);
    case "gateway":
      return override("Claude Code leaves signing to a gateway", from, expected);
    case "aws_chain":
      return {
        name,
        status: "fail",
        text: "Claude Code takes whatever AWS credentials it finds",
        cause: "claude_credentials_open",
        exit: exitCodes.partial,
        fix: configure(expected),
      };
    default:
      return override("Claude Code uses another key", from, expected);
  }
}

/** @returns nothing where region, endpoint and model agree with the profile */
function otherSetting(view: ClaudeView, expected: Expected): Check | undefined {
  const { profile, region } = expected;
  if (view.region.value !== region) {
    const { value, from } = view.region;
    if (from.kind !== "default") {
      return override(`Claude Code uses another region than ${region}`, from, expected, value);
    }
    return {
      ...override(`Claude Code uses ${value}, for nothing names a region`, from, expected, value),
      details: [`the profile's is ${region}`],
      fix: configure(expected),
    };
  }
  const { endpoint, model, smallModel } = view;
  if (endpoint && profile.endpoint && endpoint.value !== profile.endpoint) {
    const shown = withoutUser(endpoint.value);
    return override("Claude Code uses another endpoint", endpoint.from, expected, shown);
  }
  const models = [
    ["model", model, profile.modelId],
    ["model for background tasks", smallModel, profile.smallModelId],
  ] as const;
  for (const [what, chosen, pinned] of models) {
    // An alias (`opus`) is Claude Code's own affair.
    if (chosen && pinned && chosen.value !== pinned && /[.:/]/.test(chosen.value)) {
      return override(`Claude Code uses another ${what}`, chosen.from, expected, chosen.value);
    }
  }
  return undefined;
}

function originText(from: Origin, expected: Expected): string {
  if (from.kind === "settings") return `${shortPath(from.file, expected)}:${from.line}`;
  if (from.kind === "environment") return "this shell's environment";
  return "Claude Code's default";
}

function shortPath(path: string, { cwd, env }: Expected): string {
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : withTilde(path, env);
}
