import assert from "node:assert/strict";
import { bundle, type Outputs } from "../../npm/bundle.ts";

/** What is loaded with a file of the bundle: itself and its static imports, all the way down. */
function loadedWith(outputs: Outputs, name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind } of outputs[name]?.imports ?? []) {
    if (kind === "import-statement") loadedWith(outputs, path, seen);
  }
  return seen;
}

/** What a bundle loads of a source, beyond what it loads lazily. */
function loaded(outputs: Outputs, source: string): string[] {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source) ??
    Object.entries(outputs).find(([, { inputs }]) => source in inputs);
  assert.ok(found, `${source} is not in the bundle`);
  return [...loadedWith(outputs, found[0])];
}

Deno.test("the bundle", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-bundle-" });
  try {
    const { all, starter, ...quick } = await bundle(folder);

    for (const [verb, outputs] of Object.entries(quick)) {
      const command = `src/cli/commands/${verb.replaceAll("-", "_")}.ts`;
      await t.step(`${verb} loads nothing of Node's layer`, () => {
        const files = [...loaded(outputs, "src/main.ts"), ...loaded(outputs, command)];
        assert.deepEqual(files.filter((name) => name.startsWith("node:")), []);
      });

      await t.step(`${verb} cannot reach the AWS clients, so that their files are not read`, () => {
        const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
        assert.deepEqual(inputs.filter((name) => name.includes("@aws-sdk/client-")), []);
      });
    }

    await t.step("what answers from the cache loads next to nothing", async () => {
      const inputs = Object.values(starter!).flatMap((output) => Object.keys(output.inputs));
      assert.deepEqual(inputs.filter((name) => /node_modules|^node:/.test(name)), []);
      const { size } = await Deno.stat(`${folder}/main.js`);
      assert.ok(size < 16_000, `${size} bytes`);
    });

    await t.step("the bundle of all commands has them", () => {
      const inputs = Object.values(all!).flatMap((output) => Object.keys(output.inputs));
      assert.ok(inputs.some((name) => name.includes("@aws-sdk/client-sts")));
    });

    await t.step(
      "the quick commands find the AWS clients, once they are asked for them",
      async () => {
        const wanted = new Set<string>();
        for (const verb of ["get", "set", "sops", "credential-process", "exec"]) {
          for (const { name } of Deno.readDirSync(`${folder}/${verb}`)) {
            const text = await Deno.readTextFile(`${folder}/${verb}/${name}`);
            assert.ok(!text.includes("rare-library:"), `${verb}/${name}`);
            for (const [, path] of text.matchAll(/new URL\("(\.\.\/libraries\/[^"]+)"/g)) {
              wanted.add(new URL(path!, `file://${folder}/${verb}/${name}`).href);
            }
          }
        }
        const names = await Promise.all(
          [...wanted].map(async (url) => Object.keys(await import(url))),
        );
        for (
          const name of ["KMSClient", "getSessionToken", "fromNodeProviderChain", "NodeHttpHandler"]
        ) {
          assert.ok(names.flat().includes(name), name);
        }
      },
    );

    await t.step("no library wants require, which would load Node's layer everywhere", async () => {
      for (const name of Deno.readDirSync(`${folder}/all`)) {
        const text = await Deno.readTextFile(`${folder}/all/${name.name}`);
        assert.ok(!/createRequire|Dynamic require of/.test(text), name.name);
      }
    });

    await t.step("every command is reached through main.js", async () => {
      for (const verb of ["get", "verify"]) {
        const { code, stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-prompt", "--no-config", `${folder}/main.js`, verb, "--help"],
        }).output();
        assert.equal(code, 0);
        assert.match(new TextDecoder().decode(stdout), new RegExp(`^USAGE\\n +credsmith ${verb} `));
      }
    });
    await t.step(
      "a value in the wrong place is not repeated, though names are minified",
      async () => {
        for (const args of [["get", "a", "wJalrXUtnFEMI"], ["get", "--fil", "wJalrXUtnFEMI"]]) {
          const { code, stderr } = await new Deno.Command(Deno.execPath(), {
            args: ["run", "-A", "--no-prompt", "--no-config", `${folder}/main.js`, ...args],
          }).output();
          const text = new TextDecoder().decode(stderr);
          assert.equal(code, 2);
          assert.match(text, /^(Too many arguments: at most 1 expected|There is no flag "--fil")/);
          assert.ok(!text.includes("wJalrXUtnFEMI"), text);
        }
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
