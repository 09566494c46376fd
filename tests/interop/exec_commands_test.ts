/** exec-env and exec-file, through sops and us. */
import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient as me } from "../support/sops_file.ts";
import { compareRows, type Row, row } from "./both.ts";

const plain: Readonly<Record<string, string>> = {
  "flat.yaml": '# about\nA: "x y"\nN: 1\nF: 1.0\nBIG: 1e21\nT: 2020-01-02\nB: true\nZ: null\n' +
    'M: "one\\ntwo\\n"\nE: ""\nQ: "it\'s \\"$HOME\\""\nU: é\nP_unencrypted: open\n# end\n',
  "flat.json": '{"A":"x","N":1.50,"B":false}',
  "flat.env": "# about\nA=x y\nM=one\\ntwo\nE=\nA2='quoted'\n",
  "nested.yaml": "A: x\nB:\n    C: y\n",
  "list.yaml": "A: [1]\n",
  "equals.yaml": "A=B: x\n",
  "sections.ini": "[s]\na = x\n",
  "some.bin": "some\n\tbytes",
  "documents.yaml": "A: x\n---\nA: y\n",
  "nul.yaml": 'A: "x\\0y"\n',
};

async function exampleFiles(): Promise<Record<string, string>> {
  const files = { ".config/sops/age/keys.txt": `${testIdentity}\n`, ...plain };
  await using home = await temporaryHome(files);
  const sealed: Record<string, string> = {};
  for (const name of Object.keys(plain)) {
    const { code, stdout, stderr } = await home.program("sops", ["encrypt", "--age", me, name]);
    assert.equal(code, 0, stderr);
    sealed[`s${name}`] = stdout;
  }
  return {
    ...files,
    ...sealed,
    noext: sealed["sflat.yaml"]!,
    "badmac.yaml": sealed["sflat.yaml"]!.replace("open", "other"),
    "theirs.yaml": sealed["sflat.yaml"]!.replace(
      /(-----BEGIN AGE ENCRYPTED FILE-----\s+)..../,
      "$1AAAA",
    ),
  };
}

/** The variables that a file sets, whatever else is there. */
const show =
  `printf "%s|" "$A" "$N" "$F" "$BIG" "$T" "$B" "$Z" "$M" "$E" "$Q" "$U" "$P_unencrypted"`;
const command = (file: string, words: string, ...flags: string[]): Row => ({
  args: ["exec-env", ...flags, file, words],
});

const inEnvironment: readonly Row[] = [
  command("sflat.yaml", show),
  command("sflat.json", show),
  command("sflat.env", `printf "%s|" "$A" "$M" "$E" "$A2"`),
  command("sdocuments.yaml", `echo "$A"`),
  command("sflat.yaml", `echo "\${E-unset}|\${E+set}"`),
  command("sflat.yaml", "exit 0"),
  command("sflat.yaml", "exit 7"),
  command("sflat.yaml", "no-such-program"),
  command("sflat.yaml", "kill -9 $$"),
  command("sflat.yaml", "kill -TERM $$"),
  command("sflat.yaml", "sh -c 'kill -9 $$'; echo $?"),
  command("sflat.yaml", "("),
  command("sflat.yaml", ""),
  command("sflat.yaml", "echo out; echo err >&2; exit 3"),
  { ...command("sflat.yaml", "cat"), stdin: "from standard input\n" },
  { ...command("sflat.yaml", `read line; echo "$line, $A"`), stdin: "a line\nmore\n" },
  { ...command("sflat.yaml", `echo "$GREETING"`), env: { GREETING: "hello" } },
  { ...command("sflat.yaml", `echo "$A"`), env: { A: "overridden" } },
  { ...command("sflat.yaml", `echo "$GREETING|$A"`, "--pristine"), env: { GREETING: "hello" } },
  command("sflat.yaml", "/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/sort", "--pristine"),
  command("sflat.yaml", show, "--same-process"),
  command("sflat.yaml", "exit 6", "--same-process"),
  command("sflat.yaml", "kill -TERM $$", "--same-process"),
  {
    ...command("sflat.yaml", `echo "$GREETING|$A"`, "--same-process", "--pristine"),
    env: { GREETING: "x" },
  },
  command("sflat.yaml", "echo seen nowhere", "--background"),
  command("sflat.yaml", "exit 3", "--background"),
  command("sflat.yaml", "true", "--background", "--same-process"),
  command("sflat.yaml", "true", "--user", "no-such-user"),
  command("sflat.yaml", "echo $A", "--decryption-order", "age"),
  command("sflat.yaml", "true", "--decryption-order", "age,age"),
  command("sflat.yaml", "true", "--enable-local-keyservice=false"),
  ...[
    "snested.yaml",
    "slist.yaml",
    "sequals.yaml",

    "ssections.ini",
    "snul.yaml",
    "flat.yaml",
    "nofile.yaml",
    ".",
    "noext",
    "badmac.yaml",
    "theirs.yaml",
  ].map((file) => command(file, "echo started")),
  { args: ["exec-env", "sflat.yaml", "--pristine", "echo $A"] },
  { args: ["exec-env", "sflat.yaml", "--", "echo $A"] },
  { args: ["exec-env", "sflat.yaml", "echo", "-n"] },
  { args: ["exec-env", "sflat.yaml"] },
  { args: ["exec-env"] },
  { args: ["exec-env", "--output-type", "json", "sflat.yaml", "true"], codeOnly: true },
  { args: ["exec-env", "-h"], codeOnly: true },
];

const file = (name: string, words: string, ...flags: string[]): Row => ({
  args: ["exec-file", ...flags, name, words],
});

/** A pipe that nobody reads ends sops with 1 now and then, so each is read. */
const inFile: readonly Row[] = [
  ...[
    "sflat.yaml",
    "sflat.json",
    "sflat.env",
    "snested.yaml",
    "ssections.ini",
    "ssome.bin",
    "sdocuments.yaml",
  ]
    .flatMap((name) => [
      file(name, "cat {}"),
      file(name, "cat {} {}", "--no-fifo"),
    ]),
  ...["json", "dotenv", "yaml", "binary"].map((type) =>
    file("sflat.json", "cat {}", "--output-type", type)
  ),
  file("snested.yaml", "cat {}", "--output-type", "dotenv"),
  file("noext", "cat {}", "--input-type", "yaml", "--output-type", "json"),
  file("sflat.yaml", "stat -c '%F %a' {}; cat {}"),
  file("sflat.yaml", "stat -c '%F %a' {}", "--no-fifo"),
  file("sflat.yaml", "basename {}; cat {}"),
  file("sflat.yaml", "basename {}; cat {}", "--filename", "name.yaml"),
  file("sflat.yaml", "basename {}; cat {}", "--filename", "name.yaml", "--no-fifo"),
  file("sflat.yaml", "basename {}", "--filename", "$&.yaml", "--no-fifo"),
  ...["../x", "a/../../x", "/x", "a/x", "."].flatMap((name) => [
    file("sflat.yaml", "true", "--filename", name),
    file("sflat.yaml", "true", "--filename", name, "--no-fifo"),
  ]),
  file("sflat.yaml", "echo {}{} | grep -o /x | wc -l", "--no-fifo", "--filename", "x"),
  file("sflat.yaml", "cat {}; exit 9"),
  file("sflat.yaml", "exit 9", "--no-fifo"),
  file("sflat.yaml", "cat {}; kill -9 $$"),
  file("sflat.yaml", "head -c 3 {}"),
  file("sflat.yaml", `cat {} > /dev/null; echo "$A|"`),
  { ...file("sflat.yaml", "cat; head -n 1 {}"), stdin: "input\n" },
  file("sflat.yaml", "true", "--user", "no-such-user"),
  ...["flat.yaml", "nofile.yaml", ".", "noext", "badmac.yaml", "theirs.yaml"].map((name) =>
    file(name, "echo started")
  ),
  row("exec-file sflat.yaml"),
  row("exec-file sflat.yaml a b"),
  row("exec-file --pristine sflat.yaml true", { codeOnly: true }),
  row("exec-file --same-process sflat.yaml true", { codeOnly: true }),
];

for (const [what, rows] of [["exec-env", inEnvironment], ["exec-file", inFile]] as const) {
  peerTest(["sops", "linux"], `${what}: ${rows.length} command lines do as with sops`, async () => {
    assert.deepEqual(await compareRows(rows, await exampleFiles()), []);
  });
}
