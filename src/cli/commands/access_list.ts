import type { Seen } from "../../access/look.ts";
import { idsOf, planFile } from "../../access/plan.ts";
import { Crew } from "../../access/crew.ts";
import { now } from "../../platform/clock.ts";
import { verifyFiles } from "../../access/verify.ts";
import { gather, type Gathered } from "../access/gather.ts";
import { engineFlag } from "../engine.ts";
import type { Engine } from "../engine.ts";
import { jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { ownIdentities } from "../access/carry_out.ts";
import { pathArguments } from "../access/flags.ts";
import { progressOf } from "../access/progress.ts";
import { failureOf, filesText, keyText, someFiles } from "../access/words.ts";
import { exitCodes } from "../exit_codes.ts";
import { forOpening } from "../open.ts";

type Flags = { readonly verify: boolean; readonly json: boolean; readonly engine?: Engine };

export const command = defineCommand<Flags, string[]>({
  brief: "Who can open the secrets files, and which are behind",
  description:
    "Shows every recipient with its name and the number of its files, then the files whose\n" +
    "recipients are not those of their rule. No key is needed, and nothing is changed. What stands\n" +
    "in files is what they say themselves: only opening one shows that it is so.",
  examples: [
    ["credsmith access list", "all files below .sops.yaml"],
    ["credsmith access list hosts/ --json", "a folder, each file with its recipients"],
    ["credsmith access list --verify", "opens every file and checks its MAC"],
  ],
  exits: {
    9: "a file could not be read or, with --verify, does not open or is not what was encrypted",
  },
  parameters: {
    positional: pathArguments,
    flags: {
      verify: switchFlag("Open every file and check its MAC, which takes a key"),
      engine: engineFlag,
      json: jsonFlag,
    },
  },
  async run(context, flags, ...paths) {
    const found = await gather(context, paths);
    const files = found.seen.map(fileOf);
    const proved = flags.verify ? await verifyAll(context, found, flags.engine) : undefined;
    if (!flags.verify) context.narrow(["env"]);
    const failures = await Promise.all(
      [...found.failed, ...proved?.failed ?? []].map(async (each) => {
        const { exit: _, ...rest } = await failureOf(each);
        return rest;
      }),
    );
    if (flags.json) {
      context.terminal.line(JSON.stringify({
        version: 1,
        ok: failures.length === 0,
        recipients: recipientsIn(found).map(({ id, files }) => ({
          recipient: id,
          name: found.nameOf(id),
          files: files.length,
        })),
        files: files.map(({ verified: _, ...file }) => ({
          ...file,
          ...(proved ? { verified: proved.verified.has(file.file) } : {}),
        })),
        failed: failures,
      }));
    } else show(context, found, files, proved?.verified.size);
    for (const { message, hint } of failures) {
      context.terminal.note(message);
      if (hint) context.terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
    }
    return failures.length > 0 ? exitCodes.partial : exitCodes.done;
  },
});

interface FileDocument {
  readonly file: string;
  readonly recipients: readonly string[];
  /** Where its rule stands; absent where no rule is for it. */
  readonly rule?: { readonly file: string; readonly index: number };
  /** How it differs from its rule. */
  readonly drift?: {
    readonly gains: readonly string[];
    readonly loses: readonly string[];
    readonly regrouped: boolean;
  };
  readonly verified?: boolean;
}

function fileOf({ shown, keys, book, placed }: Seen): FileDocument {
  const recipients = idsOf(keys.groups);
  if (!book || !placed) return { file: shown, recipients };
  const { step, gains, loses, regrouped } = planFile(keys, placed.rule, { kind: "sync" });
  return {
    file: shown,
    recipients,
    rule: { file: book.path, index: placed.index },
    ...(step === "none" ? {} : { drift: { gains, loses, regrouped } }),
  };
}

function recipientsIn(
  { seen }: Gathered,
): { readonly id: string; readonly files: readonly string[] }[] {
  const files = new Map<string, string[]>();
  for (const { shown, keys } of seen) {
    for (const id of idsOf(keys.groups)) {
      const list = files.get(id) ?? [];
      list.push(shown);
      files.set(id, list);
    }
  }
  return [...files].map(([id, files]) => ({ id, files }))
    .sort((one, other) => other.files.length - one.files.length);
}

async function verifyAll(
  context: Context,
  { seen }: Gathered,
  engine: Engine | undefined,
): Promise<
  { verified: ReadonlySet<string>; failed: Awaited<ReturnType<typeof verifyFiles>>["failed"] }
> {
  const { loaded } = await ownIdentities(context, seen, [], engine);
  const { identities, sources, services = [] } = loaded;
  const asks = identities.some((each) => each.kind === "opener" && each.asks);
  const crew = new Crew(seen.length, { identities, services }, now);
  // Threads are loaded while they may still be read.
  context.narrow([
    "env",
    ...(crew.threads > 0 ? ["read" as const] : []),
    ...forOpening({ asks, services: services.length > 0 }),
  ]);
  const progress = progressOf(context, seen.length, "files");
  try {
    const result = await verifyFiles(seen, crew, { sources, progress: progress.at });
    return { verified: new Set(result.verified), failed: result.failed };
  } finally {
    progress.end();
    crew.close();
    for (const service of services) await service.close?.();
  }
}

function show(
  { terminal }: Context,
  found: Gathered,
  files: readonly FileDocument[],
  verified: number | undefined,
): void {
  const all = recipientsIn(found);
  terminal.line(
    files.length === 0 ? "No secrets files" : `${filesText(files.length)}, opened by`,
  );
  for (const { id, files } of all) {
    terminal.line(`  ${keyText(id, found.nameOf)}: ${filesText(files.length)}`);
  }
  const behind = files.filter(({ drift }) => drift);
  if (behind.length > 0) {
    terminal.line(`${filesText(behind.length)} not as .sops.yaml says: credsmith access sync`);
    const alike = Map.groupBy(behind, ({ drift }) =>
      [
        ...drift!.gains.map((id) => `lacks ${keyText(id, found.nameOf)}`),
        ...drift!.loses.map((id) => `has ${keyText(id, found.nameOf)}`),
        ...(drift!.regrouped ? ["other key groups"] : []),
      ].join("; "));
    for (const [words, files] of alike) {
      terminal.line(`  ${someFiles(files.map(({ file }) => file))}: ${words}`);
    }
  }
  const unruled = files.filter(({ rule }) => !rule).map(({ file }) => file);
  if (unruled.length > 0) terminal.line(`No rule is for ${someFiles(unruled)}`);
  if (verified !== undefined) terminal.line(`${verified} of ${filesText(files.length)} verified`);
}
