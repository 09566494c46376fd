/**
 * A thousand secrets files for two recipients: their keys renewed by `access sync` beside sops in a
 * loop and under `xargs -P`, and their MACs checked by `access list --verify`. Bundled, whole
 * processes, on a disk with fsync on; git lists the files.
 */
import { diffieHellman, generateKeyPairSync } from "node:crypto";
import { bundle } from "../npm/bundle.ts";
import { encrypted, testIdentity, testRecipient } from "../tests/support/sops_file.ts";
import { median, underDeno } from "./measure.ts";

const count = Number(Deno.env.get("CREDSMITH_BENCH_FILES") ?? 1000);
const rounds = 3;
const cores = navigator.hardwareConcurrency;
const other = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun";

const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const env = {
  SOPS_AGE_KEY: testIdentity,
  HOME: folder,
  DENO_NO_UPDATE_CHECK: "1",
  SOPS_DISABLE_VERSION_CHECK: "1",
  ...(Deno.env.get("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : {}),
};
const names = Array.from({ length: count }, (_, at) => `secrets/${at % 10}/file_${at}.yaml`);

const rulesFor = (...recipients: string[]) =>
  `creation_rules:\n  - age:\n${recipients.map((each) => `      - ${each}\n`).join("")}`;

/** Seconds of a command, which has to end with 0. */
async function timed(command: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: `${folder}/tree`,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
  return seconds;
}

const ours = (...args: string[]) => {
  const program = underDeno(`${folder}/dist/main.js`, ...args);
  return () => timed(program.command, program.args);
};
const inLoop = (command: string) => () =>
  timed("sh", ["-c", `for file in secrets/*/*.yaml; do ${command} "$file" || exit 1; done`]);
const underXargs = (command: string) => () =>
  timed("sh", ["-c", `printf '%s\\0' secrets/*/*.yaml | xargs -0 -n 1 -P ${cores} ${command}`]);

/** What `access sync` cannot do without: its start, the key agreements, the disk. */
async function whereTimeGoes(fresh: () => Promise<void>): Promise<void> {
  await fresh();
  const start = await timed(...started("--version"));
  const looked = await timed(...started("access", "sync", "--dry-run"));
  const agreements = agreementSeconds(count);
  const disk = await diskSeconds();
  const line = (what: string, seconds: number) =>
    console.log(
      `  ${what.padEnd(52)}${seconds.toFixed(2).padStart(6)} s${
        (seconds / count * 1000).toFixed(2).padStart(7)
      } ms a file`,
    );
  console.log(`${count} files, what access sync cannot do without`);
  line("the program's start", start);
  line("finding, reading and judging the files", looked - start);
  line("3 agreements and 2 new keys a file, one core", agreements);
  line(`the same on ${cores} cores`, agreements / cores);
  line("writing, 32 fsyncs at once, renaming", disk);
}

function started(...args: string[]): [string, readonly string[]] {
  const { command, args: all } = underDeno(`${folder}/dist/main.js`, ...args);
  return [command, all];
}

function agreementSeconds(files: number): number {
  const own = generateKeyPairSync("x25519");
  const once = () => {
    diffieHellman({ privateKey: own.privateKey, publicKey: own.publicKey });
    for (let at = 0; at < 2; at++) {
      const { privateKey } = generateKeyPairSync("x25519");
      diffieHellman({ privateKey, publicKey: own.publicKey });
    }
  };
  for (let at = 0; at < 200; at++) once();
  const start = performance.now();
  for (let at = 0; at < files; at++) once();
  return (performance.now() - start) / 1000;
}

async function diskSeconds(): Promise<number> {
  const bytes = new Uint8Array(2500);
  const start = performance.now();
  const files = names.map((name) => {
    const file = Deno.openSync(`${folder}/tree/${name}.tmp`, { write: true, createNew: true });
    file.writeSync(bytes);
    return file;
  });
  const worker = async () => {
    for (let file = files.shift(); file; file = files.shift()) {
      await file.sync();
      file.close();
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  for (const name of names) {
    Deno.renameSync(`${folder}/tree/${name}.tmp`, `${folder}/tree/${name}`);
  }
  for (let at = 0; at < 10; at++) {
    using open = Deno.openSync(`${folder}/tree/secrets/${at}`);
    open.syncSync();
  }
  return (performance.now() - start) / 1000;
}

try {
  await bundle(`${folder}/dist`);
  const texts = await Promise.all(names.map((_, at) =>
    encrypted(
      `aws_access_key_id: AKIA${at}\naws_secret_access_key: wJalrXUtnFEMI/K7MDENG/${at}\n` +
        `aws_region: us-east-1\nbedrock:\n    model_id: us.anthropic.claude-sonnet-4-6\n`,
    )
  ));
  const fresh = async () => {
    await Deno.remove(`${folder}/tree`, { recursive: true }).catch(() => {});
    for (let at = 0; at < 10; at++) {
      await Deno.mkdir(`${folder}/tree/secrets/${at}`, { recursive: true });
    }
    for (const [at, name] of names.entries()) {
      await Deno.writeTextFile(`${folder}/tree/${name}`, texts[at]!);
    }
    await Deno.writeTextFile(`${folder}/tree/.sops.yaml`, rulesFor(testRecipient, other));
    await timed("git", ["init", "-q"]);
    await new Deno.Command("sync").output();
  };
  const compared:
    readonly (readonly [string, readonly (readonly [string, () => Promise<number>])[]])[] = [
      ["two recipients from one", [
        ["credsmith access sync", ours("access", "sync", "--yes")],
        ["sops updatekeys in a loop", inLoop("sops updatekeys -y")],
        [`sops updatekeys, xargs -P${cores}`, underXargs("sops updatekeys -y")],
      ]],
      ["MACs checked", [
        ["credsmith access list --verify", ours("access", "list", "--verify")],
        ["sops decrypt in a loop", inLoop("sops decrypt")],
        [`sops decrypt, xargs -P${cores}`, underXargs("sops decrypt")],
      ]],
      ["new data keys", [
        ["credsmith access renew", ours("access", "renew", "--yes")],
        ["sops rotate -i in a loop", inLoop("sops rotate -i")],
      ]],
    ];
  for (const [what, programs] of compared) {
    const times: number[][] = programs.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, [, run]] of programs.entries()) {
        await fresh();
        times[index]!.push(await run());
      }
    }
    const own = times[0]!;
    console.log(`${count} files, ${what}`);
    for (const [index, [name]] of programs.entries()) {
      const ratio = median(times[index]!.map((seconds, round) => seconds / own[round]!));
      console.log(
        `  ${name.padEnd(34)}${median(times[index]!).toFixed(2).padStart(7)} s${
          (median(times[index]!) / count * 1000).toFixed(2).padStart(8)
        } ms a file${ratio.toFixed(1).padStart(7)} x`,
      );
    }
  }
  await whereTimeGoes(fresh);
} finally {
  await Deno.remove(folder, { recursive: true });
}
