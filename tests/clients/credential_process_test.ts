import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";
import { type Client, clients, gotten } from "./clients.ts";

const text = `${exampleText}profiles:
    work:
        access_key_id: ${exampleSecrets[0]}
        secret_access_key: ${exampleSecrets[1]}
        region: us-east-1
    role:
        role_arn: arn:aws:iam::123456789012:role/ci
        source_profile: work
        region: us-east-1
    gone:
        access_key_id: AKIAIOSFODNN7DELETED
        secret_access_key: ${exampleSecrets[1]}
        region: us-east-1
`;

/** A home in which programs take their credentials from us, and a stand-in for AWS. */
async function ready(...profiles: string[]) {
  const standin = startStandin();
  const home = await temporaryHome(await homeWithSecrets({ text }));
  Object.assign(home.env, standin.env);
  // Each start leaves a line.
  const program = `${home.path}/bin/credsmith`;
  const words = credsmith.map((word) => `'${word}'`).join(" ");
  await home.write(
    program,
    `#!/bin/sh\necho x >>'${home.path}/starts'\nexec ${words} "$@"\n`,
    0o755,
  );
  for (const profile of profiles) {
    const { code, stdout, stderr } = await home.run(["aws-config", profile, "--print"]);
    assert.equal(code, 0, stderr);
    const section = stdout.replace(/= .* credential-process/, `= ${program} credential-process`);
    const before = await home.read(".aws/config").catch(() => "");
    await home.write(".aws/config", before + section);
  }
  return {
    home,
    standin,
    run: (client: Client, args: readonly string[], profile = "work") =>
      client.run(home, args, { env: { AWS_PROFILE: profile } }),
    requests: (operation: string) =>
      standin.log.filter((entry) => entry.operation === operation).length,
    starts: async () => (await home.read("starts").catch(() => "")).trim().split("\n").length,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

/** Makes every cached session look as if it had been made so that `minutes` are left. */
async function age(home: Home, minutes: number): Promise<void> {
  const folder = `${home.runtime}/credsmith/sessions`;
  const now = Temporal.Now.instant();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const entry = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    const times = {
      issued: now.subtract({ hours: 11 }).toString(),
      expires: now.add({ minutes }).toString(),
    };
    await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify({ ...entry, ...times }));
  }
}

for (const client of clients) {
  const { name, needs } = client;

  peerTest(needs, `${name} gets a session of a key, and its end`, async () => {
    await using at = await ready("work");
    const result = await at.run(client, ["credentials", "1"]);
    assert.equal(result.code, 0, result.stderr);
    const [got] = gotten(result);
    const session = at.standin.state.sessions.get(got!.accessKeyId);
    assert.ok(session, got!.accessKeyId);
    assert.deepEqual(
      [got!.secretAccessKey, got!.sessionToken],
      [session.secret, session.token],
    );
    const apart = Date.parse(got!.expires!) - session.expires.getTime();
    assert.ok(Math.abs(apart) <= 5000, `${apart} ms`);
    assertAbsent(result.stdout + result.stderr, [exampleSecrets[1]], "what the client has");
    const identity = await at.run(client, ["identity"]);
    assert.match(identity.stdout, /arn:aws:iam::123456789012:user\//, identity.stderr);
    assert.equal(at.requests("GetSessionToken"), 1);
  });

  peerTest(needs, `${name} gets a role`, async () => {
    await using at = await ready("role");
    const { stdout, stderr } = await at.run(client, ["identity"], "role");
    assert.match(stdout, /arn:aws:sts::123456789012:assumed-role\/ci\/credsmith-role-/, stderr);
  });

  peerTest(needs, `${name} asks once for 20 calls, also with the least that is given`, async () => {
    await using at = await ready("work");
    await at.run(client, ["credentials", "1"]);
    // Renewing fails for now, so what is left is handed out.
    await age(at.home, 16);
    at.standin.set({ faults: [{ operation: "*", fault: { kind: "status", status: 503 } }] });
    const before = await at.starts();
    const result = await at.run(client, ["credentials", "20"]);
    assert.equal(gotten(result).length, 20, result.stderr);
    assert.equal(await at.starts() - before, 1);
  });

  peerTest(needs, `${name} gets a new session when the old one is near its end`, async () => {
    await using at = await ready("work");
    const [old] = gotten(await at.run(client, ["credentials", "1"]));
    await age(at.home, 14);
    const [fresh] = gotten(await at.run(client, ["credentials", "1"]));
    assert.notEqual(fresh!.accessKeyId, old!.accessKeyId);
    assert.ok(Date.parse(fresh!.expires!) - Date.now() > 11 * 3600 * 1000, fresh!.expires);
    assert.equal(at.requests("GetSessionToken"), 2);
  });

  peerTest(needs, `${name} asks again by itself`, async () => {
    await using at = await ready("work");
    const soon = Temporal.Now.instant().add({ minutes: client.tooFew })
      .toString({ smallestUnit: "second" });
    const first = JSON.stringify({
      Version: 1,
      AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
      SecretAccessKey: exampleSecrets[1],
      SessionToken: "IQoJb3JpZ2luX2VjEXAMPLE",
      Expiration: soon,
    });
    const program = `${at.home.path}/bin/credsmith`;
    const script = await Deno.readTextFile(program);
    await Deno.writeTextFile(
      program,
      script.replace(
        "\nexec",
        `\n[ "$(wc -l <starts)" -gt 1 ] || { echo '${first}'; exit; }\nexec`,
      ),
    );
    const result = await at.run(client, ["credentials", "2"]);
    assert.equal(gotten(result).length, 2, result.stderr);
    // The SDK for JavaScript gives out the first once more while it asks.
    assert.equal(at.requests("GetSessionToken"), 1);
    assert.ok(await at.starts() >= 2);
  });

  peerTest(needs, `${name} shows why there are no credentials`, async () => {
    await using at = await ready("gone");
    const { code, stderr } = await at.run(client, [client.telling ?? "credentials", "1"], "gone");
    assert.notEqual(code, 0);
    assert.match(stderr, /Cannot make a session of its key for profile "gone": /);
    assertAbsent(stderr, [exampleSecrets[1]], "the client's error");
  });
}

peerTest(
  [...new Set(clients.flatMap(({ needs }) => needs))],
  "20 clients of three kinds that start at once make one request to STS",
  async () => {
    await using at = await ready("work");
    at.standin.set({ latency: 200 });
    const all = Array.from({ length: 20 }, (_, index) => clients[index % clients.length]!);
    const results = await Promise.all(all.map((client) => at.run(client, ["credentials", "1"])));
    const ids = new Set(results.flatMap((result) => {
      assert.equal(result.code, 0, result.stderr);
      return gotten(result).map(({ accessKeyId }) => accessKeyId);
    }));
    assert.equal(ids.size, 1);
    assert.equal(at.requests("GetSessionToken"), 1);
    assert.equal(at.standin.log.length, 1);
  },
);

Deno.test("Claude Code gets a session and its end in its own form", async () => {
  await using at = await ready();
  const args = ["credential-process", "--format", "claude", "work"];
  const { stdout, stderr } = await at.home.run(args, { env: { CLAUDECODE: "1" } });
  const { Credentials, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, {});
  assert.equal(stderr, "");
  const session = at.standin.state.sessions.get(Credentials.AccessKeyId)!;
  assert.equal(Credentials.SessionToken, session.token);
  assert.match(Credentials.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});
