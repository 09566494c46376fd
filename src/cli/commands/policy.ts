import { policyFormats } from "../../aws/policy/forms.ts";
import { fileFlag, jsonFlag, switchFlag, textFlag, timeoutFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import type { PolicyFlags } from "../policy/options.ts";

export const command = defineCommand<PolicyFlags, string[]>({
  brief: "Write the least IAM policy for what the secrets file uses",
  description:
    "Allows the pinned models, through their inference profiles and in every region that these\n" +
    "lead to, which AWS is asked for; rotation of the user's own key; the roles that profiles\n" +
    "assume; the KMS keys of the file, for whoever opens it. Each user and role gets a policy of\n" +
    "its own. --check compares with what is attached, and changes nothing.",
  examples: [
    ["credsmith policy", "for all profiles, as JSON"],
    ["credsmith policy work --no-rotation", "one profile, whose key others rotate"],
    ["credsmith policy --format terraform >policy.tf", "for Terraform"],
    ["credsmith policy --check --using admin", "what is too much, what is missing"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "credentials invalid or expired",
    7: "temporary: network, throttling; --offline asks nothing",
    9: "--check: something is missing, too much, or not known",
  },
  parameters: {
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "PROFILE", brief: "Which profiles (default: all)" },
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      format: {
        kind: "enum",
        values: policyFormats,
        optional: true,
        brief: "What to write (default: json)",
      },
      offline: switchFlag("Ask nothing, and allow the models in every region"),
      rotation: { kind: "boolean", brief: "Let a user rotate its own key", default: true },
      marketplace: {
        kind: "boolean",
        optional: true,
        brief: "Let the first use of a model subscribe to it (default: where it has to)",
      },
      models: switchFlag("Allow what credsmith models asks, too"),
      sourceVpce: {
        kind: "parsed",
        parse: vpcEndpoint,
        placeholder: "ID",
        optional: true,
        brief: "Bedrock only through this VPC endpoint",
      },
      mfa: switchFlag("Only with a code of an MFA device"),
      expires: {
        kind: "parsed",
        parse: moment,
        placeholder: "DATE",
        optional: true,
        brief: "Only until then: 2027-03-31, or with a time in UTC",
      },
      check: switchFlag("Compare with what is attached"),
      using: textFlag("PROFILE", "Read IAM with another profile's rights"),
      timeout: timeoutFlag(10),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, flags, ...profiles) {
    if (flags.using !== undefined && !flags.check) {
      throw new UsageError("--using is for --check", undefined, "flag_missing");
    }
    if (flags.check && (flags.offline || flags.format)) {
      const other = flags.offline ? "--offline" : "--format";
      throw new UsageError(`--check and ${other} exclude one another`);
    }
    const { policy } = await import("../policy/run.ts");
    return await policy(context, flags, profiles);
  },
});

function vpcEndpoint(text: string): string {
  if (/^vpce-[0-9a-f]{8,17}$/.test(text)) return text;
  throw new UsageError(`"${text}" is no VPC endpoint`, "--source-vpce vpce-0123456789abcdef0");
}

/** A date is its first moment in UTC. */
function moment(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch {
    throw new UsageError(`"${text}" is no date`, "--expires 2027-03-31");
  }
}
