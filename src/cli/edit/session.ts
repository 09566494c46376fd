import { commandWords } from "../../platform/command_line.ts";
import { ConflictError, FileError, InterruptedError, ProgramError } from "../../platform/errors.ts";
import { readFile, realPath, sameBytes, writeNewFile } from "../../platform/files.ts";
import { hasKeyboard, type Running, startInTerminal } from "../../platform/interactive.ts";
import { privateFolder, sweepLeftovers, workFolder } from "../../platform/memory.ts";
import { baseName } from "../../platform/paths.ts";
import { endProcess, onEndingSignal } from "../../platform/processes.ts";
import { findProgram } from "../../platform/programs.ts";
import { SecretsFileError } from "../../store/errors.ts";
import type { Context } from "../command.ts";
import { withoutLeftovers } from "./editors.ts";
import { EditAbandonedError, EditConflictError, EditorError } from "./errors.ts";

/** What the folders of editing sessions begin with; the next start removes what a SIGKILL left. */
const prefix = "edit-";

export interface EditOptions {
  /** The file as the person knows it, for messages; its base name is the copy's name. */
  readonly file: string;
  /** The plaintext to begin with. */
  readonly bytes: Uint8Array;
  /** Variables to look in for the editor, first one first. */
  readonly variables: readonly string[];
  /** @returns what is wrong with the edited text, in words without values; nothing where it is right */
  check(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined>;
}

/** Where the copy lies while it is edited. */
export interface Workplace {
  readonly folder: string;
  /** Gives up no permission where that would close the folder to us. */
  readonly context: Context;
}

/**
 * Makes ready for an edit: the folder in memory, without what a killed edit left there.
 *
 * @throws {RuntimeFolderError} where there is no folder in memory
 */
export async function workplace(context: Context): Promise<Workplace> {
  const folder = await privateFolder({ env: context.env, mountinfo: context.mountinfo });
  await sweepLeftovers(folder, prefix);
  // Deno closes /dev/shm to a process that gave up any permission.
  return folder.startsWith("/dev/shm/")
    ? { folder, context: { ...context, narrow: () => {} } }
    : { folder, context };
}

/**
 * Lets the person edit a text in a file that lies in memory, and asks again until it is right. The
 * copy is gone afterwards, however this ends: also at SIGINT, SIGTERM and SIGHUP, and what SIGKILL
 * left goes at the next start.
 *
 * @param use writes the edited text; not called where nothing changed. When it throws, the text is
 *   put where the next start leaves it alone, still in memory, and the person is told where
 * @returns what `use` returns, or nothing where the text is as it was
 * @throws {EditorError}
 * @throws {EditAbandonedError}
 * @throws {EditConflictError} for the `ConflictError` of `use`; its other errors as they are
 */
export async function editText<T>(
  { folder, context }: Workplace,
  options: EditOptions,
  use: (edited: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T | undefined> {
  const words = editorWords(context.env, options.variables);
  using work = await workFolder(folder, prefix);
  const path = `${work.path}/${baseName(options.file)}`;
  writeNewFile(path, options.bytes, 0o600);

  let running: Running | undefined;
  let ending: number | undefined;
  const stop = onEndingSignal((code) => {
    if (!running) {
      work[Symbol.dispose]();
      endProcess(code);
    }
    // A key at the terminal reaches the editor as well, and most editors have a use for it.
    if (code === 130 && hasKeyboard()) return;
    ending = code;
    running.kill("SIGTERM");
    setTimeout(() => running?.kill("SIGKILL"), 2000);
  });
  try {
    for (;;) {
      running = start(words, path, context);
      const code = await running.ended;
      running = undefined;
      if (ending !== undefined || code === 130) {
        work[Symbol.dispose]();
        endProcess(ending ?? code);
      }
      if (code !== 0) throw new EditorError("failed", words[0] ?? "", code);
      const { bytes } = readFile(path);
      if (sameBytes(bytes, options.bytes)) return undefined;
      const problem = await options.check(bytes);
      if (problem === undefined) {
        return await use(bytes).catch((error) => {
          throw keepingText(error, { folder, context }, options.file, bytes);
        });
      }
      if (!await wantsAnotherTry(context, options.file, problem)) {
        throw new EditAbandonedError(options.file, problem);
      }
    }
  } finally {
    stop();
  }
}

/** The editor's command line: the first variable that is set, else the first editor that is there. */
function editorWords(
  env: Readonly<Record<string, string>>,
  variables: readonly string[],
): readonly string[] {
  const name = variables.find((each) => env[each]?.trim());
  if (name === undefined) {
    const found = ["vim", "nano", "vi"].find((each) => findProgram(each, env.PATH ?? ""));
    if (!found) throw new EditorError("none", variables.map((each) => `$${each}`).join(", "));
    return [found];
  }
  const words = commandWords(env[name] ?? "");
  if (!words?.length) throw new EditorError("words", `$${name}`);
  return words;
}

function start(words: readonly string[], path: string, context: Context): Running {
  const [name = ""] = words;
  const program = name.includes("/") ? name : findProgram(name, context.env.PATH ?? "");
  const { command, args, warning } = withoutLeftovers(words, program && whereItLeads(program));
  if (warning) context.terminal.note(warning);
  try {
    return startInTerminal(command, [...args, path], context.env);
  } catch (error) {
    if (error instanceof ProgramError) throw new EditorError("start", name);
    throw error;
  }
}

function whereItLeads(program: string): string {
  try {
    return realPath(program);
  } catch {
    return program;
  }
}

async function wantsAnotherTry(
  context: Context,
  file: string,
  problem: string,
): Promise<boolean> {
  if (!context.terminal.interactive) return false;
  context.terminal.note(`Cannot take "${file}" as it is: ${problem}`);
  const { systemPrompts } = await import("../prompts/system.ts");
  try {
    return await systemPrompts(context.env)
      .confirm("Open it again? (no: what you changed is lost)", true);
  } catch (error) {
    if (error instanceof InterruptedError) return false;
    throw error;
  }
}

/** Saves the work of a person from a full disk and the like. @returns the error to go on with */
function keepingText(
  error: unknown,
  { folder, context }: Workplace,
  file: string,
  bytes: Uint8Array,
): unknown {
  const cause = error instanceof SecretsFileError ? error.cause : error;
  if (cause instanceof FileError && cause.changed) return error;
  const kept = keep(folder, file, bytes);
  if (cause instanceof ConflictError) return new EditConflictError(file, kept);
  context.terminal.note(`Your text is in "${kept}", in memory only; it is in no other place`);
  return error;
}

function keep(folder: string, file: string, bytes: Uint8Array): string {
  for (let count = 1;; count++) {
    const path = `${folder}/unsaved-${count}-${baseName(file)}`;
    try {
      writeNewFile(path, bytes, 0o600);
      return path;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
