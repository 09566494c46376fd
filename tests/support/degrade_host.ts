import { newDocument, plainParse } from "../../src/sops/document.ts";
import { randomBytes } from "../../src/platform/random.ts";
import type { Format } from "../../src/sops/tree.ts";
import { starter } from "./home.ts";
import { type Ended, type NamespaceHost, namespaceHost } from "./namespace_host.ts";
import { findProgram } from "../../src/platform/programs.ts";

/** A plaintext file, encrypted for these by our own engine. */
export async function encryptedFor(
  recipients: readonly string[],
  text: string,
  format: Format = "yaml",
): Promise<string> {
  const tree = await plainParse(new TextEncoder().encode(text), format);
  const document = await newDocument(tree, format, { recipients });
  const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
  return new TextDecoder().decode(await document.seal({ now, random: randomBytes }));
}

/** What a secret of a manifest is; the rest of it is as sops-nix writes it. */
export interface AskedFor {
  readonly name: string;
  readonly file: string;
  readonly key?: string;
  readonly format?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly restartUnits?: readonly string[];
  /** Of a file on the machine: where the value may stand. */
  readonly keys?: readonly string[];
  readonly optional?: boolean;
}

/** The manifest of a host, as sops-nix writes it. */
export interface Manifest {
  readonly secrets: readonly AskedFor[];
  readonly templates?: readonly { readonly name: string; readonly content: string }[];
  readonly ageKeyFile?: string;
  readonly ageSshKeyPaths?: readonly string[];
  readonly useTmpfs?: boolean;
  readonly link?: string;
}

/** @see Mic92/sops-nix modules/sops/manifest-for.nix */
export function manifestText(manifest: Manifest): string {
  const { secrets, templates = [], ageKeyFile = null, ageSshKeyPaths = [], useTmpfs = false } =
    manifest;
  const link = manifest.link ?? "/run/secrets";
  return JSON.stringify({
    secrets: secrets.map((asked) => ({
      name: asked.name,
      key: asked.key ?? asked.name,
      path: `${link}/${asked.name}`,
      owner: asked.owner ?? null,
      uid: 0,
      group: asked.group ?? null,
      gid: 0,
      sopsFile: asked.file,
      sopsFileHash: "",
      format: asked.format ?? "yaml",
      mode: "0440",
      neededForUsers: false,
      restartUnits: asked.restartUnits ?? [],
      ...(asked.keys ? { keys: asked.keys, optional: asked.optional === true } : {}),
      reloadUnits: [],
    })),
    templates: templates.map(({ name, content }) => ({
      name,
      content,
      path: `${link}/rendered/${name}`,
      mode: "0400",
      owner: null,
      uid: 0,
      group: null,
      gid: 0,
      file: "",
      restartUnits: [],
      reloadUnits: [],
    })),
    placeholderBySecretName: Object.fromEntries(
      secrets.map(({ name }) => [name, placeholder(name)]),
    ),
    secretsMountPoint: `${link}.d`,
    symlinkPath: link,
    keepGenerations: 2,
    gnupgHome: null,
    sshKeyPaths: [],
    ageKeyFile,
    ageSshKeyPaths,
    useTmpfs,
    userMode: false,
    logging: { keyImport: true, secretChanges: true },
  });
}

/** What stands for a secret in a template. */
export const placeholder = (name: string): string => `<SOPS:${name}:PLACEHOLDER>`;

/** A script that starts credsmith, and leaves a mark when it does. */
function markedCredsmith(mark: string): string {
  const words = starter().map((word) => `'${word}'`).join(" ");
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return `#!/bin/sh
echo $$ >>'${mark}'
export DENO_DIR='${cache}' DENO_NO_UPDATE_CHECK=1
exec ${words} "$@"
`;
}

/** What stands as sops-install-secrets on a host with `credsmith.degrade`. */
async function degradeScript(
  paths: { readonly real: string; readonly credsmith: string },
): Promise<string> {
  const text = await Deno.readTextFile(
    new URL("../../modules/nixos/degrade.sh", import.meta.url),
  );
  return `#!/bin/sh
real='${paths.real}'
credsmith='${paths.credsmith}'
tools='/usr/bin:/bin'
${text}`;
}

/** The real program. */
export function realInstaller(): string {
  return findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "") ?? "";
}

/** How an attempt ended, and whether our own program took part. */
export interface Attempt extends Ended {
  readonly ours: boolean;
}

/** A host on which sops-install-secrets is what `credsmith.degrade` makes of it. */
export interface DegradeHost extends AsyncDisposable {
  readonly host: NamespaceHost;
  /** Runs it; the words are what sops-nix passes. */
  install(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Attempt>;
  /** Runs credsmith there, with the tools that it has at boot. */
  credsmith(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Writes a file of the host, by absolute path below `/etc`, `/run` or `/var`. */
  write(path: string, content: string, mode?: number): Promise<void>;
  /** What a shell script prints there. */
  say(script: string): Promise<string>;
}

/** @param files of the host, by absolute path */
export async function degradeHost(
  files: Readonly<Record<string, string>>,
  real = realInstaller(),
): Promise<DegradeHost> {
  const host = await namespaceHost({ dev: { uid: 1001 } }, { credsmith: 500 });
  const mark = "/var/tmp/started";
  const write = async (path: string, content: string, mode = 0o600) => {
    await Deno.mkdir(`${host.path}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${host.path}${path}`, content);
    await Deno.chmod(`${host.path}${path}`, mode);
  };
  await write("/var/lib/credsmith", markedCredsmith(mark), 0o755);
  const script = await degradeScript({ real, credsmith: "/var/lib/credsmith" });
  await write("/var/lib/degrade", script, 0o755);
  for (const [path, content] of Object.entries(files)) await write(path, content);
  return {
    host,
    write,
    async install(args, env = {}) {
      await Deno.remove(host.path + mark).catch(() => {});
      const ended = await host.run(["/var/lib/degrade", ...args], {
        env: { HOME: "/var/empty", ...env },
      });
      const ours = await Deno.stat(host.path + mark).then(() => true, () => false);
      return { ...ended, ours };
    },
    credsmith: (args, env = {}) =>
      host.run(["/var/lib/credsmith", ...args], { env: { HOME: "/var/empty", ...env } }),
    say: async (text) => (await host.script(["sh"], text)).stdout,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
