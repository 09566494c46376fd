import { Secret } from "../../../sops/secret.ts";
import type { FoundKey } from "../static_key.ts";
import { parseConsoleCsv } from "./csv.ts";

/** Names that key, secret, token and region go by, in lower case without `_`. */
const fields = {
  accessKeyId: ["awsaccesskeyid", "accesskeyid"],
  secretAccessKey: ["awssecretaccesskey", "secretaccesskey"],
  sessionToken: ["awssessiontoken", "sessiontoken", "awssecuritytoken"],
  region: ["awsregion", "awsdefaultregion", "region"],
} as const;

/**
 * A key in any of the shapes that people have at hand: the JSON of `aws iam create-access-key`,
 * `aws sts …` or a credential process; lines of shell (`export`, fish's `set`, PowerShell's
 * `$env:`), dotenv or AWS's own file; the console's CSV; or two lines, id and secret.
 *
 * @returns nothing where it is none of these
 */
export function parseKeyText(text: string): FoundKey | undefined {
  const bare = text.replace(/^\ufeff/, "").trim();
  if (bare.startsWith("{")) return keyOfJson(bare);
  return keyOf(assignments(bare)) ?? onlyOne(parseConsoleCsv(bare)) ?? keyOfTwoLines(bare);
}

/** A key out of the environment's own variables. */
export function keyOfEnvironment(env: Readonly<Record<string, string>>): FoundKey | undefined {
  const names = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
  ];
  return keyOf(names.flatMap((name) => env[name] ? [[name, env[name]] as const] : []));
}

function onlyOne(keys: readonly FoundKey[]): FoundKey | undefined {
  return keys.length === 1 ? keys[0] : undefined;
}

function keyOf(pairs: readonly (readonly [string, string])[]): FoundKey | undefined {
  const get = (names: readonly string[]) =>
    names.map((name) => pairs.find(([each]) => each.toLowerCase().replaceAll("_", "") === name))
      .find((pair) => pair !== undefined)?.[1];
  const accessKeyId = get(fields.accessKeyId);
  const secret = get(fields.secretAccessKey);
  const token = get(fields.sessionToken);
  const region = get(fields.region);
  if (!accessKeyId || !secret) return undefined;
  return {
    accessKeyId,
    secretAccessKey: new Secret(secret),
    ...(token ? { sessionToken: new Secret(token) } : {}),
    ...(region ? { region } : {}),
  };
}

function keyOfJson(text: string): FoundKey | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const outer = document as Record<string, unknown>;
  const inner = [outer.AccessKey, outer.Credentials, outer]
    .find((each) => typeof each === "object" && each !== null);
  return keyOf(
    Object.entries(inner as Record<string, unknown>)
      .filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function assignments(text: string): (readonly [string, string])[] {
  const pattern =
    /^\s*(?:export\s+|set\s+(?:-{1,2}[\w-]+\s+)*|\$env:)?(\w+)(?:\s*[=:]\s*|\s+)("[^"]*"|'[^']*'|[^\s;]+)\s*;?\s*$/i;
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const match = pattern.exec(line);
    return match ? [[match[1]!, match[2]!.replace(/^(["'])(.*)\1$/, "$2")] as const] : [];
  });
}

function keyOfTwoLines(text: string): FoundKey | undefined {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "");
  const [accessKeyId, secret] = lines;
  if (lines.length !== 2 || !/^A[A-Z]IA[A-Z0-9]{12,}$/.test(accessKeyId!)) return undefined;
  return { accessKeyId: accessKeyId!, secretAccessKey: new Secret(secret!) };
}
