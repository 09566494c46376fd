import type { AuditFlags } from "../audit/options.ts";
import { fileFlag, jsonFlag, switchFlag, textFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";

export const command = defineCommand<AuditFlags, [profile?: string]>({
  brief: "Who used these keys, from where, for what",
  description:
    "Asks CloudTrail for what was done with the access keys of the secrets file, with those of\n" +
    "rotations, and with the sessions that were made from them, and marks what is unlike the\n" +
    "rest: a key that should rest, denied calls, an address, a service, a region or a program\n" +
    "that was not there before. CloudTrail is asked twice a second, so that much takes long.\n" +
    "--local shows what credsmith itself did on this machine, and asks nobody.",
  examples: [
    ["credsmith audit", "all profiles, 90 days"],
    ["credsmith audit work --since 7d --events", "each request of a week"],
    ["credsmith audit --using security --region eu-west-1", "by the rights of another profile"],
    ["credsmith audit --local", "what was done here"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "no profile has a key, or credentials are invalid or expired",
    6: "CloudTrail may not be asked (cloudtrail:LookupEvents)",
    7: "temporary: network, throttling",
    8: "the log of actions is not a file of ours alone (with --local)",
    9: "some keys or regions could not be looked at, each named",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "PROFILE",
        optional: true,
        brief: "Only the keys of this profile",
      }],
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      local: switchFlag("What credsmith did on this machine"),
      since: {
        kind: "parsed",
        parse: since,
        placeholder: "TIME",
        optional: true,
        brief: "From when on: 12h, 30d or a date (default: 90d)",
      },
      recent: {
        kind: "parsed",
        parse: span,
        placeholder: "TIME",
        default: "7d",
        brief: "What is seen first in that time is new",
      },
      region: {
        ...textFlag("REGION", "Look there; can be repeated (default: where the profiles go)"),
        variadic: true,
      },
      key: {
        ...textFlag("ID", "This access key as well; can be repeated"),
        variadic: true,
      },
      using: textFlag("PROFILE", "Ask by the rights of this profile"),
      sessions: {
        kind: "parsed",
        parse: (text: string) => count(text, 10_000),
        placeholder: "N",
        default: "50",
        brief: "How many sessions are followed at most",
      },
      limit: {
        kind: "parsed",
        parse: (text: string) => count(text, 1_000_000),
        placeholder: "N",
        default: "5000",
        brief: "Events of a key in a region at most, the newest",
      },
      events: switchFlag("Each request"),
      timeout: timeoutFlag(30),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, flags, profile) {
    if (flags.local) {
      const { auditLocal } = await import("../audit/local.ts");
      return auditLocal(context, flags, profile);
    }
    const { audit } = await import("../audit/run.ts");
    return await audit(context, flags, profile);
  },
});

const units = { m: 60, h: 3600, d: 86400 } as const;

/** @returns seconds */
function span(text: string): number {
  const [, digits, unit] = text.match(/^(\d{1,5})([mhd])$/) ?? [];
  const value = Number(digits) * units[unit as keyof typeof units];
  if (value > 0 && value <= 3650 * 86400) return value;
  throw new UsageError(`"${text}" is no time like 12h or 30d`);
}

function since(text: string): number | Temporal.Instant {
  if (!/^\d{4}-/.test(text)) return span(text);
  try {
    return /T/.test(text)
      ? Temporal.Instant.from(text)
      : Temporal.PlainDate.from(text).toZonedDateTime("UTC").toInstant();
  } catch {
    throw new UsageError(`"${text}" is no date like 2026-11-22`);
  }
}

function count(text: string, most: number): number {
  const value = Number(text);
  if (/^\d{1,7}$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`"${text}" is no number from 1 to ${most}`);
}
