/** rotate, updatekeys, groups, filestatus, and the keys of encrypt and edit: through sops and us. */
import assert from "node:assert/strict";
import { identityFromScalar, parseIdentities, recipientOf } from "../../src/sops/keys/identity.ts";
import type { X25519Identity } from "../../src/sops/keys/identity.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { strangerIdentity, testIdentity, testRecipient as me } from "../support/sops_file.ts";
import { compareRows, type Row, row } from "./both.ts";

const [stranger] = parseIdentities(strangerIdentity, "stranger") as X25519Identity[];
/** Whose identity the files' home has not. */
const other = await recipientOf(stranger!);
/** Whose identity nobody has. */
const nobody = await recipientOf(identityFromScalar(new Uint8Array(32).fill(7), "nobody"));

const key = (...recipients: string[]) => `{age: [${recipients.join(", ")}]}`;
const rules: Readonly<Record<string, string>> = {
  one: `creation_rules: [{age: ${me}}]`,
  both: `creation_rules: [{age: "${me},${other}"}]`,
  other: `creation_rules: [{age: ${other}}]`,
  all: `creation_rules: [{age: "${nobody},${me},${other}"}]`,
  twice: `creation_rules: [{age: "${me},${me}"}]`,
  groups: `creation_rules: [{key_groups: [${key(me)}, ${key(other)}]}]`,
  three: `creation_rules: [{shamir_threshold: 2, key_groups: [${key(me)}, ${key(me, other)}, ${
    key(other)
  }]}]`,
  mine: `creation_rules: [{shamir_threshold: 2, key_groups: [${key(me)}, ${key(me)}, ${
    key(other)
  }]}]`,
  toomany: `creation_rules: [{shamir_threshold: 5, key_groups: [${key(me)}, ${key(me)}]}]`,
  lone: `creation_rules: [{shamir_threshold: 3, age: ${me}}]`,
  bypath:
    `creation_rules: [{path_regex: ^s, age: "${me},${other}"}, {path_regex: two, age: ${me}}]`,
  nothing: "creation_rules: [{path_regex: nothing$, age: x}]",
  empty: "creation_rules: [{}]",
  none: "stores: {}",
  invalid: "creation_rules: [{age: nonsense}]",
  broken: "creation_rules: [",
};

async function exampleFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {
    ".config/sops/age/keys.txt": `${testIdentity}\n`,
    "p.yaml": "# about\na: x\nb:\n    - 1\n    - two\nc_unencrypted: 2\n",
    "p.json": '{"a":"x","b":{"c":[1,"two"]}}',
    "p.env": "A=x\nB=two\n",
    "p.ini": "[s]\na = x\n",
    "p.bin": "some bytes\n",
    "documents.yaml": "a: x\n---\nb: y\n",
    "empty.yaml": "",
    "broken.yaml": 'a: "',
    "nosops.json": '{"sops": 5}',
    "nokeys.yaml": "a: x\nsops:\n    mac: x\n    version: 3.13.2\n",
    "folder/in.yaml": "x: y\n",
    ...Object.fromEntries(
      Object.entries(rules).map(([name, text]) => [`rules/${name}.yaml`, `${text}\n`]),
    ),
  };
  await using home = await temporaryHome(files);
  const sealed = async (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = await home.program("sops", [...args, name]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const mine = ["encrypt", "--age", me];
  const byRule = (name: string) => ["--config", `rules/${name}.yaml`, "encrypt"];
  const yaml = await sealed("p.yaml", ...mine);
  return {
    ...files,
    "s.yaml": yaml,
    "s.json": await sealed("p.json", ...mine),
    "s.env": await sealed("p.env", ...mine),
    "s.ini": await sealed("p.ini", ...mine),
    "s.bin": await sealed("p.bin", ...mine),
    "sdocuments.yaml": await sealed("documents.yaml", ...mine),
    "two.yaml": await sealed("p.yaml", "encrypt", "--age", `${me},${other}`),
    "theirs.yaml": await sealed("p.yaml", "encrypt", "--age", other),
    "suffix.yaml": await sealed("p.yaml", ...mine, "--encrypted-suffix", "a"),
    "maconly.yaml": await sealed("p.yaml", "--mac-only-encrypted", ...mine),
    "groups.yaml": await sealed("p.yaml", ...byRule("groups")),
    "three.yaml": await sealed("p.yaml", ...byRule("three")),
    "mine.yaml": await sealed("p.yaml", ...byRule("mine")),
    "lone.yaml": await sealed("p.yaml", ...byRule("lone")),
    noext: yaml,
    "plain.json.yaml": yaml,
    "mac.yaml": yaml.replace(/mac: ENC.*/, 'mac: ""'),
    "badmac.yaml": yaml.replace(/c_unencrypted: 2/, "c_unencrypted: 3"),
    "nomac.yaml": yaml.replace(/ *mac: ENC.*\n/, ""),
    "noversion.yaml": yaml.replace(/ *version: .*\n/, ""),
    "old.yaml": yaml.replace(/version: .*/, "version: 3.7.1"),
    "leaf.yaml": yaml.replace(/^a: (.*)data:...=/m, "a: $1data:AAA="),
    "enc.yaml": yaml.replace(/(-----BEGIN AGE ENCRYPTED FILE-----\s+)..../, "$1AAAA"),
  };
}

const written = (file: string) => (args: string) => row(args, { file });

const rotating: readonly Row[] = [
  // In place, in every format.
  ...["s.yaml", "s.json", "s.env", "s.ini", "s.bin", "sdocuments.yaml", "suffix.yaml"].flatMap((
    file,
  ) =>
    [`rotate -i ${file}`, `rotate -i --add-age ${other} ${file}`].map((args) => row(args, { file }))
  ),
  ...["maconly.yaml", "old.yaml", "two.yaml", "mine.yaml", "lone.yaml"].map((file) =>
    row(`rotate --in-place ${file}`, { file })
  ),
  ...[
    `-r -i s.yaml`,
    `--rotate --in-place s.yaml`,
    `-r -i --add-age ${other} s.yaml`,
    `rotate s.yaml -i --add-age ${other}`,
    `rotate -i --add-age ${other},${nobody} s.yaml`,
    `rotate -i --add-age=${me} s.yaml`,
    `rotate -i --rm-age ${other} s.yaml`,
    `rotate -i --add-age ${other} --rm-age ${me} s.yaml`,
    `rotate -i --rm-age ${me} s.yaml`,
    `rotate -i --rm-age nonsense s.yaml`,
    `rotate -i --add-age nonsense s.yaml`,
    `rotate -i --add-hc-vault-transit nonsense s.yaml`,
    `rotate -i --add-hckms nonsense s.yaml`,
    `rotate -i --add-azure-kv nonsense s.yaml`,
    `rotate -i --rm-pgp ABCD s.yaml`,
    `rotate -i --rm-kms arn:aws:kms:eu:1:key/x s.yaml`,
    `--config rules/one.yaml rotate -i s.yaml`,
    `--config rules/both.yaml rotate -i s.yaml`,
    `--config rules/nothing.yaml rotate -i s.yaml`,
    `--config rules/nothing.yaml -r -i s.yaml`,
    `--config rules/one.yaml -r -i s.yaml`,
    `--config rules/broken.yaml rotate -i s.yaml`,
    `--config rules/missing.yaml rotate -i s.yaml`,
    `--indent 2 rotate -i s.yaml`,
    `rotate -i --input-type yaml --output-type yaml s.yaml`,
    `rotate -i --decryption-order age s.yaml`,
    `rotate -i --decryption-order age,age s.yaml`,
    `rotate -i --enable-local-keyservice=false s.yaml`,
    `-r -d -i s.yaml`,
  ].map(written("s.yaml")),
  written("two.yaml")(`rotate -i --rm-age ${other} two.yaml`),
  written("two.yaml")(`rotate -i --rm-age ${other},${me} two.yaml`),
  written("two.yaml")(`rotate -i --rm-age ${me} --add-age ${nobody} two.yaml`),
  written("mine.yaml")(`rotate -i --add-age ${other} mine.yaml`),
  written("mine.yaml")(`rotate -i --rm-age ${other} mine.yaml`),
  written("out.yaml")("rotate --output out.yaml s.yaml"),
  written("out.json")("rotate --output out.json --output-type json s.yaml"),
  written("out.yaml")("-r --output out.yaml s.yaml"),
  ...["rotate s.yaml", "-r s.yaml", `rotate --add-age ${other} s.yaml`, "rotate s.yaml extra"].map(
    (args) => row(args, { prints: "printed.yaml" }),
  ),
  row("rotate --output-type json s.yaml", { prints: "printed.json" }),
  row("rotate --input-type yaml --output-type yaml noext", { prints: "printed.yaml" }),
  row("rotate --filename-override x.yaml noext", { prints: "printed.yaml" }),
  ...[
    "rotate",
    "-r",
    "rotate nofile.yaml",
    "-r nofile.yaml",
    `rotate --add-age ${other} nofile.yaml`,
    `rotate --rm-pgp X nofile.yaml`,
    `-r --add-kms X nofile.yaml`,
    "rotate -i --output x s.yaml",
    "rotate p.yaml",
    "rotate empty.yaml",
    "rotate broken.yaml",
    "rotate folder",
    "rotate theirs.yaml",
    "rotate groups.yaml",
    "rotate mac.yaml",
    "rotate badmac.yaml",
    "rotate nomac.yaml",
    "rotate leaf.yaml",
    "rotate enc.yaml",
    "rotate nokeys.yaml",
    "rotate --output no/folder s.yaml",
  ].map((args) => row(args)),
  row("rotate --help", { codeOnly: true }),
  row("rotate --ignore-mac s.yaml", { codeOnly: true }),
];

const updating: readonly Row[] = [
  ...(["one", "both", "other", "all", "groups", "three", "lone", "bypath"] as const).map((name) =>
    row(`--config rules/${name}.yaml updatekeys -y s.yaml`, { file: "s.yaml" })
  ),
  ...(["nothing", "empty", "none", "invalid", "broken", "missing", "toomany"] as const).map((
    name,
  ) => row(`--config rules/${name}.yaml updatekeys -y s.yaml`, { file: "s.yaml" })),
  ...["s.json", "s.env", "s.ini", "s.bin", "sdocuments.yaml", "suffix.yaml", "old.yaml"].map((
    file,
  ) => row(`--config rules/both.yaml updatekeys -y ${file}`, { file })),
  ...(["two.yaml", "mine.yaml", "lone.yaml"] as const).flatMap((file) =>
    (["one", "groups", "three"] as const).map((name) =>
      row(`--config rules/${name}.yaml updatekeys --yes ${file}`, { file })
    )
  ),
  ...["y\n", "n\n", "x\ny\n", "x\nn\n", " y \n", "y", "y z\n", "\n", "yes\n"].map((stdin) =>
    row("--config rules/both.yaml updatekeys s.yaml", { file: "s.yaml", stdin })
  ),
  ...[
    "--config rules/both.yaml updatekeys s.yaml",
    "--config rules/both.yaml updatekeys s.yaml -y",
    "updatekeys -y s.yaml",
    "--config rules/both.yaml updatekeys -y s.yaml two.yaml",
    "--config rules/both.yaml updatekeys -y nofile.yaml s.yaml",
    "--config rules/both.yaml updatekeys -y folder s.yaml p.yaml",
    "--config rules/both.yaml updatekeys -y s.yaml s.yaml",
    "--config rules/both.yaml updatekeys -y --enable-local-keyservice=false s.yaml",
  ].map(written("s.yaml")),
  row("--config rules/both.yaml updatekeys -y --shamir-secret-sharing-threshold 2 s.yaml", {
    codeOnly: true,
  }),
  row("updatekeys -y s.yaml", { file: "s.yaml", env: { SOPS_CONFIG: "rules/both.yaml" } }),
  row("--config rules/both.yaml updatekeys -y --input-type yaml noext", { file: "noext" }),
  row("--config rules/both.yaml updatekeys -y badmac.yaml", { file: "badmac.yaml" }),
  row("--config rules/both.yaml updatekeys -y nomac.yaml", { file: "nomac.yaml" }),
  ...[
    "updatekeys",
    "--config rules/both.yaml updatekeys",
    "--config rules/both.yaml updatekeys -y nofile.yaml",
    "--config rules/both.yaml updatekeys -y folder",
    "--config rules/both.yaml updatekeys -y p.yaml",
    "--config rules/both.yaml updatekeys -y broken.yaml",
    "--config rules/one.yaml updatekeys -y theirs.yaml",
    "--config rules/one.yaml updatekeys -y groups.yaml",
    "--config rules/one.yaml updatekeys -y enc.yaml",
  ].map((args) => row(args)),
];

const grouping: readonly Row[] = [
  ...["s.yaml", "s.json", "s.env", "s.ini", "s.bin"].map((file) =>
    row(`groups add -f ${file} --age ${me} -i`, { file })
  ),
  ...[
    `groups add --file s.yaml --age ${other} --in-place`,
    `groups add -i -f s.yaml --age ${other} --age ${nobody}`,
    `groups add -i -f s.yaml --age ${other},${me}`,
    `groups add -i -f s.yaml --age ${other} --shamir-secret-sharing-threshold 2`,
  ].map(written("s.yaml")),
  written("mine.yaml")(`groups add -i -f mine.yaml --age ${other}`),
  written("mine.yaml")(
    `groups add -i -f mine.yaml --age ${me} --shamir-secret-sharing-threshold 3`,
  ),
  ...[0, 1, 2].map((index) => row(`groups delete -i -f mine.yaml ${index}`, { file: "mine.yaml" })),
  written("mine.yaml")("groups delete -i -f mine.yaml --shamir-secret-sharing-threshold 2 0"),
  row(`groups add -f s.yaml --age ${me}`, { prints: "printed.yaml" }),
  row(`groups delete -f mine.yaml 0`, { prints: "printed.yaml" }),
  ...[
    "groups add",
    `groups add -f nofile.yaml --age ${me}`,
    `groups add -f p.yaml --age ${me}`,
    `groups add -f theirs.yaml --age ${me}`,
    `groups add -f s.yaml --age ${me} word`,
    "groups delete -f mine.yaml",
    "groups delete -f mine.yaml 1 2",
    "groups delete -f mine.yaml x",
    "groups delete -f mine.yaml 3",
    "groups delete -f mine.yaml --shamir-secret-sharing-threshold 3 0",
    "groups delete -f nofile.yaml 0",
    "groups delete -f p.yaml 0",
  ].map((args) => row(args)),
  ...[
    "groups",
    "groups help",
    "groups bogus",
    "groups help add",
    "groups help bogus",
    "groups add -h",
    "groups -x",
    "help groups",
    "help bogus",
    "help rotate",
  ].map((args) => row(args, { codeOnly: true })),
];

const status: readonly Row[] = [
  ...[
    "s.yaml",
    "s.json",
    "s.env",
    "s.ini",
    "s.bin",
    "groups.yaml",
    "theirs.yaml",
    "mac.yaml",
    "badmac.yaml",
    "nomac.yaml",
    "noversion.yaml",
    "leaf.yaml",
    "p.yaml",
    "p.json",
    "p.env",
    "p.ini",
    "p.bin",
    "empty.yaml",
    "broken.yaml",
    "nosops.json",
    "nokeys.yaml",
    "nofile",
    "folder",
    "noext",
    "--input-type yaml noext",
    "--input-type json p.bin",
    "s.yaml p.yaml",
    "",
  ].map((args) => row(`filestatus ${args}`)),
  row("--config rules/broken.yaml filestatus s.yaml"),
];

const encrypting: readonly Row[] = [
  ...(["one", "both", "groups", "three", "mine", "lone", "toomany", "empty", "twice"] as const)
    .flatMap((name) => [
      row(`--config rules/${name}.yaml encrypt -i p.yaml`, { file: "p.yaml" }),
      row(`--config rules/${name}.yaml -e -i p.json`, { file: "p.json" }),
    ]),
  ...[
    `encrypt -i --age ${me},${other} p.yaml`,
    `encrypt -i -a ${me} p.yaml`,
    `encrypt -i --age ${me} --shamir-secret-sharing-threshold 3 p.yaml`,
    `-e -i --age ${me} --shamir-secret-sharing-threshold 2 p.yaml`,
    `--config rules/mine.yaml encrypt -i --shamir-secret-sharing-threshold 3 p.yaml`,
    `--config rules/mine.yaml encrypt -i --shamir-secret-sharing-threshold 4 p.yaml`,
    `--config rules/mine.yaml encrypt -i --shamir-secret-sharing-threshold 1 p.yaml`,
    `--config rules/both.yaml encrypt -i --age ${me} p.yaml`,
    `encrypt -i --age ${me} --encryption-context a p.yaml`,
    `encrypt -i --age ${me} --encryption-context a:b p.yaml`,
    `encrypt -i --age ${me} --enable-local-keyservice=false p.yaml`,
    `encrypt -i --hckms nonsense p.yaml`,
    `encrypt -i --azure-kv nonsense p.yaml`,
    `encrypt -i --hc-vault-transit nonsense p.yaml`,
  ].map(written("p.yaml")),
  row("encrypt -i p.yaml", { file: "p.yaml", env: { SOPS_AGE_RECIPIENTS: `${me},${other}` } }),
  row("-e -i p.yaml", { file: "p.yaml", env: { SOPS_AGE_RECIPIENTS: other } }),
  row("encrypt -i p.yaml", { file: "p.yaml", env: { SOPS_CONFIG: "rules/mine.yaml" } }),
  ...[
    `edit --age ${me},${other} new.yaml`,
    `--age ${me} new.yaml`,
    "--config rules/mine.yaml edit new.yaml",
    "--config rules/mine.yaml new.yaml",
    `edit --age ${me} --shamir-secret-sharing-threshold 2 new.yaml`,
    "--config rules/toomany.yaml edit new.yaml",
    `edit --age ${me} --enable-local-keyservice=false new.yaml`,
    `edit --encrypted-suffix _key --age ${me} new.yaml`,
    "edit new.yaml",
  ].map((args) =>
    row(args, { file: "new.yaml", env: { EDITOR: "sed -i s/example_value/other/" } })
  ),
  ...["mine.yaml", "two.yaml", "lone.yaml"].map((file) =>
    row(`edit ${file}`, { file, env: { EDITOR: "sed -i s/two/zwei/" } })
  ),
  ...["mine.yaml", "two.yaml"].flatMap((file) => [
    row(`set ${file} ["a"] "new"`, { file }),
    row(`unset ${file} ["a"]`, { file }),
    row(`decrypt ${file}`),
    row(`decrypt --decryption-order pgp,age ${file}`),
  ]),
  ...["groups.yaml", "three.yaml", "theirs.yaml"].flatMap((file) => [
    row(`decrypt ${file}`),
    row(`decrypt --enable-local-keyservice=false ${file}`),
    row(`set ${file} ["a"] "new"`, { file }),
    row(`decrypt ${file}`, { env: { SOPS_AGE_KEY: strangerIdentity } }),
  ]),
];

for (
  const [what, rows] of Object.entries({
    rotate: rotating,
    updatekeys: updating,
    groups: grouping,
    filestatus: status,
    "keys of encrypt and edit": encrypting,
  })
) {
  peerTest(["sops"], `${what}: ${rows.length} command lines do as with sops`, async () => {
    assert.deepEqual(await compareRows(rows, await exampleFiles()), []);
  });
}
