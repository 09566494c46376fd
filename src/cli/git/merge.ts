import { listFolder, readFile, remove, replaceFile, sameBytes } from "../../platform/files.ts";
import { now } from "../../platform/clock.ts";
import { shellQuote } from "../../platform/command_line.ts";
import { absolute } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import type { AudienceChange } from "../../merge/audience.ts";
import { MergeError, VersionError } from "../../merge/errors.ts";
import { type MergedFile, mergeFile, NothingEncryptedError } from "../../merge/merge_file.ts";
import { recipientsOf } from "../../sops/keys/master_key.ts";
import { KeyServiceError, pathText, UnsupportedError } from "../../sops/errors.ts";
import type { IdentitySource } from "../../store/errors.ts";
import { formatOf } from "../../store/find.ts";
import type { LoadedIdentities } from "../../store/identities.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { forOpening, identitiesOf } from "../open.ts";
import { mergeFault } from "../faults/merge.ts";
import { mergeRule } from "./merge_rules.ts";
import { type OtherSide, otherSide } from "./other_side.ts";
import { repositoryAround, tryGit } from "./repository.ts";

/** What git tells a merge driver, with the placeholders that it has for it. */
export interface DriverFiles {
  /** `%O`: a temporary file with what both sides began with; empty where there is nothing. */
  readonly base: string;
  /** `%A`: a temporary file with our version, where the result goes. */
  readonly ours: string;
  /** `%B`: a temporary file with the other version. */
  readonly theirs: string;
  /** `%L`: how long the marks of a conflict are in text files. */
  readonly markerSize: string;
  /** `%P`: the file's path, relative to the root of the work tree. */
  readonly path: string;
  /** Whether the result is only what a further merge begins with: nobody is told about it. */
  readonly ancestor: boolean;
}

/** What git takes for a conflict: any exit code from 1 to 127. */
const unmerged = 1;

/**
 * Git's merge driver: brings three versions of a file together and leaves the result where git wants
 * it. Files that are not encrypted are merged as git does it.
 *
 * @returns the exit code: 0 when it is merged; git marks the file as unmerged for every other one
 */
export async function mergeDriver(context: Context, files: DriverFiles): Promise<number> {
  const { cwd, terminal, env } = context;
  const [base, ours, theirs] = [files.base, files.ours, files.theirs].map((name) =>
    readFile(absolute(name, cwd)).bytes
  ) as [Bytes, Bytes, Bytes];
  sweepLeftovers(cwd);
  if (sameBytes(ours, theirs)) return exitCodes.done;
  if (![base, ours, theirs].some(mayBeEncrypted)) return await mergeAsText(context, files);

  const repository = await repositoryAround(cwd);
  const root = repository?.root ?? cwd;
  const other = files.ancestor || !repository ? undefined : await otherSide(repository, env);
  const rule = files.ancestor ? {} : await mergeRule(root, files.path, env, other);

  let loaded: LoadedIdentities | undefined;
  let result: MergedFile;
  try {
    result = await mergeFile({
      base,
      ours,
      theirs,
      format: formatOf(files.path),
      async openers(versions) {
        const groups = [
          ...versions.flatMap(({ metadata }) => metadata.groups),
          ...rule.audience?.groups ?? [],
        ];
        loaded = await identitiesOf(context, recipientsOf(groups), { groups });
        const asks = loaded.identities.some((each) => each.kind === "opener" && each.asks);
        const services = (loaded.services ?? []).length > 0;
        context.narrow(["read", "write", "env", ...forOpening({ asks, services })]);
        return loaded;
      },
      ...(rule.audience ? { rule: rule.audience } : {}),
      now: now(),
      random: randomBytes,
      ...(rule.layout ? { layout: rule.layout } : {}),
    });
  } catch (error) {
    if (error instanceof NothingEncryptedError) return await mergeAsText(context, files);
    return await leave(context, files, error, loaded?.sources ?? []);
  } finally {
    for (const service of loaded?.services ?? []) await service.close?.();
  }
  replaceFile(absolute(files.ours, cwd), result.bytes);
  return files.ancestor
    ? result.conflicts.length > 0 ? unmerged : exitCodes.done
    : tell(terminal, files, result, other, rule.problem);
}

type Bytes = Uint8Array<ArrayBuffer>;

const ciphertext = new TextEncoder().encode("ENC[AES256_GCM,");

/** Whether a file has a value as SOPS encrypts it; the MAC of every encrypted file is one. */
function mayBeEncrypted(bytes: Bytes): boolean {
  const first = ciphertext[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (ciphertext.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}

/**
 * A merge that was killed may have left its file, which is encrypted, beside git's own; one work tree
 * has one merge at a time.
 */
function sweepLeftovers(folder: string): void {
  for (const { name, isFile } of listFolder(folder)) {
    if (isFile && /^\.\.merge_file_\w+\.credsmith-tmp$/.test(name)) remove(`${folder}/${name}`);
  }
}

/** As git does it without a driver; its marks of a conflict go into text that nobody encrypted. */
async function mergeAsText({ cwd }: Context, files: DriverFiles): Promise<number> {
  const { ours, base, theirs, markerSize } = files;
  const size = /^\d+$/.test(markerSize) ? [`--marker-size=${markerSize}`] : [];
  const labels = ["ours", "base", "theirs"].flatMap((label) => ["-L", label]);
  const { code } = await tryGit(cwd, ["merge-file", ...size, ...labels, ours, base, theirs]);
  return code === 0 ? exitCodes.done : unmerged;
}

/** Nothing was changed; says why, and how to go on once that is mended. */
async function leave(
  { terminal }: Context,
  { path, ancestor }: DriverFiles,
  error: unknown,
  sources: readonly IdentitySource[],
): Promise<number> {
  const known = error instanceof VersionError || error instanceof MergeError ||
    error instanceof UnsupportedError || error instanceof KeyServiceError;
  const fault = known ? mergeFault(error, { file: path, sources }) : await explain(error);
  if (ancestor) return fault.exit;
  terminal.note(fault.message);
  if (fault.hint) terminal.note(`  ${fault.hint.replaceAll("\n", "\n  ")}`);
  const quoted = shellQuote(path);
  terminal.note(`  "${path}" is ours, unchanged, and nothing of theirs is in it`);
  terminal.note(`  once that is mended: git checkout --merge -- ${quoted}`);
  return fault.exit;
}

/** Says what a person has to know about the result. @returns the exit code */
function tell(
  terminal: Context["terminal"],
  { path }: DriverFiles,
  result: MergedFile,
  other: OtherSide | undefined,
  problem: string | undefined,
): number {
  const note = (text: string) => terminal.note(`${path}: ${text}`);
  for (const { from, to, by } of result.renamed) {
    const one = by === "ours" ? "ours" : "theirs";
    note(
      `${one} renamed "${pathText(from)}" to "${pathText(to)}"; the other side's change is there`,
    );
  }
  if (result.newDataKey) {
    note("somebody who is out knows a data key of the two, so the result has a new one");
  }
  if (problem && result.audience.length > 0) note(`.sops.yaml cannot be asked: ${problem}`);
  for (const change of result.audience) note(changeInWords(change));
  for (const { path: place, happened } of result.conflicts) {
    note(`CONFLICT: "${pathText(place)}" was ${conflictWords[happened]}`);
  }
  const taken = result.audience.some(({ what }) => what === "taken over");
  if (result.conflicts.length === 0 && !taken) return exitCodes.done;
  const quoted = shellQuote(path);
  const named = other ? ` (theirs is ${other.label})` : "";
  terminal.note(
    result.conflicts.length > 0
      ? `  both values are in the file, encrypted${named}: credsmith edit -f ${quoted}`
      : "  all values are merged; git add says that these keys may read them",
  );
  terminal.note(`  then: git add ${quoted}`);
  return unmerged;
}

const conflictWords = {
  "changed by both": "changed by both sides",
  "removed by ours": "removed by ours and changed by theirs",
  "removed by theirs": "changed by ours and removed by theirs",
} as const;

function changeInWords({ key, what, side }: AudienceChange): string {
  const whose = side === "ours" ? "our" : "their";
  switch (what) {
    case "added by the rules":
      return `encrypted for ${key} too, as .sops.yaml asks`;
    case "dropped by the rules":
      return `no longer encrypted for ${key}, which .sops.yaml does not name`;
    case "not trusted":
      return `not encrypted for ${key}: only ${whose} metadata names it, and .sops.yaml does not`;
    case "taken over":
      return `encrypted for ${key}, which only ${whose} metadata names; no rule says whether it may read`;
  }
}
