import { loader, type Shell } from "../../src/loader/emit.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { type Peer, peerTest } from "../support/peers.ts";

/** A shell as the tests start it, with the loader that it sources. */
export interface RealShell {
  readonly name: string;
  readonly peer: Peer;
  readonly command: readonly string[];
  readonly loader: Shell;
  /** Whether `. FILE WORD` gives the loader its words; otherwise `CREDSMITH_LOAD` does. */
  readonly words: boolean;
}

const bash = { peer: "bash", words: true } as const;
const zsh = { peer: "zsh", words: true } as const;

export const bourneShells: readonly RealShell[] = [
  { ...bash, name: "bash", command: ["bash", "--norc"], loader: "bash" },
  { ...bash, name: "bash --posix", command: ["bash", "--norc", "--posix"], loader: "bash" },
  { ...bash, name: "bash (sh loader)", command: ["bash", "--norc"], loader: "sh" },
  { ...bash, name: "bash --posix (sh loader)", command: ["bash", "--posix"], loader: "sh" },
  { ...zsh, name: "zsh", command: ["zsh", "-f"], loader: "zsh" },
  { ...zsh, name: "zsh (sh loader)", command: ["zsh", "-f"], loader: "sh" },
  { name: "dash", peer: "dash", command: ["dash"], loader: "sh", words: false },
  { name: "busybox", peer: "busybox", command: ["busybox", "sh"], loader: "sh", words: false },
];

export const fishShell: RealShell = {
  name: "fish",
  peer: "fish",
  command: ["fish", "--no-config"],
  loader: "fish",
  words: true,
};

export const allShells: readonly RealShell[] = [...bourneShells, fishShell];

/** One test for each shell. */
export function shellTest(
  shells: readonly RealShell[],
  name: string,
  fn: (shell: RealShell) => Promise<void>,
  peers: readonly Peer[] = [],
): void {
  for (const shell of shells) {
    peerTest([shell.peer, ...peers], `${shell.name}: ${name}`, () => fn(shell));
  }
}

/** A manifest as JSON text would have it, without what a test does not care for. */
export interface ManifestInput {
  readonly unset?: readonly string[];
  readonly profiles: Readonly<
    Record<string, {
      readonly files?: Readonly<Record<string, string>>;
      readonly optional?: readonly string[];
      readonly constants?: Readonly<Record<string, string>>;
    }>
  >;
}

/** How a shell ended and what it printed. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `env -0`, as the script's last words on stdout, said of each variable, byte for byte. */
  readonly exported: ReadonlyMap<string, string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The script's own words. */
  readonly args?: readonly string[];
  /** Runs as that user, where the tests run as root. */
  readonly uid?: number;
  /** A program and words that stand before the shell. */
  readonly under?: readonly string[];
}

/** Marks where `env -0` begins in what a script prints. */
export const showEnvironment = "printf '%s\\0' --environment--; env -0";

/** A memory-backed folder with generations of secret files, and the loaders for them. */
export interface Secrets extends AsyncDisposable {
  readonly path: string;
  /** The link that manifests name. */
  readonly directory: string;
  /** Makes a generation; the link leads to it unless told otherwise. */
  generation(name: string, files: Readonly<Record<string, string>>): void;
  swap(name: string): void;
  /** Writes the loader of a shell. @returns its path */
  loader(shell: RealShell, manifest: ManifestInput, standard?: string): string;
  /** The command that sources a loader, as a line of the shell's script. */
  source(shell: RealShell, file: string, words?: string): string;
  run(shell: RealShell, script: string, options?: RunOptions): Promise<Ended>;
}

/** @param files of the first generation; one character is one byte */
export function secretFiles(files: Readonly<Record<string, string>>): Secrets {
  const path = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "credsmith-test-" });
  Deno.chmodSync(path, 0o755);
  let scripts = 0;
  const secrets: Secrets = {
    path,
    directory: `${path}/secrets`,
    generation(name, files) {
      Deno.mkdirSync(`${path}/${name}`, { mode: 0o755 });
      for (const [file, text] of Object.entries(files)) {
        Deno.writeFileSync(`${path}/${name}/${file}`, latin1(text));
      }
    },
    swap(name) {
      Deno.symlinkSync(name, `${path}/next`);
      Deno.renameSync(`${path}/next`, `${path}/secrets`);
    },
    loader(shell, manifest, standard) {
      const file = `${path}/load.${shell.loader}`;
      const json = { version: 1, directory: `${path}/secrets`, ...manifest };
      const bytes = new TextEncoder().encode(JSON.stringify(json));
      Deno.writeTextFileSync(file, loader(parseManifest(bytes), shell.loader, standard));
      return file;
    },
    source(shell, file, words = "") {
      if (shell.name === "fish") return `source ${file} ${words}`;
      if (shell.words || words === "") return `. ${file} ${words}`;
      return `CREDSMITH_LOAD='${words}'; . ${file}`;
    },
    async run(shell, script, { env = {}, args = [], uid, under = [] } = {}) {
      const file = `${path}/script-${scripts++}`;
      Deno.writeTextFileSync(file, script);
      const [program, ...rest] = [...under, ...shell.command, file, ...args];
      const output = await new Deno.Command(program!, {
        args: rest,
        cwd: path,
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH") ?? "", HOME: path, LC_ALL: "C.UTF-8", ...env },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        ...(uid === undefined ? {} : { uid, gid: uid }),
      }).output();
      const stdout = text(output.stdout);
      const at = stdout.indexOf("--environment--\0");
      const pairs = at < 0 ? [] : stdout.slice(at + 16).split("\0").filter((pair) => pair);
      return {
        code: output.code,
        stdout: at < 0 ? stdout : stdout.slice(0, at),
        stderr: text(output.stderr),
        exported: new Map(pairs.map((pair) => {
          const equals = pair.indexOf("=");
          return [pair.slice(0, equals), pair.slice(equals + 1)];
        })),
      };
    },
    // deno-lint-ignore require-await
    async [Symbol.asyncDispose]() {
      Deno.removeSync(path, { recursive: true });
    },
  };
  secrets.generation("1", files);
  secrets.swap("1");
  return secrets;
}

/** One byte a character. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** UTF-8 as one character a byte, as `Ended` has it. */
export function utf8(value: string): string {
  return text(new TextEncoder().encode(value));
}

/** Only the variables that are not there when a shell starts. */
export function without(
  exported: ReadonlyMap<string, string>,
  names: RegExp,
): Record<string, string> {
  return Object.fromEntries([...exported].filter(([name]) => !names.test(name)).sort());
}
