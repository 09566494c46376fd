import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { ageGroup, newDocument, parseDocument } from "../../src/sops/document.ts";
import { KeyServiceError } from "../../src/sops/errors.ts";
import type { KeyGroup, KeyType, OtherKey } from "../../src/sops/keys/master_key.ts";
import { Secret } from "../../src/sops/secret.ts";
import { Scalar } from "../../src/sops/tree.ts";
import { remoteKeyservice, sopsKeyservice } from "../../src/store/sops_keyservice.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");

function pgp(fingerprint: string): OtherKey {
  const value = new Scalar("str", fingerprint);
  return { type: "pgp", entry: { kind: "mapping", entries: [{ kind: "pair", key: "fp", value }] } };
}

function service(env: Readonly<Record<string, string>>, types: readonly KeyType[] = ["pgp"]) {
  const using = sopsKeyservice({ types, env, now });
  return Object.assign(using, { [Symbol.asyncDispose]: () => using.close() });
}

async function sealed(group: KeyGroup, services: ReturnType<typeof service>) {
  const document = await newDocument({ documents: [{ kind: "mapping", entries: [] }] }, "yaml", {
    keys: { groups: [group] },
  });
  document.set(["key"], new Secret("value"));
  return await document.seal({ now, random: randomBytes, services: [services] });
}

/** A PGP key without a passphrase, in a keyring of the home; its agent ends with the home. */
async function keyring(home: Home) {
  const env = { ...home.env, GNUPGHOME: `${home.path}/gnupg` };
  await Deno.mkdir(env.GNUPGHOME, { mode: 0o700 });
  const gpg = (...args: string[]) => home.program("gpg", ["--batch", ...args], { env });
  const made = await gpg(
    "--passphrase",
    "",
    "--quick-generate-key",
    "somebody",
    "default",
    "default",
  );
  assert.equal(made.code, 0, made.stderr);
  const { stdout } = await gpg("--with-colons", "--list-secret-keys");
  return {
    env,
    fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(stdout)![1]!,
    [Symbol.asyncDispose]: async () => {
      await home.program("gpgconf", ["--kill", "all"], { env });
    },
  };
}

peerTest(["sops", "gpg"], "a PGP key opens what sops sealed, and sops what we did", async () => {
  await using home = await temporaryHome({ "plain.yaml": "key: value\n" });
  await using ring = await keyring(home);
  const { env, fingerprint } = ring;
  const theirs = await home.program("sops", ["encrypt", "--pgp", fingerprint, "plain.yaml"], {
    env,
  });
  assert.equal(theirs.code, 0, theirs.stderr);
  await using keys = service(env);
  const document = await (await parseDocument(new TextEncoder().encode(theirs.stdout), "yaml"))
    .open([], [keys]);
  assert.equal(document.getText(["key"])?.reveal(), "value");

  await home.write("ours.yaml", await sealed([pgp(fingerprint)], keys));
  const ours = await home.program("sops", ["decrypt", "ours.yaml"], { env });
  assert.equal(ours.stdout, "key: value\n", ours.stderr);
});

peerTest(
  ["sops", "gpg"],
  "a PGP key that is not in the keyring is named, with what sops said",
  async () => {
    await using home = await temporaryHome();
    await using ring = await keyring(home);
    await using keys = service(ring.env);
    const stranger = "0123456789ABCDEF0123456789ABCDEF01234567";
    await assert.rejects(sealed([pgp(stranger)], keys), (error) => {
      assert.ok(error instanceof KeyServiceError);
      assert.deepEqual([error.type, error.key, error.reason], ["pgp", stranger, "refused"]);
      assert.notEqual(error.said, "");
      return true;
    });
  },
);

peerTest(["sops", "age-keygen"], "age keys can be asked for there as well", async () => {
  await using home = await temporaryHome();
  const made = await home.program("age-keygen", []);
  const recipient = /age1[0-9a-z]+/.exec(made.stdout)![0];
  const identity = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(made.stdout)![0];
  await using keys = service({ ...home.env, SOPS_AGE_KEY: identity }, ["age"]);
  const file = await sealed(ageGroup([recipient]), keys);
  const document = await (await parseDocument(file, "yaml")).open([], [keys]);
  assert.equal(document.getText(["key"])?.reveal(), "value");
});

Deno.test("where a key service is to be and is not, that is said", async () => {
  const elsewhere = remoteKeyservice("/nowhere/socket", { types: ["pgp"], now });
  await using keys = Object.assign(elsewhere, { [Symbol.asyncDispose]: () => elsewhere.close() });
  await assert.rejects(
    sealed([pgp("ABCD")], keys),
    (error) =>
      error instanceof KeyServiceError && error.reason === "refused" &&
      error.said === "its key service is not there (ENOENT)",
  );
});

Deno.test("where there is no sops, the key is named", async () => {
  await using keys = service({ PATH: "/nowhere" });
  await assert.rejects(
    sealed([pgp("ABCD")], keys),
    (error) =>
      error instanceof KeyServiceError && error.reason === "absent" && error.key === "ABCD",
  );
});
