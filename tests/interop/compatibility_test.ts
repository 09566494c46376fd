import assert from "node:assert/strict";
import { identityFromScalar, recipientOf } from "../../src/sops/keys/identity.ts";
import { credsmith, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";
import { until } from "../support/until.ts";

// What docs/reference/sops-compatibility.md says of sops is true, and so is what it says of us.

const files = { ".config/sops/age/keys.txt": `${testIdentity}\n` };
const encrypting = (file: string, type?: string) => [
  "encrypt",
  "--age",
  testRecipient,
  file,
  ...(type ? ["--output-type", type] : []),
];

/** What sops encrypts and cannot decrypt any more; `ours` is an exit code, or the plaintext again. */
const lost: readonly {
  readonly what: string;
  readonly file: string;
  readonly text: string;
  readonly type?: string;
  readonly ours: number | string;
}[] = [
  { what: "null in dotenv", file: "a.yaml", text: "a: null\n", type: "dotenv", ours: 4 },
  { what: "null in INI", file: "a.yaml", text: "s:\n  a: null\n", type: "ini", ours: 4 },
  {
    what: "a bool that is not encrypted, in dotenv",
    file: "a.yaml",
    text: "a_unencrypted: true\nb: x\n",
    type: "dotenv",
    ours: 4,
  },
  {
    what: "a float that is not encrypted, in INI",
    file: "a.yaml",
    text: "s:\n  a_unencrypted: 1.0\n",
    type: "ini",
    ours: 4,
  },
  {
    what: "a backslash and n that are not encrypted, in dotenv",
    file: "a.yaml",
    text: "a_unencrypted: 'C:\\new'\n",
    type: "dotenv",
    ours: 4,
  },
  ...["json", "dotenv"].map((type) => ({
    what: `two documents in ${type}`,
    file: "a.yaml",
    text: "a: x\n---\nb: y\n",
    type,
    ours: 4,
  })),
  {
    what: "a section called default at the beginning of INI",
    file: "a.yaml",
    text: "default:\n  a: b\n",
    type: "ini",
    ours: "[default]\na = b\n",
  },
  {
    what: "a negative zero in JSON that is not encrypted",
    file: "a.json",
    text: '{"a_unencrypted":-0.0,"b":"x"}',
    ours: '{\n\t"a_unencrypted": -0.0,\n\t"b": "x"\n}\n',
  },
  {
    what: "a key in INI that counts",
    file: "a.ini",
    text: "[s]\n- = x\n",
    ours: "[s]\n`#1` = x\n",
  },
  {
    what: "a key in INI that looks like a header",
    file: "a.ini",
    text: "[s]\n`[k]` = x\n",
    ours: "[s]\n`[k]` = x\n",
  },
  {
    what: "an empty line in a comment of INI",
    file: "a.ini",
    text: "[s]\n#\n# x\nk = v\n",
    ours: "[s]\n;\n# x\nk = v\n",
  },
  {
    what: "a comment in a list",
    file: "a.yaml",
    text: "a:\n    # x\n    - b\n    # y\n    - c\n",
    ours: "a:\n    # x\n    - b\n    # y\n    - c\n",
  },
];
const extensions: Readonly<Record<string, string>> = { dotenv: "env", ini: "ini", json: "json" };
for (const { what, file, text, type, ours } of lost) {
  peerTest(["sops"], `sops loses a file with ${what}, we do not`, async () => {
    await using home = await temporaryHome({ ...files, [file]: text });
    const sealed = `sealed.${type ? extensions[type] : file.split(".")[1]}`;
    const bySops = await home.program("sops", encrypting(file, type));
    assert.equal(bySops.code, 0, bySops.stderr);
    await home.write(sealed, bySops.stdout);
    assert.notEqual((await home.program("sops", ["decrypt", sealed])).code, 0, "sops reads it now");

    const byUs = await home.run(["sops", ...encrypting(file, type)]);
    if (typeof ours === "number") {
      assert.deepEqual([byUs.code, byUs.stdout], [ours, ""]);
      assert.match(byUs.stderr, /cannot hold/);
      return;
    }
    assert.equal(byUs.code, 0, byUs.stderr);
    await home.write(sealed, byUs.stdout);
    assert.equal((await home.run(["sops", "decrypt", sealed])).stdout, ours);
  });
}

/** What sops encrypts, and gives back less of. */
const cut: readonly (readonly [what: string, text: string, bySops: string, reason: RegExp])[] = [
  ["# in a value", "[s]\nk = a#b\n", "[s]\n; b\nk = a\n", /line 2: a "#" in a value/],
  ["# before a value", "[s]\nk = #ab\n", "[s]\n; ab\nk = \n", /line 2: a "#" in a value/],
  ["; in double quotes", '[s]\nk = "a ;b"\n', '[s]\n; b"\nk = "a\n', /line 2: a ";" in a value/],
  ["a key twice", "[s]\nk = a\nk = b\n", "[s]\nk = b\n", /line 3: a key that is there already/],
  ["a comment at the end", "[s]\nk = a\n; b\n", "[s]\nk = a\n", /line 3: a comment at the end/],
  ["text behind a header", "[s] x\nk = a\n", "[s]\nk = a\n", /line 1: text that SOPS would drop/],
  ["text behind quotes", "[s]\nk = `a` b\n", "[s]\nk = a\n", /line 2: text behind a closing quote/],
];
for (const [what, text, expected, reason] of cut) {
  peerTest(["sops"], `sops drops a part of INI with ${what}, we refuse it`, async () => {
    await using home = await temporaryHome({ ...files, "a.ini": text });
    const bySops = await home.program("sops", encrypting("a.ini"));
    await home.write("sealed.ini", bySops.stdout);
    assert.equal((await home.program("sops", ["decrypt", "sealed.ini"])).stdout, expected);

    const byUs = await home.run(["sops", ...encrypting("a.ini"), "-i"]);
    assert.deepEqual([byUs.code, byUs.stdout], [2, ""]);
    assert.match(byUs.stderr, reason);
    assert.equal(await home.read("a.ini"), text);
  });
}

/** Plaintext that sops prints so that it reads back as something else. */
const misread: readonly (readonly [value: string, ours: string | number])[] = [
  ["C:\\", "[s]\nk = `C:\\`\nl = x\n"],
  ['"a"', '[s]\nk = `"a"`\nl = x\n'],
  ['`"""\nx', 4],
];
for (const [value, ours] of misread) {
  peerTest(["sops"], `sops prints ${JSON.stringify(value)} in INI as something else`, async () => {
    const text = JSON.stringify({ s: { k: value, l: "x" } });
    await using home = await temporaryHome({ ...files, "a.json": text });
    const sealed = await home.run(["sops", ...encrypting("a.json")]);
    await home.write("sealed.json", sealed.stdout);
    const args = ["decrypt", "sealed.json", "--output-type", "ini"];
    const bySops = await home.program("sops", args);
    await home.write("again.ini", bySops.stdout);
    const again = await home.program("sops", encrypting("again.ini", "json"));
    await home.write("again.json", again.stdout);
    const read = await home.program("sops", ["decrypt", "again.json"]);
    assert.ok(!read.stdout.includes(JSON.stringify(value)), "sops reads it back now");

    const byUs = await home.run(["sops", ...args]);
    if (typeof ours === "number") assert.deepEqual([byUs.code, byUs.stdout], [ours, ""]);
    else assert.equal(byUs.stdout, ours);
  });
}

Deno.test("a dotenv value that saving would change is kept from the editor", async () => {
  await using home = await temporaryHome({ ...files, "a.yaml": "a: 'C:\\new'\n" });
  const args = [...encrypting("a.yaml", "dotenv"), "--output", "a.env"];
  assert.equal((await home.run(["sops", ...args])).code, 0);
  assert.equal((await home.run(["sops", "decrypt", "a.env"])).stdout, "a=C:\\new\n");
  for (const command of [["sops", "edit", "a.env"], ["edit", "-f", "a.env"]]) {
    const result = await home.run(command, { env: { EDITOR: "false", VISUAL: "false" } });
    assert.match(result.stderr, /dotenv cannot hold a value that it reads otherwise \(at "a"\)/);
  }
});

Deno.test("a selector under which nothing is encrypted is said", async () => {
  await using home = await temporaryHome({ ...files, "a.env": "A=x\n" });
  const args = ["--encrypted-regex", "^(data|stringData)$"];
  const { code, stderr } = await home.run(["sops", ...encrypting("a.env"), ...args]);
  assert.equal(code, 0);
  assert.match(stderr, /^Warning: nothing in "a.env" is encrypted under encrypted_regex/m);
});

Deno.test("a comment selector that matches ciphertext is refused", async () => {
  await using home = await temporaryHome({ ...files, "a.env": "# x\nA=y\n" });
  const args = ["--unencrypted-comment-regex", "ENC", "-e", "--age", testRecipient, "a.env"];
  const { code, stdout, stderr } = await home.run(["sops", ...args]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /unencrypted_comment_regex: "ENC" matches an encrypted comment/);
});

/** What sops ends well with, after which nothing opens the file any more. */
const lockedOut: readonly (readonly [what: string, ...args: readonly string[]])[] = [
  ["a group without keys is added", "groups", "add", "-i", "-f", "a.yaml"],
  ["a key that is none is added", "groups", "add", "-i", "-f", "a.yaml", "--age", "nonsense"],
  [
    "more groups are needed than there are",
    ..."groups add -i -f a.yaml --shamir-secret-sharing-threshold 3 --age".split(" "),
    testRecipient,
  ],
  [
    "one group of two is to be enough",
    ..."groups add -i -f a.yaml --shamir-secret-sharing-threshold 1 --age".split(" "),
    testRecipient,
  ],
  ["the last group is deleted", "groups", "delete", "-i", "-f", "a.yaml", "0"],
];
for (const [what, ...args] of lockedOut) {
  peerTest(["sops"], `sops locks everybody out of a file when ${what}, we do not`, async () => {
    await using home = await temporaryHome({ ...files, "a.yaml": "a: b\n" });
    await home.program("sops", [...encrypting("a.yaml"), "-i"]);
    const before = await home.read("a.yaml");
    const byUs = await home.run(["sops", ...args]);
    assert.deepEqual([byUs.code, byUs.stdout], [1, ""], byUs.stderr);
    assert.equal(await home.read("a.yaml"), before);
    const bySops = await home.program("sops", args);
    assert.equal(bySops.code, 0, bySops.stderr);
    assert.notEqual(
      (await home.program("sops", ["decrypt", "a.yaml"])).code,
      0,
      "sops opens it now",
    );
  });
}

peerTest(["sops"], "sops loses what was edited under --show-master-keys, we keep it", async () => {
  await using home = await temporaryHome({ ...files, "a.yaml": "a: b\n" });
  await home.program("sops", [...encrypting("a.yaml"), "-i"]);
  const env = { EDITOR: "sed -i s/b$/new/" };
  const edit = ["edit", "--show-master-keys", "a.yaml"];
  assert.equal((await home.program("sops", edit, { env })).code, 0);
  assert.equal((await home.program("sops", ["decrypt", "a.yaml"])).stdout, "a: b\n");
  assert.equal((await home.run(["sops", ...edit], { env })).code, 0);
  assert.equal((await home.program("sops", ["decrypt", "a.yaml"])).stdout, "a: new\n");
});

peerTest(
  ["sops"],
  "sops rotates for a recipient that somebody put into the file, we ask",
  async () => {
    const stranger = await recipientOf(identityFromScalar(new Uint8Array(32).fill(5), "stranger"));
    await using home = await temporaryHome({
      ...files,
      ".sops.yaml": `creation_rules: [{age: ${testRecipient}}]\n`,
      "a.yaml": "a: b\n",
    });
    await home.program("sops", ["encrypt", "-i", "a.yaml"]);
    const text = await home.read("a.yaml");
    const entry = text.match(/ {8}- enc: \|\n(?: {12}.*\n)+ {10}recipient: .*\n/)![0];
    await home.write("a.yaml", text.replace(entry, entry + entry.replace(testRecipient, stranger)));
    assert.equal((await home.run(["sops", "rotate", "-i", "a.yaml"])).code, 77);
    assert.equal((await home.program("sops", ["rotate", "-i", "a.yaml"])).code, 0);
  },
);

peerTest(["sops", "linux"], "sops leaves a command alone at SIGTERM, we tell it", async () => {
  await using home = await temporaryHome({ ...files, "a.yaml": "a: b\n" });
  await home.program("sops", [...encrypting("a.yaml"), "-i"]);
  const command = "sleep 60 & trap 'kill $!; echo told > heard; exit 5' TERM; echo $$; wait";
  for (const [who, expected] of [["sops", false], ["ours", true]] as const) {
    const [program, ...given] = who === "sops" ? ["sops"] : [...credsmith, "sops"];
    const child = new Deno.Command(program!, {
      args: [...given, "exec-env", "a.yaml", command],
      cwd: home.path,
      env: { ...home.env },
      clearEnv: true,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    child.kill("SIGTERM");
    await child.status;
    assert.equal(await home.exists("heard"), expected, who);
    if (!expected) Deno.kill(Number(new TextDecoder().decode(value).trim()), "SIGTERM");
    await reader.cancel();
    if (!expected) await until("the signal", () => home.exists("heard"));
    await Deno.remove(`${home.path}/heard`);
  }
});
