import { type Keys, parseDocument, type SealedDocument } from "../../sops/document.ts";
import type { KeyGroup } from "../../sops/keys/master_key.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { asSopsExit } from "./failures.ts";
import { keysOfFlags } from "./keys.ts";
import { closeKeyring, keyringOf } from "./openers.ts";
import { targetOf, withTarget } from "./output.ts";
import { inputFormat, layoutFor, readInput, type Request } from "./request.ts";
import { requireSomebody } from "./rotate.ts";
import { requireTrust } from "./trust.ts";
import { rewrapped } from "./update_keys.ts";

/** `sops groups add`: one more key group, of the keys that flags name. */
export async function addGroup(context: Context, request: Request): Promise<void> {
  const { flags } = request;
  const group = keysOfFlags(flags);
  await regroup(context, request, group, ({ metadata }) => ({
    groups: [...metadata.groups, group],
    ...thresholdOf(request, metadata.shamirThreshold),
  }));
}

/**
 * `sops groups delete`.
 *
 * @param word which one, from 0
 */
export async function deleteGroup(context: Context, request: Request, word: string): Promise<void> {
  if (!/^\d+$/.test(word) || Number(word) >= 2 ** 32) {
    throw new SopsExit(sopsCodes.generic, `failed to parse [index] argument: "${word}"`);
  }
  const index = Number(word);
  await regroup(context, request, [], ({ metadata }) => {
    const { length } = metadata.groups;
    if (index >= length) {
      const there = length === 1 ? "one key group" : `${length} key groups`;
      throw new SopsExit(
        sopsCodes.couldNotReadInput,
        `Cannot delete key group ${index}: there is ${there}, counted from 0`,
      );
    }
    const keys = {
      groups: metadata.groups.filter((_, each) => each !== index),
      ...thresholdOf(request, metadata.shamirThreshold),
    };
    if (keys.groups.length < (keys.shamirThreshold ?? 0)) {
      throw new SopsExit(
        sopsCodes.generic,
        `Cannot delete key group ${index}: ${keys.shamirThreshold} groups are needed to open the ` +
          `file, and ${keys.groups.length} would be left`,
        "--shamir-secret-sharing-threshold says how many are to be needed",
      );
    }
    return keys;
  });
}

function thresholdOf({ flags }: Request, before: number | undefined) {
  const threshold = flags.int("shamir-secret-sharing-threshold") || before;
  return threshold ? { shamirThreshold: threshold } : {};
}

async function regroup(
  context: Context,
  request: Request,
  named: KeyGroup,
  change: (document: SealedDocument) => Keys,
): Promise<void> {
  const { flags } = request;
  const target = targetOf(context, request);
  const layout = await layoutFor(context, request, inputFormat(request));
  await withTarget(context, target, async (write) => {
    const { bytes, snapshot } = await readInput(request);
    const document = await parseDocument(bytes, inputFormat(request));
    const keys = change(document);
    requireSomebody(keys.groups);
    await requireTrust(context, request, keys.groups, named);
    const keyring = await keyringOf(context, flags, [...document.metadata.groups, ...keys.groups]);
    const writes = target === "stdout" ? [] : ["write" as const];
    context.narrow(["read", "env", ...writes, ...keyring.needs]);
    try {
      const regrouped = await rewrapped(document, keyring, keys, layout).catch(asGeneric);
      await write(regrouped, { mode: 0o644, ...(snapshot ? { expect: snapshot } : {}) });
    } finally {
      await closeKeyring(keyring);
    }
  });
}

/** Here sops has one code for whatever goes wrong with keys. */
async function asGeneric(error: unknown): Promise<never> {
  const { code, message, hint } = error instanceof SopsExit ? error : await asSopsExit(error);
  if (code !== sopsCodes.couldNotRetrieveKey) throw error;
  throw new SopsExit(sopsCodes.generic, message, hint);
}
