import assert from "node:assert/strict";
import { parseDocument } from "../../src/sops/document.ts";
import { formatForPath } from "../../src/sops/stores/mod.ts";
import { temporaryHome } from "../support/home.ts";
import { inputs } from "../support/nix.ts";
import { type Peer, peerTest } from "../support/peers.ts";

// The files that sops-nix tests itself with, written by sops 3.5 to 3.7. All but the YAML file are
// for a PGP key alone, so sops adds the age key to those.

const assets = `${inputs}/sops-nix/pkgs/sops-install-secrets/test-assets`;
const here = await Deno.stat(assets).then(() => true, () => false);
const vectorTest = (peers: readonly Peer[], name: string, fn: () => Promise<void>) =>
  here
    ? peerTest(peers, name, fn)
    : Deno.test({ name: `${name} [needs sops-nix]`, ignore: true, fn });

/** It is in some of the files, and in no keyring. */
const otherPgpKey = "2504791468B153B8A3963CC97BA53D1919C5DFD4";

const leaves: Readonly<Record<string, readonly string[]>> = {
  "secrets.yaml": ["test_key", "a_list/0", "a_list/1", "nested/test/file"],
  "secrets.json": ["test_key"],
  "secrets.env": ["hello", "example_key", "example_multiline", "never_gonna"],
  "secrets.ini": ["Welcome!/hello", "Welcome!/example_key", "Welcome!/never_gonna"],
  "secrets.bin": ["data"],
};
for (const [name, paths] of Object.entries(leaves)) {
  vectorTest([], `sops-nix's ${name} is read without a key`, async () => {
    const sealed = await parseDocument(
      await Deno.readFile(`${assets}/${name}`),
      formatForPath(name),
    );
    assert.deepEqual(sealed.leafPaths().map((path) => path.join("/")), paths);
    assert.match(sealed.metadata.lastModified, /^202\d-/);
  });

  vectorTest(["sops", "gpg"], `sops-nix's ${name} opens with its age key`, async () => {
    await using home = await temporaryHome({
      "keys.txt": await Deno.readTextFile(`${assets}/age-keys.txt`),
      [name]: await Deno.readTextFile(`${assets}/${name}`),
    });
    await Deno.chmod(`${home.path}/keys.txt`, 0o600);
    const gpg = `${home.path}/gnupg`;
    await Deno.mkdir(`${gpg}/private-keys-v1.d`, { recursive: true, mode: 0o700 });
    for (const folder of ["", "private-keys-v1.d/"]) {
      for await (const entry of Deno.readDir(`${assets}/gnupghome/${folder}`)) {
        if (!entry.isFile) continue;
        const bytes = await Deno.readFile(`${assets}/gnupghome/${folder}${entry.name}`);
        await Deno.writeFile(`${gpg}/${folder}${entry.name}`, bytes, { mode: 0o600 });
      }
    }
    const env = { SOPS_AGE_KEY_FILE: `${home.path}/keys.txt`, GNUPGHOME: gpg };
    try {
      const text = await home.read("keys.txt");
      const recipient = /age1\w+/.exec(text)![0];
      const expected = await home.program("sops", ["decrypt", name], { env });
      assert.equal(expected.code, 0, expected.stderr);
      if (name !== "secrets.yaml") {
        const args = ["rotate", "-i", "--add-age", recipient, "--rm-pgp", otherPgpKey, name];
        const { code, stderr } = await home.program("sops", args, { env });
        assert.equal(code, 0, stderr);
      }
      const opened = await home.run(["sops", "decrypt", name], { env });
      assert.equal(opened.stdout, expected.stdout, opened.stderr);
    } finally {
      await home.program("gpgconf", ["--homedir", gpg, "--kill", "all"]);
    }
  });
}
