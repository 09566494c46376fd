/**
 * The program as Nix packages it beside the same as npm installs it, as a user starts them; and
 * without a cache to write to, as a service of an unprivileged user is.
 */
import { bundle } from "../npm/bundle.ts";
import { buildFlake } from "../tests/support/nix.ts";
import { compare, type Program, table } from "./measure.ts";

const root = new URL("../", import.meta.url).pathname;
const folder = await Deno.makeTempDir({ prefix: "credsmith-bench-" });
try {
  await bundle(`${folder}/dist`);
  await Deno.mkdir(`${folder}/bin`);
  await Deno.copyFile(`${root}npm/credsmith`, `${folder}/bin/credsmith`);
  await Deno.copyFile(`${root}tests/fixtures/identity.txt`, `${folder}/keys.txt`);
  await Deno.chmod(`${folder}/keys.txt`, 0o600);
  const [packaged] = await buildFlake("credsmith", { network: true });

  const commands = {
    "load-env": ["load-env", "--shell", "bash", "--manifest", `${root}tests/nix/manifest.json`],
    "get": ["get", "aws_region", "-f", `${root}secrets/aws.yaml`],
  };
  for (const [name, args] of Object.entries(commands)) {
    const started = (how: string, command: string, more: Record<string, string> = {}): Program => ({
      name: `${name}, ${how}`,
      command,
      args,
      cwd: folder,
      env: { HOME: folder, SOPS_AGE_KEY_FILE: `${folder}/keys.txt`, ...more },
    });
    const programs = [
      started("Nix", `${packaged}/bin/credsmith`),
      started("Nix, no cache", `${packaged}/bin/credsmith`, { DENO_DIR: "/proc/nowhere" }),
      started("npm", `${folder}/bin/credsmith`, { CREDSMITH_DENO: Deno.execPath() }),
    ];
    console.log(table(programs, await compare(programs)));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
