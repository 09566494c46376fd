import { readFileIfThere } from "../../platform/files.ts";
import { absolute } from "../../platform/paths.ts";
import { randomBytes } from "../../platform/random.ts";
import type { X25519Identity } from "../../sops/keys/identity.ts";
import { checkRecipient, generateIdentity, recipientOf } from "../../sops/keys/identity.ts";
import { sshToAgeRecipient } from "../../sops/keys/ssh.ts";
import { defaultIdentityFile, loadIdentities } from "../../store/identities.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { withTilde } from "../shown_path.ts";
import type { NamedRecipient } from "./rules_text.ts";

/** The user's own identity: one that is there, or one that is to be written. */
export interface Own {
  readonly identity: X25519Identity;
  readonly recipient: string;
  /** Where a new one goes; absent where it is there already. */
  readonly newFile?: string;
  /** The file of one that is there, when others can read it. */
  readonly exposedFile?: string;
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * The user's identity, from wherever SOPS would take it; the first one counts. Without any, a new
 * one is made, in memory only.
 *
 * @throws {RefusedError} when there is a file of identities that none can be taken from: it is
 *   never written over
 * @throws {UsageError} when there is no home folder to keep a new one in
 */
export async function ownIdentity({ env }: Surroundings): Promise<Own> {
  const { identities, sources } = await loadIdentities({ env });
  const identity = identities.find((each) => each.kind === "x25519");
  if (identity?.kind === "x25519") {
    const exposed = sources.find(({ exposed }) => exposed)?.source;
    return {
      identity,
      recipient: await recipientOf(identity),
      ...(exposed ? { exposedFile: exposed } : {}),
    };
  }
  const file = defaultIdentityFile(env);
  if (file === undefined) {
    throw new UsageError(
      "Cannot keep an identity: neither HOME nor XDG_CONFIG_HOME is set",
      "set HOME, or SOPS_AGE_KEY_FILE to the file of an identity that you have",
      "no_home",
    );
  }
  const broken = sources.find((source) => !source.absent);
  if (broken) {
    throw new RefusedError(
      `Cannot take an identity from "${withTilde(broken.source, env)}", and it is not written over`,
      "mend it, or move it away; age-keygen -y FILE says what is wrong with it",
      "identity_unusable",
    );
  }
  const made = generateIdentity(randomBytes, file);
  return { identity: made, recipient: await recipientOf(made), newFile: file };
}

/** What an identity file holds, as `age-keygen` writes it. */
export function identityFileText(own: Own, now: Temporal.Instant): string {
  return [
    `# created: ${now.round("second")}`,
    `# public key: ${own.recipient}`,
    own.identity.secret.reveal(),
    "",
  ].join("\n");
}

/**
 * This host's SSH key as a recipient.
 *
 * @returns nothing where the host has no such key
 * @throws {RecipientError | UnsupportedError} when the file holds another kind of key
 */
export async function hostRecipient(
  file: string,
  hostname: string,
): Promise<NamedRecipient | undefined> {
  const found = readFileIfThere(file);
  if (!found) return undefined;
  const line = new TextDecoder().decode(found.bytes).trim();
  return { recipient: await sshToAgeRecipient(line), name: `host ${hostname}` };
}

/**
 * Recipients as they are given on the command line: `age1…`, `ssh-ed25519 …`, or `@` and the name
 * of a file with one of these a line.
 *
 * @throws {RecipientError | UnsupportedError | UsageError}
 */
export async function givenRecipients(
  texts: readonly string[],
  { env, cwd }: Surroundings,
): Promise<NamedRecipient[]> {
  const lines = texts.flatMap((text): { line: string; from?: string }[] => {
    if (!text.startsWith("@")) return [{ line: text.trim() }];
    const file = absolute(text.slice(1), cwd);
    const found = readFileIfThere(file);
    if (!found) {
      throw new UsageError(`Cannot read recipients from "${text.slice(1)}": no such file`);
    }
    return new TextDecoder().decode(found.bytes).split("\n").map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => ({ line, from: withTilde(file, env) }));
  });
  return await Promise.all(lines.map(async ({ line, from }) => {
    if (!line.startsWith("ssh-")) {
      return { recipient: checkRecipient(line), name: from ?? "added with --recipient" };
    }
    const comment = line.split(/\s+/).slice(2).join(" ");
    return {
      recipient: await sshToAgeRecipient(line),
      name: `SSH key ${comment || (from ?? "")}`.trim(),
    };
  }));
}

/** Recipients without repetitions; of two names the first stays. */
export function distinct(recipients: readonly NamedRecipient[]): NamedRecipient[] {
  return [...new Map([...recipients].reverse().map((each) => [each.recipient, each])).values()]
    .reverse();
}
