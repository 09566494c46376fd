import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url).pathname;

/**
 * The words that start credsmith from its sources, as a user would.
 *
 * @param options of Deno's, besides those that every start has
 */
export function starter(...options: readonly string[]): readonly [string, ...string[]] {
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--cached-only",
    "-A",
    "--no-prompt",
    `--config=${root}deno.json`,
    ...options,
    `${root}src/main.ts`,
  ];
}

/** `starter` without options. */
export const credsmith = starter();

/** What a command printed and how it ended. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A home folder of its own, gone when it goes out of scope. Nothing of the caller's leaks in. */
export interface Home extends AsyncDisposable {
  /** The folder that is `$HOME` and the working folder; on the temporary disk, no plaintext in it. */
  readonly path: string;
  /** `$XDG_RUNTIME_DIR`, memory-backed. */
  readonly runtime: string;
  /** `$XDG_STATE_HOME`, where the log of actions is. */
  readonly state: string;
  /** What commands see of the environment, before `RunOptions.env` is laid over it. */
  readonly env: Readonly<Record<string, string>>;
  read(path: string): Promise<string>;
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** All files below the home, sorted, relative. */
  files(): Promise<string[]>;
  /** Runs credsmith from its sources, as a user would. */
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Runs another program with the same environment. */
  program(command: string, args: readonly string[], options?: RunOptions): Promise<Result>;
}

/**
 * @param files what is in it at first, by relative path
 */
export async function temporaryHome(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Home> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "credsmith-test-" }));
  const runtime = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-test-" });
  const state = await Deno.makeTempDir({ prefix: "credsmith-test-state-" });
  const env: Record<string, string> = {
    HOME: path,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    XDG_RUNTIME_DIR: runtime,
    XDG_STATE_HOME: state,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    DENO_NO_UPDATE_CHECK: "1",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    TERM: "dumb",
    // Nothing but loopback is reached, whatever goes wrong.
    HTTPS_PROXY: "http://127.0.0.1:9",
    HTTP_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1,localhost,::1",
    AWS_EC2_METADATA_DISABLED: "true",
    GIT_CONFIG_NOSYSTEM: "1",
    SOPS_DISABLE_VERSION_CHECK: "1",
  };
  const [program, ...given] = credsmith;
  const at = (name: string) => name.startsWith("/") ? name : `${path}/${name}`;
  const home: Home = {
    path,
    runtime,
    state,
    env,
    read: (name) => Deno.readTextFile(at(name)),
    async write(name, content, mode) {
      await Deno.mkdir(at(name).replace(/\/[^/]*$/, ""), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(at(name), bytes, mode === undefined ? {} : { mode });
    },
    exists: (name) => Deno.lstat(at(name)).then(() => true, () => false),
    files: () => walk(path),
    run: (args, options) => home.program(program, [...given, ...args], options),
    async program(command, args, options = {}) {
      const child = new Deno.Command(command, {
        args: [...args],
        cwd: options.cwd ?? path,
        env: { ...env, ...options.env },
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      const input = options.stdin ?? "";
      const feed = writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input)
        .then(() => writer.close()).catch(() => {});
      const { code, stdout, stderr } = await child.output();
      await feed;
      return {
        code,
        stdout: new TextDecoder().decode(stdout),
        stderr: new TextDecoder().decode(stderr),
      };
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
      await Deno.remove(runtime, { recursive: true }).catch(() => {});
      await Deno.remove(state, { recursive: true });
    },
  };
  for (const [name, content] of Object.entries(files)) {
    // An identity that others may read would be warned about.
    await home.write(name, content, name.endsWith("/keys.txt") ? 0o600 : undefined);
  }
  return home;
}

async function walk(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory) found.push(...await walk(`${folder}/${entry.name}`, `${name}/`));
    else found.push(name);
  }
  return found.sort();
}

/** Asserts that none of these values stands in a text, as it is, in base64 or in hexadecimal. */
export function assertAbsent(text: string, values: readonly string[], where: string): void {
  for (const value of values) {
    const bytes = new TextEncoder().encode(value);
    const hex = bytes.toHex();
    const forms = [value, bytes.toBase64().replace(/=+$/, ""), hex, hex.toUpperCase()];
    for (const form of forms) assert.ok(!text.includes(form), `a secret value stands in ${where}`);
  }
}
