import type { Context } from "../command.ts";
import { agentMark } from "../guard.ts";
import { sopsCodes, SopsExit } from "./codes.ts";

/**
 * Stops what would show plaintext to an agent. sops's grammar has no place for `--reveal`, so a
 * variable stands in.
 *
 * @throws {SopsExit} 77
 */
export function refuseUnderAgent(context: Context): void {
  const mark = agentMark(context.env);
  if (mark === undefined || context.env.CREDSMITH_REVEAL === "1") return;
  throw new SopsExit(
    sopsCodes.refused,
    `Refused to print plaintext: ${mark} says that an agent runs this command`,
    "set CREDSMITH_REVEAL=1 where it is meant to be seen",
  );
}
