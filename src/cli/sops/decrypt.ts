import type { Snapshot } from "../../platform/files.ts";
import type { PermissionKind } from "../../platform/permissions.ts";
import { emitPlain, emitValue, parseDocument } from "../../sops/document.ts";
import { IntegrityError } from "../../sops/errors.ts";
import type { Format, Node, Tree } from "../../sops/tree.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { refuseUnderAgent } from "./guard.ts";
import { closeKeyring, keyringOf } from "./openers.ts";
import { isDevice, requireMemory, targetOf, writeResult } from "./output.ts";
import { inputFormat, layoutFor, outputFormat, readInput, type Request } from "./request.ts";
import { parseTreePath, TreePathError, truncate } from "./tree_path.ts";

/** `sops decrypt`, `sops -d`. */
export async function decrypt(context: Context, request: Request): Promise<void> {
  const target = targetOf(context, request);
  if (target === "stdout" || isDevice(target)) refuseUnderAgent(context);
  const format = outputFormat(request);
  const layout = await layoutFor(context, request, format);
  const path = extractPath(request);
  await requireMemory(context, target);
  const { tree: whole, snapshot } = await opened(context, request, [
    "read",
    ...(target === "stdout" ? [] : ["write" as const]),
  ]);
  const tree = firstOf(whole, format);
  const plain = path.length === 0
    ? await emitPlain(tree, format, layout)
    : await extracted(tree, truncate(tree.documents[0]!, path), format, layout);
  await writeResult(context, target, plain, {
    mode: 0o600,
    ...(target !== "stdout" && target.inPlace && snapshot ? { expect: snapshot } : {}),
  });
}

/** What JSON and dotenv have room for: one document; sops leaves out the others. */
export function firstOf(tree: Tree, format: Format): Tree {
  return format === "json" || format === "dotenv"
    ? { documents: tree.documents.slice(0, 1) }
    : tree;
}

/**
 * The file of a request in plaintext, whose MAC was verified whatever the flags say.
 *
 * @param keeps what the rest of the command needs of permissions
 */
export async function opened(
  context: Context,
  request: Request,
  keeps: readonly PermissionKind[],
): Promise<{ readonly tree: Tree; readonly snapshot?: Snapshot }> {
  const { bytes, snapshot } = await readInput(request);
  const document = await parseDocument(bytes, inputFormat(request));
  const keyring = await keyringOf(context, request.flags, document.metadata.groups);
  context.narrow(["env", ...keeps, ...keyring.needs]);
  try {
    const { identities, services, order } = keyring;
    const { tree } = await document.open(identities, services, order);
    return { tree, ...(snapshot ? { snapshot } : {}) };
  } catch (error) {
    if (!(error instanceof IntegrityError && error.where === "mac")) throw error;
    if (!request.flags.bool("ignore-mac")) throw error;
    throw new SopsExit(
      sopsCodes.macMismatch,
      `Cannot trust "${request.shown ?? "standard input"}": its MAC does not match`,
      "--ignore-mac is not followed: the sops program does it, once you know why it does not match",
    );
  } finally {
    await closeKeyring(keyring);
  }
}

/** A string as it is, a mapping as a document, everything else as the format writes a value. */
async function extracted(
  tree: Tree,
  node: Node,
  format: ReturnType<typeof outputFormat>,
  layout: Awaited<ReturnType<typeof layoutFor>>,
): Promise<Uint8Array> {
  if (node.kind === "scalar" && node.type === "str") {
    return new TextEncoder().encode(node.reveal());
  }
  if (node.kind === "mapping") {
    return await emitPlain({ documents: tree.documents.with(0, node) }, format, layout);
  }
  return await emitValue(node, format, layout);
}

function extractPath({ flags }: Request) {
  try {
    return parseTreePath(flags.text("extract"));
  } catch (error) {
    if (!(error instanceof TreePathError)) throw error;
    throw new SopsExit(sopsCodes.invalidTreePath, `error parsing --extract path: ${error.message}`);
  }
}
