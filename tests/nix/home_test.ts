/**
 * From the home-manager module to a shell, with every real part: the manifest that the module
 * yields, the sops-install-secrets that sops-nix's user service runs, the built loader, the shells
 * that start with it. And a runtime folder on a disk, where nothing may be written.
 */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { mountedImage } from "../support/images.ts";
import { type NamespaceHost, namespaceHost } from "../support/namespace_host.ts";
import { build } from "../support/nix.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { encrypted } from "../support/sops_file.ts";
import { showEnvironment } from "../shells/support.ts";
import { identityFile, secretsText, testValues } from "./chain_systems.ts";

const peers: readonly Peer[] = ["root", "linux", "nix", "sops-install-secrets", "bash"];
const { first, second } = testValues;

interface Generations {
  readonly first: string;
  readonly second: string;
  readonly elsewhere: string;
  readonly macos: string;
}

let built: Promise<Generations> | undefined;

function generations(): Promise<Generations> {
  return built ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
    try {
      const file = async (name: "first" | "second") => {
        const path = `${folder}/${name}.yaml`;
        await Deno.writeTextFile(path, await encrypted(secretsText(testValues[name])));
        return path;
      };
      // In the order of their names.
      const [elsewhere, one, macos, two] = await build("tests/nix/home.nix", {
        strings: {
          program: findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!,
          first: await file("first"),
          second: await file("second"),
        },
      });
      return { first: one!, second: two!, elsewhere: elsewhere!, macos: macos! };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  })();
}

const uid = 1001;
const runtime = `/run/user/${uid}`;
const inMemory = { XDG_RUNTIME_DIR: runtime };

/** A machine where `dev` has an identity and a session. */
async function session(): Promise<NamespaceHost> {
  const host = await namespaceHost({ dev: { uid }, other: { uid: 1002 } });
  try {
    await Deno.mkdir(`${host.path}/run/user`, { mode: 0o755 });
    await Deno.mkdir(`${host.path}${runtime}`, { mode: 0o700 });
    await Deno.chown(`${host.path}${runtime}`, uid, uid);
    const keys = `${host.path}/home/dev/.config/sops/age/keys.txt`;
    await Deno.mkdir(keys.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(keys, identityFile.text, { mode: 0o600 });
    for (
      const path of [".config", ".config/sops", ".config/sops/age", ".config/sops/age/keys.txt"]
    ) {
      await Deno.chown(`${host.path}/home/dev/${path}`, uid, uid);
    }
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}

/** Links a generation's files into the home, as a switch does. */
async function link(host: NamespaceHost, generation: string): Promise<void> {
  const script = `cd ${generation}/files && find . ! -type d | while read -r file; do
    mkdir -p ~/"\${file%/*}" && ln -sfn "$PWD/$file" ~/"$file"
  done
  ln -sfn ${generation}/.bashrc ${generation}/.zshrc ~/
  mkdir -p ~/.config/fish && ln -sfn ${generation}/config.fish ~/.config/fish/`;
  const { code, stderr } = await host.run(["sh", "-euc", script], { user: "dev" });
  assert.equal(code, 0, stderr);
}

/** Runs a program as the user's unit does: sops-nix gives it an empty PATH. */
const asUnit = (host: NamespaceHost, program: string, env: Record<string, string>) =>
  host.run(["env", "PATH=", program], { user: "dev", env });

const install = (host: NamespaceHost, generation: string, env = inMemory) =>
  asUnit(host, `${generation}/install`, env);

const variables = ({ id, secret, region, model, endpoint }: typeof first) => ({
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_REGION: region,
  ANTHROPIC_MODEL: model,
  BEDROCK_ENDPOINT: endpoint,
});
const loaded = (exported: ReadonlyMap<string, string>) =>
  Object.fromEntries(Object.keys(variables(first)).map((name) => [name, exported.get(name)]));

const shells = [
  { name: "bash", peer: "bash", command: ["bash", "--norc"], extension: "sh" },
  { name: "zsh", peer: "zsh", command: ["zsh", "-f"], extension: "sh" },
  { name: "dash", peer: "dash", command: ["dash"], extension: "sh" },
  { name: "busybox sh", peer: "busybox", command: ["busybox", "sh"], extension: "sh" },
  { name: "fish", peer: "fish", command: ["fish", "--no-config"], extension: "fish" },
] as const;

peerTest(
  [...peers, ...shells.map(({ peer }) => peer)],
  "home-manager: a user's secrets are in memory, and every shell loads them, before and after a switch",
  async () => {
    const built = await generations();
    await using host = await session();
    for (const [generation, values] of [[built.first, first], [built.second, second]] as const) {
      await link(host, generation);
      const { code, stderr } = await install(host, generation);
      assert.equal(code, 0, stderr);
      const found = await host.run([
        "stat",
        "-L",
        "--format=%U %a %F",
        "/home/dev/.config/sops-nix/secrets/aws_secret_access_key",
      ], { user: "dev" });
      assert.equal(found.stdout, "dev 400 regular file\n", found.stderr);
      for (const { name, command, extension } of shells) {
        const file = `/home/dev/.config/credsmith/load-aws-bedrock.${extension}`;
        const load = extension === "fish" ? `source ${file} --quiet` : `. ${file}`;
        const script = `${load}\n${showEnvironment}`;
        const { exported, stderr } = await host.script(command, script, { user: "dev" });
        assert.deepEqual(loaded(exported), variables(values), `${name}\n${stderr}`);
      }
    }
    const { code } = await host.run(["cat", `${runtime}/secrets.d/2/aws_secret_access_key`], {
      user: "other",
    });
    assert.notEqual(code, 0);
  },
);

peerTest(
  [...peers, "zsh", "fish"],
  "home-manager: interactive shells start with the default profile, silent where there is none",
  async () => {
    const built = await generations();
    await using host = await session();
    await link(host, built.first);
    const starts = [
      ["bash", ["bash", "-ic", showEnvironment]],
      ["zsh", ["zsh", "-ic", showEnvironment]],
      ["fish", ["fish", "-ic", showEnvironment]],
    ] as const;
    const start = async (command: readonly string[]) =>
      await host.run(command, { user: "dev", env: { TERM: "dumb" } });
    for (const [name, command] of starts) {
      const { exported, stderr } = await start(command);
      assert.equal(exported.get("AWS_ACCESS_KEY_ID"), undefined, name);
      assert.doesNotMatch(stderr, /credsmith|secret/, name);
    }
    await install(host, built.first);
    for (const [name, command] of starts) {
      assert.deepEqual(loaded((await start(command)).exported), variables(first), name);
    }
  },
);

peerTest(
  [...peers, "mkfs.ext4"],
  "home-manager: nothing is decrypted into a runtime folder on a disk",
  async () => {
    const built = await generations();
    await using disk = await mountedImage(16, ["mkfs.ext4", "-q"]);
    await Deno.chown(disk.folder, uid, uid);
    // What is mounted before is seen in the host.
    await Deno.chmod(disk.folder.replace(/\/[^/]*$/, ""), 0o755);
    await using host = await session();
    const env = { XDG_RUNTIME_DIR: disk.folder };
    const refused = `credsmith: Cannot install secrets in "${disk.folder}/secrets.d": its file ` +
      'system is "ext2/ext3", and plaintext stays on a disk even after it is removed\n' +
      `  have XDG_RUNTIME_DIR ("${disk.folder}") in memory, as it is after a login with systemd, ` +
      "or set sops.defaultSecretsMountPoint to a folder that is\n";
    const below = async () =>
      (await host.run(["find", disk.folder, "-mindepth", "1", "!", "-name", "lost+found"])).stdout;

    const service = await install(host, built.first, env);
    assert.deepEqual([service.code, service.stderr], [1, refused]);
    assert.equal(await below(), "");

    const check = await asUnit(host, `${built.first}/check`, env);
    assert.deepEqual([check.code, check.stderr], [1, refused]);

    // An empty name, whose folder would be at the root of all.
    const empty = await install(host, built.first, { XDG_RUNTIME_DIR: "" });
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /^credsmith: Cannot install secrets in "\/secrets\.d": /);

    // What the check is for: sops-nix alone, with the same manifest.
    const text = await Deno.readTextFile(`${built.first}/install`);
    const manifest = /\S+manifest\.json/.exec(text)![0];
    const alone = await host.run([`${built.first}/unguarded`, "-ignore-passwd", manifest], {
      user: "dev",
      env,
    });
    assert.equal(alone.code, 0, alone.stderr);
    assert.match(await below(), /secrets\.d\/1\/aws_secret_access_key/);
  },
);

peerTest(
  peers,
  "home-manager: the check of a switch lets memory pass, and a machine without a session",
  async () => {
    const built = await generations();
    await using host = await session();
    const check = async (env: Record<string, string>) => {
      const { code, stderr } = await asUnit(host, `${built.first}/check`, env);
      return [code, stderr];
    };
    assert.deepEqual(await check(inMemory), [0, ""]);
    assert.deepEqual(await check({}), [0, ""]);
    assert.deepEqual(await check({ XDG_RUNTIME_DIR: "/run/user/none" }), [0, ""]);
  },
);

peerTest(peers, "home-manager: a folder for generations with a strange name", async () => {
  const built = await generations();
  await using host = await session();
  const { code, stderr } = await install(host, built.elsewhere);
  assert.equal(code, 0, stderr);
  const { stdout } = await host.run(["readlink", "/home/dev/.config/sops-nix/secrets"]);
  assert.equal(stdout, "/home/dev/100%/it's $HOME/1\n");
});

peerTest(
  peers,
  "on macOS, a folder is not taken for the RAM disk that it is named for",
  async () => {
    const { macos } = await generations();
    await using host = await session();
    const check = async () => (await host.run([`${macos}/check`])).code;
    assert.equal(await check(), 0);
    await host.run(["mkdir", "/home/dev/secrets.d"]);
    assert.equal(await check(), 0);
    // A RAM disk, as sops-nix marks it.
    await host.run(["mount", "-t", "tmpfs", "none", "/home/dev/secrets.d"]);
    await host.run(["touch", "/home/dev/secrets.d/sops-nix-secretfs"]);
    assert.equal(await check(), 0);
    await host.run(["umount", "/home/dev/secrets.d"]);
    await host.run(["touch", "/home/dev/secrets.d/sops-nix-secretfs"]);
    const { code, stderr } = await host.run([`${macos}/check`]);
    assert.equal(code, 1);
    assert.ok(stderr.includes('Cannot install secrets in "/home/dev/secrets.d"'), stderr);
  },
);

peerTest(
  peers,
  "home-manager: the health check leaves what it found where the hook looks",
  async () => {
    const built = await generations();
    await using host = await session();
    await link(host, built.first);
    await install(host, built.first);
    // Without a network: what is known without it is left all the same.
    const asDev = ["setpriv", "--reuid=dev", "--regid=dev", "--init-groups"];
    const { code, stderr } = await host.run(
      ["unshare", "--net", "env", "--chdir=/home/dev", ...asDev, `${built.first}/verify`],
      { env: { HOME: "/home/dev" } },
    );
    assert.equal(code, 7, stderr);
    const state = "/home/dev/.local/state/credsmith";
    const { stdout } = await host.run(["stat", "--format=%U %a", `${state}/health.json`]);
    assert.equal(stdout, "dev 644\n");
    const text = await host.run(["cat", `${state}/health.txt`]);
    assert.match(text.stdout, /^default\ttemporary\t\t/m);
  },
);
