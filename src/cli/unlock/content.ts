import { NoKeyError } from "../../aws/errors.ts";
import { loader, shells } from "../../loader/emit.ts";
import { type Unlocked, unlocked } from "../../loader/variables.ts";
import { writeGeneration } from "../../platform/generations.ts";
import type { OpenDocument } from "../../sops/document.ts";
import { profile as profileOf, profilesOf, type ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { type Given, giver } from "../given.ts";
import { withGiven } from "../given/view.ts";
import { withCleanup } from "../signals.ts";
import { loaderNames, manifestName } from "./place.ts";

/** What unlock was told to do with a secrets file. */
export interface UnlockWish {
  /** All of them unless given. */
  readonly profiles?: readonly string[];
  readonly olderNames: boolean;
  readonly static: boolean;
  /** Whether an MFA code may be asked for. */
  readonly mayAsk: boolean;
  readonly file?: string;
  readonly now?: () => Temporal.Instant;
  /** Whether a profile that is gone, or has no session now, is left out, although it was named. */
  readonly lenient?: boolean;
}

/** Profiles as they are handed out, and what became of the others. */
export interface Content extends Unlocked {
  /** Profiles of which there is no session now. */
  readonly failed: readonly { readonly profile: string; readonly error: unknown }[];
  /** Whether the session of one was made with an MFA code. */
  readonly withCode: boolean;
  /** When each of those that end does so. */
  readonly expires: ReadonlyMap<string, Temporal.Instant>;
}

/**
 * What the secret files are to hold: a session of each profile, with `static` the key itself.
 *
 * @throws what the first profile failed with, where none is left or its name was given
 * @throws {NothingToLoadError | ProfileError}
 */
export async function contentOf(
  context: Context,
  document: OpenDocument,
  folder: string,
  wish: UnlockWish,
): Promise<Content> {
  const all = profilesOf(document);
  const chosen = wish.profiles
    ? [...new Set(wish.profiles)].filter((name) => !wish.lenient || all.has(name))
      .map((name) => profileOf(document, name))
    : [...all.values()];
  const expires = new Map<string, Temporal.Instant>();
  const failed: { profile: string; error: unknown }[] = [];
  const views: ProfileView[] = [];
  for (const view of wish.static ? [] : chosen) {
    try {
      const given = await givenOf(context, document, view.name, wish);
      if (given?.kind === "keys" && given.expires) expires.set(view.name, given.expires);
      views.push(given ? withGiven(view, given) : view);
    } catch (error) {
      if (wish.profiles && !wish.lenient) throw error;
      failed.push({ profile: view.name, error });
    }
  }
  const ready = wish.static ? chosen : views;
  const some = ready.some((view) => view.accessKeyId || view.bedrockApiKey);
  if (failed[0] && !some) throw failed[0].error;
  const content = unlocked(ready, `${folder}/secrets`, { olderNames: wish.olderNames });
  const withCode = views.some(({ mfaSerial }) => mfaSerial !== undefined);
  return { ...content, failed, withCode, expires };
}

/** @returns nothing for a profile that has nothing to be handed out */
async function givenOf(
  context: Context,
  document: OpenDocument,
  name: string,
  { mayAsk, file, now }: UnlockWish,
): Promise<Given | undefined> {
  try {
    const give = await giver(context, { document }, name, {
      static: false,
      mayAsk,
      ...(file === undefined ? {} : { file }),
      ...(now ? { now } : {}),
    });
    return await give();
  } catch (error) {
    if (error instanceof NoKeyError) return undefined;
    throw error;
  }
}

/** A signal meanwhile leaves the old generation or the new one; writing is synchronous. */
export async function writeContent(
  folder: string,
  { files, manifest }: Unlocked,
): Promise<number> {
  const encoder = new TextEncoder();
  const contents = files.map(({ name, value }) =>
    [name, encoder.encode(typeof value === "string" ? value : value.reveal())] as const
  );
  return await withCleanup(() => {}, async () => {
    const beside = new Map<string, string>(
      shells.map((shell) => [loaderNames[shell], loader(manifest, shell)]),
    ).set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
    return await writeGeneration(
      folder,
      new Map(contents),
      new Map([...beside].map(([name, text]) => [name, encoder.encode(text)])),
    );
  });
}
