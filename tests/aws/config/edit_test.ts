import assert from "node:assert/strict";
import { withoutSettings, withSettings } from "../../../src/aws/config/edit.ts";
import { ConfigShapeError } from "../../../src/aws/config/errors.ts";
import { shadows } from "../../../src/aws/config/shadow.ts";

const process = "/bin/credsmith credential-process -f /s.yaml work";
const settings = { credential_process: process, region: "eu-central-1" };
const both = `credential_process = ${process}\nregion = eu-central-1\n`;

// deno-fmt-ignore -- a table
const edits: readonly (readonly [name: string, before: string, after: string])[] = [
  ["an empty file", "", `[profile work]\n${both}`],
  ["a file with others", "[default]\nregion = us-east-1\n", `[default]\nregion = us-east-1\n\n[profile work]\n${both}`],
  ["a blank line at the end", "[default]\nregion = us-east-1\n\n", `[default]\nregion = us-east-1\n\n[profile work]\n${both}`],
  ["no line feed at the end", "# mine", `# mine\n\n[profile work]\n${both}`],
  ["CRLF", "# mine\r\n[default]\r\noutput = json\r\n", `# mine\r\n[default]\r\noutput = json\r\n\r\n[profile work]\r\n${both.replaceAll("\n", "\r\n")}`],
  ["a byte order mark", "\ufeff[default]\noutput = json\n", `\ufeff[default]\noutput = json\n\n[profile work]\n${both}`],
  ["a section that is there", "[profile work]\noutput = json\n[profile x]\n", `[profile work]\n${both}output = json\n[profile x]\n`],
  ["a heading without a line feed", "[profile work]", `[profile work]\n${both}`],
  ["a quoted heading with a comment", '[ profile  "work" ] # mine\noutput = json\n', `[ profile  "work" ] # mine\n${both}output = json\n`],
  ["a section that is indented", "[profile work]\n  output = json\n  cli_pager =\n", `[profile work]\n  ${both.replace("\n", "\n  ")}  output = json\n  cli_pager =\n`],
  ["a nested block", "[profile work]\ns3 =\n  addressing_style = path\n", `[profile work]\n${both}s3 =\n  addressing_style = path\n`],
  ["the same names in a nested block", "[profile work]\ns3 =\n  region = x\n", `[profile work]\n${both}s3 =\n  region = x\n`],
  ["both there", `[profile work]\n# a\nregion=us-east-1\n; b\nCredential_Process : old\n`, `[profile work]\n# a\nregion=eu-central-1\n; b\nCredential_Process : ${process}\n`],
  ["all as it is to be", `[profile work]\n${both}`, `[profile work]\n${both}`],
  ["a section of that name for something else", "[services work]\ns3 =\n", `[services work]\ns3 =\n\n[profile work]\n${both}`],
];

for (const [name, before, after] of edits) {
  Deno.test(`settings go into ${name}, and nothing else changes`, () => {
    assert.equal(withSettings(before, "work", settings), after);
    assert.equal(withSettings(after, "work", settings), after);
  });
}

for (
  const [name, before] of [
    ["an empty file", ""],
    ["a file with others", "[default]\nregion = us-east-1\n"],
    ["CRLF", "# mine\r\n[default]\r\noutput = json\r\n"],
    ["a section that has something", "[profile work]\noutput = json\nregion = eu-central-1\n"],
    ["a section of default with its region", "[default]\nregion = eu-central-1\n# x\n"],
  ] as const
) {
  Deno.test(`what was put into ${name} comes out again without a trace`, () => {
    const profile = before.startsWith("[default]\nregion = eu") ? "default" : "work";
    const after = withSettings(before, profile, settings);
    assert.notEqual(after, before);
    assert.equal(withoutSettings(after, profile, ["credential_process"]), before);
  });
}

Deno.test("a section with a comment of its own stays when the settings go", () => {
  const text = `[profile work]\n# mine\n${both}`;
  assert.equal(
    withoutSettings(text, "work", ["credential_process"]),
    "[profile work]\n# mine\nregion = eu-central-1\n",
  );
});

for (
  const [name, text, reason, line] of [
    ["two sections of that name", "[profile work]\n[profile 'work']\n", "twice", 2],
    ["a setting that comes twice", "[profile work]\nregion = a\nregion = b\n", "twice", 3],
    [
      "a value that goes on in the next line",
      "[profile work]\ncredential_process = a\n  b\n",
      "goes on",
      2,
    ],
  ] as const
) {
  Deno.test(`${name} is refused, since the SDKs read it differently`, () => {
    assert.throws(
      () => withSettings(text, "work", settings),
      (error) =>
        error instanceof ConfigShapeError && error.reason === reason && error.line === line,
    );
  });
}

// deno-fmt-ignore -- a table
for (
  const [name, texts, expected] of [
    ["a key in the credentials file", { credentials: "[work]\naws_access_key_id = A\n" }, ["credentials", "aws_access_key_id", 2, "key"]],
    ["a key of another AWS profile", { credentials: "[other]\naws_access_key_id = A\n" }, undefined],
    ["a key in the configuration", { config: "[profile work]\nAWS_SECRET_ACCESS_KEY=x\n" }, ["config", "aws_secret_access_key", 2, "key"]],
    ["an SSO session", { config: "[profile work]\nregion = a\nsso_session = s\n" }, ["config", "sso_session", 3, "sso"]],
    ["SSO of another AWS profile", { config: "[profile other]\nsso_session = s\n" }, undefined],
    ["a role", { config: "[profile work]\nrole_arn = r\n" }, ["config", "role_arn", 2, "role"]],
    ["a login", { config: "[profile work]\nlogin_session = r\n" }, ["config", "login_session", 2, "login"]],
    ["another process in the credentials file", { credentials: "[work]\ncredential_process = x\n" }, ["credentials", "credential_process", 2, "process"]],
    ["a process in the configuration", { config: "[profile work]\ncredential_process = x\n" }, undefined],
    ["a commented key", { credentials: "[work]\n# aws_access_key_id = A\n" }, undefined],
  ] as const
) {
  Deno.test(`${name} ${expected ? "goes before credential_process" : "is in nobody's way"}`, () => {
    const [first] = shadows({ config: "", credentials: "", ...texts }, "work");
    assert.deepEqual(first && [first.file, first.name, first.line, first.kind], expected);
  });
}
