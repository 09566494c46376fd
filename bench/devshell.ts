/**
 * Entering a devShell: bash with the hook against bash with an empty one, credentials unlocked,
 * locked, and loaded as people do it by hand, with `cat`. The difference to the empty one is what
 * the hook costs; the aim is 5 ms at most.
 */
import { loader } from "../src/loader/emit.ts";
import type { Manifest } from "../src/loader/manifest.ts";
import { median } from "./measure.ts";

const rounds = 400;

const folder = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "credsmith-bench-" });
const library = new URL("../modules/direnv/credsmith.sh", import.meta.url).pathname;
const values = {
  aws_access_key_id: "AKIAY34FZKBOKMUTVV7A",
  aws_secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  aws_region: "us-east-1",
  aws_bedrock_model_id: "us.anthropic.claude-opus-5",
  aws_bedrock_endpoint: "https://bedrock-runtime.us-east-1.amazonaws.com",
};
const files = {
  AWS_ACCESS_KEY_ID: "aws_access_key_id",
  AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
  AWS_REGION: "aws_region",
  AWS_DEFAULT_REGION: "aws_region",
  ANTHROPIC_MODEL: "aws_bedrock_model_id",
  BEDROCK_ENDPOINT: "aws_bedrock_endpoint",
};

/** A runtime folder with a loader, and secret files unless they are locked. */
function runtime(name: string, locked = false): string {
  const path = `${folder}/${name}/credsmith`;
  Deno.mkdirSync(`${path}/secrets.d/1`, { recursive: true });
  if (!locked) Deno.symlinkSync("secrets.d/1", `${path}/secrets`);
  for (const [file, value] of Object.entries(values)) {
    Deno.writeTextFileSync(`${path}/secrets.d/1/${file}`, value);
  }
  const profile = { files, optional: [], constants: { CLAUDE_CODE_USE_BEDROCK: "1" } };
  const manifest: Manifest = {
    version: 1,
    directory: `${path}/secrets`,
    unset: ["AWS_PROFILE", "AWS_SESSION_TOKEN"],
    profiles: { default: profile, staging: profile, production: profile },
  };
  Deno.writeTextFileSync(`${path}/load-aws-bedrock.bash`, loader(manifest, "bash"));
  return `${folder}/${name}`;
}

const unlocked = runtime("unlocked");
const hook = `if \\builtin source ${library}; then
  __credsmith_enter '' '' ''
  __credsmith_forget
fi`;
const cats = Object.entries(files)
  .map(([name, file]) => `export ${name}="$(cat ${unlocked}/credsmith/secrets/${file})"`);

const shells = [
  { name: "an empty hook", hook: "", runtime: unlocked },
  { name: "unlocked", hook, runtime: unlocked },
  { name: "locked", hook, runtime: runtime("locked", true) },
  { name: "no loader", hook, runtime: `${folder}/none` },
  { name: "six times cat", hook: cats.join("\n"), runtime: unlocked },
] as const;

const scripts = shells.map((shell, index) => {
  const file = `${folder}/${index}.sh`;
  // As `nix develop` does it.
  Deno.writeTextFileSync(file, `eval "\${shellHook:-}"\n:\n`);
  return { ...shell, file };
});

/** Milliseconds of one start. */
function once({ file, hook, runtime }: typeof scripts[number]): number {
  const command = new Deno.Command("bash", {
    args: ["--norc", file],
    clearEnv: true,
    env: {
      HOME: folder,
      PATH: Deno.env.get("PATH") ?? "",
      XDG_RUNTIME_DIR: runtime,
      shellHook: hook,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const start = performance.now();
  const { code } = command.outputSync();
  const milliseconds = performance.now() - start;
  if (code !== 0) throw new Error(`${hook} ended with ${code}`);
  return milliseconds;
}

try {
  const times: number[][] = scripts.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, script] of scripts.entries()) {
      const milliseconds = once(script);
      // The first rounds fill caches.
      if (round >= 10) times[index]!.push(milliseconds);
    }
  }
  const base = times[0]!;
  console.log("entering a devShell        median   over empty   at 90 %    ratio");
  for (const [index, { name }] of scripts.entries()) {
    const own = times[index]!;
    const over = own.map((time, round) => time - base[round]!).sort((a, b) => a - b);
    const ratio = median(own.map((time, round) => time / base[round]!));
    console.log(
      `${name.padEnd(24)}${median(own).toFixed(2).padStart(7)} ms${
        median(over).toFixed(2).padStart(9)
      } ms${over[Math.floor(over.length * 0.9)]!.toFixed(2).padStart(8)} ms${
        ratio.toFixed(2).padStart(8)
      }x`,
    );
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
