import { now, sleep } from "../../platform/clock.ts";
import { RuntimeFolderError } from "../../platform/errors.ts";
import type { ListenAt, Listener } from "../../platform/http_server.ts";
import { endBySignal } from "../../platform/foreground.ts";
import { onEndingSignal } from "../../platform/processes.ts";
import { chance } from "../../platform/random.ts";
import { activatedSockets, isHandedToParent } from "../../serve/activation.ts";
import { parsePlace, type Place, reachOf, urlOf } from "../../serve/addresses.ts";
import { Keeper } from "../../serve/keeper.ts";
import { serveCredentials } from "../../serve/server.ts";
import { containerVariables, type TokenPlace } from "../../serve/variables.ts";
import { profile as profileOf } from "../../store/credentials.ts";
import type { ServeFlags } from "../commands/serve.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { explain } from "../faults.ts";
import { givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { failureOf, noteEvent, RefusalNotes } from "./notes.ts";
import { environmentFor, runWith, warnOfOverrides } from "./program.ts";
import { Supply } from "./supply.ts";
import { namedTokenFile, newToken, ownTokenFile, type TokenFile } from "./token_file.ts";

/** @returns the exit code; with a program, that program's */
export async function serve(
  context: Context,
  flags: ServeFlags,
  names: readonly string[],
  program: readonly string[] | undefined,
): Promise<number> {
  const { terminal } = context;
  const places = placesOf(context, flags);
  if (program && flags.json) {
    throw new UsageError(
      "Cannot print JSON and run a program: standard output is the program's",
      "leave out --json",
      "flags_conflict",
    );
  }
  const [first, ...others] = [...new Set(names)];
  const profiles = [first!, ...others] as const;
  const open = await openForReading(context, { ...flags, keeps: keeps(program) });
  const views = new Map(profiles.map((name) => [name, profileOf(open.document, name)]));
  // The program has the terminal, so nobody could be asked for a passphrase beside it.
  const busyTerminal = program !== undefined && terminal.interactive;
  const supply = new Supply(context, open, {
    static: flags.static,
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(busyTerminal
      ? {}
      : { reopen: () => openForReading(context, { ...flags, keeps: keeps(program) }) }),
  });
  let starting = true;
  const keepers = new Map(profiles.map((name) => [
    name,
    new Keeper({
      ask: () => supply.ask(name),
      now,
      chance,
      tell: async (event) => {
        // What it ends with is told at its end.
        if (starting && event.kind === "failing" && !await isTemporary(event.error)) return;
        await noteEvent(terminal, name, event);
      },
    }),
  ]));
  await firstCredentials(keepers);
  starting = false;
  supply.askNobody();

  let token = flags.tokenFile === undefined
    ? undefined
    : await namedTokenFile(context, flags.tokenFile);
  const secret = token?.token ?? newToken();
  const refusals = new RefusalNotes(terminal, now);
  const listeners = await serveCredentials(places, {
    token: secret,
    profiles,
    give: (name) => keepers.get(name)!.give(),
    explain: failureOf,
    refused: (code) => refusals.add(code),
  });
  const stop = new AbortController();
  let ended: Awaited<ReturnType<typeof runWith>> | undefined;
  try {
    token ??= await tokenFor(context, listeners[0]!, secret, program);
    for (const listener of listeners) warnOfReach(context, listener);
    for (const keeper of keepers.values()) void keeper.keepFresh(sleep, stop.signal);
    const tokenPlace = token ? { file: token.path } : { token: secret };
    const uri = urlOf(reachable(listeners[0]!), "/");
    const variables = containerVariables(uri, tokenPlace);
    if (program) {
      const settings = environmentFor(views.get(first!)!);
      ended = await runWith(context, program, { variables, settings });
      return ended.code;
    }
    const asked = untilSignal();
    tell(context, { flags, listeners, profiles, variables, tokenPlace, shown: open.shown });
    await asked;
    return exitCodes.done;
  } finally {
    stop.abort();
    // Clients find no token any more that would not be taken.
    token?.remove();
    await Promise.all(listeners.map((each) => each.stop()));
    if (ended?.signal) await endBySignal(ended.signal);
  }
}

/** What has to stay allowed while it serves. */
function keeps(program: readonly string[] | undefined) {
  return [...givingPermissions, ...(program ? ["run"] as const : [])];
}

function placesOf({ env }: Context, { listen }: ServeFlags): readonly ListenAt[] {
  const sockets = activatedSockets(env, Deno.pid);
  if (sockets.length) {
    if (listen) {
      throw new UsageError(
        "Cannot listen where --listen says: systemd has opened the sockets",
        "leave out --listen, or start it without its .socket unit",
        "flags_conflict",
      );
    }
    return sockets.map((descriptor) => ({ descriptor }));
  }
  if (isHandedToParent(env, Deno.ppid)) {
    throw new RefusedError(
      "Cannot take the sockets that systemd opened: they are for the program that started this one",
      "have ExecStart= name credsmith itself, or a script that ends with exec credsmith",
      "sockets_of_parent",
    );
  }
  return (listen ?? ["127.0.0.1:0"]).map((text) => {
    const place = parsePlace(text);
    if (!place) {
      throw new UsageError(
        `Cannot listen on "${text}": that is no ADDRESS:PORT`,
        "for example 127.0.0.1:9911, or [::1]:9911",
      );
    }
    if (reachOf(place.address) === "every") {
      throw new RefusedError(
        `Refused to listen on "${text}": every network of this machine could ask`,
        "name one address; credsmith serve --help",
        "every_address",
      );
    }
    return place;
  });
}

/**
 * Asks for everything before anybody is told that it is there, one after another, since each may ask
 * for a code. What is only out of reach for now comes later.
 */
async function firstCredentials(keepers: ReadonlyMap<string, Keeper>): Promise<void> {
  for (const keeper of keepers.values()) {
    try {
      await keeper.give();
    } catch (error) {
      if (!await isTemporary(error)) throw error;
    }
  }
}

async function isTemporary(error: unknown): Promise<boolean> {
  return (await explain(error)).exit === exitCodes.temporary;
}

/** A file in memory; where there is no memory for files, a program gets the token itself. */
async function tokenFor(
  context: Context,
  place: Place,
  token: string,
  program: readonly string[] | undefined,
): Promise<TokenFile | undefined> {
  try {
    return await ownTokenFile(context, place, token);
  } catch (error) {
    if (program && error instanceof RuntimeFolderError) return undefined;
    throw error;
  }
}

/** A place as a client can name it. */
function reachable(place: Place): Place {
  if (place.address === "0.0.0.0") return { ...place, address: "127.0.0.1" };
  return place.address === "::" ? { ...place, address: "::1" } : place;
}

function warnOfReach({ terminal }: Context, { address, port }: Listener): void {
  const reach = reachOf(address);
  if (reach === "other" || reach === "every") {
    const where = urlOf({ address, port }, "/");
    terminal.note(`Warning: AWS SDKs refuse ${where}: to http they go on loopback only,`);
    terminal.note("  or at 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]");
    terminal.note("  Whoever reads that network's packets sees the token and the credentials");
  }
}

interface Telling {
  readonly flags: ServeFlags;
  readonly listeners: readonly Listener[];
  readonly profiles: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly tokenPlace: TokenPlace;
  readonly shown: string;
}

function tell(context: Context, telling: Telling): void {
  const { flags, listeners, profiles, variables, shown } = telling;
  const { terminal } = context;
  const [first, ...others] = profiles;
  const place = reachable(listeners[0]!);
  if (flags.json) {
    terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      file: shown,
      listening: listeners.map(({ address, port }) => ({ address, port, reach: reachOf(address) })),
      profiles: profiles.map((name) => ({ name, uri: urlOf(place, `/${name}`) })),
      variables,
    }));
  } else {
    for (const [name, value] of Object.entries(variables)) terminal.line(`${name}=${value}`);
  }
  terminal.note(`Serving ${first} of ${shown} until it is stopped`);
  for (const name of others) terminal.note(`  ${name.padEnd(10)} ${urlOf(place, `/${name}`)}`);
  warnOfOverrides(context);
}

/** The second signal ends the process at once. */
function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = onEndingSignal(() => {
    stop();
    resolve();
  });
  return promise;
}
