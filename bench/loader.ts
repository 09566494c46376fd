/**
 * Ten variables in one running shell: the loader against ten `export X="$(cat FILE)"` lines, and
 * the processes that each starts. Many loads in one shell, so that its own start does not count.
 */
import { loader, type Shell } from "../src/loader/emit.ts";
import type { Manifest } from "../src/loader/manifest.ts";
import { compare, type Program } from "./measure.ts";

const loads = 2000;
const cats = 40;

const folder = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "credsmith-bench-" });
const names = Array.from({ length: 10 }, (_, index) => `AWS_VARIABLE_${index}`);
Deno.mkdirSync(`${folder}/secrets.d/1`, { recursive: true });
Deno.symlinkSync("secrets.d/1", `${folder}/secrets`);
for (const name of names) {
  Deno.writeTextFileSync(
    `${folder}/secrets/${name.toLowerCase()}`,
    "wJalrXUtnFEMI/K7MDENG/bPxRfiC",
  );
}
const manifest: Manifest = {
  version: 1,
  directory: `${folder}/secrets`,
  unset: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"],
  profiles: {
    default: {
      files: Object.fromEntries(names.map((name) => [name, name.toLowerCase()])),
      optional: [],
      constants: {},
    },
  },
};

interface BenchedShell {
  readonly name: string;
  readonly command: readonly string[];
  readonly loader: Shell;
  /** A script that sources a file that often. */
  readonly repeat: (file: string, count: number) => string;
}

const counted = (file: string, count: number) =>
  `i=0; while [ $i -lt ${count} ]; do . ${file}; i=$((i+1)); done`;
const fish = (file: string, count: number) => `for i in (seq ${count}); source ${file}; end`;

const shells: readonly BenchedShell[] = [
  { name: "bash", command: ["bash", "--norc"], loader: "bash", repeat: counted },
  { name: "bash, sh loader", command: ["bash", "--norc"], loader: "sh", repeat: counted },
  { name: "zsh", command: ["zsh", "-f"], loader: "zsh", repeat: counted },
  { name: "dash", command: ["dash"], loader: "sh", repeat: counted },
  { name: "fish", command: ["fish", "--no-config"], loader: "fish", repeat: fish },
];

/** Processes that are started in a shell by one load. */
async function starts(shell: BenchedShell, file: string): Promise<number | undefined> {
  const log = `${folder}/strace`;
  const [program, ...args] = shell.command;
  const count = async (script: string) => {
    await new Deno.Command("strace", {
      args: ["-f", "-qq", "-o", log, "-e", "trace=process", program!, ...args, "-c", script],
      stderr: "null",
    }).output();
    return Deno.readTextFileSync(log).split("\n").filter((line) =>
      /\b(fork|vfork|clone3?)\(/.test(line) && !line.includes("CLONE_THREAD")
    ).length;
  };
  try {
    return await count(`${shell.repeat(file, 1)}; :`) - await count(shell.repeat("/dev/null", 0));
  } catch {
    return undefined;
  }
}

console.log("one load of ten variables             loader      cat    ratio   forks");
try {
  for (const shell of shells) {
    const [command, ...args] = shell.command;
    const ours = `${folder}/load.${shell.loader}`;
    const theirs = `${folder}/cat.${shell.loader}`;
    Deno.writeTextFileSync(ours, loader(manifest, shell.loader));
    const lines = names.map((name) =>
      `export ${name}="$(cat ${manifest.directory}/${name.toLowerCase()})"`
    );
    Deno.writeTextFileSync(theirs, `${lines.join("\n")}\n`);
    const program = (file: string, count: number): Program => ({
      name: file,
      command: command!,
      args: [...args, "-c", shell.repeat(file, count)],
    });
    let figures;
    try {
      ({ figures } = await compare([program(ours, loads), program(theirs, cats)], 9));
    } catch (error) {
      console.log(`${shell.name.padEnd(34)} not here (${(error as Error).name})`);
      continue;
    }
    const one = figures[0]!.median / loads;
    const other = figures[1]!.median / cats;
    const forks = [await starts(shell, ours), await starts(shell, theirs)].join(" / ");
    console.log(
      `${shell.name.padEnd(32)}${(one * 1e6).toFixed(0).padStart(8)} us` +
        `${(other * 1e6).toFixed(0).padStart(7)} us${
          (other / one).toFixed(0).padStart(7)
        } x   ${forks}`,
    );
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
