/** Whole command lines through sops and through us, compared. */
import { keyText } from "../../src/cli/sops/keys.ts";
import { parseDocument, type SealedDocument } from "../../src/sops/document.ts";
import { type Identity, parseIdentities } from "../../src/sops/keys/identity.ts";
import { formatOf } from "../../src/store/find.ts";
import { emitPlain } from "../../src/sops/document.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { strangerIdentity, testIdentity } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";

export interface Row {
  readonly args: readonly string[];
  /** What is on standard input. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The file that is written: what each wrote is opened by the other, and its keys are compared. */
  readonly file?: string;
  /** Printed is a file, which is looked at as `file` is; by this name. */
  readonly prints?: string;
  /** What is printed is not compared: it is different at each run, or it is its help. */
  readonly codeOnly?: true;
}

/** Words are separated by blanks; "~" stands for a blank inside of one. */
export const row = (args: string, more: Omit<Row, "args"> = {}): Row => ({
  args: args.split(" ").filter(Boolean).map((word) => word.replaceAll("~", " ")),
  ...more,
});

type Outcome = Readonly<Record<"code" | "stdout" | "keys" | "text" | "stderr", unknown>>;

async function outcome(home: Home, who: "sops" | "ours", row: Row): Promise<Outcome> {
  const options = {
    ...(row.env ? { env: row.env } : {}),
    ...(row.stdin ? { stdin: row.stdin } : {}),
  };
  const { code, stdout, stderr } = who === "sops"
    ? await home.program("sops", row.args, options)
    : await home.run(["sops", ...row.args], options);
  const file = row.file ?? row.prints;
  if (row.prints && code === 0) await home.write(row.prints, stdout);
  const compared = row.codeOnly || row.prints ? "" : stdout;
  if (file === undefined || !await home.exists(file)) {
    return { code, stdout: compared, keys: undefined, text: undefined, stderr };
  }
  const sealed = await parsed(await home.read(file), file);
  return {
    code,
    stdout: compared,
    keys: sealed && JSON.stringify(keysOf(sealed)),
    // Each is opened by the other.
    text: who === "ours"
      ? await openedBySops(home, file)
      : sealed
      ? await openedByUs(sealed)
      : notOpened,
    stderr,
  };
}

async function parsed(text: string, file: string): Promise<SealedDocument | undefined> {
  try {
    return await parseDocument(new TextEncoder().encode(text), formatOf(file));
  } catch {
    return undefined;
  }
}

function keysOf({ metadata }: SealedDocument) {
  const { groups, shamirThreshold, version, selector, macOnlyEncrypted } = metadata;
  const keys = groups.map((group) => [...new Set(group.map(keyText))].sort());
  return { keys, shamirThreshold, version, selector, macOnlyEncrypted };
}

const notOpened = "not opened";

const identities = () =>
  parseIdentities(`${testIdentity}\n${strangerIdentity}`, "both") as Identity[];

async function openedByUs(sealed: SealedDocument): Promise<string> {
  try {
    const { tree } = await sealed.open(identities());
    return new TextDecoder().decode(await emitPlain(tree, sealed.format));
  } catch {
    return notOpened;
  }
}

async function openedBySops(home: Home, file: string): Promise<string> {
  const { code, stdout } = await home.program("sops", ["decrypt", file], {
    env: { SOPS_AGE_KEY: `${testIdentity}\n${strangerIdentity}` },
  });
  return code === 0 ? stdout : notOpened;
}

function name({ args, stdin, env }: Row): string {
  const input = stdin === undefined ? "" : ` < ${JSON.stringify(stdin)}`;
  return `sops ${args.join(" ")}${input}${env ? ` with ${Object.keys(env)}` : ""}`;
}

/**
 * Runs every row through both.
 *
 * @param files of a home
 * @param alone whether each row gets a home of its own, because it writes
 * @returns what is different, in words
 */
export async function compareRows(
  rows: readonly Row[],
  files: Readonly<Record<string, string>>,
  alone: (row: Row) => boolean = ({ file }) => file !== undefined,
): Promise<string[]> {
  await using shared = await temporaryHome(files);
  await using other = await temporaryHome(files);
  const found: string[] = [];
  await twoAtATime(rows, async (row) => {
    await using one = alone(row) ? await temporaryHome(files) : undefined;
    await using two = alone(row) ? await temporaryHome(files) : undefined;
    const sops = await outcome(one ?? shared, "sops", row);
    const ours = await outcome(two ?? other, "ours", row);
    for (const part of ["code", "stdout", "keys", "text"] as const) {
      if (sops[part] === ours[part]) continue;
      found.push(
        `${name(row)}: ${part} is ${JSON.stringify(ours[part])} instead of ` +
          `${JSON.stringify(sops[part])} (${String(ours.stderr).slice(0, 300)})`,
      );
    }
  });
  for (const [name, text] of Object.entries(files)) {
    for (const home of [shared, other]) {
      const kept = await home.exists(name) && await home.read(name) === text;
      if (!kept) found.push(`${name} was changed by a row that shares it with others`);
    }
  }
  return found;
}
