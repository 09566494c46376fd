import { fileFlag, jsonFlag, profileArgument, switchFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import type { ModelsFlags } from "../models/list.ts";

export const command = defineCommand<ModelsFlags, [profile?: string]>({
  brief: "Show which models this account can use, and how",
  description:
    "One line a model: whether the account may use it, its short name, the inference profile\n" +
    "that leads to it, and whether the file or Claude Code has it pinned. What this key may not\n" +
    'ask is "not known", which is no failure. A model that is near the end of its life says so.',
  examples: [
    ["credsmith models", "Claude's models"],
    ["credsmith models work --family opus", "one family, with another profile"],
    ["credsmith models --all", "all makers, and every way to each model"],
    ["credsmith models pin opus-5 --small haiku-4-5", "pin two of them"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "credentials invalid or expired",
    7: "temporary: network, throttling",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      engine: engineFlag,
      file: fileFlag,
      all: switchFlag("Models of all makers, and every way to each"),
      family: {
        kind: "parsed",
        parse: families,
        placeholder: "NAMES",
        optional: true,
        brief: "Only these: opus, sonnet, haiku, or makers",
      },
      timeout: timeoutFlag(10),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, flags, profile) {
    const { listModels } = await import("../models/list.ts");
    return await listModels(context, flags, profile ?? "default");
  },
});

function families(text: string): readonly string[] {
  const names = text.split(",").map((each) => each.trim()).filter((each) => each);
  if (names.length) return names;
  throw new UsageError(`"${text}" names no family`, "--family opus,sonnet");
}
