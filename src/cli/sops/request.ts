import { FileError } from "../../platform/errors.ts";
import { largestFile, readFile, type Snapshot } from "../../platform/files.ts";
import { absolute } from "../../platform/paths.ts";
import { formatVersion } from "../../sops/metadata.ts";
import type { Rule } from "../../sops/rules.ts";
import type { Format, Layout } from "../../sops/tree.ts";
import { formatOf } from "../../store/find.ts";
import { NoRulesFileError } from "../../store/errors.ts";
import type { LoadedRules } from "../../store/rules.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import type { Flags } from "./grammar.ts";

/** One run of a command of sops: on what, and how. */
export interface Request {
  /** Absolute; absent where standard input is read. */
  readonly file: string | undefined;
  /** As it was given. */
  readonly shown: string | undefined;
  /** Absolute; what decides about formats and rules: `--filename-override`, else the file. */
  readonly name: string | undefined;
  readonly flags: Flags;
  /** The flags before the subcommand. */
  readonly root: Flags;
}

/** The format that is read; a word that is no format is passed over, as sops does. */
export function inputFormat({ name, flags }: Request): Format {
  return formatOf(name ?? "", formatNamed(flags.text("input-type")));
}

/** The format that is written. */
export function outputFormat({ name, flags }: Request): Format {
  return formatOf(name ?? "", formatNamed(flags.text("output-type")));
}

function formatNamed(name: string): Format | undefined {
  const formats: readonly Format[] = ["yaml", "json", "dotenv", "ini", "binary"];
  return formats.find((each) => each === name);
}

/** What is read: the file, or standard input. Has to come before permissions are given up. */
export async function readInput(
  { file }: Request,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; snapshot?: Snapshot }> {
  if (file !== undefined) {
    const snapshot = readFile(file);
    return { bytes: snapshot.bytes, snapshot };
  }
  const { readAllStdin } = await import("../../platform/stdin.ts");
  return { bytes: await readAllStdin(largestFile) };
}

/**
 * The rules that count: `--config` or `$SOPS_CONFIG`, else the nearest `.sops.yaml` upward from
 * the working folder.
 *
 * @returns nothing where there are none and none were asked for
 */
export async function loadedRules(
  context: Context,
  { root }: Pick<Request, "root">,
): Promise<LoadedRules | undefined> {
  const { loadRules, loadRulesFile } = await import("../../store/rules.ts");
  const config = root.text("config");
  if (config) {
    try {
      return await loadRulesFile(absolute(config, context.cwd));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new SopsExit(sopsCodes.generic, `could not read config file: ${error.message}`);
    }
  }
  try {
    const loaded = await loadRules({ start: context.cwd, env: {} });
    if (loaded.passedOver) {
      context.terminal.note(`"${loaded.passedOver}" does not count: the name is .sops.yaml`);
    }
    return loaded;
  } catch (error) {
    if (error instanceof NoRulesFileError) return undefined;
    throw error;
  }
}

/**
 * The creation rule for the file.
 *
 * @returns nothing where there are no rules at all
 * @throws {NoRuleError} where there are rules, and none is for it
 */
export async function rulesFor(context: Context, request: Request): Promise<Rule | undefined> {
  const loaded = await loadedRules(context, request);
  if (!loaded) return undefined;
  const { ruleForFile } = await import("../../store/rules.ts");
  // Without a list of rules a file is as good as none, whatever else is in it.
  if (!loaded.rules.hasCreationRules) return undefined;
  return await ruleForFile(loaded, request.name ?? context.cwd);
}

/** How the output is laid out: `--indent`, else what the rules say. */
export async function layoutFor(
  context: Context,
  request: Request,
  format: Format,
): Promise<Layout | undefined> {
  const indent = request.root.int("indent");
  const loaded = await loadedRules(context, request);
  if (indent !== undefined) return { indent };
  return loaded?.rules.layouts[format];
}

/** The version that `edit` writes: ours, unless the file was written by a later one. */
export function versionAfterEdit(before: string): string {
  const numbers = (text: string) => text.replace(/^v/, "").split(".").map((part) => parseInt(part));
  const [ours, theirs] = [numbers(formatVersion), numbers(before)];
  for (const [index, ourPart] of ours.entries()) {
    const theirPart = theirs[index] ?? 0;
    if (ourPart !== theirPart) return ourPart > theirPart ? formatVersion : before;
  }
  return before;
}
