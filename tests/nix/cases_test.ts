/**
 * What the modules make of a user's configuration: one folder a case, as cases/README.md says. All
 * are evaluated by one Nix; what the module system itself refuses has one of its own.
 */
import assert from "node:assert/strict";
import { listIfThere, readIfThere } from "../../src/platform/optional.ts";
import { evalJson, inputs, run, tryEval } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const here = new URL(".", import.meta.url).pathname;
const file = "tests/nix/cases/default.nix";
const platforms = ["nixos", "home", "darwin"] as const;

/** What Nix found of one host. */
interface Judged {
  readonly differences: readonly { at: string; expected: string; actual: string }[];
  /** Texts that the host has, by the names of the files to compare them with. */
  readonly texts: Readonly<Record<string, string | null>>;
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
  /** The derivation of a NixOS host. */
  readonly system: string | null;
}

interface Table {
  /** By case, then by what the names of its files end in. */
  readonly cases: Readonly<Record<string, Readonly<Record<string, Judged>>>>;
  readonly mistakes: Readonly<Record<string, Pick<Judged, "failed" | "warnings">>>;
}

let whole: Promise<Table | undefined> | undefined;

/** All cases at once; or this one alone, where an error of one keeps all from being evaluated. */
async function table(name: string): Promise<Table> {
  whole ??= evalJson<Table>(file).catch(() => undefined);
  return await whole ?? await evalJson<Table>(file, { strings: { only: name } });
}

function names(folder: string): string[] {
  return platforms.flatMap((platform) =>
    listIfThere(`${here}${folder}/${platform}`).sort().map((name) => `${platform}/${name}`)
  );
}

function text(path: string): string | undefined {
  const bytes = readIfThere(path);
  return bytes && new TextDecoder().decode(bytes);
}

/** Without what differs from machine to machine. */
function portable(given: string): string {
  return given.replaceAll(/(\/nix\/store\/)[0-9a-z]{32}-/g, "$1…-")
    .replaceAll(here, "tests/nix/").replaceAll(new URL("../../", import.meta.url).pathname, "")
    .replaceAll(`${inputs}/sops-nix`, "sops-nix");
}

const sayings = (all: readonly string[]) =>
  portable(all.map((each) => each.trimEnd()).join("\n\n"));

for (const name of names("cases")) {
  peerTest(["nix"], `module case ${name}`, async () => {
    const hosts = Object.entries((await table(name)).cases[name] ?? {});
    assert.notEqual(hosts.length, 0, "it has no case.nix");
    for (const [suffix, judged] of hosts) {
      const folder = `${here}cases/${name}`;
      assert.deepEqual(judged.failed, [], "an assertion of the host fails");
      const warnings = text(`${folder}/warnings${suffix}.txt`)?.trimEnd() ?? "";
      assert.equal(sayings(judged.warnings), warnings);
      assert.deepEqual(judged.differences, [], "the host is not as expected");
      for (const [path, actual] of Object.entries(judged.texts)) {
        assert.equal(
          portable(actual ?? "no such file"),
          text(`${folder}/expected${suffix}/${path}`),
        );
      }
    }
  });
}

/** Every file of a store path. */
function filesOf(path: string): string[] {
  if (!Deno.lstatSync(path).isDirectory) return Deno.lstatSync(path).isFile ? [path] : [];
  return [...Deno.readDirSync(path)].flatMap(({ name }) => filesOf(`${path}/${name}`));
}

peerTest(["nix"], "no text of a host has a value of its secrets files", async () => {
  const systems = Object.values((await table("nixos/default")).cases)
    .flatMap((hosts) => Object.values(hosts).flatMap(({ system }) => system ?? []));
  const { code, stdout } = await run("nix-store", ["--query", "--requisites", ...systems]);
  assert.equal(code, 0);
  const contents = [...new Set(stdout.trim().split("\n"))].flatMap(filesOf).map((path) => ({
    path,
    content: new TextDecoder("latin1").decode(Deno.readFileSync(path)),
  }));
  const holding = (value: string) =>
    contents.filter(({ content }) => content.includes(value)).map(({ path }) => path);

  const values = text(`${here}cases/secrets/plaintext.txt`)!.trim().split("\n");
  for (const value of values) {
    assert.deepEqual(holding(value), [], value);
    assert.deepEqual(holding(btoa(value).replace(/=+$/, "").slice(0, -1)), [], `${value}, base64`);
  }
  // What the hosts do have is where it would have been found.
  for (const part of ["ENC[AES256_GCM,", "/run/secrets", "AWS_SECRET_ACCESS_KEY"]) {
    assert.notEqual(holding(part).length, 0, part);
  }
});

for (const name of names("mistakes")) {
  const folder = `${here}mistakes/${name}`;
  const thrown = text(`${folder}/throws.txt`);
  peerTest(["nix"], `module mistake ${name}`, async () => {
    if (thrown !== undefined) {
      const { code, stderr } = await tryEval(file, { strings: { only: name } });
      assert.notEqual(code, 0, "it is no mistake");
      const error = portable(stderr).replaceAll(/\s+/g, " ");
      assert.ok(error.includes(thrown.trim().replaceAll(/\s+/g, " ")), portable(stderr));
      return;
    }
    const judged = (await table(name)).mistakes[name];
    assert.ok(judged, "it has no case.nix");
    assert.equal(sayings(judged.failed), text(`${folder}/message.txt`)?.trimEnd());
    assert.equal(sayings(judged.warnings), text(`${folder}/warnings.txt`)?.trimEnd() ?? "");
  });
}
