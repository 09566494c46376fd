/** The text that the NixOS module puts into every interactive shell, in these shells. */
import assert from "node:assert/strict";
import { type Shell, shells as allShells } from "../../src/loader/emit.ts";
import { loader } from "../../src/loader/emit.ts";
import type { Manifest } from "../../src/loader/manifest.ts";
import { loaderNames } from "../../src/cli/unlock/place.ts";
import { showEnvironment } from "../shells/support.ts";
import { temporaryHome } from "../support/home.ts";
import { evalJson } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const commands = {
  bash: ["bash", "--norc", "--noprofile"],
  zsh: ["zsh", "-f"],
  fish: ["fish", "--no-config"],
} as const;
const shells = ["bash", "zsh", "fish"] as const;

/** Runs a shell's text on a machine with these secret files. */
async function start(
  shell: typeof shells[number],
  secrets: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  await using home = await temporaryHome(secrets);
  const { manifest, init } = await evalJson<
    { manifest: Manifest; init: Record<Shell, string> }
  >("tests/nix/auto_load.nix", {
    strings: { directory: `${home.path}/secrets`, loaders: `${home.path}/loaders` },
  });
  await Deno.mkdir(`${home.path}/loaders`);
  for (const each of allShells) {
    await Deno.writeTextFile(`${home.path}/loaders/${loaderNames[each]}`, loader(manifest, each));
  }
  const strict = shell === "fish" ? "" : "set -eu\n";
  const [program, ...args] = commands[shell];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, "-c", `${strict}${init[shell]}\n${showEnvironment}`],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home.path, ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "");
  assert.equal(code, 0);
  return new Map(
    text(stdout).split("\0").filter((line) => /^(AWS|CREDSMITH|__cs)/.test(line))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

const there = {
  "secrets/aws_access_key_id": "id",
  "secrets/aws_secret_access_key": "secret",
  "secrets/aws_region": "region",
  "secrets/aws_production_access_key_id": "production id",
  "secrets/aws_production_secret_access_key": "production secret",
  "secrets/aws_production_region": "production region",
};
const { "secrets/aws_secret_access_key": _, ...partly } = there;

for (const shell of shells) {
  const check = (name: string, fn: () => Promise<void>) =>
    peerTest(["nix", shell], `NixOS: an interactive ${shell} ${name}`, fn);

  check("loads the default profile and says nothing", async () => {
    const seen = await start(shell, there);
    assert.equal(seen.get("AWS_ACCESS_KEY_ID"), "id");
    assert.equal(seen.get("AWS_REGION"), "region");
    assert.equal(seen.get("CREDSMITH_LOADED"), "default");
  });
  check("starts where there are no secrets", async () => {
    assert.deepEqual([...await start(shell, {})], []);
  });
  check("starts where one is missing, and loads none", async () => {
    assert.deepEqual([...await start(shell, partly)], []);
  });
  check("keeps the profile of the shell that it was started from, with new values", async () => {
    const seen = await start(shell, there, {
      CREDSMITH_LOADED: "production",
      CREDSMITH_NAMES: "CLAUDE_CODE_USE_BEDROCK AWS_ACCESS_KEY_ID",
      AWS_ACCESS_KEY_ID: "old id",
    });
    assert.equal(seen.get("AWS_ACCESS_KEY_ID"), "production id");
    assert.equal(seen.get("CREDSMITH_LOADED"), "production");
  });
  check("leaves alone a profile that is not from here", async () => {
    const given = { CREDSMITH_LOADED: "elsewhere", AWS_ACCESS_KEY_ID: "other id" };
    assert.deepEqual(Object.fromEntries(await start(shell, there, given)), given);
  });
}

peerTest(
  ["nix", "bash", "zsh"],
  "NixOS: an interactive shell starts where a profile is called esac",
  async () => {
    const init = await evalJson<Record<string, string>>("tests/nix/auto_load.nix", {
      attribute: "oddly",
    });
    for (const shell of ["bash", "zsh"] as const) {
      const { success, stderr } = await new Deno.Command(shell, {
        args: ["-n", "-c", init[shell]!],
        stdin: "null",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    }
  },
);
