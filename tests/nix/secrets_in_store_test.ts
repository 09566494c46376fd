/** Nothing that Nix makes of a secrets file holds what is secret in it. */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { build, run } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";
import { encrypted, strangerIdentity, testIdentity } from "../support/sops_file.ts";
import { secretsText, secretValues, testValues } from "./chain_systems.ts";

const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";

/** The forms in which a value could stand somewhere. */
function forms(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const hex = bytes.toHex();
  const json = JSON.stringify(value).slice(1, -1);
  // In base64 what a value looks like depends on where it begins; without its ends it does not.
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = new Uint8Array([...new Uint8Array(shift), ...bytes]);
    return shifted.toBase64().slice(4, -4);
  });
  return [...new Set([value, json, hex, hex.toUpperCase(), ...base64])];
}

/** What stands in front of `grep` for a pattern that is a whole value. */
async function filesWith(patterns: readonly string[], paths: readonly string[]): Promise<string[]> {
  const file = await Deno.makeTempFile({ dir: "/dev/shm" });
  try {
    await Deno.writeTextFile(file, `${patterns.join("\n")}\n`);
    const { code, stdout } = await new Deno.Command("grep", {
      args: ["-rlaF", "-f", file, "--", ...paths],
      env: { LC_ALL: "C" },
    }).output();
    assert.ok(code < 2, "grep failed");
    return new TextDecoder().decode(stdout).split("\n").filter((line) => line);
  } finally {
    await Deno.remove(file);
  }
}

peerTest(["linux", "nix", "sops-install-secrets"], "no secret is in the store", async () => {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  try {
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, await encrypted(text));
      return `${folder}/${name}`;
    };
    const outputs = await build("tests/nix/secrets_in_store.nix", {
      strings: {
        program: findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!,
        secretsFile: await write("aws.yaml", secretsText(testValues.first)),
        tokensFile: await write("tokens.yaml", `github_token: ${token}\n`),
      },
    });
    // Outputs and derivations, and whatever they refer to.
    const query = async (...args: string[]) => {
      const { code, stdout, stderr } = await run("nix-store", ["--query", ...args]);
      assert.equal(code, 0, stderr);
      return stdout.trim().split("\n");
    };
    const derivations = await query("--deriver", ...outputs);
    const paths = await query("--requisites", ...outputs, ...derivations);

    const secrets = [...secretValues, token, testIdentity, strangerIdentity];
    assert.deepEqual(await filesWith(secrets.flatMap(forms), paths), []);
    // The encrypted files and what is no secret were looked at.
    for (const seen of ["aws_production_access_key_id", "sops:", "AWS_MAX_ATTEMPTS"]) {
      assert.notDeepEqual(await filesWith([seen], paths), [], seen);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest(["linux"], "a secret would be found, in each of its forms", async () => {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  const found = async (text: string) => {
    await Deno.writeTextFile(`${folder}/file`, text);
    return (await filesWith(forms(token), [folder])).length === 1;
  };
  const bytes = new TextEncoder().encode(token);
  assert.ok(await found(`a ${token} b`));
  assert.ok(await found(bytes.toHex()));
  for (const before of ["", "x", "xy", "xyz"]) {
    assert.ok(await found(new TextEncoder().encode(`${before}${token}${before}`).toBase64()));
  }
  assert.equal(await found("nothing"), false);
  await Deno.remove(folder, { recursive: true });
});
