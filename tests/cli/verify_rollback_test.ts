import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { encryptedFor } from "../support/degrade_host.ts";
import { credsmith, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testRecipient } from "../support/sops_file.ts";

const unknownKey = "AKIAI44QH8DHBEXAMPLE";

/** Says what a host is whose profile leads to one system while another one was made later. */
const asRolledBack = `set -e
mount -t tmpfs none /run
ln -s "$PWD/store/old" /run/current-system
mount --bind profiles /nix/var/nix/profiles
exec "$@"`;

peerTest(
  ["linux", "root", "nix"],
  "verify --manifest on a host that was rolled back says so of a key that AWS does not know",
  async () => {
    const later = await encryptedFor([testRecipient], "aws_access_key_id: x\n");
    await using home = await temporaryHome({
      "secrets/aws_access_key_id": unknownKey,
      "secrets/aws_secret_access_key": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
      "secrets/aws_region": "us-east-1",
      "store/new.yaml": later,
      // Its date is no part of what is compared here: nothing is decrypted.
      "store/old.yaml": later.replace("2026-11-22T", "2026-10-01T"),
    });
    for (const name of ["old", "new"]) {
      const manifest = {
        secrets: [{ name: "aws_access_key_id", sopsFile: `${home.path}/store/${name}.yaml` }],
        secretsMountPoint: "/run/secrets.d",
        symlinkPath: "/run/secrets",
      };
      await home.write(`store/${name}-manifest.json`, JSON.stringify(manifest));
      await home.write(`store/${name}/activate`, `x ${home.path}/store/${name}-manifest.json\n`);
    }
    await home.write("profiles/.keep", "");
    const systems = { "system-41-link": "old", "system-42-link": "new" };
    for (const [link, name] of Object.entries(systems)) {
      await Deno.symlink(`${home.path}/store/${name}`, `${home.path}/profiles/${link}`);
    }
    await Deno.symlink("system-41-link", `${home.path}/profiles/system`);
    await home.write(
      "manifest.json",
      JSON.stringify({
        version: 1,
        directory: `${home.path}/secrets`,
        profiles: {
          default: {
            files: {
              AWS_ACCESS_KEY_ID: "aws_access_key_id",
              AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
              AWS_REGION: "aws_region",
            },
          },
        },
      }),
    );
    await using standin = startStandin();
    const verify = ["verify", "--manifest", "manifest.json", "--no-invoke"];
    const { code, stdout, stderr } = await home.program(
      "unshare",
      ["--mount", "--propagation=private", "sh", "-c", asRolledBack, "sh", ...credsmith, ...verify],
      { env: standin.env },
    );
    assert.equal(code, 5, stdout + stderr);
    assert.match(stdout, /Rolled back to a deleted key: AWS does not know\s+AKIAI44QH8DHBEXAMPLE/);
    assert.match(stdout, /\[key_rolled_back\]/);
    assert.match(stdout, /System 41 runs, with a secrets file of 2026-10-01/);
    assert.match(stdout, /System 42 has one of 2026-11-22/);
    assert.match(stdout, /fix {7}sudo nixos-rebuild switch/);
  },
);
