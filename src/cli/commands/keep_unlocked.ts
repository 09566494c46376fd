import { now, sleep } from "../../platform/clock.ts";
import { RuntimeFolderError } from "../../platform/errors.ts";
import { currentGeneration } from "../../platform/generations.ts";
import { privateFolder } from "../../platform/memory.ts";
import { holdAlone } from "../../platform/sole.ts";
import { NoIdentityError } from "../../sops/errors.ts";
import { profilesOf } from "../../store/credentials.ts";
import { SecretsFileError } from "../../store/errors.ts";
import { switchFlag, textFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { contentOf, writeContent } from "../unlock/content.ts";
import { keepFresh } from "../unlock/keep.ts";
import { keeperLock, readState, removeKeeperFiles, writeState } from "../unlock/keeper.ts";
import { isWritten, withOld } from "../unlock/old.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile?: readonly string[];
  readonly withOlderNames: boolean;
};

/** Milliseconds that the one before has to end. */
const patience = 10_000;

export const command = defineCommand<Flags, [folder: string]>({
  brief: "Keep the secret files of unlock fresh",
  description:
    "Started by unlock. Renews sessions when 20 minutes are left, opens the secrets file for that each\n" +
    "time, and ends with lock, with the folder, or when that takes a person. Where AWS wants another\n" +
    "MFA code it waits for credsmith login.",
  examples: [["credsmith unlock", "starts it"]],
  exits: { 5: "a person is needed" },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "FOLDER", brief: "The private folder in memory" }],
    },
    flags: {
      engine: engineFlag,
      file: textFlag("FILE", "The secrets file, absolute"),
      profile: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        optional: true,
        variadic: true,
        brief: "A profile that is unlocked",
      },
      withOlderNames: switchFlag("Also load ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID and the like"),
    },
  },
  async run(context, { profile: profiles = [], withOlderNames: olderNames, ...flags }, folder) {
    const { env, mountinfo, terminal } = context;
    if (await ownFolder(env, mountinfo) !== folder) {
      throw new UsageError(`Cannot keep "${folder}" fresh: it is not where unlock writes`);
    }
    using _lock = await holdAlone(keeperLock(folder), patience);
    const { pid } = Deno;
    writeState(folder, { pid, state: "starting" });
    const isWanted = () =>
      readState(folder)?.pid === pid && currentGeneration(folder) !== undefined;
    const end = await keepFresh({
      now,
      sleep,
      isWanted,
      async renew() {
        const open = await openForReading(context, {
          ...flags,
          keeps: [...givingPermissions, "run"],
          unattended: true,
        });
        const content = await contentOf(context, open.document, folder, {
          ...flags,
          profiles,
          olderNames,
          static: false,
          mayAsk: false,
          lenient: true,
        });
        const there = profilesOf(open.document);
        const whole = withOld(folder, content, profiles.filter((name) => there.has(name)));
        // What lock has taken away meanwhile stays away.
        if (!isWanted()) return [];
        if (!isWritten(folder, whole)) await writeContent(folder, whole);
        // Where a code is needed, the next login gives it.
        if (content.failed[0]) throw content.failed[0].error;
        return [...content.expires.values()];
      },
      needsPerson: (error) =>
        error instanceof SecretsFileError && error.cause instanceof NoIdentityError,
      failed: (error) => void tell(error),
      ready: () => writeState(folder, { pid, state: "ready" }),
    });
    if (end === "not wanted") return 0;
    if (readState(folder)?.pid === pid) {
      const { state } = readState(folder)!;
      if (state === "ready") removeKeeperFiles(folder);
      else writeState(folder, { pid, state: "ended" });
    }
    return end === "a person is needed" ? 5 : 0;

    async function tell(error: unknown) {
      const { explain } = await import("../faults.ts");
      const { message } = await explain(error);
      terminal.note(message);
    }
  },
});

async function ownFolder(
  env: Readonly<Record<string, string>>,
  mountinfo: string | undefined,
): Promise<string | undefined> {
  try {
    return await privateFolder({ env, mountinfo }, { create: false });
  } catch (error) {
    if (error instanceof RuntimeFolderError) return undefined;
    throw error;
  }
}
