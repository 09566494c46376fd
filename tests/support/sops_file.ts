import { randomBytes } from "../../src/platform/random.ts";
import { emitPlain, newDocument, plainParse } from "../../src/sops/document.ts";
import type { Selector } from "../../src/sops/selectors.ts";
import type { Format } from "../../src/sops/tree.ts";
import { type Home, temporaryHome } from "./home.ts";

/** An identity that is used nowhere but in tests, and its recipient. */
export const testIdentity =
  "AGE-SECRET-KEY-1VNK7CX7047KC0XMU45Y3D3K409A2JUVU37NPKA2HFFHP56M0TGAQEY4NFT";
export const testRecipient = "age18kqgvrzf6kf5khes45e0lm0da65q4xmv47phfmkn66v0sgappp2qt4epqd";

/** Another one, for whom nothing is encrypted unless a test says so. */
export const strangerIdentity =
  "AGE-SECRET-KEY-1HVPLHMAY0PWL87WUFWMHJUA2YPU2LDPKEVFCL8PV6JGF0RLTZ69SKYV9JN";

/** The values of `exampleText` that must not be seen anywhere. */
export const exampleSecrets = [
  "AKIAIOSFODNN7EXAMPLE",
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
] as const;

/** A plaintext secrets file. */
export const exampleText = `aws_access_key_id: ${exampleSecrets[0]}
aws_secret_access_key: ${exampleSecrets[1]}
aws_region: us-east-1
# the model
bedrock:
    model_id: us.anthropic.claude-sonnet-4-6
    endpoint: https://bedrock-runtime.us-east-1.amazonaws.com
`;

/** Rules that have every YAML and JSON file encrypted for the test identity. */
export const exampleRules = `creation_rules:
  - path_regex: \\.(yaml|json)$
    age: ${testRecipient}
`;

/** The files of a home with an identity, rules and an encrypted secrets file. */
export async function homeWithSecrets(
  options: { readonly text?: string; readonly selector?: Selector; readonly rules?: string } = {},
): Promise<Record<string, string>> {
  return {
    ".config/sops/age/keys.txt": `${testIdentity}\n`,
    ".sops.yaml": options.rules ?? exampleRules,
    "secrets/aws.yaml": await encrypted(options.text ?? exampleText, options),
  };
}

/**
 * A home with secrets and without a runtime folder. That would be under `/dev/shm`, where nothing is
 * given up; so here permissions are given up as they are for most users.
 *
 * @param files more of them, or others in place of those of `homeWithSecrets`
 */
export async function homeReady(files: Readonly<Record<string, string>> = {}): Promise<Home> {
  const home = await temporaryHome({ ...await homeWithSecrets(), ...files });
  Object.assign(home.env, { XDG_RUNTIME_DIR: "" });
  return home;
}

/** A plaintext file, encrypted for the test identity by our own engine. */
export async function encrypted(
  text: string,
  options: { readonly format?: Format; readonly selector?: Selector } = {},
): Promise<string> {
  const format = options.format ?? "yaml";
  const tree = await plainParse(new TextEncoder().encode(text), format);
  const document = await newDocument(tree, format, {
    recipients: [testRecipient],
    ...(options.selector ? { selector: options.selector } : {}),
  });
  const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
  return new TextDecoder().decode(await document.seal({ now, random: randomBytes }));
}

/** The plaintext of an encrypted file, as `sops decrypt` gives it. */
export async function decrypted(text: string, format: Format = "yaml"): Promise<string> {
  const { parseDocument } = await import("../../src/sops/document.ts");
  const { parseIdentities } = await import("../../src/sops/keys/identity.ts");
  const sealed = await parseDocument(new TextEncoder().encode(text), format);
  const open = await sealed.open(parseIdentities(testIdentity, "test"));
  return new TextDecoder().decode(await emitPlain(open.tree, format));
}
