import { UsageError } from "./errors.ts";

/** A flag that is off unless it is given, without a `--no-` form. */
export const switchFlag = (brief: string) =>
  ({ kind: "boolean", brief, default: false, withNegated: false }) as const;

/** A flag with a text, which may be left out. */
export const textFlag = (placeholder: string, brief: string) =>
  ({ kind: "parsed", parse: String, placeholder, optional: true, brief }) as const;

/** The `--json` flag, the same everywhere. */
export const jsonFlag = switchFlag("One JSON document on stdout");

/** The `-f` flag, the same everywhere; pair it with `aliases: { f: "file" }`. */
export const fileFlag = textFlag(
  "FILE",
  "Secrets file (default: $CREDSMITH_FILE, else secrets/aws.yaml beside .sops.yaml)",
);

/** The `--timeout` flag: seconds, more than 0 and at most so many. */
export const timeoutFlag = (
  usual: number,
  { brief = "How long to wait for each answer", most = 600 } = {},
) =>
  ({
    kind: "parsed",
    parse(text: string): number {
      const value = Number(text);
      if (value > 0 && value <= most) return value;
      throw new UsageError(`"${text}" is no number of seconds above 0 and up to ${most}`);
    },
    placeholder: "SECONDS",
    default: `${usual}`,
    brief,
  }) as const;

/** The profile, where it is all that is named. */
export const profileArgument = {
  kind: "tuple",
  parameters: [{
    parse: String,
    placeholder: "PROFILE",
    optional: true,
    brief: "Which profile (default: default)",
  }],
} as const;
