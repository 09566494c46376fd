import { statIfThere } from "../../platform/optional.ts";
import { absolute } from "../../platform/paths.ts";
import type { Context } from "../command.ts";
import { version } from "../version.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import type { CommandLine, Flags } from "./grammar.ts";
import { sopsHelp } from "./help.ts";
import { unsupported } from "./limits.ts";
import type { Request } from "./request.ts";

/**
 * Does what a command line of sops says.
 *
 * @throws {SopsExit} with sops's exit code, or a typed error that `asSopsExit` knows
 */
export async function dispatch(context: Context, line: CommandLine): Promise<void> {
  const { subcommand, root, flags, words } = line;
  if (subcommand === "help") return context.terminal.out(sopsHelp(line.name));
  if (subcommand === "foreign") throw unsupported(`sops ${line.name}`);
  if (root.bool("version")) return printVersion(context, root);
  if (subcommand === "root") return await runRoot(context, line);
  refuseForeignFlags(root);
  refuseForeignFlags(flags);

  const request = requestOf(context, line);
  switch (subcommand) {
    case "decrypt":
    case "encrypt": {
      checkTargets(flags, { fromStdin: words.length === 0, subcommand });
      warnAboutWords(context, words);
      if (words[0] !== undefined) requireFile(context, words[0]);
      if (subcommand === "decrypt") {
        const { decrypt } = await import("./decrypt.ts");
        return await decrypt(context, request);
      }
      const { encrypt } = await import("./encrypt.ts");
      return await encrypt(context, request);
    }
    case "edit": {
      if (words[0] === undefined) throw noFile("no file specified");
      warnAboutWords(context, words);
      const { edit } = await import("./edit.ts");
      return await edit(context, request);
    }
    case "set": {
      const [file, index, value] = words;
      const fromStdin = flags.bool("value-stdin");
      if (fromStdin && flags.bool("value-file")) {
        throw new SopsExit(
          sopsCodes.generic,
          "Error: cannot use both --value-file and --value-stdin",
        );
      }
      if (words.length !== (fromStdin ? 2 : 3) || file === undefined || index === undefined) {
        const count = fromStdin ? "2" : "3";
        throw noFile(
          `no file specified, or index and value are missing. Need precisely ${count} ` +
            "positional arguments.",
        );
      }
      const { set } = await import("./change.ts");
      return await set(context, request, {
        index,
        from: fromStdin ? "stdin" : flags.bool("value-file") ? "file" : "argument",
        value: value ?? "",
      });
    }
    case "unset": {
      const [file, index] = words;
      if (words.length !== 2 || file === undefined || index === undefined) {
        throw noFile("no file specified, or index is missing");
      }
      const { unset } = await import("./change.ts");
      return await unset(context, request, index);
    }
  }
}

/** The forms without a subcommand: `-d`, `-e`, `--set` and, without any of them, edit. */
async function runRoot(context: Context, line: CommandLine): Promise<void> {
  const { flags, words } = line;
  const [file] = words;
  if (file === undefined) throw noFile("no file specified");
  warnAboutWords(context, words);
  if (flags.bool("in-place") && flags.text("output") !== "") throw bothTargets();
  const modes = ["decrypt", "encrypt", "rotate"].filter((mode) => flags.bool(mode));
  if (!statIfThere(absolute(file, context.cwd))) {
    if (keyChanges.some((name) => flags.text(name) !== "")) {
      throw new SopsExit(
        sopsCodes.cannotChangeKeysOfNonexistentFile,
        `Error: cannot add or remove keys on non-existent file "${file}"`,
      );
    }
    if (modes.length > 0) requireFile(context, file);
  }
  refuseForeignFlags(flags);
  const setting = flags.text("set");
  if (modes.length + (setting ? 1 : 0) > 1) {
    context.terminal.note(
      "More than one of --encrypt, --decrypt, --rotate and --set: the last counts",
    );
  }
  if (flags.bool("rotate")) throw unsupported("sops --rotate");
  const request = requestOf(context, line);
  if (setting) {
    const { splitSetArgument } = await import("./json_value.ts");
    const { set } = await import("./change.ts");
    await requireRule(context, request);
    return await set(context, request, { ...splitSetArgument(setting), from: "argument" });
  }
  if (flags.bool("decrypt")) {
    const { decrypt } = await import("./decrypt.ts");
    return await decrypt(context, request);
  }
  if (flags.bool("encrypt")) {
    const { encrypt } = await import("./encrypt.ts");
    return await encrypt(context, request);
  }
  await requireRule(context, request);
  const { edit } = await import("./edit.ts");
  await edit(context, request);
}

const keyTypes = ["kms", "gcp-kms", "hckms", "azure-kv", "hc-vault-transit", "pgp"];
const keyChanges = [...keyTypes, "age"].flatMap((type) => [`add-${type}`, `rm-${type}`]);

/** Flags that ask for what only the sops program does; left out in silence they would mislead. */
function refuseForeignFlags(flags: Flags): void {
  for (const name of [...keyTypes, ...keyChanges, "encryption-context", "keyservice"]) {
    if (flags.list(name).some((value) => value !== "")) throw unsupported(`sops --${name}`);
  }
  if (flags.list("enable-local-keyservice").at(-1) && !flags.bool("enable-local-keyservice")) {
    throw unsupported("sops --enable-local-keyservice=false");
  }
  if (flags.bool("show-master-keys")) throw unsupported("sops --show-master-keys");
  if (flags.int("shamir-secret-sharing-threshold")) {
    throw unsupported("sops --shamir-secret-sharing-threshold");
  }
  const order = flags.text("decryption-order").split(",");
  const twice = order.find((type, index) => order.indexOf(type) < index);
  if (twice !== undefined) {
    throw new SopsExit(
      sopsCodes.duplicateDecryptionKeyType,
      `Duplicate decryption key type: ${twice}`,
    );
  }
}

/** Nothing is asked of the network; the name of what really runs goes where sops says "(latest)". */
function printVersion(context: Context, flags: Flags): void {
  const quiet = flags.bool("disable-version-check") && !flags.bool("check-for-updates");
  context.terminal.line(`sops 3.13.2${quiet ? "" : ` (credsmith ${version})`}`);
}

function requestOf(context: Context, { root, flags, words }: CommandLine): Request {
  const [file] = words;
  const override = flags.text("filename-override");
  return {
    file: file === undefined ? undefined : absolute(file, context.cwd),
    shown: file,
    name: override ? absolute(override, context.cwd) : file && absolute(file, context.cwd),
    flags,
    root,
  };
}

function checkTargets(
  flags: Flags,
  { fromStdin, subcommand }: { readonly fromStdin: boolean; readonly subcommand: string },
): void {
  if (fromStdin && flags.bool("in-place")) {
    throw conflict("cannot use --in-place when reading from stdin");
  }
  if (fromStdin && subcommand === "encrypt" && flags.text("filename-override") === "") {
    throw conflict("must specify --filename-override when reading from stdin");
  }
  if (flags.bool("in-place") && flags.text("output") !== "") throw bothTargets();
}

function requireFile(context: Context, file: string): void {
  const path = absolute(file, context.cwd);
  if (statIfThere(path)) return;
  throw noFile(`cannot operate on non-existent file "${path}"`);
}

/** The old forms want a rule for the file, although they have no use for it. */
async function requireRule(context: Context, request: Request): Promise<void> {
  const { rulesFor } = await import("./request.ts");
  await rulesFor(context, request);
}

function warnAboutWords(context: Context, words: readonly string[]): void {
  if (words.length <= 1) return;
  context.terminal.note(
    "More than one positional argument provided. Only the first one will be used",
  );
  const flag = words.findLast((word, index) => index > 0 && word.startsWith("-"));
  if (flag === undefined) return;
  // What follows "=" may be a secret.
  const name = flag.split("=")[0];
  context.terminal.note(`  "${name}" looks like a flag; flags come before the first argument`);
}

function noFile(reason: string): SopsExit {
  return new SopsExit(sopsCodes.noFileSpecified, `Error: ${reason}`);
}

function conflict(reason: string): SopsExit {
  return new SopsExit(sopsCodes.conflictingParameters, `Error: ${reason}`);
}

function bothTargets(): SopsExit {
  return conflict("cannot operate on both --output and --in-place");
}
