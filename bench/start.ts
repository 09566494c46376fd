/**
 * Whole processes as a user starts them, bundled as the npm package ships them: `get` beside
 * `sops -d` of the same file, `load-env` beside a bare Deno that runs an empty file.
 */
import { bundle } from "../npm/bundle.ts";
import { compare, type Program, table, underDeno } from "./measure.ts";

const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const deno = (name: string, script: string, ...args: string[]): Program => ({
  name,
  ...underDeno(script, ...args),
  cwd: folder,
  env: { SOPS_AGE_KEY_FILE: `${folder}/keys.txt`, HOME: folder },
});

/** Runs a program in the folder. */
async function run(command: string, args: string[], input?: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command(command, {
    args,
    cwd: folder,
    env: { SOPS_AGE_KEY_FILE: `${folder}/keys.txt`, HOME: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input ?? new Uint8Array());
  await writer.close();
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return stdout;
}

try {
  await bundle(`${folder}/dist`);
  const main = `${folder}/dist/main.js`;
  await Deno.writeTextFile(`${folder}/empty.ts`, "");
  await Deno.writeTextFile(
    `${folder}/manifest.json`,
    JSON.stringify({
      version: 1,
      directory: "/run/secrets",
      unset: ["AWS_PROFILE"],
      profiles: {
        default: {
          files: {
            AWS_ACCESS_KEY_ID: "aws_access_key_id",
            AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
            AWS_REGION: "aws_region",
          },
          constants: { CLAUDE_CODE_USE_BEDROCK: "1" },
        },
      },
    }),
  );
  const keys = await run("age-keygen", []);
  await Deno.writeFile(`${folder}/keys.txt`, keys, { mode: 0o600 });
  const recipient = /age1\w+/.exec(new TextDecoder().decode(keys))![0];
  await Deno.writeTextFile(`${folder}/.sops.yaml`, `creation_rules:\n  - age: ${recipient}\n`);
  await Deno.mkdir(`${folder}/secrets`);
  const example = [
    "aws_access_key_id: AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_region: us-east-1",
    "bedrock:",
    "    model_id: us.anthropic.claude-opus-5",
    "    endpoint: https://bedrock-runtime.us-east-1.amazonaws.com",
    "",
  ].join("\n");
  const encrypted = await run("sops", [
    "--disable-version-check",
    "encrypt",
    "--input-type",
    "yaml",
    "--output-type",
    "yaml",
    "--filename-override",
    "secrets/aws.yaml",
    "/dev/stdin",
  ], new TextEncoder().encode(example));
  await Deno.writeFile(`${folder}/secrets/aws.yaml`, encrypted);

  const reading = [
    deno("credsmith get aws_region", main, "get", "aws_region"),
    {
      name: "sops -d",
      command: "sops",
      args: ["--disable-version-check", "-d", "secrets/aws.yaml"],
      cwd: folder,
      env: { SOPS_AGE_KEY_FILE: `${folder}/keys.txt` },
    },
  ];
  console.log(table(reading, await compare(reading)));
  const loading = [
    deno(
      "credsmith load-env --shell bash",
      main,
      "load-env",
      "--shell",
      "bash",
      "--manifest",
      "manifest.json",
    ),
    deno("bare deno, empty file", `${folder}/empty.ts`),
  ];
  console.log(table(loading, await compare(loading)));
} finally {
  await Deno.remove(folder, { recursive: true });
}
