import { FileError } from "../platform/errors.ts";
import { readFile } from "../platform/files.ts";
import { IdentityError, UnsupportedError } from "../sops/errors.ts";
import { type Identity, parseIdentities, recipientOf } from "../sops/keys/identity.ts";
import { sshToAgeIdentity } from "../sops/keys/ssh.ts";
import type { HostKey } from "./judge.ts";
import type { SopsManifest } from "./sops_manifest.ts";

/** The private keys that a manifest names. */
export interface HostKeys {
  readonly keys: readonly HostKey[];
  /** Those that our own engine can use. */
  readonly identities: readonly Identity[];
}

/** Looks at the private keys of this host, as sops-install-secrets does. */
export async function readHostKeys(
  { ageKeyFile, ageSshKeyPaths }: Pick<SopsManifest, "ageKeyFile" | "ageSshKeyPaths">,
): Promise<HostKeys> {
  const read = [
    ...(ageKeyFile ? [await readKey(ageKeyFile, "age key file")] : []),
    ...await Promise.all(ageSshKeyPaths.map((path) => readKey(path, "SSH host key"))),
  ];
  return {
    keys: read.map(({ key }) => key),
    identities: read.flatMap(({ identities }) => identities),
  };
}

async function readKey(
  path: string,
  kind: HostKey["kind"],
): Promise<{ readonly key: HostKey; readonly identities: readonly Identity[] }> {
  const without = (state: HostKey["state"]) => ({
    key: { path, kind, state, recipients: [] },
    identities: [],
  });
  try {
    const { bytes } = readFile(path);
    const text = new TextDecoder().decode(bytes);
    bytes.fill(0);
    const identities = kind === "age key file"
      ? parseIdentities(text, path)
      : [await sshToAgeIdentity(text, path)];
    const usable = identities.filter((each) => each.kind === "x25519");
    const recipients = await Promise.all(usable.map(recipientOf));
    const state = usable.length > 0 || identities.length === 0 ? "usable" : "unsupported";
    return { key: { path, kind, state, recipients }, identities };
  } catch (error) {
    if (error instanceof FileError) {
      return without(["ENOENT", "ENOTDIR"].includes(error.code) ? "absent" : "unreadable");
    }
    if (error instanceof UnsupportedError) return without("unsupported");
    if (error instanceof IdentityError) return without("malformed");
    throw error;
  }
}

/** The age key file, where there is none that sops-install-secrets could read: it would give up. */
export function uselessKeyFile(keys: readonly HostKey[]): HostKey | undefined {
  return keys.find(({ kind, state }) =>
    kind === "age key file" && state !== "usable" && state !== "unsupported"
  );
}
