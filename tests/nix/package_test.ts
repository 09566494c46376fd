/** The package as Nix builds it: what is in it, and that it runs where there is nothing else. */
import assert from "node:assert/strict";
import { verbs } from "../../src/cli/verbs.ts";
import { version } from "../../src/cli/version.ts";
import { type Result, temporaryHome } from "../support/home.ts";
import {
  buildFlake,
  evalFlake,
  evalJson,
  nix,
  run,
  standIn,
  system,
  tryEval,
} from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;

let built: Promise<string> | undefined;
/** The store path of the package. */
const credsmith = () => built ??= buildFlake("credsmith").then(([path]) => path!);

/** Runs a program with no environment but what is given. */
async function alone(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(words[0]!, {
    args: words.slice(1),
    cwd: "/",
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) } satisfies Result;
}

peerTest(["nix"], "package: every command's help is that of the sources", async () => {
  const program = `${await credsmith()}/bin/credsmith`;
  await using home = await temporaryHome();
  for (const { words } of verbs.filter(({ table }) => table !== "hidden")) {
    const args = [...words.split(" "), "--help"];
    assert.deepEqual(await alone([program, ...args]), await home.run(args), words);
  }
});

peerTest(
  ["nix", "linux"],
  "package: commands work without a home, a cache or a PATH",
  async (t) => {
    const program = `${await credsmith()}/bin/credsmith`;
    const manifest = `${root}tests/nix/manifest.json`;
    const file = `${root}secrets/aws.yaml`;
    await using home = await temporaryHome();
    const identity = `${home.path}/keys.txt`;
    await home.write(
      "keys.txt",
      await Deno.readTextFile(`${root}tests/fixtures/identity.txt`),
      0o600,
    );
    const environments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      "no environment": {},
      "a home that is not there": { HOME: "/nowhere", XDG_CACHE_HOME: "/nowhere/cache" },
      "a cache that cannot be written": { HOME: "/", DENO_DIR: "/proc/nowhere" },
    };
    for (const [name, env] of Object.entries(environments)) {
      await t.step(name, async () => {
        const keys = { ...env, SOPS_AGE_KEY_FILE: identity };
        const loader = await alone(
          [program, "load-env", "--shell", "sh", "--manifest", manifest],
          env,
        );
        assert.deepEqual([loader.code, loader.stderr], [0, ""]);
        assert.match(loader.stdout, /AWS_ACCESS_KEY_ID/);
        const region = await alone([program, "get", "aws_region", "-f", file], keys);
        assert.deepEqual(region, { code: 0, stdout: "us-east-1", stderr: "" });
        const chain = await alone([program, "verify", "--offline", "--json", "-f", file], keys);
        assert.deepEqual(JSON.parse(chain.stdout).checks[0], {
          check: "file",
          status: "ok",
          text: `${file} opens`,
        });
      });
    }
  },
);

peerTest(["nix", "root", "linux"], "package: nobody runs it, where all is read-only", async () => {
  const program = `${await credsmith()}/bin/credsmith`;
  const script = [
    "set -e",
    "mount -o remount,bind,ro / 2>/dev/null || { mount --bind / /; mount -o remount,bind,ro /; }",
    "mount -t tmpfs -o ro none /tmp",
    `exec setpriv --reuid 65534 --regid 65534 --clear-groups env -i "$@"`,
  ].join("\n");
  const inside = ["/usr/bin/env", "unshare", "-m", "sh", "-c", script, "sh"];
  const { code, stdout, stderr } = await alone([...inside, program, "--version"], {
    PATH: Deno.env.get("PATH")!,
  });
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: `credsmith ${version}\n`,
    stderr: "",
  });
});

peerTest(["nix"], "package: Deno is all that it keeps in the store", async () => {
  const { stdout } = await run("nix-store", ["--query", "--requisites", await credsmith()]);
  const names = stdout.trim().split("\n").map((path) => path.replace(/^.*?-/, ""));
  assert.deepEqual([...new Set(names)].sort(), [`credsmith-${version}`, "deno"]);
});

peerTest(
  ["nix", "bash", "zsh", "fish", "mandoc"],
  "package: completions and a man page",
  async (t) => {
    const share = `${await credsmith()}/share`;
    const completions = {
      bash: ["bash", "-n", `${share}/bash-completion/completions/credsmith.bash`],
      zsh: ["zsh", "-n", `${share}/zsh/site-functions/_credsmith`],
      fish: ["fish", "--no-execute", `${share}/fish/vendor_completions.d/credsmith.fish`],
    };
    const PATH = Deno.env.get("PATH")!;
    for (const [shell, words] of Object.entries(completions)) {
      await t.step(shell, async () => {
        const { code, stderr } = await alone(["/usr/bin/env", ...words], {
          PATH,
          HOME: "/nowhere",
        });
        assert.deepEqual([code, stderr], [0, ""]);
      });
    }
    await t.step("credsmith(1) is clean, and has every command", async () => {
      const page = `${share}/man/man1/credsmith.1`;
      const { stdout } = await alone(["/usr/bin/env", "mandoc", "-T", "lint", page], { PATH });
      // A date would change the page at every release and say nothing.
      assert.deepEqual(stdout.split("\n").filter((line) => !/^$|missing date/.test(line)), []);
      const text = await Deno.readTextFile(page);
      for (const { words } of verbs.filter(({ table }) => table !== "hidden")) {
        assert.ok(text.includes(`\n.SS ${words.replaceAll("-", "\\-")}\n`), words);
      }
    });
  },
);

peerTest(["nix"], "package: its description is complete", async () => {
  const meta = "meta: { inherit (meta) description mainProgram; license = meta.license.spdxId; " +
    "platforms = builtins.length meta.platforms > 4; }";
  assert.deepEqual(await evalFlake(`packages.${system}.default.meta`, meta), {
    description:
      "AWS, Bedrock and Claude credentials from an encrypted file in git to every shell, service and container",
    mainProgram: "credsmith",
    license: "MIT",
    platforms: true,
  });
});

/** What a copy of the checkout, as far as the package is made of it, comes to. */
async function inCopy<T>(
  change: (folder: string) => Promise<void>,
  judge: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "credsmith-package-" });
  try {
    for (const name of ["docs", "demo", "modules", "npm", "secrets", "src", "tests"]) {
      await new Deno.Command("cp", { args: ["-r", `${root}${name}`, `${folder}/${name}`] })
        .output();
    }
    for (const name of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(`${root}${name}`, `${folder}/${name}`);
    }
    await change(folder);
    return await judge(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const derivation = (folder: string) =>
  tryEval("tests/nix/package.nix", { strings: { folder }, attribute: "derivation" });

peerTest(["nix"], "package: a page or a test that changes builds nothing anew", async () => {
  const [before, after, changed] = await Promise.all([
    inCopy(() => Promise.resolve(), derivation),
    inCopy(async (folder) => {
      await Deno.writeTextFile(`${folder}/README.md`, "another\n");
      await Deno.writeTextFile(`${folder}/src/notes.md`, "another\n");
    }, derivation),
    inCopy((folder) => Deno.writeTextFile(`${folder}/src/main.ts`, "another\n"), derivation),
  ]);
  assert.equal(before.code, 0, before.stderr);
  assert.equal(after.stdout, before.stdout);
  assert.notEqual(changed.stdout, before.stdout);
});

peerTest(["nix"], "package: a deno.lock that its hash is not for is refused", async () => {
  const lock = async (folder: string, change: (lock: { npm: Record<string, unknown> }) => void) => {
    const changed = JSON.parse(await Deno.readTextFile(`${folder}/deno.lock`));
    change(changed);
    await Deno.writeTextFile(`${folder}/deno.lock`, JSON.stringify(changed));
  };
  const library = await inCopy(
    (folder) =>
      lock(folder, ({ npm }) => {
        const [key] = Object.keys(npm).filter((name) => name.startsWith("@stricli/core@"));
        npm[key!] = { integrity: "sha512-another" };
      }),
    derivation,
  );
  assert.notEqual(library.code, 0);
  assert.match(
    library.stderr,
    /error: deno\.lock has changed, and modules\/package\/hash\.json has not\s+write it anew: nix run \.#credsmith\.updateHash/,
  );
  const forTests = await inCopy(
    (folder) =>
      lock(folder, ({ npm }) => {
        const [key] = Object.keys(npm).filter((name) => name.startsWith("fast-check@"));
        delete npm[key!];
      }),
    derivation,
  );
  assert.equal(forTests.code, 0, `what is for tests alone has no part in it\n${forTests.stderr}`);
});

interface Dependencies {
  /** What deno.json maps, as far as the package is built from it. */
  readonly imports: Readonly<Record<string, string>>;
  /** deno.lock, as far as it is. */
  readonly npm: Readonly<Record<string, { readonly os?: unknown; readonly cpu?: unknown }>>;
}

peerTest(
  ["nix"],
  "package: it is built from what src imports, and from no native code",
  async () => {
    const { imports, npm } = await evalJson<Dependencies>("tests/nix/package.nix", {
      strings: { folder: root.replace(/\/$/, "") },
      attribute: "dependencies",
    });
    const { stdout } = await new Deno.Command("grep", {
      args: ["-rhoE", `(from |import\\()"[@a-z][a-z0-9@/.-]*"`, `${root}src`, "--include=*.ts"],
    }).output();
    const wanted = new Set<string>();
    for (const [, module] of new TextDecoder().decode(stdout).matchAll(/"([^"]+)"/g)) {
      if (!module!.startsWith("node:")) wanted.add(/^(@[^/]+\/)?[^/]+/.exec(module!)![0]);
    }
    // In the place of the bundler is the one in WebAssembly.
    const { esbuild, ...libraries } = imports;
    assert.match(esbuild!, /^npm:esbuild-wasm@/);
    assert.deepEqual(Object.keys(libraries).sort(), [...wanted].sort());
    assert.deepEqual(Object.keys(npm).filter((key) => npm[key]!.os || npm[key]!.cpu), []);
  },
);

peerTest(
  ["nix"],
  "package: the hash can be written anew from anywhere but refuses there",
  async () => {
    const { code, stderr } = await nix(
      ["run", ...await standIn(), `${root}#credsmith.updateHash`],
      { cwd: "/" },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^There is no modules\/package\/hash\.json here: start this at the top/m);
  },
);
