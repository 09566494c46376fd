import assert from "node:assert/strict";
import { identityFromScalar, recipientOf } from "../../src/sops/keys/identity.ts";
import { startMoto } from "../support/aws/moto.ts";
import { credsmith, type Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  exampleSecrets,
  exampleText,
  homeReady,
  strangerIdentity,
  testRecipient,
} from "../support/sops_file.ts";

const file = "secrets/aws.yaml";
const stranger = await recipientOf({
  ...identityFromScalar(new Uint8Array(32), "stranger"),
});

/** Somebody puts a recipient into the metadata, with a data key that is none. */
async function injected(home: Home, recipient: string): Promise<string> {
  const text = await home.read(file);
  const entry = text.match(/ {8}- enc: \|\n(?: {12}.*\n)+ {10}recipient: .*\n/)![0];
  const other = entry.replace(/recipient: .*/, `recipient: ${recipient}`);
  const changed = text.replace(entry, entry + other);
  await home.write(file, changed);
  return changed;
}

const keysOf = (text: string) => [...text.matchAll(/recipient: (.*)/g)].map(([, key]) => key);

for (const args of [["rotate", "-i"], ["-r", "-i"], ["rotate"], ["groups", "add", "-i", "-f"]]) {
  const [command] = args;
  Deno.test(`sops ${args.join(" ")} gives no data key to a key that no rule names`, async () => {
    await using home = await homeReady();
    const before = await injected(home, stranger);
    const more = command === "groups" ? [file, "--age", testRecipient] : [file];
    const result = await home.run(["sops", ...args, ...more]);
    assert.deepEqual([result.code, result.stdout], [77, ""], result.stderr);
    assert.match(
      result.stderr,
      new RegExp(`a key that its rule does not name:\\n  ${stranger}\\n`),
    );
    assert.match(
      result.stderr,
      /^Refused to encrypt the data key of "secrets\/aws\.yaml" for a key/m,
    );
    assert.equal(await home.read(file), before);
  });
}

for (
  const [what, args, keys] of [
    ["that is named", ["rotate", "-i", "--add-age", stranger, file], [testRecipient, stranger]],
    ["that is taken away", ["rotate", "-i", "--rm-age", stranger, file], [testRecipient]],
    ["by updatekeys, which takes it away", ["updatekeys", "-y", file], [testRecipient]],
  ] as const
) {
  Deno.test(`sops goes on where a key is in no rule and ${what}`, async () => {
    await using home = await homeReady();
    await injected(home, stranger);
    const result = await home.run(["sops", ...args]);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(keysOf(await home.read(file)), keys);
    assert.equal((await home.run(["sops", "-d", file])).stdout, exampleText);
  });
}

Deno.test("sops rotate says for whom it is where no rule does", async () => {
  await using home = await homeReady({ ".sops.yaml": "creation_rules: [{path_regex: no$}]\n" });
  const result = await home.run(["sops", "rotate", "-i", "--rm-age", stranger, file]);
  assert.equal(result.code, 0, result.stderr);
  assert.equal(
    result.stderr,
    `"${file}" was not encrypted for "${stranger}"\n` +
      `No rule says who may open "${file}"; its data key goes to all that it names:\n` +
      `  ${testRecipient}\n`,
  );
});

Deno.test("sops updatekeys says when the file's threshold is not its rule's", async () => {
  const group = `{age: [${testRecipient}]}`;
  const rules = (threshold: number, groups: string) =>
    `creation_rules: [{shamir_threshold: ${threshold}, key_groups: [${groups}]}]\n`;
  await using home = await homeReady({
    ".sops.yaml": rules(3, `${group}, ${group}, ${group}`),
    "p.yaml": "a: b\n",
  });
  await home.run(["sops", "encrypt", "-i", "p.yaml"]);
  await home.write("p.yaml", (await home.read("p.yaml")).replace("threshold: 3", "threshold: 2"));
  await home.write(".sops.yaml", rules(3, `${group}, ${group}, {age: [${stranger}]}`));
  const result = await home.run(["sops", "updatekeys", "-y", "p.yaml"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /^The file keeps its threshold of 2; its rule says 3$/m);
  assert.match(await home.read("p.yaml"), /shamir_threshold: 2\n/);
});

Deno.test("sops edit --show-master-keys keeps what was edited, and no other keys", async () => {
  await using home = await homeReady();
  const edit = (script: string) =>
    home.run(["sops", "edit", "-s", file], { env: { EDITOR: `sed -i ${script}` } });
  const looked = await edit(`-n -e p -e "w ${home.path}/seen"`);
  assert.equal(looked.code, 200, looked.stderr);
  assert.match(
    await home.read("seen"),
    new RegExp(`aws_region: us-east-1\n(.*\n)*.*${testRecipient}`),
  );
  assert.equal((await edit("s/us-east-1$/eu-west-1/")).code, 0);
  const saved = exampleText.replace("us-east-1\n", "eu-west-1\n");
  assert.equal((await home.run(["sops", "-d", file])).stdout, saved);
  const before = await home.read(file);
  const swapped = await edit(`s/${testRecipient}/${stranger}/`);
  assert.equal(swapped.code, 2);
  assert.match(swapped.stderr, /its entry "sops" is another one/);
  assert.equal(await home.read(file), before);
});

Deno.test("sops edit --show-master-keys begins a new file", async () => {
  await using home = await homeReady();
  const made = await home.run(["sops", "edit", "-s", "new.yaml"], {
    env: { EDITOR: "sed -i s/example_value/other/" },
  });
  assert.equal(made.code, 0, made.stderr);
  assert.match((await home.run(["sops", "-d", "new.yaml"])).stdout, /^example_key: other$/m);
});

Deno.test("sops groups never writes a file that nobody could open", async () => {
  await using home = await homeReady();
  const before = await home.read(file);
  for (
    const args of [
      ["add", "-i", "-f", file],
      ["add", "-i", "-f", file, "--age", "nonsense"],
      ["add", "-i", "-f", file, "--age", testRecipient, "--shamir-secret-sharing-threshold", "3"],
      ["add", "-i", "-f", file, "--age", testRecipient, "--shamir-secret-sharing-threshold", "1"],
      ["delete", "-i", "-f", file, "0"],
    ]
  ) {
    const { code, stdout, stderr } = await home.run(["sops", "groups", ...args]);
    assert.deepEqual([code, stdout], [1, ""], `${args.join(" ")}: ${stderr}`);
    assert.equal(await home.read(file), before);
  }
});

Deno.test("sops rotate, eight at once: each waits for the others, and the file opens", async () => {
  await using home = await homeReady();
  const results = await Promise.all(
    Array.from({ length: 8 }, () => home.run(["sops", "rotate", "-i", file])),
  );
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  assert.equal((await home.run(["sops", "-d", file])).stdout, exampleText);
});

Deno.test("what is left to sops is handed over: arguments, environment and exit code", async () => {
  await using home = await homeReady();
  await home.write(
    "bin/sops",
    '#!/bin/sh\nprintf "%s|" "$@" "$X" "$CREDSMITH_HANDED_OVER"; exit 42\n',
    0o755,
  );
  const env = { PATH: `${home.path}/bin:${home.env.PATH}`, X: "a b" };
  for (
    const args of [["publish", "-y", "x y"], ["keyservice", "--help"], [
      "--generate-bash-completion",
    ]]
  ) {
    const { code, stdout } = await home.run(["sops", ...args], { env });
    assert.deepEqual([code, stdout], [42, `${[...args, "a b", "1"].join("|")}|`]);
  }
});

peerTest(["sops"], "a sops on PATH that is credsmith again ends by itself", async () => {
  await using home = await homeReady();
  await home.write(
    "bin/sops",
    `#!/bin/sh\nexec ${credsmith.join(" ")} sops "$@"\n`,
    0o755,
  );
  const env = { PATH: `${home.path}/bin:${home.env.PATH}` };
  const { code, stderr } = await home.run(["sops", "publish", file], { env });
  assert.equal(code, 1);
  assert.match(stderr, /"sops" on PATH is credsmith again/);
});

for (const network of ["unix", "tcp"]) {
  peerTest(["sops", "linux"], `a key service on ${network} opens and seals for us`, async () => {
    await using home = await homeReady({ "p.yaml": "a: b\n" });
    await using service = await keyservice(home, network);
    const away = ["--enable-local-keyservice=false", "--keyservice", service.uri];
    const env = { HOME: "/nonexistent" };
    for (
      const args of [["decrypt", ...away, file], ["decrypt", "--keyservice", service.uri, file]]
    ) {
      const { code, stdout, stderr } = await home.run(["sops", ...args], { env });
      assert.deepEqual([code, stdout], [0, exampleText], stderr);
    }
    const named = { ...env, SOPS_KEYSERVICE: service.uri, SOPS_ENABLE_LOCAL_KEYSERVICE: "false" };
    for (
      const args of [
        ["rotate", "-i", file],
        ["set", file, '["aws_region"]', '"eu"'],
        ["groups", "add", "-i", "-f", file, "--age", testRecipient],
        ["updatekeys", "-y", file],
        ["encrypt", "-i", "p.yaml"],
      ]
    ) {
      const { code, stderr } = await home.run(["sops", ...args], { env: named });
      assert.equal(code, 0, `${args[0]}: ${stderr}`);
    }
    const theirs = await home.program("sops", ["decrypt", file]);
    assert.match(theirs.stdout, /^aws_region: eu$/m, theirs.stderr);
    assert.equal((await home.program("sops", ["decrypt", "p.yaml"])).stdout, "a: b\n");
    const none = await home.run(["sops", "decrypt", "--keyservice", "unix:///nowhere", file], {
      env,
    });
    assert.equal(none.code, 128, none.stderr);
  });
}

/** sops's own key service, with the identity of the home. */
async function keyservice(home: Home, network: string) {
  const socket = `${home.runtime}/keyservice`;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const address = network === "unix" ? socket : `127.0.0.1:${port}`;
  const child = new Deno.Command("sops", {
    args: ["keyservice", "--network", network, "--address", address],
    env: { ...home.env },
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const connect = () =>
    network === "unix"
      ? Deno.connect({ transport: "unix", path: socket })
      : Deno.connect({ hostname: "127.0.0.1", port });
  for (let look = 0;; look++) {
    try {
      (await connect()).close();
      break;
    } catch (error) {
      if (look > 2000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return {
    uri: network === "unix" ? `unix://${socket}` : `tcp://${address}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

peerTest(
  ["sops", "gpg"],
  "PGP keys are added, removed and taken from rules, and sops opens all",
  async () => {
    await using home = await homeReady({ "p.yaml": "a: b\n" });
    const env = { GNUPGHOME: `${home.path}/.gnupg` };
    await Deno.mkdir(env.GNUPGHOME, { mode: 0o700 });
    try {
      const gpg = (...args: string[]) => home.program("gpg", ["--batch", ...args], { env });
      await gpg("--passphrase", "", "--quick-generate-key", "somebody", "default", "default");
      const { stdout } = await gpg("--with-colons", "--list-secret-keys");
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)![1]!;
      const ours = async (...args: string[]) => {
        const { code, stderr } = await home.run(["sops", ...args], { env });
        assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      };
      const opens = async (name: string, expected: string) => {
        const lonely = { ...env, HOME: "/nonexistent" };
        const { stdout, stderr } = await home.program("sops", ["decrypt", name], { env: lonely });
        assert.equal(stdout, expected, stderr);
      };
      await ours("rotate", "-i", "--add-pgp", fingerprint, file);
      await opens(file, exampleText);
      await home.write(".sops.yaml", `creation_rules: [{pgp: ${fingerprint}}]\n`);
      await ours("updatekeys", "-y", file);
      assert.deepEqual(keysOf(await home.read(file)), []);
      await opens(file, exampleText);
      await ours("encrypt", "-i", "p.yaml");
      await opens("p.yaml", "a: b\n");
      await ours("rotate", "-i", "--add-age", testRecipient, "--rm-pgp", fingerprint, file);
      assert.deepEqual(keysOf(await home.read(file)), [testRecipient]);
      assert.doesNotMatch(await home.read(file), /pgp:/);
      const absent = await home.run(["sops", "encrypt", "--pgp", "0".repeat(40), ".sops.yaml"], {
        env,
      });
      assert.equal(absent.code, 1, absent.stderr);
    } finally {
      await home.program("gpgconf", ["--kill", "all"], { env });
    }
  },
);

peerTest(
  ["sops", "ssh-keygen"],
  "SSH and post-quantum recipients in every command that takes one",
  async () => {
    await using home = await homeReady({ "p.yaml": "a: b\n", "q.yaml": "a: b\n" });
    await home.program("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "key"]);
    const ssh = (await home.read("key.pub")).trim();
    const { generateHybridIdentity, identityToRecipient } = await import("age-encryption");
    const secret = await generateHybridIdentity();
    const quantum = await identityToRecipient(secret);
    for (
      const [recipient, env] of [
        [ssh, { SOPS_AGE_SSH_PRIVATE_KEY_FILE: `${home.path}/key`, HOME: "/nonexistent" }],
        [quantum, { SOPS_AGE_KEY: secret, HOME: "/nonexistent" }],
      ] as const
    ) {
      await home.write("p.yaml", "a: b\n");
      const steps = [
        ["encrypt", "-i", "--age", recipient, "p.yaml"],
        ["rotate", "-i", "--add-age", recipient, "p.yaml"],
        ["groups", "add", "-i", "-f", "p.yaml", "--age", recipient, "--age", testRecipient],
      ];
      await home.write(".sops.yaml", `creation_rules: [{age: "${recipient}"}]\n`);
      for (const args of [...steps, ["updatekeys", "-y", "p.yaml"]]) {
        const { code, stderr } = await home.run(["sops", ...args], { env });
        assert.equal(code, 0, `${args[0]} for ${recipient.slice(0, 12)}: ${stderr}`);
        const theirs = await home.program("sops", ["decrypt", "p.yaml"], { env });
        assert.equal(theirs.stdout, "a: b\n", `${args[0]}: ${theirs.stderr}`);
      }
    }
  },
);

Deno.test("an identity that is none of the file's ends every command with 128, and changes nothing", async () => {
  await using home = await homeReady();
  const env = { HOME: "/nonexistent", SOPS_AGE_KEY: strangerIdentity };
  await home.write(".sops.yaml", `creation_rules: [{age: "${testRecipient},${stranger}"}]\n`);
  const before = await home.read(file);
  for (
    const args of [
      ["rotate", "-i", file],
      ["updatekeys", "-y", file],
      ["exec-env", file, "true"],
      ["exec-file", file, "true"],
      ["edit", file],
      ["set", file, '["a"]', "1"],
    ]
  ) {
    const { code, stderr } = await home.run(["sops", ...args], { env });
    assert.equal(code, 128, `${args[0]}: ${stderr}`);
  }
  assert.equal(await home.read(file), before);
});

peerTest(
  ["sops", "moto_server"],
  "KMS keys in every command that takes one, with their context",
  async () => {
    await using moto = await startMoto();
    await using home = await homeReady({ "p.yaml": "a: b\n", "q.yaml": "a: b\n" });
    const env = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: exampleSecrets[1],
      AWS_CONFIG_FILE: "/dev/null",
    };
    const { CreateKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
    const client = new KMSClient({
      region: "eu-central-1",
      endpoint: moto.url,
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID,
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      },
    });
    const arn = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    client.destroy();
    const context = ["--encryption-context", "team:payments,stage:prod"];
    const lonely = { ...env, HOME: "/nonexistent" };
    const steps: readonly (readonly [name: string, ...args: readonly string[]])[] = [
      ["p.yaml", "encrypt", "-i", "--kms", arn, ...context, "p.yaml"],
      ["p.yaml", "rotate", "-i", "p.yaml"],
      [file, "rotate", "-i", "--add-kms", arn, ...context, file],
      [file, "rotate", "-i", "--rm-age", testRecipient, file],
      // The rule's own keys get the context as well.
      ["q.yaml", "encrypt", "-i", ...context, "q.yaml"],
      ["q.yaml", "groups", "add", "-i", "-f", "q.yaml", "--kms", arn],
      ["q.yaml", "updatekeys", "-y", "q.yaml"],
    ];
    for (const [name, ...args] of steps) {
      if (name === "q.yaml") await home.write(".sops.yaml", `creation_rules: [{kms: "${arn}"}]\n`);
      else await home.write(".sops.yaml", "stores: {}\n");
      const { code, stderr } = await home.run(["sops", ...args], {
        env: name === file ? env : lonely,
      });
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      const opened = await home.program("sops", ["decrypt", name], { env: lonely });
      assert.equal(opened.stdout, name === file ? exampleText : "a: b\n", opened.stderr);
      const contexts = (await home.read(name)).match(/team: payments/g) ?? [];
      assert.equal(contexts.length, args[0] === "updatekeys" ? 0 : 1, args.join(" "));
    }
  },
);
