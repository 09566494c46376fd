import { fileFlag, jsonFlag, switchFlag, textFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import type { PinFlags } from "../models/options.ts";

export const command = defineCommand<PinFlags, [model?: string, profile?: string]>({
  brief: "Set the models of a profile, in the file and in Claude Code's settings",
  description:
    "MODEL is an id, or a short name (opus-5, sonnet), which is looked up in the region. Whether\n" +
    "the account can use it is asked first. Then it is shown what would change, and asked: the\n" +
    "secrets file, and your Claude Code settings where they name models and use this profile.",
  examples: [
    ["credsmith models pin sonnet-5", "the main model of the default profile"],
    ["credsmith models pin opus --small haiku work", "both models of another profile"],
    ["credsmith models pin --small haiku-4-5", "the small model only"],
    ["credsmith models pin opus-5 --dry-run", "what would change"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "credentials invalid or expired",
    6: "the account cannot use the model",
    7: "temporary: network, throttling",
    8: "another process changed the file",
    9: "pinned, but Claude Code would use another model, or its settings could not be written",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "MODEL", optional: true, brief: "The main model" },
        {
          parse: String,
          placeholder: "PROFILE",
          optional: true,
          brief: "Which profile (default: default)",
        },
      ],
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      small: textFlag("MODEL", "The model for background tasks"),
      profile: textFlag("NAME", "The profile, where no MODEL stands before it"),
      check: { kind: "boolean", brief: "Ask first whether the account can use it", default: true },
      claude: { kind: "boolean", brief: "Change Claude Code's settings too", default: true },
      yes: switchFlag("Write without asking"),
      dryRun: switchFlag("Show what would change, and write nothing"),
      timeout: timeoutFlag(10),
      json: jsonFlag,
    },
    aliases: { f: "file", p: "profile", y: "yes" },
  },
  async run(context, flags, model, profile) {
    if (model === undefined && flags.small === undefined) {
      throw new UsageError("Which model is missing", "credsmith models shows what there is");
    }
    if (profile !== undefined && flags.profile !== undefined && profile !== flags.profile) {
      throw new UsageError(`"${profile}" and --profile ${flags.profile} exclude one another`);
    }
    const { pinModels } = await import("../models/pin.ts");
    return await pinModels(context, flags, model, profile ?? flags.profile ?? "default");
  },
});
