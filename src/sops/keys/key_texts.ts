import { RecipientError } from "../errors.ts";
import { type Mapping, type Node, type Pair, Scalar } from "../tree.ts";
import type { OtherKey, OtherKeyType } from "./master_key.ts";

/**
 * Keys that live elsewhere, from the texts that name them in rules and on the command line. They hold
 * no data key yet.
 */

/** @param fields under their names in metadata; empty ones that SOPS leaves out are left out */
function key(type: OtherKeyType, fields: Readonly<Record<string, string | Node>>): OtherKey {
  const entries = Object.entries(fields).map(([name, value]): Pair => ({
    kind: "pair",
    key: name,
    value: typeof value === "string" ? new Scalar("str", value) : value,
  }));
  return { type, entry: { kind: "mapping", entries } };
}

/** The encryption context of a KMS key. */
export type KmsContext = Readonly<Record<string, string | null>>;

/** @param arn of the key; a role to take can stand behind it: `arn:aws:kms:…+arn:aws:iam:…` */
export function kmsKeyFromArn(
  arn: string,
  options: { readonly context?: KmsContext; readonly profile?: string } = {},
): OtherKey {
  const plain = arn.replaceAll(" ", "");
  const role = plain.indexOf("+arn:");
  return role > 0
    ? kmsKey(plain.slice(0, role), { ...options, role: plain.slice(role + 1) })
    : kmsKey(plain, options);
}

export function kmsKey(
  arn: string,
  { role, context = {}, profile = "" }: {
    readonly role?: string;
    readonly context?: KmsContext;
    readonly profile?: string;
  } = {},
): OtherKey {
  return key("kms", {
    arn,
    ...(role ? { role } : {}),
    ...(Object.keys(context).length > 0 ? { context: contextOf(context) } : {}),
    aws_profile: profile,
  });
}

function contextOf(context: KmsContext): Mapping {
  const entries = Object.entries(context).map(([name, value]): Pair => ({
    kind: "pair",
    key: name,
    value: value === null ? { kind: "null" } : new Scalar("str", value),
  }));
  return { kind: "mapping", entries };
}

export function pgpKey(fingerprint: string): OtherKey {
  return key("pgp", { fp: fingerprint.replaceAll(" ", "") });
}

export function gcpKmsKey(resourceId: string): OtherKey {
  return key("gcp_kms", { resource_id: resourceId.replaceAll(" ", "") });
}

/**
 * @param text `region:uuid`
 * @throws {RecipientError}
 */
export function huaweiKmsKey(text: string): OtherKey {
  const [region = "", uuid = ""] = text.trim().split(/:(.*)/s).map((part) => part.trim());
  if (!region || !uuid) throw new RecipientError(text, "it is not region:key-uuid");
  return key("hckms", { key_id: text.trim() });
}

/**
 * @param url `https://….vault.azure.net/keys/NAME/VERSION`; without a version Azure says which one
 * @throws {RecipientError}
 */
export function azureKeyFromUrl(url: string): OtherKey {
  const match = /^(https:\/\/[^/]+)\/keys\/([^/]+)(?:\/([^/]*))?$/.exec(url.trim());
  if (!match) throw new RecipientError(url, "it is no URL of an Azure key");
  return azureKey(match[1]!, match[2]!, match[3]);
}

export function azureKey(vaultUrl: string, name: string, version = ""): OtherKey {
  return key("azure_kv", { vault_url: vaultUrl, name, version });
}

/**
 * @param uri `https://vault.example.com:8200/v1/transit/keys/NAME`
 * @throws {RecipientError}
 * @see getsops/sops hcvault/keysource.go, NewMasterKeyFromURI
 */
export function vaultKeyFromUri(uri: string): OtherKey {
  const url = URL.parse(uri);
  const parts = url?.pathname.replace(/^\/+|\/+$/g, "").split("/") ?? [];
  if (!url || !/^v\d+$/.test(parts[0] ?? "") || parts.length < 4 || parts.includes("")) {
    throw new RecipientError(
      uri,
      "it is no URI of a Vault key, such as https://vault:8200/v1/transit/keys/x",
    );
  }
  return key("hc_vault", {
    vault_address: `${url.protocol}//${url.host}`,
    engine_path: parts.slice(1, -2).join("/"),
    key_name: parts.at(-1)!,
  });
}
