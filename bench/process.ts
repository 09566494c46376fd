/**
 * `credential-process` as the AWS SDKs start it, bundled as the npm package ships it, beside a bare
 * Deno that runs an empty file: with a session that is known, with one that is in the cache but has
 * to be looked for in the secrets file, and the key itself; and `sops -d` of the same file.
 */
import { bundle } from "../npm/bundle.ts";
import { startStandin } from "../tests/support/aws/standin.ts";
import { exampleText, homeWithSecrets, testIdentity } from "../tests/support/sops_file.ts";
import { compare, type Program, table, underDeno } from "./measure.ts";

const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const runtime = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-bench-" });
const standin = startStandin();
try {
  await bundle(`${folder}/dist`);
  for (const [name, content] of Object.entries(await homeWithSecrets({ text: exampleText }))) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, content, { mode: 0o600 });
  }
  await Deno.writeTextFile(`${folder}/empty.js`, "");
  const env = {
    ...standin.env,
    HOME: folder,
    XDG_RUNTIME_DIR: runtime,
    SOPS_AGE_KEY: testIdentity,
    AWS_REGION: "us-east-1",
  };
  const started = (name: string, script: string, ...args: string[]): Program => ({
    name,
    ...underDeno(`${folder}/${script}`, ...args),
    cwd: folder,
    env,
  });
  const ours = (name: string, ...args: string[]): Program =>
    started(name, "dist/main.js", "credential-process", "-f", "secrets/aws.yaml", ...args);
  const programs = [
    ours("a known session", "default"),
    // In a form that the shortcut leaves to the command.
    ours("a cached session, file opened", "--", "default"),
    ours("the key itself", "--static"),
    {
      name: "sops -d",
      command: "sops",
      args: ["--disable-version-check", "-d", "secrets/aws.yaml"],
      cwd: folder,
      env: { SOPS_AGE_KEY: testIdentity, HOME: folder },
    },
    started("bare deno, empty file", "empty.js"),
  ];
  console.log(table(programs, await compare(programs, 41)));
  const { length } = standin.log;
  if (length !== 1) throw new Error(`${length} requests to STS, where one was to be made`);
} finally {
  await standin.close();
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(runtime, { recursive: true });
}
