/**
 * `credsmith` alone as a user starts it, bundled as the npm package ships it, beside `sops -d` of the
 * same file: offline, as the line for a prompt, and with AWS asked (the stand-in, which answers at
 * once). On a terminal the offline lines stand there until AWS has answered.
 */
import { bundle } from "../npm/bundle.ts";
import { startStandin } from "../tests/support/aws/standin.ts";
import { exampleText, homeWithSecrets, testRecipient } from "../tests/support/sops_file.ts";
import { compare, type Program, table, underDeno } from "./measure.ts";

const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
const standin = startStandin();
const env = {
  HOME: folder,
  PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
  SOPS_AGE_KEY_FILE: `${folder}/.config/sops/age/keys.txt`,
  ...standin.env,
};
const ours = (name: string, ...args: string[]): Program => ({
  name,
  ...underDeno(`${folder}/dist/main.js`, ...args),
  cwd: folder,
  env,
});

try {
  await bundle(`${folder}/dist`);
  // With a name beside the recipient, which takes the YAML library.
  const rules = `creation_rules:\n  - age:\n      - ${testRecipient} # alice\n`;
  for (const [path, text] of Object.entries(await homeWithSecrets({ text: exampleText, rules }))) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text, { mode: 0o600 });
  }
  const programs = [
    ours("credsmith, AWS asked"),
    ours("credsmith status --offline", "status", "--offline"),
    ours("credsmith status --short", "status", "--short"),
    ours("credsmith get aws_region", "get", "aws_region"),
    {
      name: "sops -d",
      command: "sops",
      args: ["--disable-version-check", "-d", "secrets/aws.yaml"],
      cwd: folder,
      env,
    },
  ];
  console.log(table(programs, await compare(programs)));
} finally {
  await standin.close();
  await Deno.remove(folder, { recursive: true });
}
