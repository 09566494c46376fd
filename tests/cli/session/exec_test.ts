import assert from "node:assert/strict";
import { startMoto } from "../../support/aws/moto.ts";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { credsmith, temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { startServing } from "../../support/serving.ts";
import { exampleText, homeWithSecrets } from "../../support/sops_file.ts";

const { secret } = exampleKey;
const show = 'echo "$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_CREDENTIAL_EXPIRATION"';

Deno.test("exec gives a session, and the next one gives the same", async () => {
  await using standin = startStandin();
  await using home = await temporaryHome(await homeWithSecrets());
  const run = (...args: string[]) =>
    home.run(["exec", ...args, "--", "sh", "-c", show], { env: standin.env });
  const first = await run();
  assert.equal(first.stderr, "");
  assert.match(first.stdout, /^ASIA\w+ \S+ 20\d\d-\d\d-\d\dT\S+Z\n$/);
  assert.equal((await run()).stdout, first.stdout);
  assert.deepEqual(standin.log.map(({ operation }) => operation), ["GetSessionToken"]);
  const { stdout } = await run("--static");
  assert.equal(stdout, `${exampleKey.id}  \n`);
  assert.ok(!first.stdout.includes(secret));
});

Deno.test("exec gives a session of a role that is assumed with the key", async () => {
  await using standin = startStandin();
  const text = `${exampleText}profiles:
    ci: {role_arn: "arn:aws:iam::123456789012:role/ci", source_profile: default}
`;
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  const { stdout, stderr } = await home.run(["exec", "ci", "--", "sh", "-c", show], {
    env: standin.env,
  });
  assert.equal(stderr, "");
  assert.match(stdout, /^ASIA/);
  assert.deepEqual(standin.log.map(({ operation }) => operation), ["AssumeRole"]);
});

Deno.test("a role's session is another one where the machine is somebody else", async () => {
  await using standin = startStandin();
  const text = `${exampleText}profiles:
    far: {role_arn: "arn:aws:iam::123456789012:role/ci", source: ambient}
`;
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  await using serving = await startServing(home, [], { env: standin.env });
  const env = { ...standin.env, ...serving.variables };
  const run = () => home.run(["exec", "far", "--", "sh", "-c", show], { env });
  const first = await run();
  assert.match(first.stdout, /^ASIA/, first.stderr);
  assert.equal((await run()).stdout, first.stdout);
  // Single sign-on goes before the container, and nobody has signed in.
  await home.write(".aws/config", "[default]\nsso_account_id = 123456789012\nsso_role_name = x\n");
  const other = await run();
  assert.deepEqual([other.code, other.stdout], [5, ""], other.stderr);
});

peerTest(
  ["linux", "root"],
  "without a folder in memory nothing is kept, which is said once",
  async () => {
    await using standin = startStandin();
    await using home = await temporaryHome(await homeWithSecrets());
    const [program, ...given] = credsmith;
    // A shared memory of its own, in which somebody else has taken our name.
    const prepare = "mount -t tmpfs tmpfs /dev/shm && mkdir -m 700 /dev/shm/credsmith-0 && " +
      'chown 65534 /dev/shm/credsmith-0 && exec "$@"';
    const run = () =>
      home.program(
        "unshare",
        ["-m", "sh", "-c", prepare, "sh", program, ...given, "exec", "--", "sh", "-c", show],
        { env: { ...standin.env, XDG_RUNTIME_DIR: "" } },
      );
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ASIA/);
    assert.equal(
      stderr,
      'Warning: sessions are not kept, because "/dev/shm/credsmith-0" belongs to user 65534; ' +
        "each start asks AWS for one\n",
    );
    assert.notEqual((await run()).stdout, stdout);
    assert.equal(standin.log.length, 2);
  },
);

Deno.test("an STS that breaks the connection is asked again; what is not AWS is said", async () => {
  await using standin = startStandin();
  await using home = await temporaryHome(await homeWithSecrets());
  const run = () => home.run(["exec", "--", "true"], { env: standin.env });
  const operation = "GetSessionToken";
  standin.set({ faults: [{ operation, fault: { kind: "drop before" }, times: 2 }] });
  assert.equal((await run()).code, 0);
  assert.equal(standin.log.length, 3);
  await home.run(["login", "--forget"]);
  standin.set({ faults: [{ operation, fault: { kind: "html" } }] });
  const { code, stderr } = await run();
  assert.equal(code, 7);
  assert.match(stderr, /^Cannot make a session of its key for profile "default": A web page /);
});

peerTest(["moto_server"], "another STS gives the same kinds of sessions: moto", async () => {
  await using moto = await startMoto();
  const text = `${exampleText}profiles:
    ci:
        role_arn: arn:aws:iam::123456789012:role/ci
        source_profile: default
        duration: 45m
        session_tags: {team: infra}
        session_policy: '{"Version":"2012-10-17","Statement":[]}'
`;
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  for (const profile of ["default", "ci"]) {
    const { code, stdout, stderr } = await home.run(["exec", profile, "--", "sh", "-c", show], {
      env: { AWS_ENDPOINT_URL_STS: moto.url },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^A\wIA\w+ \S+ 20\d\d-\d\d-\d\dT\S+Z\n$/);
    const again = await home.run(["exec", profile, "--", "sh", "-c", show], {
      env: { AWS_ENDPOINT_URL_STS: moto.url },
    });
    assert.deepEqual(again, { code: 0, stdout, stderr: "" });
  }
});
