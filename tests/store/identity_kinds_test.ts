import assert from "node:assert/strict";
import { startLineProgram } from "../../src/platform/plugins.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { parseDocument } from "../../src/sops/document.ts";
import { NoIdentityError, PassphraseError, PluginError } from "../../src/sops/errors.ts";
import type { ConnectPlugin } from "../../src/sops/keys/plugin.ts";
import { Secret } from "../../src/sops/secret.ts";
import { type IdentityContext, loadIdentities } from "../../src/store/identities.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { type Peer, peerTest } from "../support/peers.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const plain = "key: value\n";

/** A key pair, and how each program is told of it. */
interface Kind {
  readonly peers: readonly Peer[];
  /** @returns the recipient, and the variables by which ours and sops find the identity */
  make(home: Home): Promise<{
    readonly recipient: string;
    readonly env: Readonly<Record<string, string>>;
    readonly forSops?: Readonly<Record<string, string>>;
  }>;
  /** Answers for whoever is asked. */
  readonly passphrase?: string;
}

async function must(home: Home, program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.program(program, args);
  assert.equal(code, 0, stderr);
  return stdout;
}

function ssh(...options: readonly string[]): Kind["make"] {
  return async (home) => {
    const path = `${home.path}/key`;
    await must(home, "ssh-keygen", "-q", "-C", "somebody", "-N", "", "-f", path, ...options);
    const recipient = (await home.read("key.pub")).trim();
    return { recipient, env: { SOPS_AGE_SSH_PRIVATE_KEY_FILE: path } };
  };
}

function sshWithPassphrase(...options: readonly string[]): Kind["make"] {
  return async (home) => {
    const made = await ssh(...options)(home);
    await must(home, "cp", "key", "open");
    const [passphrase, path] = ["a b'c\"", `${home.path}/key`];
    await must(home, "ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-f", path, ...options);
    return { ...made, forSops: { SOPS_AGE_SSH_PRIVATE_KEY_FILE: `${home.path}/open` } };
  };
}

async function hybrid(home: Home): Promise<{ recipient: string; secret: string }> {
  const { generateHybridIdentity, identityToRecipient } = await import("age-encryption");
  const secret = await generateHybridIdentity();
  await home.write("keys.txt", `# post-quantum\n${secret}\n`, 0o600);
  return { recipient: await identityToRecipient(secret), secret };
}

function underPassphrase(
  form: "armored" | "binary",
  generate: "generateX25519Identity" | "generateHybridIdentity" = "generateX25519Identity",
): Kind["make"] {
  return async (home) => {
    const { armor, Encrypter, identityToRecipient, ...age } = await import("age-encryption");
    const secret = await age[generate]();
    const encrypter = new Encrypter();
    encrypter.setPassphrase("a b'c\"");
    encrypter.setScryptWorkFactor(10);
    const sealed = await encrypter.encrypt(`# created: today\n${secret}\n`);
    await home.write("keys.age", form === "binary" ? sealed : armor.encode(sealed), 0o600);
    return {
      recipient: await identityToRecipient(secret),
      env: { SOPS_AGE_KEY_FILE: `${home.path}/keys.age` },
      forSops: { SOPS_AGE_KEY: secret },
    };
  };
}

const kinds: Readonly<Record<string, Kind>> = {
  "a post-quantum identity": {
    peers: ["sops"],
    make: async (home) => ({
      recipient: (await hybrid(home)).recipient,
      env: { SOPS_AGE_KEY_FILE: `${home.path}/keys.txt` },
    }),
  },
  "an Ed25519 SSH key": { peers: ["sops", "ssh-keygen"], make: ssh("-t", "ed25519") },
  "an RSA SSH key": { peers: ["sops", "ssh-keygen"], make: ssh("-t", "rsa", "-b", "2048") },
  "an RSA key in PEM": {
    peers: ["sops", "ssh-keygen"],
    make: ssh("-t", "rsa", "-b", "3072", "-m", "PEM"),
  },
  "an RSA key in PKCS #8": {
    peers: ["sops", "ssh-keygen"],
    make: ssh("-t", "rsa", "-b", "2048", "-m", "PKCS8"),
  },
  "an Ed25519 SSH key with a passphrase": {
    peers: ["sops", "ssh-keygen"],
    make: sshWithPassphrase("-t", "ed25519"),
    passphrase: "a b'c\"",
  },
  "an RSA SSH key with a passphrase": {
    peers: ["sops", "ssh-keygen"],
    make: sshWithPassphrase("-t", "rsa", "-b", "2048"),
    passphrase: "a b'c\"",
  },
  "an Ed25519 SSH key under another cipher": {
    peers: ["sops", "ssh-keygen"],
    make: sshWithPassphrase("-t", "ed25519", "-Z", "aes256-cbc"),
    passphrase: "a b'c\"",
  },
  "an RSA key in PEM with a passphrase": {
    peers: ["sops", "ssh-keygen"],
    make: sshWithPassphrase("-t", "rsa", "-b", "2048", "-m", "PEM"),
    passphrase: "a b'c\"",
  },
  "an identity file under a passphrase, armored": {
    peers: ["sops"],
    make: underPassphrase("armored"),
    passphrase: "a b'c\"",
  },
  "an identity file under a passphrase, binary": {
    peers: ["sops"],
    make: underPassphrase("binary"),
    passphrase: "a b'c\"",
  },
  "a post-quantum identity under a passphrase": {
    peers: ["sops"],
    make: underPassphrase("armored", "generateHybridIdentity"),
    passphrase: "a b'c\"",
  },
  "an age plugin": {
    peers: ["sops", "age-plugin-pq"],
    make: async (home) => {
      const { recipient, secret } = await hybrid(home);
      const { stdout } = await home.program("age-plugin-pq", ["-identity"], { stdin: secret });
      return { recipient, env: { SOPS_AGE_KEY: stdout.split("\n").find(isIdentity)! } };
    },
  },
};

const isIdentity = (line: string) => line.startsWith("AGE-PLUGIN-");

const connect: ConnectPlugin = (plugin, protocol) =>
  Promise.resolve(startLineProgram(`age-plugin-${plugin}`, [`--age-plugin=${protocol}`]));

async function open(file: Uint8Array, context: IdentityContext) {
  const document = await parseDocument(file, "yaml");
  const { identities } = await loadIdentities({ recipients: document.recipients, ...context });
  return await document.open(identities);
}

for (const [what, { peers, make, passphrase }] of Object.entries(kinds)) {
  peerTest(peers, `${what} opens what sops encrypted for it, and sops what we did`, async () => {
    await using home = await temporaryHome({ "secrets.yaml": plain });
    const { recipient, env, forSops = env } = await make(home);
    const encrypted = await must(home, "sops", "encrypt", "--age", recipient, "secrets.yaml");
    const asked: string[] = [];
    const document = await open(new TextEncoder().encode(encrypted), {
      env,
      connect,
      ask: (_, source) => {
        asked.push(source);
        return Promise.resolve(passphrase === undefined ? undefined : new Secret(passphrase));
      },
    });
    assert.equal(document.getText(["key"])?.reveal(), "value");
    assert.equal(asked.length, passphrase === undefined ? 0 : 1);

    const again = await open(await rekeyed(recipient, "other"), {
      env,
      connect,
      ask: () => Promise.resolve(passphrase === undefined ? undefined : new Secret(passphrase)),
    });
    assert.equal(again.getText(["key"])?.reveal(), "other");
    await home.write("ours.yaml", await rekeyed(recipient, "other"));
    const sops = await home.program("sops", ["decrypt", "ours.yaml"], { env: forSops });
    assert.equal(sops.stdout, "key: other\n", sops.stderr);
  });
}

/** A new file of ours for that recipient. */
async function rekeyed(recipient: string, value: string): Promise<Uint8Array<ArrayBuffer>> {
  const { newDocument } = await import("../../src/sops/document.ts");
  const document = await newDocument({ documents: [{ kind: "mapping", entries: [] }] }, "yaml", {
    recipients: [recipient],
  });
  document.set(["key"], new Secret(value));
  return await document.seal({ now, random: randomBytes });
}

peerTest(["ssh-keygen"], "a passphrase that is wrong, or that nobody gives, is told", async () => {
  await using home = await temporaryHome();
  const { recipient, env } = await sshWithPassphrase("-t", "ed25519")(home);
  const file = await rekeyed(recipient, "value");
  const wrong = open(file, { env, ask: () => Promise.resolve(new Secret("no")) });
  await assert.rejects(
    wrong,
    (error) => error instanceof PassphraseError && error.reason === "wrong",
  );
  await assert.rejects(
    open(file, { env }),
    (error) => error instanceof PassphraseError && error.reason === "nobody to ask",
  );
});

peerTest(["ssh-keygen"], "nobody is asked for a key that the file is not for", async () => {
  await using home = await temporaryHome();
  const { env } = await sshWithPassphrase("-t", "ed25519")(home);
  await using other = await temporaryHome();
  const { recipient } = await ssh("-t", "ed25519")(other);
  const ask = () => assert.fail("asked");
  await assert.rejects(open(await rekeyed(recipient, "value"), { env, ask }), NoIdentityError);
});

Deno.test("a plugin whose program is not there is named", async () => {
  const { bech32 } = await import("@scure/base");
  const recipient = bech32.encodeFromBytes("age1nowhere", new Uint8Array(32));
  const { wrapDataKey } = await import("../../src/sops/keys/age.ts");
  await assert.rejects(
    wrapDataKey(new Uint8Array(32), [recipient], { connect }),
    (error) =>
      error instanceof PluginError && error.plugin === "nowhere" &&
      error.reason === "absent",
  );
});
