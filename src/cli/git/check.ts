import { shellQuote } from "../../platform/command_line.ts";
import { conflictsIn } from "../../merge/conflicts.ts";
import { names as keysOf, sameAudience } from "../../merge/audience.ts";
import { parseDocument, type SealedDocument } from "../../sops/document.ts";
import { parseEncrypted } from "../../sops/encrypted_value.ts";
import {
  IntegrityError,
  InvalidRuleError,
  KeyServiceError,
  NoIdentityError,
  NoRuleError,
  NotEncryptedError,
  pathText,
  RecipientError,
  UnsupportedError,
} from "../../sops/errors.ts";
import { recipientsOf } from "../../sops/keys/master_key.ts";
import { ruleFor } from "../../sops/rules.ts";
import { compileSelector } from "../../sops/selectors.ts";
import { selectedLeaves } from "../../sops/walk.ts";
import { formatOf } from "../../store/find.ts";
import { identitiesOf } from "../open.ts";
import type { Context } from "../command.ts";
import { explain } from "../faults.ts";
import { stagedEntries, wholeIndex, withCiphertext } from "./index_entries.ts";
import { IndexRules } from "./index_rules.ts";
import { readObjects, textOf } from "./repository.ts";

/** Something about a file that a commit would record. */
export interface Finding {
  /** Relative to the root of the work tree. */
  readonly file: string;
  readonly status: "refused" | "not checked" | "note";
  /** A stable word. */
  readonly cause:
    | "plaintext"
    | "plaintext_value"
    | "unresolved"
    | "unmerged"
    | "unreadable"
    | "tampered"
    | "not_checked"
    | "recipients";
  /** Without a full stop. */
  readonly text: string;
  readonly fix?: string;
}

export interface Checked {
  readonly findings: readonly Finding[];
  /** How many files were looked into: encrypted ones, and those that should be. */
  readonly files: number;
  /** Of how many the MAC was compared. */
  readonly verified: number;
}

/** Names that git and SOPS read themselves, which no rule means. */
const neverSecret = /(^|\/)\.(sops\.yaml|gitattributes|gitignore|gitmodules)$/;

/** The names that git has for a file with nothing in it. */
const emptyObjects = new Set([
  "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
]);

/**
 * Looks at what a commit would record, as it stands in the index and not in the work tree: plaintext
 * that a creation rule wants encrypted, values in plaintext in encrypted files, merges that nobody
 * resolved, and, with an identity, MACs that do not match.
 *
 * @param root of the work tree
 * @param all everything in the index instead of what is staged
 * @throws {InvalidRuleError} when the rules cannot be read, since then nothing is certain
 */
export async function checkIndex(context: Context, root: string, all: boolean): Promise<Checked> {
  const entries = all ? await wholeIndex(root) : await stagedEntries(root);
  const findings: Finding[] = entries.filter(({ unmerged }) => unmerged).map(({ path }) => ({
    file: path,
    status: "refused",
    cause: "unmerged",
    text: "git has it as unmerged",
    fix: `credsmith edit -f ${shellQuote(path)}, then git add ${shellQuote(path)}`,
  }));
  const files = entries.filter(({ unmerged, path }) => !unmerged && !neverSecret.test(path));
  const [rules, encrypted] = await Promise.all([
    IndexRules.read(root, context.env),
    withCiphertext(root, files, all),
  ]);
  let looked = 0;
  for (const { path, object } of files) {
    if (encrypted.has(path) || emptyObjects.has(object)) continue;
    const regex = await rules.wantsEncrypted(path);
    if (regex === undefined) continue;
    looked++;
    findings.push(plaintext(path, regex));
  }

  const candidates = files.filter(({ path }) => encrypted.has(path));
  const contents = await readObjects(root, candidates.map(({ object }) => object));
  const documents: [path: string, document: SealedDocument][] = [];
  for (const { path, object } of candidates) {
    const bytes = contents.get(object);
    if (bytes === undefined) continue;
    const found = await readEntry(path, bytes, await rules.wantsEncrypted(path));
    if (found === undefined) continue;
    looked++;
    if (found instanceof Object && "file" in found) findings.push(found);
    else documents.push([path, found]);
  }
  for (const [path, document] of documents) {
    findings.push(
      ...await withoutKey(path, document),
      ...await audienceNotes(path, document, rules),
    );
  }
  const { verified, findings: macs } = await checkMacs(context, documents);
  return { findings: [...findings, ...macs], files: looked, verified };
}

function plaintext(path: string, regex: string): Finding {
  const quoted = shellQuote(path);
  return {
    file: path,
    status: "refused",
    cause: "plaintext",
    text: `plaintext, and path_regex "${regex}" wants it encrypted`,
    fix: `credsmith sops encrypt -i ${quoted}, then git add ${quoted}`,
  };
}

/** @returns nothing for a file that only has something that looks like ciphertext */
async function readEntry(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  regex: string | undefined,
): Promise<SealedDocument | Finding | undefined> {
  try {
    return await parseDocument(bytes, formatOf(path));
  } catch (error) {
    if (error instanceof NotEncryptedError) return regex ? plaintext(path, regex) : undefined;
    const text = textOf(bytes);
    const marks = /^<{7}( |$)/m.test(text) && /^>{7}( |$)/m.test(text) && text.includes("sops");
    if (regex === undefined && !marks) return undefined;
    const quoted = shellQuote(path);
    return {
      file: path,
      status: "refused",
      cause: marks ? "unresolved" : "unreadable",
      text: marks
        ? "the marks of a conflict stand between its ciphertexts"
        : `it cannot be read: ${(await explain(error)).message.split("\n")[0]}`,
      ...(marks
        ? { fix: `git checkout --merge -- ${quoted}, with credsmith git install done` }
        : {}),
    };
  }
}

/** What everybody can see: merges that nobody resolved, and values that somebody wrote in. */
async function withoutKey(path: string, document: SealedDocument): Promise<Finding[]> {
  const quoted = shellQuote(path);
  const findings: Finding[] = [];
  const conflicts = conflictsIn(document.tree);
  if (conflicts.length > 0) {
    findings.push({
      file: path,
      status: "refused",
      cause: "unresolved",
      text: `a merge left two values: ${conflicts.map(pathText).join(", ")}`,
      fix: `credsmith edit -f ${quoted}, then git add ${quoted}`,
    });
  }
  const selection = await compileSelector(document.metadata.selector);
  const bare = document.tree.documents.flatMap((mapping) =>
    [...selectedLeaves(mapping, selection)]
      .filter(({ encrypted, value }) =>
        encrypted && value.reveal() !== "" && !isCiphertext(value.reveal())
      )
      .map(({ path }) => pathText(path))
  );
  if (bare.length > 0) {
    findings.push({
      file: path,
      status: "refused",
      cause: "plaintext_value",
      text: `values in plaintext that should be encrypted: ${bare.join(", ")}`,
      fix: `git checkout -- ${quoted}, then credsmith set or credsmith edit`,
    });
  }
  return findings;
}

const isCiphertext = (text: string): boolean => parseEncrypted(text) !== undefined;

async function audienceNotes(
  path: string,
  { metadata }: SealedDocument,
  rules: IndexRules,
): Promise<Finding[]> {
  const found = await rules.ruleOf(path);
  if (found === undefined) return [];
  let rule;
  try {
    rule = await ruleFor(found.rules, found.path);
  } catch (error) {
    if (error instanceof NoRuleError) return [];
    if (error instanceof InvalidRuleError || error instanceof RecipientError) return [];
    throw error;
  }
  if (rule.groups.flat().length === 0 || sameAudience(metadata, rule)) return [];
  const [inFile, inRule] = [keysOf(metadata), keysOf(rule)];
  const [more, fewer] = [inFile.difference(inRule), inRule.difference(inFile)];
  const parts = [
    ...(more.size > 0 ? [`encrypted for ${[...more].join(", ")}, not in .sops.yaml`] : []),
    ...(fewer.size > 0 ? [`not encrypted for ${[...fewer].join(", ")}`] : []),
  ];
  return [{
    file: path,
    status: "note",
    cause: "recipients",
    text: parts.join("; ") || "its key groups are others than those of .sops.yaml",
    fix: `credsmith access sync ${shellQuote(path)}`,
  }];
}

async function checkMacs(
  context: Context,
  documents: readonly (readonly [path: string, document: SealedDocument])[],
): Promise<{ verified: number; findings: Finding[] }> {
  if (documents.length === 0) return { verified: 0, findings: [] };
  const groups = documents.flatMap(([, { metadata }]) => metadata.groups);
  // Only identities: a commit waits for no cloud and no program.
  const { identities } = await identitiesOf(context, [...new Set(recipientsOf(groups))]);
  const asks = identities.some((each) => each.kind === "opener" && each.asks);
  context.narrow(["env", ...(asks ? ["run"] as const : [])]);
  const findings: Finding[] = [];
  let verified = 0;
  for (const [path, document] of documents) {
    try {
      await document.open(identities);
      verified++;
    } catch (error) {
      const fault = await explain(error);
      const reason = fault.message.split("\n")[0]!.replace(/^[^:]*: /, "");
      const unopened = error instanceof NoIdentityError || error instanceof UnsupportedError ||
        error instanceof KeyServiceError;
      const quoted = shellQuote(path);
      findings.push(
        unopened
          ? {
            file: path,
            status: "not checked",
            cause: "not_checked",
            text: `its MAC was not checked: ${reason}`,
          }
          : {
            file: path,
            status: "refused",
            cause: error instanceof IntegrityError ? "tampered" : "unreadable",
            text: reason,
            ...(error instanceof IntegrityError
              ? { fix: `git checkout HEAD -- ${quoted}, or make the change with credsmith edit` }
              : {}),
          },
      );
    }
  }
  return { verified, findings };
}
