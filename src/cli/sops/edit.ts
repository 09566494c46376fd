import { now } from "../../platform/clock.ts";
import { randomBytes } from "../../platform/random.ts";
import { emitPlain, type OpenDocument, plainParse } from "../../sops/document.ts";
import {
  Comment,
  type Format,
  type Mapping,
  type Node,
  Scalar,
  type Tree,
} from "../../sops/tree.ts";
import { changeSecretsFile, openSecretsFile } from "../../store/secrets_file.ts";
import { statIfThere } from "../../platform/optional.ts";
import type { Context } from "../command.ts";
import { textProblem } from "../edit/problems.ts";
import { editText, workplace } from "../edit/session.ts";
import { identitiesOf } from "../open.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { documentFor } from "./encrypt.ts";
import { refuseUnderAgent } from "./guard.ts";
import { unsupported } from "./limits.ts";
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
  const format = inputFormat(request);
  if (outputFormat(request) !== format) throw unsupported("sops edit --output-type");
  const { file, shown = "" } = request;
  if (file === undefined) return;
  // Where nobody sits at a terminal, the "editor" may be cat.
  if (!outer.terminal.interactive) refuseUnderAgent(outer);
  const place = await workplace(outer);
  const { context } = place;
  const layout = await layoutFor(context, request, format);
  const existing = statIfThere(file) !== undefined;
  const options = {
    format,
    shown,
    identities: (recipients: readonly string[]) => identitiesOf(context, recipients),
  };
  const opened = existing ? await openSecretsFile(file, options) : undefined;
  const rule = existing ? undefined : await rulesFor(context, request);
  // Whom it is for is known before the editor opens, so that no work is lost for want of a rule.
  const document: OpenDocument = opened?.document ??
    await documentFor(exampleTree(format), format, request, rule);
  const written = await editText(place, {
    file: shown,
    bytes: await emitPlain(document.tree, format, layout),
    variables: ["SOPS_EDITOR", "EDITOR"],
    check: (bytes) => textProblem(bytes, format),
  }, async (edited) => {
    const tree = await plainParse(edited, format);
    const seal = {
      allowNul: true,
      version: versionAfterEdit(document.metadata.version),
      ...(layout ? { layout } : {}),
    };
    if (opened) {
      await changeSecretsFile(file, {
        ...options,
        expect: opened.snapshot,
        always: true,
        allowPlaintextCredentials: true,
        ...seal,
      }, (current) => current.replaceTree(tree));
    } else {
      document.replaceTree(tree);
      const bytes = await document.seal({ ...seal, now: now(), random: randomBytes });
      await writeResult(context, { path: file, inPlace: false }, bytes, { mode: 0o644 });
    }
    return true;
  });
  if (!written) {
    throw new SopsExit(sopsCodes.fileNotModified, "File has not changed, exiting.");
  }
}

/**
 * What sops offers for a new file.
 *
 * @see getsops/sops stores/stores.go, ExampleComplexTree
 */
function exampleTree(format: Format): Tree {
  const text = (value: string) => new Scalar("str", value);
  const pair = (key: string, value: Node) => ({ kind: "pair" as const, key, value });
  const list = (...items: Node[]): Node => ({ kind: "sequence", items });
  const root: Mapping = {
    kind: "mapping",
    entries: [
      pair("hello", text("Welcome to SOPS! Edit this file as you please!")),
      pair("example_key", text("example_value")),
      ...(format === "yaml" ? [new Comment(" Example comment")] : []),
      pair("example_array", list(text("example_value1"), text("example_value2"))),
      pair("example_number", new Scalar("float", "1234.56789")),
      pair("example_booleans", list(new Scalar("bool", "True"), new Scalar("bool", "False"))),
    ],
  };
  return { documents: [root] };
}
