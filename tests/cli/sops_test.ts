import assert from "node:assert/strict";
import { assertAbsent } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  encrypted,
  exampleSecrets,
  exampleText,
  homeReady,
  homeWithSecrets,
  testRecipient,
} from "../support/sops_file.ts";

const file = "secrets/aws.yaml";

Deno.test("sops decrypt prints the plaintext and nothing else", async () => {
  await using home = await homeReady();
  const result = await home.run(["sops", "decrypt", file]);
  assert.deepEqual(result, { code: 0, stdout: exampleText, stderr: "" });
});

for (const args of [["decrypt", "/dev/stdin"], ["-d", "--input-type", "yaml", "/dev/stdin"]]) {
  Deno.test(`sops ${args.join(" ")} reads what is piped in`, async () => {
    await using home = await homeReady();
    const stdin = await home.read(file);
    const words = [...args.slice(0, -1), "--output-type", "yaml", "--input-type", "yaml"];
    const result = await home.run(["sops", ...words, args.at(-1) ?? ""], { stdin });
    assert.deepEqual([result.code, result.stdout], [0, exampleText], result.stderr);
  });
}

for (
  const [what, args] of [
    ["-i", ["decrypt", "-i", file]],
    ["the old -i", ["-d", "-i", file]],
    ["--output", ["decrypt", "--output", "plain.yaml", file]],
    ["--output into a folder", ["-d", "--output", "secrets/plain.yaml", file]],
  ] as const
) {
  Deno.test(`sops refuses to write plaintext to a disk by ${what}`, async () => {
    await using home = await homeReady();
    const before = [await home.files(), await home.read(file)];
    const result = await home.run(["sops", ...args]);
    assert.deepEqual([result.code, result.stdout], [77, ""], result.stderr);
    assert.match(result.stderr, /^Refused to write plaintext to ".*": it is on a disk \(\w+\)\n/);
    assert.deepEqual([await home.files(), await home.read(file)], before);
  });
}

peerTest(["linux"], "sops writes plaintext to memory, and to what is no file", async () => {
  await using home = await homeReady();
  const memory = `${home.runtime}/plain.yaml`;
  assert.equal((await home.run(["sops", "-d", "--output", memory, file])).code, 0);
  assert.equal(await Deno.readTextFile(memory), exampleText);
  assert.equal((Deno.statSync(memory).mode ?? 0) & 0o777, 0o600);
  await Deno.copyFile(`${home.path}/${file}`, memory);
  assert.equal((await home.run(["sops", "decrypt", "-i", memory])).code, 0);
  assert.equal(await Deno.readTextFile(memory), exampleText);
  const device = await home.run(["sops", "-d", "--output", "/dev/stdout", file]);
  assert.deepEqual([device.code, device.stdout], [0, exampleText]);
  assert.equal((await home.run(["sops", "-d", "--output", "/dev/null", file])).code, 0);
});

Deno.test("sops prints no plaintext under an agent without CREDSMITH_REVEAL=1", async () => {
  await using home = await homeReady();
  const forms = [
    ["-d", file],
    ["decrypt", "--extract", '["aws_region"]', file],
    ["-d", "--output", "/dev/stderr", file],
    ["-d", "--output", "/dev/fd/1", file],
  ];
  for (const args of forms) {
    const refused = await home.run(["sops", ...args], { env: { CLAUDECODE: "1" } });
    assert.deepEqual([refused.code, refused.stdout], [77, ""]);
    assert.match(
      refused.stderr,
      /^Refused to print plaintext: CLAUDECODE .*\n.*CREDSMITH_REVEAL=1/,
    );
    const env = { CLAUDECODE: "1", CREDSMITH_REVEAL: "1" };
    assert.equal((await home.run(["sops", ...args], { env })).code, 0);
  }
});

Deno.test("sops verifies the MAC whatever --ignore-mac says", async () => {
  const { [file]: text = "" } = await homeWithSecrets();
  await using home = await homeReady({ [file]: text.replace(/mac: .*/, "mac: ''") });
  const result = await home.run(["sops", "decrypt", "--ignore-mac", file]);
  assert.deepEqual([result.code, result.stdout], [51, ""]);
  assert.match(result.stderr, /--ignore-mac is not followed/);
});

for (const args of [["publish", file], ["keyservice"], ["completion", "bash"]]) {
  Deno.test(`sops ${args.join(" ")} says that the sops program does it, and how to get that`, async () => {
    await using home = await homeReady();
    const ways: Record<string, string>[] = [{ PATH: "/nowhere" }, { CREDSMITH_HANDED_OVER: "1" }];
    for (const env of ways) {
      const result = await home.run(["sops", ...args], { env });
      assert.deepEqual([result.code, result.stdout], [1, ""]);
      const what = `^Cannot do "sops ${args[0]}": the sops program does it, and `;
      assert.match(result.stderr, new RegExp(what));
      assert.match(result.stderr, "PATH" in env ? /\n {2}install sops: / : /is credsmith again\n/);
    }
  });
}

Deno.test("sops encrypt takes recipients and selectors from the rules", async () => {
  await using home = await homeReady({
    "new.yaml": "a: x\nb_clear: z\n",
    ".sops.yaml": `creation_rules:
  - path_regex: nothing$
    age: nonsense
  - path_regex: new\\.yaml$
    age: ${testRecipient}
    unencrypted_suffix: _clear
`,
  });
  const result = await home.run(["sops", "encrypt", "new.yaml"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^a: ENC\[.*\]\nb_clear: z\nsops:\n/);
  await home.write("new.enc.yaml", result.stdout);
  const back = await home.run(["sops", "decrypt", "new.enc.yaml"]);
  assert.equal(back.stdout, "a: x\nb_clear: z\n");
});

Deno.test("sops encrypt -i says that the plaintext may still be on the disk", async () => {
  await using home = await homeReady({ "new.yaml": `v: ${exampleSecrets[1]}\n` });
  const result = await home.run(["sops", "encrypt", "-i", "new.yaml"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /old blocks may still be on the disk\n.*credsmith shred/);
  assertAbsent(await home.read("new.yaml"), exampleSecrets, "the encrypted file");
});

Deno.test("sops encrypt -i warns of another name that still leads to the plaintext", async () => {
  await using home = await homeReady({ "new.yaml": `v: ${exampleSecrets[1]}\n` });
  await Deno.link(`${home.path}/new.yaml`, `${home.path}/other.yaml`);
  const result = await home.run(["sops", "encrypt", "-i", "new.yaml"]);
  assert.equal(result.code, 0, result.stderr);
  const { ino } = Deno.statSync(`${home.path}/other.yaml`);
  assert.match(result.stderr, /^Warning: the plaintext is still there, because "new.yaml" had/m);
  assert.match(result.stderr, new RegExp(`-inum ${ino}\\b`));
});

Deno.test("sops set and unset repeat no value in what they say", async () => {
  await using home = await homeReady();
  for (const value of [`"${exampleSecrets[1]}`, `["${exampleSecrets[1]}"]`, exampleSecrets[1]]) {
    const result = await home.run(["sops", "set", file, '["a"]', value]);
    assert.equal(result.code, 7);
    assertAbsent(result.stdout + result.stderr, exampleSecrets, "the message");
  }
  const flag = await home.run(["sops", "set", file, '["a"]', "1", `--bogus=${exampleSecrets[1]}`]);
  assertAbsent(flag.stdout + flag.stderr, exampleSecrets, "the message");
});

Deno.test("sops edit ends with 200 where nothing changed, and leaves no copy", async () => {
  await using home = await homeReady();
  const env = { XDG_RUNTIME_DIR: home.runtime, SOPS_EDITOR: "true", EDITOR: "false" };
  const result = await home.run(["sops", "edit", file], { env });
  assert.deepEqual([result.code, result.stderr], [200, "File has not changed, exiting.\n"]);
  assert.deepEqual([...Deno.readDirSync(`${home.runtime}/credsmith`)], []);
});

Deno.test("sops --version names sops's version, and what really runs", async () => {
  await using home = await homeReady();
  const env = { SOPS_DISABLE_VERSION_CHECK: "" };
  assert.match(
    (await home.run(["sops", "--version"], { env })).stdout,
    /^sops 3\.13\.2 \(credsmith .*\)\n$/,
  );
  const quiet = await home.run(["sops", "--version", "--disable-version-check"], { env });
  assert.equal(quiet.stdout, "sops 3.13.2\n");
});

Deno.test("sops decrypts JSON, and from one format to the other", async () => {
  const json = await encrypted('{"a":{"b":[1,"<"]}}', { format: "json" });
  await using home = await homeReady({ "s.json": json });
  const yaml = await home.run(["sops", "-d", "--output-type", "yaml", "s.json"]);
  assert.equal(yaml.stdout, "a:\n    b:\n        - 1\n        - <\n");
  const again = await home.run(["sops", "-d", "s.json"]);
  assert.equal(again.stdout, '{\n\t"a": {\n\t\t"b": [\n\t\t\t1,\n\t\t\t"\\u003c"\n\t\t]\n\t}\n}\n');
});
