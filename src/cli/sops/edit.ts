import { now } from "../../platform/clock.ts";
import { statIfThere } from "../../platform/optional.ts";
import { randomBytes } from "../../platform/random.ts";
import {
  emitEditable,
  emitWithMetadata,
  type OpenDocument,
  parseDocument,
  plainParse,
} from "../../sops/document.ts";
import { MetadataError, NotEncryptedError } from "../../sops/errors.ts";
import type { KeyGroup } from "../../sops/keys/master_key.ts";
import { type Metadata, writeMetadata } from "../../sops/metadata.ts";
import { sameNode } from "../../sops/paths.ts";
import { type Format, FormatError, type Layout, type Tree } from "../../sops/tree.ts";
import { changeSecretsFile, openSecretsFile } from "../../store/secrets_file.ts";
import type { Context } from "../command.ts";
import { textProblem } from "../edit/problems.ts";
import { editText, workplace } from "../edit/session.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { documentFor } from "./encrypt.ts";
import { exampleTree } from "./example.ts";
import { refuseUnderAgent } from "./guard.ts";
import { keysForNewFile } from "./keys.ts";
import { closeKeyring, keyringOf, requireSealers, sealing } from "./openers.ts";
import { writeResult } from "./output.ts";
import {
  inputFormat,
  layoutFor,
  outputFormat,
  type Request,
  rulesFor,
  versionAfterEdit,
} from "./request.ts";

/** `sops edit` and bare `sops FILE`; a file that is not there begins with sops's example. */
export async function edit(outer: Context, request: Request): Promise<void> {
  const { file, shown = "", flags } = request;
  if (file === undefined) return;
  // Where nobody sits at a terminal, the "editor" may be cat.
  if (!outer.terminal.interactive) refuseUnderAgent(outer);
  const place = await workplace(outer);
  const { context } = place;
  const format = inputFormat(request);
  const written = outputFormat(request);
  const layout = await layoutFor(context, request, written);
  const existing = statIfThere(file) !== undefined;
  const options = {
    format,
    shown,
    identities: (_: readonly string[], groups: readonly KeyGroup[]) =>
      keyringOf(context, flags, groups),
  };
  const opened = existing ? await openSecretsFile(file, options) : undefined;
  const rule = existing ? undefined : await rulesFor(context, request);
  // Whom it is for is known before the editor opens, so that no work is lost for want of a rule.
  const { document, metadata } = opened
    ? { document: opened.document, metadata: opened.document.metadata }
    : await newDocument(context, request, rule, written);
  const whole = flags.bool("show-master-keys");
  const saved = await editText(place, {
    file: shown,
    bytes: whole
      ? await emitWithMetadata({ tree: document.tree, metadata, format: written }, layout)
      : await emitEditable(document.tree, written, layout),
    variables: ["SOPS_EDITOR", "EDITOR"],
    check: (bytes) => whole ? metadataProblem(bytes, format, metadata) : textProblem(bytes, format),
  }, async (edited) => {
    const tree = await parseEdited(edited, format, whole);
    const seal = {
      allowNul: true,
      version: versionAfterEdit(document.metadata.version),
      ...(layout ? { layout } : {}),
    };
    if (opened) {
      await changeSecretsFile(file, {
        ...options,
        outputFormat: written,
        expect: opened.snapshot,
        always: true,
        allowPlaintextCredentials: true,
        ...seal,
      }, (current) => current.replaceTree(tree));
    } else {
      document.replaceTree(tree);
      const bytes = await sealNew(context, request, document, seal);
      await writeResult(context, { path: file, inPlace: false }, bytes, { mode: 0o644 });
    }
    return true;
  });
  if (!saved) {
    throw new SopsExit(sopsCodes.fileNotModified, "File has not changed, exiting.");
  }
}

type NewRule = Awaited<ReturnType<typeof rulesFor>>;

/** A document for the example, which has been sealed once: the keys work. */
async function newDocument(
  context: Context,
  request: Request,
  rule: NewRule,
  format: Format,
): Promise<{ readonly document: OpenDocument; readonly metadata: Metadata }> {
  const keys = keysForNewFile(request.flags, rule);
  requireSealers(request.flags, sopsCodes.couldNotRetrieveKey);
  const tree = exampleTree(inputFormat(request));
  const document = await documentFor(tree, format, request, rule, keys);
  const bytes = await sealNew(context, request, document, {});
  return { document, metadata: (await parseDocument(bytes, format)).metadata };
}

async function sealNew(
  context: Context,
  request: Request,
  document: OpenDocument,
  options: { readonly layout?: Layout; readonly version?: string; readonly allowNul?: boolean },
): Promise<Uint8Array> {
  const keyring = await keyringOf(context, request.flags, document.metadata.groups, {
    toSeal: true,
  });
  const { services, connect } = keyring;
  return await sealing(() =>
    document.seal({
      ...options,
      now: now(),
      random: randomBytes,
      prove: true,
      services,
      connect,
    }), sopsCodes.couldNotRetrieveKey).finally(() => closeKeyring(keyring));
}

async function parseEdited(bytes: Uint8Array, format: Format, whole: boolean): Promise<Tree> {
  return whole ? (await parseDocument(bytes, format)).tree : await plainParse(bytes, format);
}

/** The keys are there to be looked at: what an editor does to them would end in a file for nobody. */
async function metadataProblem(
  bytes: Uint8Array,
  format: Format,
  metadata: Metadata,
): Promise<string | undefined> {
  try {
    const edited = await parseDocument(bytes, format);
    if (sameNode(writeMetadata(edited.metadata), writeMetadata(metadata))) {
      return edited.tree.documents.length === 0 ? "it is empty" : undefined;
    }
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    if (!(error instanceof MetadataError || error instanceof NotEncryptedError)) throw error;
  }
  return 'its entry "sops" is another one; keys are changed by sops updatekeys and sops rotate';
}
