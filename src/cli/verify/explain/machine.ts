import { ambientWays } from "../../../aws/ambient.ts";
import { wayName } from "../../faults/aws.ts";
import { withoutUser } from "../remedies.ts";
import type { ExplainRow, ExplainView } from "./row.ts";

/** The ways to credentials of the machine, in their order. */
export function machineRows({ env, config }: ExplainView): ExplainRow[] {
  const ways = ambientWays({ env, ...(config ? { config } : {}) });
  const first = ways.find(({ by }) => by !== undefined);
  return ways.map((way): ExplainRow => {
    const { kind, by, to } = way;
    const base = { part: "machine", what: kind } as const;
    if (by === undefined) {
      const off = kind === "instance" ? "AWS_EC2_METADATA_DISABLED" : undefined;
      return {
        ...base,
        state: "absent",
        why: off ? `switched off (${off})` : `nothing here names ${wayName(kind)}`,
      };
    }
    const why = kind === "instance"
      ? `asked where nothing else is named${to ? `: ${withoutUser(to)}` : ""}`
      : to
      ? withoutUser(to)
      : wayName(kind);
    return { ...base, state: way === first ? "taken" : "skipped", where: by, why };
  });
}
