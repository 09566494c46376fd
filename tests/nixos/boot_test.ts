import assert from "node:assert/strict";
import { isBoot, parseInstallArguments, type Surroundings } from "../../src/nixos/boot.ts";
import { onTrial, parseSopsManifest, reduced, usedBy } from "../../src/nixos/sops_manifest.ts";
import { inRepository } from "../../src/cli/install_secrets/words.ts";

const m = "/nix/store/x-manifest.json";
const calls: readonly (readonly [
  args: readonly string[],
  is: { readonly flags: readonly string[]; readonly installs: boolean } | undefined,
])[] = [
  [[m], { flags: [], installs: true }],
  [["-ignore-passwd", m], { flags: ["-ignore-passwd"], installs: true }],
  [["--ignore-passwd=false", m], { flags: ["--ignore-passwd=false"], installs: true }],
  [["-check-mode=off", m], { flags: ["-check-mode=off"], installs: true }],
  [["-check-mode", "manifest", m], { flags: ["-check-mode", "manifest"], installs: false }],
  [["--check-mode=sopsfile", m], { flags: ["--check-mode=sopsfile"], installs: false }],
  [["--", m], { flags: ["--"], installs: true }],
  [["-other", m], undefined],
  [[m, m], undefined],
  [["-check-mode"], undefined],
  [[], undefined],
];
for (const [args, is] of calls) {
  Deno.test(`sops-install-secrets ${args.join(" ")}: ${is ? "understood" : "left alone"}`, () => {
    assert.deepEqual(parseInstallArguments(args), is && { ...is, manifest: m });
  });
}

const empty: Surroundings = {
  action: undefined,
  generation: undefined,
  degraded: undefined,
  bootedSystem: undefined,
  currentSystem: undefined,
};
const surroundings: readonly (readonly [string, Partial<Surroundings>, boolean])[] = [
  ["the activation script of a boot", {}, true],
  ["the activation script of a switch", { action: "switch" }, false],
  ["a dry activation", { action: "dry-activate" }, false],
  ["a unit at boot", { bootedSystem: "/a", currentSystem: "/a" }, true],
  ["a unit at a switch", { bootedSystem: "/a", currentSystem: "/b" }, false],
  ["a generation that is whole", { generation: "3" }, false],
  ["a generation after one that was not whole", { generation: "3", degraded: "2" }, false],
  ["a generation that something was left out of", { generation: "3", degraded: "3" }, true],
  ["the same at a switch", { generation: "3", degraded: "3", action: "test" }, false],
];
for (const [name, given, boot] of surroundings) {
  Deno.test(`${name} is ${boot ? "a" : "no"} boot`, () => {
    assert.equal(isBoot({ ...empty, ...given }), boot);
  });
}

const json = {
  secrets: [{
    name: "a",
    key: "a",
    sopsFile: "/f",
    format: "",
    mode: "0440",
    path: "/run/secrets/a",
  }],
  templates: [{ name: "t", content: "x", path: "/run/secrets/rendered/t" }],
  placeholderBySecretName: { a: "<A>" },
  secretsMountPoint: "/run/secrets.d",
  symlinkPath: "/run/secrets",
  ageKeyFile: "/k",
  ageSshKeyPaths: null,
  userMode: false,
  logging: { keyImport: true, secretChanges: true },
  something: ["new"],
};

Deno.test("a manifest is reduced to what is kept; the rest of it stays", () => {
  const manifest = parseSopsManifest(JSON.stringify(json))!;
  assert.equal(manifest.secrets[0]!.format, "yaml");
  const keeping = { secret: () => false, template: () => true, ageKeyFile: false };
  assert.deepEqual(reduced(manifest, keeping), { ...json, secrets: [], ageKeyFile: null });
});

Deno.test("on trial nothing leads out of the folder", () => {
  const trial = onTrial(json, "/run/trial");
  const outside = JSON.stringify(trial).match(/"\/run\/secrets[^"]*"/g);
  assert.equal(outside, null);
  assert.equal(trial.userMode, true);
  assert.deepEqual(trial.something, ["new"]);
});

for (const text of ["", "[]", "{}", "no JSON", '{"secretsMountPoint": "%r/x"}']) {
  Deno.test(`"${text}" is no manifest of a host`, () => {
    assert.equal(parseSopsManifest(text), undefined);
  });
}

Deno.test("a template uses the secrets whose placeholders stand in it", () => {
  const placeholders = { a: "<A>", b: "<B>", c: "" };
  assert.deepEqual(usedBy("x <B> y", ["a", "b", "c", "d"], placeholders), ["b"]);
});

const hash = "0123456789abcdfghijklmnpqrsvwxyz";
const shown = {
  [`/nix/store/${hash}-source/secrets/aws.yaml`]: "secrets/aws.yaml",
  [`/nix/store/${hash}-aws.yaml`]: "aws.yaml",
  "/var/lib/credsmith/aws.yaml": "/var/lib/credsmith/aws.yaml",
};
for (const [path, name] of Object.entries(shown)) {
  Deno.test(`${name} is what ${path} is called`, () => assert.equal(inRepository(path), name));
}
