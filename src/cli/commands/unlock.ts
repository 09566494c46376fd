import { type Shell, shells } from "../../loader/emit.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { clockText } from "../../platform/clock.ts";
import { realPath } from "../../platform/files.ts";
import { currentGeneration } from "../../platform/generations.ts";
import { keepDescriptors } from "../../platform/libc.ts";
import { baseName } from "../../platform/paths.ts";
import { record } from "../actions.ts";
import { fileFlag, jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import type { Fault } from "../faults/fault.ts";
import { givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { type Content, contentOf, writeContent } from "../unlock/content.ts";
import { endKeeper, knownKeeper, removeKeeperFiles } from "../unlock/keeper.ts";
import { startKeeper } from "../unlock/start.ts";
import { wrapped } from "../wrap.ts";
import { loaderNames, manifestName, placeToUnlock } from "../unlock/place.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile?: readonly string[];
  readonly static: boolean;
  readonly fresh: boolean;
  readonly withOlderNames: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

export const command = defineCommand<Flags, []>({
  brief: "Secret files and loaders in memory, for this login",
  description:
    "Writes one file (mode 0400) for each value of each profile, and a loader for each shell, into\n" +
    "$XDG_RUNTIME_DIR/credsmith, else /dev/shm/credsmith-UID; never to a disk. Run again, it makes a\n" +
    "new generation and swaps to it at once. credsmith lock takes everything away; so does the end\n" +
    "of the login, or a reboot.\n\n" +
    "What is written is a session of each key or role, and a small process (a unit of your systemd,\n" +
    "where there is one) writes a new one when 20 minutes are left. It opens the secrets file each\n" +
    "time, and so it cannot do so where that, or the session, takes a person: unlock says so then.\n" +
    "With --static the keys themselves are written, and nothing has to be renewed.",
  examples: [
    ["credsmith unlock", "every profile of secrets/aws.yaml"],
    ["credsmith unlock --profile ci", "one profile"],
    ["credsmith unlock --static", "keys instead of sessions"],
    ['. "$XDG_RUNTIME_DIR/credsmith/load-aws-bedrock.sh"', "then: load the default profile"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "no profile has a key, AWS refuses it, or an MFA code is needed",
    6: "AWS denies the session or the role",
    7: "temporary: network, throttling",
    8: "there is no folder in memory that is ours alone",
    9: "some profiles were left out, because AWS gave no session; each is named",
  },
  parameters: {
    positional: { kind: "tuple", parameters: [] },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      profile: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        optional: true,
        variadic: true,
        brief: "Only this profile; can be repeated",
      },
      static: switchFlag("Write the keys themselves, which do not expire"),
      fresh: {
        kind: "boolean",
        brief: "Have sessions renewed until lock",
        default: true,
      },
      withOlderNames: switchFlag("Also load ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID and the like"),
      dryRun: switchFlag("Say what would be written, and write nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(outer, flags) {
    const { profile: profiles, withOlderNames: olderNames, dryRun, json } = flags;
    keepDescriptors();
    const { folder, context } = await placeToUnlock(outer);
    const before = knownKeeper(folder);
    const handOut = !flags.static && !dryRun;
    const open = await openForReading(context, {
      ...(flags.file === undefined ? {} : { file: flags.file }),
      ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      keeps: handOut ? [...givingPermissions, "run"] : ["read", "write", "run", "sys"],
    });
    const content = await contentOf(context, open.document, folder, {
      ...(profiles ? { profiles } : {}),
      ...(flags.file === undefined ? {} : { file: flags.file }),
      olderNames,
      // Nothing is asked for what is not written.
      static: !handOut,
      mayAsk: true,
    });
    const generation = dryRun ? currentGeneration(folder) : await replaced(folder, content, before);
    const kept = handOut && flags.fresh && content.expires.size > 0
      ? await startKeeper(context.env, {
        folder,
        file: realPath(open.path),
        profiles: Object.keys(content.manifest.profiles),
        olderNames,
        ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      })
      : undefined;
    if (!dryRun) {
      const names = Object.keys(content.manifest.profiles);
      record(context, { action: "unlock", file: open.path, profiles: names });
    }
    context.narrow(["read", "write"]);
    const { shown } = open;
    const failed = await Promise.all(
      content.failed.map(async ({ profile, error }) => ({ profile, ...await explain(error) })),
    );
    const report = { ...content, failed, folder, generation, dryRun, shown, kept, wish: flags };
    if (json) context.terminal.line(JSON.stringify(jsonOf(report)));
    else tell(context, report);
    return failed.length ? exitCodes.partial : exitCodes.done;
  },
});

/** Whoever keeps what is there fresh ends first: it would bring it back. */
async function replaced(
  folder: string,
  content: Content,
  before: number | undefined,
): Promise<number> {
  await endKeeper(folder, before);
  removeKeeperFiles(folder);
  return await writeContent(folder, content);
}

interface Report extends Omit<Content, "failed"> {
  readonly failed: readonly ({ readonly profile: string } & Fault)[];
  readonly kept: "unit" | "process" | undefined;
  readonly wish: Pick<Flags, "static" | "fresh">;
  readonly folder: string;
  readonly generation: number | undefined;
  readonly dryRun: boolean;
  readonly shown: string;
}

function jsonOf(report: Report) {
  const { folder, generation, dryRun, shown, manifest, files, skipped } = report;
  return {
    version: 1,
    ok: report.failed.length === 0,
    file: shown,
    dryRun,
    directory: manifest.directory,
    generation,
    profiles: Object.keys(manifest.profiles),
    skipped,
    failed: report.failed.map(({ profile, exit, cause, message }) => ({
      profile,
      exit,
      cause,
      message,
    })),
    expires: Object.fromEntries(
      [...report.expires].map(([name, at]) => [name, at.toString({ smallestUnit: "second" })]),
    ),
    keptFresh: report.kept ?? null,
    files: files.map((file) => file.name),
    loaders: Object.fromEntries(shells.map((shell) => [shell, `${folder}/${loaderNames[shell]}`])),
    manifest: `${folder}/${manifestName}`,
  };
}

function tell({ terminal, env }: Context, report: Report): void {
  const { folder, dryRun, shown, manifest, files, skipped } = report;
  const profiles = Object.keys(manifest.profiles);
  const verb = dryRun ? "Would unlock" : "Unlocked";
  terminal.line(`${verb} ${shown} (${profiles.join(", ")}), in memory only`);
  for (const name of skipped) terminal.line(`  left out: ${name}, which has no key of its own`);
  for (const { profile, message, hint = "" } of report.failed) {
    terminal.line(`  left out: ${profile}`);
    const lines = [message, ...hint.split("\n").filter(Boolean)];
    const width = terminal.columns - 4;
    for (const line of lines.flatMap((each) => wrapped(each, width))) terminal.line(`    ${line}`);
  }
  if (dryRun) {
    for (const { name } of files) terminal.line(`  ${manifest.directory}/${name}`);
    return;
  }
  const shell = shellOf(env.SHELL);
  const source = `${shell === "sh" ? "." : "source"} ${
    shellQuote(`${folder}/${loaderNames[shell]}`)
  }`;
  terminal.line(`  load    ${source}`);
  const other = profiles.find((name) => name !== "default");
  if (other && shell !== "sh") terminal.line(`          ${source} ${other}`);
  terminal.line("  lock    credsmith lock");
  const end = [...report.expires.values()].toSorted(Temporal.Instant.compare)[0];
  if (end === undefined) return;
  const until = clockText(end);
  if (report.kept) {
    terminal.line("  fresh   sessions are renewed until lock, or the login's end");
    if (report.withCode) {
      terminal.line("          AWS wants another MFA code within 12 h: credsmith login");
    }
  } else if (!report.wish.fresh) terminal.line(`  until   ${until}, then: credsmith unlock`);
  else {
    terminal.line(`  until   ${until}, then: credsmith unlock`);
    terminal.line(
      "          not renewed by itself: opening the secrets file takes you, or a variable",
    );
    terminal.line("          that is not handed on, such as SOPS_AGE_KEY");
  }
}

/** The user's shell, where we have a loader for it alone. */
function shellOf(path: string | undefined): Shell {
  const name = path && baseName(path);
  return shells.find((shell) => shell === name) ?? "sh";
}
