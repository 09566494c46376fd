/** Beside `sops updatekeys` and `sops rotate`: each opens what the other wrote. */
import assert from "node:assert/strict";
import { bob, bobIdentity, bothRules, homeWithTree, opened } from "../support/access.ts";
import type { Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

const files = ["secrets/a.yaml", "secrets/b/c.json", "secrets/d.env", "secrets/e.ini"];
const pgpless = { SOPS_AGE_KEY: "" };

async function sops(home: Home, args: readonly string[], key = testIdentity): Promise<string> {
  const { code, stdout, stderr } = await home.program("sops", args, {
    env: { ...pgpless, SOPS_AGE_KEY: key, HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent" },
  });
  assert.equal(code, 0, `sops ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A file without what is encrypted anew each time: the stanzas. */
function withoutStanzas(text: string): string {
  return text.replaceAll(/-----BEGIN AGE.*?END AGE ENCRYPTED FILE-----(\\n|\n)?/gs, "stanza");
}

/** Each recipe is run by both on the same files. */
const rules: readonly (readonly [what: string, before: string, after: string])[] = [
  ["one more", bothRules.replace(/\n.*bob\n$/, "\n"), bothRules],
  ["one less", bothRules, bothRules.replace(/\n.*bob\n$/, "\n")],
  [
    "text with commas, another order",
    `creation_rules:\n  - age: ${testRecipient}\n`,
    `creation_rules:\n  - age: ${bob},${testRecipient}\n`,
  ],
  [
    "key groups with shares",
    `creation_rules:\n  - age: ${testRecipient}\n`,
    `creation_rules:\n  - shamir_threshold: 1\n    key_groups:\n      - age: [${testRecipient}]\n`,
  ],
];

for (const [what, before, after] of rules) {
  peerTest(["sops"], `access sync writes what sops updatekeys writes: ${what}`, async () => {
    await using ours = await homeWithTree({ rules: before });
    await ours.run(["access", "sync", "--yes"]);
    await using theirs = await homeWithTree({ rules: before });
    for (const file of files) await theirs.write(file, await ours.read(file));
    for (const home of [ours, theirs]) await home.write(".sops.yaml", after);
    const result = await ours.run(["access", "sync", "--yes"]);
    assert.equal(result.code, 0, result.stderr);
    for (const file of files) {
      await sops(theirs, ["updatekeys", "-y", file]);
      const [one, other] = [await ours.read(file), await theirs.read(file)];
      // SOPS writes a threshold that says nothing with one group; so does the next sync then not.
      const same = (text: string) => withoutStanzas(text).replaceAll(/.*shamir_threshold.*\n/g, "");
      assert.equal(same(one), same(other), file);
      for (const key of [testIdentity, ...after.includes(bob) ? [bobIdentity] : []]) {
        const texts = [
          await sops(ours, ["decrypt", file], key),
          (await opened(theirs, file, key)).text,
        ];
        assert.equal(texts[0], texts[1], file);
      }
    }
    const idle = await theirs.run(["access", "sync", "--yes"]);
    assert.match(idle.stderr, /^Nothing to do/, idle.stderr);
    for (const file of files) {
      const text = await ours.read(file);
      await sops(ours, ["updatekeys", "-y", file]);
      assert.equal(await ours.read(file), text, `sops would change ${file} again`);
    }
  });
}

peerTest(["sops"], "sops opens and rotates what access renew wrote, and the reverse", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  const plain = await Promise.all(files.map((file) => sops(home, ["decrypt", file])));
  for (let round = 0; round < 2; round++) {
    const renewed = await home.run(["access", "renew", "--yes"]);
    assert.equal(renewed.code, 0, renewed.stderr);
    for (const [at, file] of files.entries()) {
      assert.equal(await sops(home, ["decrypt", file], bobIdentity), plain[at], file);
      const before = await opened(home, file);
      await sops(home, ["rotate", "-i", file]);
      const after = await opened(home, file, bobIdentity);
      assert.equal(after.text, before.text, file);
      assert.deepEqual(after.recipients, [testRecipient, bob]);
      assert.ok(after.enc.every((each) => !before.enc.includes(each)));
    }
    const verified = await home.run(["access", "list", "--verify"]);
    assert.match(verified.stdout, /^4 of 4 files verified$/m);
  }
});

peerTest(["sops"], "who was removed opens nothing with sops, new file or new value", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  await home.run(["access", "sync", "--yes"]);
  await home.run(["access", "remove", "bob", "--yes"]);
  for (const file of files) {
    const { code } = await home.program("sops", ["decrypt", file], {
      env: { SOPS_AGE_KEY: bobIdentity, HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent" },
    });
    assert.notEqual(code, 0, file);
    await sops(home, ["decrypt", file]);
  }
});

peerTest(
  ["sops", "gpg"],
  "a PGP key in a rule: sync, verify and renew, with gpg alone",
  async () => {
    await using home = await homeWithTree({ files: 2 });
    const GNUPGHOME = `${home.path}/.gnupg`;
    await Deno.mkdir(GNUPGHOME, { mode: 0o700 });
    const gpg = async (...args: string[]) =>
      await home.program("gpg", ["--batch", ...args], { env: { GNUPGHOME } });
    const made = await gpg(
      "--passphrase",
      "",
      "--quick-gen-key",
      "t@x",
      "default",
      "default",
      "never",
    );
    assert.equal(made.code, 0, made.stderr);
    const listed = await gpg("--list-keys", "--with-colons");
    const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed.stdout)![1]!;
    await home.write(
      ".sops.yaml",
      `creation_rules:\n  - age: ${testRecipient}\n    pgp: ${fingerprint}\n`,
    );
    try {
      const synced = await home.run(["access", "sync", "--yes"], { env: { GNUPGHOME } });
      assert.equal(synced.code, 0, synced.stderr);
      assert.match(synced.stderr, new RegExp(`gains {2}pgp ${fingerprint}: 2 files`));
      await Deno.remove(`${home.path}/.config`, { recursive: true });
      for (const args of [["list", "--verify"], ["renew", "--yes"], ["list", "--verify"]]) {
        const { code, stderr } = await home.run(["access", ...args], { env: { GNUPGHOME } });
        assert.equal(code, 0, stderr);
      }
      const { code, stdout } = await home.program("sops", ["decrypt", "secrets/a.yaml"], {
        env: { GNUPGHOME },
      });
      assert.equal(code, 0);
      assert.match(stdout, /^password: hunter2$/m);
    } finally {
      await home.program("gpgconf", ["--kill", "all"], { env: { GNUPGHOME } });
    }
  },
);
