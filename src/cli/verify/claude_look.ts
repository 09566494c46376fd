import { type AwsConfig, awsProfile } from "../../aws/config_file.ts";
import { readSettings } from "../../claude/settings.ts";
import { claudeView } from "../../claude/view.ts";
import type { ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { shortPath } from "../shown_path.ts";
import type { Given } from "../given.ts";
import type { Check } from "./check.ts";
import { claudeCheck } from "./claude_check.ts";

/** Reads the settings that Claude Code would read here, and compares them with a profile. */
export function lookAtClaude(
  { env, cwd }: Context,
  about: {
    readonly profile: ProfileView;
    /** What programs are given for it, where that is known. */
    readonly given?: Given;
    readonly region: string;
    /** The secrets file, absolute. */
    readonly file: string;
    readonly config?: AwsConfig;
  },
): Check[] {
  const view = claudeView(
    env,
    readSettings({ env, cwd }),
    (name) => awsProfile(about.config, name).get("region")?.value,
  );
  const check = claudeCheck(view, { ...about, cwd, env });
  const skipped = view.problems.map(({ file, line, reason }): Check => ({
    name: "claude",
    status: "note",
    text: `Claude Code skips ${shortPath(file, { env, cwd })}${line ? `:${line}` : ""}: ${reason}`,
    cause: "claude_settings_unreadable",
    fix: { text: "make that file plain JSON; Claude Code reads nothing else" },
  }));
  // Whether it would be set up is not to be seen before the file is read.
  const hidden = skipped.length > 0 && check.cause === "claude_not_configured";
  return hidden ? skipped : [check, ...skipped];
}
