import { type Source, sourceOf } from "../../../aws/source.ts";
import { sdkRows } from "./aws_sdks.ts";
import { claudeRows } from "./claude_code.ts";
import { machineRows } from "./machine.ts";
import { profileRows } from "./profile.ts";
import type { ExplainRow, ExplainView } from "./row.ts";

/**
 * Which source of a profile wins and which are skipped, and what a program that is started here
 * without credsmith would take in its place, in its own order; pure.
 */
export function explainRows(view: ExplainView): ExplainRow[] {
  const { profile, profiles, problem } = view;
  const source = problem === undefined ? sourceOf(profiles, profile.name) : undefined;
  return [
    ...profileRows(profile, source, problem),
    ...(usesMachine(source) ? machineRows(view) : []),
    ...sdkRows(view),
    ...claudeRows(view),
  ];
}

function usesMachine(source: Source | undefined): boolean {
  if (source?.kind === "role") return usesMachine(source.from);
  return source?.kind === "ambient";
}
