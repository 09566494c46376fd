import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home, type Result, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { sshToAgeIdentity } from "../../src/sops/keys/ssh.ts";
import { startStandin } from "../support/aws/standin.ts";

const id = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const otherId = "AKIAI44QH8DHBEXAMPLE";
const otherSecret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
const hostKey = "ssh-ed25519 " +
  "AAAAC3NzaC1lZDI1NTE5AAAAIGJRf8vtoCHeI6cQ8xB2Zi6ksQHWzn3ekIDHTh3rBhwE root@nimbus\n";

const csv = `\ufeffAccess key ID,Secret access key\r\n${id},${secret}\r\n`;
const credentials = [
  "# shared",
  "[default]",
  "region = eu-west-1",
  "",
  "[work]",
  `aws_access_key_id = ${id}`,
  `aws_secret_access_key = ${secret}`,
  "",
].join("\n");
const settings = JSON.stringify(
  {
    env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: "us-west-2" },
    theme: "dark",
  },
  null,
  2,
);

/** Flags that answer every question, so that nobody is asked. */
const alone = ["--no-recovery", "--no-host-key"];
const quiet = [...alone, "--no-claude"];
const offline = [...quiet, "--offline"];

/** What stands in the file, by sops's own rules of where identities are. */
async function get(home: Home, path: string): Promise<string> {
  const { code, stdout, stderr } = await home.run(["get", path, "--reveal"]);
  assert.equal(code, 0, stderr);
  return stdout.replace(/\n$/, "");
}

/** The key is in no file of the home, and in nothing that was printed. */
async function assertNowhere(
  home: Home,
  results: readonly Result[],
  except: readonly string[] = [],
) {
  for (const { stdout, stderr } of results) assertAbsent(stdout + stderr, [secret], "the output");
  for (const file of await home.files()) {
    if (except.includes(file)) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${home.path}/${file}`));
    assertAbsent(text, [secret], file);
  }
}

const sources: readonly {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly from: string;
  readonly flags?: readonly string[];
  readonly region: string;
}[] = [
  {
    name: "AWS's credentials file",
    files: {
      ".aws/credentials": credentials,
      ".aws/config": "[profile work]\nregion = eu-central-1\n",
    },
    from: "aws:work",
    region: "eu-central-1",
  },
  {
    name: "the console's CSV",
    files: { "Downloads/dev_accessKeys.csv": csv },
    from: "csv",
    region: "us-east-1",
  },
  {
    name: "a CSV that is named",
    files: { "x/keys (1).csv": csv },
    from: "csv:x/keys (1).csv",
    region: "us-east-1",
  },
  {
    name: "Claude Code's settings",
    files: { ".claude/settings.json": settings },
    from: "claude",
    flags: ["--claude"],
    region: "us-west-2",
  },
  {
    name: "two lines on stdin",
    stdin: `${id}\n${secret}\n`,
    from: "stdin",
    flags: ["--no-claude", "--region", "ap-south-1"],
    region: "ap-south-1",
  },
  {
    name: "JSON on stdin",
    stdin: JSON.stringify({ AccessKey: { AccessKeyId: id, SecretAccessKey: secret } }),
    from: "stdin",
    region: "us-east-1",
  },
  {
    name: "export lines on stdin",
    stdin: `export AWS_ACCESS_KEY_ID=${id}\nexport AWS_SECRET_ACCESS_KEY="${secret}"\n`,
    from: "stdin",
    region: "us-east-1",
  },
  {
    name: "the environment",
    env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: "eu-north-1" },
    from: "env",
    region: "eu-north-1",
  },
];
for (const { name, files, env, stdin, from, flags = ["--no-claude"], region } of sources) {
  Deno.test(`init takes a key from ${name}, proves and encrypts it, and leaves no plaintext`, async () => {
    await using home = await temporaryHome(files);
    await using aws = startStandin();
    const result = await home.run(["init", "--from", from, ...alone, ...flags], {
      env: { ...aws.env, ...env },
      ...(stdin === undefined ? {} : { stdin }),
    });
    assert.equal(result.code, 0, result.stderr);
    assert.match(
      result.stdout,
      new RegExp(`works: user/claude-dev, account 123456789012, ${region}`),
    );
    assert.match(
      result.stdout,
      /Wrote ~\/.config\/sops\/age\/keys.txt, .sops.yaml, secrets\/aws.yaml/,
    );
    assert.equal(await get(home, "aws_access_key_id"), id);
    assert.equal(await get(home, "aws_secret_access_key"), secret);
    assert.equal(await get(home, "aws_region"), region);
    await assertNowhere(home, [result]);
    assert.deepEqual(aws.log.map(({ operation }) => operation), [
      "GetCallerIdentity",
      "ListAccessKeys",
    ]);
  });
}

Deno.test("init leaves everything else in AWS's file as it was, and puts itself in the key's place", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const { code, stderr } = await home.run(["init", "--from", "aws:work", ...offline]);
  assert.equal(code, 0, stderr);
  const [before, after] = [
    credentials.split("\n"),
    (await home.read(".aws/credentials")).split("\n"),
  ];
  assert.deepEqual(after.slice(0, 5), before.slice(0, 5));
  assert.match(
    after[5]!,
    /^credential_process = .* credential-process -f .*\/secrets\/aws\.yaml default$/,
  );
  assert.deepEqual(after.slice(6), [""]);
});

Deno.test("init writes an identity for its owner's eyes only, and rules that name every recipient", async () => {
  await using home = await temporaryHome({ "host.pub": hostKey });
  const other = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const result = await home.run(
    ["init", "--from", "stdin", "--offline", "--no-recovery", "--no-claude"].concat(
      ["--host-key", "--host-key-file", `${home.path}/host.pub`, "--recipient", other],
    ),
    { stdin: `${id}\n${secret}\n`, env: { USER: "alice" } },
  );
  assert.equal(result.code, 0, result.stderr);
  const identity = await Deno.stat(`${home.path}/.config/sops/age/keys.txt`);
  const folder = await Deno.stat(`${home.path}/.config/sops/age`);
  assert.deepEqual([identity.mode! & 0o777, folder.mode! & 0o777], [0o600, 0o700]);
  const rules = await home.read(".sops.yaml");
  assert.match(rules, /- path_regex: \^secrets\/\[\^\/\]\+\\\.\(yaml\|yml\|json\)\$\n/);
  assert.match(rules, /- age1\w{58} # you, alice@\S+\n +- age1\w{58} # host \S+\n/);
  assert.ok(rules.includes(`- ${other} # added with --recipient\n`));
});

const refusals: readonly (readonly [string, {
  readonly files?: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly code: number;
  readonly stderr: RegExp;
}])[] = [
  ["without any flag it names what is missing", {
    args: ["--offline"],
    code: 2,
    stderr: /^Nobody can be asked, because there is no terminal: --from SOURCE is missing\n/,
  }],
  ["with --yes it still asks for a word about the recovery key", {
    files: { ".aws/credentials": credentials },
    args: ["--offline", "--yes"],
    code: 2,
    stderr: /--recovery-file FILE \(or --no-recovery\) is missing/,
  }],
  ["a source that has no key", {
    files: { ".aws/credentials": credentials },
    args: ["--from", "claude", ...offline],
    code: 2,
    stderr: /^No plaintext key in "claude"\n {2}there are: aws:work/,
  }],
  ["a source that is none", {
    args: ["--from", "keychain", ...offline],
    code: 2,
    stderr: /^"keychain" is not one of claude, aws:PROFILE/,
  }],
  ["two different keys in one kind of source", {
    files: { "a_accessKeys.csv": csv, "b_accessKeys.csv": csv.replace(id, otherId) },
    args: ["--from", "csv", ...offline],
    code: 2,
    stderr: /^"csv" has 2 keys\n {2}name one: csv:\S+, csv:\S+/,
  }],
  ["a session key", {
    args: ["--from", "stdin", ...offline],
    stdin: `ASIAIOSFODNN7EXAMPLE\n${secret}\n`,
    code: 2,
    stderr: /^Cannot use the key of standard input: "ASIAIOSFODNN7EXAMPLE" is a session key/,
  }],
  ["something else on stdin", {
    args: ["--from", "stdin", ...offline],
    stdin: `hello ${secret}`,
    code: 2,
    stderr: /^Cannot read a key from standard input/,
  }],
  ["a region that is none", {
    args: ["--from", "stdin", "--region", "Virginia", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /^"Virginia" is no AWS region/,
  }],
  ["a model that Bedrock does not have", {
    args: ["--from", "stdin", "--model", "opus", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /^"opus" is no model id of Bedrock/,
  }],
  ["a format that has no room for profiles", {
    args: ["--from", "stdin", "-f", "aws.env", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /^Cannot make "aws.env": dotenv has no room/,
  }],
  ["a rule whose selector would leave the key in plaintext", {
    files: {
      ".config/sops/age/keys.txt":
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n",
      ".sops.yaml": "creation_rules:\n  - encrypted_regex: ^bedrock\n" +
        "    age: age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n",
    },
    args: ["--from", "stdin", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr: /secrets\/aws.yaml/,
  }],
  ["a profile name that is none", {
    args: ["--from", "stdin", "--profile", "Work", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /Work/,
  }],
  ["a recipient that is none", {
    args: ["--from", "stdin", "--recipient", "age1nobody", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /age1nobody/,
  }],
  ["a host without an SSH key", {
    args: ["--from", "stdin", "--offline", "--no-recovery", "--no-claude", "--host-key"].concat(
      ["--host-key-file", "/nonexistent/host.pub"],
    ),
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /^Cannot encrypt to this host: there is no "\/nonexistent\/host.pub"/,
  }],
  ["an identity file that holds no identity is never written over", {
    files: { ".config/sops/age/keys.txt": "not an identity\n" },
    args: ["--from", "stdin", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr:
      /^Cannot take an identity from "~\/.config\/sops\/age\/keys.txt", and it is not written over/,
  }],
  ["a rule that does not name the user", {
    files: {
      ".sops.yaml": "creation_rules:\n  - path_regex: aws\n" +
        "    age: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n",
    },
    args: ["--from", "stdin", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr: /^The rule in ".sops.yaml" for "secrets\/aws.yaml" does not name you\n/,
  }],
  ["nobody to encrypt to", {
    args: ["--from", "stdin", "--without-me", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr: /^Nobody could open the file/,
  }],
  ["rules that a rule cannot be added to", {
    files: { ".sops.yaml": "creation_rules: []\n" },
    args: ["--from", "stdin", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr: /none can be added to it\n {2}add this under creation_rules/,
  }],
  ["a recovery key beside what it opens", {
    args: [
      "--from",
      "stdin",
      "--offline",
      "--no-host-key",
      "--no-claude",
      "--recovery-file",
      "r.txt",
    ],
    stdin: `${id}\n${secret}\n`,
    code: 8,
    stderr: /^Cannot write the recovery key to "r.txt": that is beside what it opens/,
  }],
  ["a secrets file that is not encrypted", {
    files: { "secrets/aws.yaml": "aws_region: us-east-1\n" },
    args: ["--from", "stdin", ...offline],
    stdin: `${id}\n${secret}\n`,
    code: 2,
    stderr: /secrets\/aws.yaml/,
  }],
];
for (const [name, { files, args, env, stdin, code, stderr }] of refusals) {
  Deno.test(`init refuses and changes nothing: ${name}`, async () => {
    await using home = await temporaryHome(files);
    const before = await contents(home);
    const result = await home.run(["init", ...args], {
      ...(env ? { env } : {}),
      ...(stdin === undefined ? {} : { stdin }),
    });
    assert.match(result.stderr, stderr);
    assert.equal(result.code, code);
    assertAbsent(result.stdout + result.stderr, [secret], "the output");
    assert.deepEqual(await contents(home), before);
  });
}

async function contents(home: Home): Promise<Record<string, string>> {
  const files = await home.files();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await home.read(file)])),
  );
}

const proofs: readonly (readonly [string, {
  readonly key: readonly [string, string];
  readonly settings?: Parameters<ReturnType<typeof startStandin>["set"]>[0];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly cause: string;
}])[] = [
  ["an id that AWS does not know", { key: [otherId, secret], code: 5, cause: "key_unknown" }],
  ["a wrong secret", { key: [id, otherSecret], code: 5, cause: "secret_wrong" }],
  ["a clock that is an hour off", {
    key: [id, secret],
    settings: { clockOffset: 3600 },
    code: 5,
    cause: "clock_skew",
  }],
  ["a service that is down", {
    key: [id, secret],
    settings: { faults: [{ operation: "*", fault: { kind: "status", status: 503 } }] },
    code: 7,
    cause: "service_unavailable",
  }],
  ["a portal instead of AWS", {
    key: [id, secret],
    settings: { faults: [{ operation: "*", fault: { kind: "html" } }] },
    code: 7,
    cause: "not_aws",
  }],
  ["nobody there", {
    key: [id, secret],
    env: { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9" },
    code: 7,
    cause: "connection_refused",
  }],
];
for (const [name, { key, settings, env, code, cause }] of proofs) {
  Deno.test(`init does not encrypt what AWS does not take: ${name} -> ${cause}`, async () => {
    await using home = await temporaryHome();
    await using aws = startStandin();
    if (settings) aws.set(settings);
    const result = await home.run(["init", "--from", "stdin", "--json", ...quiet], {
      stdin: `${key[0]}\n${key[1]}\n`,
      env: { ...aws.env, ...env },
    });
    assert.deepEqual([result.code, JSON.parse(result.stdout).cause], [code, cause]);
    assertAbsent(result.stdout + result.stderr, [key[1]], "the output");
    assert.deepEqual(await home.files(), []);
  });
}

const places: readonly (readonly [file: string, rules: string])[] = [
  ["secrets/aws.json", ".sops.yaml"],
  ["hosts/nimbus/aws.yaml", "hosts/nimbus/.sops.yaml"],
  ["new/secrets/aws.yaml", "new/.sops.yaml"],
];
for (const [file, rules] of places) {
  Deno.test(`init -f ${file} puts the rules into ${rules}, and the file opens`, async () => {
    await using home = await temporaryHome();
    const result = await home.run([
      "init",
      "--from",
      "stdin",
      "--profile",
      "work",
      "-f",
      file,
      ...offline,
    ], {
      stdin: `${id}\n${secret}\n`,
    });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(await home.files(), [".config/sops/age/keys.txt", file, rules].sort());
    assert.ok(result.stdout.includes(`Next: credsmith verify work -f ${file}`));
    const { stdout } = await home.run(["get", "profiles/work/access_key_id", "-f", file]);
    assert.equal(stdout.trim(), id);
  });
}

Deno.test("init uses an identity and a rule that are there, and touches neither", async () => {
  await using home = await temporaryHome();
  await home.run(["init", "--from", "stdin", ...offline], { stdin: `${id}\n${secret}\n` });
  const [identity, rules] = [
    await home.read(".config/sops/age/keys.txt"),
    await home.read(".sops.yaml"),
  ];
  await Deno.remove(`${home.path}/secrets/aws.yaml`);
  const result = await home.run(["init", "--from", "stdin", "--no-claude", "--offline"], {
    stdin: `${otherId}\n${otherSecret}\n`,
  });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^Wrote secrets\/aws.yaml\. /m);
  assert.equal(await home.read(".config/sops/age/keys.txt"), identity);
  assert.equal(await home.read(".sops.yaml"), rules);
  assert.equal(await get(home, "aws_access_key_id"), otherId);
});

Deno.test("init adds a rule to rules for other files, and keeps every byte of theirs", async () => {
  const rules = [
    "keys:",
    "  - &old age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p # ci",
    "creation_rules:",
    "# other secrets",
    "- path_regex: ^other/",
    "  age: *old   # by alias",
    "",
    "stores:",
    "  yaml: { indent: 2 }",
    "",
  ].join("\n");
  await using home = await temporaryHome({ ".sops.yaml": rules });
  const result = await home.run(["init", "--from", "stdin", ...offline], {
    stdin: `${id}\n${secret}\n`,
  });
  assert.equal(result.code, 0, result.stderr);
  const after = await home.read(".sops.yaml");
  const added = after.split("\n").filter((line) => !rules.split("\n").includes(line));
  assert.equal(after.split("\n").filter((line) => !added.includes(line)).join("\n"), rules);
  assert.match(added.join("\n"), /^- path_regex: \^secrets\/[\s\S]*# you, /);
  assert.equal(await get(home, "aws_secret_access_key"), secret);
});

peerTest(
  ["sops"],
  "sops takes the rules that init writes, and finds the file in step with them",
  async () => {
    await using home = await temporaryHome({ "host.pub": hostKey });
    const result = await home.run(
      ["init", "--from", "stdin", "--offline", "--no-recovery", "--no-claude", "--host-key"].concat(
        ["--host-key-file", `${home.path}/host.pub`],
      ),
      { stdin: `${id}\n${secret}\n` },
    );
    assert.equal(result.code, 0, result.stderr);
    const before = await home.read("secrets/aws.yaml");
    const updated = await home.program("sops", ["updatekeys", "-y", "secrets/aws.yaml"]);
    assert.equal(updated.code, 0, updated.stderr);
    assert.equal(await home.read("secrets/aws.yaml"), before);
    await home.write("secrets/other.yaml", "password: hunter2\n");
    const encrypted = await home.program("sops", ["encrypt", "secrets/other.yaml"]);
    assert.equal(encrypted.stdout.match(/recipient: age1/g)?.length, 2, encrypted.stderr);
  },
);

Deno.test("init never writes over a secrets file with another key", async () => {
  await using home = await temporaryHome();
  await home.run(["init", "--from", "stdin", ...offline], { stdin: `${id}\n${secret}\n` });
  const before = await contents(home);
  await home.write("Downloads/accessKeys.csv", csv.replace(id, otherId));
  for (const from of ["stdin", "csv"]) {
    const result = await home.run(["init", "--from", from, ...offline], {
      stdin: `${otherId}\n${otherSecret}\n`,
    });
    assert.equal(result.code, 8, result.stderr);
    assert.match(result.stderr, /^"secrets\/aws.yaml" is there already/);
  }
  await Deno.remove(`${home.path}/Downloads`, { recursive: true });
  assert.deepEqual(await contents(home), before);
});

Deno.test("init without an identity that opens the file that is there is exit 3", async () => {
  await using home = await temporaryHome();
  await home.run(["init", "--from", "stdin", ...offline], { stdin: `${id}\n${secret}\n` });
  await Deno.remove(`${home.path}/.config`, { recursive: true });
  const result = await home.run(["init", "--from", "stdin", ...offline], {
    stdin: `${id}\n${secret}\n`,
  });
  assert.equal(result.code, 3, result.stderr);
  assert.ok(!await home.exists(".config"));
});

Deno.test("init goes on where an earlier run was cut off before the plaintext was removed", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  await home.run(["init", "--from", "aws:work", "--keep-plaintext", ...offline]);
  const file = await home.read("secrets/aws.yaml");
  assert.equal(await home.read(".aws/credentials"), credentials);
  const again = await home.run(["init", "--from", "aws:work", ...offline]);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await home.read("secrets/aws.yaml"), file);
  await assertNowhere(home, [again]);
  const third = await home.run(["init", "--from", "aws:work", ...offline]);
  assert.deepEqual([third.code, third.stderr], [0, ""]);
  assert.match(third.stdout, /none lies in plaintext/);
});

Deno.test("init takes every copy of the key out, and tells of what it leaves", async () => {
  await using home = await temporaryHome({
    ".aws/credentials": credentials,
    "Downloads/accessKeys.csv": csv,
  });
  const result = await home.run(["init", "--from", "aws:work", ...offline], {
    env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
  });
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    result.stdout,
    /Removed the plaintext from AWS profile "work", ~\/Downloads\/accessKeys.csv/,
  );
  assert.match(result.stderr, /Still in plaintext: the environment/);
  assert.ok(!await home.exists("Downloads/accessKeys.csv"));
  await assertNowhere(home, [result]);
});

Deno.test("init that cannot remove the plaintext says where it still is, exit 9", async () => {
  await using home = await temporaryHome({ "accessKeys.csv": csv });
  await Deno.link(`${home.path}/accessKeys.csv`, `${home.path}/copy`);
  const result = await home.run(["init", "--from", "csv", ...offline]);
  assert.equal(result.code, 9);
  assert.match(result.stderr, /^Still in plaintext: ~\/accessKeys.csv\. /);
  assert.equal(await get(home, "aws_secret_access_key"), secret);
});

peerTest(["git"], "init tells git of its files, and of plaintext that git keeps", async () => {
  await using home = await temporaryHome({ "repo/dev_accessKeys.csv": csv });
  const cwd = `${home.path}/repo`;
  const git = (...args: string[]) => home.program("git", args, { cwd });
  await git("init", "-q");
  await git("add", "dev_accessKeys.csv");
  const result = await home.run(["init", "--from", "csv", ...offline], { cwd });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /\.sops\.yaml, secrets\/aws\.yaml \(git add -N\)/);
  assert.match(result.stderr, /dev_accessKeys.csv" is in git, whose history keeps this key/);
  const { stdout } = await git("status", "--short");
  assert.deepEqual(stdout.split("\n").filter((line) => line.startsWith(" A")), [
    " A .sops.yaml",
    " A secrets/aws.yaml",
  ]);
});

Deno.test("init --dry-run says what it would do and does nothing", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const before = await contents(home);
  const result = await home.run(["init", "--dry-run", "--from", "aws:work", ...offline]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    result.stdout,
    /^Would write ~\/.config\/sops\/age\/keys.txt, .sops.yaml, secrets\/aws.yaml$/m,
  );
  assert.match(result.stdout, /^Would remove plaintext from AWS profile "work"$/m);
  assert.deepEqual(await contents(home), before);
});

Deno.test("init --json gives one document, without the secret", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const result = await home.run(["init", "--json", "--from", "aws:work", ...offline]);
  assert.equal(result.code, 0, result.stderr);
  const document = JSON.parse(result.stdout);
  assert.deepEqual(
    [document.version, document.ok, document.accessKeyId, document.proved, document.removed],
    [1, true, id, false, ['AWS profile "work"']],
  );
  assertAbsent(result.stdout + result.stderr, [secret], "the output");
});

Deno.test("init without a home folder keeps no identity, and says so", async () => {
  await using home = await temporaryHome();
  const result = await home.program("env", [
    "-u",
    "HOME",
    ...credsmith,
    ...["init", "--from", "stdin", ...offline],
  ], { stdin: `${id}\n${secret}\n` });
  assert.equal(result.code, 2, result.stderr);
  assert.match(result.stderr, /^Cannot keep an identity: neither HOME nor XDG_CONFIG_HOME is set/);
  assert.deepEqual(await home.files(), []);
});

Deno.test("init for others only removes nothing, because it cannot be read back", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials, "host.pub": hostKey });
  const result = await home.run([
    ..."init --from aws:work --offline --no-recovery --no-claude --without-me".split(" "),
    ...["--no-host-key", "--recipient", "@host.pub"],
  ]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /^Nothing was removed: no key here opens the file/m);
  assert.equal(await home.read(".aws/credentials"), credentials);
  assert.ok(!await home.exists(".config"));
});

Deno.test("init points Claude Code at the file, takes its key out, and keeps the rest", async () => {
  const local = JSON.stringify({ env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } });
  await using home = await temporaryHome({
    ".claude/settings.json": settings,
    "repo/.claude/settings.local.json": local,
  });
  const cwd = `${home.path}/repo`;
  const result = await home.run(["init", "--from", "claude", "--claude", "--offline", ...alone], {
    cwd,
  });
  assert.equal(result.code, 0, result.stderr);
  await assertNowhere(home, [result]);
  const after = JSON.parse(await home.read(".claude/settings.json"));
  assert.deepEqual(after.env, { AWS_REGION: "us-west-2", CLAUDE_CODE_USE_BEDROCK: "1" });
  assert.equal(after.theme, "dark");
  assert.match(
    after.awsCredentialExport,
    / credential-process --format claude -f .*\/repo\/secrets\/aws.yaml$/,
  );
  assert.equal((await home.read("repo/.claude/settings.local.json")).includes(id), false);
});

const kept: readonly (readonly [string, readonly string[]])[] = [
  ["--no-claude", ["--no-claude"]],
  ["--keep-plaintext", ["--keep-plaintext", "--claude"]],
];
for (const [name, flags] of kept) {
  Deno.test(`init ${name} leaves Claude Code's settings alone, and says that they hold the key`, async () => {
    await using home = await temporaryHome({ ".claude/settings.json": settings });
    const result = await home.run(["init", "--from", "claude", "--offline", ...alone, ...flags]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /^Still in plaintext: ~\/.claude\/settings.json$/m);
    assert.equal(await home.read(".claude/settings.json"), settings);
  });
}

Deno.test("init does not throw away another key that Claude Code's settings hold", async () => {
  const other = settings.replace(id, otherId).replace(secret, otherSecret);
  await using home = await temporaryHome({
    ".claude/settings.json": other,
    ".aws/credentials": credentials,
  });
  const result = await home.run(["init", "--from", "aws:work", "--claude", "--offline", ...alone]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    result.stderr,
    /^Claude Code was left alone: ~\/.claude\/settings.json:\d+ env\.AWS_/m,
  );
  assert.equal(await home.read(".claude/settings.json"), other);
  assertAbsent(result.stdout + result.stderr, [secret, otherSecret], "the output");
});

peerTest(["linux"], "init in a home that cannot be written changes nothing", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const before = await contents(home);
  // Nobody makes folders in sysfs, root included.
  const result = await home.run(["init", "--from", "aws:work", ...offline], {
    env: { XDG_CONFIG_HOME: "/sys/config" },
  });
  assert.equal(result.code, 8, result.stderr);
  assert.match(result.stderr, /^Cannot create "\/sys\/config\/sops\/age"/m);
  assert.deepEqual(await contents(home), before);
});

const enter = "\r";

peerTest(
  ["script", "sops"],
  "init asks three questions; the recovery key that it shows opens the file",
  async () => {
    await using home = await temporaryHome({
      ".aws/credentials": credentials,
      "host.pub": hostKey,
    });
    await using aws = startStandin();
    const { code, shown } = await onTerminal(
      home,
      [...credsmith, "init", "--host-key-file", `${home.path}/host.pub`],
      [
        ["? Encrypt ", enter],
        ["? Who opens it ", enter],
        ["? Point Claude Code at it and remove the plaintext?", "n\r"],
        ["? Is it written down?", "y\r"],
        ["Next: credsmith verify", ""],
      ],
      { env: aws.env },
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /\? Encrypt {7}> work \/ type one \/ none, I use SSO\n/);
    assert.match(shown, /works: user\/claude-dev, account 123456789012, us-east-1/);
    assert.match(
      shown,
      /\? Who opens it {2}\[x\] you \(new key\) {2}\[x\] this host \(SSH key\) {2}\[x\] recovery key\n/,
    );
    const recovery = /AGE-SECRET-KEY-1[A-Z0-9]+/.exec(shown)?.[0];
    assert.ok(recovery);
    assertAbsent(shown, [secret], "the screen");
    for (const file of await home.files()) {
      assert.ok(!(await home.read(file)).includes(recovery), `the recovery key is kept in ${file}`);
    }
    const { stdout } = await home.program("sops", ["decrypt", "secrets/aws.yaml"], {
      env: { SOPS_AGE_KEY: recovery, HOME: "/nonexistent" },
    });
    assert.match(stdout, new RegExp(`^aws_secret_access_key: ${secret}$`, "m"));
  },
);

peerTest(["script"], "init takes a key that is typed, without showing it", async () => {
  await using home = await temporaryHome();
  const { code, shown } = await onTerminal(home, [...credsmith, "init", ...offline], [
    ["? Encrypt ", enter],
    ["? Key id ", "AKIA\r"],
    ["? Key id ", `${id}\r`],
    ["? Secret ", `${secret}\r`],
    ["Next: credsmith verify", ""],
  ]);
  assert.equal(code, 0, shown);
  assertAbsent(shown, [secret], "the screen");
  assert.equal(await get(home, "aws_secret_access_key"), secret);
});

const breaks: readonly (readonly [string, readonly (readonly [string, string])[], number])[] = [
  ["Ctrl-C at the first question", [["? Encrypt ", "\x03"]], 130],
  ["Ctrl-C at the last question", [["? Encrypt ", enter], ["? Point Claude", "\x03"]], 130],
  ["a recovery key that was not written down", [
    ["? Encrypt ", enter],
    ["? Point Claude", enter],
    ["? Is it written down?", enter],
  ], 8],
];
for (const [name, turns, expected] of breaks) {
  peerTest(["script"], `init changes nothing after ${name}, exit ${expected}`, async () => {
    await using home = await temporaryHome({ ".aws/credentials": credentials });
    const before = await contents(home);
    const recovery = expected === 8 ? "--recovery" : "--no-recovery";
    const { code, shown } = await onTerminal(
      home,
      [...credsmith, "init", "--offline", "--no-host-key", recovery],
      turns,
    );
    assert.equal(code, expected, shown);
    assert.deepEqual(await contents(home), before);
  });
}

peerTest(["script"], "init does not show a recovery key to a coding agent", async () => {
  await using home = await temporaryHome({ ".aws/credentials": credentials });
  const { code, shown } = await onTerminal(
    home,
    [...credsmith, "init", "--offline", "--no-host-key", "--recovery", "--yes"],
    [],
    { env: { CLAUDECODE: "1" } },
  );
  assert.equal(code, 8, shown);
  assert.ok(!shown.includes("AGE-SECRET-KEY"));
});

Deno.test("a recovery key can be written to a file elsewhere, and a second run uses that", async () => {
  await using home = await temporaryHome();
  const cwd = `${home.path}/repo`;
  await Deno.mkdir(cwd);
  const args = ["init", "--from", "stdin", "--offline", "--no-host-key", "--no-claude"]
    .concat(["--recovery-file", "../recovery.txt"]);
  const stdin = `${id}\n${secret}\n`;
  const first = await home.run(args, { cwd, stdin });
  assert.equal(first.code, 0, first.stderr);
  const key = await home.read("recovery.txt");
  assert.equal((await Deno.stat(`${home.path}/recovery.txt`)).mode! & 0o777, 0o600);
  assert.ok(!(first.stdout + first.stderr).includes(key.trim()));
  await Deno.remove(`${cwd}/secrets/aws.yaml`);
  const second = await home.run(args, { cwd, stdin });
  assert.equal(second.code, 0, second.stderr);
  assert.equal(await home.read("recovery.txt"), key);
  const opened = await home.run(["get", "aws_access_key_id"], {
    cwd,
    env: { SOPS_AGE_KEY: key.trim(), XDG_CONFIG_HOME: "/nonexistent" },
  });
  assert.equal(opened.stdout.trim(), id, opened.stderr);
});

peerTest(
  ["ssh-keygen"],
  "a host opens the file with its SSH key, as ssh-to-age converts it",
  async () => {
    await using home = await temporaryHome();
    await home.program("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${home.path}/host`]);
    const result = await home.run(
      ["init", "--from", "stdin", "--offline", "--no-recovery", "--no-claude", "--host-key"].concat(
        ["--host-key-file", `${home.path}/host.pub`],
      ),
      { stdin: `${id}\n${secret}\n` },
    );
    assert.equal(result.code, 0, result.stderr);
    const identity = await sshToAgeIdentity(await home.read("host"), "host");
    const opened = await home.run(["get", "aws_access_key_id"], {
      env: { SOPS_AGE_KEY: identity.secret.reveal(), XDG_CONFIG_HOME: "/nonexistent" },
    });
    assert.equal(opened.stdout.trim(), id, opened.stderr);
  },
);

Deno.test("init notes in plaintext when IAM says that the key was made, and nothing where it does not say", async () => {
  const facts =
    /\nlifecycle_unencrypted:\n {4}default:\n {8}created: "?2026-08-24"?\n {8}rotate_by: "?2026-11-22"?\n/;
  await using aws = startStandin();
  Object.assign(aws.state.keys.get(id)!, { created: new Date("2026-08-24T23:59:59Z") });
  const run = async (home: Home, flags: readonly string[] = []) => {
    const result = await home.run(["init", "--from", "stdin", ...alone, "--no-claude", ...flags], {
      env: aws.env,
      stdin: `${id}\n${secret}\n`,
    });
    assert.equal(result.code, 0, result.stderr);
    return await home.read("secrets/aws.yaml");
  };
  await using first = await temporaryHome();
  assert.match(await run(first), facts);
  assert.equal(await get(first, "aws_access_key_id"), id);
  await using other = await temporaryHome();
  assert.doesNotMatch(await run(other, ["--offline"]), /lifecycle/);
  aws.set({ users: [{ name: "claude-dev", denied: ["iam:ListAccessKeys"] }] });
  await using third = await temporaryHome();
  assert.doesNotMatch(await run(third), /lifecycle/);
});
