/**
 * From the NixOS module to a shell, with every real part: the manifest that the module yields, the
 * sops-install-secrets that NixOS runs, the built loader, five shells, three users.
 */
import assert from "node:assert/strict";
import { type NamespaceHost, namespaceHost, type RunOptions } from "../support/namespace_host.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { showEnvironment } from "../shells/support.ts";
import { chainSystems, identityFile, testValues } from "./chain_systems.ts";

const shells = [
  { name: "bash", peer: "bash", command: ["bash", "--norc"], extension: "sh" },
  { name: "zsh", peer: "zsh", command: ["zsh", "-f"], extension: "sh" },
  { name: "dash", peer: "dash", command: ["dash"], extension: "sh" },
  { name: "busybox sh", peer: "busybox", command: ["busybox", "sh"], extension: "sh" },
  { name: "fish", peer: "fish", command: ["fish", "--no-config"], extension: "fish" },
] as const;

const peers: readonly Peer[] = [
  "root",
  "linux",
  "nix",
  "sops-install-secrets",
  ...shells.map(({ peer }) => peer),
];
const people = {
  dev: { uid: 1001, groups: ["credsmith"] },
  other: { uid: 1002 },
} as const;

/** Runs a system's activation script, as far as it installs secrets. */
async function activate(host: NamespaceHost, system: string): Promise<void> {
  const { code, stdout, stderr } = await host.run(["bash", "-eu", `${system}/activate`]);
  assert.equal(code, 0, stdout + stderr);
}

/** A host on which the first system was activated. */
async function activated() {
  const systems = await chainSystems();
  const { credsmith }: { credsmith: string[] } = JSON.parse(
    await Deno.readTextFile(`${systems.first}/groups.json`),
  );
  assert.deepEqual(credsmith, ["dev"]);
  const host = await namespaceHost(people, { credsmith: 500 });
  try {
    await Deno.mkdir(`${host.path}/var/lib/sops-nix`, { mode: 0o700 });
    await Deno.writeTextFile(`${host.path}${identityFile.path}`, identityFile.text, {
      mode: 0o600,
    });
    for await (const { name } of Deno.readDir(`${systems.first}/etc`)) {
      await Deno.symlink(`${systems.first}/etc/${name}`, `${host.path}/etc/${name}`);
    }
    await activate(host, systems.first);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return { host, ...systems };
}

/** The line that loads; not every shell hands words to what it sources. */
const load = (extension: string, words = "--quiet") =>
  extension === "fish"
    ? `source /etc/load-aws-bedrock.fish ${words}`
    : `CREDSMITH_LOAD='${words}'; . /etc/load-aws-bedrock.sh`;

const loadedNames = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "BEDROCK_MODEL_ID",
  "ANTHROPIC_MODEL",
  "BEDROCK_ENDPOINT",
  "ANTHROPIC_BEDROCK_BASE_URL",
  "CLAUDE_CODE_USE_BEDROCK",
];

/** What the variables are once the values of a secrets file are loaded. */
function variablesOf(values: typeof testValues.first): readonly string[] {
  const { id, secret, region, model, endpoint } = values;
  return [id, secret, region, region, model, model, endpoint, endpoint, "1"];
}

peerTest(
  peers,
  "NixOS: what the module asks for is there, on ramfs, for root and the group",
  async () => {
    const { host } = await activated();
    await using _ = host;
    const { stdout } = await host.run([
      "stat",
      "--format=%n %U:%G %a %F",
      ...["access_key_id", "secret_access_key", "region", "bedrock_model_id", "bedrock_endpoint"]
        .map((name) => `/run/secrets/aws_${name}`),
      "/run/secrets/aws_production_access_key_id",
      "/run/secrets/aws_production_secret_access_key",
      "/run/secrets/aws_production_region",
    ]);
    for (const line of stdout.trim().split("\n")) {
      assert.match(line, /^\/run\/secrets\/aws_\w+ root:credsmith 440 regular file$/);
    }
    assert.equal(stdout.trim().split("\n").length, 8);
    const { stdout: kind } = await host.run(["stat", "-f", "--format=%T", "/run/secrets/"]);
    assert.equal(kind, "ramfs\n");
    for (
      const command of [
        ["chmod", "0666", "/run/secrets/aws_access_key_id"],
        ["rm", "-f", "/run/secrets/aws_access_key_id"],
        ["cp", "/dev/null", "/run/secrets/aws_access_key_id"],
        ["touch", "/run/secrets/new"],
        ["cat", "/run/secrets.d/age-keys.txt"],
      ]
    ) {
      const { code } = await host.run(command, { user: "dev" });
      assert.notEqual(code, 0, command.join(" "));
    }
  },
);

for (const shell of shells) {
  peerTest(
    peers,
    `NixOS: ${shell.name} loads as root and as a named user, before and after a change`,
    async () => {
      const { host, second } = await activated();
      await using _ = host;
      const script = `${load(shell.extension)}\n${showEnvironment}`;
      const seen = async (user?: string) => {
        const options = user === undefined ? {} : { user };
        const { stderr, exported } = await host.script(shell.command, script, options);
        assert.equal(stderr, "");
        return loadedNames.map((name) => exported.get(name));
      };
      assert.deepEqual(await seen(), variablesOf(testValues.first));
      assert.deepEqual(await seen("dev"), variablesOf(testValues.first));
      await activate(host, second);
      assert.deepEqual(await seen(), variablesOf(testValues.second));
      assert.deepEqual(await seen("dev"), variablesOf(testValues.second));
      const production = `${load(shell.extension, "production --quiet")}\n${showEnvironment}`;
      const { exported } = await host.script(shell.command, production, { user: "dev" });
      assert.equal(exported.get("AWS_ACCESS_KEY_ID"), `${testValues.second.id}P`);
      assert.equal(exported.get("BEDROCK_MODEL_ID"), undefined);
    },
  );

  for (
    const [who, options] of [
      ["another user", { user: "other" }],
      ["a named user whose session is older than the group", { user: "dev", loggedInBefore: true }],
    ] as const
  ) {
    peerTest(peers, `NixOS: ${shell.name} refuses ${who}, and loads nothing`, async () => {
      const { host } = await activated();
      await using _ = host;
      const status = shell.name === "fish" ? "echo code $status" : "echo code $?";
      const script = [load(shell.extension), status, showEnvironment].join("\n");
      const { code, stdout, stderr, exported } = await host.script(shell.command, script, {
        ...options,
        env: { AWS_PROFILE: "work", AWS_REGION: "before" },
      });
      assert.deepEqual([code, stdout], [0, "code 1\n"]);
      assert.match(
        stderr,
        /^credsmith: nothing loaded for profile "default": "\/run\/secrets(\.d\/1)?\/aws_\w+" may not be read by you\n {2}log in again if you joined its group just now\n$/,
      );
      assert.deepEqual(
        [...loadedNames, "AWS_PROFILE", "CREDSMITH_LOADED"].map((name) => exported.get(name)),
        loadedNames.map((name): string | undefined => name === "AWS_REGION" ? "before" : undefined)
          .concat(["work", undefined]),
      );
    });
  }
}

peerTest(
  peers,
  "NixOS: verify --offline says why a user may not read, wherever it is run",
  async () => {
    const { host, first } = await activated();
    await using _ = host;
    const seen = async (options: RunOptions) => {
      const { stdout, stderr } = await host.run(
        [`${first}/sw/bin/credsmith`, "verify", "--offline", "--json"],
        options,
      );
      assert.equal(stderr, "");
      const { exit, checks } = JSON.parse(stdout);
      return [exit, checks.at(-1).cause, checks.at(-1).fix];
    };
    assert.deepEqual(await seen({ user: "dev" }), [0, undefined, undefined]);
    assert.deepEqual(await seen({ user: "dev", loggedInBefore: true }), [
      0,
      "session_before_group",
      "log in again",
    ]);
    assert.deepEqual((await seen({ user: "other" })).slice(0, 2), [0, "secret_files_unreadable"]);
    await host.run(["rm", "/run/secrets/aws_access_key_id"]);
    assert.deepEqual((await seen({ user: "dev" })).slice(0, 2), [5, "secret_files_missing"]);
  },
);

const loads = 150;

peerTest(
  peers,
  `NixOS: ${loads} loads a shell while generations are swapped, none mixed, none failed`,
  async () => {
    const { host, first, second } = await activated();
    await using _ = host;
    const print = '"$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_REGION $BEDROCK_MODEL_ID"';
    const running = shells.map(async (shell) => {
      const script = shell.name === "fish"
        ? `for i in (seq ${loads})
           ${load("fish")}; or echo failed
           echo ${print}
           command sleep 0
         end`
        : `i=0; while [ $i -lt ${loads} ]; do
           ${load("sh")} || echo failed
           echo ${print}
           /bin/sleep 0
           i=$((i+1))
         done`;
      return { shell, ...await host.script(shell.command, script, { user: "dev" }) };
    });
    let ended = false;
    let swaps = 0;
    const swapping = (async () => {
      for (; !ended && swaps < 1000; swaps++) {
        await activate(host, swaps % 2 ? first : second);
      }
    })();
    const results = await Promise.all(running);
    ended = true;
    await swapping;
    const line = ({ id, secret, region, model }: typeof testValues.first) =>
      `${id} ${secret} ${region} ${model}`;
    const known = [line(testValues.first), line(testValues.second)];
    for (const { shell, code, stdout, stderr } of results) {
      const lines = stdout.trimEnd().split("\n");
      assert.deepEqual([code, stderr, lines.length], [0, "", loads], shell.name);
      for (const each of lines) assert.ok(known.includes(each), `${shell.name}: ${each}`);
    }
    assert.ok(swaps > 3, `only ${swaps} swaps`);
    assert.equal(new Set(results.flatMap(({ stdout }) => stdout.trimEnd().split("\n"))).size, 2);
  },
);
