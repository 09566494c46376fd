import assert from "node:assert/strict";
import { exampleKey } from "../support/aws/standin.ts";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import { tryPermissions } from "../support/permissions.ts";
import { exampleText, homeWithSecrets } from "../support/sops_file.ts";

const { id, secret } = exampleKey;
const text = `${exampleText}profiles:
    session:
        access_key_id: ASIAIOSFODNN7EXAMPLE
        secret_access_key: ${secret}
        session_token: IQoJb3JpZ2luX2VjEXAMPLE
    role:
        role_arn: arn:aws:iam::123456789012:role/ci
        source_profile: default
    half:
        access_key_id: ${id}
    mfa:
        access_key_id: ${id}
        secret_access_key: ${secret}
        mfa_serial: arn:aws:iam::123456789012:mfa/dev
    api-key:
        bedrock_api_key: bedrock-api-key-EXAMPLE
`;

async function homeFor(): Promise<Home> {
  const home = await temporaryHome(await homeWithSecrets({ text }));
  return home;
}

const key = { AccessKeyId: id, SecretAccessKey: secret };
const session = {
  AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
  SecretAccessKey: secret,
  SessionToken: "IQoJb3JpZ2luX2VjEXAMPLE",
};
const documents: readonly (readonly [args: readonly string[], expected: unknown])[] = [
  [["--static"], { Version: 1, ...key }],
  [["--format", "aws", "session"], { Version: 1, ...session }],
  [["--format", "claude", "--static"], { Credentials: key }],
  [["--format", "claude", "session"], { Credentials: session }],
];

for (const [args, expected] of documents) {
  Deno.test(`credential-process ${args.join(" ")} gives the documented form`, async () => {
    await using home = await homeFor();
    const { code, stdout, stderr } = await home.run(["credential-process", ...args]);
    assert.deepEqual(JSON.parse(stdout), expected);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });
}

// deno-fmt-ignore -- a table
const failures: readonly (readonly [
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  code: number,
  stderr: RegExp,
])[] = [
  ["an unknown profile", ["nope"], {}, 2, /^Cannot use profile "nope": there is no such profile\n/],
  ["a role's own key", ["--static", "role"], {}, 2, /^Cannot give the key of profile "role": it is a role, which has none\n {2}leave out --static\n/],
  ["a Bedrock API key", ["api-key"], {}, 5, /^Cannot give profile "api-key" to an AWS SDK: it has a Bedrock API key, /],
  ["an MFA device and no terminal", ["mfa"], {}, 5, /^Cannot have a session for profile "mfa": it takes a code of mfa\/dev, and there is no terminal to ask for it on\n {2}run on a terminal: credsmith login mfa\n$/],
  ["AWS out of reach", [], {}, 7, /^Cannot make a session of its key for profile "default": /],
  ["a profile without a secret", ["half"], {}, 5, /^Cannot use profile "half": it has no "profiles\/half\/secret_access_key"\n/],
  ["no file", ["-f", "other.yaml"], {}, 2, /other\.yaml/],
  ["an agent", [], { CLAUDECODE: "1" }, 8, /^Refused to print a key: CLAUDECODE says that an agent runs this command\n/],
];

for (const [name, args, env, code, stderr] of failures) {
  Deno.test(`credential-process with ${name} prints nothing on stdout`, async () => {
    await using home = await homeFor();
    const result = await home.run(["credential-process", ...args], { env });
    assert.equal(result.stdout, "");
    assert.match(result.stderr, stderr);
    assertAbsent(result.stderr, [secret], "stderr");
    assert.equal(result.code, code);
  });
}

Deno.test("credential-process serves Claude Code also where an agent started it", async () => {
  await using home = await homeFor();
  const env = { CLAUDECODE: "1" };
  const { code, stdout } = await home.run(
    ["credential-process", "--format", "claude", "--static"],
    { env },
  );
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { Credentials: key });
  const revealed = await home.run(["credential-process", "--static", "--reveal"], { env });
  assert.equal(revealed.code, 0);
});

/** A home with secret files, as sops-install-secrets leaves them, and a manifest. */
async function homeWithSecretFiles(): Promise<Home> {
  return await temporaryHome({
    "run/secrets.d/1/aws_access_key_id": id,
    "run/secrets.d/1/aws_secret_access_key": secret,
    "run/secrets.d/1/aws_ci_access_key_id": session.AccessKeyId,
    "run/secrets.d/1/aws_ci_secret_access_key": secret,
    "run/secrets.d/1/aws_ci_session_token": session.SessionToken,
    "run/secrets.d/1/empty": "",
  });
}

async function manifestIn(home: Home): Promise<string> {
  await Deno.symlink("secrets.d/1", `${home.path}/run/secrets`);
  const files = (prefix: string, more = {}) => ({
    AWS_ACCESS_KEY_ID: `${prefix}access_key_id`,
    AWS_SECRET_ACCESS_KEY: `${prefix}secret_access_key`,
    ...more,
  });
  const path = `${home.path}/manifest.json`;
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      version: 1,
      directory: `${home.path}/run/secrets`,
      unset: [],
      profiles: {
        default: {
          files: files("aws_", { AWS_SESSION_TOKEN: "aws_session_token" }),
          optional: ["AWS_SESSION_TOKEN"],
        },
        ci: { files: files("aws_ci_", { AWS_SESSION_TOKEN: "aws_ci_session_token" }) },
        gone: { files: files("aws_gone_") },
        empty: { files: { AWS_ACCESS_KEY_ID: "empty", AWS_SECRET_ACCESS_KEY: "empty" } },
        constant: { constants: { AWS_REGION: "eu-central-1" } },
      },
    }),
  );
  return path;
}

for (
  const [args, expected] of [
    [["--format", "claude", "--static"], { Credentials: key }],
    [["--format", "claude", "ci"], { Credentials: session }],
    [["ci"], { Version: 1, ...session }],
  ] as const
) {
  Deno.test(`credential-process --manifest ${args.join(" ")} reads secret files`, async () => {
    await using home = await homeWithSecretFiles();
    const manifest = await manifestIn(home);
    const result = await home.run(["credential-process", "--manifest", manifest, ...args]);
    assert.equal(result.stderr, "");
    assert.deepEqual(JSON.parse(result.stdout), expected);
    assert.equal(result.code, 0);
  });
}

// deno-fmt-ignore -- a table
for (
  const [name, args, code, stderr] of [
    ["an unknown profile", ["nope"], 2, /^There is no profile "nope"\n {2}profiles: default, ci,/],
    ["a profile without secret files", ["gone"], 5, /aws_gone_access_key_id/],
    ["an empty secret file", ["empty"], 5, /^Cannot use profile "empty": it has no "profiles\/empty\/access_key_id"\n/],
    ["a profile without a key", ["constant"], 5, /^Cannot use profile "constant": it has no "profiles\/constant\/access_key_id"\n/],
    ["a secrets file besides", ["-f", "aws.yaml"], 2, /^Cannot take the key from a secrets file and from secret files\n/],
  ] as const
) {
  Deno.test(`credential-process --manifest with ${name} prints nothing on stdout`, async () => {
    await using home = await homeWithSecretFiles();
    const manifest = await manifestIn(home);
    const result = await home.run(["credential-process", "--manifest", manifest, ...args]);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, stderr);
    assertAbsent(result.stderr, [secret], "stderr");
    assert.equal(result.code, code);
  });
}

Deno.test("credential-process --manifest can do nothing any more at its end", async () => {
  await using home = await homeWithSecretFiles();
  const manifest = await manifestIn(home);
  const { code, left } = await tryPermissions(home, [
    "credential-process",
    "--static",
    "--manifest",
    manifest,
  ]);
  assert.equal(code, 0);
  assert.deepEqual(left, []);
});

Deno.test("credential-process gives up all but the environment before it decrypts", async () => {
  await using home = await homeFor();
  const { code, left } = await tryPermissions(home, ["credential-process", "--static"]);
  assert.equal(code, 0);
  assert.deepEqual(left, ["env"]);
});

Deno.test("credential-process loads nothing of node", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${root}src/cli/commands/credential_process.ts`],
    cwd: root,
    stdout: "piped",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier: string } }[];
    }[];
  };
  const statically = new Set<string>();
  const visit = (specifier: string) => {
    if (statically.has(specifier)) return;
    statically.add(specifier);
    const found = modules.find((module) => module.specifier === specifier);
    for (const { isDynamic, code } of found?.dependencies ?? []) {
      if (code && !isDynamic) visit(code.specifier);
    }
  };
  visit(`file://${root}src/cli/commands/credential_process.ts`);
  assert.deepEqual([...statically].filter((each) => /^node:|yaml|aws-sdk|smithy/.test(each)), []);
});
