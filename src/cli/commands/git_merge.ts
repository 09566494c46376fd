import { switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { mergeDriver } from "../git/merge.ts";

type Files = [base: string, ours: string, theirs: string, markerSize: string, path: string];

export const command = defineCommand<{ readonly ancestor: boolean }, Files>({
  brief: "Merge three versions of a secrets file, for git",
  description:
    "Git calls this (merge.credsmith.driver) with three temporary files, which are encrypted like\n" +
    "the versions that they hold, and takes the result from the second one.",
  examples: [["credsmith git merge %O %A %B %L %P", "as it stands in git's configuration"]],
  exits: {
    3: "no identity opens one of the versions",
    4: "one of them was changed by something that did not hold the key",
    8: "they cannot be merged key by key",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "BASE", brief: "What both sides began with (%O)" },
        { parse: String, placeholder: "OURS", brief: "Our version, and the result (%A)" },
        { parse: String, placeholder: "THEIRS", brief: "The other version (%B)" },
        { parse: String, placeholder: "SIZE", brief: "Of the marks in text files (%L)" },
        { parse: String, placeholder: "PATH", brief: "What the file is called (%P)" },
      ],
    },
    flags: { ancestor: switchFlag("The result is only what a further merge begins with") },
  },
  run: (context, { ancestor }, base, ours, theirs, markerSize, path) =>
    mergeDriver(context, { base, ours, theirs, markerSize, path, ancestor }),
});
