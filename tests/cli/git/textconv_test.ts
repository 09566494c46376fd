/** What `git diff` and `git log -p` show of a secrets file. */
import assert from "node:assert/strict";
import { gitCommand } from "../../../src/cli/git/git_command.ts";
import { assertAbsent } from "../../support/home.ts";
import { gitHome } from "../../support/git.ts";
import { peerTest } from "../../support/peers.ts";
import { encrypted, exampleSecrets } from "../../support/sops_file.ts";
import { traced } from "../../support/strace.ts";

const file = "secrets/aws.yaml";
const elsewhere = { XDG_CONFIG_HOME: "/nonexistent", HOME: "/nonexistent" };

peerTest(["git"], "git diff, show and log -p compare values", async () => {
  await using home = await gitHome();
  await home.set("aws_region", "eu-west-1");
  for (const args of [["diff"], ["diff", "HEAD"], ["diff", "--word-diff"]]) {
    const { stdout } = await home.git(args);
    assert.match(stdout, /us-east-1[^]*eu-west-1/, args.join(" "));
    assert.doesNotMatch(stdout, /ENC\[|lastmodified|mac:/);
  }
  const plain = await home.git(["diff"]);
  assert.match(plain.stdout, /^-aws_region: us-east-1\n\+aws_region: eu-west-1$/m);
  await home.commit("region");
  for (const args of [["show"], ["log", "-p", "-1"]]) {
    assert.match((await home.git(args)).stdout, /^\+aws_region: eu-west-1$/m);
  }
  // What is written to be applied is never plaintext.
  for (const args of [["format-patch", "--stdout", "-1"], ["diff", "--no-textconv", "HEAD~1"]]) {
    const { stdout } = await home.git(args);
    assert.match(stdout, /^\+aws_region: ENC\[/m);
    assert.doesNotMatch(stdout, /eu-west-1/);
  }
});

peerTest(
  ["git"],
  "git diff shows nothing where a file was encrypted anew, and who may read it",
  async () => {
    await using home = await gitHome();
    const bob = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    const plain = "aws_region: us-east-1\n";
    await home.write(file, await encrypted(plain));
    await home.commit("one");
    await home.write(file, await encrypted(plain));
    const { stdout } = await home.git(["diff", "--stat"]);
    assert.match(stdout, /secrets\/aws\.yaml/);
    assert.equal((await home.git(["diff"])).stdout.match(/^[-+][^-+]/m), null);
    await home.write(
      file,
      (await home.read(file)).replace(/recipient: age1\w+/, `recipient: ${bob}`),
    );
    assert.match((await home.git(["diff"])).stdout, new RegExp(`^\\+# encrypted for ${bob}$`, "m"));
  },
);

const hidden: Readonly<Record<string, Record<string, string>>> = {
  "without an identity": elsewhere,
  "under an agent": { CLAUDECODE: "1" },
};
for (const [name, env] of Object.entries(hidden)) {
  peerTest(
    ["git"],
    `git diff ${name} shows names and what changed, no value, and is no error`,
    async () => {
      await using home = await gitHome();
      await home.set("aws_secret_access_key", "hunter2-new");
      const { stdout } = await home.git(["-c", "safe.directory=*", "diff", "-U99"], { env });
      assertAbsent(stdout, [...exampleSecrets, "hunter2-new"], "the diff");
      assert.match(stdout, /^-aws_secret_access_key: \(encrypted [0-9a-f]{8}\)$/m);
      assert.match(stdout, /^\+aws_secret_access_key: \(encrypted [0-9a-f]{8}\)$/m);
      assert.match(stdout, /^ aws_region: \(encrypted [0-9a-f]{8}\)$/m);
      assert.match(stdout, /# values are not shown: /);
    },
  );
}

peerTest(["git"], "CREDSMITH_REVEAL=1 and --reveal show values under an agent", async () => {
  await using home = await gitHome();
  const env = { CLAUDECODE: "1" };
  const revealed = await home.run(["git", "textconv", "--reveal", "--", file], { env });
  assert.match(revealed.stdout, /^aws_region: us-east-1$/m);
  const variable = await home.run(["git", "textconv", "--", file], {
    env: { ...env, CREDSMITH_REVEAL: "1" },
  });
  assert.match(variable.stdout, /^aws_region: us-east-1$/m);
});

peerTest(["git"], "a file that does not open, or is none, never stops git diff", async () => {
  await using home = await gitHome();
  const whole = await home.read(file);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "a MAC that does not match",
      whole.replace("type:str]\n    unencrypted", "type:int]\n    unencrypted"),
      /# values are not shown: .*MAC/,
    ],
    ["half a file", whole.slice(0, 300), /ENC\[/],
    ["plaintext", "aws_region: plain\n", /^aws_region: plain$/m],
    ["nothing", "", /^$/],
    [
      "marks of a conflict",
      `<<<<<<< ours\n${whole}=======\n${whole}>>>>>>> theirs\n`,
      /^<<<<<<< ours$/m,
    ],
  ];
  for (const [name, text, wanted] of cases) {
    await home.write("case.yaml", text);
    const { code, stdout, stderr } = await home.run(["git", "textconv", "--", "case.yaml"]);
    assert.equal(code, 0, `${name}: ${stderr}`);
    assert.match(stdout, wanted, name);
    assertAbsent(stdout, exampleSecrets, name);
  }
});

peerTest(
  ["git", "strace"],
  "git diff, blame and grep --textconv write no plaintext to any file",
  async () => {
    await using home = await gitHome();
    await home.set("aws_secret_access_key", "hunter2-new");
    await home.commit("key");
    await home.set("aws_region", "eu-west-1");
    for (
      const args of [
        ["diff"],
        ["log", "-p"],
        ["blame", "--textconv", file],
        ["grep", "--textconv", "hunter2", "--", file],
        ["-c", "diff.credsmith.cachetextconv=", "diff"],
      ]
    ) {
      const { stdout, trace, stderr } = await traced(
        { command: "git", args, env: home.env, cwd: home.path },
        ["-e", "trace=write,openat,pwrite64", "-s", "4096", "-y"],
      );
      assert.match(stdout, /us-east-1|hunter2/, `${args}: ${stderr}`);
      const written = trace.split("\n").filter((line) => /\bp?write(64)?\(\d+<\//.test(line));
      for (const line of written) {
        assert.ok(
          !/AKIAIOSF|hunter2|us-east-1|eu-west-1/.test(line.replace(/<[^>]*>/, "")) ||
            /<\/dev\//.test(line),
          line,
        );
      }
    }
    // Nor in the repository, as cached notes would be.
    const objects = await home.git(["cat-file", "--batch-all-objects", "--batch"]);
    assertAbsent(objects.stdout, ["hunter2-new", ...exampleSecrets], "the repository");
  },
);

Deno.test("textconv of each format shows its values", async () => {
  await using home = await gitHome({}, { install: false });
  const formats = [
    ["x.json", "json", '{"a": "hunter2", "l": ["hunter3"]}'],
    [".env", "dotenv", "A=hunter2\n"],
    ["x.ini", "ini", "[s]\na = hunter2\n"],
    ["x.bin", "binary", "hunter2\n"],
  ] as const;
  for (const [name, format, plain] of formats) {
    await home.write(name, await encrypted(plain, { format }));
    const shown = await home.run(["git", "textconv", "--", name]);
    assert.match(shown.stdout, /hunter2/, name);
    const redacted = await home.run(["git", "textconv", "--", name], {
      env: { ...elsewhere, SOPS_AGE_KEY: "" },
    });
    assert.equal(redacted.code, 0, redacted.stderr);
    assert.match(redacted.stdout, /\(encrypted [0-9a-f]{8}\)/, name);
    assert.doesNotMatch(redacted.stdout, /hunter/, name);
  }
});

peerTest(["git"], "git commit -v, whose message lies on the disk, gets no value", async () => {
  await using home = await gitHome();
  await home.git(["config", "alias.ci", "commit"]);
  const ways = [["commit", "-v", "-a"], ["-c", "commit.verbose=true", "ci", "-a"], [
    "commit",
    "-v",
    "--amend",
  ]];
  for (const [index, args] of ways.entries()) {
    await home.set("aws_secret_access_key", `hunter2-${index}`);
    const editor = `cp "$1" ${home.path}/.bin/message; echo message > "$1"`;
    const env = { GIT_EDITOR: `sh -c '${editor}' sh` };
    await home.git(args, { env });
    const message = await home.read(".bin/message");
    assert.match(message, /^\+aws_secret_access_key: \(encrypted [0-9a-f]{8}\)$/m, args.join(" "));
    assert.match(message, /values are not shown: git commit -v/);
    assertAbsent(message, ["hunter2", ...exampleSecrets], args.join(" "));
  }
});

Deno.test("which of git's commands a command line runs", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["git commit -v", "commit"],
    ["/usr/lib/git-core/git-commit -v", "commit"],
    ["git -C /x -c a=b --no-pager --git-dir=/y commit", "commit"],
    ["git diff commit", "diff"],
    ["git --no-pager", undefined],
    ["bash git commit", undefined],
  ];
  for (const [line, command] of cases) assert.equal(gitCommand(line.split(" ")), command, line);
});
