import { sameBytes } from "../platform/files.ts";
import { randomBytes } from "../platform/random.ts";
import { type Keys, parseDocument } from "../sops/document.ts";
import { IntegrityError } from "../sops/errors.ts";
import { type KeyBlock, scanKeyBlock } from "../sops/key_block.ts";
import { openDataKey, sealDataKey, type SealKeyOptions } from "../sops/keys/data_key.ts";
import type { Identity } from "../sops/keys/identity.ts";
import { ageKeysOf } from "../sops/keys/master_key.ts";
import { sameNode } from "../sops/paths.ts";
import type { Format, Layout, Tree } from "../sops/tree.ts";
import { ReadBackError } from "../store/errors.ts";

/** What opens files, and encrypts data keys for others. */
export interface Tools extends SealKeyOptions {
  readonly identities: readonly Identity[];
}

/** What is to become of the bytes of a file. */
export interface Task {
  /** `verify` gives the bytes back as they are. */
  readonly step: "rewrap" | "renew" | "verify";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly format: Format;
  /** For whom it is to be. */
  readonly keys: Keys;
  readonly layout?: Layout;
  /** Where it is known already. */
  readonly block?: KeyBlock;
}

/**
 * Works out what a file is to be.
 *
 * @throws {IntegrityError | NoIdentityError | ReadBackError | …} as opening and sealing do
 */
export async function workOut(
  task: Task,
  tools: Tools,
  now: Temporal.Instant,
): Promise<Uint8Array<ArrayBuffer>> {
  switch (task.step) {
    case "rewrap":
      return await rewrapped(task, tools);
    case "renew":
      return await renewed(task, tools, now);
    case "verify": {
      const sealed = await parseDocument(task.bytes, task.format);
      await sealed.open(tools.identities, tools.services);
      return task.bytes;
    }
  }
}

async function rewrapped(task: Task, tools: Tools): Promise<Uint8Array<ArrayBuffer>> {
  const { keys, layout, bytes, format } = task;
  const [group, ...more] = keys.groups;
  const onlyAge = more.length === 0 && group?.every(({ type }) => type === "age");
  const block = onlyAge && !layout ? task.block ?? scanKeyBlock(bytes, format) : undefined;
  if (!block) {
    const document = await parseDocument(bytes, format);
    const written = await document.rewrap(tools, keys, {
      ...tools,
      ...(layout ? { layout } : {}),
    });
    const again = await parseDocument(written, format);
    if (!sameTree(document.tree, again.tree)) throw new ReadBackError();
    await opensAgain(again.metadata, tools);
    return written;
  }
  const dataKey = await openDataKey({ groups: [block.keys] }, tools);
  const [sealed = []] = await sealDataKey(dataKey, keys.groups, undefined, tools);
  const again = await opensAgain({ groups: [sealed] }, tools);
  if (again && !sameBytes(again, dataKey)) throw new ReadBackError();
  dataKey.fill(0);
  return new TextEncoder().encode(block.withKeys(ageKeysOf(sealed)));
}

/**
 * Opens what was sealed, where one of our identities is still for it and nobody has to be asked.
 *
 * @throws {ReadBackError} when what was sealed for us holds nothing
 */
async function opensAgain(
  keys: Keys,
  { identities }: Tools,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await openDataKey(keys, {
      identities: identities.filter(({ kind }) => kind === "x25519"),
    });
  } catch (error) {
    if (error instanceof IntegrityError) throw new ReadBackError();
    return undefined;
  }
}

/** Whether the encrypted values are the very same. */
function sameTree(one: Tree, other: Tree): boolean {
  return one.documents.length === other.documents.length &&
    one.documents.every((each, index) => sameNode(each, other.documents[index]!));
}

async function renewed(
  { bytes, format, keys, layout }: Task,
  tools: Tools,
  now: Temporal.Instant,
): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await parseDocument(bytes, format);
  const document = await sealed.open(tools.identities, tools.services);
  document.setKeys(keys, { newDataKey: true });
  return await document.seal({
    ...tools,
    now,
    random: randomBytes,
    allowNul: true,
    prove: true,
    ...(layout ? { layout } : {}),
  });
}
