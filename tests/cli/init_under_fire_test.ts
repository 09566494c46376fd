import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  type CallPoint,
  injectAt,
  type Program,
  recordCalls,
  twoAtATime,
} from "../support/strace.ts";

const id = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const credentials = `[default]\nregion = eu-west-1\n\n[work]\naws_access_key_id = ${id}\n` +
  `aws_secret_access_key = ${secret}\n`;
const flags = "init --from aws:work --offline --no-recovery --no-host-key --no-claude".split(" ");

/** Files that `init` writes, with the names that they are written under first. */
const written = [
  ".config/sops/age/keys.txt",
  ".config/sops/age/.keys.txt.credsmith-tmp",
  ".sops.yaml",
  "..sops.yaml.credsmith-tmp",
  "secrets",
  "secrets/aws.yaml",
  "secrets/.aws.yaml.credsmith-tmp",
  ".aws/credentials",
  ".aws/.credentials.credsmith-tmp",
];
const changing =
  /^(?:link|rename|unlink|mkdir|write|pwrite|fsync|fdatasync|ftruncate|chmod|fchmod)/;

function program(home: Home): Program {
  const [command, ...given] = credsmith;
  return {
    command,
    args: [...given, ...flags],
    env: home.env,
    cwd: home.path,
  };
}
const paths = (home: Home) => written.map((name) => `${home.path}/${name}`);

peerTest(
  ["strace", "linux"],
  "init killed at any call that changes a file loses nothing, and goes on",
  async () => {
    const points = await pointsOfARun();
    const names = points.map(({ call }) => call);
    for (const kind of [/^link/, /^rename/, /^fsync/, /^write/]) {
      assert.ok(names.some((name) => kind.test(name)), `no ${kind} among ${names}`);
    }
    let killed = 0;
    await twoAtATime(points, async (point) => {
      await using home = await temporaryHome({ ".aws/credentials": credentials });
      const { code } = await injectAt(program(home), paths(home), point, "signal=SIGKILL");
      if (code === 0) return;
      killed++;
      const where = `killed before ${point.call} ${point.occurrence}`;
      await assertNothingLost(home, where);
      const identity = await ifThere(home, ".config/sops/age/keys.txt");
      const again = await home.run(flags);
      assert.equal(again.code, 0, `${where}: ${again.stderr}`);
      if (identity !== undefined) {
        assert.equal(await home.read(".config/sops/age/keys.txt"), identity, where);
      }
      const { stdout } = await home.run(["get", "aws_secret_access_key", "--reveal"]);
      assert.equal(stdout.trim(), secret, where);
      for (const file of await home.files()) assertAbsent(await home.read(file), [secret], file);
    });
    assert.ok(killed >= points.length / 2, `only ${killed} of ${points.length} runs were killed`);
  },
);

async function pointsOfARun(): Promise<CallPoint[]> {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const points = (await recordCalls(program(home), paths(home)))
    .filter(({ call }) => changing.test(call));
  // Overwriting is ten times the same: of each call the first four and the last are tried.
  const last = new Map(points.map(({ call, occurrence }) => [call, occurrence]));
  return points.filter(({ call, occurrence }) => occurrence <= 4 || occurrence === last.get(call));
}

/** The key is in the file of AWS's still, or in a secrets file that opens; never nowhere. */
async function assertNothingLost(home: Home, where: string): Promise<void> {
  const plain = await home.read(".aws/credentials");
  if (plain === credentials) return;
  assert.ok(!plain.includes(secret), where);
  const { code, stdout } = await home.run(["get", "aws_secret_access_key", "--reveal"]);
  assert.deepEqual([code, stdout.trim()], [0, secret], where);
}

async function ifThere(home: Home, file: string): Promise<string | undefined> {
  return await home.exists(file) ? await home.read(file) : undefined;
}
