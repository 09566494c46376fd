/**
 * Builds the npm package: the program bundled into `dist/`, split at its lazy imports, and a
 * starter that runs it with npm's Deno. `deno task pack [FOLDER]` leaves the tarball in FOLDER.
 */

import type { Metafile } from "esbuild";
import { builtinModules } from "node:module";

const builtins = new Set(builtinModules);
const root = new URL("../", import.meta.url).pathname;
const destination = Deno.args[0] ?? ".";
const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));

/** Runs a program and fails with its exit code. */
async function must(command: string, ...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(command, { args, cwd: root }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

/** Which file of a bundle is loaded with which, as esbuild reports it. */
export type Outputs = Metafile["outputs"];

/**
 * Bundles the program into a folder; what is imported lazily stays in files of its own.
 *
 * Libraries come in as ES modules where they have them: CommonJS would need `require`, and with it
 * Node's layer, which costs more than the rest of a short command.
 *
 * @param folder where `main.js` and its chunks are written
 */
export async function bundle(folder: string): Promise<Outputs> {
  const { build, stop } = await import("esbuild");
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ["src/main.ts"],
      bundle: true,
      splitting: true,
      minify: true,
      metafile: true,
      format: "esm",
      platform: "node",
      mainFields: ["module", "main"],
      target: "esnext",
      outdir: folder,
      logLevel: "warning",
      plugins: [{
        name: "deno",
        setup({ onResolve }) {
          // Deno wants the prefix that Node does without.
          onResolve(
            { filter: /^[a-z_]+(\/[a-z]+)*$/ },
            ({ path }) =>
              builtins.has(path)
                ? { path: `node:${path}`, external: true, sideEffects: false }
                : undefined,
          );
          // Its build for Node is CommonJS and reads the environment at every parse.
          onResolve(
            { filter: /^yaml$/ },
            () => ({ path: `${root}node_modules/yaml/browser/index.js` }),
          );
        },
      }],
    });
    return metafile.outputs;
  } finally {
    await stop();
  }
}

if (import.meta.main) {
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
}
