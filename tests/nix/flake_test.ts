/** The flake's outputs: that they are there, on every system, and what they come to. */
import assert from "node:assert/strict";
import { version } from "../../src/cli/version.ts";
import { evalFlake, evalJson, nix, standIn, system, tryEval } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;
const systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"];

/** What `nix flake show` says of a flake: names down to something with a type. */
interface Shown {
  readonly [name: string]: Shown;
}

peerTest(["nix"], "flake: every output is there on all four systems", async () => {
  const { code, stdout, stderr } = await nix([
    ...["flake", "show", "--json", "--all-systems"],
    ...await standIn(),
    root,
  ]);
  assert.equal(code, 0, stderr);
  const shown: Shown = JSON.parse(stdout);
  const perSystem = {
    packages: ["credsmith", "default"],
    apps: ["default", "demo"],
    devShells: ["default"],
    checks: ["alone", "loader", "package"],
  };
  for (const [output, names] of Object.entries(perSystem)) {
    const wanted = Object.fromEntries(systems.map((each) => [each, names]));
    const found = Object.entries(shown[output]!).map(([each, value]) => [each, Object.keys(value)]);
    assert.deepEqual(Object.fromEntries(found), wanted, output);
  }
  assert.deepEqual(Object.keys(shown.formatter!), systems);
  assert.deepEqual(
    Object.keys(shown).sort(),
    [
      ...Object.keys(perSystem),
      ...["darwinModules", "formatter", "homeManagerModules", "homeModules"],
      ...["lib", "nixosModules", "overlays", "templates"],
    ].sort(),
  );
});

peerTest(["nix"], "flake: what `nix flake show` does not look into has its names", async () => {
  const pair = ["credsmith", "default"];
  const wanted: Readonly<Record<string, readonly string[]>> = {
    nixosModules: pair,
    homeModules: pair,
    homeManagerModules: pair,
    darwinModules: pair,
    lib: ["devShellHook", "mkLoader"],
  };
  for (const [output, names] of Object.entries(wanted)) {
    assert.deepEqual(await evalFlake(output, "builtins.attrNames"), names, output);
  }
  const { nodes } = JSON.parse(await Deno.readTextFile(`${root}flake.lock`));
  assert.deepEqual(Object.keys(nodes), ["nixpkgs", "root", "sops-nix"]);
});

peerTest(["nix", "zsh", "dash", "fish", "shellcheck"], "flake: `nix flake check`", async () => {
  const { code, stderr } = await nix(["flake", "check", ...await standIn(), root]);
  assert.equal(code, 0, stderr);
});

interface Seen {
  readonly failed: readonly string[];
  readonly secrets: readonly string[];
}

const secrets = [
  "aws_access_key_id",
  "aws_bedrock_model_id",
  "aws_ci_access_key_id",
  "aws_ci_region",
  "aws_ci_secret_access_key",
  "aws_region",
  "aws_secret_access_key",
];

peerTest(["nix"], "flake: modules on hosts", async (t) => {
  const started = await Deno.makeTempDir({ prefix: "credsmith-template-" });
  try {
    const template = `${root}templates/default`;
    for await (const { name } of Deno.readDir(template)) {
      await Deno.copyFile(`${template}/${name}`, `${started}/${name}`);
    }
    await Deno.mkdir(`${started}/secrets`);
    await Deno.copyFile(`${root}secrets/aws.yaml`, `${started}/secrets/aws.yaml`);

    const file = "tests/nix/outputs.nix";
    const strings = { started };
    const seen = await evalJson<{
      readonly hosts: Readonly<Record<string, Seen>>;
      readonly template: Readonly<Record<"before" | "after", Seen & { readonly shell: string }>>;
      readonly lib: unknown;
      readonly overlay: string;
    }>(file, { strings, attribute: "works" });

    for (const [name, host] of Object.entries(seen.hosts)) {
      await t.step(name, () => assert.deepEqual(host, { failed: [], secrets }));
    }
    await t.step("the template before credsmith init", () => {
      const { shell, ...host } = seen.template.before;
      assert.deepEqual(host, { failed: [], secrets: [] });
      assert.match(shell, /'secrets\/aws\.yaml'/);
    });
    await t.step("the template after credsmith init", () => {
      const { shell: _, ...host } = seen.template.after;
      assert.deepEqual(host, { failed: [], secrets });
    });
    await t.step("lib and overlay", () => {
      assert.deepEqual([seen.lib, seen.overlay], [
        { hook: true, loader: "credsmith-loader" },
        "credsmith",
      ]);
    });
    for (
      const [platform, output] of [
        ["nixos", "nixosModules"],
        ["home", "homeModules"],
        ["darwin", "darwinModules"],
      ]
    ) {
      await t.step(`${output}.default beside another sops-nix says what to import`, async () => {
        const attribute = `twoSources.${platform}`;
        const { code, stderr } = await tryEval(file, { strings, attribute });
        assert.notEqual(code, 0);
        assert.match(
          stderr,
          new RegExp(
            `already declared in \`sops-nix, which credsmith's ${output}\\.default brings`,
          ),
        );
        assert.ok(stderr.includes(`takes ${output}.credsmith in its place`), stderr);
      });
    }
  } finally {
    await Deno.remove(started, { recursive: true });
  }
});

peerTest(["nix"], "flake: `nix flake init` writes the template", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "credsmith-template-" });
  try {
    const { code, stderr } = await nix(["flake", "init", "--offline", "-t", root], { cwd });
    assert.equal(code, 0, stderr);
    assert.deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name).sort(), [
      ...[".envrc", ".gitignore", ".sops.yaml", "README.md", "configuration.nix", "flake.nix"],
    ]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

peerTest(["nix"], `flake: apps start the program (${system})`, async () => {
  const { code, stdout, stderr } = await nix([
    ...["run", ...await standIn(), root],
    ...["--", "--version"],
  ]);
  assert.deepEqual([code, stdout], [0, `credsmith ${version}\n`], stderr);
});
