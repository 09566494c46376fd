import { statIfThere } from "../../platform/optional.ts";
import { absolute } from "../../platform/paths.ts";
import type { Context } from "../command.ts";
import { version } from "../version.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { type CommandLine, type Flags, keyFlags } from "./grammar.ts";
import { sopsHelp } from "./help.ts";
import type { Request } from "./request.ts";

/**
 * Does what a command line of sops says.
 *
 * @param args the command line as it was given
 * @returns the exit code, where it is another program's
 * @throws {SopsExit} with sops's exit code, or a typed error that `asSopsExit` knows
 */
export async function dispatch(
  context: Context,
  line: CommandLine,
  args: readonly string[],
): Promise<number | void> {
  const { subcommand, root, flags, words } = line;
  if (subcommand === "help") return context.terminal.out(sopsHelp(line.name));
  if (subcommand === "foreign") {
    const { handOver } = await import("./hand_over.ts");
    return await handOver(context, args, line.name ?? "");
  }
  if (root.bool("version")) return printVersion(context, root);
  if (subcommand === "root") return await runRoot(context, line);

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
    case "rotate": {
      if (words[0] === undefined) throw noFile("no file specified");
      warnAboutWords(context, words);
      checkTargets(flags, { fromStdin: false, subcommand });
      if (!statIfThere(absolute(words[0], context.cwd))) refuseKeyChanges(flags, words[0]);
      const { rotate } = await import("./rotate.ts");
      return await rotate(context, request);
    }
    case "updatekeys": {
      const { updateKeys } = await import("./update_keys.ts");
      return await updateKeys(context, line);
    }
    case "filestatus": {
      if (words[0] === undefined) throw noFile("no file specified");
      const { fileStatus } = await import("./file_status.ts");
      return await fileStatus(context, request);
    }
    case "exec-env":
    case "exec-file": {
      const [file, command] = words;
      if (words.length !== 2 || file === undefined || command === undefined) {
        throw new SopsExit(sopsCodes.generic, "error: missing file to decrypt, or command to run");
      }
      const { execEnv, execFile } = await import("./exec.ts");
      return await (subcommand === "exec-env" ? execEnv : execFile)(context, request, command);
    }
    case "groups add":
    case "groups delete": {
      const [index] = words;
      const expected = subcommand === "groups add" ? 0 : 1;
      if (words.length !== expected) {
        const needed = expected === 0
          ? "no positional arguments allowed"
          : "exactly one positional argument (index) required";
        throw new SopsExit(sopsCodes.generic, `error: ${needed}`);
      }
      const { addGroup, deleteGroup } = await import("./groups.ts");
      const shown = flags.text("file");
      const file = absolute(shown, context.cwd);
      const about = { file, shown, name: file, flags, root };
      return index === undefined
        ? await addGroup(context, about)
        : await deleteGroup(context, about, index);
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
    refuseKeyChanges(flags, file);
    if (modes.length > 0) requireFile(context, file);
  }
  const setting = flags.text("set");
  if (modes.length + (setting ? 1 : 0) > 1) {
    context.terminal.note(
      "More than one of --encrypt, --decrypt, --rotate and --set: the last counts",
    );
  }
  const request = requestOf(context, line);
  if (setting) {
    const { splitSetArgument } = await import("./json_value.ts");
    const { set } = await import("./change.ts");
    await requireRule(context, request);
    return await set(context, request, { ...splitSetArgument(setting), from: "argument" });
  }
  if (flags.bool("rotate")) {
    const { rotate } = await import("./rotate.ts");
    await requireRule(context, request);
    return await rotate(context, request);
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

/** @throws {SopsExit} 49, where keys of a file that is not there are to be changed */
function refuseKeyChanges(flags: Flags, file: string): void {
  if (!keyFlags.some((type) => flags.text(`add-${type}`) || flags.text(`rm-${type}`))) return;
  throw new SopsExit(
    sopsCodes.cannotChangeKeysOfNonexistentFile,
    `Error: cannot add or remove keys on non-existent file "${file}"`,
  );
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
