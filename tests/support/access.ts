import { parseDocument } from "../../src/sops/document.ts";
import { parseIdentities, recipientOf } from "../../src/sops/keys/identity.ts";
import { emitPlain } from "../../src/sops/document.ts";
import { formatForPath } from "../../src/sops/stores/mod.ts";
import { type Home, temporaryHome } from "./home.ts";
import { encrypted, strangerIdentity, testIdentity, testRecipient } from "./sops_file.ts";

const [stranger] = parseIdentities(strangerIdentity, "test");

/** The recipient of `strangerIdentity`; tests call him bob. */
export const bob = await recipientOf(stranger as Parameters<typeof recipientOf>[0]);
export const bobIdentity = strangerIdentity;

/** Rules in which the test identity is called alice. */
export const aliceRules = `# who opens what
creation_rules:
  - path_regex: ^secrets/ # all of them
    age:
      - ${testRecipient} # alice
`;

/** The same for bob as well. */
export const bothRules = `${aliceRules}      - ${bob} # bob\n`;

/** A home with an identity, rules and some encrypted files in `secrets/`, in several formats. */
export async function homeWithTree(
  options: { readonly rules?: string; readonly files?: number } = {},
): Promise<Home> {
  const files: Record<string, string> = {
    ".config/sops/age/keys.txt": `${testIdentity}\n`,
    ".sops.yaml": options.rules ?? aliceRules,
  };
  for (let at = 0; at < (options.files ?? 4); at++) {
    const name = ["a.yaml", "b/c.json", "d.env", "e.ini"][at] ?? `more/${at}.yaml`;
    files[`secrets/${name}`] = await encrypted(texts[at] ?? `value: number ${at}\n`, {
      format: formatForPath(name),
    });
  }
  return await temporaryHome(files);
}

const texts = [
  "# the key\npassword: hunter2\nnested:\n    list:\n        - one\n        - two\nregion: eu-west-1\n",
  '{"password": "hunter2", "nested": {"number": 12}}',
  "PASSWORD=hunter2\n",
  "[main]\npassword = hunter2\n",
];

/** Whom a file says that it is for, and whether an identity opens it. */
export async function opened(
  home: Home,
  file: string,
  identity: string = testIdentity,
): Promise<{ recipients: string[]; text: string | undefined; enc: string[] }> {
  const bytes = await Deno.readFile(`${home.path}/${file}`);
  const format = formatForPath(file);
  const sealed = await parseDocument(bytes, format);
  const enc = new TextDecoder().decode(bytes).match(/ENC\[AES256_GCM,data:[^\]]*\]/g) ?? [];
  try {
    const open = await sealed.open(parseIdentities(identity, "test"));
    const text = new TextDecoder().decode(await emitPlain(open.tree, format));
    return { recipients: sealed.recipients, text, enc };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NoIdentityError") throw error;
    return { recipients: sealed.recipients, text: undefined, enc };
  }
}
