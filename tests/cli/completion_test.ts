import assert from "node:assert/strict";
import { credsmith, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

/** A home with `credsmith` on PATH, run from its sources. */
async function homeWithCredsmith(files: Readonly<Record<string, string>> = {}) {
  const home = await temporaryHome(files);
  await home.write("bin/credsmith", `#!/bin/sh\nexec ${credsmith.join(" ")} "$@"\n`, 0o755);
  return { home, env: { PATH: `${home.path}/bin:${home.env.PATH}` } };
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

Deno.test("completion of a verb, of its flags, and of words that fit nothing", async () => {
  const { home } = await homeWithCredsmith();
  await using _ = home;
  const names = async (...words: string[]) => {
    const { code, stdout, stderr } = await home.run(["__complete", ...words]);
    assert.deepEqual([code, stderr], [0, ""]);
    return lines(stdout).map((line) => line.split("\t")[0]);
  };
  assert.deepEqual(await names("compl"), ["completion"]);
  assert.deepEqual(await names("completion", "z"), ["zsh"]);
  assert.deepEqual(await names("nothing", "like", "this"), []);
  assert.ok(!(await names("")).includes("__complete"));
  assert.deepEqual(await names("verify", "--no-"), ["--no-invoke"]);
  assert.deepEqual(await names("exec", "--o"), ["--only"]);
});

Deno.test("names in the secrets file are completed without a key", async () => {
  const { home } = await homeWithCredsmith();
  await using _ = home;
  await home.run(
    "init --from stdin --profile work --offline --no-recovery --no-host-key --no-claude".split(" "),
    { stdin: "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n" },
  );
  await Deno.remove(`${home.path}/.config`, { recursive: true });
  const names = async (...words: string[]) =>
    lines((await home.run(["__complete", ...words])).stdout).map((line) => line.split("\t")[0]);
  assert.deepEqual(await names("get", "profiles/work/s"), ["profiles/work/secret_access_key"]);
  assert.deepEqual(await names("verify", "w"), ["work"]);
  assert.deepEqual(await names("verify", "--no-invoke", "w"), ["work"]);
  assert.deepEqual(await names("verify", "work", "w"), []);
  assert.deepEqual(await names("verify", ""), ["work"]);
  assert.deepEqual(await names("exec", ""), ["work"]);
  assert.deepEqual(await names("exec", "work", "--", "w"), []);
  await home.write("secrets/aws.yaml", "{{{");
  assert.deepEqual(await names("get", "profiles"), []);
});

Deno.test("completion of an unknown shell is a usage error that names the known ones", async () => {
  await using home = await temporaryHome();
  const { code, stdout, stderr } = await home.run(["completion", "tcsh"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /not one of bash, zsh, fish/);
});

peerTest(["bash"], "bash completes from the script that is printed", async () => {
  const { home, env } = await homeWithCredsmith();
  await using _ = home;
  const script = `
    set -u
    eval "$(credsmith completion bash)"
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _credsmith; echo "\${COMPREPLY[*]-}"; }
    try credsmith compl
    try credsmith completion ""
    try credsmith no such thing
    complete -p credsmith`;
  const { code, stdout, stderr } = await home.program("bash", ["--norc", "-c", script], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(stdout.split("\n"), [
    "completion",
    "bash zsh fish",
    "",
    "complete -o default -F _credsmith credsmith",
    "",
  ]);
});

peerTest(["fish"], "fish completes from the script that is printed", async () => {
  const { home, env } = await homeWithCredsmith();
  await using _ = home;
  const script = `
    credsmith completion fish | source
    complete -C 'credsmith compl'
    complete -C 'credsmith completion z'`;
  const { code, stdout } = await home.program("fish", ["--no-config", "-c", script], { env });
  assert.equal(code, 0);
  assert.deepEqual(lines(stdout), [
    "completion\tprint what makes a shell complete credsmith",
    "zsh\tbash, zsh or fish",
  ]);
});

peerTest(["zsh"], "zsh completes from the script that is printed", async () => {
  const { home, env } = await homeWithCredsmith();
  await using _ = home;
  // The line editor is left out: what the function hands to zsh's completion system is looked at.
  const script = `
    compdef() { print "compdef $*"; }
    _describe() { local list=$2; print -l "described" "\${(@P)list}"; }
    _files() { print files; }
    eval "$(credsmith completion zsh)"
    words=(credsmith compl) CURRENT=2; _credsmith
    words=(credsmith completion "") CURRENT=3; _credsmith
    words=(credsmith no such thing) CURRENT=4; _credsmith`;
  const { code, stdout, stderr } = await home.program("zsh", ["-f", "-c", script], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(lines(stdout), [
    "compdef _credsmith credsmith",
    "described",
    "completion:print what makes a shell complete credsmith",
    "described",
    "bash:bash, zsh or fish",
    "zsh:bash, zsh or fish",
    "fish:bash, zsh or fish",
    "files",
  ]);
});
