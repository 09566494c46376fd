import assert from "node:assert/strict";
import {
  allShells,
  bourneShells,
  fishShell,
  secretFiles,
  shellTest,
  showEnvironment,
} from "./support.ts";

const manifest = {
  unset: ["AWS_PROFILE"],
  profiles: {
    default: { files: { ID: "id", SECRET: "secret" }, constants: { FLAG: "1" } },
    production: { files: { ID: "p_id", SECRET: "p_secret" } },
  },
};
const files = {
  id: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  p_id: "AKIAI44QH8DHBEXAMPLE",
  p_secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
};
const values = Object.values(files);

/** What a Bourne shell may have been told before it sources the loader. */
const settings: readonly (readonly [string, string, RegExp?])[] = [
  ["errexit and nounset", "set -eu"],
  ["pipefail", "set -o pipefail", /^(bash|zsh|busybox)/],
  ["noclobber", "set -C"],
  ["noglob", "set -f"],
  ["allexport", "set -a"],
  ["an empty IFS", "IFS=''"],
  ["an IFS of letters", "IFS='aeiouAEIOU/_ -'"],
  ["IFS unset", "unset IFS"],
  ["CDPATH, GLOBIGNORE and friends", "CDPATH=/tmp GLOBIGNORE='*' NULLCMD=false"],
  ["nullglob and failglob", "shopt -s nullglob failglob extglob", /^bash/],
  ["extdebug", "shopt -s extdebug", /^bash/],
  ["a DEBUG and an ERR trap", "trap : DEBUG; trap 'echo ERR' ERR; set -ET", /^bash/],
  [
    "zsh's odd options",
    "setopt sh_word_split ksh_arrays glob_subst rc_quotes csh_junkie_loops",
    /^zsh/,
  ],
  ["more of zsh's", "setopt no_unset err_exit err_return warn_create_global null_glob", /^zsh/],
  ["still more of zsh's", "setopt ignore_braces posix_builtins no_function_argzero", /^zsh/],
  ["zsh without globals", "setopt no_global_export typeset_silent magic_equal_subst", /^zsh/],
  [
    "aliases",
    "shopt -s expand_aliases 2>/dev/null; " +
    "for a in read export unset set local return break shift printf builtin command emulate test :; " +
    'do alias "$a=echo ALIAS"; done',
  ],
  [
    "functions in the place of builtins",
    "read() { echo FUNCTION; }; printf() { echo FUNCTION; }; test() { echo FUNCTION; }",
  ],
  [
    "functions in the place of special builtins",
    "export() { echo FUNCTION; }; unset() { echo FUNCTION; }",
    /^(bash|zsh)$/,
  ],
  ["a taken descriptor 9", "exec 9<&0"],
];

for (const [name, setting, only] of settings) {
  const shells = bourneShells.filter((shell) => !only || only.test(shell.name));
  shellTest(shells, `loads with ${name}`, async (shell) => {
    await using secrets = secretFiles(files);
    const file = secrets.loader(shell, manifest);
    const load = secrets.source(shell, file, "production --quiet");
    const again = secrets.source(shell, file, "default --quiet");
    Deno.writeTextFileSync(`${secrets.path}/show`, showEnvironment);
    const script = [setting, load, again, `/bin/sh ${secrets.path}/show`].join("\n");
    const { exported, stdout, stderr, code } = await secrets.run(shell, script, {
      env: { AWS_PROFILE: "work" },
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.doesNotMatch(stdout, /ALIAS|FUNCTION/);
    assert.deepEqual(
      ["ID", "SECRET", "FLAG", "AWS_PROFILE"].map((each) => exported.get(each)),
      [files.id, files.secret, "1", undefined],
    );
  });
}

shellTest([fishShell], "loads with functions in the place of builtins", async (shell) => {
  await using secrets = secretFiles(files);
  const file = secrets.loader(shell, manifest);
  const functions = ["printf", "functions", "realpath", "echo", "contains", "env"]
    .map((name) => `function ${name}; builtin echo FUNCTION; end`);
  Deno.writeTextFileSync(`${secrets.path}/show`, showEnvironment);
  const script = [
    ...functions,
    "set -g IFS aeiou",
    `source ${file} production`,
    `source ${file} --quiet`,
    `/bin/sh ${secrets.path}/show`,
  ].join("\n");
  const { exported, stdout, stderr } = await secrets.run(shell, script);
  assert.equal(stdout, "");
  assert.equal(stderr, 'credsmith: profile "production" loaded\n');
  assert.deepEqual([exported.get("ID"), exported.get("SECRET")], [files.id, files.secret]);
});

/** Prints all that a shell has, but for what a loader is there to change. */
const inventory = {
  bash: 'set -o; shopt; alias; declare -F; compgen -v | grep -v -e _$ -e ^BASH_; trap; echo "$@"',
  zsh: 'setopt; set -o; alias; print -l ${(ko)functions}; print -l ${(ko)parameters}; echo "$@"',
  dash: "set -o; alias; set | sed 's/=.*//'; echo \"$@\"",
  busybox: "set -o; alias; set | sed 's/=.*//'; echo \"$@\"",
  fish: "set -n; functions -an; set -S argv",
};

for (const [name, prepare] of [["as it is", ""], ["under set -x", "set -x"]] as const) {
  const shells = name === "as it is" ? allShells : bourneShells;
  shellTest(shells, `leaves nothing behind, ${name}`, async (shell) => {
    await using secrets = secretFiles({ ...files, empty: "" });
    const file = secrets.loader(shell, {
      profiles: {
        ...manifest.profiles,
        broken: { files: { ID: "id", OTHER: "empty" } },
      },
    });
    const list = inventory[shell.peer as keyof typeof inventory];
    const load = (words: string) => secrets.source(shell, file, words);
    const call = async (lines: readonly string[]) => {
      const script = [prepare, ...lines, list].join("\n");
      const { stdout } = await secrets.run(shell, script, { args: ["own", "words"] });
      return stdout.split("\n").sort();
    };
    const before = await call([]);
    assert.deepEqual(await call([load("--quiet"), load("--unload --quiet")]), before);
    const switched = [load("production --quiet"), load("--quiet"), load("--unload --quiet")];
    assert.deepEqual(await call(switched), before);
    assert.deepEqual(await call([`${load("broken")} || :`]), before);
    assert.deepEqual(await call([`${load("nonesuch")} || :`]), before);

    const loaded = (await call([load("--quiet")])).filter((line) => !before.includes(line));
    const names = ["CREDSMITH_LOADED", "CREDSMITH_NAMES", "FLAG", "ID", "SECRET"];
    assert.deepEqual(loaded.sort(), names);
  });
}

shellTest(allShells, "prints no value when the shell traces", async (shell) => {
  await using secrets = secretFiles(files);
  const file = secrets.loader(shell, manifest);
  const trace = shell.name === "fish" ? "set -g fish_trace 1" : "set -x";
  const load = (words: string) => secrets.source(shell, file, words);
  const script = [
    trace,
    load(""),
    load("production"),
    load("default"),
    load("--unload"),
    "echo on",
  ];
  const { stdout, stderr } = await secrets.run(shell, script.join("\n"));
  assert.equal(stdout, "on\n");
  for (const value of values) assert.ok(!stderr.includes(value), "a value was traced");
  assert.match(stderr, /^[+>].*echo on/m, "tracing goes on afterwards");
});

shellTest(bourneShells, "can be sourced from a function and from a sourced file", async (shell) => {
  await using secrets = secretFiles(files);
  const file = secrets.loader(shell, manifest);
  const outer = `${secrets.path}/outer`;
  Deno.writeTextFileSync(outer, `${secrets.source(shell, file, "production --quiet")}\n`);
  const script = [
    "set -eu",
    `f() { . ${file}; . ${outer}; echo "$# $1"; }`,
    "f --own word",
    showEnvironment,
  ];
  const { exported, stdout, stderr } = await secrets.run(shell, script.join("\n"));
  assert.equal(stderr, 'credsmith: profile "default" loaded\n');
  assert.equal(stdout, "2 --own\n");
  assert.equal(exported.get("ID"), files.p_id);
});

shellTest([fishShell], "can be sourced from a function and from a sourced file", async (shell) => {
  await using secrets = secretFiles(files);
  const file = secrets.loader(shell, manifest);
  const outer = `${secrets.path}/outer`;
  Deno.writeTextFileSync(outer, `source ${file} production --quiet\n`);
  const script = `function f; source ${file}; source ${outer}; echo $argv; end\nf --own word\n`;
  const { exported, stdout, stderr } = await secrets.run(shell, script + showEnvironment);
  assert.equal(stderr, 'credsmith: profile "default" loaded\n');
  assert.equal(stdout, "--own word\n");
  assert.equal(exported.get("ID"), files.p_id);
});

shellTest(allShells, "does not take the words of the calling script for its own", async (shell) => {
  await using secrets = secretFiles(files);
  const file = secrets.loader(shell, manifest);
  for (const args of [["production"], ["--unload"], ["deploy", "now"], [file], [""]]) {
    const script = `${secrets.source(shell, file)}\n${showEnvironment}`;
    const { exported, stderr } = await secrets.run(shell, script, { args });
    assert.equal(stderr, 'credsmith: profile "default" loaded\n');
    assert.equal(exported.get("ID"), files.id);
  }
});

shellTest(
  allShells,
  "takes its words from a variable, a path with blanks, and once",
  async (shell) => {
    await using secrets = secretFiles(files);
    const plain = secrets.loader(shell, manifest);
    const file = `${secrets.path}/a load'er`;
    Deno.renameSync(plain, file);
    const quoted = shell.name === "fish" ? `"${file}"` : `"${file}"`;
    const pass = shell.words ? `p=production\nset -- x\n. ${quoted} "$p" --quiet` : "";
    const fish = `set p production\nsource ${quoted} $p --quiet`;
    const dash = `CREDSMITH_LOAD='  production  --quiet '; . ${quoted}`;
    const first = shell.name === "fish" ? fish : pass || dash;
    const second = shell.name === "fish" ? `source ${quoted}` : `. ${quoted}`;
    const { exported, stderr } = await secrets.run(
      shell,
      [first, second, showEnvironment].join("\n"),
    );
    assert.equal(stderr, 'credsmith: profile "default" loaded\n');
    assert.equal(exported.get("ID"), files.id);
    assert.equal(exported.get("CREDSMITH_LOAD"), undefined);
  },
);
