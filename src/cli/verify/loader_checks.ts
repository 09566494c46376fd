import { ownUid } from "../../platform/host.ts";
import { readIfThere, statIfThere } from "../../platform/optional.ts";
import { type Installer, installerOf } from "../secret_folders.ts";
import { loaderNames } from "../unlock/place.ts";
import type { Check } from "./check.ts";
import type { SecretsFile } from "./file_checks.ts";
import { refusedCheck } from "./session_groups.ts";

type Env = Readonly<Record<string, string>>;

/** A loader on this machine, and the folder of its secret files if it does not say one itself. */
interface Place {
  readonly loader: string;
  readonly secrets: string;
}

/**
 * The places where the Nix modules and `unlock` have one. Where an option puts a module's loader
 * elsewhere, the module leaves it there as well.
 */
function placesWithLoader({ HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR }: Env): Place[] {
  const config = XDG_CONFIG_HOME || (HOME && `${HOME}/.config`);
  const places: (readonly [folder: string | undefined, secrets: string])[] = [
    ["/etc", "/run/secrets"],
    ["/etc/credsmith", "/run/secrets"],
    [config && `${config}/credsmith`, `${config}/sops-nix/secrets`],
    [XDG_RUNTIME_DIR && `${XDG_RUNTIME_DIR}/credsmith`, `${XDG_RUNTIME_DIR}/credsmith/secrets`],
  ];
  return places
    .flatMap(([folder, secrets]) =>
      folder ? [{ loader: `${folder}/${loaderNames.sh}`, secrets }] : []
    )
    .filter(({ loader }) => look(loader) !== undefined);
}

/** The first loader on this machine, if there is any. */
export function loaderHere(env: Env): string | undefined {
  return placesWithLoader(env)[0]?.loader;
}

/**
 * Secret files and loaders on this machine: whether they are there, whether this user may read
 * them, and whether they are older than the secrets file.
 *
 * @param file absent where the user has none
 */
export function loaderChecks(
  file: SecretsFile | undefined,
  env: Env,
  profile: string,
): Check[] {
  const changed = file && (statIfThere(file.path)?.mtime ?? undefined);
  const found = placesWithLoader(env);
  if (found.length === 0) {
    return [{
      name: "loader",
      status: "skip",
      text: "none here; credsmith unlock makes one for this session",
    }];
  }
  return found.flatMap(({ loader, secrets: usual }): Check[] => {
    const { profiles, secrets = usual } = saidBy(loader);
    const installer = installerOf(secrets);
    const checks: Check[] = [{ name: "loader", status: "ok", text: loader }];
    const made = look(secrets)?.mtime ?? look(loader)?.mtime ?? undefined;
    if (file && made && changed && made < changed) {
      checks.push({
        name: "loader",
        status: "note",
        text: `Its secret files are older than ${file.shown}`,
        cause: "secret_files_stale",
        fix: { text: installer.renew },
      });
    }
    const names = ["access_key_id", "bedrock_api_key"].map((each) =>
      `${secrets}/aws_${profile === "default" ? "" : `${profile}_`}${each}`
    );
    const key = names.find((each) => look(each) !== undefined) ?? names[0]!;
    // Another profile's files may be private to services.
    const isLoaded = profiles.includes(profile);
    const problem = (isLoaded || profiles.length === 0 ? refusal(key, installer) : undefined) ??
      (isLoaded ? absence(key, installer) : undefined);
    return problem ? [...checks, problem] : checks;
  });
}

/** What a loader says of itself: its profiles, and the folder of its secret files. */
function saidBy(loader: string): { profiles: readonly string[]; secrets?: string } {
  let text = "";
  try {
    text = new TextDecoder().decode(readIfThere(loader));
  } catch {
    // Not ours to look at.
  }
  const secrets = /^ *__cs_folder='([^']+)'$/m.exec(text)?.[1];
  return {
    profiles: /^# Profiles: ([a-z0-9 -]+)\./m.exec(text)?.[1]?.split(" ") ?? [],
    ...(secrets === undefined ? {} : { secrets }),
  };
}

/** What to do where a secret file is not there that the loader would read. */
function absence(path: string, { missing }: Installer): Check | undefined {
  if (look(path) !== undefined) return undefined;
  return {
    name: "loader",
    status: "fail",
    exit: 5,
    text: `${path} is not there`,
    cause: "secret_files_missing",
    fix: missing,
  };
}

function look(path: string): Deno.FileInfo | undefined {
  try {
    return statIfThere(path);
  } catch {
    // Not ours to look at.
    return undefined;
  }
}

/** What to do where this user may not read a secret file. */
function refusal(path: string, { bySystem }: Installer): Check | undefined {
  try {
    readIfThere(path)?.fill(0);
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) return undefined;
  }
  const text = (file: string) => new TextDecoder().decode(readIfThere(file));
  return refusedCheck({
    path,
    gid: look(path)?.gid ?? undefined,
    uid: ownUid(),
    groups: text("/etc/group"),
    users: text("/etc/passwd"),
    bySystem,
  });
}
