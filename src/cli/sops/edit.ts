import { now } from "../../platform/clock.ts";
import { randomBytes } from "../../platform/random.ts";
import { emitEditable, type OpenDocument, plainParse } from "../../sops/document.ts";
import { changeSecretsFile, openSecretsFile } from "../../store/secrets_file.ts";
import { statIfThere } from "../../platform/optional.ts";
import type { Context } from "../command.ts";
import { textProblem } from "../edit/problems.ts";
import { editText, workplace } from "../edit/session.ts";
import type { KeyGroup } from "../../sops/keys/master_key.ts";
import { identitiesOf } from "../open.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { documentFor } from "./encrypt.ts";
import { exampleTree } from "./example.ts";
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
    identities: (recipients: readonly string[], groups: readonly KeyGroup[]) =>
      identitiesOf(context, recipients, { groups }),
  };
  const opened = existing ? await openSecretsFile(file, options) : undefined;
  const rule = existing ? undefined : await rulesFor(context, request);
  // Whom it is for is known before the editor opens, so that no work is lost for want of a rule.
  const document: OpenDocument = opened?.document ??
    await documentFor(exampleTree(format), format, request, rule);
  const written = await editText(place, {
    file: shown,
    bytes: await emitEditable(document.tree, format, layout),
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
