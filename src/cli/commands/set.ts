import type { OpenDocument } from "../../sops/document.ts";
import { PathError, pathText } from "../../sops/errors.ts";
import { parsePath } from "../../sops/paths.ts";
import type { Secret } from "../../sops/secret.ts";
import type { Path } from "../../sops/tree.ts";
import { isCredentialPath } from "../../store/credential_leaves.ts";
import { fieldMeant } from "../../store/credentials.ts";
import { PlaintextCredentialError, SecretsFileError } from "../../store/errors.ts";
import { record } from "../actions.ts";
import { fileFlag, jsonFlag, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { changeFile, openForReading } from "../open.ts";
import { readValue } from "../values.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly raw: boolean;
  readonly fromFile?: string;
  readonly fromEnv?: string;
};

export const command = defineCommand<Flags, [path: string, value?: string]>({
  brief: "Write one value",
  description:
    "The value comes from standard input: piped, or typed without being shown. One line end at\n" +
    "the end of it is left out (--raw keeps it), also with --from-file. VALUE on the command\n" +
    "line is for what is no secret: a region, a model, an endpoint, a role.",
  examples: [
    ["credsmith set aws_secret_access_key", "asks for it"],
    ["pass show aws | credsmith set aws_secret_access_key", "takes it from a program"],
    ["credsmith set aws_region eu-central-1", "no secret, so it may stand here"],
    ["credsmith set tls/key --from-file key.pem --raw", "a file, byte for byte"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    8: "refused: the value would stay in plaintext; or another process changed the file",
  },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "PATH", brief: "Which value" },
        { parse: String, placeholder: "VALUE", optional: true, brief: "Only what is no secret" },
      ],
    },
    flags: {
      engine: engineFlag,
      file: fileFlag,
      fromFile: {
        kind: "parsed",
        parse: String,
        placeholder: "FILE",
        optional: true,
        brief: "Take the value from a file",
      },
      fromEnv: {
        kind: "parsed",
        parse: String,
        placeholder: "NAME",
        optional: true,
        brief: "Take the value from an environment variable",
      },
      raw: switchFlag("Keep a line end at the end of the value"),
      dryRun: switchFlag("Say what would change, and write nothing"),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, flags, name, argument) {
    const [before] = name.split("=");
    if (before !== name && !name.startsWith("[")) {
      // It would stand in the file in plaintext, as the name of a key.
      throw new UsageError(
        `Cannot take the value of "${before}" from the command line: other users could read it there`,
        `pipe it in: credsmith set ${before}; a name that has "=" is written ["NAME"]`,
        "secret_in_arguments",
      );
    }
    const path = parsePath(name);
    const shownPath = pathText(path);
    if (flags.fromFile === undefined) context.narrow(["read", "write", "env", "run"]);
    const value = await readValue(
      context,
      {
        raw: flags.raw,
        ...(argument === undefined ? {} : { argument }),
        ...(flags.fromFile === undefined ? {} : { file: flags.fromFile }),
        ...(flags.fromEnv === undefined ? {} : { variable: flags.fromEnv }),
      },
      path,
      shownPath,
    );
    let added = false;
    const apply = (document: OpenDocument) => {
      added = document.get(path) === undefined;
      put(document, path, value);
    };
    const { changed, shown } = flags.dryRun
      ? await tried(context, flags, path, apply)
      : await changeFile(context, flags, apply).then(({ result, path: file, shown }) => {
        const changed = result === "changed";
        if (changed) record(context, { action: "set", file, names: [shownPath] });
        return { changed, shown };
      });
    if (flags.json) {
      context.terminal.line(JSON.stringify({
        version: 1,
        ok: true,
        file: shown,
        path: shownPath,
        changed,
        dryRun: flags.dryRun,
      }));
      return;
    }
    const would = flags.dryRun ? "Would set" : "Set";
    context.terminal.note(
      changed
        ? `${would} "${shownPath}" in "${shown}"${added ? " (new)" : ""}`
        : `"${shownPath}" in "${shown}" has that value already`,
    );
    const meant = fieldMeant(path);
    if (meant) {
      context.terminal.note(`  no profile reads it there, but as "${pathText(meant)}"`);
    }
  },
});

/** What would happen, the refusals included; nothing is locked and nothing written. */
async function tried(
  context: Context,
  flags: Flags,
  path: Path,
  apply: (document: OpenDocument) => void,
): Promise<{ readonly changed: boolean; readonly shown: string }> {
  const { document, shown } = await openForReading(context, flags);
  apply(document);
  if (isCredentialPath(path) && !document.wouldEncrypt(path)) {
    const { rule, text } = document.metadata.selector;
    const cause = new PlaintextCredentialError(path, `${rule} "${text}"`);
    throw new SecretsFileError("change", shown, cause);
  }
  return { changed: document.changed, shown };
}

function put(document: OpenDocument, path: Path, value: Secret): void {
  try {
    document.set(path, value);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    const reasons = {
      "absent": "the list is shorter",
      "not a leaf": "there is a map or a list, not a value",
      "not a mapping": "a part of the path is a value already",
      "reserved": "the file's metadata is under sops",
      "syntax": "that is no path",
      "too long": "the names on its way are too long",
    } as const;
    const message = `Cannot set "${pathText(path)}": ${reasons[error.reason]}`;
    throw new UsageError(message, undefined, "bad_path");
  }
}
