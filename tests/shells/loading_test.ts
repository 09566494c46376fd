import assert from "node:assert/strict";
import { allShells, secretFiles, shellTest, showEnvironment, utf8 } from "./support.ts";

const awkward = {
  quotes: `it's "quoted" \`now\``,
  dollars: "$HOME ${x} $(touch pwned) !! #",
  backslashes: "a\\b\\\\c\\n\\",
  spaces: "  leading, inner  and trailing \t ",
  newlines: "one\ntwo\n\n",
  newline: "\n",
  carriage: "dos\r\n",
  glob: "* ? [a] ~ {a,b}",
  dashes: "-n",
  option: "--",
  controls: "\x01\x02\x07\x1b\x7f",
  invalid: "\xff\xfe\x80\xc3",
  unicode: utf8("zażółć 🗝️ \u00a0\u2028"),
  long: "0123456789abcdef".repeat(1024),
};

shellTest(allShells, "values arrive byte for byte", async (shell) => {
  await using secrets = secretFiles(awkward);
  const names = Object.keys(awkward);
  const file = secrets.loader(shell, {
    profiles: { default: { files: Object.fromEntries(names.map((name) => [`T_${name}`, name])) } },
  });
  for (const locale of ["C.UTF-8", "C"]) {
    const result = await secrets.run(
      shell,
      `${secrets.source(shell, file)}\n${showEnvironment}`,
      { env: { LC_ALL: locale } },
    );
    assert.equal(result.stderr, 'credsmith: profile "default" loaded\n');
    for (const [name, value] of Object.entries(awkward)) {
      assert.equal(result.exported.get(`T_${name}`), value, `${name} in locale ${locale}`);
    }
  }
});

shellTest(allShells, "constants, optional files, and what would override", async (shell) => {
  await using secrets = secretFiles({ id: "AKIAIOSFODNN7EXAMPLE", empty: "", region: "eu-west-1" });
  const file = secrets.loader(shell, {
    unset: ["AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"],
    profiles: {
      default: {
        files: {
          AWS_SESSION_TOKEN: "token",
          AWS_ACCESS_KEY_ID: "id",
          ENDPOINT: "empty",
          AWS_REGION: "region",
          AWS_DEFAULT_REGION: "region",
        },
        optional: ["AWS_SESSION_TOKEN", "ENDPOINT", "AWS_REGION"],
        constants: { CLAUDE_CODE_USE_BEDROCK: "1", MOTTO: "it's $HOME" },
      },
    },
  });
  const env = {
    AWS_PROFILE: "work",
    AWS_SESSION_TOKEN: "stale",
    ENDPOINT: "https://stale.example",
    KEPT: "kept",
  };
  const script = `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`;
  const { exported, stderr } = await secrets.run(shell, script, { env });
  assert.equal(stderr, "");
  const expected = {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    CLAUDE_CODE_USE_BEDROCK: "1",
    MOTTO: "it's $HOME",
    KEPT: "kept",
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
    ENDPOINT: undefined,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(exported.get(name), value, name);
  }
});

const two = {
  profiles: {
    default: { files: { ID: "id", TOKEN: "token" }, optional: ["TOKEN"] },
    production: { files: { ID: "p_id", MODEL: "p_model" }, constants: { MODE: "live" } },
  },
};

shellTest(allShells, "another profile takes away what the first one set", async (shell) => {
  await using secrets = secretFiles({ id: "A", token: "T", p_id: "B", p_model: "M" });
  const file = secrets.loader(shell, two);
  const load = (words: string) => secrets.source(shell, file, `${words} --quiet`);
  const env = { MODEL: "mine", OTHER: "kept" };

  const switched = await secrets.run(
    shell,
    [load(""), load("production"), showEnvironment].join("\n"),
    { env },
  );
  assert.equal(switched.stderr, "");
  assert.deepEqual(
    ["ID", "TOKEN", "MODEL", "MODE", "OTHER"].map((name) => switched.exported.get(name)),
    ["B", undefined, "M", "live", "kept"],
  );

  const back = await secrets.run(
    shell,
    [load("production"), load("default"), showEnvironment].join("\n"),
  );
  assert.deepEqual(
    ["ID", "TOKEN", "MODEL", "MODE"].map((name) => back.exported.get(name)),
    ["A", "T", undefined, undefined],
  );
});

shellTest(allShells, "--unload takes away exactly what was set", async (shell) => {
  await using secrets = secretFiles({ id: "A", p_id: "B", p_model: "M" });
  const file = secrets.loader(shell, two);
  const env = { TOKEN: "mine", MODEL: "mine" };
  const load = (words: string) => secrets.source(shell, file, words);
  const set = shell.name === "fish" ? "set -gx TOKEN again" : "export TOKEN=again";
  const { exported, stderr, code } = await secrets.run(
    shell,
    [load("--quiet"), set, load("--unload"), load("--unload --quiet"), showEnvironment].join("\n"),
    { env },
  );
  assert.equal(stderr, "credsmith: unloaded\n");
  assert.equal(code, 0);
  assert.deepEqual(
    ["ID", "TOKEN", "MODEL", "CREDSMITH_NAMES", "CREDSMITH_LOADED"].map((name) =>
      exported.get(name)
    ),
    [undefined, "again", "mine", undefined, undefined],
  );
});

shellTest(allShells, "a shell unloads what its parent has loaded", async (shell) => {
  await using secrets = secretFiles({ id: "A", token: "T", p_id: "B", p_model: "M" });
  const file = secrets.loader(shell, two);
  const parent = await secrets.run(
    shell,
    `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`,
  );
  const env = Object.fromEntries(parent.exported);
  assert.equal(env.CREDSMITH_LOADED, "default");
  const child = await secrets.run(
    shell,
    `${secrets.source(shell, file, "production --quiet")}\n${showEnvironment}`,
    { env },
  );
  assert.equal(child.stderr, "");
  assert.deepEqual(["ID", "TOKEN"].map((name) => child.exported.get(name)), ["B", undefined]);
});

shellTest(allShells, "an odd list of names from outside is left alone", async (shell) => {
  await using secrets = secretFiles({ id: "A" });
  const file = secrets.loader(shell, two);
  for (const names of ["a[$(touch pwned)]", "; touch pwned", "-f x", "* ?", "=ls"]) {
    const script = `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`;
    const { exported } = await secrets.run(shell, script, { env: { CREDSMITH_NAMES: names } });
    assert.equal(exported.get("ID"), "A");
    assert.throws(() => Deno.statSync(`${secrets.path}/pwned`), Deno.errors.NotFound);
  }
});

shellTest(allShells, "words of a shell's grammar can be profiles", async (shell) => {
  await using secrets = secretFiles({ id: "value" });
  const names = ["esac", "in", "do", "end", "case", "constructor", "time", "1a"];
  const profile = { files: { AWS_ACCESS_KEY_ID: "id" } };
  const profiles = Object.fromEntries(names.map((name) => [name, profile]));
  const file = secrets.loader(shell, { profiles });
  for (const name of names) {
    const { code, exported, stderr } = await secrets.run(
      shell,
      `${secrets.source(shell, file, name)}\n${showEnvironment}`,
    );
    assert.equal(code, 0, stderr);
    assert.equal(exported.get("CREDSMITH_LOADED"), name);
    assert.match(stderr, new RegExp(`profile "${name}" loaded`));
  }
});
