import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

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
