import { IntegrityError, PassphraseError, PluginError, RecipientError } from "../errors.ts";
import { nativeAge } from "../native.ts";
import type { KeyPair, OpenFileKey } from "./age_file.ts";
import {
  checkRecipient,
  type Identity,
  type OpenerIdentity,
  pluginNameOf,
  recipientFromPublicKey,
  recipientKind,
  scalarOf,
} from "./identity.ts";
import type { AgeKey } from "./master_key.ts";
import type { ConnectPlugin } from "./plugin.ts";
import type { AgeStanza } from "./stanza.ts";

export interface WrapOptions {
  /** Starts the programs of plugin recipients. */
  readonly connect?: ConnectPlugin;
}

/**
 * Encrypts the data key for each recipient, each in an age file of its own, as SOPS does.
 *
 * @param dataKey 32 bytes, or a share of one
 * @throws {RecipientError} when a text is no recipient
 * @throws {UnsupportedError} when it is of a kind that age cannot encrypt to
 * @throws {PluginError} when a plugin's program fails
 */
export async function wrapDataKey(
  dataKey: Uint8Array,
  recipients: readonly string[],
  options: WrapOptions = {},
): Promise<AgeKey[]> {
  const native = nativeAge();
  if (native && recipients.every((recipient) => recipientKind(recipient) === "x25519")) {
    return recipients.map((text) => {
      const recipient = text.trimEnd();
      return { type: "age", recipient, enc: native.nativeSealer(recipient)(dataKey) };
    });
  }
  const checked = recipients.map(checkRecipient);
  const { armor, Encrypter } = await import("age-encryption");
  return await Promise.all(checked.map(async (recipient) => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(await sealerFor(recipient, options) ?? recipient);
    return { type: "age", recipient, enc: armor.encode(await encrypter.encrypt(dataKey)) };
  }));
}

/** What seals file keys for recipients that the age library does not know. */
async function sealerFor(recipient: string, options: WrapOptions) {
  const { Stanza } = await import("age-encryption");
  const asStanzas = (sealed: readonly AgeStanza[]) =>
    sealed.map(({ args, body }) => new Stanza([...args], body));
  switch (recipientKind(recipient)) {
    case "ssh": {
      const [{ sealForSsh }, { parseSshPublicKey }] = await Promise.all([
        import("./openssh/stanza.ts"),
        import("./openssh/public_key.ts"),
      ]);
      const key = parseSshPublicKey(recipient);
      return {
        async wrapFileKey(fileKey: Uint8Array) {
          try {
            return asStanzas([await sealForSsh(new Uint8Array(fileKey), key)]);
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            throw new RecipientError(recipient, "its key is no point of the curve");
          }
        },
      };
    }
    case "plugin": {
      const { sealByPlugin } = await import("./plugin.ts");
      const plugin = pluginNameOf(recipient)!;
      return {
        wrapFileKey: async (fileKey: Uint8Array) =>
          asStanzas(await sealByPlugin(fileKey, plugin, recipient, options.connect)),
      };
    }
    default:
      return undefined;
  }
}

/** How long a data key is, and a share of one. */
const lengths: readonly number[] = [32, 33];

/**
 * Finds the data key with whatever identity opens a stanza. Identities that may ask a person are
 * tried when no other opens any.
 *
 * @returns 32 bytes, or the 33 of a share; nothing when no identity matches
 * @throws {IntegrityError} when a stanza is for one of the identities but holds no data key
 * @throws {PassphraseError} when a passphrase is not the one, and no other identity matches
 * @throws {PluginError} when a plugin's program fails, and no other identity matches
 */
export async function unwrapDataKey(
  keys: readonly AgeKey[],
  identities: readonly Identity[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { openAgeFile, openByX25519 } = await import("./age_file.ts");
  const pairs = await keyPairs(identities);
  const native = nativeAge();
  const openers = identities.flatMap((each) => each.kind === "opener" ? [each] : []);
  const failures = new Map<Identity, PassphraseError | PluginError>();
  // One that fails is not tried again, and takes nothing from the others.
  const attempt = (each: OpenerIdentity): OpenFileKey => async (stanzas) => {
    if (failures.has(each)) return undefined;
    try {
      return await each.open(stanzas);
    } catch (error) {
      if (!(error instanceof PassphraseError || error instanceof PluginError)) throw error;
      failures.set(each, error);
      return undefined;
    }
  };
  const rounds: OpenFileKey[][] = [
    [
      ...(pairs.length > 0 ? [openByX25519(pairs)] : []),
      ...openers.flatMap((each) => each.asks ? [] : [attempt(each)]),
    ],
    openers.flatMap((each) => each.asks ? [attempt(each)] : []),
  ];
  const [quiet, asking] = rounds;
  const own = new Set([
    ...pairs.map(({ recipient }) => recipient),
    ...openers.flatMap(({ recipient }) => recipient ?? []),
  ]);
  // Those that say that they are for us first: to try one takes as long as to open it.
  const likely = [
    ...keys.filter(({ recipient }) => own.has(recipient)),
    ...keys.filter(({ recipient }) => !own.has(recipient)),
  ];
  for (const { enc } of native && pairs.length > 0 ? likely : []) {
    const opened = native!.openAgeNatively(enc, pairs);
    if (opened && lengths.includes(opened.length)) return opened;
  }
  for (const key of native && openers.length === 0 ? [] : likely) {
    const opened = quiet!.length > 0 ? await openAgeFile(key.enc, quiet!) : undefined;
    if (opened && lengths.includes(opened.length)) return opened;
  }
  const hybrid = await unwrapHybrid(keys, identities);
  if (hybrid) return hybrid;
  for (const key of keys) {
    const opened = asking!.length > 0 ? await openAgeFile(key.enc, asking!) : undefined;
    if (opened && lengths.includes(opened.length)) return opened;
  }
  const held = await Promise.all(
    openers.flatMap((each) => each.held && !failures.has(each) ? [each.held()] : []),
  );
  const late = await unwrapHybrid(keys, held.flat());
  if (late) return late;
  const [failure] = failures.values();
  if (failure) throw failure;
  const broken = keys.find(({ recipient }) => own.has(recipient));
  if (broken) throw new IntegrityError("data key", [broken.recipient]);
  return undefined;
}

/** A key pair with what is worked out from it, each once. */
interface OwnPair extends KeyPair {
  readonly recipient: string;
}

const knownPairs = new WeakMap<Identity, OwnPair>();

/** The key pairs of identities. */
async function keyPairs(identities: readonly Identity[]): Promise<OwnPair[]> {
  const found: OwnPair[] = [];
  for (const identity of identities) {
    if (identity.kind !== "x25519") continue;
    let pair = knownPairs.get(identity);
    if (!pair) {
      const { keyPairOf } = await import("./age_file.ts");
      const made = await keyPairOf(scalarOf(identity));
      pair = { ...made, recipient: recipientFromPublicKey(made.publicKey) };
      knownPairs.set(identity, pair);
    }
    found.push(pair);
  }
  return found;
}

/** Post-quantum keys are left to the age library, which is loaded for them alone. */
async function unwrapHybrid(
  keys: readonly AgeKey[],
  identities: readonly Identity[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const secrets = identities.flatMap((each) => each.kind === "hybrid" ? [each.secret] : []);
  if (secrets.length === 0) return undefined;
  const { armor, Decrypter } = await import("age-encryption");
  for (const { recipient, enc } of keys) {
    if (recipientKind(recipient) !== "post-quantum") continue;
    const decrypter = new Decrypter();
    for (const secret of secrets) decrypter.addIdentity(secret.reveal());
    try {
      const opened = await decrypter.decrypt(armor.decode(enc));
      if (lengths.includes(opened.length)) return new Uint8Array(opened);
    } catch {
      // For somebody else, or broken: the library does not tell.
    }
  }
  return undefined;
}
