/**
 * Bundles the program, split at its lazy imports. `deno task bundle` leaves it in `dist/`, where
 * `deno install` can take it from.
 */
import type { Metafile } from "esbuild";
import { builtinModules } from "node:module";

const builtins = new Set(builtinModules);
const root = new URL("../", import.meta.url).pathname;

/** Which file of a bundle is loaded with which, as esbuild reports it. */
export type Outputs = Metafile["outputs"];

/**
 * The commands whose start counts most: they stand in prompts, hooks and other programs' settings.
 * Deno reads every file that a program could import lazily before it runs a line of it, so each of
 * these has a bundle of its own that knows no other command.
 */
const quick = ["get", "set", "load-env", "exec", "credential-process", "sops"] as const;

/** Picks the bundle. What it imports is no literal, so that Deno does not read the others. */
const starter = `const [verb] = Deno.args;
const quick = ${JSON.stringify(quick)}.includes(verb);
await import(new URL(\`./\${quick ? verb : "all"}/main.js\`, import.meta.url).href);
`;

/**
 * Bundles the program into a folder: `main.js` and below it a bundle for each of the quick commands
 * and one for all. What is imported lazily stays in files of its own.
 *
 * @param folder absolute; made if it is not there
 * @returns what each bundle consists of, by its name
 */
export async function bundle(folder: string): Promise<Record<string, Outputs>> {
  const { stop } = await import("esbuild");
  try {
    const built: Record<string, Outputs> = {};
    for (const name of [...quick, "all"]) {
      built[name] = await bundleOne(`${folder}/${name}`, name === "all" ? undefined : name);
    }
    await Deno.writeTextFile(`${folder}/main.js`, starter);
    return built;
  } finally {
    await stop();
  }
}

/**
 * Libraries come in as ES modules where they have them: CommonJS would need `require`, and with it
 * Node's layer, which costs more than the rest of a short command.
 */
async function bundleOne(folder: string, verb: string | undefined): Promise<Outputs> {
  const { build } = await import("esbuild");
  const command = verb && `./commands/${verb.replaceAll("-", "_")}.ts`;
  const { metafile } = await build({
    absWorkingDir: root,
    // Threads have a file of their own, with the same parts.
    entryPoints: [
      { in: "src/main.ts", out: "main" },
      ...(verb === undefined ? [{ in: "src/access/worker.ts", out: "access_worker" }] : []),
    ],
    bundle: true,
    // One file is read faster than many, where nothing in it wants Node's layer.
    splitting: verb !== "load-env",
    minify: true,
    metafile: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    target: "esnext",
    outdir: folder,
    logLevel: "warning",
    plugins: [{
      name: "credsmith",
      setup({ onLoad, onResolve }) {
        // Deno wants the prefix that Node does without.
        onResolve(
          { filter: /^[a-z_]+(\/[a-z]+)*$/ },
          ({ path }) =>
            builtins.has(path)
              ? { path: `node:${path}`, external: true, sideEffects: false }
              : undefined,
        );
        // Its build for Node is CommonJS and reads the environment at every parse.
        onResolve({ filter: /^yaml$/ }, () => ({
          path: `${root}node_modules/yaml/browser/index.js`,
        }));
        onResolve(
          { filter: /^\.\/commands\// },
          ({ path, importer }) =>
            command && path !== command && importer.endsWith("/src/cli/verbs.ts")
              ? { path: "command", namespace: "another bundle" }
              : undefined,
        );
        onLoad({ filter: /.*/, namespace: "another bundle" }, () => ({ contents: "" }));
      },
    }],
  });
  return metafile.outputs;
}

if (import.meta.main) {
  await Deno.remove(`${root}dist`, { recursive: true }).catch(() => {});
  await bundle(`${root}dist`);
}
