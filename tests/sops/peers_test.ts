import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import { wrapDataKey } from "../../src/sops/keys/age.ts";
import { type Identity, recipientOf } from "../../src/sops/keys/identity.ts";
import { sshToAgeRecipient } from "../../src/sops/keys/ssh.ts";
import { Secret } from "../../src/sops/secret.ts";
import type { Selector } from "../../src/sops/selectors.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { identities, vector } from "./vectors.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const encoder = new TextEncoder();
const vectors = new URL("../vectors/", import.meta.url).pathname;

async function recipient(): Promise<string> {
  return await recipientOf((await identities())[0] as Extract<Identity, { kind: "x25519" }>);
}

async function sops(home: Home, ...args: string[]): Promise<string> {
  const env = { SOPS_AGE_KEY_FILE: `${vectors}sops/identity.txt` };
  const { code, stdout, stderr } = await home.program("sops", args, { env });
  assert.equal(code, 0, stderr);
  return stdout;
}

const selectors: readonly Selector[] = [
  { rule: "unencrypted_suffix", text: "_plain" },
  { rule: "encrypted_suffix", text: "_key" },
  { rule: "unencrypted_regex", text: "plain$|^list" },
  { rule: "encrypted_regex", text: "(?i)^SECRET|key$" },
  { rule: "unencrypted_comment_regex", text: "show this" },
  { rule: "encrypted_comment_regex", text: "hide this" },
];
for (const selector of selectors) {
  for (const macOnlyEncrypted of [false, true]) {
    const label = macOnlyEncrypted ? `${selector.rule}, mac_only_encrypted` : selector.rule;
    peerTest(["sops"], `sops reads what we encrypt: ${label}`, async () => {
      await using home = await temporaryHome();
      const plain = await vector("plain/selectors.yaml");
      const document = await newDocument(await plainParse(plain, "yaml"), "yaml", {
        recipients: [await recipient()],
        selector,
        macOnlyEncrypted,
      });
      await home.write("secrets.yaml", await document.seal({ now, random: randomBytes }));
      assert.equal(await sops(home, "decrypt", "secrets.yaml"), new TextDecoder().decode(plain));
    });
  }
}

peerTest(["sops"], "a file goes from sops to us and back, each changing it", async () => {
  await using home = await temporaryHome({ "secrets.yaml": await vector("types.yaml") });
  const change = async (path: string[], value: string) => {
    const bytes = encoder.encode(await home.read("secrets.yaml"));
    const open = await (await parseDocument(bytes, "yaml")).open(await identities());
    open.set(path, new Secret(value));
    await home.write("secrets.yaml", await open.seal({ now, random: randomBytes }));
  };
  await change(["deep", "ours"], "one");
  await sops(home, "set", "secrets.yaml", '["deep"]["theirs"]', '"two"');
  await change(["deep", "deeper", "deepest"], "three");
  const extracted = async (path: string) =>
    await sops(home, "decrypt", "--extract", path, "secrets.yaml");
  assert.equal(await extracted('["deep"]["ours"]'), "one");
  assert.equal(await extracted('["deep"]["theirs"]'), "two");
  assert.equal(await extracted('["deep"]["deeper"]["deepest"]'), "three");
  assert.equal(await extracted('["largest"]'), "9223372036854775807\n");
});

peerTest(["sops"], "sops refuses what we refuse", async () => {
  await using home = await temporaryHome();
  const text = new TextDecoder().decode(await vector("small.yaml"));
  const changed = [
    text.replace(/^aws_region: .*\n/m, ""),
    text.replace('"2026-11-22"', '"2026-11-23"'),
    text.replace("aws_region", "aws_area"),
  ];
  for (const each of changed) {
    await home.write("secrets.yaml", each);
    const env = { SOPS_AGE_KEY_FILE: `${vectors}sops/identity.txt` };
    assert.notEqual((await home.program("sops", ["decrypt", "secrets.yaml"], { env })).code, 0);
    const sealed = await parseDocument(encoder.encode(each), "yaml");
    await assert.rejects(sealed.open(await identities()), { name: "IntegrityError" });
  }
});

peerTest(["age"], "age opens the data key that we wrap", async () => {
  await using home = await temporaryHome();
  const dataKey = new Uint8Array(32).fill(65);
  const [stanza] = await wrapDataKey(dataKey, [await recipient()]);
  const args = ["--decrypt", "--identity", `${vectors}sops/identity.txt`];
  const { code, stdout } = await home.program("age", args, { stdin: stanza!.enc });
  assert.equal(code, 0);
  assert.equal(stdout, "A".repeat(32));
});

peerTest(
  ["sops-install-secrets", "linux"],
  "a NixOS host opens a file with its SSH host key, and installs the values",
  async () => {
    await using home = await temporaryHome();
    const publicKey = await Deno.readTextFile(`${vectors}ssh/id_ed25519.pub`);
    const tree = await plainParse(await vector("plain/small.yaml"), "yaml");
    const document = await newDocument(tree, "yaml", {
      recipients: [await sshToAgeRecipient(publicKey)],
    });
    await home.write("secrets.yaml", await document.seal({ now, random: randomBytes }));
    const secret = (key: string) => ({
      name: key.replace("/", "_"),
      key,
      path: `${home.runtime}/link/${key.replace("/", "_")}`,
      sopsFile: `${home.path}/secrets.yaml`,
      format: "yaml",
      mode: "0400",
      restartUnits: [],
      reloadUnits: [],
    });
    const manifest = {
      secrets: [secret("aws_secret_access_key"), secret("bedrock/model_id")],
      templates: [],
      placeholderBySecretName: {},
      secretsMountPoint: `${home.runtime}/secrets.d`,
      symlinkPath: `${home.runtime}/link`,
      keepGenerations: 1,
      sshKeyPaths: [],
      ageSshKeyPaths: [`${vectors}ssh/id_ed25519`],
      userMode: true,
      logging: { keyImport: true, secretChanges: false },
    };
    await home.write("manifest.json", JSON.stringify(manifest));
    const { code, stderr } = await home.program("sops-install-secrets", ["manifest.json"]);
    assert.equal(code, 0, stderr);
    const installed = (name: string) => Deno.readTextFile(`${home.runtime}/link/${name}`);
    assert.equal(
      await installed("aws_secret_access_key"),
      "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    );
    assert.equal(
      await installed("bedrock_model_id"),
      "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    );
  },
);
