import { findProgram } from "../../src/platform/programs.ts";
import { build } from "../support/nix.ts";
import { encrypted, testIdentity } from "../support/sops_file.ts";

/** Where the configuration says that the host's identity is, and what is to be there. */
export const identityFile = { path: "/var/lib/sops-nix/key.txt", text: `${testIdentity}\n` };

const values = (which: string, region: string) => ({
  id: `AKIA${which}XXXXXXXX`,
  secret: `${which}/secret+access'key"of$the file`,
  region,
  model: `us.anthropic.claude-${which.toLowerCase()}`,
  endpoint: `https://bedrock-runtime.${region}.amazonaws.com`,
});

/** What the secrets files of the two systems hold. */
export const testValues = {
  first: values("FIRST", "us-east-1"),
  second: values("SECOND", "eu-central-1"),
} as const;

type Values = typeof testValues.first;

/** Those of their values that are secret, in both profiles. */
export const secretValues = Object.values(testValues).flatMap(({ id, secret }) => [id, secret]);

/** A plaintext secrets file with two profiles. */
export function secretsText({ id, secret, region, model, endpoint }: Values): string {
  const text = (value: string) => JSON.stringify(value);
  return `aws_access_key_id: ${text(id)}
aws_secret_access_key: ${text(secret)}
aws_region: ${text(region)}
bedrock:
    model_id: ${text(model)}
    endpoint: ${text(endpoint)}
profiles:
    production:
        access_key_id: ${text(`${id}P`)}
        secret_access_key: ${text(`${secret}P`)}
        region: ${text(region)}
`;
}

/** A system that Nix built: `etc/`, `activate`, `manifest.json`, `groups.json`. */
export interface Systems {
  readonly first: string;
  readonly second: string;
}

let built: Promise<Systems> | undefined;

/** The systems of `chain.nix`, built once a process. */
export function chainSystems(): Promise<Systems> {
  return built ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
    try {
      const file = async (which: keyof Systems) => {
        await Deno.mkdir(`${folder}/${which}`);
        const path = `${folder}/${which}/aws.yaml`;
        await Deno.writeTextFile(path, await encrypted(secretsText(testValues[which])));
        return path;
      };
      const [first, second] = await build("tests/nix/chain.nix", {
        strings: {
          program: findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!,
          first: await file("first"),
          second: await file("second"),
        },
      });
      return { first: first!, second: second! };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  })();
}
