import { makeFolder, readFileIfThere, realPath, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { parentOf } from "../../platform/paths.ts";
import { keyDatesText, parseKeyDates } from "../../status/key_dates.ts";

/** What IAM said earlier about when keys were made, in the user's cache. */
export class KeyDatesFile {
  readonly #path: string | undefined;
  readonly #dates: Map<string, Temporal.Instant>;
  readonly #fresh = new Map<string, Temporal.Instant>();

  /** @param endpoint of IAM, where it is not AWS's own: it knows nothing of AWS's keys */
  constructor(env: Readonly<Record<string, string>>, readonly endpoint: string | undefined) {
    const folder = env.XDG_CACHE_HOME?.startsWith("/")
      ? env.XDG_CACHE_HOME
      : env.HOME && `${env.HOME}/.cache`;
    this.#path = folder ? `${folder}/credsmith/keys.json` : undefined;
    this.#dates = parseKeyDates(this.#read());
  }

  #read(): string {
    try {
      const found = this.#path === undefined ? undefined : readFileIfThere(this.#path);
      return found ? new TextDecoder().decode(found.bytes) : "";
    } catch {
      return "";
    }
  }

  get(id: string): Temporal.Instant | undefined {
    return this.#dates.get(this.#nameOf(id));
  }

  put(id: string, created: Temporal.Instant): void {
    this.#dates.set(this.#nameOf(id), created);
    this.#fresh.set(this.#nameOf(id), created);
  }

  #nameOf(id: string): string {
    return this.endpoint === undefined ? id : `${id} ${this.endpoint}`;
  }

  /** What another process has added meanwhile stays; where it cannot be kept it is asked again. */
  async keep(): Promise<void> {
    const path = this.#path;
    if (this.#fresh.size === 0 || path === undefined) return;
    try {
      makeFolder(parentOf(path), 0o700);
      const real = realPath(path);
      await withDirectoryLock(parentOf(real), () => {
        const all = new Map([...parseKeyDates(this.#read()), ...this.#fresh]);
        replaceFile(real, new TextEncoder().encode(keyDatesText(all)), { mode: 0o600 });
      }, { timeoutMs: 1000 });
    } catch {
      // A cache.
    }
  }
}
