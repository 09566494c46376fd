/**
 * Builds the npm package: the program bundled into `dist/`, split at its lazy imports, and a
 * starter that runs it with npm's Deno. `deno task pack [FOLDER]` leaves the tarball in FOLDER.
 */

import { bundle } from "./bundle.ts";

const root = new URL("../", import.meta.url).pathname;
const destination = Deno.args[0] ?? ".";
const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));

/** Runs a program and fails with its exit code. */
async function must(command: string, ...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, cwd: root }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

const stage = await Deno.makeTempDir({ prefix: "credsmith-pack-" });
try {
  await bundle(`${stage}/dist`);
  await Deno.mkdir(`${stage}/bin`);
  await Deno.copyFile(`${root}npm/credsmith`, `${stage}/bin/credsmith`);
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE"]) {
    await Deno.copyFile(`${root}${name}`, `${stage}/${name}`);
  }
  const manifest = {
    name: config.name,
    version: config.version,
    description:
      "AWS, Bedrock and Claude credentials from an encrypted file in git to every shell, service and container",
    license: "MIT",
    keywords: ["sops", "age", "aws", "bedrock", "claude", "credentials", "secrets", "nix"],
    bin: { credsmith: "bin/credsmith" },
    os: ["linux", "darwin"],
    dependencies: { deno: Deno.version.deno },
    files: ["bin", "dist"],
  };
  await Deno.writeTextFile(`${stage}/package.json`, JSON.stringify(manifest, null, 2) + "\n");
  await must("npm", "pack", "--silent", stage, `--pack-destination=${destination}`);
} finally {
  await Deno.remove(stage, { recursive: true });
}
