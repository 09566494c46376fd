import type { Chosen, Credentials, Origin } from "../../claude/view.ts";
import type { ShellView } from "../../status/shell.ts";
import { shortPath } from "../shown_path.ts";
import { harmlessName } from "../terminal.ts";
import { isAhead, leftText } from "./left.ts";
import type { ClaudeLook } from "./report.ts";

/** What this shell would hand to a program. */
export function shellText({ apiKey, key, awsProfile }: ShellView, at: Temporal.Instant): string {
  const parts = [
    ...(apiKey
      ? [apiKey.profile ? `the API key of ${apiKey.profile}` : "another Bedrock API key"]
      : []),
    ...(key ? [keyText(key, at)] : []),
    ...(awsProfile ? [`AWS profile "${harmlessName(awsProfile)}"`] : []),
  ];
  return parts.length ? parts.join("; ") : "no credentials in its environment";
}

function keyText(
  { id, profile, match, expires }: NonNullable<ShellView["key"]>,
  at: Temporal.Instant,
): string {
  const key = `...${harmlessName(id.slice(-4))}`;
  const end = expires === undefined
    ? ""
    : isAhead(expires, at)
    ? `, ${leftText(expires, at)} left`
    : ", which is over; load it again";
  switch (match) {
    case "current":
      return `${profile}`;
    case "session":
      return `${profile}, session${end}`;
    case "older":
      return `${profile}, older than the file; source the loader again`;
    case "other secret":
      return `${profile}, with another secret than the file; source the loader again`;
    case "other token":
      return `${profile}, with a session token that is not its own; unset AWS_SESSION_TOKEN`;
    case "other":
      return `another key (${key})${end}, which no profile has`;
    case "not compared":
      return `${key}${end}, not compared: a file is closed`;
  }
}

/** What Claude Code would use. */
export function claudeText(
  { view, login, known, files }: ClaudeLook,
  at: Temporal.Instant,
  about: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): string {
  const { value, from } = view.credentials;
  const where = originText(from, about);
  const left = (profile: string, file: string | undefined) => {
    const view = file === undefined ? files[0] : files.find(({ path }) => path === file);
    const session = view?.sessions.get(profile);
    return session && isAhead(session.expires, at)
      ? `, session, ${leftText(session.expires, at)} left`
      : "";
  };
  switch (value.kind) {
    case "export": {
      const { ours } = value;
      if (!ours) return `another command (awsCredentialExport${where})`;
      const profile = harmlessName(ours.profile ?? "default");
      const elsewhere = ours.file !== undefined && !files.some(({ path }) => path === ours.file)
        ? ` of ${shortPath(harmlessName(ours.file), about)}`
        : "";
      return `${profile}${elsewhere}${elsewhere ? "" : left(profile, ours.file)}`;
    }
    case "static_keys": {
      const profile = known.find(({ accessKeyId }) => accessKeyId === value.accessKeyId)?.profile;
      const key = profile ?? `another key (...${harmlessName(value.accessKeyId.slice(-4))})`;
      if (from.kind === "environment") return `${key}, from this shell`;
      return `${key}, in plaintext${where}: credsmith claude configure`;
    }
    case "bearer_token": {
      const profile = known.find(({ apiKey }) => apiKey?.reveal() === value.token.reveal())
        ?.profile;
      return `${profile ? `the API key of ${profile}` : "another Bedrock API key"}${where}`;
    }
    case "aws_profile":
      return `AWS profile "${harmlessName(value.profile)}"${where}`;
    case "aws_chain":
      return "whatever AWS credentials it finds: credsmith claude configure";
    case "gateway":
      return `a gateway signs for it${where}`;
    case "login":
      return `its own login${
        login?.ends && isAhead(login.ends, at) ? `, ${leftText(login.ends, at)} left` : ""
      }`;
    case "other_cloud":
      return `another cloud (${view.provider.value})`;
    default:
      return `${otherNames[value.kind]}${where}`;
  }
}

const otherNames: Readonly<
  Record<
    Extract<Credentials["kind"], "auth_token" | "api_key" | "oauth_token" | "api_key_helper">,
    string
  >
> = {
  auth_token: "ANTHROPIC_AUTH_TOKEN",
  api_key: "ANTHROPIC_API_KEY",
  oauth_token: "CLAUDE_CODE_OAUTH_TOKEN",
  api_key_helper: "apiKeyHelper",
};

function originText(
  from: Origin | Chosen<unknown>["from"],
  about: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): string {
  if (from.kind === "settings") return `, ${shortPath(from.file, about)}:${from.line}`;
  return from.kind === "environment" ? ", from this shell" : "";
}
