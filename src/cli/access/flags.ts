import { jsonFlag, switchFlag } from "../arguments.ts";
import type { Engine } from "../engine.ts";
import { engineFlag } from "../engine.ts";

/** What every command has that changes who can open files. */
export type ChangeFlags = {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly withoutMe: boolean;
  readonly json: boolean;
  readonly engine?: Engine;
};

export const changeFlags = {
  yes: switchFlag("Do not ask"),
  dryRun: switchFlag("Say what would change, and change nothing"),
  withoutMe: switchFlag("Also where none of your identities would open the files any more"),
  engine: engineFlag,
  json: jsonFlag,
} as const;

export const changeAliases = { y: "yes" } as const;

/** Files, folders and globs. */
export const pathArguments = {
  kind: "array",
  parameter: {
    parse: String,
    placeholder: "PATH",
    brief: "Files, folders and globs (default: all below .sops.yaml)",
  },
} as const;

export const changeExits = {
  3: "no identity opens the only file",
  4: "the only file was changed by something that did not hold the key",
  8: "refused or not confirmed; nothing was changed",
  9: "some files failed, each named; run again, and only what is left is done",
} as const;
