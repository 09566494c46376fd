import { now } from "../../platform/clock.ts";
import { randomBytes } from "../../platform/random.ts";
import { parseDocument } from "../../sops/document.ts";
import type { KeyGroup, MasterKey } from "../../sops/keys/master_key.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { keysOfFlags, keyText, unique } from "./keys.ts";
import { closeKeyring, keyringOf, requireSealers, sealing } from "./openers.ts";
import { targetOf, withTarget } from "./output.ts";
import { inputFormat, layoutFor, outputFormat, readInput, type Request } from "./request.ts";
import { requireTrust } from "./trust.ts";

/** `sops rotate`, `sops -r`: a new data key, for the keys that the file has, with some added and removed. */
export async function rotate(context: Context, request: Request): Promise<void> {
  const { flags } = request;
  const target = targetOf(context, request);
  const format = outputFormat(request);
  const layout = await layoutFor(context, request, format);
  const [adding, removing] = [keysOfFlags(flags, "add-"), keysOfFlags(flags, "rm-")];
  await withTarget(context, target, async (write) => {
    const { bytes, snapshot } = await readInput(request);
    const sealed = await parseDocument(bytes, inputFormat(request));
    const { groups: before, shamirThreshold } = sealed.metadata;
    const groups = changed(before, adding, removing);
    for (const text of missing(before, removing)) {
      context.terminal.note(`"${request.shown}" was not encrypted for "${text}"`);
    }
    await requireTrust(context, request, groups, adding);
    const keyring = await keyringOf(context, flags, [...before, ...groups]);
    const writes = target === "stdout" ? [] : ["write" as const];
    context.narrow(["read", "env", ...writes, ...keyring.needs]);
    try {
      const { identities, services, order, connect } = keyring;
      const document = await sealed.open(identities, services, order);
      requireSomebody(groups);
      requireSealers(flags);
      document.setKeys({ groups, ...(shamirThreshold ? { shamirThreshold } : {}) }, {
        newDataKey: true,
      });
      const rotated = await sealing(() =>
        document.seal({
          format,
          now: now(),
          random: randomBytes,
          allowNul: true,
          // Whoever removes themselves cannot open it any more.
          prove: true,
          services,
          connect,
          ...(layout ? { layout } : {}),
        })
      );
      await write(rotated, {
        mode: 0o644,
        ...(target !== "stdout" && target.inPlace && snapshot ? { expect: snapshot } : {}),
      });
    } finally {
      await closeKeyring(keyring);
    }
  });
}

/** Keys are added to the first group, and removed from all. */
function changed(
  [first = [], ...others]: readonly KeyGroup[],
  adding: readonly MasterKey[],
  removing: readonly MasterKey[],
): KeyGroup[] {
  const removed = new Set(removing.map(keyText));
  return [[...first, ...adding], ...others].map((group) =>
    unique(group).filter((key) => !removed.has(keyText(key)))
  );
}

function missing(before: readonly KeyGroup[], removing: readonly MasterKey[]): string[] {
  const there = new Set(before.flat().map(keyText));
  return removing.map(keyText).filter((text) => !there.has(text));
}

/** @throws {SopsExit} 1, where nobody could open a group any more */
export function requireSomebody(groups: readonly KeyGroup[]): void {
  const empty = groups.findIndex((group) => group.length === 0);
  if (groups.length > 0 && empty < 0) return;
  const which = groups.length > 1 ? `key group ${empty + 1}` : "it";
  throw new SopsExit(
    sopsCodes.generic,
    `Cannot encrypt the data key: no key would be left for ${which}`,
  );
}
