/** AWS SDKs in containers, by the ways that docs/how-to/containers.md shows. */
import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { credsmith, type Home, temporaryHome } from "../support/home.ts";
import { type Peer, peersFolder, peerTest } from "../support/peers.ts";
import { homeWithSecrets } from "../support/sops_file.ts";
import { startServing } from "../support/serving.ts";
import { type Client, clients } from "./clients.ts";

const peers: readonly Peer[] = ["linux", "root", "podman", "runc", "machine", "aws-sdk-go-client"];
const client = "/usr/local/bin/client";

/** Runs the AWS SDK for Go in a container, on the host's network. */
async function inContainer(home: Home, args: readonly string[], options: readonly string[]) {
  const found = await home.program("sh", ["-c", "command -v aws-sdk-go-client"]);
  return await home.program("podman", [
    "--runtime=runc",
    "run",
    "--rm",
    "--network=host",
    "--no-hosts",
    "--timeout=60",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1000:1000",
    `--volume=${found.stdout.trim()}:${client}:ro`,
    ...options,
    "--rootfs",
    // Whatever it writes is gone with it.
    `${peersFolder()}/machine/root:O`,
    client,
    ...args,
  ]);
}

peerTest(peers, "a container gets sessions, and has no key", async () => {
  await using standin = startStandin();
  await using home = await temporaryHome(await homeWithSecrets());
  const folder = `${home.runtime}/token`;
  await Deno.mkdir(folder, { mode: 0o700 });
  await using serving = await startServing(home, ["--token-file", `${folder}/token`], {
    env: standin.env,
  });
  const variables = {
    ...standin.env,
    AWS_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: serving.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/run/token/token",
  };
  const env = Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`);
  const mount = `--volume=${folder}:/run/token:ro`;
  const identity = await inContainer(home, ["identity"], [...env, mount]);
  assert.equal(identity.code, 0, identity.stderr);
  assert.match(JSON.parse(identity.stdout).arn, /user\//);

  const other = await inContainer(home, ["credentials", "1"], [...env, mount, "--user=1000:1000"]);
  assert.notEqual(other.code, 0, "another user of the container cannot read the token");
  assert.doesNotMatch(other.stdout, /ASIA/);
});

/** Runs an SDK below serve, on a network that has nothing but a loopback with one more address. */
async function onItsOwn(address: string, listen: string, sdk: Client) {
  await using home = await temporaryHome(await homeWithSecrets());
  const words = (await sdk.command(["credentials", "1"])).map((each) => `'${each}'`).join(" ");
  const run = `"$@" serve --static --listen '${listen}' -- ${words}`;
  const script = `ip link set lo up && ip address replace ${address} dev lo && exec ${run}`;
  return await home.program("unshare", ["--net", "sh", "-c", script, "sh", ...credsmith]);
}

// deno-fmt-ignore -- a table
const accepted = [
  ["127.0.0.2/8", "127.0.0.2:9911"],
  ["::1/128", "[::1]:9911"],
  ["169.254.170.2/32", "169.254.170.2:80"],
  ["169.254.170.23/32", "169.254.170.23:9911"],
  ["fd00:ec2::23/128", "[fd00:ec2::23]:80"],
] as const;

for (const sdk of clients) {
  for (const [address, listen] of accepted) {
    peerTest(
      ["linux", "root", ...sdk.needs],
      `${sdk.name} goes to ${listen} over http`,
      async () => {
        const got = await onItsOwn(address, listen, sdk);
        assert.equal(got.code, 0, got.stderr);
        assert.equal(got.stderr, "");
        assert.match(got.stdout, /"accessKeyId": ?"AKIA/);
      },
    );
  }

  peerTest(
    ["linux", "root", "ip", ...sdk.needs],
    `${sdk.name} refuses http to another address, which serve says`,
    async () => {
      const got = await onItsOwn("10.88.0.1/32", "10.88.0.1:9911", sdk);
      assert.notEqual(got.code, 0);
      assert.match(got.stderr, /^Warning: AWS SDKs refuse http:\/\/10\.88\.0\.1:9911\/: to http/m);
      assert.doesNotMatch(got.stdout, /AKIA/);
    },
  );
}
