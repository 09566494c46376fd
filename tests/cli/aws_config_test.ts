import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { onTerminal } from "../support/pty.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

const text = `${exampleText}profiles:
    work:
        access_key_id: ${exampleSecrets[0]}
        secret_access_key: ${exampleSecrets[1]}
        region: eu-central-1
    api-key:
        bedrock_api_key: bedrock-api-key-EXAMPLE
`;
const config = ".aws/config";

async function homeWith(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Home> {
  return await temporaryHome({ ...await homeWithSecrets({ text }), ...files });
}

const awsConfig = (home: Home, ...args: string[]) => home.run(["aws-config", ...args]);

Deno.test("aws-config writes the AWS profile of the same name", async () => {
  await using home = await homeWith();
  const { code, stdout, stderr } = await awsConfig(home, "work", "--yes");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^--- \/dev\/null\n\+\+\+ ~?\S*\.aws\/config\n@@/);
  assert.match(stdout, /\nAWS profile "work" uses profile work: AWS_PROFILE=work\n$/);
  const written = await home.read(config);
  const [heading, process, region, ...rest] = written.split("\n");
  assert.equal(heading, "[profile work]");
  assert.match(process!, /^credential_process = \/.* credential-process -f \S+\/aws\.yaml work$/);
  assert.deepEqual([region, ...rest], ["region = eu-central-1", ""]);
  const { mode } = await Deno.stat(`${home.path}/${config}`);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  assertAbsent(written + stdout + stderr, [exampleSecrets[1]], "the output");

  const again = await awsConfig(home, "work", "--yes");
  assert.match(again.stdout, /^Nothing to change in /);
  const removed = await awsConfig(home, "work", "--remove", "--yes");
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(await home.read(config), "");
});

Deno.test("aws-config writes [default] for default, and keeps a region that stands there", async () => {
  await using home = await homeWith({ [config]: "[default]\r\nregion = sa-east-1\r\n" });
  await awsConfig(home, "--yes");
  assert.match(
    await home.read(config),
    /^\[default\]\r\ncredential_process = .* default\r\nregion = sa-east-1\r\n$/,
  );
  await awsConfig(home, "--yes", "--region", "eu-west-1");
  assert.match(await home.read(config), /\r\nregion = eu-west-1\r\n$/);
});

Deno.test("aws-config keeps a link, and the mode of what it leads to", async () => {
  await using home = await homeWith({ "dotfiles/aws": "# mine\n" });
  await Deno.mkdir(`${home.path}/.aws`);
  await Deno.symlink("../dotfiles/aws", `${home.path}/${config}`);
  await Deno.chmod(`${home.path}/dotfiles/aws`, 0o640);
  const { code } = await awsConfig(home, "work", "--yes");
  assert.equal(code, 0);
  assert.ok((await Deno.lstat(`${home.path}/${config}`)).isSymlink);
  assert.equal(((await Deno.stat(`${home.path}/${config}`)).mode ?? 0) & 0o777, 0o640);
  assert.match(await home.read("dotfiles/aws"), /^# mine\n\n\[profile work\]\n/);
  assert.deepEqual((await home.files()).filter((name) => name.includes("tmp")), []);
});

Deno.test("the command that aws-config writes gives the key, wherever the file is", async () => {
  await using home = await homeWith();
  const path = `${home.path}/it's #1; $HOME/my secrets é.yaml`;
  await home.write(path, await home.read("secrets/aws.yaml"));
  const { code, stderr } = await awsConfig(home, "work", "-f", path, "--static", "--yes");
  assert.equal(code, 0, stderr);
  const [, command] = (await home.read(config)).match(/^credential_process = (.*)$/m) ?? [];
  const given = await home.program("/bin/sh", ["-c", command!], { cwd: "/" });
  assert.equal(JSON.parse(given.stdout).AccessKeyId, exampleSecrets[0], given.stderr);
});

Deno.test("aws-config --manifest names the manifest, and needs no identity", async () => {
  await using home = await homeWith({
    "s/id": exampleSecrets[0],
    "s/secret": exampleSecrets[1],
    "s/region": "eu-north-1",
  });
  await Deno.remove(`${home.path}/.config`, { recursive: true });
  const files = {
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "region",
  };
  const manifest = {
    version: 1,
    directory: `${home.path}/s`,
    unset: [],
    profiles: { ci: { files } },
  };
  await home.write("m.json", JSON.stringify(manifest));
  const { code, stderr } = await awsConfig(home, "ci", "--manifest", "m.json", "--yes");
  assert.equal(code, 0, stderr);
  assert.match(
    await home.read(config),
    /^\[profile ci\]\n.* credential-process --manifest \/\S+\/m\.json ci\nregion = eu-north-1\n$/,
  );
});

Deno.test("aws-config heeds AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE", async () => {
  await using home = await homeWith({ "creds": "[work]\naws_access_key_id = AKIAEXAMPLE\n" });
  const env = { AWS_CONFIG_FILE: `${home.path}/other` };
  const { code } = await home.run(["aws-config", "work", "--yes"], { env });
  assert.equal(code, 0);
  assert.match(await home.read("other"), /^\[profile work\]\n/);
  assert.ok(!await home.exists(config));
  const shadowed = await home.run(["aws-config", "work", "--yes"], {
    env: { ...env, AWS_SHARED_CREDENTIALS_FILE: `${home.path}/creds` },
  });
  assert.equal(shadowed.code, 8);
});

Deno.test("aws-config goes well with the command that init leaves in ~/.aws/credentials", async () => {
  await using home = await homeWith();
  const printed = await awsConfig(home, "work", "--print");
  const [, line] = printed.stdout.match(/^(credential_process = .*)$/m)!;
  await home.write(".aws/credentials", `[work]\n${line}\n`);
  const first = await awsConfig(home, "work", "--yes");
  assert.equal(first.code, 0, first.stderr);
  assert.equal(await home.read(config), "[profile work]\nregion = eu-central-1\n");
  const again = await awsConfig(home, "work", "--yes");
  assert.match(again.stdout, /^Nothing to change in ~\/\.aws\/config$/m);
  const otherwise = await awsConfig(home, "work", "--static", "--yes");
  assert.equal(otherwise.code, 8);
  assert.match(otherwise.stderr, /~\/\.aws\/credentials, line 2 sets credential_process/);
});

Deno.test("aws-config --print, --dry-run and a no write nothing", async () => {
  await using home = await homeWith();
  const printed = await awsConfig(home, "work", "--print", "--static", "--reveal");
  assert.match(
    printed.stdout,
    /^\[profile work\]\ncredential_process = .* --static --reveal work\nregion = eu-central-1\n$/,
  );
  const dry = await awsConfig(home, "work", "--dry-run");
  assert.match(dry.stdout, /^\+\[profile work\]$/m);
  const asked = await onTerminal(home, [...credsmith, "aws-config", "work"], [
    ["Write this?", "n\r"],
  ]);
  assert.match(asked.shown, /Nothing was changed/);
  assert.ok(!await home.exists(config));
});

Deno.test("aws-config --json is one document", async () => {
  await using home = await homeWith();
  const { stdout, stderr } = await awsConfig(home, "work", "--yes", "--json", "--aws-profile", "a");
  const { diff, command, file, ...rest } = JSON.parse(stdout);
  assert.match(diff, /^\+\[profile a\]$/m);
  assert.match(command, / credential-process -f \S+ work$/);
  assert.equal(file, `${home.path}/${config}`);
  assert.deepEqual(rest, {
    version: 1,
    ok: true,
    awsProfile: "a",
    profile: "work",
    written: true,
    notes: [],
  });
  assert.equal(stderr, "");
});

Deno.test("aws-config shows no key that stands in the file", async () => {
  await using home = await homeWith({
    [config]: `[profile other]\naws_secret_access_key = ${exampleSecrets[1]}\n`,
  });
  const { stdout } = await awsConfig(home, "work", "--yes");
  assert.match(stdout, /^ aws_secret_access_key = <secret>$/m);
  assertAbsent(stdout, [exampleSecrets[1]], "the diff");
  assert.ok((await home.read(config)).includes(exampleSecrets[1]));
});

Deno.test("of aws-config that run at once, none undoes another", async () => {
  await using home = await homeWith({ [config]: "# mine\n" });
  const names = ["a", "b", "c", "d"];
  const results = await Promise.all(
    names.map((name) => awsConfig(home, "work", "--yes", "--aws-profile", name)),
  );
  const written = await home.read(config);
  assert.match(written, /^# mine\n/);
  for (const [index, { code, stderr }] of results.entries()) {
    assert.ok([0, 8].includes(code), stderr);
    assert.equal(written.includes(`[profile ${names[index]}]`), code === 0);
  }
});

// deno-fmt-ignore -- a table
for (
  const [name, files, args, code, stderr] of [
    ["a key of that AWS profile", { ".aws/credentials": "[work]\naws_access_key_id = AKIAEXAMPLE\n" }, ["work"], 8, /^AWS profile "work" would not use credential_process: \S*credentials, line 2 sets aws_access_key_id, and the AWS SDKs take that key first\n {2}credsmith init /],
    ["SSO settings", { [config]: "[profile work]\nsso_session = acme\n" }, ["work"], 8, /line 2 sets sso_session, and some AWS SDKs log in there first\n/],
    ["a role", { [config]: "[profile work]\nrole_arn = x\n" }, ["work"], 8, /sets role_arn, and the AWS SDKs assume that role first\n/],
    ["another process", { [config]: "[profile work]\ncredential_process = /bin/other\n" }, ["work"], 8, /^AWS profile "work" has a credential_process already, which is not ours \(\S*, line 2\)\n {2}--replace /],
    ["a section that comes twice", { [config]: "[profile work]\n[profile work]\n" }, ["work"], 2, /^Cannot change "\S*config", line 2: "\[profile work\]" stands there twice, which botocore refuses\n/],
    ["a file that is not UTF-8", { [config]: new Uint8Array([0xff, 10]) }, ["work"], 2, /^Cannot change "\S*config": it is not UTF-8\n/],
    ["a Bedrock API key", {}, ["api-key"], 5, /^Cannot give profile "api-key" to an AWS SDK: /],
    ["an unknown profile", {}, ["nope"], 2, /^Cannot use profile "nope": there is no such profile\n/],
    ["a name with a blank", {}, ["work", "--aws-profile", "a b"], 2, /^Cannot use "a b" as the name of an AWS profile: /],
    ["no region", {}, ["work", "--region", "x; y"], 2, /^"x; y" is no AWS region\n/],
    ["a folder with a line feed", { "a\nb/aws.yaml": "" }, ["work", "-f", "a\nb/aws.yaml"], 2, /./],
  ] as const
) {
  Deno.test(`aws-config refuses ${name} and changes nothing`, async () => {
    await using home = await homeWith(files);
    if (name.includes("line feed")) {
      await Deno.copyFile(`${home.path}/secrets/aws.yaml`, `${home.path}/a\nb/aws.yaml`);
    }
    const before = await home.read(config).catch(() => undefined);
    const result = await awsConfig(home, ...args, "--yes");
    assert.match(result.stderr, stderr);
    assert.equal(result.code, code, result.stderr);
    assert.equal(result.stdout, "");
    assert.equal(await home.read(config).catch(() => undefined), before);
  });
}

Deno.test("aws-config --replace takes the place of another process", async () => {
  await using home = await homeWith({ [config]: "[profile work]\ncredential_process = /bin/x\n" });
  const { code } = await awsConfig(home, "work", "--replace", "--yes");
  assert.equal(code, 0);
  assert.match(
    await home.read(config),
    /^\[profile work\]\nregion = .*\ncredential_process = .* work\n$/,
  );
});

Deno.test("aws-config asks nobody where there is no terminal", async () => {
  await using home = await homeWith();
  const { code, stderr } = await awsConfig(home, "work");
  assert.equal(code, 2);
  assert.match(stderr, /^Nobody can be asked, because there is no terminal: --yes is missing\n/);
  assert.ok(!await home.exists(config));
});
