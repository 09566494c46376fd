import type { Manifest } from "../../../src/loader/manifest.ts";
import { evalJson } from "../../support/nix.ts";

/** What a user sets, and the secrets files beside it. */
export interface Host {
  readonly platform?: "nixos" | "home" | "darwin";
  /** Texts of files; a value of `options` names one with `file:NAME`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

interface InstalledSecret {
  readonly key: string;
  readonly format: string;
  readonly mode: string;
  readonly owner: string | null;
  readonly group: string | null;
  readonly restartUnits: readonly string[];
}

/** `config.credsmith.resolved`. */
export interface Resolved {
  readonly manifest: Manifest;
  readonly secrets: Readonly<Record<string, InstalledSecret>>;
  readonly profiles: Readonly<
    Record<string, Readonly<Record<string, { key: string; name: string | null }>>>
  >;
  readonly runtimeSecrets: Readonly<Record<string, { keys: string[]; optional: boolean }>>;
  readonly defaultProfile: string | null;
  readonly mistakes: readonly { readonly id: string; readonly message: string }[];
  readonly warnings: readonly string[];
  readonly lifecycle: Readonly<Record<string, unknown>>;
  readonly directory: string;
  /** Instead of all that, where the module system itself throws. */
  readonly refused?: true;
}

/** All hosts in one process; the folder of their files reads `…` in texts. */
export async function resolve(hosts: readonly Host[]): Promise<Resolved[]> {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-resolve-" });
  try {
    const cases = await Promise.all(hosts.map(async ({ platform, files, options }, index) => {
      const place = `${folder}/${index}`;
      await Deno.mkdir(place);
      for (const [name, text] of Object.entries(files ?? {})) {
        await Deno.writeTextFile(`${place}/${name}`, text);
      }
      const first = Object.keys(files ?? {})[0];
      const all = {
        enable: true,
        ...(first && options?.secretsFile === undefined ? { secretsFile: `file:${first}` } : {}),
        ...options,
      };
      const json = JSON.stringify(all).replaceAll('"file:', `"${place}/`);
      return { platform: platform ?? "nixos", options: JSON.parse(json) };
    }));
    await Deno.writeTextFile(`${folder}/cases.json`, JSON.stringify(cases));
    const found = await evalJson<unknown>("tests/nix/core/resolve.nix", {
      strings: { cases: `${folder}/cases.json` },
    });
    const places = new RegExp(`${folder}/\\d+/`, "g");
    return JSON.parse(JSON.stringify(found).replaceAll(places, "…/"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
