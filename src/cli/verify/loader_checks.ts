import { ownUid } from "../../platform/host.ts";
import { readIfThere, statIfThere } from "../../platform/optional.ts";
import { loaderNames } from "../unlock/place.ts";
import type { Check } from "./check.ts";
import type { SecretsFile } from "./file_checks.ts";
import { refusedCheck } from "./session_groups.ts";

/** Where the loader is installed on NixOS unless an option says otherwise. */
const systemLoader = "/etc/load-aws-bedrock.sh";
/** Where sops-nix puts secret files, as a loader that cannot be read would have it. */
const systemSecrets = "/run/secrets";

/** A loader on this machine, the folder of its secret files, and what renews them. */
interface Place {
  readonly loader: string;
  readonly secrets: string;
  readonly renew: string;
}

function placesWithLoader(env: Readonly<Record<string, string>>): Place[] {
  const own = `${env.XDG_RUNTIME_DIR}/credsmith`;
  const places: Place[] = [
    { loader: systemLoader, secrets: systemSecrets, renew: "sudo nixos-rebuild switch" },
    ...(env.XDG_RUNTIME_DIR
      ? [{
        loader: `${own}/${loaderNames.sh}`,
        secrets: `${own}/secrets`,
        renew: "credsmith unlock",
      }]
      : []),
  ];
  return places.filter(({ loader }) => look(loader) !== undefined);
}

/** The first loader on this machine, if there is any. */
export function loaderHere(env: Readonly<Record<string, string>>): string | undefined {
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
  env: Readonly<Record<string, string>>,
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
  return found.flatMap(({ loader, secrets: usual, renew }): Check[] => {
    const { profiles, secrets = usual } = saidBy(loader);
    const checks: Check[] = [{ name: "loader", status: "ok", text: loader }];
    const made = look(secrets)?.mtime ?? look(loader)?.mtime ?? undefined;
    if (file && made && changed && made < changed) {
      checks.push({
        name: "loader",
        status: "note",
        text: `Its secret files are older than ${file.shown}`,
        cause: "secret_files_stale",
        fix: { text: renew },
      });
    }
    const key = `${secrets}/aws_${profile === "default" ? "" : `${profile}_`}access_key_id`;
    const bySystem = loader === systemLoader;
    const problem = refusal(key, bySystem) ??
      (profiles.includes(profile) ? absence(key, bySystem, renew) : undefined);
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
function absence(path: string, bySystem: boolean, renew: string): Check | undefined {
  if (look(path) !== undefined) return undefined;
  return {
    name: "loader",
    status: "fail",
    exit: 5,
    text: `${path} is not there`,
    cause: "secret_files_missing",
    fix: bySystem
      ? { text: "journalctl -b -g 'left out'", remark: "says what was left out, and why" }
      : { text: renew },
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
function refusal(path: string, bySystem: boolean): Check | undefined {
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
