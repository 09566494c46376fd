import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { tryPermissions } from "../support/permissions.ts";
import {
  decrypted,
  homeWithSecrets,
  strangerIdentity,
  testIdentity,
} from "../support/sops_file.ts";

const identityInOutput = { HOME: "/nonexistent", SOPS_AGE_KEY_CMD: `echo ${testIdentity}` };
const permissions = [
  ["a reader", ["get", "aws_region"], {}, ["env"]],
  ["a reader that ran a command for its identity", ["get", "aws_region"], identityInOutput, [
    "env",
  ]],
  ["a reader that fails", ["get", "no/such"], {}, ["env"]],
  ["a writer", ["set", "aws_region"], {}, ["read", "write", "env"]],
  ["a writer that ran a command for its identity", ["set", "aws_region"], identityInOutput, [
    "read",
    "write",
    "env",
  ]],
] as const;
for (const [name, args, env, left] of permissions) {
  peerTest(
    ["linux"],
    `once a secrets file is open, ${name} can do no more than ${left.join(", ")}`,
    async () => {
      await using home = await temporaryHome(await homeWithSecrets());
      const tried = await tryPermissions(home, args, { env, stdin: "us-east-2" });
      assert.deepEqual(tried.left, left);
      assert.ok(tried.code === 0 || args[1] === "no/such", tried.stderr);
    },
  );
}

Deno.test("an identity file that others may read is used, with a warning", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const file = `${home.path}/.config/sops/age/keys.txt`;
  await Deno.chmod(file, 0o640);
  const warned = await home.run(["get", "aws_region"]);
  assert.equal(warned.stdout, "us-east-1");
  assert.equal(
    warned.stderr,
    `Warning: "${file}" can be read by others (mode 0640)\n  chmod 600 ${file}\n`,
  );
  await Deno.chmod(file, 0o600);
  assert.equal((await home.run(["get", "aws_region"])).stderr, "");
});

const faults = [
  [
    "no identity at all",
    { HOME: "/nonexistent" },
    3,
    /: no identity was found for its recipient\n {2}looked in: \/nonexistent\/\.config\/sops\/age\/keys\.txt \(not there\)\n/,
  ],
  [
    "a wrong identity",
    { HOME: "/nonexistent", SOPS_AGE_KEY: strangerIdentity },
    3,
    /: the identity here does not match its recipient\n {2}looked in: SOPS_AGE_KEY \(1\), /,
  ],
  [
    "an identity file that is not there",
    { HOME: "/nonexistent", SOPS_AGE_KEY_FILE: "/no/keys" },
    3,
    /\/no\/keys \(there is no such file\)/,
  ],
  [
    "no secrets file",
    { CREDSMITH_FILE: "none.yaml" },
    2,
    /^Cannot open "none\.yaml", named by CREDSMITH_FILE: there is no such file\n$/,
  ],
] as const;
for (const [name, env, code, stderr] of faults) {
  Deno.test(`opening a secrets file with ${name} ends with ${code} and says what was looked for`, async () => {
    await using home = await temporaryHome(await homeWithSecrets());
    const result = await home.run(["get", "aws_region"], { env });
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, stderr);
    assert.equal(result.stdout, "");
  });
}

Deno.test("a file that was tampered with ends with 4, changes nothing and prints nothing", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const tampered = (await home.read("secrets/aws.yaml")).replace("aws_region", "aws_regiom");
  await home.write("secrets/aws.yaml", tampered);
  for (const args of [["get", "bedrock/model_id"], ["set", "bedrock/model_id"]]) {
    const result = await home.run(args, { stdin: "x" });
    assert.equal(result.code, 4, result.stderr);
    assert.equal(result.stdout, "");
    assert.match(
      result.stderr,
      /^Cannot (open|change) "secrets\/aws\.yaml": its value at "aws_regiom" does not match$/m,
    );
  }
  assert.equal(await home.read("secrets/aws.yaml"), tampered);
});

Deno.test("a change keeps to the indentation that the rules ask for", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  await home.write(
    ".sops.yaml",
    `${await home.read(".sops.yaml")}stores:\n  yaml:\n    indent: 2\n`,
  );
  assert.equal((await home.run(["set", "bedrock/model_id"], { stdin: "x" })).code, 0);
  const text = await home.read("secrets/aws.yaml");
  assert.match(text, /^ {2}model_id: ENC/m);
  assert.match(await decrypted(text), /^ {4}model_id: x$/m);
});
