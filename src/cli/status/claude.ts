import { type AwsConfig, awsProfile } from "../../aws/config_file.ts";
import { readLogin } from "../../claude/login.ts";
import { readSettings } from "../../claude/settings.ts";
import { claudeView } from "../../claude/view.ts";
import type { Context } from "../command.ts";
import type { FileView } from "./gather.ts";
import { type ClaudeLook, knownIn } from "./report.ts";

/**
 * What Claude Code would use, started here.
 *
 * @returns nothing where nothing of it is here
 */
export function lookAtClaude(
  { env, cwd }: Context,
  files: readonly FileView[],
  config: AwsConfig | undefined,
): ClaudeLook | undefined {
  const layers = readSettings({ env, cwd });
  const view = claudeView(env, layers, (name) => awsProfile(config, name).get("region")?.value);
  const login = readLogin(env);
  const isHere = layers.length > 0 || login !== undefined || view.provider.value !== "anthropic";
  return isHere ? { view, files, known: knownIn(files), ...(login ? { login } : {}) } : undefined;
}
