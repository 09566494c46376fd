import { jsonFlag, switchFlag, textFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import type { StatusFlags } from "../status/options.ts";

export const command = defineCommand<StatusFlags>({
  brief: "Every credential, worst first, and the next step",
  description:
    "Says how each credential of the secrets file is, what this shell and Claude Code have, and\n" +
    "what to do next. The age of a key is IAM's; what cannot be asked is unknown. This is what\n" +
    "credsmith alone does where there is a secrets file.\n" +
    "  OVERDUE   older than 90 days, or than the profile's rotate_after_days\n" +
    "  EXPIRED   over\n" +
    "  INVALID   AWS does not take it\n" +
    "  ROTATING  a rotation is under way\n" +
    "  due       in the last 14 days before\n" +
    "  unknown   nobody says how old it is\n" +
    "  ok        nothing to do",
  examples: [
    ["credsmith", "the secrets file here"],
    ["credsmith status -f a.yaml -f b.yaml", "several files"],
    ["credsmith status --offline", "without asking AWS"],
    ["credsmith status --short", "one line for a prompt, without asking AWS"],
    ["credsmith status --prometheus --output /var/lib/node_exporter/credsmith.prom", "metrics"],
  ],
  exits: {
    3: "no identity opens the file (with --strict)",
    4: "the file was changed by something that did not hold the key",
    5: "a credential is overdue, expired or invalid",
    7: "AWS did not answer (with --strict)",
    9: "one of several files could not be read, or an age is unknown (with --strict)",
  },
  parameters: {
    flags: {
      engine: engineFlag,
      file: {
        ...textFlag("FILE", "Secrets file; may be repeated (default: as for the other commands)"),
        variadic: true,
      },
      offline: switchFlag("Ask nobody"),
      maxAge: {
        kind: "parsed",
        parse: days,
        placeholder: "DAYS",
        default: "90",
        brief: "When a key without a limit of its own is overdue",
      },
      strict: switchFlag("Fail as well where something could not be learned"),
      short: switchFlag("One line, without asking AWS"),
      timeout: timeoutFlag(4, { brief: "How long to wait for AWS, all in all", most: 60 }),
      json: jsonFlag,
      prometheus: switchFlag("Metrics in Prometheus's text format"),
      output: textFlag("FILE", "Write it there, whole, instead of to stdout"),
    },
    aliases: { f: "file" },
  },
  async run(context, flags) {
    const forms = (["json", "prometheus", "short"] as const).filter((name) => flags[name]);
    if (forms.length > 1) {
      throw new UsageError(`Cannot print --${forms[0]} and --${forms[1]} at once`);
    }
    const { status } = await import("../status/run.ts");
    return await status(context, flags);
  },
});

function days(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value >= 1 && value <= 3650) return value;
  throw new UsageError(`"${text}" is no number of days from 1 to 3650`);
}
