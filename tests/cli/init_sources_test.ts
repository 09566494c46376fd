import assert from "node:assert/strict";
import {
  type AwsFileKind,
  keyOfProfile,
  parseAwsFile,
  withoutCredentials,
} from "../../src/cli/init/sources/aws_files.ts";
import { parseConsoleCsv } from "../../src/cli/init/sources/csv.ts";
import { keyOfEnvironment, parseKeyText } from "../../src/cli/init/sources/text.ts";
import { faultOfKey, type FoundKey, masked } from "../../src/cli/init/static_key.ts";
import { Secret } from "../../src/sops/secret.ts";

const id = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const lines = (...all: string[]) => all.join("\n") + "\n";
const plain = (key: FoundKey | undefined) =>
  key && {
    ...key,
    secretAccessKey: key.secretAccessKey.reveal(),
    ...(key.sessionToken ? { sessionToken: key.sessionToken.reveal() } : {}),
  };
const both = { accessKeyId: id, secretAccessKey: secret };

const textCases: readonly (readonly [string, string, Record<string, string> | undefined])[] = [
  ["two lines", lines(id, secret), both],
  ["two lines with blanks and CR LF", `\r\n ${id} \r\n\r\n${secret}\r\n`, both],
  [
    "export lines",
    lines(`export AWS_ACCESS_KEY_ID=${id}`, `export AWS_SECRET_ACCESS_KEY="${secret}"`),
    both,
  ],
  [
    "export lines with a region and a comment",
    lines(
      "# mine",
      `AWS_ACCESS_KEY_ID=${id}`,
      `AWS_SECRET_ACCESS_KEY='${secret}'`,
      "AWS_REGION=eu-west-1",
    ),
    { ...both, region: "eu-west-1" },
  ],
  [
    "fish",
    lines(`set -gx AWS_ACCESS_KEY_ID ${id}`, `set -gx AWS_SECRET_ACCESS_KEY ${secret};`),
    both,
  ],
  [
    "PowerShell",
    lines(`$Env:AWS_ACCESS_KEY_ID="${id}"`, `$Env:AWS_SECRET_ACCESS_KEY="${secret}"`),
    both,
  ],
  ["cmd.exe", lines(`SET AWS_ACCESS_KEY_ID=${id}`, `SET AWS_SECRET_ACCESS_KEY=${secret}`), both],
  [
    "AWS's own file",
    lines("[default]", `aws_access_key_id = ${id}`, `aws_secret_access_key = ${secret}`),
    both,
  ],
  [
    "aws iam create-access-key",
    JSON.stringify(
      { AccessKey: { UserName: "x", AccessKeyId: id, Status: "Active", SecretAccessKey: secret } },
      null,
      4,
    ),
    both,
  ],
  [
    "aws sts get-session-token",
    JSON.stringify({
      Credentials: {
        AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
        SecretAccessKey: secret,
        SessionToken: "tok",
      },
    }),
    { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: secret, sessionToken: "tok" },
  ],
  [
    "a credential process",
    JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: secret }),
    both,
  ],
  ["a CSV", `\ufeffAccess key ID,Secret access key\r\n${id},${secret}\r\n`, both],
  ["one line", lines(id), undefined],
  ["three lines", lines(id, secret, "x"), undefined],
  ["the secret first", lines(secret, id), undefined],
  ["half a JSON document", `{"AccessKeyId": "${id}"`, undefined],
  ["an empty text", "", undefined],
];
for (const [name, text, expected] of textCases) {
  Deno.test(`key on stdin: ${name} is ${expected ? "read" : "refused"}`, () => {
    assert.deepEqual(plain(parseKeyText(text)), expected);
  });
}

const csvCases: readonly (readonly [string, string, readonly Record<string, string>[]])[] = [
  [
    "today's, with byte order mark and CR LF",
    `\ufeffAccess key ID,Secret access key\r\n${id},${secret}\r\n`,
    [both],
  ],
  ["without a last line end", `Access key ID,Secret access key\n${id},${secret}`, [both]],
  [
    "the older one",
    `User name,Password,Access key ID,Secret access key,Console login link\nclaude-dev,,${id},${secret},https://x\n`,
    [{ ...both, userName: "claude-dev" }],
  ],
  [
    "quoted cells",
    `"User name","Access key ID","Secret access key"\r\n"dev, ""x""","${id}","${secret}"\r\n`,
    [{ ...both, userName: 'dev, "x"' }],
  ],
  ["the root user's", `AWSAccessKeyId=${id}\r\nAWSSecretKey=${secret}\r\n`, [both]],
  [
    "several users",
    `User name,Access key ID,Secret access key\na,${id},${secret}\nb,AKIAI44QH8DHBEXAMPLE,${secret}x\n`,
    [
      { ...both, userName: "a" },
      { accessKeyId: "AKIAI44QH8DHBEXAMPLE", secretAccessKey: `${secret}x`, userName: "b" },
    ],
  ],
  ["a user without a key", "User name,Access key ID,Secret access key\na,,\n", []],
  ["keys of Bedrock's own API", "API key ID,API key\nx,y\n", []],
  ["something else", "name,city\nx,y\n", []],
  ["nothing", "", []],
];
for (const [name, text, expected] of csvCases) {
  Deno.test(`the console's CSV: ${name}`, () => {
    assert.deepEqual(parseConsoleCsv(text).map(plain), expected);
  });
}

const credentials = lines(
  "# mine",
  "[default]",
  "aws_access_key_id=AKIADEFAULT000000000",
  "aws_secret_access_key = defaultdefaultdefault ; the old one",
  "",
  "  [ work ]",
  `  AWS_ACCESS_KEY_ID = ${id}`,
  `aws_secret_access_key=${secret}`,
  "region = eu-west-1",
  "s3 =",
  "  aws_access_key_id = nested",
  "  max_concurrent_requests = 20",
  "output = json",
  "",
  "[empty]",
  "[session]",
  "aws_access_key_id = ASIAIOSFODNN7EXAMPLE",
  `aws_secret_access_key = ${secret}`,
  "aws_session_token = tok",
);
const namesOf = (text: string, kind: AwsFileKind) =>
  parseAwsFile(text, kind).map(({ name }) => name);

Deno.test("~/.aws/credentials: profiles, comments, spaces, nested blocks", () => {
  const profiles = parseAwsFile(credentials, "credentials");
  assert.deepEqual(profiles.map(({ name }) => name), ["default", "work", "empty", "session"]);
  assert.deepEqual(profiles.map(keyOfProfile).map(plain), [
    { accessKeyId: "AKIADEFAULT000000000", secretAccessKey: "defaultdefaultdefault" },
    { ...both, region: "eu-west-1" },
    undefined,
    { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: secret, sessionToken: "tok" },
  ]);
});

Deno.test("~/.aws/config: only profiles, also in quotes; a section that comes twice is one", () => {
  const text = lines(
    "[default]",
    "[profile work]",
    "region = a",
    '[profile "two words"]',
    "[sso-session corp]",
    "sso_region = b",
    "[plain]",
    "[profile work]",
    "region = c",
  );
  assert.deepEqual(namesOf(text, "config"), ["default", "work", "two words"]);
  assert.equal(parseAwsFile(text, "config")[1]!.settings.get("region"), "c");
});

Deno.test("the credentials of one profile go, and every other byte stays", () => {
  const instead = "credential_process = credsmith credential-process";
  const after = withoutCredentials(credentials, "credentials", "work", instead);
  const expected = credentials
    .replace(`  AWS_ACCESS_KEY_ID = ${id}\n`, `${instead}\n`)
    .replace(`aws_secret_access_key=${secret}\n`, "");
  assert.equal(after, expected);
});

Deno.test("line ends stay as they were, and a setting that is there is not added again", () => {
  const text =
    `[work]\r\ncredential_process = mine\r\naws_access_key_id=${id}\r\naws_secret_access_key=${secret}`;
  assert.equal(
    withoutCredentials(text, "credentials", "work", "credential_process = other"),
    "[work]\r\ncredential_process = mine\r\n",
  );
});

Deno.test("a profile that is not there leaves the file as it is", () => {
  assert.equal(withoutCredentials(credentials, "credentials", "wor", "x = y"), credentials);
});

Deno.test("the environment gives key, token and region", () => {
  assert.deepEqual(
    plain(keyOfEnvironment({
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_DEFAULT_REGION: "us-west-2",
      HOME: "/home/x",
    })),
    { ...both, region: "us-west-2" },
  );
  assert.equal(keyOfEnvironment({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: "" }), undefined);
});

const shapes:
  readonly (readonly [string, string, string, string | undefined, string | undefined])[] = [
    ["a usual key", id, secret, undefined, undefined],
    ["a long id", `AKIA${"X".repeat(124)}`, secret, undefined, undefined],
    ["a short secret of a stand-in", id, "x".repeat(16), undefined, undefined],
    ["a session key", "ASIAIOSFODNN7EXAMPLE", secret, undefined, "session_key"],
    ["a static id with a leftover token", id, secret, "token", undefined],
    ["a user's id", "AIDAIOSFODNN7EXAMPLE", secret, undefined, "key_id_shape"],
    ["small letters", id.toLowerCase(), secret, undefined, "key_id_shape"],
    ["one too short", "AKIA12345678901", secret, undefined, "key_id_shape"],
    ["the secret where the id belongs", secret, id, undefined, "key_id_shape"],
    ["a secret with a space", id, `${secret.slice(1)} `, undefined, "secret_shape"],
    ["an empty secret", id, "", undefined, "secret_shape"],
  ];
for (const [name, accessKeyId, text, token, expected] of shapes) {
  Deno.test(`shape of a key: ${name} is ${expected ?? "right"}`, () => {
    const fault = faultOfKey({
      accessKeyId,
      secretAccessKey: new Secret(text),
      ...(token ? { sessionToken: new Secret(token) } : {}),
    });
    assert.equal(fault?.cause, expected);
    assert.ok(!fault?.reason.includes(secret));
  });
}

Deno.test("only the last four characters of an id are shown", () =>
  assert.equal(masked(id), "...MPLE"));
