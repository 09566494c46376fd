import assert from "node:assert/strict";
import { startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { imageTest, mountedImage } from "../support/images.ts";
import { tryPermissions } from "../support/permissions.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { exampleSecrets, homeWithSecrets, testIdentity } from "../support/sops_file.ts";

const [keyId, secret] = exampleSecrets;
const otherSecret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
const token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const user = ".claude/settings.json";

const plaintextSettings = `{
  "theme": "dark",
  "env": {
    "AWS_ACCESS_KEY_ID": "${keyId}",
    "AWS_SECRET_ACCESS_KEY": "${secret}",
    "AWS_REGION": "us-west-2",
    "GITHUB_TOKEN": "${token}"
  },
  "permissions": {
    "allow": ["Bash(npm run *)"]
  },
  "unknown": [1, 2]
}
`;

async function homeWith(files: Readonly<Record<string, string>>): Promise<Home> {
  const home = await temporaryHome({ ...await homeWithSecrets(), ...files });
  return home;
}

async function json(home: Home, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await home.read(name));
}

const configure = (home: Home, ...args: string[]) => home.run(["claude", "configure", ...args]);

Deno.test("claude configure --static hands out the key itself, and the command stays ours", async () => {
  await using home = await homeWith({});
  assert.equal((await configure(home, "--static", "--yes")).code, 0);
  const { awsCredentialExport } = await json(home, user);
  assert.match(String(awsCredentialExport), / --format claude --static -f \S+\/aws\.yaml$/);
  const { stdout } = await home.program("/bin/sh", ["-c", String(awsCredentialExport)]);
  assert.deepEqual(JSON.parse(stdout).Credentials, { AccessKeyId: keyId, SecretAccessKey: secret });
  assert.equal((await configure(home, "--remove", "--yes")).code, 0);
  assert.equal((await json(home, user)).awsCredentialExport, undefined);
});

Deno.test("claude configure writes the command, region, model and rules, and takes the plaintext out", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  const result = await configure(
    home,
    "--yes",
    "--small-model",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  );
  assert.equal(result.code, 0, result.stderr);
  const { awsCredentialExport, env, permissions, theme, unknown } = await json(home, user);
  assert.match(
    String(awsCredentialExport),
    / credential-process --format claude -f \S+\/secrets\/aws\.yaml$/,
  );
  assert.deepEqual(env, {
    AWS_REGION: "us-east-1",
    GITHUB_TOKEN: token,
    CLAUDE_CODE_USE_BEDROCK: "1",
    ANTHROPIC_MODEL: "us.anthropic.claude-sonnet-4-6",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    ANTHROPIC_BEDROCK_BASE_URL: "https://bedrock-runtime.us-east-1.amazonaws.com",
  });
  const { allow, deny } = permissions as Record<string, string[]>;
  assert.deepEqual(allow, ["Bash(npm run *)"]);
  assert.deepEqual(deny, [
    "Read(~/.config/sops/age/keys.txt)",
    "Read(//run/secrets/**)",
    "Read(//run/secrets.d/**)",
    `Read(/${home.runtime}/credsmith/**)`,
    "Read(//run/user/*/credsmith/**)",
    "Read(//dev/shm/credsmith-*/**)",
  ]);
  assert.deepEqual([theme, unknown], ["dark", [1, 2]]);
  assert.match(result.stdout, /^- {4}"AWS_SECRET_ACCESS_KEY": "<secret>",$/m);
  assert.match(
    result.stdout,
    /^The old ~\/\.claude\/settings\.json: (overwritten|best effort|not)/m,
  );
  assert.match(result.stdout, /^Claude Code uses default of secrets\/aws\.yaml \(/m);
  assert.match(result.stderr, /^A key lay there in plaintext; replace it: credsmith rotate$/m);
  assertAbsent(result.stdout + result.stderr, [secret, token], "the output");
  assert.deepEqual((await home.files()).filter((name) => name.startsWith(".claude")), [user]);
});

Deno.test("the command that claude configure writes gives Claude Code the credentials", async () => {
  await using home = await homeWith({});
  assert.equal((await configure(home, "--yes")).code, 0);
  const { awsCredentialExport } = await json(home, user);
  await using standin = startStandin();
  const result = await home.program("sh", ["-c", String(awsCredentialExport)], {
    cwd: "/",
    env: standin.env,
  });
  assert.equal(result.code, 0, result.stderr);
  const { Credentials } = JSON.parse(result.stdout);
  assert.ok(standin.state.sessions.has(Credentials.AccessKeyId));
});

Deno.test("claude configure run again says that it is done already, and writes nothing", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  assert.equal((await configure(home, "--yes")).code, 0);
  const before = await Deno.stat(`${home.path}/${user}`);
  const result = await configure(home);
  assert.equal(result.code, 0, result.stderr);
  assert.equal(
    result.stdout,
    "Claude Code uses default of secrets/aws.yaml already; nothing to change\n",
  );
  assert.equal((await Deno.stat(`${home.path}/${user}`)).ino, before.ino);
});

Deno.test("claude configure --remove takes out what it wrote, byte for byte", async () => {
  const settings = `{\n\t// mine\n\t"theme": "dark", /* dark */\n\t"env": {"A": "b"}\n}`;
  await using home = await homeWith({ [user]: settings });
  assert.equal((await configure(home, "--yes")).code, 0);
  assert.match(await home.read(user), /credential-process/);
  const result = await configure(home, "--remove", "--yes");
  assert.equal(result.code, 0, result.stderr);
  assert.equal(await home.read(user), settings);
  const again = await configure(home, "--remove");
  assert.match(again.stdout, /^Nothing to take out/);
});

Deno.test("comments, order, BOM, CRLF and mode survive, and Claude's strictness is mentioned", async () => {
  const settings = `\uFEFF{\r\n    // mine\r\n    "b": 1,\r\n    "a": [1,2 , 3], // odd\r\n}\r\n`;
  await using home = await homeWith({});
  await home.write(user, settings, 0o640);
  const result = await configure(home, "--yes");
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    result.stderr,
    /^~\/\.claude\/settings\.json:2: a comment, which JSON does not have; Claude Code\n {2}wants/m,
  );
  const bytes = await Deno.readFile(`${home.path}/${user}`);
  const after = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  assert.ok(after.startsWith(settings.replace("}\r\n", "")));
  assert.ok(!/[^\r]\n/.test(after));
  assert.equal((await Deno.stat(`${home.path}/${user}`)).mode! & 0o777, 0o640);
});

Deno.test("a link to a settings file stays a link", async () => {
  await using home = await homeWith({ "dotfiles/claude.json": plaintextSettings });
  await Deno.mkdir(`${home.path}/.claude`);
  await Deno.symlink("../dotfiles/claude.json", `${home.path}/${user}`);
  assert.equal((await configure(home, "--yes")).code, 0);
  assert.equal(await Deno.readLink(`${home.path}/${user}`), "../dotfiles/claude.json");
  assert.match(await home.read("dotfiles/claude.json"), /credential-process/);
  assert.ok(!(await home.read("dotfiles/claude.json")).includes(secret));
});

const lost = [
  ["a secret key", {
    AWS_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE",
    AWS_SECRET_ACCESS_KEY: otherSecret,
  }],
  ["a Bedrock API key", { AWS_BEARER_TOKEN_BEDROCK: "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl" }],
] as const;
for (const [name, env] of lost) {
  Deno.test(`claude configure refuses to lose ${name} that is kept nowhere else`, async () => {
    const settings = JSON.stringify({ env }, null, 2);
    await using home = await homeWith({ [user]: settings });
    for (const flag of ["--yes", "--dry-run", "--json"]) {
      const result = await configure(home, flag);
      assert.equal(result.code, 8, result.stderr);
      assert.match(
        result.stderr,
        /^Cannot take out AWS_\w+: "secrets\/aws\.yaml" does not keep it\n {2}~\/\.claude/m,
      );
      assertAbsent(result.stdout + result.stderr, Object.values(env).slice(-1), "the output");
    }
    assert.equal(await home.read(user), settings);
    const discarded = await configure(home, "--yes", "--discard");
    assert.equal(discarded.code, 0, discarded.stderr);
    assert.ok(!(await home.read(user)).includes(Object.values(env).at(-1)!));
  });
}

Deno.test("session credentials go without a question: they end by themselves", async () => {
  await using home = await homeWith({
    [user]: JSON.stringify({
      env: {
        AWS_ACCESS_KEY_ID: "ASIAI44QH8DHBEXAMPLE",
        AWS_SECRET_ACCESS_KEY: otherSecret,
        AWS_SESSION_TOKEN: "IQoJb3JpZ2luX2VjEXAMPLE",
        AWS_PROFILE: "work",
      },
    }),
  });
  const result = await configure(home, "--yes");
  assert.equal(result.code, 0, result.stderr);
  const { env } = await json(home, user);
  assert.deepEqual(
    Object.keys(env as object).filter((name) => /ACCESS|TOKEN|PROFILE/.test(name)),
    [],
  );
});

Deno.test("your local settings lose what overrides yours; the project's are only named", async () => {
  await using home = await homeWith({
    "app/.git/HEAD": "",
    "app/.claude/settings.local.json": JSON.stringify({ env: { AWS_PROFILE: "work", X: "1" } }),
    "app/.claude/settings.json": `{\n  "env": {\n    "AWS_REGION": "eu-west-1"\n  }\n}`,
  });
  const args = ["claude", "configure", "--yes", "-f", `${home.path}/secrets/aws.yaml`];
  const result = await home.run(args, { cwd: `${home.path}/app` });
  assert.equal(result.code, 9, result.stderr);
  assert.deepEqual(await json(home, "app/.claude/settings.local.json"), { env: { X: "1" } });
  assert.match(
    result.stderr,
    /^\.claude\/settings\.json:3 sets env\.AWS_REGION for everyone; --local overrides it\n {2}for you$/m,
  );
  assert.match(
    result.stderr,
    /^Claude Code would still use another region: \.claude\/settings\.json:3 sets\n {2}env\.AWS_REGION$/m,
  );
  const local = await home.run([...args, "--local"], { cwd: `${home.path}/app` });
  assert.equal(local.code, 0, local.stderr);
  const { env } = await json(home, "app/.claude/settings.local.json");
  assert.equal((env as Record<string, string>).AWS_REGION, "us-east-1");
});

Deno.test("a shell variable that goes before everything is named, and the exit code is 9", async () => {
  await using home = await homeWith({});
  const result = await home.run(["claude", "configure", "--yes", "--json"], {
    env: { AWS_BEARER_TOKEN_BEDROCK: "ABSKQmVkcm9jaw" },
  });
  assert.equal(result.code, 9);
  const { deviations, ok } = JSON.parse(result.stdout);
  assert.equal(ok, false);
  assert.deepEqual(deviations, [{
    what: "key",
    from: { kind: "environment", name: "AWS_BEARER_TOKEN_BEDROCK" },
    where: "AWS_BEARER_TOKEN_BEDROCK is set in this shell",
  }]);
});

Deno.test("shared project settings get no path of this machine", async () => {
  await using home = await homeWith({ ".git/HEAD": "" });
  const result = await home.run(["claude", "configure", "--project", "--yes"], {
    env: { CLAUDE_CONFIG_DIR: `${home.path}/claude-work` },
  });
  assert.equal(result.code, 0, result.stderr);
  const { awsCredentialExport } = await json(home, user);
  assert.equal(awsCredentialExport, "credsmith credential-process --format claude");
  assert.equal(await home.exists("claude-work"), false);
});

Deno.test("claude configure --json reports files, names and the masked diff", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  const result = await configure(home, "--yes", "--json");
  assert.equal(result.code, 0, result.stderr);
  const { version, ok, already, files } = JSON.parse(result.stdout);
  assert.deepEqual([version, ok, already], [1, true, false]);
  assert.equal(files[0].file, `${home.path}/${user}`);
  assert.deepEqual(files[0].removed, ["env.AWS_ACCESS_KEY_ID", "env.AWS_SECRET_ACCESS_KEY"]);
  assert.ok(files[0].set.includes("awsCredentialExport"));
  assert.equal(files[0].written, true);
  assert.equal(typeof files[0].old.claim, "string");
  assertAbsent(result.stdout + result.stderr, [secret, token], "the output");
});

const broken = [
  ["that is no JSON", "{", /^Cannot read ".*settings\.json", line 1: /m],
  ["that is not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /it is not UTF-8/],
  [
    "whose env is no object",
    `{"env": []}`,
    /^Cannot change ".*settings\.json": "env" is not an object$/m,
  ],
] as const;
for (const [name, content, message] of broken) {
  Deno.test(`claude configure leaves a file alone ${name}`, async () => {
    await using home = await homeWith({});
    await home.write(user, content);
    const before = await Deno.readFile(`${home.path}/${user}`);
    const result = await configure(home, "--yes");
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, message);
    assert.deepEqual(await Deno.readFile(`${home.path}/${user}`), before);
  });
}

Deno.test("without a terminal claude configure shows the diff and names the missing flag", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  const result = await configure(home);
  assert.equal(result.code, 2);
  assert.match(result.stdout, /^\+ {2}"awsCredentialExport": /m);
  assert.match(
    result.stderr,
    /^Nobody can be asked, because there is no terminal: --yes is missing$/m,
  );
  assert.equal(await home.read(user), plaintextSettings);
});

Deno.test("claude configure --dry-run needs no answer and changes nothing", async () => {
  await using home = await homeWith({});
  const result = await configure(home, "--dry-run");
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^--- \/dev\/null\n\+\+\+ ~\/\.claude\/settings\.json\n/);
  assert.equal(await home.exists(".claude"), false);
});

const misuses = [
  ["two scopes", ["--user", "--local"], /^--user, --project and --local exclude one another$/m],
  ["the home folder as a project", ["--project"], /^In the home folder the project's settings/m],
  ["a region that is none", ["--region", "Ireland"], /^"Ireland" is no AWS region$/m],
  ["a profile that is none", ["--profile", "No Such"], /No Such/],
] as const;
for (const [name, args, message] of misuses) {
  Deno.test(`claude configure refuses ${name}`, async () => {
    await using home = await homeWith({});
    const result = await configure(home, "--yes", ...args);
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(await home.exists(".claude"), false);
  });
}

Deno.test("a new settings file and its folder are the user's alone", async () => {
  await using home = await homeWith({});
  assert.equal((await configure(home, "--yes")).code, 0);
  const mode = async (name: string) => (await Deno.stat(`${home.path}/${name}`)).mode! & 0o777;
  assert.equal(await mode(user), 0o600);
  assert.equal(await mode(".claude"), 0o700);
});

peerTest(["script"], "on a terminal claude configure asks; no means no", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  const command = [...credsmith, "claude", "configure"];
  const no = await onTerminal(home, command, [["Write this? [Y/n]", "n\r"]]);
  assert.equal(no.code, 0);
  assert.match(no.shown, /Nothing was changed/);
  assert.equal(await home.read(user), plaintextSettings);
  const yes = await onTerminal(home, command, [["Write this? [Y/n]", "\r"]]);
  assert.equal(yes.code, 0);
  assert.match(await home.read(user), /credential-process/);
  assertAbsent(yes.shown, [secret], "the terminal");
});

imageTest(
  ["mkfs.ext4"],
  "after claude configure the plaintext is not on the disk any more",
  async () => {
    await using image = await mountedImage(64, ["mkfs.ext4", "-q"], ["data=ordered"]);
    await using home = await homeWith({});
    const folder = `${image.folder}/claude`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/settings.json`, plaintextSettings);
    assert.ok(await image.count(secret) > 0);
    const result = await home.run(["claude", "configure", "--yes"], {
      env: { CLAUDE_CONFIG_DIR: folder },
    });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /: overwritten$/m);
    await image.unmount();
    assert.equal(await image.count(secret), 0);
  },
);

Deno.test("keys in comments and commands are masked in the diff", async () => {
  await using home = await homeWith({
    [user]: `{\n  // old: ${secret}\n  "apiKeyHelper": "echo sk-ant-api03-abcdefghijkl"\n}`,
  });
  const result = await configure(home, "--dry-run");
  assert.equal(result.code, 0, result.stderr);
  const seen = result.stdout + result.stderr;
  assertAbsent(seen, [secret, "sk-ant-api03-abcdefghijkl", testIdentity], "the output");
});

Deno.test("claude configure can read and write when it is through, and nothing else", async () => {
  await using home = await homeWith({ [user]: plaintextSettings });
  const result = await tryPermissions(home, ["claude", "configure", "--yes"]);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual([...result.left].sort(), ["read", "write"]);
});
