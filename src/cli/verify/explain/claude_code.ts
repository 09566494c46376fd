import { awsProfile } from "../../../aws/config_file.ts";
import { effectiveSettings } from "../../../claude/settings.ts";
import { claudeView } from "../../../claude/view.ts";
import type { ProfileView } from "../../../store/credentials.ts";
import { shortPath } from "../../shown_path.ts";
import { withoutUser } from "../remedies.ts";
import { type ExplainRow, type ExplainView, keyWords, nothing, ranked, shell } from "./row.ts";

/** What Claude Code heeds for Bedrock, in its order. */
const claudeNames = [
  ["CLAUDE_CODE_SKIP_BEDROCK_AUTH", "leaves signing to a gateway"],
  ["AWS_BEARER_TOKEN_BEDROCK", "a Bedrock API key, before any other credentials"],
  ["awsCredentialExport", ""],
  ["AWS_PROFILE", ""],
  ["AWS_ACCESS_KEY_ID", ""],
] as const;

const claudeBeside = ["ANTHROPIC_BEDROCK_BASE_URL", "AWS_REGION", "ANTHROPIC_MODEL"] as const;

/** What Claude Code would take that is started in this folder. */
export function claudeRows(view: ExplainView): ExplainRow[] {
  const { env, cwd, layers, config, profile } = view;
  const part = "Claude Code";
  const settings = effectiveSettings(layers);
  const claude = claudeView(env, layers, (name) => awsProfile(config, name).get("region")?.value);
  const find = (name: string): { value: string; where: string } | undefined => {
    const set = name === "awsCredentialExport"
      ? settings.values.awsCredentialExport
      : settings.env.get(name);
    if (set) {
      const where = `${shortPath(set.file, { cwd, env })}:${set.line}`;
      const value = set.value.reveal();
      return value === "" ? undefined : { value, where };
    }
    if (name === "awsCredentialExport") return undefined;
    return env[name] ? { value: env[name], where: shell } : undefined;
  };
  const found = claudeNames.flatMap(([name, words]) => {
    const set = find(name);
    if (!set) return [];
    if (name === "AWS_ACCESS_KEY_ID" && !find("AWS_SECRET_ACCESS_KEY")) return [];
    const isKey = name === "AWS_ACCESS_KEY_ID";
    const why = words ||
      (isKey
        ? keyWords(set.value, profile)
        : name === "AWS_PROFILE"
        ? `AWS profile "${set.value}"`
        : exportWords(claude.credentials.value, profile));
    return [{ what: name, where: set.where, why }];
  });
  const rows = found.length ? ranked(part, found) : [nothing(part)];
  const beside = claudeBeside.flatMap((name): ExplainRow[] => {
    const set = find(name);
    if (!set || set.where === shell && name === "AWS_REGION") return [];
    return [{ part, state: "beside", what: name, where: set.where, why: withoutUser(set.value) }];
  });
  if (claude.provider.value === "bedrock") return [...rows, ...beside];
  const where = claude.provider.from.kind === "settings"
    ? `${shortPath(claude.provider.from.file, { cwd, env })}:${claude.provider.from.line}`
    : claude.provider.from.kind === "environment"
    ? shell
    : undefined;
  return [
    {
      part,
      state: "taken",
      what: "provider",
      ...(where ? { where } : {}),
      why: claude.provider.value === "anthropic"
        ? "CLAUDE_CODE_USE_BEDROCK is not set here, so it does not use Bedrock"
        : `another provider: ${claude.provider.value}`,
    },
    ...rows.map((row): ExplainRow => row.state === "taken" ? { ...row, state: "skipped" } : row),
    ...beside,
  ];
}

function exportWords(
  value: ReturnType<typeof claudeView>["credentials"]["value"],
  profile: ProfileView,
): string {
  if (value.kind !== "export") return "a command that gives AWS keys";
  if (!value.ours) return "another program than credsmith";
  const { profile: named = "default" } = value.ours;
  return named === profile.name ? "credsmith, with this profile" : `credsmith, profile "${named}"`;
}
