import type { Configuration, Wishes } from "../../claude/configure.ts";
import { settingsPlaces } from "../../claude/places.ts";
import { layerOf, readLayer, type SettingsLayer } from "../../claude/settings.ts";
import { type ClaudeView, claudeView, type Origin } from "../../claude/view.ts";
import type { Context } from "../command.ts";
import { shortPath } from "../shown_path.ts";
import type { ChangeableFile } from "./files.ts";

/** Something that Claude Code would do otherwise than wished, after the change. */
export interface Deviation {
  /** What: `another key`, `another region`. */
  readonly what: "key" | "provider" | "region" | "model" | "small model" | "endpoint";
  /** Where it is set, and what: `/etc/…/managed-settings.json:3 sets env.AWS_PROFILE`. */
  readonly where: string;
  readonly from: Origin;
}

/**
 * What Claude Code would do otherwise than wished once the configuration is written: settings that
 * are not ours to change, or the shell, may say something else.
 */
export function deviations(
  context: Context,
  files: readonly ChangeableFile[],
  configuration: Configuration,
  wishes: Wishes,
): Deviation[] {
  return compare(viewAfter(context, files, configuration), wishes).map(({ what, from }) => ({
    what,
    from,
    where: whereOf(from, context),
  }));
}

/** What Claude Code would do here once the configuration is written. */
export function viewAfter(
  context: Context,
  files: readonly ChangeableFile[],
  configuration: Configuration,
): ClaudeView {
  const layers = settingsPlaces(context).map((place): SettingsLayer | undefined => {
    const edit = configuration.edits.find(({ file }) => file.path === place.path);
    const file = files.find(({ path }) => path === place.path);
    const text = edit?.after ?? file?.source?.text;
    // Comments are remarked upon; whether Claude Code forgives them is not decided here.
    return text ? { ...layerOf(place, text.reveal()), problem: undefined } : readLayer(place);
  });
  return claudeView(context.env, layers.filter((layer) => layer !== undefined));
}

function compare(view: ClaudeView, wishes: Wishes): { what: Deviation["what"]; from: Origin }[] {
  const found: { what: Deviation["what"]; from: Origin }[] = [];
  const { provider, credentials } = view;
  if (provider.value !== "bedrock") found.push({ what: "provider", from: provider.from });
  else if (
    credentials.value.kind !== "export" || credentials.value.command.reveal() !== wishes.command
  ) found.push({ what: "key", from: credentials.from });
  const differs = (
    what: Deviation["what"],
    chosen: { readonly value: string; readonly from: Origin } | undefined,
    wanted: string | undefined,
  ) => {
    if (chosen && wanted !== undefined && chosen.value !== wanted) {
      found.push({ what, from: chosen.from });
    }
  };
  differs("region", view.region, wishes.region);
  differs("model", view.model, wishes.modelId);
  differs("small model", view.smallModel, wishes.smallModelId);
  differs("endpoint", view.endpoint, wishes.endpoint);
  return found;
}

/** Where a value comes from, in words. */
export function whereOf(from: Origin, context: Context): string {
  switch (from.kind) {
    case "settings":
      return `${shortPath(from.file, context)}:${from.line} sets ${from.name}`;
    case "environment":
      return `${from.name} is set in this shell`;
    case "aws_config":
      return `the AWS profile "${from.name}" sets it`;
    case "default":
      return "nothing sets it";
  }
}
