import type { Command } from "@stricli/core";
import type { PermissionKind } from "../platform/permissions.ts";
import type { Context } from "./command.ts";

/** What is known of a command before its code is loaded. */
export interface Verb {
  /** What the user types: `get`, or `claude configure`. */
  readonly words: string;
  readonly brief: string;
  /** Which of the two tables of `--help` shows it. */
  readonly table: "everyday" | "more" | "hidden";
  /** The permissions that are kept; every other kind is gone before the code is loaded. */
  readonly keeps: readonly PermissionKind[];
  /** Needs the list of mounts, which Deno refuses once anything is revoked. */
  readonly mounts?: true;
  /** Takes over everything after its words, as it stands: no flags of ours (`sops`). */
  readonly raw?: true;
  load(): Promise<{ command: Command<Context> } | { runRaw: RawRun }>;
}

/** A command with a grammar of its own; returns its exit code. */
export type RawRun = (context: Context, args: readonly string[]) => Promise<number>;

export const verbs: readonly Verb[] = [
  {
    words: "completion",
    brief: "what makes a shell complete credsmith",
    table: "more",
    keeps: ["read"],
    load: () => import("./commands/completion.ts"),
  },
  {
    words: "__complete",
    brief: "candidates for the shells' completion",
    table: "hidden",
    keeps: ["read"],
    raw: true,
    load: () => import("./commands/complete.ts"),
  },
];
