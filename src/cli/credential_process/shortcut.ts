import { processDocument } from "../../aws/process_json.ts";
import { readEntry } from "../../aws/session/entry.ts";
import { freshness } from "../../aws/session/freshness.ts";
import { now } from "../../platform/clock.ts";
import { ownUid } from "../../platform/host.ts";
import { ownFolderFault, readOwnFile } from "../../platform/own_files.ts";
import { exists } from "../../platform/files.ts";
import { realPathIfThere } from "../../platform/optional.ts";
import { absolute } from "../../platform/paths.ts";
import { revokeAllBut, turnCoreDumpsOff } from "../../platform/permissions.ts";
import { findSecretsFile } from "../../store/find.ts";
import { exitCodes } from "../exit_codes.ts";
import { agentMark } from "../guard.ts";
import { systemTerminal } from "../terminal.ts";
import { answerLimit, answerName, digestOf, parseAnswer } from "./answers.ts";
import { parseRequest, type ProcessRequest } from "./request.ts";

/**
 * Answers `credential-process` from what an earlier run left in memory, with as little as can be
 * loaded: the AWS SDKs start it again and again. What is not plainly there and good is left to the
 * command itself, which says what is wrong with it.
 *
 * @param args what follows the program's name
 * @returns the exit code; nothing where the command has to run, and then nothing was printed
 */
export async function shortcut(args: readonly string[]): Promise<number | undefined> {
  if (args[0] !== "credential-process") return undefined;
  const request = parseRequest(args.slice(1));
  if (request === undefined) return undefined;
  turnCoreDumpsOff();
  const env = Deno.env.toObject();
  const terminal = systemTerminal(env);
  const guarded = request.format === "aws" || terminal.stdoutIsTerminal;
  if (guarded && !request.reveal && agentMark(env)) return undefined;
  const document = await cached(request, env);
  if (document === undefined) return undefined;
  revokeAllBut([]);
  try {
    terminal.out(document);
    return exitCodes.done;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    terminal.note(error instanceof Error ? error.message : "Cannot write to standard output");
    return exitCodes.partial;
  }
}

/** The document, where all is as it was and the session is one that nobody would renew yet. */
async function cached(
  request: ProcessRequest,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    const uid = ownUid();
    const folder = folders(env, uid).find((each) => each.every((path) => isOurs(path, uid)))?.[1];
    const path = folder && askedFor(request, env);
    if (!path) return undefined;
    const { profile, manifest } = request;
    const kind = manifest === undefined ? "file" : "manifest";
    const name = await answerName({ kind, path, profile, env });
    const known = read(`${folder}/${name}`, uid, parseAnswer);
    if (known?.files[0] !== path || await digestOf(known.files) !== known.digest) return undefined;
    const entry = read(`${folder}/${known.entry}`, uid, readEntry);
    if (entry === undefined || freshness(entry, now()) !== "fresh") return undefined;
    return processDocument(entry.credentials, request.format, entry.expires);
  } catch {
    // The command itself says what is wrong.
    return undefined;
  }
}

function read<T>(path: string, uid: number, parse: (bytes: Uint8Array) => T): T | undefined {
  const found = readOwnFile(path, uid, answerLimit);
  return found && "bytes" in found ? parse(found.bytes) : undefined;
}

function isOurs(path: string, uid: number): boolean {
  return exists(path) && ownFolderFault(path, uid) === undefined;
}

/** Where sessions may be, outer and inner folder. */
function folders(
  { XDG_RUNTIME_DIR }: Readonly<Record<string, string>>,
  uid: number,
): (readonly [string, string])[] {
  const outer = [
    ...(XDG_RUNTIME_DIR?.startsWith("/")
      ? [`${XDG_RUNTIME_DIR.replace(/\/+$/, "")}/credsmith`]
      : []),
    `/dev/shm/credsmith-${uid}`,
  ];
  return outer.map((each) => [each, `${each}/sessions`]);
}

/** The real path of the secrets file or the manifest; nothing where it leads nowhere. */
function askedFor(
  { file, manifest }: ProcessRequest,
  env: Readonly<Record<string, string>>,
): string | undefined {
  const cwd = Deno.cwd();
  const named = manifest ?? file ?? env.CREDSMITH_FILE;
  // To look for what is not there takes longest of all, so it is only done where nothing is named.
  const path = named ? absolute(named, cwd) : findSecretsFile({ env, cwd }).path;
  return realPathIfThere(path);
}
