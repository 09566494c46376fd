import { loader, type Shell, shells } from "../../loader/emit.ts";
import { type Unlocked, unlocked } from "../../loader/variables.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { currentGeneration, writeGeneration } from "../../platform/generations.ts";
import { baseName } from "../../platform/paths.ts";
import { profile as profileOf, profilesOf } from "../../store/credentials.ts";
import { record } from "../actions.ts";
import { fileFlag, jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { openForReading } from "../open.ts";
import { withCleanup } from "../signals.ts";
import { loaderNames, manifestName, placeToUnlock } from "../unlock/place.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly profile?: readonly string[];
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
    "of the login, or a reboot.",
  examples: [
    ["credsmith unlock", "every profile of secrets/aws.yaml"],
    ["credsmith unlock --profile ci", "one profile"],
    ['. "$XDG_RUNTIME_DIR/credsmith/load-aws-bedrock.sh"', "then: load the default profile"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "no profile has a key",
    8: "there is no folder in memory that is ours alone",
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
      withOlderNames: switchFlag("Also load ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID and the like"),
      dryRun: switchFlag("Say what would be written, and write nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(outer, { profile: names, withOlderNames: olderNames, dryRun, json, ...flags }) {
    const { folder, context } = await placeToUnlock(outer);
    const { document, shown, path } = await openForReading(context, {
      ...flags,
      keeps: ["read", "write"],
    });
    const profiles = names
      ? [...new Set(names)].map((name) => profileOf(document, name))
      : profilesOf(document).values();
    const content = unlocked(profiles, `${folder}/secrets`, { olderNames });
    const generation = dryRun ? currentGeneration(folder) : await write(folder, content);
    if (!dryRun) {
      const names = Object.keys(content.manifest.profiles);
      record(context, { action: "unlock", file: path, profiles: names });
    }
    const report = { ...content, folder, generation, dryRun, shown };
    if (json) context.terminal.line(JSON.stringify(jsonOf(report)));
    else tell(context, report);
  },
});

/** A signal meanwhile leaves the old generation or the new one; writing is synchronous. */
async function write(folder: string, { files, manifest }: Unlocked): Promise<number> {
  const encoder = new TextEncoder();
  const contents = files.map(({ name, value }) =>
    [name, encoder.encode(typeof value === "string" ? value : value.reveal())] as const
  );
  return await withCleanup(() => {}, async () => {
    const beside = new Map<string, string>(
      shells.map((shell) => [loaderNames[shell], loader(manifest, shell)]),
    ).set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
    return await writeGeneration(
      folder,
      new Map(contents),
      new Map([...beside].map(([name, text]) => [name, encoder.encode(text)])),
    );
  });
}

interface Report extends Unlocked {
  readonly folder: string;
  readonly generation: number | undefined;
  readonly dryRun: boolean;
  readonly shown: string;
}

function jsonOf({ folder, generation, dryRun, shown, manifest, files, skipped }: Report) {
  return {
    version: 1,
    ok: true,
    file: shown,
    dryRun,
    directory: manifest.directory,
    generation,
    profiles: Object.keys(manifest.profiles),
    skipped,
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
}

/** The user's shell, where we have a loader for it alone. */
function shellOf(path: string | undefined): Shell {
  const name = path && baseName(path);
  return shells.find((shell) => shell === name) ?? "sh";
}
