import assert from "node:assert/strict";
import { installerOf } from "../../src/cli/secret_folders.ts";

// deno-fmt-ignore -- a table
const folders: readonly (readonly [
  folder: string,
  os: typeof Deno.build.os,
  renew: string,
  missing: RegExp,
  bySystem: boolean,
])[] = [
  ["/run/secrets", "linux", "sudo nixos-rebuild switch", /^journalctl -b -g /, true],
  ["/run/secrets", "darwin", "sudo darwin-rebuild switch", /^sudo launchctl kickstart -k system\/org\.nixos\./, true],
  ["/run/credsmith-secrets", "linux", "put it where credsmith.runtimeSecretsFile says", /^journalctl -b -u credsmith-runtime-secrets$/, true],
  ["/home/dev/.config/sops-nix/secrets", "linux", "home-manager switch", /^systemctl --user restart sops-nix$/, false],
  ["/Users/dev/.config/sops-nix/secrets", "darwin", "home-manager switch", /^launchctl kickstart -k gui\/\$\(id -u\)\/org\.nix-community\.home\.sops-nix$/, false],
  ["/run/user/1000/credsmith/secrets", "linux", "credsmith unlock", /^credsmith unlock$/, false],
  ["/dev/shm/credsmith-1000/secrets", "linux", "credsmith unlock", /^credsmith unlock$/, false],
];

for (const [folder, os, renew, missing, bySystem] of folders) {
  Deno.test(`what installs ${folder} on ${os} is known by its path`, () => {
    const found = installerOf(folder, os);
    assert.deepEqual([found.renew, found.bySystem], [renew, bySystem]);
    assert.match(found.missing.text, missing);
  });
}
