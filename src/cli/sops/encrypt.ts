import { now } from "../../platform/clock.ts";
import { statIfThere } from "../../platform/optional.ts";
import { randomBytes } from "../../platform/random.ts";
import { type Keys, newDocument, type OpenDocument, plainParse } from "../../sops/document.ts";
import { AlreadyEncryptedError } from "../../sops/errors.ts";
import type { Rule } from "../../sops/rules.ts";
import {
  defaultSelector,
  type Selector,
  type SelectorRule,
  selectorRules,
} from "../../sops/selectors.ts";
import { type Format, FormatError, type Tree } from "../../sops/tree.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { keysForNewFile } from "./keys.ts";
import { closeKeyring, keyringOf, requireSealers, sealing } from "./openers.ts";
import { targetOf, writeResult } from "./output.ts";
import {
  inputFormat,
  layoutFor,
  outputFormat,
  readInput,
  type Request,
  rulesFor,
} from "./request.ts";

/** `sops encrypt`, `sops -e`. */
export async function encrypt(context: Context, request: Request): Promise<void> {
  const target = targetOf(context, request);
  const format = outputFormat(request);
  const layout = await layoutFor(context, request, format);
  const rule = await rulesFor(context, request);
  const { bytes, snapshot } = await readInput(request);
  const keys = keysForNewFile(request.flags, rule);
  requireSealers(request.flags);
  const keyring = await keyringOf(context, request.flags, keys.groups, { toSeal: true });
  const writes = target === "stdout" ? [] : ["write" as const];
  context.narrow(["read", "env", ...writes, ...keyring.needs]);
  const tree = await parsePlain(bytes, inputFormat(request));
  const document = await documentFor(tree, format, request, rule, keys);
  for (const name of ignoredSelectors(request, rule)) {
    context.terminal.note(`"${name}" is passed over: a binary file has one value`);
  }
  warnIfPlain(context, document, request);
  const { services, connect } = keyring;
  const sealed = await sealing(() =>
    document.seal({
      now: now(),
      random: randomBytes,
      allowNul: true,
      // Nobody may be able to open it here, and --in-place leaves no other copy.
      prove: true,
      services,
      connect,
      ...(layout ? { layout } : {}),
    })
  ).finally(() => closeKeyring(keyring));
  const inPlace = target !== "stdout" && target.inPlace;
  const before = inPlace ? statIfThere(target.path) : undefined;
  await writeResult(context, target, sealed, {
    mode: 0o644,
    ...(inPlace && snapshot ? { expect: snapshot } : {}),
  });
  if (inPlace) {
    context.terminal.note(`Encrypted "${request.shown}"; its old blocks may still be on the disk`);
    context.terminal.note(
      "  another time: sops encrypt --output NEW OLD, then credsmith shred OLD",
    );
    // The file was replaced, so its other names still lead to the old one.
    if (before?.nlink && before.nlink > 1) {
      context.terminal.note(
        `Warning: the plaintext is still there, because "${request.shown}" had more names`,
      );
      context.terminal.note(
        `  find / -xdev -inum ${before.ino}, then credsmith shred what it finds`,
      );
    }
  }
}

/**
 * Reads a plaintext file as sops does before it encrypts.
 *
 * @throws {SopsExit} 2, 92 or 203
 */
async function parsePlain(bytes: Uint8Array, format: Format): Promise<Tree> {
  let tree: Tree;
  try {
    tree = await plainParse(bytes, format);
  } catch (error) {
    if (error instanceof FormatError) {
      throw new SopsExit(
        sopsCodes.couldNotReadInput,
        `Error unmarshalling file: ${error.message}`,
      );
    }
    if (!(error instanceof AlreadyEncryptedError)) throw error;
    throw new SopsExit(
      sopsCodes.fileAlreadyEncrypted,
      "Cannot encrypt a file that has a top-level entry 'sops': it is encrypted already",
      "if it is not, rename that entry; to change an encrypted file: sops edit FILE",
    );
  }
  if (tree.documents.length === 0) {
    throw new SopsExit(
      sopsCodes.needAtLeastOneDocument,
      "File cannot be completely empty, it must contain at least one document",
    );
  }
  return tree;
}

/**
 * A new document, with the selector that the flags say, else the rule. What was read as a
 * binary file is encrypted whole.
 *
 * @param format in which it will be written
 * @param keys for whom
 */
export async function documentFor(
  tree: Tree,
  format: Format,
  request: Request,
  rule: Rule | undefined,
  keys: Keys,
): Promise<OpenDocument> {
  const { flags, root } = request;
  const whole = inputFormat(request) === "binary";
  const selector = whole ? defaultSelector : selectorFor(flags, rule);
  return await newDocument(tree, format, {
    keys,
    selector,
    ...(whole ? { omitsSelector: true } : {}),
    macOnlyEncrypted: !whole &&
      (root.bool("mac-only-encrypted") || (rule?.macOnlyEncrypted ?? false)),
  });
}

/** A selector that is for other files leaves everything as it is, and sops says nothing. */
function warnIfPlain(context: Context, document: OpenDocument, { shown }: Request): void {
  const leaves = [...document.leaves()].filter(({ value }) => value.reveal() !== "");
  if (leaves.length === 0 || leaves.some(({ encrypted }) => encrypted)) return;
  const { rule, text } = document.metadata.selector;
  const name = shown === undefined ? "standard input" : `"${shown}"`;
  context.terminal.note(`Warning: nothing in ${name} is encrypted under ${rule} "${text}"`);
}

/** The selectors that are given for a binary file, which could only leave it in plaintext. */
function ignoredSelectors(request: Request, rule: Rule | undefined): string[] {
  if (inputFormat(request) !== "binary") return [];
  return selectorRules.filter((name) =>
    name !== "unencrypted_comment_regex" &&
    (request.flags.text(name.replaceAll("_", "-")) !== "" ||
      rule !== undefined && rule.selector !== defaultSelector && rule.selector.rule === name)
  );
}

function selectorFor(flags: Request["flags"], rule: Rule | undefined): Selector {
  const given = new Map<SelectorRule, string>();
  if (rule && rule.selector !== defaultSelector) given.set(rule.selector.rule, rule.selector.text);
  for (const name of selectorRules) {
    const text = flags.text(name.replaceAll("_", "-"));
    if (text) given.set(name, text);
  }
  if (given.size > 1) {
    throw new SopsExit(
      sopsCodes.conflictingParameters,
      `Error: cannot use more than one of ${[...given.keys()].join(", ")} in the same file`,
    );
  }
  const [first] = given;
  return first ? { rule: first[0], text: first[1] } : defaultSelector;
}
