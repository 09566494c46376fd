import assert from "node:assert/strict";
import { bech32 } from "@scure/base";
import fc from "fast-check";
import {
  IdentityError,
  IntegrityError,
  RecipientError,
  UnsupportedError,
} from "../../src/sops/errors.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { unwrapDataKey, wrapDataKey } from "../../src/sops/keys/age.ts";
import { keyPairOf, openAgeFile, openByX25519 } from "../../src/sops/keys/age_file.ts";
import {
  checkRecipient,
  generateIdentity,
  parseIdentities,
  pluginNameOf,
  recipientOf,
  scalarOf,
  type SealedIdentity,
} from "../../src/sops/keys/identity.ts";
import { sshToAgeIdentity, sshToAgeRecipient } from "../../src/sops/keys/ssh.ts";

const seven = generateIdentity((length) => new Uint8Array(length).fill(7));
const text = seven.secret.reveal();

Deno.test("an identity file has comments, blank lines and either line end", () => {
  const file = `\uFEFF# created: today\r\n\r\n  ${text}  \r\n# public key: age1…\n${text}\n`;
  const found = parseIdentities(file, "keys.txt");
  assert.deepEqual(found.map(({ kind }) => kind), ["x25519", "x25519"]);
  assert.equal(found[0]!.kind === "x25519" && found[0]!.secret.reveal(), text);
});

Deno.test("several identities stand on a line only where SOPS allows it", () => {
  assert.equal(parseIdentities(`${text} ${text}`, "SOPS_AGE_KEY", { manyPerLine: true }).length, 2);
  assert.throws(() => parseIdentities(`${text} ${text}`, "keys.txt"), IdentityError);
});

const faults: readonly (readonly [string, string])[] = [
  ["a typing error", text.replace(/.$/, (last) => last === "Q" ? "P" : "Q")],
  ["something else", "hunter2"],
  ["a recipient", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"],
  ["mixed case", text.replace(/.$/, (last) => last.toLowerCase())],
  ["another length", "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQ"],
];
for (const [what, line] of faults) {
  Deno.test(`an identity file with ${what} names the line and never quotes it`, () => {
    assert.throws(() => parseIdentities(`# one\n\n${line}\n`, "keys.txt"), (error) => {
      assert.ok(error instanceof IdentityError);
      assert.equal(error.line, 3);
      assert.ok(!error.message.includes(line));
      return true;
    });
  });
}

const plugin = bech32.encodeFromBytes("AGE-PLUGIN-YUBIKEY-", new Uint8Array(7)).toUpperCase();
const sealed: readonly (readonly [string, string])[] = [
  ["age plugin identity", plugin],
  ["identity file encrypted with a passphrase", "age-encryption.org/v1\n-> scrypt AAAA 18\n"],
  ["identity file encrypted with a passphrase", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"],
  ["OpenSSH private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"],
];
for (const [what, content] of sealed) {
  Deno.test(`an ${what} (${content.slice(0, 12)}…) is told apart, and no fault by itself`, () => {
    assert.deepEqual(parseIdentities(content, "keys.txt"), [
      { kind: "unsupported", what, source: "keys.txt" },
    ]);
    const unsealed = { kind: "unsupported", what: "seen", source: "keys.txt" } as const;
    const unseal = (each: SealedIdentity) => {
      assert.equal(each.content.reveal(), content);
      return unsealed;
    };
    assert.deepEqual(parseIdentities(content, "keys.txt", { unseal }), [unsealed]);
  });
}

Deno.test("a plugin is named by its recipients and identities, and by nothing else", () => {
  assert.equal(pluginNameOf(plugin), "yubikey");
  const named = (prefix: string) => pluginNameOf(bech32.encodeFromBytes(prefix, new Uint8Array(3)));
  assert.equal(named("age1yubikey"), "yubikey");
  assert.equal(named("age1a.b+c-d_e"), "a.b+c-d_e");
  for (
    const prefix of ["age", "age1", "age1a/b", "age-plugin-", "age-plugin-yubikey", "x1yubikey"]
  ) {
    assert.equal(named(prefix), undefined, prefix);
  }
  assert.equal(pluginNameOf(plugin.replace(/.$/, "1")), undefined);
});

Deno.test("a recipient is checked down to its checksum", async () => {
  const recipient = await recipientOf(seven);
  assert.equal(checkRecipient(` ${recipient}\n`), recipient);
  const typo = recipient.replace(/.$/, (last) => last === "q" ? "p" : "q");
  assert.throws(() => checkRecipient(typo), RecipientError);
  assert.throws(() => checkRecipient(recipient.slice(0, -1)), RecipientError);
  assert.throws(() => checkRecipient(""), RecipientError);
  assert.throws(() => checkRecipient(text), RecipientError);
  for (const kind of ["age1pq1qqqq", "age1yubikey1qqqq", "ssh-ed25519 AAAA", "ssh-rsa AAAA"]) {
    assert.throws(() => checkRecipient(kind), RecipientError);
  }
  assert.equal(checkRecipient(`${sshKey}\n`), sshKey);
  assert.throws(() => checkRecipient("ecdsa-sha2-nistp256 AAAA"), RecipientError);
});

Deno.test("a data key opens for each recipient, and for nobody else", async () => {
  const dataKey = new Uint8Array(32).fill(9);
  const [one, other, stranger] = [
    generateIdentity(randomBytes),
    generateIdentity(randomBytes),
    generateIdentity(randomBytes),
  ];
  const stanzas = await wrapDataKey(dataKey, [await recipientOf(one), await recipientOf(other)]);
  assert.deepEqual(await unwrapDataKey(stanzas, [one]), dataKey);
  assert.deepEqual(await unwrapDataKey(stanzas, [stranger, other]), dataKey);
  assert.equal(await unwrapDataKey(stanzas, [stranger]), undefined);
  assert.equal(await unwrapDataKey(stanzas, []), undefined);
});

Deno.test("a stanza of one's own that does not open is a fault of the file", async () => {
  const [stanza] = await wrapDataKey(new Uint8Array(32), [await recipientOf(seven)]);
  const { enc } = stanza!;
  const broken = [
    enc.replace("YWdl", "YWdm"),
    enc.split("\n").toSpliced(2, 1).join("\n"),
    "",
    (await wrapDataKey(new Uint8Array(32), [await recipientOf(generateIdentity(randomBytes))]))[0]!
      .enc,
    (await wrapDataKey(new Uint8Array(16), [await recipientOf(seven)]))[0]!.enc,
  ];
  for (const enc of broken) {
    await assert.rejects(unwrapDataKey([{ ...stanza!, enc }], [seven]), IntegrityError);
    const good = await unwrapDataKey([{ ...stanza!, enc }, stanza!], [seven]);
    assert.equal(good?.length, 32);
  }
});

// From sops-nix, pkgs/sops-install-secrets/test-assets: ssh-ed25519-key.pub, and the recipient that
// secrets.yaml there has for it.
const sshKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBI1+Q+ntzANebtnicCiAY29uqLGWOaOGLEa8bUqOVmS root@host";
const sshRecipient = "age1a8pk4akrdamj7nvqy3zywgtny8dxz7t5xzu7u8v9mhrayp9freqsqatyrs";

Deno.test("an SSH Ed25519 key becomes the recipient that ssh-to-age makes of it", async () =>
  assert.equal(await sshToAgeRecipient(`${sshKey}\n`), sshRecipient));

Deno.test("an SSH private key becomes the identity of that recipient", async () => {
  const privateKey = await Deno.readTextFile(new URL("../vectors/ssh/id_ed25519", import.meta.url));
  const publicKey = await Deno.readTextFile(
    new URL("../vectors/ssh/id_ed25519.pub", import.meta.url),
  );
  const [expectedSecret, expectedRecipient] =
    (await Deno.readTextFile(new URL("../vectors/ssh/ssh-to-age.txt", import.meta.url)))
      .trim().split("\n");
  const identity = await sshToAgeIdentity(privateKey, "id_ed25519");
  assert.equal(identity.secret.reveal(), expectedSecret);
  assert.equal(await recipientOf(identity), expectedRecipient);
  assert.equal(await sshToAgeRecipient(publicKey), expectedRecipient);
});

const sshFaults: readonly (readonly [string, string, new (...args: never[]) => Error])[] = [
  ["an RSA key that is cut short", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ==", RecipientError],
  ["an ECDSA key", "ecdsa-sha2-nistp256 AAAAE2VjZHNh", UnsupportedError],
  ["a security key", "sk-ssh-ed25519@openssh.com AAAAGnNr", UnsupportedError],
  ["nothing", "", RecipientError],
  ["a key that is cut short", sshKey.slice(0, 60), RecipientError],
  ["a key that says otherwise inside", sshKey.replace("AAAAC3Nz", "AAAAC3Ny"), RecipientError],
  ["base64 that is none", "ssh-ed25519 !!!!", RecipientError],
  ["a certificate", "ssh-ed25519-cert-v01@openssh.com AAAAIHNz", UnsupportedError],
];
for (const [what, line, kind] of sshFaults) {
  Deno.test(`${what} is refused as an SSH recipient`, () =>
    assert.rejects(sshToAgeRecipient(line), kind));
}

for (const name of ["id_ed25519_passphrase", "id_ecdsa"]) {
  Deno.test(`an SSH private key of a kind that we cannot use is told apart: ${name}`, async () => {
    const file = await Deno.readTextFile(new URL(`../vectors/ssh/${name}`, import.meta.url));
    await assert.rejects(sshToAgeIdentity(file, name), UnsupportedError);
  });
}

Deno.test("an SSH private key that is cut short is no identity", async () => {
  const file = await Deno.readTextFile(new URL("../vectors/ssh/id_ed25519", import.meta.url));
  const body = file.split("\n").slice(1, -2).join("");
  for (let length = 0; length < body.length; length += 4) {
    const cut = [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      body.slice(0, length),
      "-----END OPENSSH PRIVATE KEY-----",
    ].join("\n");
    await assert.rejects(
      sshToAgeIdentity(cut, "id"),
      (error) => error instanceof IdentityError || error instanceof UnsupportedError,
    );
  }
});

Deno.test("any age file that the library seals opens, for its recipients only", async () => {
  const { armor, Encrypter } = await import("age-encryption");
  const pairs = await Promise.all([seven, generateIdentity(randomBytes)].map(async (identity) => ({
    recipient: await recipientOf(identity),
    key: await keyPairOf(scalarOf(identity)),
  })));
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 4 }),
      async (content, chosen) => {
        const encrypter = new Encrypter();
        for (const index of chosen) encrypter.addRecipient(pairs[index]!.recipient);
        const file = armor.encode(await encrypter.encrypt(new Uint8Array(content)));
        for (const [index, { key }] of pairs.entries()) {
          const opened = await openAgeFile(file, [openByX25519([key])]);
          assert.deepEqual(opened, chosen.includes(index) ? new Uint8Array(content) : undefined);
        }
      },
    ),
    { numRuns: 40 },
  );
});
