import type { Fix } from "./verify/check.ts";

/** Who installs the secret files of a folder, as far as its path tells. */
export interface Installer {
  /** Whether the system does, for its users; else each user does for themselves. */
  readonly bySystem: boolean;
  /** What brings in a secrets file that has changed. */
  readonly renew: string;
  /** What to do where a file is absent that ought to be there. */
  readonly missing: Fix;
}

/**
 * @param directory where the secret files are, as a loader's manifest has it
 * @see modules/options.nix
 */
export function installerOf(
  directory: string,
  os: typeof Deno.build.os = Deno.build.os,
): Installer {
  const onMac = os === "darwin";
  if (directory === "/run/credsmith-secrets") {
    return {
      bySystem: true,
      renew: "put it where credsmith.runtimeSecretsFile says",
      missing: {
        text: "journalctl -b -u credsmith-runtime-secrets",
        remark: "says why it was not installed",
      },
    };
  }
  if (directory === "/run/secrets") {
    return {
      bySystem: true,
      renew: onMac ? "sudo darwin-rebuild switch" : "sudo nixos-rebuild switch",
      missing: onMac
        ? { text: "sudo launchctl kickstart -k system/org.nixos.sops-install-secrets" }
        : {
          text: "journalctl -b -g 'left out|sops-install-secrets'",
          remark: "says why it was not installed",
        },
    };
  }
  // Where home-manager's sops-nix has them, unless an option says otherwise.
  if (directory.endsWith("/sops-nix/secrets")) {
    return {
      bySystem: false,
      renew: "home-manager switch",
      missing: {
        text: onMac
          ? "launchctl kickstart -k gui/$(id -u)/org.nix-community.home.sops-nix"
          : "systemctl --user restart sops-nix",
      },
    };
  }
  return { bySystem: false, renew: "credsmith unlock", missing: { text: "credsmith unlock" } };
}
