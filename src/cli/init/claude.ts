import { type Configuration, planConfigure } from "../../claude/configure.ts";
import type { Secret } from "../../sops/secret.ts";
import { maskedDiff } from "../claude/diff.ts";
import { applyEdits, type ChangeableFile, changeableFiles } from "../claude/files.ts";
import { type Deviation, deviations } from "../claude/outcome.ts";
import { wishesFor } from "../claude/wishes.ts";
import type { Context } from "../command.ts";
import { shortPath } from "../shown_path.ts";
import type { InitFlags } from "./options.ts";
import type { FoundKey } from "./static_key.ts";
import type { Target } from "./target.ts";

/** What is to be changed in Claude Code's settings. */
export interface ClaudePlan {
  readonly files: readonly ChangeableFile[];
  readonly configuration: Configuration;
  readonly deviations: readonly Deviation[];
  /** The changes as a diff, in which secrets say `<secret>`. */
  readonly diffs: readonly string[];
}

/** Another credential stands in the settings, and nothing keeps it; so they are left alone. */
export interface ClaudeLeftAlone {
  /** `~/.claude/settings.json:4 env.AWS_ACCESS_KEY_ID` */
  readonly because: string;
}

/**
 * Works out how Claude Code's user settings have to change for it to use the key from the secrets
 * file, and takes the key out of all settings that it stands in.
 *
 * @throws {SettingsSyntaxError | SettingsShapeError | FileError}
 */
export async function planClaude(
  context: Context,
  flags: InitFlags,
  about: { readonly target: Target; readonly key: FoundKey; readonly region: string },
): Promise<ClaudePlan | ClaudeLeftAlone> {
  const { target, key, region } = about;
  const files = await changeableFiles(context);
  const modelId = flags.model ?? key.modelId;
  const wishes = wishesFor(context, {
    file: target.path,
    found: flags.file === undefined && !context.env.CREDSMITH_FILE,
    profile: flags.profile,
    region,
    ...(modelId ? { modelId } : {}),
    ...(key.smallModelId ? { smallModelId: key.smallModelId } : {}),
    ...(key.endpoint ? { endpoint: key.endpoint } : {}),
  }, false);
  const kept = [key.accessKeyId, key.secretAccessKey.reveal(), key.sessionToken?.reveal()];
  const configuration = planConfigure(files, wishes, {
    scope: "user",
    keeps: (value: Secret) => kept.includes(value.reveal()),
    discard: false,
  });
  const [other] = configuration.unkept;
  if (other) {
    return { because: `${shortPath(other.at.file, context)}:${other.at.line} env.${other.name}` };
  }
  const shownOf = (path: string) => shortPath(path, context);
  return {
    files,
    configuration,
    deviations: deviations(context, files, configuration, wishes),
    diffs: configuration.edits.map((edit) =>
      maskedDiff(edit, shownOf(edit.file.path), [key.secretAccessKey])
    ),
  };
}

/**
 * Writes the settings.
 *
 * @param warn is told what Claude Code would still do otherwise, and where old content could not
 *   be overwritten
 * @throws the first error, when a file could not be written; the others are
 */
export async function applyClaude(plan: ClaudePlan, warn: (text: string) => void): Promise<void> {
  const applied = await applyEdits(plan.configuration.edits, plan.files);
  for (const each of applied) {
    if (!("buried" in each) || !each.buried || each.buried.claim === "overwritten") continue;
    const { shown } = plan.files.find((file) => file === each.edit.file)!;
    warn(`The old content of "${shown}": ${each.buried.claim}, ${each.buried.reason}`);
  }
  for (const { what, where } of plan.deviations) {
    warn(`Claude Code would still use another ${what}: ${where}`);
  }
  const failed = applied.find((each) => "error" in each);
  if (failed) throw failed.error;
}
