/** The how-to for a first host, from a key in plaintext to `verify`, with every real part but AWS. */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith } from "../support/home.ts";
import { namespaceHost } from "../support/namespace_host.ts";
import { build } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;
const example = `${root}tests/nix/examples/first-host`;
const key = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"] as const;

peerTest(
  ["root", "linux", "nix", "sops-install-secrets", "ssh-keygen", "git", "bash"],
  "first host: init with its SSH key, activation, loader, verify",
  async () => {
    await using aws = await startStandin();
    await using host = await namespaceHost({ dev: { uid: 1001, groups: ["credsmith"] } }, {
      credsmith: 500,
    });
    const env = {
      PATH: `/var/bin:${Deno.env.get("PATH")}`,
      AWS_ENDPOINT_URL: aws.url,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      DENO_NO_UPDATE_CHECK: "1",
    };
    const run = async (text: string) => {
      const ended = await host.script(["bash", "--norc", "-eu"], text, { env });
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      return ended;
    };
    await Deno.mkdir(`${host.path}/var/bin`);
    await Deno.writeTextFile(
      `${host.path}/var/bin/credsmith`,
      `#!/bin/sh\nexec ${credsmith.join(" ")} "$@"\n`,
      { mode: 0o755 },
    );

    // The host as it is after its first boot, and a repository with its configuration.
    await run([
      "mkdir -p /etc/ssh ~/infra",
      "ssh-keygen -q -t ed25519 -N '' -C root@first -f /etc/ssh/ssh_host_ed25519_key",
      `cp ${example}/*.nix ~/infra`,
      "cd ~/infra && git init -q && git add .",
      `printf 'Access key ID,Secret access key\\r\\n${key.join(",")}\\r\\n' >accessKeys.csv`,
    ].join("\n"));

    const { stdout, stderr } = await run(await Deno.readTextFile(`${example}/init.sh`));
    assertAbsent(stdout + stderr, [key[1]], "the output");
    const infra = `${host.path}/var/root/infra`;
    const file = `${infra}/secrets/aws.yaml`;
    assertAbsent(await Deno.readTextFile(file), [key[1]], "the secrets file");
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
    await run(`
      for each in ${system}/etc/*; do ln -s "$each" /etc/; done
      bash -eu ${system}/activate
    `);
    const { stdout: seen } = await run(await Deno.readTextFile(`${example}/check.sh`));
    assert.match(seen, /"?\/etc\/load-aws-bedrock\.sh/);
  },
);
