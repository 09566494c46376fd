import { record } from "../actions.ts";
import { agreed } from "../agree.ts";
import { fileFlag, jsonFlag, profileArgument, switchFlag, textFlag } from "../arguments.ts";
import type { AwsConfigFlags } from "../aws_config/flags.ts";
import { lookAt, replaceConfig } from "../aws_config/files.ts";
import { maskedDiff } from "../aws_config/diff.ts";
import { proposed } from "../aws_config/propose.ts";
import { showDiff } from "../claude/report.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { exitCodes } from "../exit_codes.ts";

export const command = defineCommand<AwsConfigFlags, [profile?: string]>({
  brief: "Let AWS SDKs and the AWS CLI take their credentials from the secrets file",
  description:
    "Writes credential_process and region into the AWS profile of the same name in ~/.aws/config\n" +
    "(or $AWS_CONFIG_FILE), shows the diff and asks. All else in it stays as it is. It is refused\n" +
    "where the SDKs would take something else: a key of that AWS profile in ~/.aws/credentials, SSO\n" +
    "settings, a role. The command is written so that botocore, the SDK for JavaScript and the SDK\n" +
    "for Go start the very same one, whatever the paths have in them.",
  examples: [
    ["credsmith aws-config work", "then: aws --profile work s3 ls"],
    ["credsmith aws-config work --aws-profile acme", "under another name"],
    ["credsmith aws-config work --print >>~/.aws/config", "the section and nothing else"],
    ["credsmith aws-config work --remove", "take it out again"],
  ],
  exits: {
    3: "no identity opens the secrets file",
    4: "the secrets file was changed by something that did not hold the key",
    5: "a Bedrock API key, or its secret files are absent or not for this user",
    8: "refused: the SDKs would take something else; nothing was changed",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      engine: engineFlag,
      file: fileFlag,
      manifest: textFlag("FILE", "Take it from the secret files that this loader's manifest names"),
      awsProfile: textFlag("NAME", "Name of the AWS profile (default: that of the profile)"),
      region: textFlag("REGION", "Other than the profile's"),
      static: switchFlag("Give out the key itself rather than sessions"),
      reveal: switchFlag("Give it also to what an agent starts"),
      replace: switchFlag("Replace a credential_process that starts something else"),
      remove: switchFlag("Take out again what this command writes"),
      print: switchFlag("Print the section and write nothing"),
      yes: switchFlag("Write without asking"),
      dryRun: switchFlag("Show the diff and write nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file", y: "yes" },
  },
  async run(context, flags, name = "default") {
    const { terminal } = context;
    const files = lookAt(context);
    const plan = await proposed(context, flags, name, files);
    context.narrow(["read", "write"]);
    if (flags.print) {
      terminal.out(plan.section);
      return exitCodes.done;
    }
    const { config } = files;
    const changed = plan.after !== config.text;
    const diff = changed ? maskedDiff(config, plan.after) : "";
    if (!flags.json) {
      if (changed) showDiff(context, diff);
      for (const note of plan.notes) terminal.note(note);
    }
    if (changed && !flags.dryRun && !await agreed(context, flags)) {
      terminal.note("Nothing was changed");
      return exitCodes.done;
    }
    const written = changed && !flags.dryRun;
    if (written) {
      await replaceConfig(config, plan.after);
      const step = flags.remove ? "removed" : "written";
      record(context, { action: "aws-config", step, profile: name, file: config.path });
    }
    if (flags.json) {
      terminal.line(JSON.stringify({
        version: 1,
        ok: true,
        file: config.path,
        awsProfile: plan.awsProfile,
        profile: name,
        ...(plan.command === undefined ? {} : { command: plan.command }),
        written,
        diff,
        notes: plan.notes,
      }));
    } else if (!changed) {
      terminal.line(`Nothing to change in ${config.shown}`);
    } else if (written) {
      terminal.line(
        flags.remove
          ? `AWS profile "${plan.awsProfile}" does not use credsmith any more`
          : `AWS profile "${plan.awsProfile}" uses profile ${name}: AWS_PROFILE=${plan.awsProfile}`,
      );
    }
    return exitCodes.done;
  },
});
