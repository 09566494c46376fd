import assert from "node:assert/strict";
import {
  aliceRules,
  bob,
  bobIdentity,
  bothRules,
  homeWithTree,
  opened,
} from "../support/access.ts";
import type { Home } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { credsmith } from "../support/home.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { newDocument, plainParse } from "../../src/sops/document.ts";
import { testRecipient } from "../support/sops_file.ts";

const all = ["secrets/a.yaml", "secrets/b/c.json", "secrets/d.env", "secrets/e.ini"];

async function contents(home: Home): Promise<Record<string, string>> {
  const files = (await home.files()).filter((name) => !name.startsWith(".config"));
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await home.read(name)])),
  );
}

Deno.test("access list: names, numbers and drift, without a key", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  await Deno.remove(`${home.path}/.config`, { recursive: true });
  const { code, stdout, stderr } = await home.run(["access", "list"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^4 files, opened by\n {2}alice \(age18kqgvrzf6k\.\.\..{10}\): 4 files\n/);
  assert.match(stdout, /^4 files not as \.sops\.yaml says: credsmith access sync$/m);
  assert.match(stdout, /^ {2}secrets\/a\.yaml, .*secrets\/e\.ini: lacks bob \(age1/m);
  const json = JSON.parse((await home.run(["access", "list", "secrets/b", "--json"])).stdout);
  assert.deepEqual(json, {
    version: 1,
    ok: true,
    recipients: [{ recipient: testRecipient, name: "alice", files: 1 }],
    files: [{
      file: "secrets/b/c.json",
      recipients: [testRecipient],
      rule: { file: `${home.path}/.sops.yaml`, index: 0 },
      drift: { gains: [bob], loses: [], regrouped: false },
    }],
    failed: [],
  });
});

Deno.test("access list --verify: what was changed without the key is found, the rest goes on", async () => {
  await using home = await homeWithTree();
  assert.match((await home.run(["access", "list", "--verify"])).stdout, /^4 of 4 files verified$/m);
  const text = await home.read("secrets/d.env");
  await home.write(
    "secrets/d.env",
    text.replace(/sops_lastmodified=2026/, "sops_lastmodified=2025"),
  );
  const { code, stdout, stderr } = await home.run(["access", "list", "--verify"]);
  assert.equal(code, 9);
  assert.match(stdout, /^3 of 4 files verified$/m);
  assert.match(stderr, /"secrets\/d\.env"/);
});

Deno.test("access sync: every format is for whom the rule says, values untouched, then idle", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  const before = await Promise.all(all.map((file) => opened(home, file)));
  const dry = await home.run(["access", "sync", "--dry-run"]);
  assert.deepEqual([dry.code, dry.stderr], [0, ""]);
  assert.match(
    dry.stdout,
    /^4 files would get other recipients\n {2}gains {2}bob \(age1.*: 4 files$/m,
  );
  assert.deepEqual((await opened(home, all[0]!)).recipients, [testRecipient]);
  const { code, stderr } = await home.run(["access", "sync", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Changed 4 files$/m);
  for (const [at, file] of all.entries()) {
    const [alice, other] = await Promise.all([opened(home, file), opened(home, file, bobIdentity)]);
    assert.deepEqual(alice.recipients, [testRecipient, bob]);
    assert.equal(alice.text, before[at]!.text);
    assert.equal(other.text, before[at]!.text);
    assert.deepEqual(alice.enc, before[at]!.enc, `${file}: a value or the MAC changed`);
  }
  const again = await home.run(["access", "sync", "--yes"]);
  assert.equal(again.stderr, "Nothing to do: 4 files as the rules say\n");
});

Deno.test("access sync: files, folders and globs; what git ignores, links and prose are passed over", async () => {
  for (const git of [true, false]) {
    await using home = await homeWithTree({ rules: bothRules });
    if (git) await home.program("git", ["init", "-q"]);
    const file = await home.read("secrets/a.yaml");
    await home.write("secrets/.gitignore", "/old/\n*.bak.yaml\n!kept.bak.yaml\n");
    const leftover = ".a.yaml.credsmith-tmp";
    for (const name of ["old/x.yaml", "x.bak.yaml", "kept.bak.yaml", leftover]) {
      await home.write(`secrets/${name}`, file);
    }
    await home.write("secrets/readme.md", "ENC[AES256_GCM, and lastmodified are words of SOPS.\n");
    await Deno.symlink("a.yaml", `${home.path}/secrets/link.yaml`);
    const filesOf = async (...args: string[]) => {
      const { stdout, stderr } = await home.run(["access", "sync", "--dry-run", "--json", ...args]);
      const { changed } = JSON.parse(stdout || "{}");
      return changed?.map(({ file }: { file: string }) => file) ?? stderr;
    };
    assert.deepEqual(await filesOf(), [...all.slice(0, 4), "secrets/kept.bak.yaml"]);
    assert.deepEqual(await filesOf("secrets/b"), ["secrets/b/c.json"]);
    assert.deepEqual(await filesOf("secrets/**/*.{json,env}"), [
      "secrets/b/c.json",
      "secrets/d.env",
    ]);
    // Named itself, a file counts whatever git says.
    assert.deepEqual(await filesOf("secrets/old/x.yaml"), ["secrets/old/x.yaml"]);
    assert.deepEqual(await filesOf("secrets/link.yaml"), ["secrets/link.yaml"]);
    const absent = await home.run(["access", "sync", "secrets/none*"]);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /^Cannot find "secrets\/none\*": /);
  }
});

Deno.test("access sync: one that fails does not stop the rest; run again, only that is left", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  const tree = await plainParse(new TextEncoder().encode("value: x\n"), "yaml");
  const foreign = await newDocument(tree, "yaml", { recipients: [bob] });
  const now = Temporal.Instant.from("2026-11-22T10:00:00Z");
  await home.write("secrets/z.yaml", await foreign.seal({ now, random: randomBytes }));
  await home.write("secrets/broken.yaml", `{{{\n${await home.read("secrets/a.yaml")}`);
  const first = await home.run(["access", "sync", "--yes", "--json"]);
  assert.equal(first.code, 9, first.stderr);
  const json = JSON.parse(first.stdout);
  assert.deepEqual(
    json.failed.map(({ file, cause }: { file: string; cause: string }) => [file, cause]),
    [["secrets/broken.yaml", "format"], ["secrets/z.yaml", "wrong_identity"]],
  );
  assert.equal(json.changed.length, 4);
  const again = await home.run(["access", "sync", "--yes"]);
  assert.equal(again.code, 9);
  assert.match(again.stderr, /^2 failed; once that is mended, run it again/m);
  assert.doesNotMatch(again.stderr, /^Changed/m);
});

Deno.test("access add: the rules with a name, comments kept, and every file", async () => {
  await using home = await homeWithTree();
  const { code, stderr } = await home.run(["access", "add", bob, "--name", "bob", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.equal(await home.read(".sops.yaml"), bothRules);
  for (const file of all) assert.ok((await opened(home, file, bobIdentity)).text, file);
  assert.match(stderr, /^ {2}\+ {6}- age1.* # bob$/m);
  const again = await home.run(["access", "add", bob, "--yes"]);
  assert.equal(again.stderr, "Nothing to do: 4 files as the rules say\n");
});

Deno.test("access add: an SSH key with the name that it brings, and a host as sops-nix has it", async () => {
  const key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPUzln7WbZyvgeZGQxK7KkmubVpYxeaKbDK3MpwBCm/p carol@desk";
  await using home = await homeWithTree({ files: 1 });
  const added = await home.run(["access", "add", key, "--yes"]);
  assert.equal(added.code, 0, added.stderr);
  assert.match(await home.read(".sops.yaml"), /^ {6}- ssh-ed25519 AAAA\S+ # carol@desk$/m);
  const rules = await home.read(".sops.yaml");
  const broken = await home.run([
    "access",
    "add",
    key.replace(/.{8} carol/, "AAAAAAAA carol"),
    "-y",
  ]);
  assert.equal(broken.code, 2, broken.stderr);
  assert.match(broken.stderr, /^Cannot encrypt to .*: its key is no point of the curve$/m);
  assert.equal(await home.read(".sops.yaml"), rules);
  await home.write("nimbus.pub", `${key}\n`);
  const host = await home.run(["access", "add", "--as-age", "@nimbus.pub", "--yes"]);
  assert.equal(host.code, 0, host.stderr);
  assert.match(await home.read(".sops.yaml"), /^ {6}- age1\S+ # carol@desk$/m);
});

Deno.test("access add: only the rules of the paths; a rule that is for others as well is refused", async () => {
  const rules = `creation_rules:\n  - path_regex: \\.json$\n    age: ${testRecipient}\n` +
    `  - age:\n      - ${testRecipient}\n`;
  await using home = await homeWithTree({ rules });
  const before = await contents(home);
  const refused = await home.run(["access", "add", bob, "secrets/a.yaml", "--yes"]);
  assert.equal(refused.code, 8);
  assert.match(refused.stderr, /^The rule for these files is for 2 files more: secrets\/d\.env, /);
  assert.deepEqual(await contents(home), before);
  const done = await home.run(["access", "add", bob, "secrets/b", "--yes"]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(await home.read(".sops.yaml"), new RegExp(`age: ${testRecipient},${bob}\n  - age`));
  assert.ok((await opened(home, "secrets/b/c.json", bobIdentity)).text);
  assert.equal((await opened(home, "secrets/a.yaml", bobIdentity)).text, undefined);
});

Deno.test("access add: rules that share a list are shown, with their lines, and left alone", async () => {
  const rules =
    `creation_rules:\n  - path_regex: \\.json$\n    age: &us\n      - ${testRecipient}\n` +
    `  - age: *us\n`;
  await using home = await homeWithTree({ rules });
  const before = await contents(home);
  const { code, stderr } = await home.run(["access", "add", bob, "secrets/b/c.json", "--yes"]);
  assert.equal(code, 8);
  assert.match(stderr, /^Cannot change "\.sops\.yaml": its list of recipients is shared/m);
  assert.match(stderr, /^ {2}4: {7}- age1/m);
  assert.deepEqual(await contents(home), before);
});

Deno.test("access remove: by name, new data keys, and the values that git remembers", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  await home.run(["access", "sync", "--yes"]);
  await home.program("git", ["init", "-q"]);
  await home.program("git", ["add", "secrets/a.yaml"]);
  const before = await Promise.all(all.map((file) => opened(home, file)));
  const { code, stdout, stderr } = await home.run(["access", "remove", "bob", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.equal(await home.read(".sops.yaml"), aliceRules);
  for (const [at, file] of all.entries()) {
    assert.equal((await opened(home, file, bobIdentity)).text, undefined, file);
    const after = await opened(home, file);
    assert.equal(after.text, before[at]!.text);
    for (const each of after.enc) assert.ok(!before[at]!.enc.includes(each), `${file}: ${each}`);
  }
  assert.match(stdout, /^Git remembers: /);
  assert.match(
    stdout,
    /^ {2}secrets\/a\.yaml: password, nested\/list\/0, nested\/list\/1, region$/m,
  );
  assert.match(stdout, /^ {2}secrets\/d\.env \(not in git\): PASSWORD$/m);
  const again = await home.run(["access", "remove", bob, "--yes"]);
  assert.equal(again.code, 0, again.stderr);
  const unknown = await home.run(["access", "remove", "bob", "--yes"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /^Nobody is called "bob" in \.sops\.yaml$/m);
});

Deno.test("access remove: whoever stands in files only goes as well", async () => {
  await using home = await homeWithTree({ rules: bothRules, files: 2 });
  await home.run(["access", "sync", "--yes"]);
  await home.write(".sops.yaml", aliceRules);
  const { code, stderr } = await home.run(["access", "remove", bob, "secrets/a.yaml", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual((await opened(home, "secrets/a.yaml")).recipients, [testRecipient]);
  assert.deepEqual((await opened(home, "secrets/b/c.json")).recipients, [testRecipient, bob]);
});

Deno.test("access renew: a recipient that only the metadata names gets nothing", async () => {
  await using home = await homeWithTree({ files: 1 });
  const text = await home.read("secrets/a.yaml");
  // Whoever can write the file puts himself in, with an entry that need not open.
  const injected = text.replace(
    /(?=^ {4}lastmodified)/m,
    `        - enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n            QUJD\n            -----END AGE ENCRYPTED FILE-----\n          recipient: ${bob}\n`,
  );
  await home.write("secrets/a.yaml", injected);
  const { code, stderr } = await home.run(["access", "renew", "--yes"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^ {2}loses {2}age1.*: 1 file\n {11}no rule names it/m);
  const after = await opened(home, "secrets/a.yaml");
  assert.deepEqual(after.recipients, [testRecipient]);
  assert.equal(after.text, (await opened(home, "secrets/a.yaml")).text);
  const before = text.match(/ENC\[[^\]]*\]/g)!;
  assert.ok(after.enc.every((each) => !before.includes(each)));
});

Deno.test("access renew: some failed, and the others are not renewed once more for them", async () => {
  await using home = await homeWithTree({ files: 2 });
  const text = await home.read("secrets/a.yaml");
  await home.write(
    "secrets/a.yaml",
    text.replace(/(?<=password: .*data:)./, (at) => at === "A" ? "B" : "A"),
  );
  const { code, stderr } = await home.run(["access", "renew", "--yes"]);
  assert.equal(code, 9);
  assert.match(stderr, /^1 failed; once that is mended, run it again for these$/m);
});

Deno.test("an identity given as a recipient by mistake is not quoted, whoever reads the log", async () => {
  await using home = await homeWithTree({ files: 1 });
  const secret = bobIdentity.match(/AGE-SECRET-KEY-1(\w+)/)![1]!;
  const given = `AGE-SECRET-KEY-1${secret}`;
  for (const verb of ["add", "remove"]) {
    const { code, stderr } = await home.run(["access", verb, given, "--yes"]);
    assert.equal(code, 2);
    assert.match(stderr, /"AGE-SECRET-KEY-\.\.\."/);
    assert.ok(!stderr.includes(secret));
  }
  await home.write(".sops.yaml", `creation_rules:\n  - age: ${given}\n`);
  for (const args of [["list"], ["list", "--json"], ["sync", "--yes"]]) {
    const { code, stdout, stderr } = await home.run(["access", ...args]);
    assert.notEqual(code, 0);
    assert.ok(!`${stdout}${stderr}`.includes(secret), args.join(" "));
  }
});

Deno.test("nobody locks himself out without saying so", async () => {
  for (const verb of ["sync", "renew"]) {
    await using home = await homeWithTree({ rules: aliceRules.replace(testRecipient, bob) });
    const before = await contents(home);
    const { code, stderr } = await home.run(["access", verb, "--yes"]);
    assert.equal(code, 8);
    assert.match(stderr, /^None of your identities would open secrets\/a\.yaml, .* any more$/m);
    assert.deepEqual(await contents(home), before);
    assert.equal((await home.run(["access", verb, "--yes", "--without-me"])).code, 0);
    assert.ok((await opened(home, "secrets/a.yaml", bobIdentity)).text);
  }
  await using home = await homeWithTree({ rules: bothRules });
  assert.equal((await home.run(["access", "remove", "alice", "--yes"])).code, 8);
  assert.equal(await home.read(".sops.yaml"), bothRules);
});

Deno.test("where nobody can be asked and --yes is not said, nothing changes", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  const before = await contents(home);
  for (const args of [["sync"], ["renew"], ["add", bob], ["remove", "bob"]]) {
    const { code, stderr } = await home.run(["access", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /confirm with --yes: credsmith access \w+ --yes/);
  }
  assert.deepEqual(await contents(home), before);
});

peerTest(["script"], "on a terminal it asks, and takes no for an answer", async () => {
  await using home = await homeWithTree({ rules: bothRules });
  const before = await contents(home);
  const no = await onTerminal(home, [...credsmith, "access", "sync"], [["[y/N]", "n\r"]]);
  assert.equal(no.code, 8, no.shown);
  assert.match(no.shown, /gains {2}bob/);
  assert.deepEqual(await contents(home), before);
  const yes = await onTerminal(home, [...credsmith, "access", "sync"], [["[y/N]", "y\r"]]);
  assert.equal(yes.code, 0, yes.shown);
  assert.match(yes.shown, /\] \d of 4 files/);
  assert.match(yes.shown, /Changed 4 files/);
});

Deno.test("the nearest .sops.yaml above a file counts, whatever the working folder", async () => {
  await using home = await homeWithTree();
  await home.write("secrets/b/.sops.yaml", `creation_rules:\n  - age: ${testRecipient},${bob}\n`);
  const { stdout } = await home.run(["access", "sync", "--dry-run", "--json"]);
  assert.deepEqual(
    JSON.parse(stdout).changed.map(({ file }: { file: string }) => file),
    ["secrets/b/c.json"],
  );
});

Deno.test("a file without a rule is left alone; named itself, it is an error", async () => {
  await using home = await homeWithTree({ rules: bothRules.replace("^secrets/", "json$") });
  const found = await home.run(["access", "sync", "--yes"]);
  assert.equal(found.code, 0, found.stderr);
  assert.match(found.stderr, /^No rule is for secrets\/a\.yaml, secrets\/d\.env, secrets\/e\.ini/m);
  const named = await home.run(["access", "sync", "--yes", "secrets/a.yaml"]);
  assert.equal(named.code, 2);
  assert.match(named.stderr, /^Cannot change "secrets\/a\.yaml": no creation rule in /m);
});
