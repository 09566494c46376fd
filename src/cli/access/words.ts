import type { AccessChange, Proposal } from "../../access/plan.ts";
import type { Failed } from "../../access/look.ts";
import { explain } from "../faults.ts";

/** `1 file`, `12 files` */
export function filesText(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}

/** A key as it is shown beside its name: long ones without their middle. */
function shortKey(id: string): string {
  const text = id.startsWith("ssh-") ? id.split(" ").slice(0, 2).join(" ") : id;
  return text.length <= 40 ? text : `${text.slice(0, 14)}...${text.slice(-10)}`;
}

/** How a key is called, for one who reads: its name and a part of it, or all of it. */
export function keyText(
  id: string,
  nameOf: (id: string) => string | undefined,
  own: ReadonlySet<string> = new Set(),
): string {
  const names = [nameOf(id), own.has(id) ? "you" : undefined].filter((each) => each !== undefined);
  return names.length === 0 ? id : `${names.join(", ")} (${shortKey(id)})`;
}

const mostFiles = 3;

/** The names of some files, of many the first few. */
export function someFiles(files: readonly string[]): string {
  const shown = files.length <= mostFiles + 1 ? files : files.slice(0, mostFiles);
  const rest = files.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/**
 * Who gains and who loses access, a line each with the files below.
 *
 * @param inRules the keys that rules name
 */
export function proposalLines(
  proposal: Proposal,
  options: {
    readonly nameOf: (id: string) => string | undefined;
    readonly own: ReadonlySet<string>;
    readonly inRules: ReadonlySet<string>;
  },
): string[] {
  const lines = (what: string, changes: readonly AccessChange[]) =>
    changes.flatMap(({ id, files }) => {
      const unnamed = options.nameOf(id) === undefined && !options.inRules.has(id) &&
        !options.own.has(id);
      return [
        `  ${what}  ${keyText(id, options.nameOf, options.own)}: ${filesText(files.length)}`,
        ...(what === "loses" && unnamed
          ? ["           no rule names it; it stands in the files only"]
          : []),
        `           ${someFiles(files)}`,
      ];
    });
  return [...lines("gains", proposal.gains), ...lines("loses", proposal.loses)];
}

/** A failure in words, as one document of `--json` has it. */
export interface FailureDocument {
  readonly file: string;
  readonly message: string;
  readonly cause: string;
  readonly hint?: string;
  readonly exit: number;
}

export async function failureOf({ shown, error }: Failed): Promise<FailureDocument> {
  const { message, cause, hint, exit } = await explain(error);
  return {
    file: shown,
    // Errors of rules say nothing about the file that they were met for.
    message: message.includes(shown) ? message : `Cannot change "${shown}": ${message}`,
    cause,
    exit,
    ...(hint === undefined ? {} : { hint }),
  };
}
