/** Loaders as Nix builds them, with the packaged program, and sourced in every shell. */
import assert from "node:assert/strict";
import { loader, shells } from "../../src/loader/emit.ts";
import { type Manifest, parseManifest } from "../../src/loader/manifest.ts";
import { build, type NixOptions } from "../support/nix.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { showEnvironment } from "../shells/support.ts";
import { resolve } from "./core/resolve.ts";
import { encrypted } from "../support/sops_file.ts";

const peers: readonly Peer[] = ["nix", "bash", "zsh", "dash", "fish", "shellcheck"];
/** The package takes its libraries from the registry once. */
const network: NixOptions = { network: true };

const files = {
  sh: "load-aws-bedrock.sh",
  bash: "load-aws-bedrock.bash",
  zsh: "load-aws-bedrock.zsh",
  fish: "load-aws-bedrock.fish",
} as const;

interface Case {
  readonly manifest: unknown;
  readonly defaultProfile: string | null;
}

async function withCases<T>(
  cases: Readonly<Record<string, Case>>,
  use: (strings: Record<string, string>) => Promise<T>,
): Promise<T> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(cases));
    return await use({ cases: file });
  } finally {
    await Deno.remove(file);
  }
}

/** A host's manifest, with a second profile, a secret and a constant, below a folder of the test. */
async function manifestBelow(directory: string): Promise<Manifest> {
  const text = `aws_access_key_id: x
aws_secret_access_key: x
aws_region: x
profiles: {ci: {access_key_id: x, secret_access_key: x, session_token: x}}
tokens: {github: x}
`;
  const [host] = await resolve([{
    files: { "aws.yaml": await encrypted(text) },
    options: {
      directory,
      variables: { GREETING: 'it\'s $HOME \`id\` "é" \\ \${x}' },
      secrets: {
        "tokens/github": { key: "tokens/github", variable: "GITHUB_TOKEN", profiles: ["ci"] },
      },
    },
  }]);
  assert.deepEqual(host!.mistakes, []);
  return host!.manifest;
}

const values: Readonly<Record<string, string>> = {
  aws_access_key_id: "AKIAIOSFODNN7EXAMPLE",
  aws_secret_access_key: "a'b\"c$HOME\`id\`\\\n\n",
  aws_region: "eu-west-1",
  aws_ci_access_key_id: "AKIAI44QH8DHBEXAMPLE",
  aws_ci_secret_access_key: "é\tx",
  aws_ci_session_token: "token==",
  "tokens/github": "ghp_x",
};

peerTest(
  peers,
  "Nix builds the loaders that load-env prints, and every shell takes them",
  async () => {
    const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-loader-" });
    try {
      await Deno.mkdir(`${folder}/tokens`);
      for (const [name, value] of Object.entries(values)) {
        await Deno.writeTextFile(`${folder}/${name}`, value);
      }
      const manifest = await manifestBelow(folder);
      const cases = {
        standard: { manifest, defaultProfile: null },
        ci: { manifest, defaultProfile: "ci" },
      };
      const [ci, standard] = await withCases(
        cases,
        (strings) => build("tests/nix/core/loader.nix", { ...network, strings }),
      );
      for (const [built, profile] of [[standard!, undefined], [ci!, "ci"]] as const) {
        const place = `${built}/share/credsmith`;
        const bytes = await Deno.readFile(`${place}/manifest.json`);
        assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), manifest);
        for (const shell of shells) {
          assert.equal(
            await Deno.readTextFile(`${place}/${files[shell]}`),
            loader(parseManifest(bytes), shell, profile),
            `${shell} ${profile}`,
          );
        }
      }

      const expected = {
        AWS_ACCESS_KEY_ID: values.aws_ci_access_key_id,
        AWS_SECRET_ACCESS_KEY: values.aws_ci_secret_access_key,
        AWS_SESSION_TOKEN: values.aws_ci_session_token,
        AWS_REGION: undefined,
        GITHUB_TOKEN: values["tokens/github"],
        GREETING: 'it\'s $HOME \`id\` "é" \\ \${x}',
        CLAUDE_CODE_USE_BEDROCK: "1",
      };
      const runs = [
        [["bash", "--norc"], "bash"],
        [["bash", "--norc"], "sh"],
        [["zsh", "-f"], "zsh"],
        [["zsh", "-f"], "sh"],
        [["dash"], "sh"],
        [["fish", "--no-config"], "fish"],
      ] as const;
      for (const [[program, ...options], shell] of runs) {
        const script = `. ${ci}/share/credsmith/${files[shell]}; ${showEnvironment}`;
        const { code, stdout, stderr } = await new Deno.Command(program, {
          args: [...options, "-c", script],
          clearEnv: true,
          env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder, AWS_PROFILE: "other" },
        }).output();
        const text = new TextDecoder().decode(stdout);
        assert.deepEqual([code, new TextDecoder().decode(stderr)], [
          0,
          'credsmith: profile "ci" loaded\n',
        ], program);
        const found = new Map(
          text.split("\0").slice(1).map((line) => {
            const at = line.indexOf("=");
            return [line.slice(0, at), line.slice(at + 1)] as const;
          }),
        );
        const loaded = Object.fromEntries(
          Object.keys(expected).map((name) => [name, found.get(name)]),
        );
        assert.deepEqual(loaded, expected, `${program} with ${files[shell]}`);
        assert.equal(found.get("AWS_PROFILE"), undefined);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(peers, "a fault in a manifest fails the build with the program's words", async () => {
  const profile = { files: { AWS_REGION: "aws_region" }, optional: [], constants: {} };
  const good = { version: 1, directory: "/run/secrets", unset: [], profiles: { default: profile } };
  const cases: Record<string, readonly [manifest: unknown, profile: string | null, words: RegExp]> =
    {
      climbs: [
        { ...good, profiles: { default: { ...profile, files: { X: "../x" } } } },
        null,
        /Cannot use the manifest: \$\.profiles\.default\.files\.X climbs out with "\.\."/,
      ],
      reserved: [
        { ...good, unset: ["PATH"] },
        null,
        /Cannot use the manifest: \$\.unset\[0\] is "PATH"/,
      ],
      unknown: [good, "ci", /There is no profile "ci"[^]*profiles: default/],
    };
  for (const [name, [manifest, defaultProfile, words]] of Object.entries(cases)) {
    const faulty = { [name]: { manifest, defaultProfile } };
    await assert.rejects(
      withCases(faulty, (strings) => build("tests/nix/core/loader.nix", { ...network, strings })),
      words,
      name,
    );
  }
});
