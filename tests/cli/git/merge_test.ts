/** `credsmith git merge` as git's merge driver, in real repositories. */
import assert from "node:assert/strict";
import { assertAbsent } from "../../support/home.ts";
import { type GitHome, gitHome } from "../../support/git.ts";
import { has, peerTest } from "../../support/peers.ts";
import {
  decrypted,
  encrypted,
  exampleSecrets,
  strangerIdentity,
  testRecipient,
} from "../../support/sops_file.ts";

const file = "secrets/aws.yaml";
const bob = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/** Two branches that changed one key each: `main`, where we are, and `theirs`. */
async function twoBranches(
  home: GitHome,
  ours: readonly [string, string] = ["aws_region", "eu-west-1"],
  theirs: readonly [string, string] = ["token", "abc"],
): Promise<void> {
  await home.git(["checkout", "-q", "-b", "theirs"]);
  await home.set(...theirs);
  await home.commit("theirs");
  await home.git(["checkout", "-q", "main"]);
  await home.set(...ours);
  await home.commit("ours");
}

/** The file opens, with ours and with sops, and has these values. */
async function assertValues(home: GitHome, wanted: Record<string, string>): Promise<void> {
  const plain = await decrypted(await home.read(file));
  for (const [key, value] of Object.entries(wanted)) {
    assert.match(plain, new RegExp(`^${key}: ${value}$`, "m"));
  }
  if (!has("sops")) return;
  const sops = await home.program("sops", ["-d", file]);
  assert.equal(sops.code, 0, sops.stderr);
  assert.equal(sops.stdout, plain);
}

/** The temporary files of git and ours are gone. */
async function assertTidy(home: GitHome): Promise<void> {
  const files = await home.files();
  assert.deepEqual(files.filter((name) => /merge_file|credsmith-tmp/.test(name)), []);
}

peerTest(["git"], "merge: changes of two keys, as one commit", async () => {
  await using home = await gitHome();
  await twoBranches(home);
  const { stdout, stderr } = await home.git(["merge", "theirs"]);
  assert.doesNotMatch(stdout + stderr, /CONFLICT|Cannot|Warning/);
  await assertValues(home, { aws_region: "eu-west-1", token: "abc" });
  await assertTidy(home);
  assert.equal((await home.git(["status", "--short"])).stdout, "");
});

interface Operation {
  /** Brings what `theirs` did onto `main`, or the other way round. */
  readonly run: (home: GitHome) => Promise<unknown>;
  /** What both branches did, where it is not the usual. */
  readonly before?: (home: GitHome) => Promise<unknown>;
}
const operations: Readonly<Record<string, Operation>> = {
  "rebase": {
    run: async (home) => {
      await home.git(["checkout", "-q", "theirs"]);
      await home.git(["rebase", "-q", "main"]);
    },
  },
  "rebase with the apply backend": {
    run: async (home) => {
      await home.git(["checkout", "-q", "theirs"]);
      await home.git(["rebase", "-q", "--apply", "main"]);
    },
  },
  "cherry-pick": { run: (home) => home.git(["cherry-pick", "theirs"]) },
  "pull": { run: (home) => home.git(["pull", "-q", "--no-rebase", "--no-edit", ".", "theirs"]) },
  "merge with the recursive strategy": {
    run: (home) => home.git(["merge", "-q", "-s", "recursive", "theirs"]),
  },
  "stash pop": {
    before: async (home) => {
      await home.set("token", "abc");
      await home.git(["stash", "-q"]);
      await home.set("aws_region", "eu-west-1");
      await home.commit("ours");
    },
    run: (home) => home.git(["stash", "pop", "-q"]),
  },
  "revert of an earlier commit": {
    before: async (home) => {
      await home.set("aws_access_key_id", "wrong");
      await home.commit("wrong");
      await home.set("aws_region", "eu-west-1");
      await home.set("token", "abc");
      await home.commit("ours");
    },
    run: async (home) => {
      await home.git(["revert", "--no-edit", "HEAD~1"]);
      await assertValues(home, { aws_access_key_id: exampleSecrets[0] });
    },
  },
  "merge, with rerere turned on": {
    before: async (home) => {
      await home.git(["config", "rerere.enabled", "true"]);
      await twoBranches(home);
    },
    run: (home) => home.git(["merge", "-q", "theirs"]),
  },
  "merge in a linked work tree": {
    run: async (home) => {
      await home.git(["worktree", "add", "-q", ".bin/tree", "-b", "linked", "main"]);
      const cwd = `${home.path}/.bin/tree`;
      await home.git(["merge", "-q", "theirs"], { cwd });
      await home.git(["merge", "-q", "linked"]);
    },
  },
  "merge started in a folder below": {
    run: (home) => home.git(["merge", "-q", "theirs"], { cwd: `${home.path}/secrets` }),
  },
  "merge of a file that one side renamed": {
    before: async (home) => {
      await twoBranches(home);
      await home.git(["mv", file, "secrets/other.yaml"]);
      await home.git(["commit", "-q", "-m", "renamed"]);
    },
    run: async (home) => {
      await home.git(["merge", "-q", "theirs"]);
      await home.git(["mv", "secrets/other.yaml", file]);
    },
  },
  "merge of a file of which one side changed the mode": {
    before: async (home) => {
      await twoBranches(home);
      await home.git(["update-index", "--chmod=+x", file]);
      await home.git(["commit", "-q", "-m", "mode"]);
      await home.git(["reset", "-q", "--hard"]);
    },
    run: async (home) => {
      await home.git(["merge", "-q", "theirs"]);
      assert.equal((await Deno.stat(`${home.path}/${file}`)).mode! & 0o111, 0o111);
    },
  },
};
for (const [name, { before = twoBranches, run }] of Object.entries(operations)) {
  peerTest(["git"], `git ${name} brings both changes together`, async () => {
    await using home = await gitHome();
    await before(home);
    await run(home);
    await assertValues(home, { aws_region: "eu-west-1", token: "abc" });
    await assertTidy(home);
  });
}

const conflicting: Readonly<Record<string, (home: GitHome) => Promise<unknown>>> = {
  merge: (home) => home.git(["merge", "theirs"], { code: 1 }),
  "cherry-pick": (home) => home.git(["cherry-pick", "theirs"], { code: 1 }),
  rebase: async (home) => {
    await home.git(["checkout", "-q", "theirs"]);
    await home.git(["rebase", "main"], { code: 1 });
  },
};
for (const [name, run] of Object.entries(conflicting)) {
  peerTest(
    ["git", "sops"],
    `git ${name} of two changes of one key: both are in the file, and a person chooses`,
    async () => {
      await using home = await gitHome();
      const ours = ["aws_secret_access_key", "mine-hunter2"] as const;
      const theirs = ["aws_secret_access_key", "yours-hunter3"] as const;
      await twoBranches(home, ours, theirs);
      await run(home);
      const left = await home.read(file);
      assertAbsent(left, ["mine-hunter2", "yours-hunter3"], file);
      assert.doesNotMatch(left, /<<<<|>>>>/);
      assert.match((await home.git(["status", "--short"])).stdout, /^UU secrets\/aws\.yaml$/m);
      const plain = await decrypted(left);
      assert.match(plain, /credsmith_conflict_(ours|theirs): mine-hunter2/);
      assert.match(plain, /credsmith_conflict_(ours|theirs): yours-hunter3/);
      assert.equal((await home.program("sops", ["-d", file])).stdout, plain);

      // Nobody takes it for a whole one.
      const got = await home.run(["get", "aws_secret_access_key"]);
      assert.equal(got.code, 8);
      assert.match(got.stderr, /^Cannot print "aws_secret_access_key": a merge left two values/);
      const verified = await home.run(["verify", "--offline"]);
      assert.match(verified.stdout, /A merge left two values, and nobody has chosen:\s+aws_secret/);
      await home.git(["add", file]);
      const refused = await home.program("git", ["commit", "-m", "too early"]);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /a merge left two values: aws_secret_access_key/);

      const editor = "sed -i -e '/CONFLICT/d' -e '/^aws_secret_access_key:/d' " +
        "-e '/yours-hunter3/d' -e 's/^ *credsmith_conflict_[a-z]*:/aws_secret_access_key:/'";
      const edited = await home.run(["edit"], { env: { EDITOR: editor } });
      assert.equal(edited.code, 0, edited.stderr);
      await assertValues(home, { aws_secret_access_key: "mine-hunter2" });
      await home.git(["add", file]);
      const more = name === "merge"
        ? ["commit", "-q", "--no-edit"]
        : name === "rebase"
        ? ["-c", "core.editor=true", "rebase", "--continue"]
        : ["-c", "core.editor=true", "cherry-pick", "--continue"];
      const ended = await home.program("git", more);
      // Where theirs was given up, a rebase or a pick has nothing left to record.
      assert.ok(ended.code === 0 || /nothing to commit|empty/.test(ended.stdout + ended.stderr));
    },
  );
}

peerTest(["git"], "a criss-cross merge: the common ancestor is itself a merge", async () => {
  await using home = await gitHome();
  await twoBranches(home, ["aws_region", "eu-west-1"], ["token", "abc"]);
  await home.git(["branch", "one", "main"]);
  await home.git(["branch", "two", "theirs"]);
  await home.git(["merge", "-q", "two"]);
  await home.git(["checkout", "-q", "theirs"]);
  await home.git(["merge", "-q", "one"]);
  await home.set("token", "def");
  await home.commit("after, theirs");
  await home.git(["checkout", "-q", "main"]);
  await home.set("aws_region", "us-east-2");
  await home.commit("after, ours");
  const { stderr } = await home.git(["merge", "-q", "theirs"]);
  assert.equal(stderr, "");
  await assertValues(home, { aws_region: "us-east-2", token: "def" });
});

peerTest(
  ["git"],
  "a criss-cross merge with a conflict in the past: it is silent, and the present is as resolved",
  async () => {
    await using home = await gitHome();
    await twoBranches(home, ["aws_region", "first"], ["aws_region", "second"]);
    await home.git(["branch", "one", "main"]);
    await home.git(["branch", "two", "theirs"]);
    const resolve = async (other: string, value: string) => {
      await home.git(["merge", other], { code: 1 });
      assert.equal((await home.run(["unset", "aws_region", "--yes"])).code, 0);
      await home.set("aws_region", value);
      await home.commit("resolved");
    };
    await resolve("two", "first");
    await home.set("extra", "1");
    await home.commit("extra");
    await home.git(["checkout", "-q", "theirs"]);
    await resolve("one", "first");
    await home.set("token", "abc");
    await home.commit("token");
    await home.git(["checkout", "-q", "main"]);
    const { stderr } = await home.git(["merge", "-q", "theirs"]);
    assert.equal(stderr, "", "the merge of the ancestors is nobody's affair");
    await assertValues(home, { aws_region: "first", token: "abc", extra: '"1"' });
  },
);

peerTest(
  ["git"],
  "both sides added the file: keys of both; a key of both is a conflict",
  async () => {
    await using home = await gitHome();
    const add = async (text: string) => {
      await home.write("secrets/new.yaml", await encrypted(text));
      await home.commit("new");
    };
    await home.git(["checkout", "-q", "-b", "theirs"]);
    await add("theirs: 1\nboth: same\n");
    await home.git(["checkout", "-q", "main"]);
    await add("ours: 1\nboth: same\n");
    await home.git(["merge", "-q", "theirs"]);
    assert.equal(
      await decrypted(await home.read("secrets/new.yaml")),
      "ours: 1\ntheirs: 1\nboth: same\n",
    );
  },
);

peerTest(
  ["git"],
  "removed here and changed there is git's own conflict, and loses nothing",
  async () => {
    await using home = await gitHome();
    await twoBranches(home);
    await home.git(["rm", "-q", file]);
    await home.git(["commit", "-q", "-m", "removed"]);
    const { stdout } = await home.git(["merge", "theirs"], { code: 1 });
    assert.match(stdout, /CONFLICT \(modify\/delete\)/);
    await assertValues(home, { token: "abc" });
  },
);

peerTest(
  ["git"],
  "without an identity: ours stays, git has it as unmerged, and it says why",
  async () => {
    await using home = await gitHome();
    await twoBranches(home);
    const before = await home.read(file);
    const env = {
      SOPS_AGE_KEY: strangerIdentity,
      XDG_CONFIG_HOME: "/nonexistent",
      HOME: home.path,
    };
    await Deno.rename(`${home.path}/.config`, `${home.path}/.bin/config`);
    const { stderr } = await home.git(["merge", "theirs"], { code: 1, env });
    assert.match(
      stderr,
      /^Cannot merge "secrets\/aws\.yaml", our version: the identity here does not match/m,
    );
    assert.match(stderr, /git checkout --merge -- secrets\/aws\.yaml/);
    assert.equal(await home.read(file), before);
    assert.match((await home.git(["status", "--short"])).stdout, /^UU /m);

    // With the identity the same command merges it after all.
    await Deno.rename(`${home.path}/.bin/config`, `${home.path}/.config`);
    await home.git(["checkout", "--merge", "--", file]);
    await assertValues(home, { aws_region: "eu-west-1", token: "abc" });
    await assertTidy(home);
  },
);

peerTest(["git"], "a version whose MAC does not match is not merged, and is named", async () => {
  await using home = await gitHome();
  await home.git(["checkout", "-q", "-b", "theirs"]);
  const whole = await home.read(file);
  const mac = /mac: ENC\[AES256_GCM,data:(.)/;
  await home.write(
    file,
    whole.replace(mac, (all, char) => all.slice(0, -1) + (char === "A" ? "B" : "A")),
  );
  await home.git(["commit", "-q", "--no-verify", "-a", "-m", "tampered"]);
  await home.git(["checkout", "-q", "main"]);
  await home.set("aws_region", "eu-west-1");
  await home.commit("ours");
  const before = await home.read(file);
  const { stderr } = await home.git(["merge", "theirs"], { code: 1 });
  assert.match(stderr, /^Cannot merge "secrets\/aws\.yaml", their version: .*MAC/m);
  assert.equal(await home.read(file), before);
});

peerTest(["git"], "files that are not encrypted are merged as git does it", async () => {
  await using home = await gitHome({ "plain.yaml": "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n" });
  await home.write(
    ".sops.yaml",
    `creation_rules:\n  - path_regex: ^secrets/\n    age: ${testRecipient}\n`,
  );
  await home.commit("base");
  await home.git(["checkout", "-q", "-b", "theirs"]);
  await home.write("plain.yaml", "a: 1\nb: 1\nc: 1\nd: 1\ne: 2\n");
  await home.commit("theirs");
  await home.git(["checkout", "-q", "main"]);
  await home.write("plain.yaml", "a: 2\nb: 1\nc: 1\nd: 1\ne: 1\n");
  await home.commit("ours");
  await home.git(["merge", "-q", "theirs"]);
  assert.equal(await home.read("plain.yaml"), "a: 2\nb: 1\nc: 1\nd: 1\ne: 2\n");
  await home.git(["checkout", "-q", "-b", "again", "main~2"]);
  await home.write("plain.yaml", "a: 3\nb: 1\nc: 1\nd: 1\ne: 1\n");
  await home.commit("again");
  await home.git(["merge", "-q", "main"], { code: 1 });
  assert.match(
    await home.read("plain.yaml"),
    /^<<<<<<< ours\na: 3\n=======\na: 2\n>>>>>>> theirs$/m,
  );
});

for (
  const [name, path, line] of [
    ["YAML with a key sops", "flux.yaml", "sops: {provider: x}"],
    ["a page with ciphertext in it", "secrets/page.md", "`ENC[AES256_GCM,data:...]` is a value"],
  ] as const
) {
  peerTest(["git"], `${name} is merged as git does it`, async () => {
    const text = (first: number, last: number) => `${line}\na: ${first}\nb: 1\nc: 1\nd: ${last}\n`;
    await using home = await gitHome({
      [path]: text(1, 1),
      ".gitattributes": "* diff=credsmith merge=credsmith\n",
    });
    await home.git(["checkout", "-q", "-b", "theirs"]);
    await home.write(path, text(1, 2));
    await home.commit("theirs");
    await home.git(["checkout", "-q", "main"]);
    await home.write(path, text(2, 1));
    await home.commit("ours");
    await home.git(["merge", "-q", "theirs"]);
    assert.equal(await home.read(path), text(2, 2));
  });
}

// Who can read what is merged.
const rulesFor = (...recipients: string[]) =>
  `creation_rules:\n  - path_regex: \\.yaml$\n    age: ${recipients.join(",")}\n`;
const recipientsOf = (text: string) =>
  [...text.matchAll(/recipient: (\S+)/g)].map(([, each]) => each);

peerTest(
  ["git", "sops"],
  "a recipient that the other branch added to the rules and the file",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rulesFor(testRecipient) });
    await home.git(["checkout", "-q", "-b", "theirs"]);
    await home.write(".sops.yaml", rulesFor(testRecipient, bob));
    assert.equal((await home.program("sops", ["updatekeys", "-y", file])).code, 0);
    await home.commit("Bob");
    await home.git(["checkout", "-q", "main"]);
    await home.set("aws_region", "eu-west-1");
    await home.commit("ours");
    for (
      const [name, args] of [["merge", ["merge", "-q", "theirs"]], ["rebase", [
        "rebase",
        "-q",
        "main",
        "theirs",
      ]]] as const
    ) {
      await home.git(["branch", "-f", "keep", "theirs"]);
      const { stderr } = await home.git(args);
      assert.deepEqual(
        recipientsOf(await home.read(file)),
        [testRecipient, bob],
        `${name}: ${stderr}`,
      );
      assert.equal(stderr, "", name);
      await home.git(["checkout", "-q", "-B", "theirs", "keep"]);
      await home.git(["checkout", "-q", "main"]);
      await home.git(["reset", "-q", "--hard", name === "merge" ? "HEAD~1" : "HEAD"]);
    }
  },
);

peerTest(
  ["git", "sops"],
  "a recipient that only the other branch's metadata names stays out",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rulesFor(testRecipient) });
    await home.git(["checkout", "-q", "-b", "theirs"]);
    await home.write("two.yaml", rulesFor(testRecipient, bob));
    const updated = await home.program("sops", ["--config", "two.yaml", "updatekeys", "-y", file]);
    assert.equal(updated.code, 0, updated.stderr);
    await Deno.remove(`${home.path}/two.yaml`);
    await home.commit("somebody slipped in");
    await home.git(["checkout", "-q", "main"]);
    await home.set("aws_region", "eu-west-1");
    await home.commit("ours");
    const { stderr } = await home.git(["merge", "-q", "theirs"]);
    assert.match(
      stderr,
      new RegExp(
        `not encrypted for ${bob}: only their metadata names it`,
      ),
    );
    assert.deepEqual(recipientsOf(await home.read(file)), [testRecipient]);
  },
);

peerTest(
  ["git", "sops"],
  "without rules, somebody whom one side alone names has to be confirmed",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rulesFor(testRecipient) });
    await home.git(["checkout", "-q", "-b", "theirs"]);
    await home.write("two.yaml", rulesFor(testRecipient, bob));
    assert.equal(
      (await home.program("sops", ["--config", "two.yaml", "updatekeys", "-y", file])).code,
      0,
    );
    await Deno.remove(`${home.path}/two.yaml`);
    await home.git(["rm", "-q", ".sops.yaml"]);
    await home.commit("Bob, and no rules");
    await home.git(["checkout", "-q", "main"]);
    await home.git(["rm", "-q", ".sops.yaml"]);
    await home.set("aws_region", "eu-west-1");
    await home.commit("ours");
    const { stderr } = await home.git(["merge", "-q", "theirs"], { code: 1 });
    assert.match(stderr, new RegExp(`encrypted for ${bob}, which only their metadata`));
    assert.deepEqual(recipientsOf(await home.read(file)), [testRecipient, bob]);
    await home.git(["add", file]);
    await home.git(["commit", "-q", "--no-edit"]);
    await assertValues(home, { aws_region: "eu-west-1" });
  },
);
