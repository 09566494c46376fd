import type { Context } from "../command.ts";
import {
  type Asking,
  changeFiles,
  confirmChange,
  ownIdentities,
  planFiles,
  reportOutcome,
} from "./carry_out.ts";
import type { ChangeFlags } from "./flags.ts";
import { gather } from "./gather.ts";

/**
 * Makes files as their rules say; the rules stay as they are.
 *
 * @param how.does what the files do then, for messages
 * @returns the exit code
 */
export async function followRules(
  context: Context,
  flags: ChangeFlags,
  paths: readonly string[],
  { kind, does }: { readonly kind: "sync" | "renew"; readonly does: string },
): Promise<number> {
  const found = await gather(context, paths);
  const planned = await planFiles(found, { kind });
  const { work } = planned;
  const asking: Asking = {
    context,
    flags,
    command: `credsmith access ${kind}`,
    does,
    nameOf: found.nameOf,
  };
  const own = await ownIdentities(context, work.map(({ seen }) => seen), work, flags.engine);
  await confirmChange(asking, planned, own);
  const done = flags.dryRun ? { changed: [], failed: [] } : await changeFiles(context, work, own);
  return await reportOutcome(asking, { planned, done });
}
