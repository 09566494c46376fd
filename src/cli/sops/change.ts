import { absolute } from "../../platform/paths.ts";
import type { OpenDocument } from "../../sops/document.ts";
import type { Mapping, Path } from "../../sops/tree.ts";
import { changeSecretsFile } from "../../store/secrets_file.ts";
import type { Context } from "../command.ts";
import { forOpening } from "../open.ts";
import { withCleanup } from "../signals.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { parseJsonValue } from "./json_value.ts";
import { keyringOf } from "./openers.ts";
import { inputFormat, layoutFor, outputFormat, type Request } from "./request.ts";
import { KeyNotFoundError, parseTreePath, setAt, TreePathError, unsetAt } from "./tree_path.ts";

/** Where the value of `sops set` is: on the command line, in the file it names, or on stdin. */
export interface SetArguments {
  readonly index: string;
  readonly from: "argument" | "file" | "stdin";
  readonly value: string;
}

/** `sops set` and `sops --set`. */
export async function set(
  context: Context,
  request: Request,
  { index, from, value }: SetArguments,
): Promise<void> {
  const path = parseIndex(index, "set");
  const node = await parseJsonValue(await readValue(context, from, value));
  await change(context, request, (root) => setAt(root, path, node));
}

/** `sops unset`. */
export async function unset(context: Context, request: Request, index: string): Promise<void> {
  const path = parseIndex(index, "unset");
  try {
    await change(context, request, (root) => ({ root: unsetAt(root, path), changed: true }));
  } catch (error) {
    if (error instanceof KeyNotFoundError && request.flags.bool("idempotent")) return;
    throw error;
  }
}

async function readValue(
  context: Context,
  from: SetArguments["from"],
  value: string,
): Promise<string> {
  if (from === "argument") return value;
  // A byte order mark is no JSON for sops, so it is kept.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  if (from === "stdin") {
    const [{ readAllStdin }, { largestFile }] = await Promise.all([
      import("../../platform/stdin.ts"),
      import("../../platform/files.ts"),
    ]);
    return decoder.decode(await readAllStdin(largestFile));
  }
  const { FileError } = await import("../../platform/errors.ts");
  const { readFile } = await import("../../platform/files.ts");
  try {
    return decoder.decode(readFile(absolute(value, context.cwd)).bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new SopsExit(sopsCodes.generic, error.message);
  }
}

async function change(
  context: Context,
  request: Request,
  action: (root: Mapping) => { readonly root: Mapping; readonly changed: boolean },
): Promise<void> {
  const idempotent = request.flags.bool("idempotent");
  await changeLikeSops(context, request, (document) => {
    const [first = { kind: "mapping", entries: [] }, ...others] = document.tree.documents;
    const { root, changed } = action(first);
    // What is the same as before is written again unless `--idempotent` says otherwise.
    if (changed || !idempotent) document.replaceTree({ documents: [root, ...others] });
    return changed || !idempotent;
  });
}

/**
 * Changes the file of a request under its lock, writing what sops would write.
 *
 * @param action changes the document; false where nothing is to be written
 */
async function changeLikeSops(
  context: Context,
  request: Request,
  action: (document: OpenDocument) => boolean,
): Promise<void> {
  const written = outputFormat(request);
  const layout = await layoutFor(context, request, written);
  const nothing = new NothingToWrite();
  try {
    await withCleanup(() => {}, () =>
      changeSecretsFile(request.file ?? "", {
        format: inputFormat(request),
        outputFormat: written,
        shown: request.shown ?? "",
        always: true,
        allowPlaintextCredentials: true,
        identities: (_, groups) => keyringOf(context, request.flags, groups),
        beforeDecrypting: (more) => context.narrow(["read", "write", "env", ...forOpening(more)]),
        allowNul: true,
        ...(layout ? { layout } : {}),
      }, (document) => {
        if (!action(document)) throw nothing;
      }));
  } catch (error) {
    if (error !== nothing) throw error;
  }
}

/** Leaves `changeSecretsFile` without writing. */
class NothingToWrite extends Error {}

function parseIndex(index: string, command: "set" | "unset"): Path {
  try {
    return parseTreePath(index);
  } catch (error) {
    if (!(error instanceof TreePathError)) throw error;
    throw new SopsExit(sopsCodes.invalidSetFormat, `Invalid ${command} index format`);
  }
}
