import { type AwsConfig, awsProfile } from "../../aws/config_file.ts";
import { readLogin } from "../../claude/login.ts";
import { readSettings } from "../../claude/settings.ts";
import { claudeView } from "../../claude/view.ts";
import type { KeptSession } from "../../status/kept.ts";
import type { Known } from "../../status/shell.ts";
import type { Context } from "../command.ts";
import type { ClaudeLook } from "./report.ts";

/**
 * What Claude Code would use, started here.
 *
 * @returns nothing where nothing of it is here
 */
export function lookAtClaude(
  { env, cwd }: Context,
  known: readonly Known[],
  sessions: readonly KeptSession[],
  config: AwsConfig | undefined,
): ClaudeLook | undefined {
  const layers = readSettings({ env, cwd });
  const view = claudeView(env, layers, (name) => awsProfile(config, name).get("region")?.value);
  const login = readLogin(env);
  const isHere = layers.length > 0 || login !== undefined || view.provider.value !== "anthropic";
  return isHere ? { view, known, sessions, ...(login ? { login } : {}) } : undefined;
}
