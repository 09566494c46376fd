import assert from "node:assert/strict";
import { exampleKey, type Standin, startStandin } from "../support/aws/standin.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { exampleText, homeWithSecrets } from "../support/sops_file.ts";
import { type Serving, startServing } from "../support/serving.ts";
import { clients, gotten } from "./clients.ts";

const { id, secret } = exampleKey;
const text = `${exampleText}profiles:
    ci:
        access_key_id: ${id}
        secret_access_key: ${secret}
`;

interface Stage extends AsyncDisposable {
  readonly standin: Standin;
  readonly home: Home;
  readonly serving: Serving;
  /** What a client is started with. */
  readonly env: Readonly<Record<string, string>>;
}

async function stage(args: readonly string[] = []): Promise<Stage> {
  const standin = startStandin();
  const home = await temporaryHome(await homeWithSecrets({ text }));
  const serving = await startServing(home, args, { env: standin.env });
  const region = { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" };
  const env = { ...standin.env, ...serving.variables, ...region };
  return {
    standin,
    home,
    serving,
    env,
    async [Symbol.asyncDispose]() {
      await serving[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

for (const client of clients) {
  peerTest(client.needs, `${client.name} gets a session from serve, which AWS takes`, async () => {
    await using at = await stage();
    const got = await client.run(at.home, ["credentials", "3"], { env: at.env });
    assert.equal(got.code, 0, got.stderr);
    const [first, ...others] = gotten(got);
    assert.match(first!.accessKeyId, /^ASIA/);
    assert.ok(first!.sessionToken);
    assert.ok(Date.parse(first!.expires!) > Date.now() + 3600_000, first!.expires);
    assert.deepEqual(others, [first, first]);
    const identity = await client.run(at.home, ["identity"], { env: at.env });
    assert.equal(identity.code, 0, identity.stderr);
    assert.match(JSON.parse(identity.stdout).arn, /user\//);
    const made = at.standin.log.filter(({ operation }) => operation === "GetSessionToken");
    assert.equal(made.length, 1);
  });

  peerTest(client.needs, `${client.name} takes a key without a token from serve`, async () => {
    await using at = await stage(["--static"]);
    const got = await client.run(at.home, ["credentials", "2"], { env: at.env });
    assert.equal(got.code, 0, got.stderr);
    for (const { accessKeyId, secretAccessKey, sessionToken } of gotten(got)) {
      assert.deepEqual([accessKeyId, secretAccessKey, sessionToken], [id, secret, ""]);
    }
    const identity = await client.run(at.home, ["identity"], { env: at.env });
    assert.equal(identity.code, 0, identity.stderr);
  });

  peerTest(client.needs, `${client.name} gets another profile by its path`, async () => {
    await using at = await stage(["default", "ci"]);
    const uri = `${at.serving.url}ci`;
    const env = { ...at.env, AWS_CONTAINER_CREDENTIALS_FULL_URI: uri };
    const got = await client.run(at.home, ["credentials", "1"], { env });
    assert.equal(got.code, 0, got.stderr);
    const absent = { ...at.env, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${at.serving.url}prod` };
    const none = await client.run(at.home, ["credentials", "1"], { env: absent });
    assert.notEqual(none.code, 0);
    await at.serving.saying(/^Refused a request: UnknownProfile$/m);
  });

  peerTest(client.needs, `${client.name} with another token gets nothing`, async () => {
    await using at = await stage();
    const file = `${at.home.runtime}/other.token`;
    await Deno.writeTextFile(file, "x".repeat(43));
    const env = { ...at.env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file };
    const got = await client.run(at.home, ["credentials", "1"], { env });
    assert.notEqual(got.code, 0);
    assert.doesNotMatch(got.stdout, /ASIA/);
    await at.serving.saying(/^Refused a request: InvalidToken$/m);
  });

  peerTest(client.needs, `serve runs ${client.name} as a program`, async () => {
    await using standin = startStandin();
    await using home = await temporaryHome(await homeWithSecrets({ text }));
    // What the program must not take instead.
    await home.write(".aws/credentials", "[default]\naws_access_key_id = AKIAWRONG\n");
    const command = await client.command(["identity"]);
    const got = await home.run(["serve", "--", ...command], {
      env: {
        ...standin.env,
        AWS_ACCESS_KEY_ID: "AKIAWRONG",
        AWS_SECRET_ACCESS_KEY: "wrong",
        AWS_PROFILE: "",
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/wrong",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "wrong",
      },
    });
    assert.equal(got.code, 0, got.stderr);
    assert.match(JSON.parse(got.stdout).arn, /user\//);
    assert.match(got.stderr, /^Hidden from the program: .*\(\[default\] has aws_access_key_id\)$/m);
  });
}
