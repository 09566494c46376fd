/** `credsmith git check`, as git's hook before a commit and by hand. */
import assert from "node:assert/strict";
import { assertAbsent } from "../../support/home.ts";
import { type GitHome, gitHome } from "../../support/git.ts";
import { peerTest } from "../../support/peers.ts";
import { tryPermissions } from "../../support/permissions.ts";
import { encrypted, exampleSecrets, testRecipient } from "../../support/sops_file.ts";

const file = "secrets/aws.yaml";
const rules = `creation_rules:\n  - path_regex: ^secrets/\n    age: ${testRecipient}\n`;
const bob = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const elsewhere = { XDG_CONFIG_HOME: "/nonexistent" };

const tampered = (text: string) =>
  text.replace(
    /mac: ENC\[AES256_GCM,data:(.)/,
    (all, char) => all.slice(0, -1) + (char === "A" ? "B" : "A"),
  );

interface Case {
  /** What is in the work tree, and staged. */
  readonly files?: (home: GitHome) => Promise<Record<string, string>> | Record<string, string>;
  readonly code: number;
  readonly findings: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
const cases: Readonly<Record<string, Case>> = {
  "nothing staged": { code: 0, findings: [] },
  "a file as it should be": {
    files: async () => ({ [file]: await encrypted("a: 1\n") }),
    code: 0,
    findings: [],
  },
  "plaintext where a rule wants it encrypted": {
    files: () => ({ "secrets/new.yaml": "password: hunter2\n" }),
    code: 8,
    findings: ["secrets/new.yaml refused plaintext"],
  },
  "plaintext of every format and a name with blanks": {
    files: () => ({
      "secrets/a b.json": "{}",
      "secrets/.env": "A=1\n",
      "secrets/x.ini": "[a]\nb=1\n",
      "secrets/key.pem": "-----BEGIN",
    }),
    code: 8,
    findings: [
      "secrets/.env refused plaintext",
      "secrets/a b.json refused plaintext",
      "secrets/key.pem refused plaintext",
      "secrets/x.ini refused plaintext",
    ],
  },
  "plaintext elsewhere, an empty file, and SOPS's own": {
    files: () => ({
      "plain.yaml": "password: x\n",
      "secrets/.gitkeep": "",
      "secrets/.gitignore": "*.tmp\n",
    }),
    code: 0,
    findings: [],
  },
  "a MAC that does not match": {
    files: async (home) => ({ [file]: tampered(await home.read(file)) }),
    code: 4,
    findings: ["secrets/aws.yaml refused tampered"],
  },
  "a MAC that does not match, and no identity": {
    files: async (home) => ({ [file]: tampered(await home.read(file)) }),
    env: elsewhere,
    code: 0,
    findings: ["secrets/aws.yaml not checked not_checked"],
  },
  "a MAC that does not match in a file that no rule is for": {
    files: async () => ({ "other.yaml": tampered(await encrypted("a: 1\n")) }),
    code: 4,
    findings: ["other.yaml refused tampered"],
  },
  "a value that somebody wrote into an encrypted file": {
    files: async (home) => ({
      [file]: (await home.read(file)).replace(/aws_region: ENC.*/, "aws_region: eu-west-1"),
    }),
    env: elsewhere,
    code: 8,
    findings: [
      "secrets/aws.yaml refused plaintext_value",
      "secrets/aws.yaml not checked not_checked",
    ],
  },
  "a merge that nobody resolved, without an identity": {
    files: async () => ({
      [file]: await encrypted(
        "a:\n    credsmith_conflict_ours: 1\n    credsmith_conflict_theirs: 2\n",
      ),
    }),
    env: elsewhere,
    code: 8,
    findings: ["secrets/aws.yaml refused unresolved", "secrets/aws.yaml not checked not_checked"],
  },
  "the marks of git's own conflict": {
    files: async (home) => {
      const text = await home.read(file);
      return { [file]: `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> theirs\n` };
    },
    code: 8,
    findings: ["secrets/aws.yaml refused unresolved"],
  },
  "other recipients than the rules name": {
    files: () => ({ ".sops.yaml": rules.replace(testRecipient, `${testRecipient},${bob}`) }),
    code: 0,
    findings: [],
  },
  "other recipients than the rules name, in a staged file": {
    files: async () => ({
      ".sops.yaml": rules.replace(testRecipient, `${testRecipient},${bob}`),
      [file]: await encrypted("a: 1\n"),
    }),
    code: 0,
    findings: ["secrets/aws.yaml note recipients"],
  },
  "something that looks like ciphertext, in a page about it": {
    files: () => ({ "docs.md": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str] is a value of sops\n" }),
    code: 0,
    findings: [],
  },
  "rules that cannot be read": {
    files: () => ({ ".sops.yaml": "creation_rules: [}\n" }),
    code: 2,
    findings: [],
  },
};
for (const [name, { files, code, findings, env = {} }] of Object.entries(cases)) {
  peerTest(["git"], `git check: ${name}`, async () => {
    await using home = await gitHome({ ".sops.yaml": rules });
    const written = await files?.(home) ?? {};
    for (const [path, text] of Object.entries(written)) await home.write(path, text);
    if (files) await home.git(["add", "-f", ...Object.keys(written)]);
    const result = await home.run(["git", "check", "--json"], { env });
    assert.equal(result.code, code, result.stdout + result.stderr);
    const report = JSON.parse(result.stdout);
    assert.equal(report.ok, code === 0);
    if (code !== 2) {
      assert.deepEqual(
        report.findings.map((each: { file: string; status: string; cause: string }) =>
          `${each.file} ${each.status} ${each.cause}`
        ),
        findings,
      );
    }
    assertAbsent(result.stdout + result.stderr, ["hunter2", ...exampleSecrets], "the report");
  });
}

peerTest(["git"], "git check looks at what is staged and not at the work tree", async () => {
  await using home = await gitHome({ ".sops.yaml": rules });
  const whole = await home.read(file);
  await home.write(file, "password: hunter2\n");
  await home.git(["add", file]);
  await home.write(file, whole);
  assert.equal((await home.run(["git", "check"])).code, 8);
  await home.git(["add", file]);
  await home.write(file, "password: hunter2\n");
  assert.equal((await home.run(["git", "check"])).code, 0);
});

peerTest(
  ["git"],
  "a commit with plaintext is refused, also of one path, and says what to do",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rules });
    await home.write("secrets/new.yaml", "password: hunter2\n");
    await home.git(["add", "."]);
    for (const args of [["commit", "-m", "x"], ["commit", "-m", "x", "secrets/new.yaml"]]) {
      const { code, stderr } = await home.program("git", args);
      assert.equal(code, 1, args.join(" "));
      assert.match(
        stderr,
        /^Refused: secrets\/new\.yaml: plaintext, and path_regex "\^secrets\/" wants it encrypted\n {2}credsmith sops encrypt -i secrets\/new\.yaml, then git add/m,
      );
    }
    const encrypt = await home.run(["sops", "encrypt", "-i", "secrets/new.yaml"]);
    assert.equal(encrypt.code, 0, encrypt.stderr);
    await home.git(["add", "."]);
    const { stdout, stderr } = await home.git(["commit", "-m", "x"]);
    assert.doesNotMatch(stdout + stderr, /Nothing wrong|Refused/);
  },
);

peerTest(["git"], "git check --all looks at everything, and at unmerged files", async () => {
  await using home = await gitHome({ ".sops.yaml": rules });
  await home.write("secrets/old.yaml", "password: x\n");
  await home.commit("plaintext, past the hook");
  assert.equal((await home.run(["git", "check"])).code, 0);
  const all = await home.run(["git", "check", "--all"]);
  assert.equal(all.code, 8);
  assert.match(all.stderr, /^Refused: secrets\/old\.yaml: plaintext/m);
  await home.git(["rm", "-q", "secrets/old.yaml"]);
  const good = await home.run(["git", "check", "--all"]);
  assert.equal(good.stdout, "Nothing wrong: 1 secrets file that git has, MAC checked of 1\n");

  await home.git(["checkout", "-q", "-b", "theirs"]);
  await home.set("a", "1");
  await home.commit("theirs");
  await home.git(["checkout", "-q", "main"]);
  await home.set("a", "2");
  await home.commit("ours");
  await home.git(["merge", "theirs"], { code: 1 });
  const unmerged = await home.run(["git", "check"]);
  assert.equal(unmerged.code, 8);
  assert.match(unmerged.stderr, /^Refused: secrets\/aws\.yaml: git has it as unmerged/m);
});

peerTest(["git"], "before the first commit, and in a folder below", async () => {
  await using home = await gitHome({ ".sops.yaml": rules, "secrets/x.yaml": "a: 1\n" }, {
    install: false,
  });
  await home.git(["add", "."]);
  for (const cwd of [home.path, `${home.path}/secrets`]) {
    const { code, stderr } = await home.run(["git", "check"], { cwd });
    assert.equal(code, 8, stderr);
    assert.match(stderr, /^Refused: secrets\/x\.yaml/m);
  }
});

peerTest(["git"], "links and other repositories in the index are nobody's plaintext", async () => {
  await using home = await gitHome({ ".sops.yaml": rules });
  await Deno.symlink("/etc/hostname", `${home.path}/secrets/link`);
  await home.git(["add", "secrets/link"]);
  const head = (await home.git(["rev-parse", "HEAD"])).stdout.trim();
  await home.git(["update-index", "--add", "--cacheinfo", `160000,${head},secrets/sub`]);
  assert.equal((await home.run(["git", "check"])).code, 0);
});

peerTest(
  ["git"],
  "500 staged files are looked at in one go, and one among them is found",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rules });
    const text = await encrypted("a: 1\n");
    for (let each = 0; each < 500; each++) await home.write(`secrets/many/${each}.yaml`, text);
    await home.write("secrets/many/one.yaml", "a: 1\n");
    await home.git(["add", "."]);
    const { code, stdout } = await home.run(["git", "check", "--json"]);
    const report = JSON.parse(stdout);
    assert.equal(code, 8);
    assert.deepEqual([report.files, report.verified, report.findings.length], [501, 500, 1]);
  },
);

peerTest(
  ["git", "linux"],
  "git check and git textconv end without more than they need",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rules });
    await home.set("a", "1");
    await home.git(["add", "."]);
    const checked = await tryPermissions(home, ["git", "check"]);
    assert.deepEqual([checked.code, checked.left], [0, ["env"]]);
  },
);
