import { readFileIfThere, remove, replaceFile, writeNewFile } from "../../platform/files.ts";
import { ownUid } from "../../platform/host.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { isInMemory, privateFolder } from "../../platform/memory.ts";
import { makeOwnFolder } from "../../platform/own_files.ts";
import { absolute, join, parentOf } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import type { Place } from "../../serve/addresses.ts";
import { shortestToken, type TokenFault, tokenFault, tokenOf } from "../../serve/token.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";

/** A bearer token, and where clients find it. */
export interface TokenFile {
  readonly token: string;
  readonly path: string;
  /** Takes it away where it was made for this server alone. */
  remove(): void;
}

/** A token that nobody has yet. */
export const newToken = (): string => tokenOf(randomBytes(32));

/**
 * The token of a file that the user names. It is made where it is not there, in memory only, and
 * stays when the server stops.
 *
 * @throws {RefusedError} others can read it, or it would be made on a disk
 * @throws {UsageError} it is none that SDKs would send
 */
export async function namedTokenFile(context: Context, name: string): Promise<TokenFile> {
  const path = absolute(name, context.cwd);
  return await withDirectoryLock(parentOf(path), async () => {
    const there = readFileIfThere(path);
    if (there) {
      if (there.mode & 0o007) {
        throw new RefusedError(
          `Refused to use the token in "${name}": others can read it (mode ${octal(there.mode)})`,
          `chmod 600 ${name}, after making a new one`,
          "token_exposed",
        );
      }
      if (there.uid !== ownUid() && there.uid !== 0) {
        throw new RefusedError(
          `Refused to use the token in "${name}": it belongs to user ${there.uid}`,
          undefined,
          "token_of_another",
        );
      }
      const token = new TextDecoder().decode(there.bytes);
      const fault = tokenFault(token);
      if (fault) throw badToken(name, fault);
      return { token, path, remove: () => {} };
    }
    if (!await isInMemory(parentOf(path), context)) {
      throw new RefusedError(
        `Refused to make a token in "${name}": that is on a disk`,
        "name a file in memory, below $XDG_RUNTIME_DIR or /run",
        "token_on_disk",
      );
    }
    const token = newToken();
    writeNewFile(path, new TextEncoder().encode(token), 0o600);
    return { token, path, remove: () => {} };
  });
}

/**
 * A token of one server in the private folder.
 *
 * @throws {RuntimeFolderError} there is no such folder
 */
export async function ownTokenFile(
  context: Context,
  place: Place,
  token: string,
): Promise<TokenFile> {
  const { env, mountinfo } = context;
  const folder = join(await privateFolder({ env, mountinfo, uid: ownUid() }), "serve");
  makeOwnFolder(folder, ownUid());
  // Nobody else can have one of that name: the place is ours while we listen there.
  const path = join(folder, `${place.address.replaceAll(/[^0-9a-f.]/g, "-")}_${place.port}.token`);
  remove(path, { recursive: true });
  replaceFile(path, new TextEncoder().encode(token), { mode: 0o600 });
  return { token, path, remove: () => remove(path) };
}

function badToken(name: string, fault: TokenFault): UsageError {
  const [why, hint] = ({
    "a line end": [
      "it has a line end, and AWS SDKs refuse such a token",
      `(umask 077; openssl rand -hex 32 | tr -d '\\n' > ${name})`,
    ],
    "too short": [
      `it has fewer than ${shortestToken} characters`,
      `(umask 077; openssl rand -hex 32 | tr -d '\\n' > ${name})`,
    ],
    "too long": ["it is longer than a header may be", undefined],
    "not printable": ["it has more than printable ASCII without blanks", undefined],
  } as const)[fault];
  return new UsageError(`Cannot use the token in "${name}": ${why}`, hint, "token_unusable");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
