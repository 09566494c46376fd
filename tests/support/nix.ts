/**
 * Real Nix, kept off the network and away from the user's configuration, with `tests/nix/nixpkgs`
 * in nixpkgs' place and the sops-nix of flake.lock from the inputs' folder.
 */
import assert from "node:assert/strict";
import type { Result } from "./home.ts";

const root = new URL("../../", import.meta.url).pathname;
const env = (name: string) => Deno.env.get(name) || undefined;

/**
 * Where nixpkgs' lib and sops-nix are: `$CREDSMITH_INPUTS`, else `shared/inputs` beside the checkout.
 * Links are followed, because Nix takes no path through one.
 */
export const inputs = followed(
  env("CREDSMITH_INPUTS") ?? new URL("../shared/inputs", `file://${root}`).pathname,
);

function followed(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

/** What outlives a run: Nix's caches, and what tests build that takes long. */
export const cache = `${
  env("CREDSMITH_PEERS") ?? `${env("XDG_CACHE_HOME") ?? `${env("HOME")}/.cache`}/credsmith-peers`
}/nix`;

/** Nix's name for this machine. */
export const system = `${Deno.build.arch}-${Deno.build.os}`;

export interface NixOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Fixed-output derivations may fetch. */
  readonly network?: boolean;
}

/** The environment that Nix is run in. */
async function surroundings(options: NixOptions): Promise<Record<string, string>> {
  await Deno.mkdir(`${cache}/home`, { recursive: true });
  // The checkout may be another user's.
  await Deno.writeTextFile(`${cache}/home/.gitconfig`, "[safe]\n\tdirectory = *\n");
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(PATH|TMPDIR|NIX_(STORE_DIR|STATE_DIR|LOG_DIR|CONF_DIR|REMOTE|SSL_CERT_FILE))$/.test(name) ||
    options.network && /_proxy$|CERT|^NPM_CONFIG_REGISTRY$/i.test(name)
  );
  const nowhere = "http://127.0.0.1:9";
  return {
    ...Object.fromEntries(inherited),
    HOME: `${cache}/home`,
    XDG_CACHE_HOME: `${cache}/cache`,
    NIX_USER_CONF_FILES: "",
    NIX_CONFIG: [
      "experimental-features = nix-command flakes",
      "substituters =",
      "flake-registry =",
      "sandbox = false",
      "warn-dirty = false",
    ].join("\n"),
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    ...(options.network ? {} : { http_proxy: nowhere, https_proxy: nowhere, all_proxy: nowhere }),
    ...options.env,
  };
}

/** Runs a program of Nix's, `nix` or an older one such as `nix-instantiate`. */
export async function run(
  program: string,
  args: readonly string[],
  options: NixOptions = {},
): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd ?? root,
    clearEnv: true,
    env: await surroundings(options),
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs a program of Nix's that has to succeed. */
async function output(
  program: string,
  args: readonly string[],
  options?: NixOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0 && /credsmith-dependencies-.*failed with exit code/.test(stderr)) {
    assert.fail(
      "What the package is built from is not in the store\n  deno task nix build --no-link",
    );
  }
  assert.equal(code, 0, `${program} ${args.join(" ")} ended with ${code}\n${stderr}`);
  return stdout.trim();
}

/** `nix ARGS`, whatever comes of it. */
export function nix(args: readonly string[], options?: NixOptions): Promise<Result> {
  return run("nix", args, options);
}

let machine: Promise<string> | undefined;

/** A program where other users can start it too: from a home that is closed to them, by the store. */
async function forEveryone(program: string): Promise<string> {
  const path = Deno.realPathSync(program);
  const steps = path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/") || "/");
  const open = steps.every((step) => ((Deno.statSync(step).mode ?? 0) & 0o001) !== 0);
  return open ? path : await output("nix-store", ["--add", path]);
}

/** A folder with programs.json: where each program that the stand-in offers is on this machine. */
function machineFolder(): Promise<string> {
  return machine ??= (async () => {
    const packages: Record<string, string[]> = JSON.parse(
      await Deno.readTextFile(`${root}tests/nix/nixpkgs/programs.json`),
    );
    const folders = (env("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
    const isFile = (path: string) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    };
    const found: Record<string, string> = {};
    for (const program of Object.values(packages).flat().sort()) {
      const path = program === "deno"
        ? await forEveryone(Deno.execPath())
        : folders.map((folder) => `${folder}/${program}`).find(isFile);
      if (path) found[program] = path;
    }
    const text = JSON.stringify(found, null, 2) + "\n";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const folder = `${cache}/machine-${new Uint8Array(digest).toHex().slice(0, 16)}`;
    if (isFile(`${folder}/programs.json`)) return folder;
    await Deno.mkdir(folder, { recursive: true });
    const draft = await Deno.makeTempFile({ dir: cache });
    await Deno.writeTextFile(draft, text);
    await Deno.chmod(draft, 0o644);
    await Deno.rename(draft, `${folder}/programs.json`);
    return folder;
  })();
}

/**
 * What a Nix file of ours is called with, as far as it takes it: `lib`, `pkgs` (the stand-in),
 * `sopsNix` (a path), `root` (a path), and strings.
 */
async function calledWith(strings: Readonly<Record<string, string>>): Promise<string[]> {
  const lib = `import ${inputs}/nixpkgs-lib/lib`;
  const programs = `builtins.fromJSON (builtins.readFile ${await machineFolder()}/programs.json)`;
  return [
    ...["--arg", "lib", `${lib}`],
    ...[
      "--arg",
      "pkgs",
      `import ${root}tests/nix/nixpkgs { lib = ${lib}; programs = ${programs}; }`,
    ],
    ...["--arg", "sopsNix", `${inputs}/sops-nix`],
    ...["--arg", "root", root.replace(/\/$/, "")],
    ...Object.entries(strings).flatMap(([name, value]) => ["--argstr", name, value]),
  ];
}

export interface FileOptions extends NixOptions {
  /** What to take of it, such as `config.assertions`. */
  readonly attribute?: string;
  /** Strings to call it with, besides `lib`, `pkgs`, `sopsNix` and `root`. */
  readonly strings?: Readonly<Record<string, string>>;
}

const attribute = (name?: string) => name ? ["--attr", name] : [];

/**
 * A Nix file's value, evaluated to the last leaf. One call for a whole table of cases: each starts
 * a process and reads nixpkgs' lib.
 *
 * @param file relative to the checkout, or absolute
 */
export async function evalJson<T>(file: string, options: FileOptions = {}): Promise<T> {
  const { stdout } = await tryEval(file, options, true);
  return JSON.parse(stdout);
}

/** Like `evalJson`, where it may fail: how it ended, and what it said. */
export async function tryEval(
  file: string,
  options: FileOptions = {},
  must = false,
): Promise<Result> {
  const args = [
    ...["--eval", "--strict", "--json", "--read-write-mode", file],
    ...attribute(options.attribute),
    ...await calledWith(options.strings ?? {}),
  ];
  const result = await run("nix-instantiate", args, options);
  if (must) assert.equal(result.code, 0, `${file} cannot be evaluated\n${result.stderr}`);
  return result;
}

/**
 * Builds what a Nix file evaluates to.
 *
 * @returns the store paths, one for each derivation
 */
export async function build(file: string, options: FileOptions = {}): Promise<string[]> {
  const args = [
    ...["--no-out-link", file],
    ...attribute(options.attribute),
    ...await calledWith(options.strings ?? {}),
  ];
  return (await output("nix-build", args, options)).split("\n");
}

let sopsNix: Promise<void> | undefined;

/**
 * Puts sops-nix into the store, where the `narHash` in flake.lock finds it without a network. The
 * copy among the inputs has its links as files that hold where they point, as a checkout without
 * links has; they become links again.
 */
function lockedSopsNix(): Promise<void> {
  return sopsNix ??= (async () => {
    const { nodes } = JSON.parse(await Deno.readTextFile(`${root}flake.lock`));
    const copy = await Deno.makeTempDir({ prefix: "credsmith-sops-nix-" });
    try {
      const tree = `${copy}/source`;
      await copyTree(`${inputs}/sops-nix`, tree);
      assert.equal(
        await output("nix", ["hash", "path", tree]),
        nodes["sops-nix"].locked.narHash,
        `${inputs}/sops-nix is not the sops-nix that flake.lock names`,
      );
      await output("nix", ["store", "add-path", "--name", "source", tree]);
    } finally {
      await Deno.remove(copy, { recursive: true });
    }
  })();
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) {
      await copyTree(source, target);
      continue;
    }
    const { size } = await Deno.lstat(source);
    const link = size < 200 ? await Deno.readTextFile(source) : "";
    if (/^\.\.\/\S*[^\n]$/.test(link)) await Deno.symlink(link, target);
    else await Deno.copyFile(source, target);
  }
}

/**
 * The options that make a flake of ours evaluate here: the stand-in for nixpkgs, and no writing
 * to flake.lock. The first call puts sops-nix into the store, where its `narHash` finds it.
 *
 * @param through the path to the flake that has the input `nixpkgs`, where that is not the one in
 *   hand: `credsmith` for a flake with credsmith as its input
 */
export async function standIn(...through: readonly string[]): Promise<string[]> {
  await lockedSopsNix();
  const nixpkgs = [...through, "nixpkgs"].join("/");
  return [
    "--no-write-lock-file",
    "--offline",
    ...["--override-input", nixpkgs, `path:${root}tests/nix/nixpkgs`],
    ...["--override-input", `${nixpkgs}/nixpkgs-lib`, `path:${inputs}/nixpkgs-lib`],
    ...["--override-input", `${nixpkgs}/machine`, `path:${await machineFolder()}`],
  ];
}

/**
 * A value of this checkout's flake; as every flake, it sees what git tracks.
 *
 * @param attribute such as `packages.x86_64-linux`
 * @param apply a Nix function to put it through first, where it is no JSON as it is
 */
export async function evalFlake<T>(attribute: string, apply?: string): Promise<T> {
  const args = ["eval", "--json", ...await standIn(), `${root}#${attribute}`];
  return JSON.parse(await output("nix", apply ? [...args, "--apply", apply] : args));
}

/** Builds an output of this checkout's flake; its store paths. */
export async function buildFlake(attribute: string, options?: NixOptions): Promise<string[]> {
  const args = ["build", "--no-link", "--print-out-paths", ...await standIn()];
  return (await output("nix", [...args, `${root}#${attribute}`], options)).split("\n");
}

// `deno task nix flake check`: Nix on this checkout's flake, with the stand-in. What is built from
// npm is fetched here, so that the tests find it in the store.
if (import.meta.main) {
  const split = Deno.args.includes("--") ? Deno.args.indexOf("--") : Deno.args.length;
  const { code } = await new Deno.Command("nix", {
    args: [...Deno.args.slice(0, split), ...await standIn(), ...Deno.args.slice(split)],
    clearEnv: true,
    env: await surroundings({ network: true }),
  }).spawn().status;
  Deno.exit(code);
}
