/** `credsmith git install` and `git uninstall`: what they write, and whose things they leave alone. */
import assert from "node:assert/strict";
import type { Home } from "../../support/home.ts";
import { gitHome } from "../../support/git.ts";
import { peerTest } from "../../support/peers.ts";
import { encrypted, testRecipient } from "../../support/sops_file.ts";
import { injectAt, recordCalls, twoAtATime } from "../../support/strace.ts";

const rulesFor = (regex: string) =>
  `creation_rules:\n  - path_regex: ${regex}\n    age: ${testRecipient}\n`;
const config = async (home: Home, key: string, scope = "--local") =>
  (await home.program("git", ["config", scope, key])).stdout.trim();

peerTest(
  ["git"],
  "install shows what it will write, writes it once, and uninstall leaves nothing",
  async () => {
    await using home = await gitHome({ ".sops.yaml": rulesFor("^secrets/.*\\.yaml$") }, {
      install: false,
    });
    const untouched = await home.read(".git/config");
    const shown = await home.run(["git", "install", "--dry-run"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(
      shown.stdout,
      /^ {2}\+ \/secrets\/\*\*\/\*\.yaml diff=credsmith merge=credsmith$/m,
    );
    assert.match(shown.stdout, /^ {2}\+ diff\.credsmith\.cachetextconv = false$/m);
    assert.ok(!await home.exists(".gitattributes"));
    assert.equal(await home.read(".git/config"), untouched);

    const unsure = await home.run(["git", "install"]);
    assert.equal(unsure.code, 2);
    assert.match(unsure.stderr, /--yes is missing/);
    assert.ok(!await home.exists(".gitattributes"));

    const first = await home.run(["git", "install", "--yes", "--json"]);
    const report = JSON.parse(first.stdout);
    assert.deepEqual(report.attributes, ["/secrets/**/*.yaml diff=credsmith merge=credsmith"]);
    assert.equal(report.hook.state, "absent");
    const program = `${home.path}/.bin/credsmith`;
    assert.equal(await config(home, "diff.credsmith.textconv"), `${program} git textconv --`);
    assert.equal(
      await config(home, "merge.credsmith.driver"),
      `${program} git merge -- %O %A %B %L %P`,
    );
    assert.equal(await config(home, "merge.credsmith.recursive"), "credsmith-ancestor");
    assert.equal((await Deno.stat(`${home.path}/.git/hooks/pre-commit`)).mode! & 0o777, 0o755);
    const written = await home.read(".git/config");

    const again = await home.run(["git", "install", "--yes"]);
    assert.equal(again.stdout, "Set up already; nothing to write\n");
    assert.equal(await home.read(".git/config"), written);

    const gone = await home.run(["git", "uninstall", "--yes"]);
    assert.equal(gone.code, 0, gone.stderr);
    assert.ok(!await home.exists(".gitattributes"));
    assert.ok(!await home.exists(".git/hooks/pre-commit"));
    assert.equal(await home.read(".git/config"), untouched);
    assert.equal((await home.run(["git", "uninstall"])).stdout, "Nothing of ours is there\n");
  },
);

peerTest(["git"], "install adds the lines that are missing and keeps the others", async () => {
  await using home = await gitHome({
    ".sops.yaml": rulesFor("\\.(yaml|json)$"),
    ".gitattributes": "*.png binary\n*.yaml   diff=credsmith merge=credsmith\n*.sh eol=lf",
  }, { install: false });
  assert.equal((await home.run(["git", "install", "--yes"])).code, 0);
  assert.equal(
    await home.read(".gitattributes"),
    "*.png binary\n*.yaml   diff=credsmith merge=credsmith\n*.sh eol=lf\n*.json diff=credsmith merge=credsmith\n",
  );
  assert.equal((await home.run(["git", "uninstall", "--yes"])).code, 0);
  assert.equal(await home.read(".gitattributes"), "*.png binary\n*.sh eol=lf\n");
});

peerTest(["git"], "what no pattern can say is covered by the files that are there", async () => {
  await using home = await gitHome({
    ".sops.yaml": rulesFor('"^(secrets/)+aws\\\\.yaml$"'),
    "plain.yml": "a: 1\n",
    "deep/x.env": await encrypted("A=1\n", { format: "dotenv" }),
  }, { install: false });
  const { stdout, stderr } = await home.run(["git", "install", "--dry-run", "--json"]);
  assert.deepEqual(JSON.parse(stdout).attributes.sort(), [
    "*.env diff=credsmith merge=credsmith",
    "*.yaml diff=credsmith merge=credsmith",
  ], stderr);
  const told = await home.run(["git", "install", "--dry-run"]);
  assert.match(
    told.stderr,
    /path_regex ".*" cannot be said as a pattern of git: "\*\.(yaml|env)" stands in/,
  );
});

peerTest(["git"], "rules in folders below count there", async () => {
  await using home = await gitHome({
    ".sops.yaml": rulesFor("^secrets/"),
    "apps/web/.sops.yaml": rulesFor("\\.enc\\.yaml$"),
  }, { install: false });
  const { stdout } = await home.run(["git", "install", "--dry-run", "--json"], {
    cwd: `${home.path}/apps/web`,
  });
  assert.deepEqual(JSON.parse(stdout).attributes, [
    "/secrets/** diff=credsmith merge=credsmith",
    "/apps/web/**/*.enc.yaml diff=credsmith merge=credsmith",
  ]);
});

interface Foreign {
  readonly files: Readonly<Record<string, string>>;
  readonly before?: (home: Home) => Promise<unknown>;
  readonly told: RegExp;
}
const foreign: Readonly<Record<string, Foreign>> = {
  "a hook": {
    files: { ".git/hooks/pre-commit": "#!/bin/sh\nnpm test\n" },
    told: /add a line in ".*\.git\/hooks\/pre-commit":\n\s+credsmith git check \|\| exit 1/,
  },
  "core.hooksPath": {
    files: { "githooks/pre-push": "#!/bin/sh\n" },
    before: (home) => home.program("git", ["config", "core.hooksPath", "githooks"]),
    told: /a line in ".*\/githooks\/pre-commit"/,
  },
  "husky": {
    files: { ".husky/pre-commit": "npm test\n" },
    before: (home) => home.program("git", ["config", "core.hooksPath", ".husky/_"]),
    told: /a line in ".*\/\.husky\/pre-commit"/,
  },
  "the pre-commit framework": {
    files: { ".pre-commit-config.yaml": "repos: []\n" },
    told: /under "repos:" in ".*\.pre-commit-config\.yaml":[^]*entry: credsmith git check/,
  },
};
for (const [name, { files, before, told }] of Object.entries(foreign)) {
  peerTest(["git"], `install leaves ${name} alone and says which line to add`, async () => {
    await using home = await gitHome(files, { install: false });
    await before?.(home);
    const result = await home.run(["git", "install", "--yes"]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, told);
    for (const [path, text] of Object.entries(files)) assert.equal(await home.read(path), text);
    // The line is known, once it is there.
    const [, where, line] = /"(\/[^"]*)":\n((?:.|\n)*?)(?:\n(?! )|$)/.exec(result.stderr)!;
    await Deno.writeTextFile(where!, `${line}\n`, { append: true });
    const again = await home.run(["git", "install", "--yes"]);
    assert.doesNotMatch(again.stderr, /stays as it is/);
    await home.run(["git", "uninstall", "--yes"]);
    assert.ok(
      (await Deno.readTextFile(where!)).includes("credsmith git check"),
      "taken out of another's file",
    );
  });
}

peerTest(
  ["git"],
  "install in a linked work tree, a submodule, a bare repository, globally, nowhere",
  async () => {
    await using home = await gitHome();
    await home.git(["worktree", "add", "-q", ".bin/tree", "-b", "linked"]);
    const linked = await home.run(["git", "install", "--yes"], { cwd: `${home.path}/.bin/tree` });
    assert.equal(linked.code, 0, linked.stderr);
    assert.equal(linked.stdout, "Set up already; nothing to write\n");

    await home.git(["init", "-q", "--bare", ".bin/bare.git"]);
    const bare = await home.run(["git", "install", "--yes"], { cwd: `${home.path}/.bin/bare.git` });
    assert.equal(bare.code, 0, bare.stderr);
    assert.match(bare.stderr, /A bare repository has no \.gitattributes/);

    await home.git(["clone", "-q", ".", ".bin/clone"]);
    await home.git(
      [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        `${home.path}/.bin/clone`,
        "sub",
      ],
    );
    const sub = await home.run(["git", "install", "--yes"], { cwd: `${home.path}/sub` });
    assert.equal(sub.code, 0, sub.stderr);
    assert.ok(await home.exists(".git/modules/sub/hooks/pre-commit"));

    const nowhere = { cwd: home.runtime };
    const none = await home.run(["git", "install", "--yes"], nowhere);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /^Cannot set up git: there is no repository around/);
    const global = await home.run(["git", "install", "--yes", "--global"], nowhere);
    assert.equal(global.code, 0, global.stderr);
    assert.match(await config(home, "merge.credsmith.driver", "--global"), /git merge --/);
    assert.equal((await home.run(["git", "uninstall", "--yes", "--global"], nowhere)).code, 0);
    assert.equal(await config(home, "merge.credsmith.driver", "--global"), "");
    assert.equal(await config(home, "user.name", "--global"), "A Person");
  },
);

peerTest(["git"], "ten installs at once leave each line and each setting once", async () => {
  await using home = await gitHome({}, { install: false });
  const results = await Promise.all(
    Array.from({ length: 10 }, () => home.run(["git", "install", "--yes"])),
  );
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  assert.equal(
    await home.read(".gitattributes"),
    "*.yaml diff=credsmith merge=credsmith\n*.json diff=credsmith merge=credsmith\n",
  );
  const text = await home.read(".git/config");
  assert.equal(text.match(/^\ttextconv = /gm)?.length, 1);
  assert.equal(
    (await home.run(["git", "install", "--dry-run"])).stdout,
    "Set up already; nothing to write\n",
  );
});

peerTest(
  ["git", "linux", "strace"],
  "install, SIGKILL at every call on what it writes: the next start completes it",
  async () => {
    const program = (home: Home) => ({
      command: `${home.path}/.bin/credsmith`,
      args: ["git", "install", "--yes"],
      env: home.env,
      cwd: home.path,
    });
    const paths = (home: Home) => [
      `${home.path}/.gitattributes`,
      `${home.path}/..gitattributes.credsmith-tmp`,
      `${home.path}/.git/hooks/pre-commit`,
      `${home.path}/.git/hooks/.pre-commit.credsmith-tmp`,
    ];
    await using probe = await gitHome({}, { install: false });
    const points = await recordCalls(program(probe), paths(probe));
    await twoAtATime(points, async (point) => {
      await using home = await gitHome({}, { install: false });
      await injectAt(program(home), paths(home), point, "signal=SIGKILL");
      const where = `${point.call} ${point.occurrence}`;
      const next = await home.run(["git", "install", "--yes"]);
      assert.equal(next.code, 0, `${where}: ${next.stderr}`);
      assert.match(await home.read(".git/hooks/pre-commit"), /git check\n$/, where);
      assert.equal((await home.read(".gitattributes")).split("\n").length, 3, where);
      const left = (await home.files()).filter((name) => name.includes("credsmith-tmp"));
      assert.deepEqual(left, [], where);
    });
  },
);
