import assert from "node:assert/strict";
import { has } from "../support/peers.ts";
import { allShells, bourneShells, secretFiles, shellTest, showEnvironment } from "./support.ts";

const manifest = {
  unset: ["AWS_PROFILE"],
  profiles: {
    default: { files: { ID: "id", SECRET: "secret", REGION: "region" } },
    other: { files: { ID: "id" } },
  },
};
const env = { ID: "before", AWS_PROFILE: "work" };

/** Files, what the message says of the secret, and what it advises. */
const faults: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  RegExp,
])[] = [
  [
    "a missing file",
    { id: "A", region: "R" },
    /^credsmith: nothing loaded for profile "default": "[^"]*\/(?:secrets|1)\/secret" is not there\n {2}credsmith verify --offline says why\n$/,
  ],
  [
    "the first file missing",
    { secret: "S", region: "R" },
    /^credsmith: nothing loaded for profile "default": "[^"]*\/(?:secrets|1)\/id" is not there\n/,
  ],
  ["an empty file", { id: "A", secret: "", region: "R" }, /\/secret" is empty/],
];

for (const [name, files, message] of faults) {
  shellTest(allShells, `${name}: nothing is exported, and the shell goes on`, async (shell) => {
    await using secrets = secretFiles(files);
    const file = secrets.loader(shell, manifest);
    const status = shell.name === "fish" ? "echo code $status" : "echo code $?";
    const script = [secrets.source(shell, file), status, showEnvironment].join("\n");
    const { stdout, stderr, exported, code } = await secrets.run(shell, script, { env });
    assert.deepEqual([code, stdout], [0, "code 1\n"]);
    assert.match(stderr, message);
    assert.deepEqual(
      ["ID", "SECRET", "REGION", "AWS_PROFILE"].map((each) => exported.get(each)),
      ["before", undefined, undefined, "work"],
    );
  });
}

shellTest(allShells, "a failed load leaves the loaded profile as it was", async (shell) => {
  await using secrets = secretFiles({ id: "A" });
  const file = secrets.loader(shell, manifest);
  const load = (words: string) => secrets.source(shell, file, `${words} --quiet`);
  const script = [load("other"), load("default"), showEnvironment].join("\n");
  const { exported } = await secrets.run(shell, script);
  assert.deepEqual(
    ["ID", "CREDSMITH_LOADED", "CREDSMITH_NAMES"].map((each) => exported.get(each)),
    ["A", "other", "ID"],
  );
});

shellTest(bourneShells, "set -e ends a script whose load failed", async (shell) => {
  await using secrets = secretFiles({});
  const file = secrets.loader(shell, manifest);
  const script = ["set -e", secrets.source(shell, file), "echo still here"].join("\n");
  const { code, stdout } = await secrets.run(shell, script);
  assert.deepEqual([code === 0, stdout], [false, ""]);
});

shellTest(
  bourneShells.filter((shell) => /^bash|^zsh/.test(shell.name)),
  "a value with NUL is refused",
  async (shell) => {
    await using secrets = secretFiles({ id: "A", secret: "x\0y", region: "R" });
    const file = secrets.loader(shell, manifest);
    const script = [`${secrets.source(shell, file)} || :`, showEnvironment].join("\n");
    const { stderr, exported } = await secrets.run(shell, script);
    assert.match(stderr, /\/secret" has a NUL byte/);
    assert.equal(exported.get("ID"), undefined);
  },
);

shellTest(
  allShells,
  "an unknown word is refused and named, with those that there are",
  async (shell) => {
    await using secrets = secretFiles({ id: "A" });
    const file = secrets.loader(shell, manifest);
    for (const words of ["producton", "other --shout", "-q"]) {
      const script = [secrets.source(shell, file, words), showEnvironment].join("\n");
      const { stderr, exported } = await secrets.run(shell, script, { env });
      const word = words.split(" ").at(-1);
      assert.equal(
        stderr,
        `credsmith: nothing loaded: no profile or option "${word}"\n` +
          "  profiles: default, other; options: --unload, --quiet\n",
      );
      assert.equal(exported.get("ID"), "before");
    }
  },
);

shellTest(allShells, "without a default profile, one has to be named", async (shell) => {
  await using secrets = secretFiles({ a: "A", b: "B" });
  const two = { profiles: { one: { files: { ID: "a" } }, two: { files: { ID: "b" } } } };
  const load = (words: string) => `${secrets.source(shell, secrets.loader(shell, two), words)}\n`;
  const bare = await secrets.run(shell, load("") + showEnvironment);
  assert.match(bare.stderr, /^credsmith: nothing loaded: no profile .*\n {2}profiles: one, two;/);
  const named = await secrets.run(shell, load("two --quiet") + showEnvironment);
  assert.deepEqual([named.stderr, named.exported.get("ID")], ["", "B"]);
  const unloaded = await secrets.run(shell, load("--unload") + showEnvironment);
  assert.equal(unloaded.stderr, "credsmith: unloaded\n");
  const file = secrets.loader(shell, two, "one");
  const standard = await secrets.run(
    shell,
    `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`,
  );
  assert.equal(standard.exported.get("ID"), "A");
});

shellTest(
  bourneShells,
  "a read-only variable: none is exported, the shell goes on",
  async (shell) => {
    await using secrets = secretFiles({ id: "A", secret: "S", region: "R" });
    const file = secrets.loader(shell, manifest);
    const script = [
      "readonly REGION=mine",
      `${secrets.source(shell, file)} || echo failed`,
      showEnvironment,
    ];
    const { stdout, stderr, exported } = await secrets.run(shell, script.join("\n"));
    assert.equal(stdout, "failed\n");
    assert.match(stderr, /REGION/);
    assert.match(stderr, /credsmith: nothing loaded for profile "default": .*read-only/);
    assert.deepEqual(
      ["ID", "SECRET", "CREDSMITH_NAMES"].map((each) => exported.get(each)),
      [undefined, undefined, undefined],
    );
  },
);

shellTest(
  allShells,
  "a file that may not be read: the message speaks of the group",
  async (shell) => {
    await using secrets = secretFiles({ id: "A", secret: "S", region: "R" });
    Deno.chmodSync(`${secrets.path}/1/secret`, 0o000);
    // As /run/secrets.d/N is on NixOS: only root lists it.
    Deno.chmodSync(`${secrets.path}/1`, 0o711);
    const file = secrets.loader(shell, manifest);
    const script = [secrets.source(shell, file), showEnvironment].join("\n");
    const { stderr, exported } = await secrets.run(shell, script, {
      ...(has("root") ? { uid: 65534 } : {}),
    });
    assert.match(
      stderr,
      /\/secret" may not be read by you\n {2}log in again if you joined its group/,
    );
    assert.equal(exported.get("ID"), undefined);
    Deno.chmodSync(`${secrets.path}/1/secret`, 0o444);
    const loaded = await secrets.run(shell, script, { ...(has("root") ? { uid: 65534 } : {}) });
    assert.equal(loaded.exported.get("SECRET"), "S");
  },
);

shellTest(
  allShells.filter((shell) => shell.name === "fish"),
  "a universal variable in the way: nothing is loaded",
  async (shell) => {
    await using secrets = secretFiles({ id: "A", secret: "S", region: "R" });
    const file = secrets.loader(shell, manifest);
    const script = `set -Ux AWS_PROFILE work\nsource ${file}\n${showEnvironment}`;
    const { stderr, exported } = await secrets.run({ ...shell, command: ["fish"] }, script, {
      env: { XDG_CONFIG_HOME: `${secrets.path}/config` },
    });
    assert.match(stderr, /universal variable "AWS_PROFILE" would override it\n {2}set --erase/);
    assert.deepEqual([exported.get("ID"), exported.get("AWS_PROFILE")], [undefined, "work"]);
  },
);

shellTest(
  allShells.filter((shell) => shell.name === "bash"),
  "a bash that is too old is told so",
  async (shell) => {
    await using secrets = secretFiles({ id: "A", secret: "S", region: "R" });
    const file = secrets.loader(shell, manifest);
    const script = `enable -n mapfile; BASH_VERSION=3.2.57\n. ${file}\n${showEnvironment}`;
    const { stderr, exported } = await secrets.run(shell, script);
    assert.match(stderr, /needs bash 4\.4 to be read\n {2}source the loader for sh instead/);
    assert.equal(exported.get("ID"), undefined);
  },
);

shellTest(
  allShells.filter((shell) => shell.name === "bash (sh loader)"),
  "a bash that is too old for the faster part loads all the same",
  async (shell) => {
    await using secrets = secretFiles({ id: "A\n", secret: "S", region: "R" });
    const file = secrets.loader(shell, manifest);
    const script = `enable -n mapfile; BASH_VERSION=3.2.57\n. ${file} default\n${showEnvironment}`;
    const { exported } = await secrets.run(shell, script);
    assert.deepEqual([exported.get("ID"), exported.get("REGION")], ["A\n", "R"]);
  },
);
