import { fileFlag, jsonFlag, switchFlag, textFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { RotateFlags } from "../rotate/options.ts";

const duration = (placeholder: string, brief: string) =>
  ({ kind: "parsed", parse: seconds, placeholder, optional: true, brief }) as const;

export const command = defineCommand<RotateFlags, [profile?: string]>({
  brief: "Replace the AWS key of a profile by a new one",
  description:
    "Goes as far as it can, and says what to do next; --continue goes on from there, on\n" +
    "another machine too. Ended at any moment, it loses no key and leaves none behind.\n" +
    "  intent    written down, with the keys that there are\n" +
    "  staged    a new key, encrypted on the disk before anything else\n" +
    "  proved    AWS knows it, several times in a row, and the model answers\n" +
    "  promoted  the file's key is the new one; commit and deploy it\n" +
    "  deployed  every host has it: --deployed says so\n" +
    "  quiet     the old key is not used any more\n" +
    "  inactive  the old key is deactivated, and can be activated again\n" +
    "  deleted   a day later",
  examples: [
    ["credsmith rotate", "makes a key, proves it, puts it into the file"],
    ["credsmith rotate --continue --deployed", "every host has it; goes on"],
    ["credsmith rotate --status", "where it stands"],
    ["credsmith rotate --abort", "back to the old key"],
    ["credsmith rotate work --using admin", "by the rights of another profile"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file or the journal in it was changed by something that did not hold the key",
    5: "credentials invalid or expired, or the clock is wrong",
    6: "access denied by IAM or Bedrock",
    7: "temporary: network, throttling; --continue goes on",
    8: "refused: not an IAM user's key, a third key, uncommitted changes, both would be inactive",
    9: "some of several failed, or a key was left behind, each named",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "PROFILE",
        optional: true,
        brief: "Which profile (default: default; with --continue, every one under way)",
      }],
    },
    flags: {
      file: fileFlag,
      continue: switchFlag("Go on"),
      status: switchFlag("Say where it stands"),
      abort: switchFlag("Go back to the old key"),
      dryRun: switchFlag("Say what would be done, and change nothing"),
      all: switchFlag("Every profile that has a key of its own"),
      deployed: switchFlag("Every host has what the file says"),
      unused: switchFlag("Nothing uses the old key, where IAM does not let it be seen"),
      using: textFlag("PROFILE", "Make and delete keys by the rights of this profile"),
      deleteKey: textFlag("ID", "Delete this key, which is in the way"),
      uncommitted: switchFlag("Although the file has changes that are in no commit"),
      revokeSessions: switchFlag("Cut off sessions that were made with the old key"),
      quiet: duration("TIME", "How long the old key has to be unused (default: 1h)"),
      soak: duration("TIME", "How long it stays deactivated (default: 24h)"),
      wait: {
        kind: "parsed",
        parse: seconds,
        placeholder: "TIME",
        default: "0",
        brief: "How long to wait for all that",
      },
      invoke: { kind: "boolean", brief: "Have a model answer, for one token", default: true },
      timeout: timeoutFlag(15),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, flags, profile) {
    const { rotate } = await import("../rotate/run.ts");
    return await rotate(context, flags, profile);
  },
});

const units = { s: 1, m: 60, h: 3600, d: 86400 } as const;

/** @param text `24h`, `30m`, `0` */
function seconds(text: string): number {
  const [, digits, unit] = text.match(/^(\d{1,5})([smhd]?)$/) ?? [];
  const value = Number(digits) * units[(unit || "s") as keyof typeof units];
  if (digits !== undefined && value <= 60 * 86400) return value;
  throw new UsageError(`"${text}" is no time of at most 60 days, like 24h, 30m or 0`);
}
