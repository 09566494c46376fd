import assert from "node:assert/strict";
import { identityFromScalar, recipientOf } from "../../src/sops/keys/identity.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

// What sops's own functional tests look at, and more of its kind: each scenario is played by sops, by
// us, and by both in turns.

interface Step {
  /** A blank in a word is written "~". */
  readonly args: string;
  readonly stdin?: string;
  readonly code?: number;
  readonly stdout?: string;
  /** What must stand in a file afterwards. */
  readonly file?: readonly [name: string, has: RegExp];
  /** What must not. */
  readonly lacks?: readonly [name: string, text: RegExp];
  /** A file that has to stay as it was. */
  readonly keeps?: string;
}

interface Scenario {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const stranger = await recipientOf(identityFromScalar(new Uint8Array(32).fill(3), "stranger"));
const encrypted = (key: string) => new RegExp(`"?${key}"?\\s*[:=]\\s*"?ENC\\[`);

const scenarios: readonly Scenario[] = [
  {
    what: "a JSON file is encrypted",
    files: { "a.json": '{\n  "foo": 2,\n  "bar": "baz"\n}' },
    steps: [
      { args: "encrypt -i a.json", file: ["a.json", encrypted("foo")] },
      { args: "decrypt a.json", stdout: '{\n\t"foo": 2,\n\t"bar": "baz"\n}\n' },
    ],
  },
  {
    what: "standard input is encrypted into another format",
    files: {},
    steps: [
      {
        args: "encrypt --filename-override a.yaml --output-type json --output a.json",
        stdin: "foo: 2\nbar: baz\n",
        file: ["a.json", encrypted("bar")],
      },
      { args: "decrypt a.json --output-type yaml", stdout: "foo: 2\nbar: baz\n" },
    ],
  },
  {
    what: "values of every type become text in INI",
    files: {
      "a.yaml": "the_section:\n  int: 123\n  float: 1.23\n  whole: 4.0\n  bool: true\n" +
        "  date: 2025-01-02\n  timestamp: 2025-01-02 03:04:05\n  zone: 2025-01-02T03:04:05+01:00\n" +
        "  string: this is a string",
    },
    steps: [
      { args: "encrypt -i a.yaml" },
      {
        args: "decrypt --output-type ini a.yaml",
        stdout: "[the_section]\nint       = 123\nfloat     = 1.23\nwhole     = 4.0\n" +
          "bool      = true\ndate      = 2025-01-02T00:00:00Z\n" +
          "timestamp = 2025-01-02T03:04:05Z\nzone      = 2025-01-02T03:04:05+01:00\n" +
          "string    = this is a string\n",
      },
    ],
  },
  {
    what: "a mapping is put in place of a number",
    files: { "a.json": '{"a": 2, "b": "ba"}' },
    steps: [
      { args: "encrypt -i a.json" },
      { args: 'set a.json ["a"] {"aa":"aaa"}', file: ["a.json", encrypted("aa")] },
      { args: 'decrypt --extract ["a"]["aa"] a.json', stdout: "aaa" },
    ],
  },
  {
    what: "the same value is written again, in another format",
    files: { "a.json": '{"a": 2, "b": "ba"}' },
    steps: [
      { args: "encrypt -i a.json" },
      { args: 'set --output-type yaml --idempotent a.json ["b"] "ba"', keeps: "a.json" },
      { args: 'set --output-type yaml a.json ["b"] "ba"', file: ["a.json", /^b: ENC/m] },
      {
        args: "decrypt --input-type yaml --output-type yaml a.json",
        stdout: "a: 2\nb: ba\n",
      },
    ],
  },
  {
    what: "values are added: from a file, and from standard input",
    files: { "a.json": '{"a": 2}', "value": '{"cc": "ccc"}' },
    steps: [
      { args: "encrypt -i a.json" },
      { args: 'set --value-file a.json ["c"] value', file: ["a.json", encrypted("cc")] },
      { args: 'set --value-stdin a.json ["d"]', stdin: '"ddd"' },
      {
        args: "decrypt a.json",
        stdout: '{\n\t"a": 2,\n\t"c": {\n\t\t"cc": "ccc"\n\t},\n\t"d": "ddd"\n}\n',
      },
    ],
  },
  {
    what: "YAML is changed, also in the old way",
    files: { "a.yaml": "a: 2\nb: ba" },
    steps: [
      { args: "-e -i a.yaml" },
      { args: 'set a.yaml ["a"] {"aa":"aaa"}', file: ["a.yaml", encrypted("aa")] },
      { args: '--set ["b"]~"bbb" -i a.yaml' },
      { args: "-d a.yaml", stdout: "a:\n    aa: aaa\nb: bbb\n" },
    ],
  },
  {
    what: "times come back as times",
    files: { "a.yaml": "a: 2024-01-01\nb: 2006-01-02T15:04:05+07:06" },
    steps: [
      { args: "encrypt -i a.yaml", file: ["a.yaml", /type:time/] },
      { args: "decrypt a.yaml", stdout: "a: 2024-01-01T00:00:00Z\nb: 2006-01-02T15:04:05+07:06\n" },
    ],
  },
  {
    what: "values are taken away",
    files: { "a.json": '{"a": 2, "b": "ba", "c": [1,2]}', "a.yaml": "a: 2\nb: ba\nc: [1, 2]" },
    steps: ["a.json", "a.yaml"].flatMap((file) => [
      { args: `encrypt -i ${file}` },
      { args: `unset ${file} ["a"]` },
      { args: `unset ${file} ["a"]`, code: 1, keeps: file },
      { args: `unset --idempotent ${file} ["a"]`, keeps: file },
      { args: `unset ${file} ["c"][1]` },
      { args: `unset --idempotent ${file} ["c"][1]`, keeps: file },
      { args: `decrypt ${file} --output-type yaml`, stdout: "b: ba\nc:\n    - 1\n" },
    ]),
  },
  {
    what: "comments are encrypted, and come back",
    files: {
      "a.yaml": "# first comment in file\nlorem: ipsum\n# this-is-a-comment\ndolor: sit\n",
      "a.env": "# first comment in file\nlorem=ipsum\n# this-is-a-comment\ndolor=sit\n",
      "a.ini": "; first comment in file\n[s]\nlorem = ipsum\n; this-is-a-comment\ndolor = sit\n",
    },
    steps: ["a.yaml", "a.env"].flatMap((file) =>
      [
        { args: `encrypt -i ${file}`, lacks: [file, /comment in file|this-is/] },
        { args: `decrypt ${file}`, stdout: "@" },
      ] as Step[]
    ).concat([
      { args: "encrypt -i a.ini", lacks: ["a.ini", /comment in file|this-is/] },
      {
        args: "decrypt a.ini",
        stdout: "; first comment in file\n[s]\nlorem = ipsum\n; this-is-a-comment\ndolor = sit\n",
      },
    ]),
  },
  {
    what: "comments in lists are encrypted",
    files: { "a.yaml": "lorem:\n- foo\n#this-is-a-comment\n- bar" },
    steps: [{ args: "encrypt -i a.yaml", lacks: ["a.yaml", /this-is/] }],
  },
  {
    what: "a text of several lines is extracted",
    files: { "a.yaml": "multiline: |\n  multi\n  line" },
    steps: [
      { args: "encrypt -i a.yaml" },
      { args: 'decrypt --extract ["multiline"] a.yaml', stdout: "multi\nline" },
    ],
  },
  {
    what: "a binary file goes there and back",
    files: { "a.binary": '""{}this_is_binary_data', "b.txt": "foo" },
    steps: [
      { args: "encrypt -i a.binary", file: ["a.binary", encrypted("data")] },
      { args: "decrypt a.binary", stdout: '""{}this_is_binary_data' },
      { args: "encrypt --output out.txt b.txt", stdout: "", file: ["out.txt", /ENC\[/] },
      { args: "decrypt out.txt", stdout: "foo" },
    ],
  },
  {
    what: "each format is known by the end of its name",
    files: {
      "a.yml": "foo: bar",
      "a.json": '{"foo": "bar"}',
      "a.env": "foo = bar",
      "a.ini": "[foo]\nbar=baz",
    },
    steps: [
      ...["a.yml", "a.json", "a.env", "a.ini"].map((file) => ({ args: `encrypt -i ${file}` })),
      { args: "decrypt a.yml", stdout: "foo: bar\n" },
      { args: "decrypt a.json", stdout: '{\n\t"foo": "bar"\n}\n' },
      { args: "decrypt a.env", stdout: "foo = bar\n" },
      { args: "decrypt a.ini", stdout: "[foo]\nbar = baz\n" },
    ],
  },
  {
    what: "a data key is shared out to groups",
    files: { "a.yaml": "a: secret\n" },
    steps: [
      { args: "--config groups.yaml encrypt -i a.yaml", file: ["a.yaml", /shamir_threshold: 2/] },
      { args: "decrypt a.yaml", stdout: "a: secret\n" },
      { args: 'set a.yaml ["a"] "other"' },
      { args: "rotate -i a.yaml", file: ["a.yaml", /shamir_threshold: 2/] },
      { args: "groups delete -i -f a.yaml 1", code: 1, keeps: "a.yaml" },
      {
        args: "groups delete -i -f a.yaml --shamir-secret-sharing-threshold 1 1",
        lacks: ["a.yaml", /key_groups/],
      },
      { args: "decrypt a.yaml", stdout: "a: other\n" },
    ],
  },
  {
    what: "a group of which no key is here keeps the file shut",
    files: { "a.yaml": "a: secret\n" },
    steps: [
      { args: "--config apart.yaml encrypt -i a.yaml" },
      ...["decrypt a.yaml", "--config apart.yaml rotate -i a.yaml", "exec-env a.yaml true"].map((
        args,
      ) => ({
        args,
        code: 128,
        stdout: "",
        keeps: "a.yaml",
      })),
      { args: "--config groups.yaml updatekeys -y a.yaml", code: 128, keeps: "a.yaml" },
      { args: "filestatus a.yaml", stdout: '{"encrypted":true}\n' },
    ],
  },
  {
    what: "one of several keys is enough",
    files: { "a.yaml": "foo: bar\n" },
    steps: [
      { args: `encrypt -i --age ${testRecipient},${stranger} a.yaml` },
      { args: "decrypt a.yaml", stdout: "foo: bar\n" },
      { args: `rotate -i --rm-age ${stranger} a.yaml`, lacks: ["a.yaml", new RegExp(stranger)] },
      { args: `-r -i --add-age ${stranger} a.yaml`, file: ["a.yaml", new RegExp(stranger)] },
      { args: "updatekeys -y a.yaml", lacks: ["a.yaml", new RegExp(stranger)] },
      { args: "updatekeys -y a.yaml", stdout: "", keeps: "a.yaml" },
      { args: "decrypt a.yaml", stdout: "foo: bar\n" },
    ],
  },
  {
    what: "a command gets values in its environment",
    files: { "a.json": '{"foo": "bar", "multi": "line1\\nline2", "number": 1}' },
    steps: [
      { args: "encrypt -i a.json" },
      { args: "exec-env a.json echo~-E~$foo", stdout: "-E bar\n" },
      { args: 'exec-env a.json printf~%s~"$multi"', stdout: "line1\nline2" },
      { args: "exec-env --same-process a.json echo~$foo$number", stdout: "bar1\n" },
      { args: "exec-env --pristine a.json echo~$foo$HOME", stdout: "bar\n" },
      { args: "exec-env a.json exit~9", code: 9 },
    ],
  },
  {
    what: "a command gets a file, or a pipe",
    files: { "a.json": '{"foo": "bar"}' },
    steps: [
      { args: "encrypt -i a.json" },
      { args: "exec-file a.json cat~{}", stdout: '{\n\t"foo": "bar"\n}\n' },
      { args: "exec-file --output-type dotenv a.json cat~{}", stdout: "foo=bar\n" },
      {
        args: "exec-file --filename b.json a.json basename~{};cat~{}>/dev/null",
        stdout: "b.json\n",
      },
      { args: "exec-file --no-fifo --filename b.json a.json basename~{}", stdout: "b.json\n" },
      { args: "exec-file a.json cat~{};exit~9", code: 9 },
    ],
  },
  {
    what: "the status of a file is told",
    files: { "a.env": "a=b\n" },
    steps: [
      { args: "filestatus a.env", stdout: '{"encrypted":false}\n' },
      { args: "encrypt -i a.env" },
      { args: "filestatus a.env", stdout: '{"encrypted":true}\n' },
    ],
  },
  {
    what: "without any key nothing is encrypted",
    files: { "a.yaml": "a: secret\n" },
    steps: ["none", "empty", "zero"].map((rules) => ({
      args: `--config ${rules}.yaml encrypt -i a.yaml`,
      code: 1,
      keeps: "a.yaml",
    })),
  },
];

const rules = {
  ".sops.yaml": `creation_rules: [{age: ${testRecipient}}]\n`,
  "groups.yaml":
    `creation_rules: [{key_groups: [{age: [${testRecipient}]}, {age: [${testRecipient}]}]}]\n`,
  "apart.yaml":
    `creation_rules: [{key_groups: [{age: [${testRecipient}]}, {age: [${stranger}]}]}]\n`,
  "none.yaml": "creation_rules: [{}]\n",
  "empty.yaml": "creation_rules: [{key_groups: [{}]}]\n",
  "zero.yaml": "creation_rules: [{key_groups: []}]\n",
  ".config/sops/age/keys.txt": `${testIdentity}\n`,
};

type Player = "sops" | "ours";

async function play(home: Home, player: Player, step: Step) {
  const args = step.args.split(" ").map((word) => word.replaceAll("~", " "));
  const options = step.stdin === undefined ? {} : { stdin: step.stdin };
  return player === "sops"
    ? await home.program("sops", args, options)
    : await home.run(["sops", ...args], options);
}

const casts: Readonly<Record<string, readonly Player[]>> = {
  sops: ["sops"],
  us: ["ours"],
  "sops and us in turns": ["sops", "ours"],
  "us and sops in turns": ["ours", "sops"],
};
for (const { what, files, steps } of scenarios) {
  for (const [cast, players] of Object.entries(casts)) {
    peerTest(["sops"], `${what}, with ${cast}`, async () => {
      await using home = await temporaryHome({ ...rules, ...files });
      for (const [index, step] of steps.entries()) {
        const before = step.keeps && await home.read(step.keeps);
        const player = players[index % players.length]!;
        const { code, stdout, stderr } = await play(home, player, step);
        const about = `${player}: ${step.args}: ${stderr}`;
        assert.equal(code, step.code ?? 0, about);
        const source = step.args.split(" ").at(-1)!;
        const expected = step.stdout === "@" ? files[source] : step.stdout;
        if (expected !== undefined) assert.equal(stdout, expected, about);
        if (step.keeps) assert.equal(await home.read(step.keeps), before, about);
        if (step.file) assert.match(await home.read(step.file[0]), step.file[1], about);
        if (step.lacks) assert.doesNotMatch(await home.read(step.lacks[0]), step.lacks[1], about);
      }
    });
  }
}
