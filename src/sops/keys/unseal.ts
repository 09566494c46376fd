import { PassphraseError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import {
  type Identity,
  type OpenerIdentity,
  parseIdentities,
  pluginNameOf,
  type SealedIdentity,
} from "./identity.ts";
import type { ConnectPlugin } from "./plugin.ts";
import { readSshPrivateKey, type SshPrivateKeyFile } from "./openssh/private_key.ts";

/** Asks a person for a passphrase; nothing when nobody is there to answer. */
export type AskPassphrase = (
  what: "identity file" | "SSH key",
  source: string,
) => Promise<Secret | undefined>;

export interface UnsealOptions {
  readonly ask?: AskPassphrase;
  readonly connect?: ConnectPlugin;
}

/**
 * Makes an identity of one that needs a passphrase or a program. Whoever is asked is asked when a
 * file needs it, and once.
 *
 * @throws {IdentityError} for a file that is not what it begins as
 * @throws {UnsupportedError} for SSH keys that age knows nothing of
 * @see getsops/sops age/encrypted_keys.go, age/ssh_parse.go
 */
export function unseal(sealed: SealedIdentity, options: UnsealOptions): OpenerIdentity {
  switch (sealed.how) {
    case "age plugin":
      return byPlugin(sealed, options.connect);
    case "passphrase":
      return byPassphrase(sealed, options);
    case "ssh":
      return bySsh(sealed, options.ask);
  }
}

function byPlugin({ content, source }: SealedIdentity, connect?: ConnectPlugin): OpenerIdentity {
  const plugin = pluginNameOf(content.reveal()) ?? "";
  return {
    kind: "opener",
    what: `age plugin ${plugin}`,
    source,
    // It may want a touch or a PIN, and it costs a process.
    asks: true,
    async open(stanzas) {
      const { openByPlugin } = await import("./plugin.ts");
      return await openByPlugin(stanzas, plugin, content, connect);
    },
  };
}

function byPassphrase(
  { content, source }: SealedIdentity,
  options: UnsealOptions,
): OpenerIdentity {
  const opened = once(async (): Promise<Identity[]> => {
    const passphrase = await options.ask?.("identity file", source);
    if (!passphrase) throw new PassphraseError(source, "nobody to ask");
    const { armor, Decrypter } = await import("age-encryption");
    const text = content.reveal();
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase.reveal());
    let plain;
    try {
      const file = text.trimStart().startsWith("-----")
        ? armor.decode(text)
        : Uint8Array.from(text, (character) => character.charCodeAt(0));
      plain = await decrypter.decrypt(file, "text");
    } catch {
      throw new PassphraseError(source, "wrong");
    }
    return parseIdentities(plain, source, { unseal: (inner) => unseal(inner, options) });
  });
  return {
    kind: "opener",
    what: "identity file encrypted with a passphrase",
    source,
    asks: true,
    held: opened,
    async open(stanzas) {
      const { openByX25519, keyPairOf } = await import("./age_file.ts");
      const { scalarOf } = await import("./identity.ts");
      for (const identity of await opened()) {
        const open = identity.kind === "opener"
          ? identity.open
          : identity.kind === "x25519"
          ? openByX25519([await keyPairOf(scalarOf(identity))])
          : undefined;
        const fileKey = await open?.(stanzas);
        if (fileKey) return fileKey;
      }
      return undefined;
    },
  };
}

function bySsh({ content, source }: SealedIdentity, ask?: AskPassphrase): OpenerIdentity {
  const file = readSshPrivateKey(content.reveal(), source);
  const opened = once(() => openSsh(file, source, ask));
  const recipient = file.publicKey && `${file.publicKey.type} ${file.publicKey.blob.toBase64()}`;
  return {
    kind: "opener",
    what: "SSH private key",
    source,
    asks: file.encrypted,
    ...(recipient ? { recipient } : {}),
    async open(stanzas) {
      const { openBySsh, sshTag } = await import("./openssh/stanza.ts");
      const types = ["ssh-ed25519", "ssh-rsa"];
      const tag = file.publicKey && sshTag(file.publicKey);
      const own = stanzas.filter(({ args }) =>
        types.includes(args[0]!) && (tag === undefined || args[1] === tag)
      );
      return own.length > 0 ? await openBySsh(own, await opened()) : undefined;
    },
  };
}

async function openSsh(file: SshPrivateKeyFile, source: string, ask?: AskPassphrase) {
  if (!file.encrypted) return (await file.open())!;
  const passphrase = await ask?.("SSH key", source);
  if (!passphrase) throw new PassphraseError(source, "nobody to ask");
  const key = await file.open(passphrase);
  if (!key) throw new PassphraseError(source, "wrong");
  return key;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
