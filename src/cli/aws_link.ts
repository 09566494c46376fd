import type { Connection } from "../aws/clients.ts";
import type { Diagnosis } from "../aws/diagnose.ts";
import { sourceOf } from "../aws/source.ts";
import { now, sleep } from "../platform/clock.ts";
import { randomBytes } from "../platform/random.ts";
import { profilesOf } from "../store/credentials.ts";
import type { Context } from "./command.ts";
import type { OpenForReading } from "./open.ts";
import { type Around, aroundProfile } from "./verify/online.ts";
import { proxyOf } from "./verify/surroundings.ts";

/** Connecting takes at most so many milliseconds, whatever the whole may take. */
const connectLimit = 3000;

/** What asking with a profile's credentials takes. */
export interface Link {
  readonly connection: Connection;
  readonly around: Around;
}

/**
 * A connection with what a profile has: its key as it is, a role's session.
 *
 * @returns no connection for a Bedrock API key, which signs nothing
 * @throws {ProfileError | NoKeyError | SourceError} and what making a session throws
 */
export async function linkFor(
  context: Context,
  open: Pick<OpenForReading, "document">,
  name: string,
  flags: { readonly file?: string; readonly timeout: number },
): Promise<Link | { readonly around: Around; readonly connection?: undefined }> {
  const profiles = profilesOf(open.document);
  const source = sourceOf(profiles, name);
  const around = aroundProfile(context, flags, profiles.get(name)!);
  if (source.kind === "api-key") return { around };
  const credentials = source.kind === "static"
    ? source.credentials
    : await sessionOf(context, open, name, flags);
  const proxy = proxyOf(context.env);
  const connection: Connection = {
    region: around.region,
    credentials,
    endpoints: around.endpoints,
    limits: { connect: connectLimit, request: flags.timeout * 1000 },
    now,
    ...(proxy ? { proxy } : {}),
  };
  return { connection, around };
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
export const patience = {
  sleep,
  chance: () => randomBytes(1)[0]! / 255,
};

/** AWS does not take the key or does not answer, so nothing that is asked with it can be told. */
export class AskingError extends Error {
  override name = "AskingError";
  constructor(readonly profile: string, readonly diagnosis: Diagnosis, readonly around: Around) {
    super(`Cannot ask AWS with profile "${profile}"`);
  }
}
