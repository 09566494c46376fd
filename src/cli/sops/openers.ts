import { now } from "../../platform/clock.ts";
import type { CallAddress } from "../../platform/unary_call.ts";
import {
  type KeyGroup,
  type KeyType,
  otherKeyTypes,
  recipientsOf,
} from "../../sops/keys/master_key.ts";
import { recipientKind } from "../../sops/keys/identity.ts";
import type { ConnectPlugin } from "../../sops/keys/plugin.ts";
import type { LoadedIdentities } from "../../store/identities.ts";
import type { Context } from "../command.ts";
import { forOpening, identitiesOf } from "../open.ts";
import { asSopsExit } from "./failures.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import type { Flags } from "./grammar.ts";

/** What a command opens and seals data keys with. */
export interface Keyring extends LoadedIdentities {
  readonly services: NonNullable<LoadedIdentities["services"]>;
  /** Starts the programs of age plugins. */
  readonly connect: ConnectPlugin;
  /** What using it needs of permissions. */
  readonly needs: ReturnType<typeof forOpening>;
}

/** The order of key types that the flags name. @throws {SopsExit} 112 */
export function decryptionOrder(flags: Flags): readonly string[] | undefined {
  const text = flags.text("decryption-order");
  if (text === "") return undefined;
  const order = text.split(",");
  const twice = order.find((type, index) => order.indexOf(type) < index);
  if (twice === undefined) return order;
  throw new SopsExit(
    sopsCodes.duplicateDecryptionKeyType,
    `Duplicate decryption key type: ${twice}`,
  );
}

/**
 * Identities and key services: our own unless `--enable-local-keyservice=false`, and those that
 * `--keyservice` names.
 *
 * @param groups all keys that are to be opened or sealed
 * @param options.toSeal that nothing is to be opened, so that no identity is looked for
 */
export async function keyringOf(
  context: Context,
  flags: Flags,
  groups: readonly KeyGroup[],
  { toSeal = false }: { readonly toSeal?: boolean } = {},
): Promise<Keyring> {
  const local = flags.bool("enable-local-keyservice");
  const { askingOf } = await import("../asking.ts");
  const { connect } = askingOf(context);
  const loaded: LoadedIdentities = !local
    ? { identities: [], sources: [] }
    : toSeal
    ? { identities: [], sources: [], services: await localServices(context, groups) }
    : await identitiesOf(context, recipientsOf(groups), { groups });
  const remotes = await Promise.all(
    flags.list("keyservice").filter(Boolean).map((uri) => remotesAt(context, uri, local)),
  );
  const services = [...loaded.services ?? [], ...remotes.flat()];
  const order = decryptionOrder(flags);
  const asks = loaded.identities.some((each) => each.kind === "opener" && each.asks);
  const plugins = recipientsOf(groups).some((each) => recipientKind(each) === "plugin");
  return {
    ...loaded,
    services,
    connect,
    needs: forOpening({ asks: asks || plugins, services: services.length > 0 }),
    ...(order ? { order } : {}),
  };
}

async function localServices(context: Context, groups: readonly KeyGroup[]) {
  const { engineOf, servicesFor } = await import("../engine.ts");
  return await servicesFor(context, groups, engineOf(context.env));
}

/** Our own way goes first, and data keys for age recipients stay here. */
async function remotesAt(context: Context, uri: string, local: boolean) {
  const address = addressOf(uri);
  if (!address) {
    context.terminal.note(`"${uri}" is passed over: a key service is at tcp://… or unix://…`);
    return [];
  }
  const { remoteKeyservice } = await import("../../store/sops_keyservice.ts");
  const over = (types: readonly KeyType[]) => remoteKeyservice(address, { types, now: now() });
  if (!local) return [over(["age", ...otherKeyTypes])];
  return [over(otherKeyTypes), { ...over(["age"]), only: "open" as const }];
}

function addressOf(uri: string): CallAddress | undefined {
  const path = /^unix:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (path !== undefined) return path;
  const [, hostname, port] = /^tcp:\/\/(?:\[?(.*?)\]?):(\d+)\/?$/.exec(uri) ?? [];
  return port === undefined ? undefined : { hostname: hostname || "localhost", port: Number(port) };
}

export async function closeKeyring({ services }: Keyring): Promise<void> {
  for (const service of services) await service.close?.();
}

/**
 * Makes sure that anything is there that a data key could be sealed with.
 *
 * @throws {SopsExit} with that code
 */
export function requireSealers(flags: Flags, code: number = sopsCodes.generic): void {
  if (flags.bool("enable-local-keyservice") || flags.list("keyservice").some(Boolean)) return;
  throw new SopsExit(
    code,
    "Cannot encrypt a data key: --enable-local-keyservice=false, and no --keyservice is named",
  );
}

/**
 * Sealing data keys: what goes wrong there ends with one code, whatever it is.
 *
 * @throws {SopsExit}
 */
export async function sealing<T>(
  work: () => Promise<T>,
  code: number = sopsCodes.generic,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !ofKeys.has(error.name)) throw error;
    if (error instanceof RangeError) {
      throw new SopsExit(code, `Cannot share out the data key: ${error.message}`);
    }
    const { message, hint } = await asSopsExit(error);
    throw new SopsExit(code, message, hint);
  }
}

const ofKeys = new Set([
  "KeyServiceError",
  "PluginError",
  "UnsupportedError",
  "RecipientError",
  "RangeError",
]);
