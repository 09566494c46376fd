import assert from "node:assert/strict";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import {
  decrypted,
  encrypted,
  exampleSecrets,
  exampleText,
  homeWithSecrets,
} from "../support/sops_file.ts";

const file = "secrets/aws.yaml";
async function homeInMemory(files: Record<string, string> = {}) {
  return await temporaryHome({ ...await homeWithSecrets(), ...files });
}

/** An editor that is a shell script; `$1` is the file. */
async function editor(home: Home, script: string): Promise<Record<string, string>> {
  await home.write("bin/editor", `#!/bin/sh\n${script}\n`);
  await Deno.chmod(`${home.path}/bin/editor`, 0o755);
  return { EDITOR: `${home.path}/bin/editor` };
}

/** What lies in the private folder in memory. */
function leftovers(home: Home): string[] {
  try {
    return [...Deno.readDirSync(`${home.runtime}/credsmith`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

Deno.test("edit writes what changed, and other leaves keep their ciphertext", async () => {
  await using home = await homeInMemory();
  const before = await home.read(file);
  const env = await editor(home, 'sed -i s/us-east-1$/eu-west-1/ "$1"');
  const result = await home.run(["edit"], { env });
  assert.deepEqual([result.code, result.stdout, result.stderr], [
    0,
    "",
    'Changed "secrets/aws.yaml"\n',
  ]);
  const after = await home.read(file);
  assert.equal(await decrypted(after), exampleText.replace(": us-east-1\n", ": eu-west-1\n"));
  const kept = (text: string) => /aws_secret_access_key: (ENC.*)/.exec(text)?.[1];
  assert.equal(kept(after), kept(before));
  assert.deepEqual(leftovers(home), []);
});

Deno.test("edit gives the editor a private copy in memory that keeps the file's name", async () => {
  await using home = await homeInMemory();
  const env = await editor(home, 'stat -c "%a %n %s" "$1" "$(dirname "$1")" > seen');
  assert.equal((await home.run(["edit"], { env })).code, 0);
  const [copy = "", folder = ""] = (await home.read("seen")).split("\n");
  assert.match(
    copy,
    new RegExp(`^600 ${home.runtime}/credsmith/edit-[^/]+/aws.yaml ${exampleText.length}$`),
  );
  assert.match(folder, /^700 /);
  assert.deepEqual(leftovers(home), []);
});

Deno.test("edit writes nothing when nothing changed, and says so", async () => {
  await using home = await homeInMemory();
  const before = await home.read(file);
  const result = await home.run(["edit"], { env: { EDITOR: "true" } });
  assert.deepEqual([result.code, result.stderr], [0, 'Nothing changed in "secrets/aws.yaml"\n']);
  assert.equal(await home.read(file), before);
});

Deno.test("edit prefers $VISUAL and splits it into words", async () => {
  await using home = await homeInMemory({ "a b.sed": "s/us-east-1$/eu-west-1/" });
  const env = { EDITOR: "false", VISUAL: `sed -i -f '${home.path}/a b.sed'` };
  assert.equal((await home.run(["edit"], { env })).code, 0);
  assert.equal((await home.run(["get", "aws_region"])).stdout, "eu-west-1");
});

const failures: readonly [string, string, number, RegExp][] = [
  [
    "an editor that fails",
    "exit 3",
    8,
    /^Nothing written: the editor ".*editor" ended with code 3\n/,
  ],
  [
    "text that is no YAML",
    `printf 'a: "x\\n' > "$1"`,
    2,
    /^Nothing written to "secrets\/aws.yaml": .*line /,
  ],
  ["a name that is there twice", `printf 'a: 1\\na: 2\\n' > "$1"`, 2, /line 2/],
  ["an empty text", ': > "$1"', 2, /empty/],
  ["an entry named sops", `printf 'sops: x\\n' >> "$1"`, 2, /sops/],
  ["a value with NUL", `printf 'v: "a\\\\0b"\\n' >> "$1"`, 2, /"v" has a NUL byte/],
];
for (const [what, script, code, message] of failures) {
  Deno.test(`edit with ${what} and without a terminal writes nothing`, async () => {
    await using home = await homeInMemory();
    const before = await home.read(file);
    const result = await home.run(["edit"], { env: await editor(home, script) });
    assert.deepEqual([result.code, result.stdout], [code, ""], result.stderr);
    assert.match(result.stderr, message);
    assertAbsent(result.stderr, exampleSecrets, "stderr");
    assert.equal(await home.read(file), before);
    assert.deepEqual(leftovers(home), []);
  });
}

for (
  const [what, value, message] of [
    ["no such program", "no-such-editor", /^Cannot start the editor "no-such-editor"/],
    ["an open quote", "'vim", /\$EDITOR/],
  ] as const
) {
  Deno.test(`edit with ${what} exits 2`, async () => {
    await using home = await homeInMemory();
    const { code, stderr } = await home.run(["edit"], { env: { EDITOR: value } });
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.deepEqual(leftovers(home), []);
  });
}

Deno.test("edit refuses a new credential that the selectors leave in plaintext", async () => {
  const selector = { rule: "encrypted_regex", text: "^aws_" } as const;
  await using home = await homeInMemory({
    [file]: await encrypted("aws_region: x\n", { selector }),
  });
  const before = await home.read(file);
  const env = await editor(
    home,
    `echo "profiles: {dev: {secret_access_key: ${exampleSecrets[1]}}}" >> "$1"`,
  );
  const result = await home.run(["edit"], { env });
  assert.equal(result.code, 2);
  assert.match(
    result.stderr,
    /"profiles\/dev\/secret_access_key" would stay in plaintext under encrypted_regex "\^aws_"/,
  );
  assertAbsent(result.stderr, exampleSecrets, "stderr");
  assert.equal(await home.read(file), before);
});

Deno.test("edit keeps the text in memory when another process changed the file meanwhile", async () => {
  await using home = await homeInMemory();
  const other = await encrypted("aws_region: other\n");
  await home.write("other.yaml", other);
  const env = await editor(home, `cp other.yaml ${file}; sed -i s/us-east-1$/eu-west-1/ "$1"`);
  const result = await home.run(["edit"], { env });
  assert.equal(result.code, 8);
  assert.match(
    result.stderr,
    /^Nothing written to "secrets\/aws.yaml": another process changed it/,
  );
  const kept = /\/\S*unsaved-\S*aws\.yaml/.exec(result.stderr)?.[0] ?? "";
  assert.ok(kept.startsWith(home.runtime), result.stderr);
  assert.match(await Deno.readTextFile(kept), /aws_region: eu-west-1\n/);
  assert.equal((Deno.statSync(kept).mode ?? 0) & 0o777, 0o600);
  assert.equal(await home.read(file), other);
  // The next start leaves it alone.
  await home.run(["edit"], { env: { EDITOR: "true" } });
  assert.ok(Deno.statSync(kept).isFile);
});

const unwritable: readonly (readonly [string, readonly string[], number])[] = [
  ["edit", ["edit"], 8],
  ["sops edit", ["sops", "edit", file], 3],
];
for (const [what, args, code] of unwritable) {
  peerTest(
    ["linux", "root"],
    `${what} keeps the text in memory when it cannot be written`,
    async () => {
      await using home = await homeInMemory();
      const before = await home.read(file);
      const env = await editor(home, 'sed -i s/us-east-1$/eu-west-1/ "$1"; chattr +i secrets');
      await using _ = {
        [Symbol.asyncDispose]: () => home.program("chattr", ["-i", "secrets"]).then(() => {}),
      };
      const result = await home.run(args, { env });
      // Not every file system has the attribute.
      if ((await home.program("chattr", ["+i", "secrets"])).code !== 0) return;
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, /^Cannot change "secrets\/aws.yaml": /m);
      const [, kept = ""] = /^Your text is in "(\S*unsaved-\S*aws\.yaml)"/m.exec(result.stderr) ??
        [];
      assert.match(await Deno.readTextFile(kept), /aws_region: eu-west-1\n/);
      assert.equal((Deno.statSync(kept).mode ?? 0) & 0o777, 0o600);
      assert.equal(await home.read(file), before);
    },
  );
}

Deno.test("edit removes what an editor left beside its file", async () => {
  await using home = await homeInMemory();
  const env = await editor(
    home,
    'cp "$1" "$1~"; mkdir "$(dirname "$1")/.swp"; cp "$1" "$(dirname "$1")/.swp/x"',
  );
  assert.equal((await home.run(["edit"], { env })).code, 0);
  assert.deepEqual(leftovers(home), []);
});

const byRequest = { CREDSMITH_REVEAL: "1" };
for (
  const [args, reveal, code] of [
    [["edit"], { args: ["edit", "--reveal"], env: {} }, 8],
    [["sops", "edit", file], { args: ["sops", "edit", file], env: byRequest }, 77],
    [["sops", file], { args: ["sops", file], env: byRequest }, 77],
  ] as const
) {
  Deno.test(`${args.join(" ")} gives no plaintext to an editor that an agent chose`, async () => {
    await using home = await homeInMemory();
    const env = { CLAUDECODE: "1", EDITOR: "cat" };
    const refused = await home.run(args, { env });
    assert.deepEqual([refused.code, refused.stdout], [code, ""], refused.stderr);
    assert.match(refused.stderr, /^Refused to print .*: CLAUDECODE says/);
    const allowed = await home.run(reveal.args, { env: { ...env, ...reveal.env } });
    assert.equal(allowed.stdout, exampleText);
  });
}

peerTest(
  ["linux", "script"],
  "edit opens the editor again on a fault, with the text as it was left",
  async () => {
    await using home = await homeInMemory();
    const env = await editor(
      home,
      'echo "- opened $(grep -c mended "$1")"; echo "x: [mended" >> "$1"; ' +
        '[ "$(grep -c mended "$1")" = 2 ] && sed -i "/mended/d; s/us-east-1$/eu-west-1/" "$1"; :',
    );
    const { code, shown } = await onTerminal(home, [...credsmith, "edit"], [
      ["- opened 0", ""],
      ["Open it again?", "y\r"],
      ["- opened 1", ""],
    ], { env });
    assert.equal(code, 0, shown);
    assert.match(shown, /Cannot take "secrets\/aws.yaml" as it is: .*line \d+/);
    assert.equal((await home.run(["get", "aws_region"])).stdout, "eu-west-1");
    assert.deepEqual(leftovers(home), []);
  },
);

peerTest(["linux", "script"], "edit can be given up after a fault", async () => {
  await using home = await homeInMemory();
  const before = await home.read(file);
  const env = await editor(home, 'echo "x: [" >> "$1"');
  const { code, shown } = await onTerminal(home, [...credsmith, "edit"], [
    ["Open it again?", "n\r"],
  ], { env });
  assert.equal(code, 2, shown);
  assert.equal(await home.read(file), before);
  assert.deepEqual(leftovers(home), []);
});

peerTest(
  ["linux", "script"],
  "edit leaves nothing behind when Ctrl-C ends the editor",
  async () => {
    await using home = await homeInMemory();
    const before = await home.read(file);
    const env = await editor(home, "echo ready; exec sleep 60");
    const { code } = await onTerminal(home, [...credsmith, "edit"], [["ready", "\x03"]], { env });
    assert.equal(code, 130);
    assert.equal(await home.read(file), before);
    assert.deepEqual(leftovers(home), []);
  },
);

for (const [signal, expected] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const) {
  peerTest(["linux"], `edit ends its editor and leaves nothing behind at ${signal}`, async () => {
    await using home = await homeInMemory();
    const before = await home.read(file);
    const env = await editor(home, 'echo "$PPID" > ready; exec sleep 60');
    const running = home.run(["edit"], { env });
    Deno.kill(await firstLine(home, "ready"), signal);
    const { code } = await running;
    assert.equal(code, expected);
    assert.equal(await home.read(file), before);
    assert.deepEqual(leftovers(home), []);
  });
}

peerTest(["linux"], "what a killed edit leaves in memory goes at the next start", async () => {
  await using home = await homeInMemory();
  const env = await editor(home, 'echo "$PPID" > ready; echo $$ > editor; exec sleep 60');
  const running = home.run(["edit"], { env });
  Deno.kill(await firstLine(home, "ready"), "SIGKILL");
  Deno.kill(await firstLine(home, "editor"), "SIGKILL");
  await running;
  assert.equal(leftovers(home).length, 1);
  assert.equal((await home.run(["edit"], { env: { EDITOR: "true" } })).code, 0);
  assert.deepEqual(leftovers(home), []);
});

peerTest(["linux", "vim"], "vim keeps no copy on the disk, whatever its settings say", async () => {
  await using home = await homeInMemory({
    ".vimrc": `set backup backupdir=~/kept directory=~/kept swapfile updatecount=1
set undofile undodir=~/kept viminfo='100,<50,s10,h,n~/kept/viminfo history=100 nocompatible
`,
    "kept/.keep": "",
  });
  const before = await home.files();
  const { code, shown } = await onTerminal(home, [...credsmith, "edit"], [
    ["aws_region", ":%s/us-east-1$/eu-west-1/\r"],
    ["eu-west-1", "ggyyp:redraw!\r"],
    ["AKIA", "dd:w\r"],
    ["written", ":q\r"],
    ["Changed", ""],
  ], { env: { EDITOR: "vim", VISUAL: "" } });
  assert.equal(code, 0, shown);
  assert.equal((await home.run(["get", "aws_region"])).stdout, "eu-west-1");
  assert.deepEqual(await home.files(), before);
  assert.deepEqual(leftovers(home), []);
});

/** The number that a script writes into a file, as soon as it is there. */
async function firstLine(home: Home, name: string): Promise<number> {
  using watcher = Deno.watchFs(home.path);
  const changes = watcher[Symbol.asyncIterator]();
  for (;;) {
    const text = await home.read(name).catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await changes.next();
  }
}
