import { record } from "../actions.ts";
import { agreed } from "../agree.ts";
import { fileFlag, jsonFlag, switchFlag, textFlag } from "../arguments.ts";
import { maskedDiff } from "../claude/diff.ts";
import { applyEdits, changeableFiles } from "../claude/files.ts";
import type { ConfigureFlags } from "../claude/flags.ts";
import { proposal, proposedRemoval } from "../claude/propose.ts";
import { conclude, showDiff, shownOf, warnings } from "../claude/report.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { exitCodes } from "../exit_codes.ts";
import { wrapped } from "../wrap.ts";

export const command = defineCommand<ConfigureFlags>({
  brief: "Make Claude Code use these credentials, and nothing that it starts see them",
  description:
    "Shows what would change in Claude Code's settings and asks. Sets awsCredentialExport, which\n" +
    "only Claude Code's own Bedrock client sees, region and models; takes out keys that stand\n" +
    "there in plaintext, if the secrets file keeps them, and what would override these settings;\n" +
    "denies Claude's file tools the identity and the secret files. Comments and all else stay.\n" +
    "Managed settings are read and never written.",
  examples: [
    ["credsmith claude configure", "for all projects of this user"],
    ["credsmith claude configure --local --profile staging", "for this project, for you alone"],
    ["credsmith claude configure --dry-run", "the diff and nothing else"],
    ["credsmith claude configure --remove", "take it out again"],
  ],
  exits: {
    3: "no identity opens the secrets file",
    4: "the secrets file was changed by something that did not hold the key",
    8: "refused: a credential would be lost; nothing was changed",
    9: "written, but something else still overrides it, or a file failed",
  },
  parameters: {
    flags: {
      engine: engineFlag,
      file: fileFlag,
      profile: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        default: "default",
        brief: "Profile of the secrets file",
      },
      user: switchFlag("Your settings for all projects (the default)"),
      project: switchFlag("This project's settings, which everyone shares who has it"),
      local: switchFlag("Your own settings for this project"),
      region: textFlag("REGION", "Other than the profile's"),
      model: textFlag("ID", "Other than the profile's"),
      smallModel: textFlag("ID", "Model for background tasks"),
      static: switchFlag("The key itself, where no session can be made"),
      discard: switchFlag("Take out credentials also where nothing else keeps them"),
      remove: switchFlag("Take out again what this command writes"),
      yes: switchFlag("Write without asking"),
      dryRun: switchFlag("Show the diff and write nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file", p: "profile", y: "yes" },
  },
  async run(context, flags) {
    const files = await changeableFiles(context);
    const proposed = flags.remove
      ? proposedRemoval(context, flags, files)
      : await proposal(context, flags, files);
    context.narrow(["read", "write"]);
    const { edits } = proposed.configuration;
    const diffs = edits.map((edit) => ({
      edit,
      diff: maskedDiff(edit, shownOf(edit, files), proposed.known),
    }));
    if (!flags.json) diffs.forEach(({ diff }) => showDiff(context, diff));
    for (const line of warnings(context, proposed).flatMap((each) => wrapped(each))) {
      context.terminal.note(line);
    }
    const decided = edits.length === 0 || flags.dryRun || await agreed(context, flags);
    if (!decided) {
      context.terminal.note("Nothing was changed");
      return exitCodes.done;
    }
    const applied = flags.dryRun ? [] : await applyEdits(edits, files);
    const written = applied.filter((each) => !("error" in each));
    if (written.length) {
      record(context, {
        action: "claude configure",
        step: flags.remove ? "removed" : "written",
        profile: flags.profile,
        files: written.map(({ edit }) => edit.file.path),
      });
    }
    return await conclude(context, flags, proposed, diffs, applied);
  },
});
