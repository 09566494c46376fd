/** AWS SDKs in containers, by the ways that docs/how-to/containers.md shows. */
import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { credsmith, type Home, temporaryHome } from "../support/home.ts";
import { type Peer, peersFolder, peerTest } from "../support/peers.ts";
import { homeWithSecrets } from "../support/sops_file.ts";
import { startServing } from "../support/serving.ts";
import { clients } from "./clients.ts";

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

for (const sdk of clients) {
  peerTest(
    ["linux", "root", ...sdk.needs],
    `${sdk.name} goes to 169.254.170.2 over http, where a network of its own leads there`,
    async () => {
      await using home = await temporaryHome(await homeWithSecrets());
      const [program, ...args] = await sdk.command(["credentials", "1"]);
      const words = [program, ...args].map((each) => `'${each}'`).join(" ");
      const run = `"$@" serve --static --listen 169.254.170.2:80 -- ${words}`;
      const script = `ip link set lo up && ip address add 169.254.170.2/32 dev lo && exec ${run}`;
      const got = await home.program("unshare", ["--net", "sh", "-c", script, "sh", ...credsmith]);
      assert.equal(got.code, 0, got.stderr);
      assert.equal(got.stderr, "");
      assert.match(got.stdout, /"accessKeyId": ?"AKIA/);
    },
  );

  peerTest(
    ["linux", "root", ...sdk.needs],
    `${sdk.name} refuses http to another address, which serve says`,
    async () => {
      await using home = await temporaryHome(await homeWithSecrets());
      const [program, ...args] = await sdk.command(["credentials", "1"]);
      const words = [program, ...args].map((each) => `'${each}'`).join(" ");
      const run = `"$@" serve --static --listen 10.88.0.1:9911 -- ${words}`;
      const script = `ip link set lo up && ip address add 10.88.0.1/32 dev lo && exec ${run}`;
      const got = await home.program("unshare", ["--net", "sh", "-c", script, "sh", ...credsmith]);
      assert.notEqual(got.code, 0);
      assert.match(got.stderr, /^Warning: AWS SDKs refuse http:\/\/10\.88\.0\.1:9911\/: to http/m);
      assert.doesNotMatch(got.stdout, /AKIA/);
    },
  );
}
