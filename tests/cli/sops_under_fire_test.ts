/** `credsmith sops rotate -i` and `updatekeys` while everything goes wrong in the file's folder. */
import assert from "node:assert/strict";
import { temporaryName } from "../../src/platform/files.ts";
import { identityFromScalar, recipientOf } from "../../src/sops/keys/identity.ts";
import { assertAbsent, type Home, starter } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import {
  decrypted,
  exampleSecrets,
  exampleText,
  homeReady,
  testRecipient,
} from "../support/sops_file.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";

const file = "secrets/aws.yaml";
const other = await recipientOf(identityFromScalar(new Uint8Array(32).fill(9), "other"));
const rules = `creation_rules: [{age: "${testRecipient},${other}"}]\n`;

const home = () => homeReady({ ".sops.yaml": rules });

const inFolder = ({ path }: Home) => {
  const at = `${path}/${file}`;
  return [`${path}/secrets`, at, temporaryName(at)];
};

function command(home: Home, args: readonly string[]): Program {
  const [program, ...given] = starter("--no-check");
  return { command: program, args: [...given, "sops", ...args], env: home.env, cwd: home.path };
}

/** The old file or the new one, whole, and no plaintext beside it. */
async function assertWhole(home: Home, old: string, where: string): Promise<"old" | "new"> {
  const left = await home.read(file);
  assert.equal(await decrypted(left), exampleText, where);
  for (const name of await home.files()) {
    if (!name.startsWith("secrets/")) continue;
    assertAbsent(await home.read(name), exampleSecrets, `${name} after ${where}`);
  }
  return left === old ? "old" : "new";
}

for (const args of [["rotate", "-i", file], ["updatekeys", "-y", file]]) {
  const [name] = args;
  peerTest(
    ["linux", "strace"],
    `sops ${name}, SIGKILL at every call in the folder: the old file or the new one, whole`,
    async () => {
      await using probe = await home();
      const points = await recordCalls(command(probe, args), inFolder(probe));
      const seen = new Set<string>();
      await twoAtATime(points, async (point) => {
        await using victim = await home();
        const old = await victim.read(file);
        const where = `SIGKILL at ${point.call} ${point.occurrence}`;
        const { code } = await injectAt(
          command(victim, args),
          inFolder(victim),
          point,
          "signal=SIGKILL",
        );
        assert.equal(code, 137, `not killed by ${where}`);
        seen.add(await assertWhole(victim, old, where));
        const again = await victim.run(["sops", ...args]);
        assert.equal(again.code, 0, `${where}: ${again.stderr}`);
        assert.equal(await assertWhole(victim, old, `${where}, and again`), "new");
        assert.ok(!await victim.exists(temporaryName(file)), where);
      });
      assert.deepEqual([...seen].sort(), ["new", "old"]);
    },
  );

  peerTest(
    ["linux", "strace"],
    `sops ${name}, an error at every call in the folder: an exit code that tells, and a file that opens`,
    async () => {
      await using probe = await home();
      const points = await recordCalls(command(probe, args), inFolder(probe));
      const codes = new Set<number>();
      await twoAtATime(points, async (point) => {
        await using victim = await home();
        const old = await victim.read(file);
        const error = point.call === "write" ? "ENOSPC" : "EIO";
        const where = `${error} at ${point.call} ${point.occurrence}`;
        const { code, stderr } = await injectAt(
          command(victim, args),
          inFolder(victim),
          point,
          `error=${error}`,
        );
        codes.add(code);
        const left = await assertWhole(victim, old, where);
        assert.ok([0, 1, 2, 3].includes(code), `${where}: ${code} ${stderr}`);
        if (code === 0) assert.equal(left, "new", where);
        // 3 with the new file: it could not be brought to the disk for certain.
        if (code === 1 || code === 2) assert.equal(left, "old", `${where}: ${stderr}`);
        assert.ok(!await victim.exists(temporaryName(file)), where);
      });
      assert.ok(codes.has(3), "writing never failed");
    },
  );
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  peerTest(
    ["linux", "strace"],
    `sops rotate, ${signal} while it is written: the old file or the new one, and nothing left`,
    async () => {
      const args = ["rotate", "-i", file];
      await using probe = await home();
      const points = await recordCalls(command(probe, args), inFolder(probe));
      await twoAtATime(points.slice(-6), async (point) => {
        await using victim = await home();
        const old = await victim.read(file);
        const where = `${signal} at ${point.call} ${point.occurrence}`;
        const { code } = await injectAt(
          command(victim, args),
          inFolder(victim),
          point,
          `signal=${signal}`,
        );
        const left = await assertWhole(victim, old, where);
        assert.ok(
          code === (signal === "SIGINT" ? 130 : 143) || code === 0 && left === "new",
          where,
        );
        assert.ok(!await victim.exists(temporaryName(file)), where);
      });
    },
  );
}
