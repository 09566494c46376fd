/**
 * Bundles the program, split at its lazy imports. `deno task bundle` leaves it in `dist/`, where
 * `deno install` can take it from.
 */
import type { BuildOptions, Metafile, Plugin } from "esbuild";
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
const quick = ["get", "set", "load-env", "exec", "credential-process", "sops", "status"] as const;

/**
 * Libraries that a quick command hardly ever needs. They have a bundle of their own, which is read
 * when it is asked for, and not before: what asks for it has to have kept `read`.
 */
const rare = [
  "@aws-sdk/client-kms",
  "@aws-sdk/credential-providers",
  "@smithy/node-http-handler",
] as const;

/** Files of ours that stand between a quick command and such a library; they are treated alike. */
const rareFiles = [
  "src/aws/bedrock.ts",
  "src/aws/catalog.ts",
  "src/aws/cloudtrail.ts",
  "src/aws/iam.ts",
  "src/aws/iam_policies.ts",
  "src/aws/sts.ts",
] as const;
const rareMark = "rare-library:";

/**
 * Answers what is known already, else picks the bundle. What it imports is no literal, so that Deno
 * does not read the others.
 */
const starter = `import { shortcut } from "./src/cli/credential_process/shortcut.ts";
const [verb = "status"] = Deno.args;
const code = verb === "credential-process" ? await shortcut(Deno.args) : undefined;
if (code !== undefined) Deno.exit(code);
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
    await bundleRare(`${folder}/libraries`);
    built.starter = await bundleStarter(`${folder}/main.js`);
    return built;
  } finally {
    await stop();
  }
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  mainFields: ["module", "main"],
  target: "esnext",
  logLevel: "warning",
} satisfies BuildOptions;

/** Deno wants the prefix that Node does without. */
const nodePrefix: Plugin = {
  name: "node prefix",
  setup({ onResolve }) {
    onResolve(
      { filter: /^[a-z_]+(\/[a-z]+)*$/ },
      ({ path }) =>
        builtins.has(path)
          ? { path: `node:${path}`, external: true, sideEffects: false }
          : undefined,
    );
  },
};

/**
 * Libraries come in as ES modules where they have them: CommonJS would need `require`, and with it
 * Node's layer, which costs more than the rest of a short command.
 */
async function bundleOne(folder: string, verb: string | undefined): Promise<Outputs> {
  const { build } = await import("esbuild");
  const command = verb && `./commands/${verb.replaceAll("-", "_")}.ts`;
  const { metafile } = await build({
    ...common,
    // Threads have a file of their own, with the same parts.
    entryPoints: [
      { in: "src/main.ts", out: "main" },
      ...(verb === undefined ? [{ in: "src/access/worker.ts", out: "access_worker" }] : []),
    ],
    // One file is read faster than many, where nothing in it wants Node's layer.
    splitting: verb !== "load-env",
    metafile: true,
    outdir: folder,
    plugins: [{
      name: "credsmith",
      setup({ onLoad, onResolve }) {
        if (verb !== undefined) {
          onResolve(
            { filter: /^@(aws-sdk|smithy)\// },
            ({ path, kind }) =>
              rare.some((each) => each === path) && kind === "dynamic-import"
                ? { path: rareMark + fileOf(path), external: true }
                : undefined,
          );
          onResolve({ filter: /\.ts$/ }, ({ path, kind, resolveDir }) => {
            const file = rareFiles.find((each) =>
              new URL(path, `file://${resolveDir}/`).pathname === root + each
            );
            return file && kind === "dynamic-import"
              ? { path: rareMark + fileOf(file), external: true }
              : undefined;
          });
        }
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
        // It asks for Node's crypto where there is no WebCrypto.
        onLoad({ filter: /\/tweetnacl\/nacl-fast\.js$/ }, async ({ path }) => ({
          contents: (await Deno.readTextFile(path))
            .replaceAll("typeof require !== 'undefined'", "false"),
        }));
      },
    }, nodePrefix],
  });
  for (const path of Object.keys(metafile.outputs)) {
    const file = `${root}${path}`;
    const text = await Deno.readTextFile(file);
    if (!text.includes(rareMark)) continue;
    // No literal, so that Deno does not read it before it is needed.
    const late = 'import(new URL("../libraries/$1.js",import.meta.url).href)';
    await Deno.writeTextFile(
      file,
      text.replaceAll(new RegExp(`import\\("${rareMark}([^"]+)"\\)`, "g"), late),
    );
  }
  return metafile.outputs;
}

async function bundleStarter(file: string): Promise<Outputs> {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    ...common,
    stdin: { contents: starter, resolveDir: root, sourcefile: "starter.ts", loader: "ts" },
    metafile: true,
    outfile: file,
  });
  return metafile.outputs;
}

async function bundleRare(folder: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    ...common,
    entryPoints: [...rare, ...rareFiles].map((name) => ({ in: name, out: fileOf(name) })),
    splitting: true,
    outdir: folder,
    plugins: [nodePrefix],
  });
}

function fileOf(library: string): string {
  return library.slice(library.indexOf("/") + 1).replace(/\.ts$/, "");
}

if (import.meta.main) {
  await Deno.remove(`${root}dist`, { recursive: true }).catch(() => {});
  await bundle(`${root}dist`);
}
