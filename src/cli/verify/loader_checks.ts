import { ownUid } from "../../platform/host.ts";
import { readIfThere, statIfThere } from "../../platform/optional.ts";
import { loaderNames } from "../unlock/place.ts";
import type { Check } from "./check.ts";
import type { SecretsFile } from "./file_checks.ts";
import { refusedCheck } from "./session_groups.ts";

/** Where the loader is installed on NixOS unless an option says otherwise. */
const systemLoader = "/etc/load-aws-bedrock.sh";
/** Where sops-nix puts secret files. */
const systemSecrets = "/run/secrets";

/** Secret files and loaders on this machine, and whether they are older than the secrets file. */
export function loaderChecks(file: SecretsFile, env: Readonly<Record<string, string>>): Check[] {
  const changed = statIfThere(file.path)?.mtime ?? undefined;
  const places: readonly (readonly [loader: string, secrets: string, renew: string])[] = [
    [systemLoader, systemSecrets, "sudo nixos-rebuild switch"],
    ...(env.XDG_RUNTIME_DIR
      ? [
        [
          `${env.XDG_RUNTIME_DIR}/credsmith/${loaderNames.sh}`,
          `${env.XDG_RUNTIME_DIR}/credsmith/secrets`,
          "credsmith unlock",
        ] as const,
      ]
      : []),
  ];
  const found = places.filter(([loader]) => look(loader) !== undefined);
  if (found.length === 0) {
    return [{
      name: "loader",
      status: "skip",
      text: "none here; credsmith unlock makes one for this session",
    }];
  }
  return found.flatMap(([loader, secrets, renew]): Check[] => {
    const checks: Check[] = [{ name: "loader", status: "ok", text: loader }];
    const made = look(secrets)?.mtime ?? look(loader)?.mtime ?? undefined;
    if (made && changed && made < changed) {
      checks.push({
        name: "loader",
        status: "note",
        text: `Its secret files are older than ${file.shown}`,
        cause: "secret_files_stale",
        fix: { text: renew },
      });
    }
    const refused = refusal(`${secrets}/aws_access_key_id`, loader === systemLoader);
    return refused ? [...checks, refused] : checks;
  });
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
