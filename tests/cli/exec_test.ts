import assert from "node:assert/strict";
import { credsmith, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

const home = async (text = exampleText) => await temporaryHome(await homeWithSecrets({ text }));

Deno.test("exec gives a program the credentials, and takes away what would override them", async () => {
  await using place = await home();
  const script =
    'echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_REGION ${AWS_PROFILE-none} ' +
    '${AWS_SESSION_TOKEN-none} $KEPT"; cat';
  const result = await place.run(["exec", "--static", "--", "sh", "-c", script], {
    stdin: "its input",
    env: { AWS_PROFILE: "work", AWS_SESSION_TOKEN: "stale", AWS_REGION: "nowhere", KEPT: "kept" },
  });
  assert.deepEqual(result, {
    code: 0,
    stdout: `${exampleSecrets.join(" ")} us-east-1 none none kept\nits input`,
    stderr: "",
  });
});

Deno.test("exec takes a profile before --, and everything after it is the program's", async () => {
  await using place = await home(`${exampleText}profiles:
    work: {access_key_id: AKIAI44QH8DHBEXAMPLE, secret_access_key: x, region: eu-west-1}
`);
  const words = ["exec", "work", "--static", "--", "sh", "-c", 'echo "$AWS_REGION" "$@"', "sh"];
  const { stdout } = await place.run([...words, "--help", "--", "-f", "work"]);
  assert.equal(stdout, "eu-west-1 --help -- -f work\n");
});

Deno.test("exec --only sets nothing else", async () => {
  await using place = await home();
  const script = 'echo "$AWS_REGION ${AWS_ACCESS_KEY_ID-none}"';
  const one = await place.run([
    "exec",
    "--static",
    "--only",
    "AWS_REGION",
    "--",
    "sh",
    "-c",
    script,
  ]);
  assert.equal(one.stdout, "us-east-1 none\n");
  const none = await place.run(["exec", "--only", "NONE", "--", "true"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^Profile "default" does not set "NONE"\n {2}it sets: .*AWS_REGION/);
});

const ends: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["its exit code", ["sh", "-c", "exit 7"], 7, /^$/],
  ["a signal that ended it", ["sh", "-c", "kill -TERM $$"], 143, /^$/],
  ["a signal nobody asks with", ["sh", "-c", "kill -KILL $$"], 137, /^$/],
  [
    "no such program",
    ["nonesuch-program"],
    127,
    /^Cannot run "nonesuch-program": there is no such/,
  ],
  ["no such path", ["./nonesuch"], 127, /no such program/],
  ["a file that is no program", ["./.sops.yaml"], 126, /^Cannot run "\.\/\.sops\.yaml": .*EACCES/],
];
for (const [name, program, code, stderr] of ends) {
  Deno.test(`exec ends as the program does: ${name}`, async () => {
    await using place = await home();
    const result = await place.run(["exec", "--static", "--", ...program]);
    assert.equal(result.code, code);
    assert.match(result.stderr, stderr);
  });
}

Deno.test("exec without a program and without a key says what is missing", async () => {
  await using place = await home(
    "profiles:\n    ci:\n        role_arn: arn:aws:iam::123456789012:role/ci\n",
  );
  const program = await place.run(["exec", "ci"]);
  assert.equal(program.code, 2);
  assert.match(program.stderr, /^Cannot run a program: .*\n {2}.*credsmith exec .*-- PROGRAM/);
  const key = await place.run(["exec", "ci", "--", "touch", "ran"]);
  assert.equal(key.code, 5);
  assert.ok(!await place.exists("ran"));
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"] as const) {
  peerTest(["linux", "bash"], `exec hands ${signal} on to the program`, async () => {
    await using place = await home();
    // The shell answers the signal; `read` ends when standard input does, at the latest.
    const script = `trap 'echo ${signal}; exit 9' ${signal.slice(3)}; echo ready; ` +
      "while :; do read line || exit 1; done";
    const [program, ...args] = credsmith;
    const child = new Deno.Command(program!, {
      args: [...args, "exec", "--static", "--", "bash", "-c", script],
      cwd: place.path,
      env: { ...place.env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let shown = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += text;
      if (shown === "ready\n") child.kill(signal);
    }
    await child.stdin.close();
    const { code } = await child.status;
    assert.deepEqual([shown, code], [`ready\n${signal}\n`, 9]);
  });
}

peerTest(["linux", "bash"], "Ctrl-C reaches the program once, and us not at all", async () => {
  await using place = await home();
  const script = "trap 'n=$((n+1)); echo \"got $n\"' INT; echo ready; " +
    'read a; echo "read $a"; read b; echo "read $b"; exit 5';
  const { code, shown } = await onTerminal(
    place,
    [...credsmith, "exec", "--static", "--", "bash", "-c", script],
    [["ready", "\x03"], ["got 1", "one\r"], ["read one", "two\r"]],
  );
  assert.match(shown, /got 1/);
  assert.doesNotMatch(shown, /got 2/);
  assert.equal(code, 5);
});

peerTest(
  ["linux", "bash"],
  "a program that Ctrl-C ends stops the script that runs it",
  async () => {
    await using place = await home();
    const words = credsmith.map((word) => `'${word}'`).join(" ");
    const loop =
      `for i in 1 2 3; do ${words} exec --static -- sh -c 'echo round; cat'; done; echo through`;
    const { shown } = await onTerminal(place, ["bash", "-c", loop], [["round", "\x03"]]);
    assert.equal(shown.match(/round/g)?.length, 1);
    assert.doesNotMatch(shown, /through/);
  },
);

peerTest(["linux", "strace"], "no secret is in the arguments of a program", async () => {
  await using place = await home();
  const [program, ...args] = credsmith;
  const log = `${place.runtime}/strace`;
  const options = ["-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", log];
  await place.program("strace", [...options, program!, ...args, "exec", "--static", "--", "true"]);
  const calls = await Deno.readTextFile(log);
  assert.match(calls, /execve\("[^"]*true", \["[^"]*true"\]/);
  for (const secret of exampleSecrets) assert.ok(!calls.includes(secret));
});
