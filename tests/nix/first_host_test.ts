/** How-to pages as they are printed, with every real part but AWS. */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith } from "../support/home.ts";
import { type Ended, type NamespaceHost, namespaceHost } from "../support/namespace_host.ts";
import { build } from "../support/nix.ts";
import { type Peer, peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;
const examples = `${root}tests/nix/examples`;
const [id, secret] = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"] as const;
const peers: readonly Peer[] = ["root", "linux", "nix", "ssh-keygen", "git", "bash", "age"];

/** A host after its first boot, with its SSH key, and a repository of root's in `~/infra`. */
interface FirstHost extends AsyncDisposable {
  readonly host: NamespaceHost;
  /** Runs text as a bash script that has to succeed. */
  run(text: string): Promise<Ended>;
  /** The same with a file among the examples. */
  example(file: string): Promise<Ended>;
}

async function firstHost(): Promise<FirstHost> {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(startStandin());
  const host = stack.use(await namespaceHost({}, { credsmith: 500 }));
  const env = {
    PATH: `/var/bin:${Deno.env.get("PATH")}`,
    AWS_ENDPOINT_URL: aws.url,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    DENO_NO_UPDATE_CHECK: "1",
  };
  const run = async (text: string) => {
    const ended = await host.script(["bash", "--norc", "-eu", "-o", "pipefail"], text, { env });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assertAbsent(ended.stdout + ended.stderr, [secret], "the output");
    return ended;
  };
  await Deno.mkdir(`${host.path}/var/bin`);
  const program = (name: string, line: string) =>
    Deno.writeTextFile(`${host.path}/var/bin/${name}`, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  await program("credsmith", `exec ${credsmith.join(" ")} "$@"`);
  await program("sudo", 'exec "$@"');
  await run([
    "mkdir -p /etc/ssh ~/infra/secrets",
    "ssh-keygen -q -t ed25519 -N '' -C root@first -f /etc/ssh/ssh_host_ed25519_key",
    `cp ${examples}/first-host/*.nix ~/infra`,
    "cd ~/infra && git init -q && git add .",
  ].join("\n"));
  const kept = stack.move();
  return {
    host,
    run,
    example: async (file) => await run(await Deno.readTextFile(`${examples}/${file}`)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

peerTest(
  [...peers, "sops-install-secrets"],
  "first host: init with its SSH key, activation, loader, verify",
  async () => {
    await using first = await firstHost();
    const { host, run, example } = first;
    await run(
      `printf 'Access key ID,Secret access key\\r\\n${id},${secret}\\r\\n' >~/infra/accessKeys.csv`,
    );
    await example("first-host/init.sh");
    const file = `${host.path}/var/root/infra/secrets/aws.yaml`;
    assertAbsent(await Deno.readTextFile(file), [secret], "the secrets file");
    // A flake sees it, and the plaintext is gone.
    const { stdout: known } = await run("cd ~/infra; git ls-files; ls");
    assert.match(known, /^secrets\/aws\.yaml$/m);
    assert.doesNotMatch(known, /accessKeys/);

    const [system] = await build("tests/nix/first_host.nix", {
      strings: {
        program: findProgram("sops-install-secrets", Deno.env.get("PATH")!)!,
        secretsFile: file,
      },
    });
    await run(`for each in ${system}/etc/*; do ln -s "$each" /etc/; done; . ${system}/activate`);
    const { stdout: seen } = await example("first-host/check.sh");
    assert.match(seen, /\/etc\/load-aws-bedrock\.sh/);
    const { stdout: manifest } = await example("first-host/manifest.sh");
    assert.match(manifest, /Ready: source the loader\n$/);
  },
);

peerTest(
  peers,
  "from agenix: the key goes from its file to secrets/aws.yaml by a pipe",
  async () => {
    await using first = await firstHost();
    const { run, example } = first;
    await run([
      "cd ~/infra",
      `printf 'AWS_ACCESS_KEY_ID=${id}\\nAWS_SECRET_ACCESS_KEY=${secret}\\n' |`,
      "  age -R /etc/ssh/ssh_host_ed25519_key.pub -o secrets/aws-env.age",
    ].join("\n"));
    await example("from-agenix/move.sh");
    const { stdout } = await run("cd ~/infra; credsmith get aws_access_key_id --reveal");
    assert.equal(stdout.trim(), id);
  },
);
