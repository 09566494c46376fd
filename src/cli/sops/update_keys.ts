import { statIfThere } from "../../platform/optional.ts";
import { absolute } from "../../platform/paths.ts";
import { readLineOfStdin } from "../../platform/stdin.ts";
import { parseDocument, type SealedDocument } from "../../sops/document.ts";
import { openDataKey } from "../../sops/keys/data_key.ts";
import { sameLeaves } from "../../sops/paths.ts";
import { ReadBackError } from "../../store/errors.ts";
import { type LoadedRules, ruleForFile } from "../../store/rules.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { asSopsExit } from "./failures.ts";
import type { CommandLine } from "./grammar.ts";
import { changesOf, type GroupChange, withKnownVersions } from "./keys.ts";
import { closeKeyring, type Keyring, keyringOf, sealing } from "./openers.ts";
import { withTarget, type WriteOptions } from "./output.ts";
import { inputFormat, loadedRules, readInput, type Request } from "./request.ts";
import { requireSomebody } from "./rotate.ts";

/** `sops updatekeys`: the data keys of files, for the keys that the rules name. */
export async function updateKeys(context: Context, line: CommandLine): Promise<void> {
  const { root, flags, words } = line;
  const rules = await loadedRules(context, { root });
  if (!rules) throw new SopsExit(sopsCodes.generic, "config file not found");
  if (words.length === 0) throw new SopsExit(sopsCodes.noFileSpecified, "Error: no file specified");
  // With several files nothing can be given up, because the next one may need it.
  const inner = words.length === 1 ? context : { ...context, narrow: () => {} };
  let failed = 0;
  for (const word of words) {
    const file = absolute(word, context.cwd);
    const request: Request = { file, shown: word, name: file, flags, root };
    try {
      await updateFile(inner, request, rules);
    } catch (error) {
      if (words.length === 1) throw error;
      failed++;
      const { message, hint } = error instanceof SopsExit ? error : await asSopsExit(error);
      context.terminal.note(message);
      if (hint) context.terminal.note(`  ${hint.replaceAll("\n", "\n  ")}`);
    }
  }
  if (failed > 0) throw new SopsExit(sopsCodes.generic, `failed updating ${failed} key(s)`);
}

type Write = (bytes: Uint8Array, options: WriteOptions) => Promise<void>;

async function updateFile(context: Context, request: Request, rules: LoadedRules): Promise<void> {
  const { file = "", shown } = request;
  const info = statIfThere(file);
  if (!info) throw new SopsExit(sopsCodes.generic, `Cannot read "${shown}": there is no such file`);
  if (info.isDirectory) throw new SopsExit(sopsCodes.generic, "can't operate on a directory");
  const target = { path: file, inPlace: true };
  // Nobody else waits for a person's answer: the file is looked at again before it is replaced.
  if (request.flags.bool("yes")) {
    return await withTarget(context, target, (write) => update(context, request, rules, write));
  }
  await update(
    context,
    request,
    rules,
    (bytes, options) => withTarget(context, target, (write) => write(bytes, options)),
  );
}

async function update(
  context: Context,
  request: Request,
  rules: LoadedRules,
  write: Write,
): Promise<void> {
  const { terminal } = context;
  const { file = "", shown, flags } = request;
  const { bytes, snapshot } = await readInput(request);
  const document = await parseDocument(bytes, inputFormat(request));
  if (!rules.rules.hasCreationRules) {
    throw new SopsExit(
      sopsCodes.generic,
      `The config file ${rules.path} does not contain any creation rule`,
    );
  }
  const rule = await ruleForFile(rules, file);
  const before = document.metadata.groups;
  const groups = withKnownVersions(rule.groups, before);
  const changes = changesOf(before, groups);
  const oldThreshold = document.metadata.shamirThreshold ?? 0;
  const threshold = Math.min(oldThreshold, groups.length);
  if (
    threshold === oldThreshold &&
    changes.every((each) => each.added.length + each.removed.length === 0)
  ) {
    terminal.note(`File ${shown} already up to date`);
    return;
  }
  terminal.line("The following changes will be made to the file's groups:");
  showThreshold(context, oldThreshold, threshold);
  changes.forEach((each, index) => showChange(context, each, index));
  if (
    groups.length > 1 && rule.shamirThreshold &&
    rule.shamirThreshold !== (threshold || groups.length)
  ) {
    terminal.note(
      `The file keeps its threshold of ${
        threshold || groups.length
      }; its rule says ${rule.shamirThreshold}`,
    );
  }
  if (!flags.bool("yes") && !confirmed(context)) {
    terminal.note(`File ${shown} left unchanged`);
    return;
  }
  const keyring = await keyringOf(context, flags, [...before, ...groups]);
  context.narrow(["read", "write", "env", ...keyring.needs]);
  try {
    requireSomebody(groups);
    const layout = rules.rules.layouts[document.format];
    const updated = await rewrapped(document, keyring, {
      groups,
      ...(threshold > 0 ? { shamirThreshold: threshold } : {}),
    }, layout);
    await write(updated, { mode: 0o644, ...(snapshot ? { expect: snapshot } : {}) });
  } finally {
    await closeKeyring(keyring);
  }
  terminal.note(`File ${shown} synced with new keys`);
}

/**
 * A file for other keys, with its values as they stand.
 *
 * @throws {SopsExit} 128 where the data key cannot be had, 1 where it cannot be sealed
 */
export async function rewrapped(
  document: SealedDocument,
  keyring: Keyring,
  keys: Parameters<SealedDocument["rewrap"]>[1],
  layout: NonNullable<Parameters<SealedDocument["rewrap"]>[2]>["layout"],
): Promise<Uint8Array> {
  const { identities, services, order, connect } = keyring;
  const openers = { identities, services, ...(order ? { order } : {}) };
  const dataKey = await openDataKey(document.metadata, openers);
  const bytes = await sealing(() =>
    document.rewrap({ dataKey }, keys, { services, connect, ...(layout ? { layout } : {}) })
  );
  const again = await parseDocument(bytes, document.format);
  const flat = document.format === "dotenv" || document.format === "ini";
  if (!sameLeaves(document.tree, again.tree, flat)) throw new ReadBackError();
  return bytes;
}

function showThreshold({ terminal }: Context, before: number, after: number): void {
  if (before > 0 && before === after) return terminal.line(`shamir_threshold: ${after}`);
  if (after > 0) terminal.line(terminal.style("green", `+++ shamir_threshold: ${after}`));
  if (before > 0) terminal.line(terminal.style("red", `--- shamir_threshold: ${before}`));
}

function showChange({ terminal }: Context, { kept, added, removed }: GroupChange, index: number) {
  terminal.line(terminal.style("bold", `Group ${index + 1}`));
  for (const text of kept) terminal.line(`    ${text}`);
  for (const text of added) terminal.line(terminal.style("green", `+++ ${text}`));
  for (const text of removed) terminal.line(terminal.style("red", `--- ${text}`));
}

/** Asks until it is y or n. @throws {SopsExit} 1, where there is no word, or more than one */
function confirmed({ terminal }: Context): boolean {
  for (;;) {
    terminal.out("Is this okay? (y/n):");
    const words = (readLineOfStdin() ?? "").split(/\s+/).filter(Boolean);
    if (words.length !== 1) {
      throw new SopsExit(sopsCodes.generic, "Nobody said whether this is okay; --yes says so");
    }
    if (words[0] === "y" || words[0] === "n") return words[0] === "y";
  }
}
