import type { Context } from "../command.ts";
import type { InitFlags } from "./options.ts";
import type { Target } from "./target.ts";

/** What is to be changed in Claude Code's settings. */
export interface ClaudePlan {
  /** Settings files that change, absolute. */
  readonly files: readonly string[];
  apply(): Promise<void>;
}

export function planClaude(
  _context: Context,
  _flags: InitFlags,
  _about: { readonly target: Target; readonly region: string },
): Promise<ClaudePlan> {
  return Promise.resolve({ files: [], apply: () => Promise.resolve() });
}
