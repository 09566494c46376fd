import { fileFlag, jsonFlag, profileArgument, switchFlag } from "../arguments.ts";
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
      timeout: {
        kind: "parsed",
        parse: seconds,
        placeholder: "SECONDS",
        default: "10",
        brief: "How long to wait for each answer",
      },
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

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 600) return value;
  throw new UsageError(`"${text}" is no number of seconds from 0 to 600`);
}
