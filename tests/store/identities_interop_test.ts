/** Where sops finds an identity we find it, and where it finds none neither do we. */
import assert from "node:assert/strict";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  homeWithSecrets,
  strangerIdentity,
  testIdentity,
  testRecipient,
} from "../support/sops_file.ts";

type Prepare = (home: Home) => Readonly<Record<string, string>>;

const cases: readonly (readonly [name: string, opens: boolean, prepare: Prepare])[] = [
  ["SOPS_AGE_KEY", true, () => ({ SOPS_AGE_KEY: testIdentity })],
  [
    "SOPS_AGE_KEY with several on a line",
    true,
    () => ({ SOPS_AGE_KEY: `${strangerIdentity} ${testIdentity}` }),
  ],
  [
    "SOPS_AGE_KEY with comments and blank lines",
    true,
    () => ({ SOPS_AGE_KEY: `# mine\n\n${testIdentity}\n` }),
  ],
  ["SOPS_AGE_KEY of a stranger", false, () => ({ SOPS_AGE_KEY: strangerIdentity })],
  [
    "SOPS_AGE_KEY with a typing error",
    false,
    () => ({ SOPS_AGE_KEY: testIdentity.replace("VNK7", "VNK8") }),
  ],
  ["SOPS_AGE_KEY, empty", false, () => ({ SOPS_AGE_KEY: "" })],
  ["SOPS_AGE_KEY_FILE", true, ({ path }) => ({ SOPS_AGE_KEY_FILE: `${path}/good.txt` })],
  ["SOPS_AGE_KEY_FILE with CRLF", true, ({ path }) => ({ SOPS_AGE_KEY_FILE: `${path}/crlf.txt` })],
  [
    "SOPS_AGE_KEY_FILE with two on a line",
    false,
    ({ path }) => ({ SOPS_AGE_KEY_FILE: `${path}/line.txt` }),
  ],
  ["SOPS_AGE_KEY_FILE that is not there", false, () => ({ SOPS_AGE_KEY_FILE: "/none" })],
  ["SOPS_AGE_KEY_FILE that is not there, and SOPS_AGE_KEY", true, () => ({
    SOPS_AGE_KEY_FILE: "/none",
    SOPS_AGE_KEY: testIdentity,
  })],
  ["SOPS_AGE_KEY_FILE with rubbish, and SOPS_AGE_KEY", true, ({ path }) => ({
    SOPS_AGE_KEY_FILE: `${path}/rubbish.txt`,
    SOPS_AGE_KEY: testIdentity,
  })],
  ["SOPS_AGE_KEY_FILE with rubbish after a good line", false, ({ path }) => ({
    SOPS_AGE_KEY_FILE: `${path}/half.txt`,
  })],
  ["SOPS_AGE_KEY_CMD", true, ({ path }) => ({ SOPS_AGE_KEY_CMD: `cat '${path}/good.txt'` })],
  ["SOPS_AGE_KEY_CMD with shell syntax, which is none", false, ({ path }) => ({
    SOPS_AGE_KEY_CMD: `cat ${path}/none.txt || cat ${path}/good.txt`,
  })],
  ["SOPS_AGE_KEY_CMD that uses the recipient it is told", true, ({ path }) => ({
    SOPS_AGE_KEY_CMD: `sh -c "cat ${path}/$SOPS_AGE_RECIPIENT.txt"`,
  })],
  ["SOPS_AGE_KEY_CMD that fails", false, () => ({ SOPS_AGE_KEY_CMD: "false" })],
  ["SOPS_AGE_KEY_CMD that fails, and SOPS_AGE_KEY", true, () => ({
    SOPS_AGE_KEY_CMD: "false",
    SOPS_AGE_KEY: testIdentity,
  })],
  ["XDG_CONFIG_HOME", true, ({ path }) => ({ XDG_CONFIG_HOME: `${path}/config` })],
  ["HOME/.config", true, ({ path }) => ({ HOME: `${path}/other-home` })],
  ["nothing", false, () => ({})],
];

for (const [name, opens, prepare] of cases) {
  peerTest(
    ["sops"],
    `identities: with ${name}, sops and we ${opens ? "open" : "do not open"} the file`,
    async () => {
      const { ".config/sops/age/keys.txt": _, ...files } = await homeWithSecrets();
      await using home = await temporaryHome({
        ...files,
        "good.txt": `${testIdentity}\n`,
        "crlf.txt": `# mine\r\n${testIdentity}\r\n`,
        "line.txt": `${strangerIdentity} ${testIdentity}\n`,
        "rubbish.txt": "rubbish\n",
        "half.txt": `${testIdentity}\nrubbish\n`,
        "config/sops/age/keys.txt": `${testIdentity}\n`,
        "other-home/.config/sops/age/keys.txt": `${testIdentity}\n`,
      });
      await home.write(`${testRecipient}.txt`, `${testIdentity}\n`);
      const env = prepare(home);
      const theirs = await home.program("sops", [
        "decrypt",
        "--extract",
        '["aws_region"]',
        "secrets/aws.yaml",
      ], { env });
      const ours = await home.run(["get", "aws_region"], { env });
      assert.equal(theirs.code === 0, opens, theirs.stderr);
      assert.equal(ours.code === 0, opens, ours.stderr);
      if (opens) assert.equal(ours.stdout, theirs.stdout.trimEnd());
      else assert.equal(ours.code, 3, ours.stderr);
    },
  );
}
