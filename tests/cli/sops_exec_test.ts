import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { encrypted, exampleSecrets, homeReady } from "../support/sops_file.ts";

const [, secret] = exampleSecrets;
const home = async () => await homeReady({ "flat.yaml": await encrypted(`SECRET: ${secret}\n`) });

/** `credsmith sops …`, started and left running. */
function start(home: Home, args: readonly string[]) {
  const [program, ...given] = credsmith;
  return new Deno.Command(program, {
    args: [...given, "sops", ...args],
    cwd: home.path,
    env: { ...home.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Reads until a program has printed a whole line. */
async function lineOf(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text.trim();
}

const forms = [
  ["exec-env", "flat.yaml"],
  ["exec-file", "flat.yaml"],
  ["exec-file", "--no-fifo", "flat.yaml"],
] as const;

for (const form of forms) {
  peerTest(["linux"], `sops ${form.join(" ")}: no value is in anybody's arguments`, async () => {
    await using made = await home();
    const shown = await made.run(["sops", ...form, "cat /proc/$$/cmdline /proc/$PPID/cmdline"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /\/bin\/sh\0-c\0/);
    assertAbsent(shown.stdout, exampleSecrets, "the arguments");
  });

  peerTest(
    ["linux"],
    `sops ${form.join(" ")}: signals reach the command, and its end is ours`,
    async () => {
      await using made = await home();
      const child = start(made, [
        ...form,
        `sleep 60 & trap 'echo heard; kill $!; exit 5' TERM; echo ready; wait`,
      ]);
      assert.equal(await lineOf(child), "ready");
      child.kill("SIGTERM");
      assert.equal(await lineOf(child), "heard");
      assert.equal((await child.status).code, 5);
      await child.stdout.cancel();
    },
  );

  peerTest(
    ["linux"],
    `sops ${form.join(" ")}: a signal that ends the command ends us by it`,
    async () => {
      await using made = await home();
      const child = start(made, [...form, "echo ready; exec sleep 60"]);
      assert.equal(await lineOf(child), "ready");
      child.kill("SIGTERM");
      const { signal } = await child.status;
      assert.equal(signal, "SIGTERM");
      await child.stdout.cancel();
    },
  );
}

peerTest(
  ["linux"],
  "sops exec-file: the plaintext is in memory or in no file at all, and gone afterwards",
  async () => {
    await using made = await home();
    const env = { XDG_RUNTIME_DIR: made.runtime };
    for (const flags of [[], ["--no-fifo"]]) {
      const { code, stdout, stderr } = await made.run([
        "sops",
        "exec-file",
        ...flags,
        "flat.yaml",
        "echo {}; stat -f -c %T {}; cat {}",
      ], { env });
      assert.equal(code, 0, stderr);
      const [path = "", type, text] = stdout.split("\n");
      assert.match(path, new RegExp(`^${made.runtime}/credsmith/exec-\\w+/tmp-file\\w*$`));
      assert.deepEqual([type, text], ["tmpfs", `SECRET: ${secret}`]);
      assert.deepEqual([...Deno.readDirSync(`${made.runtime}/credsmith`)], []);
    }
  },
);

peerTest(["linux"], "sops exec-file: what SIGKILL left is gone at the next start", async () => {
  await using made = await home();
  Object.assign(made.env, { XDG_RUNTIME_DIR: made.runtime });
  const child = start(made, ["exec-file", "--no-fifo", "flat.yaml", "echo {}; exec sleep 60"]);
  const path = await lineOf(child);
  const children = await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/children`);
  child.kill("SIGKILL");
  await child.status;
  await child.stdout.cancel();
  Deno.kill(Number(children.trim()), "SIGKILL");
  assert.ok(Deno.statSync(path).isFile);
  assert.equal((await made.run(["sops", "exec-file", "flat.yaml", "true"])).code, 0);
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
});

peerTest(["linux"], "sops exec-file: a large file goes through the pipe, read or not", async () => {
  await using made = await homeReady({
    "large.yaml": await encrypted(`LARGE: ${"x".repeat(300_000)}\n`),
  });
  for (
    const [command, expected] of [["wc -c < {}", "300008\n"], ["head -c 7 {}", "LARGE: "], [
      "true",
      "",
    ]]
  ) {
    const { code, stdout } = await made.run(["sops", "exec-file", "large.yaml", command!]);
    assert.deepEqual([code, stdout], [0, expected]);
  }
});

peerTest(["linux", "root"], "sops exec-env and exec-file as another user", async () => {
  await using made = await home();
  await Deno.chmod(made.path, 0o755);
  const who = "id -un; id -Gn; echo $HOME $USER $LOGNAME";
  const env = await made.run([
    "sops",
    "exec-env",
    "--user",
    "nobody",
    "flat.yaml",
    `${who}; echo $SECRET`,
  ]);
  const expected = "nobody\nnogroup\n/nonexistent nobody nobody\n";
  assert.deepEqual([env.code, env.stdout], [0, `${expected}${secret}\n`], env.stderr);
  for (const flags of [[], ["--no-fifo"]]) {
    const file = await made.run([
      "sops",
      "exec-file",
      ...flags,
      "--user",
      "nobody",
      "flat.yaml",
      `${who}; cat {}`,
    ]);
    assert.deepEqual([file.code, file.stdout], [0, `${expected}SECRET: ${secret}\n`], file.stderr);
  }
  const pristine = await made.run([
    "sops",
    "exec-env",
    "--user",
    "nobody",
    "--pristine",
    "--same-process",
    "flat.yaml",
    "/usr/bin/env",
  ]);
  assert.deepEqual(
    pristine.stdout.split("\n").map((line) => line.split("=")[0]).filter((name) => name !== "PWD")
      .sort(),
    ["", "HOME", "LOGNAME", "SECRET", "USER"],
    pristine.stderr,
  );
});

peerTest(
  ["linux"],
  "sops exec-env --same-process is the command, with our process number",
  async () => {
    await using made = await home();
    const child = start(made, [
      "exec-env",
      "--same-process",
      "flat.yaml",
      "echo $$; exec sleep 60",
    ]);
    assert.equal(await lineOf(child), String(child.pid));
    child.kill("SIGTERM");
    assert.equal((await child.status).signal, "SIGTERM");
    await child.stdout.cancel();
  },
);

for (const values of [{ "\0": "x" }, { A: "\0" }]) {
  Deno.test(`sops exec-env refuses a NUL byte in the ${"A" in values ? "value" : "name"}`, async () => {
    await using made = await homeReady({ "p.json": JSON.stringify(values) });
    await made.run(["sops", "encrypt", "-i", "p.json"]);
    const { code, stdout, stderr } = await made.run(["sops", "exec-env", "p.json", "echo started"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^cannot use a NUL byte in environment/);
  });
}

Deno.test("sops exec-file without a folder in memory uses a pipe, and refuses a file", async () => {
  await using made = await home();
  await made.write("runtime/.keep", "");
  // A folder that others may enter is not used, and /dev/shm is not tried then.
  const runtime = `${made.runtime}/credsmith`;
  await Deno.mkdir(runtime, { mode: 0o755 });
  const env = { XDG_RUNTIME_DIR: made.runtime };
  const pipe = await made.run(["sops", "exec-file", "flat.yaml", "cat {}"], { env });
  assert.deepEqual([pipe.code, pipe.stdout], [0, `SECRET: ${secret}\n`], pipe.stderr);
  const refused = await made.run(["sops", "exec-file", "--no-fifo", "flat.yaml", "cat {}"], {
    env,
  });
  assert.deepEqual([refused.code, refused.stdout], [77, ""], refused.stderr);
});

peerTest(["linux"], "sops exec-file --background starts the command and is done", async () => {
  await using made = await home();
  const args = ["exec-file", "--background", "flat.yaml", "true"];
  const { code, stdout, stderr } = await made.run(["sops", ...args]);
  assert.deepEqual([code, stdout], [0, ""]);
  assert.match(stderr, /the plaintext is gone/);
});
