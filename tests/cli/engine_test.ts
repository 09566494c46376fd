import assert from "node:assert/strict";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

/** A home whose secrets file only a PGP key opens; the key's agent ends with it. */
async function homeWithPgp(): Promise<Home & { readonly path: string }> {
  const home = await temporaryHome({
    "plain.yaml": "aws_access_key_id: AKIAIOSFODNN7EXAMPLE\nbedrock:\n    model_id: old\n",
  });
  const env = { GNUPGHOME: `${home.path}/.gnupg` };
  await Deno.mkdir(env.GNUPGHOME, { mode: 0o700 });
  const gpg = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.program("gpg", ["--batch", ...args], { env });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await gpg("--passphrase", "", "--quick-generate-key", "somebody", "default", "default");
  const listed = await gpg("--with-colons", "--list-secret-keys");
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)![1]!;
  await home.write(".sops.yaml", `creation_rules:\n  - pgp: ${fingerprint}\n`);
  const made = await home.program("sops", ["encrypt", "plain.yaml"], { env });
  assert.equal(made.code, 0, made.stderr);
  await home.write("secrets/aws.yaml", made.stdout);
  const end = home[Symbol.asyncDispose].bind(home);
  return Object.assign(home, {
    env: { ...home.env, ...env },
    [Symbol.asyncDispose]: async () => {
      await home.program("gpgconf", ["--kill", "all"], { env });
      await end();
    },
  });
}

peerTest(
  ["sops", "gpg"],
  "a file that only a PGP key opens is read, changed and used",
  async () => {
    await using home = await homeWithPgp();
    const env = { GNUPGHOME: `${home.path}/.gnupg` };
    const get = await home.run(["get", "bedrock/model_id"], { env });
    assert.deepEqual([get.code, get.stdout, get.stderr], [0, "old", ""]);
    const set = await home.run(["set", "bedrock/model_id", "new"], { env });
    assert.equal(set.code, 0, set.stderr);
    const theirs = await home.program("sops", [
      "decrypt",
      "--extract",
      '["bedrock"]["model_id"]',
      "secrets/aws.yaml",
    ], { env });
    assert.equal(theirs.stdout, "new", theirs.stderr);
    const sops = await home.run(["sops", "decrypt", "secrets/aws.yaml"], { env });
    assert.match(sops.stdout, /model_id: new/, sops.stderr);
  },
);

peerTest(
  ["sops", "gpg"],
  "the native engine alone leaves such a file to sops, by name",
  async () => {
    await using home = await homeWithPgp();
    const env = { GNUPGHOME: `${home.path}/.gnupg` };
    for (
      const [args, more] of [
        [["get", "--engine", "native", "bedrock/model_id"], {}],
        [["get", "bedrock/model_id"], { CREDSMITH_ENGINE: "native" }],
      ] as const
    ) {
      const { code, stderr } = await home.run(args, { env: { ...env, ...more } });
      assert.notEqual(code, 0);
      assert.match(stderr, /its keys \(pgp\) are elsewhere/);
      assert.match(stderr, /secrets\/aws\.yaml/);
    }
  },
);

peerTest(["sops", "gpg"], "without sops the key, the file and the way out are named", async () => {
  await using home = await homeWithPgp();
  const { code, stderr } = await home.run(["get", "bedrock/model_id"], {
    env: { GNUPGHOME: `${home.path}/.gnupg`, PATH: "/nowhere" },
  });
  assert.equal(code, 3);
  assert.match(stderr, /secrets\/aws\.yaml/);
  assert.match(stderr, /pgp key "[0-9A-F]{40}": the sops program, .* is not on PATH/);
  assert.match(stderr, /install sops/);
});

peerTest(["sops", "age-keygen"], "the binary engine has sops open age files too", async () => {
  await using home = await temporaryHome();
  const made = await home.program("age-keygen", []);
  const recipient = /age1[0-9a-z]+/.exec(made.stdout)![0];
  const identity = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(made.stdout)![0];
  await home.write(".sops.yaml", `creation_rules:\n  - age: ${recipient}\n`);
  await home.write("plain.yaml", "a: b\n");
  const { stdout } = await home.program("sops", ["encrypt", "plain.yaml"]);
  await home.write("secrets/aws.yaml", stdout);
  const env = { SOPS_AGE_KEY: identity };
  const get = await home.run(["get", "--engine", "binary", "a"], { env });
  assert.deepEqual([get.code, get.stdout], [0, "b"], get.stderr);
  const set = await home.run(["set", "a", "--from-file", "plain.yaml"], {
    env: { ...env, CREDSMITH_ENGINE: "binary" },
  });
  assert.equal(set.code, 0, set.stderr);
  const none = await home.run(["get", "--engine", "binary", "a"]);
  assert.equal(none.code, 3, none.stderr);
  assert.match(none.stderr, /age key "age1/);
});

peerTest([], "an engine that is none is refused", async () => {
  await using home = await temporaryHome({ ".sops.yaml": "", "secrets/aws.yaml": "sops: {}\n" });
  const { code } = await home.run(["get", "--engine", "magic", "a"]);
  assert.equal(code, 2);
});
