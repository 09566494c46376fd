import type { BedrockConnection, Connection } from "../aws/clients.ts";
import type { Diagnosis } from "../aws/diagnose.ts";
import type { Patience } from "../aws/reading.ts";
import { sourceOf } from "../aws/source.ts";
import { sleep } from "../platform/clock.ts";
import { chance } from "../platform/random.ts";
import { profilesOf } from "../store/credentials.ts";
import type { Context } from "./command.ts";
import { connectionWith } from "./connection.ts";
import type { OpenForReading } from "./open.ts";
import { type Around, aroundProfile } from "./verify/online.ts";

/** What asking with a profile's credentials takes. */
export interface Link {
  readonly around: Around;
  /** Nothing for a Bedrock API key, which opens Bedrock only, and where nobody is to be asked. */
  readonly connection?: Connection;
  /** With a Bedrock API key too. */
  readonly bedrock?: BedrockConnection;
}

/**
 * How to ask with what a profile has: its key as it is, a role's session, what the machine has.
 *
 * @param flags.offline nobody is asked, and no session is made
 * @throws {ProfileError | NoKeyError | SourceError} and what making a session throws
 */
export async function linkFor(
  context: Context,
  open: Pick<OpenForReading, "document">,
  name: string,
  flags: { readonly file?: string; readonly timeout: number; readonly offline?: boolean },
): Promise<Link> {
  const profiles = profilesOf(open.document);
  const source = sourceOf(profiles, name);
  const around = aroundProfile(context, flags, profiles.get(name)!);
  if (flags.offline) return { around };
  if (source.kind === "api-key") {
    const { token } = source;
    return { around, bedrock: connectionWith(context, around, { token }, flags) };
  }
  const credentials = source.kind === "static"
    ? source.credentials
    : await sessionOf(context, open, name, flags);
  const connection = connectionWith(context, around, credentials, flags);
  return { around, connection, bedrock: connection };
}

async function sessionOf(
  context: Context,
  open: Pick<OpenForReading, "document">,
  name: string,
  { file }: { readonly file?: string },
): Promise<Connection["credentials"]> {
  const { giver } = await import("./given.ts");
  const options = { static: false, mayAsk: true, ...(file === undefined ? {} : { file }) };
  const given = await (await giver(context, open, name, options))();
  if (given.kind === "keys") return given.credentials;
  throw new TypeError(`profile "${name}" is given ${given.kind}`);
}

/** How requests that only read are repeated. */
export const patience: Patience = { sleep, chance };

/** AWS does not take the key or does not answer, so nothing that is asked with it can be told. */
export class AskingError extends Error {
  override name = "AskingError";
  constructor(readonly profile: string, readonly diagnosis: Diagnosis, readonly around: Around) {
    super(`Cannot ask AWS with profile "${profile}"`);
  }
}
