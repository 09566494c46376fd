import { Secret } from "../../../sops/secret.ts";
import type { FoundKey } from "../static_key.ts";

const idHeaders = ["access key id", "awsaccesskeyid"];
const secretHeaders = ["secret access key", "awssecretkey"];
const userHeaders = ["user name", "username"];

/**
 * The keys of a CSV that the AWS console downloads: today two columns, `Access key ID` and
 * `Secret access key`; before 2022 with `User name`, `Password` and the console's link around them,
 * one row a user; for the root user lines `AWSAccessKeyId=…`. A byte order mark and CR LF are usual.
 *
 * @returns no keys where there are no such columns, as with the keys of Bedrock's own API
 */
export function parseConsoleCsv(text: string): FoundKey[] {
  const rows = rowsOf(text.replace(/^\ufeff/, ""));
  const root = rows.flatMap(([cell = ""]) => [/^(AWS\w+)=(.+)$/.exec(cell.trim())])
    .filter((match) => match !== null)
    .map((match) => [match[1]!.toLowerCase(), match[2]!] as const);
  const [headers = [], ...records] = root.length
    ? [root.map(([name]) => name), root.map(([, value]) => value)]
    : rows;
  const column = (names: readonly string[]) =>
    headers.findIndex((header) => names.includes(header.trim().toLowerCase()));
  const [id, secret, user] = [column(idHeaders), column(secretHeaders), column(userHeaders)];
  if (id < 0 || secret < 0) return [];
  return records.flatMap((record) => {
    const accessKeyId = record[id]?.trim();
    const secretAccessKey = record[secret]?.trim();
    if (!accessKeyId || !secretAccessKey) return [];
    const userName = record[user]?.trim();
    return [{
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      ...(userName ? { userName } : {}),
    }];
  });
}

/** @see RFC 4180 */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|$)/g)) {
    const [whole, cell = "", end] = match;
    if (whole === "" && row.length === 0) break;
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === ",") continue;
    if (row.some((each) => each !== "")) rows.push(row);
    row = [];
  }
  return rows;
}
