import { loader } from "../../src/loader/emit.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { encrypted, testIdentity } from "../support/sops_file.ts";
import { unlocked } from "../../src/loader/variables.ts";

export const identityFile = {
  path: "/var/lib/sops-nix/key.txt",
  text: `${testIdentity}\n`,
};

const values = (which: string, region: string) => ({
  id: `AKIA${which}XXXXXXXX`,
  secret: `${which}/secret+access'key"of$the file`,
  region,
  model: `us.anthropic.claude-${which.toLowerCase()}`,
  endpoint: `https://bedrock-runtime.${region}.amazonaws.com`,
});

export const testValues = {
  first: values("FIRST", "us-east-1"),
  second: values("SECOND", "eu-central-1"),
} as const;
export function secretsText(
  { id, secret, region, model, endpoint }: typeof testValues.first,
): string {
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

export interface System {
  manifest: string;
  etc: Record<string, string>;
}

export async function chainSystems(): Promise<{ first: System; second: System }> {
  const dir = await Deno.makeTempDir();
  const m = unlocked([
    {
      name: "default",
      accessKeyId: "a",
      secretAccessKey: "b",
      region: "c",
      modelId: "d",
      endpoint: "e",
    },
    { name: "production", accessKeyId: "a", secretAccessKey: "b", region: "c" },
  ] as any, "/run/secrets");
  const man = parseManifest(new TextEncoder().encode(JSON.stringify(m.manifest)));
  await Deno.writeTextFile(`${dir}/l.sh`, loader(man, "sh"));
  await Deno.writeTextFile(`${dir}/l.fish`, loader(man, "fish"));
  await Deno.chmod(dir, 0o755);
  const sys = async (n: "first" | "second") => {
    await Deno.writeTextFile(`${dir}/${n}.yaml`, await encrypted(secretsText(testValues[n])));
    const secrets = [
      ["aws_access_key_id"],
      ["aws_secret_access_key"],
      ["aws_region"],
      ["aws_bedrock_model_id", "bedrock/model_id"],
      ["aws_bedrock_endpoint", "bedrock/endpoint"],
      ["aws_production_access_key_id", "profiles/production/access_key_id"],
      ["aws_production_secret_access_key", "profiles/production/secret_access_key"],
      ["aws_production_region", "profiles/production/region"],
    ].map(([name, key]) => ({
      name,
      key: key ?? name,
      path: `/run/secrets/${name}`,
      owner: null,
      uid: 0,
      group: "credsmith",
      gid: 0,
      sopsFile: `${dir}/${n}.yaml`,
      format: "yaml",
      mode: "0440",
      restartUnits: [],
      reloadUnits: [],
    }));
    await Deno.writeTextFile(
      `${dir}/${n}.json`,
      JSON.stringify({
        secrets,
        templates: [],
        secretsMountPoint: "/run/secrets.d",
        symlinkPath: "/run/secrets",
        keepGenerations: 2,
        gnupgHome: null,
        sshKeyPaths: [],
        ageKeyFile: "/var/lib/sops-nix/key.txt",
        ageSshKeyPaths: [],
        useTmpfs: false,
        placeholderBySecretName: {},
        userMode: false,
        logging: { keyImport: true, secretChanges: true },
      }),
    );
    return {
      manifest: `${dir}/${n}.json`,
      etc: { "load-aws-bedrock.sh": `${dir}/l.sh`, "load-aws-bedrock.fish": `${dir}/l.fish` },
    };
  };
  return { first: await sys("first"), second: await sys("second") };
}
