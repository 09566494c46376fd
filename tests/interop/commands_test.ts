import assert from "node:assert/strict";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  exampleRules,
  strangerIdentity,
  testIdentity,
  testRecipient,
} from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";

const plainYaml = `a: x
# a comment
b:
    c:
        - 1
        - two
        - 3.50
    d: true
    e f: null
    g: ""
m: "multi\\nline\\n"
"*": 'star: "é" $HOME'
t: 2020-01-02T03:04:05Z
`;
const plainEnv = `# a comment
A=x
B=two\\nlines
EMPTY=
PORT_unencrypted=80
`;
const plainIni = `; a comment
[s]
a = x
; beside b
b = two words
[t]
port_unencrypted = 80
quoted = \`a;b\`
`;
const plainJson = '{"a":"x","b":{"c":[1,"two",3.5],"d":true,"<":"&"}}';

/** What the rows name, the encrypted files made by sops. */
async function exampleFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {
    ".config/sops/age/keys.txt": `${testIdentity}\n`,
    "stranger.txt": `${strangerIdentity}\n`,
    "p.yaml": plainYaml,
    "p.json": plainJson,
    "p.env": plainEnv,
    "p.ini": plainIni,
    "p.bin": "a: b\n\ttext",
    "flat.yaml":
      "# a comment\na: x\nn: 1.5\nbig: 1e6\nt: true\nd: 2020-01-02\nl: |\n  two\n  lines\n",
    "sections.yaml": "# a comment\ns:\n  # head\n  a: x\n  n: 1\nt:\n  b: 'y;z'\n",
    "documents.yaml": "a: x\n---\nb: y\n",
    "reserved.env": "sops_a=x\n",
    "reserved.ini": "[sops]\na=x\n",
    "broken.env": "a\n",
    "broken.ini": "[s\n",
    "rules/stores.yaml": "stores: {json_binary: {indent: 2}}\n",
    "comments.yaml": 'l:\n  -\n    b: "x" # beside\n    c: y\nz: q\n',
    "empty.yaml": "",
    "list.yaml": "[1, 2]",
    "list.json": "[1, 2]",
    "twice.yaml": "a: 1\na: 2\n",
    "broken.yaml": 'a: "',
    "broken.json": "{",
    "reserved.yaml": "a: x\nsops: y\n",
    "value.json": '"from a file"\n',
    "rules/none.yaml": "creation_rules:\n  - path_regex: nothing$\n    age: " + testRecipient +
      "\n",
    "rules/broken.yaml": "creation_rules:\n  - path_regex: [\n",
    "rules/two.yaml":
      `creation_rules:\n  - age: ${testRecipient}\n    encrypted_regex: a\n    encrypted_suffix: b\n`,
    "rules/indent.yaml": `stores:\n  yaml:\n    indent: 2\n  json:\n    indent: 3\n${exampleRules}`,
  };
  await using home = await temporaryHome(files);
  const sops = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await home.program("sops", args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const yaml = await sops(["encrypt", "--age", testRecipient, "p.yaml"]);
  const json = await sops(["encrypt", "--age", testRecipient, "p.json"]);
  const others: Record<string, string> = {};
  for (const name of ["p.env", "p.ini", "p.bin", "flat.yaml", "sections.yaml", "documents.yaml"]) {
    others[name.replace(/^(p|(?=\w+\.yaml))/, "s")] = await sops([
      "encrypt",
      "--age",
      testRecipient,
      name,
    ]);
  }
  return {
    ...files,
    "s.yaml": yaml,
    "s.json": json,
    ...others,
    "mac.env": others["s.env"]!.replace(/sops_mac=.*/, "sops_mac="),
    "nomac.ini": others["s.ini"]!.replace(/mac .*\n/, ""),
    "comments.yaml": await sops(["encrypt", "--age", testRecipient, "comments.yaml"]),
    noext: yaml,
    "crlf.yaml": yaml.replaceAll("\n", "\r\n"),
    "mac.yaml": yaml.replace(/mac: ENC.*/, 'mac: ""'),
    "nomac.yaml": yaml.replace(/ *mac: ENC.*\n/, ""),
    "plainleaf.yaml": yaml.replace(/^a: .*/m, "a: plain"),
    "leaf.yaml": yaml.replace(/^a: (.*)data:...=/m, "a: $1data:AAA="),
    "base64.yaml": yaml.replace(/^a: (.*)data:./m, "a: $1data:!"),
    "time.yaml": yaml.replace(/lastmodified: .*/, 'lastmodified: "2020-01-01T00:00:00Z"'),
    "notime.yaml": yaml.replace(/lastmodified: .*/, 'lastmodified: "yesterday"'),
  };
}

interface Row {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Reads this file afterwards and compares what `sops decrypt` makes of it. */
  readonly file?: string;
  /** What sops prints is not compared: it is different at each run, or it is its help. */
  readonly codeOnly?: true;
}

const row = (args: string, more: Omit<Row, "args"> = {}): Row => ({
  // Words are separated by blanks; "~" stands for a blank inside of one.
  args: args.split(" ").filter(Boolean).map((word) => word.replaceAll("~", " ")),
  ...more,
});

const reading: readonly Row[] = [
  ...[
    "-d s.yaml",
    "decrypt s.yaml",
    "-d s.json",
    "--decrypt s.yaml",
    "-decrypt s.yaml",
    "--d s.yaml",
    "-d -- s.yaml",
    "-d crlf.yaml",
    "-d --output-type json s.yaml",
    "decrypt s.yaml --output-type json",
    "-d --output-type yaml s.json",
    "-d --output-type nonsense s.yaml",
    "-d --input-type yaml --output-type yaml noext",
    "--indent 2 -d s.yaml",
    "--indent 2 decrypt s.yaml",
    "-d --indent 2 --output-type json s.yaml",
    "-d --indent 0 --output-type json s.yaml",
    "--config rules/indent.yaml -d s.yaml",
    "--config rules/indent.yaml -d s.json",
    "--verbose -d s.yaml",
    "--ignore-mac -d s.yaml",
    "--decryption-order age,pgp -d s.yaml",
    '-d --extract ["a"] s.yaml',
    '-d --extract=["a"] s.yaml',
    'decrypt s.yaml --extract ["a"]',
    "-d --extract ['a'] s.yaml",
    '-d --extract ["b"] s.yaml',
    '-d --extract ["b"]["c"] s.yaml',
    '-d --extract ["b"]["c"][0] s.yaml',
    '-d --extract ["b"]["c"][1] s.yaml',
    '-d --extract ["b"]["c"][2] s.yaml',
    '-d --extract ["b"]["d"] s.yaml',
    '-d --extract ["b"]["e~f"] s.yaml',
    '-d --extract ["b"]["g"] s.yaml',
    '-d --extract ["m"] s.yaml',
    '-d --extract ["*"] s.yaml',
    '-d --extract ["t"] s.yaml',
    '-d --output-type json --extract ["b"] s.yaml',
    '-d --output-type json --extract ["b"]["c"] s.yaml',
    '-d --output-type json --extract ["b"]["c"][2] s.yaml',
    '-d --output-type json --extract ["b"]["d"] s.yaml',
    '-d --output-type json --extract ["t"] s.yaml',
    '-d --extract ["b"]["<"] s.json',
    '-d --extract ["b"]["c"] s.json',
    '-d --output-type yaml --extract ["b"]["c"] s.json',
    // Every format into every other one that can hold it.
    ...["s.env", "s.ini", "s.bin", "sflat.yaml", "ssections.yaml", "sdocuments.yaml"].flatMap((
      name,
    ) =>
      ["", ...["yaml", "json", "dotenv", "ini", "binary"].map((type) => `--output-type ${type}`)]
        .map((type) => `decrypt ${name} ${type}`)
    ),
    "decrypt --input-type json --output-type binary s.bin",
    "decrypt --input-type binary --output-type json s.json",
    "decrypt --input-type dotenv s.bin",
    "decrypt --input-type ini s.yaml",
    "--indent 3 decrypt s.ini --output-type json",
    'decrypt --extract ["A"] s.env',
    'decrypt --extract ["B"] s.env --output-type json',
    'decrypt --extract ["EMPTY"] s.env',
    'decrypt --extract ["zz"] s.env',
    'decrypt --extract ["s"]["b"] s.ini',
    'decrypt --extract ["s"] s.ini --output-type json',
    'decrypt --extract ["s"] s.ini --output-type dotenv',
    'decrypt --extract ["s"] s.ini',
    'decrypt --extract ["data"] s.bin',
    'decrypt --extract ["n"] sflat.yaml --output-type dotenv',
    'decrypt --extract ["n"] sflat.yaml --output-type ini',
    'decrypt --extract ["t"] sflat.yaml --output-type ini',
    'decrypt --extract ["n"] sflat.yaml --output-type binary',
    "decrypt mac.env",
    "decrypt nomac.ini",
    "decrypt p.env",
    "decrypt p.ini",
    "decrypt p.bin",
    "decrypt broken.env",
    "decrypt broken.ini",
    ...["reserved.env", "reserved.ini", "broken.env", "broken.ini", "s.env", "s.ini"].map((name) =>
      `encrypt --age ${testRecipient} ${name}`
    ),
    `encrypt --age ${testRecipient} p.yaml --output-type dotenv`,
    `encrypt --age ${testRecipient} p.yaml --output-type ini`,
    `encrypt --age ${testRecipient} reserved.env --output-type yaml --input-type yaml`,
    'set s.ini ["a"] "x"',
    'set s.env ["a"]["b"] "x"',
    'set s.env ["sops_a"] "x"',
    'unset s.ini ["t"]["zz"]',
    // What goes wrong.
    "",
    "-d",
    "-e",
    "edit",
    "-d nofile.yaml",
    "decrypt nofile.yaml",
    "-e nofile.yaml",
    "encrypt nofile.yaml",
    'set nofile.yaml ["a"] 1',
    'unset nofile.yaml ["a"]',
    "--rm-age x nofile.yaml",
    "-d rules",
    "decrypt p.yaml",
    "-d p.json",
    "-d broken.yaml",
    "-d broken.json",
    "-d reserved.yaml",
    "-d empty.yaml",
    "-d mac.yaml",
    "-d nomac.yaml",
    "-d plainleaf.yaml",
    "-d leaf.yaml",
    "-d base64.yaml",
    "-d time.yaml",
    "-d notime.yaml",
    "decrypt --ignore-mac plainleaf.yaml",
    '-d --extract ["zz"] s.yaml',
    '-d --extract ["b"]["c"][9] s.yaml',
    '-d --extract ["b"]["c"][-1] s.yaml',
    '-d --extract ["a"]["b"] s.yaml',
    '-d --extract ["a"][0] s.yaml',
    "-d --extract a s.yaml",
    "-d --extract [a] s.yaml",
    '-d --extract ["a" s.yaml',
    "-d --config rules/nothing.yaml s.yaml",
    "-d --config rules/broken.yaml s.yaml",
    "-d --decryption-order age,age s.yaml",
    "decrypt -i --output x s.yaml",
    "decrypt --output no/folder s.yaml",
    "decrypt -i",
    "encrypt -i --filename-override p.yaml",
    "encrypt --age " + testRecipient,
    "-e p.yaml",
    "encrypt p.yaml",
    "-e --config rules/none.yaml p.yaml",
    "-e --config rules/broken.yaml p.yaml",
    "-e --config rules/two.yaml p.yaml",
    "-e --config rules/nothing.yaml p.yaml",
    "-e --age foo p.yaml",
    `encrypt --age ${testRecipient} --encrypted-regex x --encrypted-suffix y p.yaml`,
    ...["empty", "list", "twice", "broken", "reserved"].map((name) =>
      `encrypt --age ${testRecipient} ${name}.yaml`
    ),
    `encrypt --age ${testRecipient} list.json`,
    `encrypt --age ${testRecipient} broken.json`,
    `encrypt --age ${testRecipient} s.yaml`,
    'set s.yaml ["a"]',
    'set s.yaml ["a"] "x" extra',
    'set s.yaml ["a"] notjson',
    'set s.yaml ["a"] []',
    'set s.yaml a "x"',
    'set --value-stdin --value-file s.yaml ["a"] x',
    'set --value-file s.yaml ["a"] nofile',
    'set s.yaml ["b"]["c"]["x"] "y"',
    'set s.yaml ["b"]["c"][-1] "y"',
    'set s.yaml ["sops"] "y"',
    'set mac.yaml ["a"] "y"',
    'unset s.yaml ["nope"]',
    "unset s.yaml nope",
    "unset s.yaml",
    'unset s.yaml ["a"]["b"]',
    'unset s.yaml ["b"]["c"][9]',
    '--set ["a"]"z" s.yaml',
    "--version",
    "-v",
  ].map((args) => row(args)),
  ...[
    "--bogus s.yaml",
    "-di s.yaml",
    "-d=maybe s.yaml",
    "-d --decrypt s.yaml",
    "--indent x -d s.yaml",
    "decrypt --bogus s.yaml",
    "decrypt --config x s.yaml",
    "encrypt --input-type",
    "--help",
    "-h",
    "help",
    "decrypt --help",
  ].map((args) => row(args, { codeOnly: true })),
  row("decrypt --input-type yaml --output-type yaml", { stdin: "s.yaml" }),
  row("decrypt --filename-override a.yaml", { stdin: "s.yaml" }),
  row("decrypt --filename-override a.json", { stdin: "s.json" }),
  row("-d s.yaml", { env: { HOME: "/nonexistent" } }),
  row("-d s.yaml", { env: { HOME: "/nonexistent", SOPS_AGE_KEY: testIdentity } }),
  row("-d s.yaml", { env: { HOME: "/nonexistent", SOPS_AGE_KEY_FILE: "stranger.txt" } }),
  row("-d s.yaml", { env: { SOPS_AGE_KEY_FILE: "/nonexistent" } }),
  row("-d s.yaml", { env: { SOPS_AGE_KEY: "garbage" } }),
  row("-d s.yaml", { env: { HOME: "/nonexistent", SOPS_AGE_KEY_CMD: `echo ${testIdentity}` } }),
  row("s.yaml", { env: { EDITOR: "true" } }),
  row("edit s.yaml", { env: { EDITOR: "true" } }),
  row("edit new.yaml", { env: { EDITOR: "true" } }),
  row("s.yaml", { env: { EDITOR: "false" } }),
  row("s.yaml", { env: { EDITOR: "no-such-editor" } }),
  row("s.yaml", { env: { EDITOR: "'open" } }),
  row("s.yaml", { env: { EDITOR: "false", SOPS_EDITOR: "true" } }),
  row("--config rules/none.yaml s.yaml", { env: { EDITOR: "true" } }),
  row("--config rules/none.yaml edit s.yaml", { env: { EDITOR: "true" } }),
];

const writing: readonly Row[] = [
  ...[
    'set s.yaml ["a"] "new"',
    'set s.yaml ["a"] "x"',
    'set --idempotent s.yaml ["a"] "x"',
    'set --idempotent s.yaml ["a"] "y"',
    'set s.yaml ["new"]["x"][0] {"q":[1,"a",true,null,1.5,-0,1e3]}',
    'set s.yaml ["a"]["deep"] "y"',
    'set s.yaml ["b"]["c"][99] 100000000',
    'set s.yaml ["b"]["c"][0]["k"] 12345678901234567890',
    'set s.yaml ["b"]["d"][1] "sp"',
    'set s.yaml ["b"]["e~f"]["x"] true',
    'set s.yaml ["n"] 1e3',
    'set s.yaml ["n"] 1.0',
    'set s.yaml ["n"] null',
    'set s.yaml ["n"] {}',
    'set s.yaml ["n"] ~"~sp~"~',
    'set s.yaml ["n"] "\\ud800"',
    'set s.yaml ["n"] "\\u0000"',
    "set s.yaml ['q'] \"é\"",
    'set s.yaml [0] "b"',
    'set s.yaml ["plain_unencrypted"] "in~clear"',
    'set s.yaml ["number_unencrypted"] 5',
    'set --value-file s.yaml ["a"] value.json',
    'set s.yaml --value-file ["a"] value.json',
    'unset s.yaml ["b"]',
    'unset s.yaml ["b"]["c"][1]',
    'unset s.yaml ["a"]',
    'unset --idempotent s.yaml ["nope"]',
    '--set ["a"]~"z" s.yaml',
    '--config rules/indent.yaml set s.yaml ["a"] "new"',
  ].map((args) => row(args, { file: "s.yaml" })),
  row('set comments.yaml ["z"] "new"', { file: "comments.yaml" }),
  row('set s.json ["b"]["new"] {"<":[1.0,2]}', { file: "s.json" }),
  row('set --value-stdin s.yaml ["a"]', { file: "s.yaml", stdin: "value.json" }),
  ...["s.env", "s.ini"].flatMap((file) => {
    const [a, other] = file === "s.env" ? ['["A"]', '["N"]'] : ['["s"]["a"]', '["u"]["n"]'];
    return [
      row(`set ${file} ${a} "new"`, { file }),
      row(`set ${file} ${a} "two\\nlines;#"`, { file }),
      row(`set ${file} ${other} "~sp~"`, { file }),
      row(`set ${file} ${other} 1`, { file }),
      row(`set ${file} ${other} 1e7`, { file }),
      row(`set ${file} ${other} true`, { file }),
      row(`unset ${file} ${a}`, { file }),
      row(`edit ${file}`, { env: { EDITOR: "sed -i s/two/zwei/" }, file }),
    ];
  }),
  row('set s.bin ["data"] "new"', { file: "s.bin" }),
  row('set s.yaml ["a"] "new" --output-type json', { file: "s.yaml" }),
  row("edit s.bin", { env: { EDITOR: "sed -i s/text/TEXT/" }, file: "s.bin" }),
  ...["p.env", "p.ini", "p.bin", "flat.yaml", "sections.yaml"].map((name) =>
    row(`encrypt -i --age ${testRecipient} ${name}`, { file: name })
  ),
  ...([
    ["flat.yaml", "dotenv", "env"],
    ["sections.yaml", "ini", "ini"],
    ["p.env", "json", "json"],
    [
      "p.ini",
      "yaml",
      "yaml",
    ],
    ["p.bin", "yaml", "yaml"],
    ["p.env", "yaml", "yaml"],
    ["p.json", "binary", "bin"],
  ] as const).map(
    ([name, type, extension]) =>
      row(
        `encrypt --age ${testRecipient} ${name} --output-type ${type} --output out.${extension}`,
        {
          file: `out.${extension}`,
        },
      ),
  ),
  row(`encrypt --age ${testRecipient} --encrypted-regex nothing p.bin --output out.bin`, {
    file: "out.bin",
  }),
  row(`encrypt --age ${testRecipient} --encrypted-regex ^[AB]$ p.env --output out.env`, {
    file: "out.env",
  }),
  row(`--config rules/stores.yaml encrypt --age ${testRecipient} p.bin --output out.bin`, {
    file: "out.bin",
  }),
  ...["new.env", "new.ini", "new.bin"].map((file) =>
    row(`edit --age ${testRecipient} ${file}`, {
      env: { EDITOR: "sed -i s/[Ww]elcome.to/Hello/" },
      file,
    })
  ),
  row(`encrypt -i --age ${testRecipient} p.yaml`, { file: "p.yaml" }),
  row(`-e -i --age ${testRecipient} p.yaml`, { file: "p.yaml" }),
  row(`encrypt --age ${testRecipient} --output out.yaml p.yaml`, { file: "out.yaml" }),
  row(`encrypt --age ${testRecipient} --output-type json --output out.json p.yaml`, {
    file: "out.json",
  }),
  row(`encrypt --age ${testRecipient} --encrypted-regex ^b$ --output out.yaml p.yaml`, {
    file: "out.yaml",
  }),
  row(`--mac-only-encrypted encrypt --age ${testRecipient} --output out.yaml p.yaml`, {
    file: "out.yaml",
  }),
  row("edit s.yaml", { env: { EDITOR: "sed -i s/two/zwei/" }, file: "s.yaml" }),
  row(`edit --age ${testRecipient} new.yaml`, {
    env: { EDITOR: "sed -i s/example_value/other/" },
    file: "new.yaml",
  }),
  row(`edit --age ${testRecipient} new.json`, {
    env: { EDITOR: "sed -i s/example_value/other/" },
    file: "new.json",
  }),
];

const name = ({ args, stdin, env }: Row) =>
  `sops ${args.join(" ")}${stdin ? ` < ${stdin}` : ""}${env ? ` with ${Object.keys(env)}` : ""}`;

type Outcome = Readonly<Record<"code" | "stdout" | "file" | "stderr", unknown>>;

async function outcome(home: Home, who: "sops" | "ours", row: Row): Promise<Outcome> {
  const options = {
    ...(row.env ? { env: row.env } : {}),
    ...(row.stdin ? { stdin: await home.read(row.stdin) } : {}),
  };
  const { code, stdout, stderr } = who === "sops"
    ? await home.program("sops", row.args, options)
    : await home.run(["sops", ...row.args], options);
  const file = row.file && (await home.program("sops", ["decrypt", row.file])).stdout;
  return { code, stdout: row.codeOnly ? "" : stdout, file, stderr };
}

function differences(row: Row, sops: Outcome, ours: Outcome): string[] {
  return (["code", "stdout", "file"] as const).filter((part) => sops[part] !== ours[part])
    .map((part) =>
      `${name(row)}: ${part} is ${JSON.stringify(ours[part])} instead of ` +
      `${JSON.stringify(sops[part])} (${String(ours.stderr).slice(0, 300)})`
    );
}

peerTest(
  ["sops"],
  `${reading.length} command lines end as with sops, and print the same`,
  async () => {
    const files = await exampleFiles();
    await using home = await temporaryHome(files);
    const found: string[] = [];
    await twoAtATime(reading, async (row) => {
      found.push(
        ...differences(row, await outcome(home, "sops", row), await outcome(home, "ours", row)),
      );
    });
    assert.deepEqual(found, []);
    assert.equal(await home.read("s.yaml"), files["s.yaml"], "none of them writes");
  },
);

peerTest(["sops"], `${writing.length} command lines write what sops writes`, async () => {
  const files = await exampleFiles();
  const found: string[] = [];
  await twoAtATime(writing, async (row) => {
    await using one = await temporaryHome(files);
    await using other = await temporaryHome(files);
    found.push(
      ...differences(row, await outcome(one, "sops", row), await outcome(other, "ours", row)),
    );
  });
  assert.deepEqual(found, []);
});
