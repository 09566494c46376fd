import { now } from "../../platform/clock.ts";
import { readFileIfThere, sameBytes } from "../../platform/files.ts";
import type { Held } from "../../serve/keeper.ts";
import type { Context } from "../command.ts";
import { ApiKeyProfileError } from "../credential_process/errors.ts";
import { explain } from "../faults.ts";
import { type Given, type Giver, giver, type GivingOptions } from "../given.ts";
import type { OpenForReading } from "../open.ts";

/** Where the credentials of all profiles come from, while the secrets file may change. */
export class Supply {
  readonly #givers = new Map<string, Promise<Giver>>();
  #open: OpenForReading;
  #asks = true;
  /** The file as it was when it could not be opened, so that this is tried and told once. */
  #unopened: Uint8Array | undefined;

  /**
   * @param options.reopen opens the secrets file again; nothing where it cannot be without asking
   */
  constructor(
    readonly context: Context,
    open: OpenForReading,
    readonly options:
      & Omit<GivingOptions, "mayAsk">
      & { readonly reopen?: () => Promise<OpenForReading> },
  ) {
    this.#open = open;
  }

  /** Credentials of a profile: what is cached and good, else what is made anew. */
  async ask(name: string): Promise<Held> {
    await this.#followFile();
    let known = this.#givers.get(name);
    if (!known) {
      const { reopen: _, ...options } = this.options;
      known = giver(this.context, this.#open, name, { ...options, mayAsk: this.#asks });
      this.#givers.set(name, known);
    }
    return heldOf(await (await known)(), name);
  }

  /** From now on nobody is asked for a code: whoever is there may not be looking. */
  askNobody(): void {
    this.#asks = false;
    this.#givers.clear();
  }

  /** Takes what stands in the secrets file now: its key may have been replaced. */
  async #followFile(): Promise<void> {
    const { reopen } = this.options;
    const { bytes } = reopen ? readFileIfThere(this.#open.path) ?? {} : {};
    if (!reopen || !bytes || sameBytes(bytes, this.#open.snapshot.bytes)) return;
    if (this.#unopened && sameBytes(bytes, this.#unopened)) return;
    try {
      this.#open = await reopen();
      this.#givers.clear();
      this.#unopened = undefined;
    } catch (error) {
      this.#unopened = bytes;
      const { message } = await explain(error);
      this.context.terminal.note(`${this.#open.shown} has changed. ${message}`);
      this.context.terminal.note("  What it held before is served");
    }
  }
}

/** Hours after which clients ask again for a key that does not end. */
const keyHours = 1;

function heldOf(given: Given, name: string): Held {
  if (given.kind === "api-key") throw new ApiKeyProfileError(name);
  const issued = now();
  return {
    ...given.credentials,
    issued,
    expires: given.expires ?? issued.add({ hours: keyHours }),
  };
}
