import assert from "node:assert/strict";
import { credsmith, temporaryHome } from "../support/home.ts";
import { tryPermissions } from "../support/permissions.ts";
import { peerTest } from "../support/peers.ts";

const plaintext = "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

Deno.test("shred removes a file and says how far it came", async () => {
  await using home = await temporaryHome({ ".env": plaintext });
  const result = await home.run(["shred", ".env"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^(overwritten|best effort|not possible here) +\.env: /);
  assert.deepEqual(await home.files(), []);
});

Deno.test("shred --json says for each file how far it came, and whether to replace the keys", async () => {
  await using home = await temporaryHome();
  const file = `${home.runtime}/key`;
  await home.write(file, plaintext);
  const result = await home.run(["shred", "--json", file]);
  assert.deepEqual(JSON.parse(result.stdout), {
    version: 1,
    ok: true,
    dryRun: false,
    files: [
      { file, fileSystem: "tmpfs", passes: 1, bytes: 4096, removed: true, claim: "overwritten" },
    ],
    failed: [],
    rotate: false,
  });
});

Deno.test("shred --dry-run changes nothing", async () => {
  await using home = await temporaryHome({ ".env": plaintext });
  const result = await home.run(["shred", "--dry-run", ".env"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /\(not done\)\n$/);
  assert.equal(await home.read(".env"), plaintext);
});

Deno.test("shred --keep leaves a file with other content of the same size", async () => {
  await using home = await temporaryHome({ ".env": plaintext });
  const result = await home.run(["shred", "--keep", ".env"]);
  assert.equal(result.code, 0, result.stderr);
  const left = await Deno.readFile(`${home.path}/.env`);
  assert.equal(left.length, plaintext.length);
  assert.ok(!new TextDecoder("latin1").decode(left).includes("AWS"));
});

Deno.test("shred takes an empty file, and one with a long name in another alphabet", async () => {
  const long = `${"ключ".repeat(30)}.txt`;
  await using home = await temporaryHome({ "empty": "", [long]: plaintext });
  const result = await home.run(["shred", "empty", long]);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(await home.files(), []);
});

const refused = [
  ["a link", ["link"], /^Cannot destroy "link": it is a link to "a"\n/, "is_a_link", 8],
  ["a folder", ["folder"], /^Cannot destroy "folder": it is a folder\n/, "is_a_folder", 8],
  ["a FIFO", ["fifo"], /^Cannot destroy "fifo": it is a fifo\n/, "not_a_file", 8],
  ["a device", ["/dev/null"], /^Cannot destroy "\/dev\/null": it is a device\n/, "not_a_file", 8],
  ["a file with two names", ["one"], /it has 2 names \(hard links\)/, "has_more_names", 8],
  ["a read-only file", ["locked"], /^Cannot destroy "locked": it is read-only\n/, "read_only", 8],
  ["an encrypted secrets file", ["s.yaml"], /encrypted secrets file/, "would_lose_secrets", 8],
  ["an identity", ["keys.txt"], /an age identity/, "would_lose_secrets", 8],
  ["no file", ["nope"], /^Cannot destroy "nope": there is no such file\n/, "no_such_file", 2],
] as const;
for (const [name, files, message, cause, code] of refused) {
  Deno.test(`shred refuses ${name}, and leaves the others alone too`, async () => {
    await using home = await temporaryHome({
      "a": plaintext,
      "folder/b": plaintext,
      "one": plaintext,
      "s.yaml": "key: ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]\nsops: {}\n",
      "keys.txt": `# created\nAGE-SECRET-KEY-1${"Q".repeat(58)}\n`,
    });
    await Deno.symlink("a", `${home.path}/link`);
    await Deno.link(`${home.path}/one`, `${home.path}/other`);
    await home.write("locked", plaintext, 0o400);
    assert.equal((await home.program("mkfifo", ["fifo"])).code, 0);
    const before = await home.files();
    const result = await home.run(["shred", "--json", "a", ...files]);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(JSON.parse(result.stdout).cause, cause);
    assert.deepEqual(await home.files(), before);
    assert.equal(await home.read("a"), plaintext);
    assert.equal(await home.read("other"), plaintext);
  });
}

Deno.test("shred --hard-links destroys the content under every name", async () => {
  await using home = await temporaryHome({ "one": plaintext });
  await Deno.link(`${home.path}/one`, `${home.path}/other`);
  const result = await home.run(["shred", "--hard-links", "one"]);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(await home.files(), ["other"]);
  assert.ok(!(await home.read("other")).includes("AWS"));
});

Deno.test("shred --force takes read-only and encrypted files", async () => {
  await using home = await temporaryHome({ "s.yaml": "k: ENC[AES256_GCM,data:abc]\n" });
  await home.write("locked", plaintext, 0o400);
  const result = await home.run(["shred", "--force", "locked", "s.yaml"]);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(await home.files(), []);
});

Deno.test("shred --recursive takes all files of a folder, and links without following them", async () => {
  await using home = await temporaryHome({
    "kept": plaintext,
    "old/a": plaintext,
    "old/deep/b": plaintext,
  });
  await Deno.symlink("../kept", `${home.path}/old/link`);
  const result = await home.run(["shred", "-r", "old/"]);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, / old\/a: .*\n.* old\/deep\/b: /);
  assert.deepEqual(await home.files(), ["kept"]);
  assert.equal(await home.exists("old"), false);
  assert.equal(await home.read("kept"), plaintext);
});

Deno.test("shred leaves the holes of a sparse file as they are", async () => {
  await using home = await temporaryHome();
  const path = `${home.path}/sparse`;
  {
    using file = await Deno.open(path, { create: true, write: true });
    await file.seek(200 * 1024 * 1024, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(plaintext));
  }
  const result = await home.run(["shred", "--keep", "sparse"]);
  assert.equal(result.code, 0, result.stderr);
  const { size, blocks } = await Deno.stat(path);
  assert.equal(size, 200 * 1024 * 1024 + plaintext.length);
  assert.ok(blocks! * 512 < 1024 * 1024, `${blocks} blocks`);
});

Deno.test("shred refuses a number of passes that is none", async () => {
  await using home = await temporaryHome({ a: plaintext });
  for (const passes of ["0", "x", "1000", "-1", "1.5"]) {
    const result = await home.run(["shred", `--passes=${passes}`, "a"]);
    assert.equal(result.code, 2, passes);
    assert.equal(await home.read("a"), plaintext);
  }
});

peerTest(
  ["strace", "linux"],
  "shred brings each pass to the disk before the next, and all before the name goes",
  async () => {
    await using home = await temporaryHome({ a: plaintext });
    const trace = `${home.path}/trace`;
    const result = await home.program("strace", [
      "-f",
      "-qq",
      "-e",
      "trace=openat,write,pwrite64,fsync,unlink,rename,ftruncate",
      "-P",
      `${home.path}/a`,
      "-o",
      trace,
      ...credsmith,
      "shred",
      "--passes=2",
      "a",
    ]);
    assert.equal(result.code, 0, result.stderr);
    const calls = [...(await home.read("trace")).matchAll(/^\d+ +(\w+)\(/gm)].map(([, call]) =>
      call
    );
    const order = calls.filter((call) => call !== "openat");
    // Two passes, the rest of the block, each brought to the disk before the name changes.
    assert.deepEqual(order.slice(0, 6), ["write", "fsync", "write", "fsync", "write", "fsync"]);
    assert.deepEqual(order.slice(6), ["rename"]);
  },
);

Deno.test("shred can read and write when it is through, and nothing else", async () => {
  await using home = await temporaryHome({ a: plaintext });
  const result = await tryPermissions(home, ["shred", "a"]);
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual([...result.left].sort(), ["read", "write"]);
});

peerTest(
  ["linux", "root"],
  "in a folder that does not let go shred destroys the content, and ends with 9",
  async () => {
    await using home = await temporaryHome({ "work/key": plaintext });
    const chattr = await home.program("chattr", ["+a", "work"]);
    // Not every file system has the attribute.
    if (chattr.code !== 0) return;
    try {
      const result = await home.run(["shred", "work/key"]);
      assert.equal(result.code, 9, result.stderr);
      assert.match(result.stdout, /, not removed: the system does not allow it$/m);
      assert.ok(!(await home.read("work/key")).includes("AWS"));
    } finally {
      await home.program("chattr", ["-a", "work"]);
    }
  },
);

peerTest(
  ["linux", "root"],
  "a file that the system does not let be written is an error, and stays",
  async () => {
    await using home = await temporaryHome({ key: plaintext });
    const chattr = await home.program("chattr", ["+i", "key"]);
    if (chattr.code !== 0) return;
    try {
      const result = await home.run(["shred", "key"]);
      assert.notEqual(result.code, 0);
      assert.match(result.stderr, /^Cannot write ".*key": the system does not allow it/);
      assert.equal(await home.read("key"), plaintext);
    } finally {
      await home.program("chattr", ["-i", "key"]);
    }
  },
);
