import {
  linkTargetIfThere,
  listIfThere,
  readIfThere,
  realPathIfThere,
} from "../platform/optional.ts";
import { readSealed } from "../store/secrets_file.ts";
import type { SystemGeneration, Systems } from "./rollback.ts";
import { sealedFormat } from "./look.ts";
import { parseSopsManifest } from "./sops_manifest.ts";

/** Where NixOS keeps its systems. */
export interface SystemPlaces {
  readonly profiles: string;
  readonly current: string;
}

const places: SystemPlaces = { profiles: "/nix/var/nix/profiles", current: "/run/current-system" };

/** Files of a system that name the manifest of sops-nix, in its two modes. */
const naming = ["activate", "etc/systemd/system/sops-install-secrets.service"] as const;

/**
 * The systems of this host, with the age of the secrets file that each brings.
 *
 * @param secret the name of the secret file whose origin counts, `aws_access_key_id`
 */
export async function readSystems(secret: string, from: SystemPlaces = places): Promise<Systems> {
  const { profiles, current } = from;
  const numbers = listIfThere(profiles).flatMap((name) => {
    const [, number] = name.match(/^system-(\d+)-link$/) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  const generations = numbers.flatMap((number) => {
    const system = realPathIfThere(`${profiles}/system-${number}-link`);
    return system === undefined ? [] : [{ number, system }];
  });
  const modified = new Map<string, string | undefined>();
  const found: SystemGeneration[] = [];
  for (const { number, system } of generations) {
    if (!modified.has(system)) modified.set(system, await secretsModified(system, secret));
    found.push({ number, system, secretsModified: modified.get(system) });
  }
  return {
    current: realPathIfThere(current),
    chosen: chosenNumber(profiles),
    generations: found,
  };
}

/** `system` is a link to `system-N-link`. */
function chosenNumber(profiles: string): number | undefined {
  const [, number] = linkTargetIfThere(`${profiles}/system`)?.match(/system-(\d+)-link$/) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Read without a key, from the metadata of the file that the system names; nothing if it cannot be. */
async function secretsModified(system: string, secret: string): Promise<string | undefined> {
  try {
    for (const name of naming) {
      const text = new TextDecoder().decode(readIfThere(`${system}/${name}`));
      const [path] = text.match(/\/[^\s'"]*-manifest\.json/) ?? [];
      const manifest = path && parseSopsManifest(new TextDecoder().decode(readIfThere(path)));
      const entry = manifest && manifest.secrets.find((each) => each.name === secret);
      if (!entry) continue;
      const { document } = await readSealed(entry.sopsFile, { format: sealedFormat([entry]) });
      return document.metadata.lastModified;
    }
  } catch {
    // A system whose files are not to be had says nothing.
  }
  return undefined;
}
