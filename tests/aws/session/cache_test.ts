import assert from "node:assert/strict";
import { type CacheEvent, fileCache, forget } from "../../../src/aws/session/cache.ts";
import type { Entry } from "../../../src/aws/session/entry.ts";
import { Secret } from "../../../src/sops/secret.ts";
import { peerTest } from "../../support/peers.ts";

const name = "ab".repeat(32);
const entry: Entry = {
  credentials: {
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    sessionToken: new Secret("IQoJb3JpZ2luX2VjEXAMPLE=="),
  },
  issued: Temporal.Instant.from("2026-11-22T10:00:00Z"),
  expires: Temporal.Instant.from("2026-11-22T22:00:00Z"),
  how: "session",
  profile: "default",
};

interface Place extends Disposable {
  readonly folder: string;
  readonly file: string;
  readonly told: CacheEvent[];
  cache(): ReturnType<typeof fileCache>;
}

function place(): Place {
  const folder = Deno.makeTempDirSync({ prefix: "credsmith-test-" });
  const told: CacheEvent[] = [];
  return {
    folder,
    file: `${folder}/sessions/${name}.json`,
    told,
    cache: () => fileCache(folder, (event) => told.push(event)),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("what is kept is found by the next process, for us alone", () => {
  using at = place();
  at.cache().write(name, entry);
  const found = at.cache().read(name)!;
  assert.equal(found.credentials.sessionToken.reveal(), "IQoJb3JpZ2luX2VjEXAMPLE==");
  assert.equal(found.expires.toString(), entry.expires.toString());
  assert.equal(found.how, "session");
  assert.equal(Deno.statSync(at.file).mode! & 0o7777, 0o600);
  assert.equal(Deno.statSync(`${at.folder}/sessions`).mode! & 0o7777, 0o700);
  assert.deepEqual(at.told, []);
});

const text = (change: Record<string, unknown>) => (file: string) => {
  const value = { ...JSON.parse(Deno.readTextFileSync(file)), ...change };
  Deno.writeTextFileSync(file, JSON.stringify(value));
};
const whole = (content: string) => (file: string) => Deno.writeTextFileSync(file, content);
const elsewhere = (file: string) => file.replace(/sessions\/.*/, "elsewhere");

// deno-fmt-ignore -- a table
const bad: readonly (readonly [string, (file: string) => void, string])[] = [
  ["a link", (file) => { Deno.renameSync(file, elsewhere(file)); Deno.symlinkSync(elsewhere(file), file); }, "a link"],
  ["a link that leads nowhere", (file) => { Deno.removeSync(file); Deno.symlinkSync("/nonexistent", file); }, "a link"],
  ["a second name", (file) => Deno.linkSync(file, elsewhere(file)), "under two names"],
  ["a folder", (file) => { Deno.removeSync(file); Deno.mkdirSync(`${file}/x`, { recursive: true }); }, "no file"],
  ["a mode that lets others read", (file) => Deno.chmodSync(file, 0o644), "open to others"],
  ["a mode that lets others write", (file) => Deno.chmodSync(file, 0o622), "open to others"],
  ["a megabyte", whole(" ".repeat(1 << 20)), "too large"],
  ["nothing in it", whole(""), "malformed"],
  ["half of it", (file) => Deno.truncateSync(file, 80), "malformed"],
  ["another JSON", whole("[1]"), "malformed"],
  ["null", whole("null"), "malformed"],
  ["bytes that are no text", (file) => Deno.writeFileSync(file, new Uint8Array([0xff, 0xfe])), "malformed"],
  ["a version of later", text({ version: 2 }), "malformed"],
  ["an id that is none", text({ accessKeyId: "ASIA IOSFODNN7EXAMPLE" }), "malformed"],
  ["no secret", text({ secretAccessKey: undefined }), "malformed"],
  ["a token with a line end", text({ sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE\nX=1" }), "malformed"],
  ["an end that is no time", text({ expires: "tomorrow" }), "malformed"],
  ["an end that AWS never gives", text({ expires: "2036-11-22T10:00:00Z" }), "malformed"],
  ["other profiles that are none", text({ others: ["../x"] }), "malformed"],
  ["an end before its begin", text({ expires: "2026-11-22T09:00:00Z" }), "malformed"],
];
for (const [what, harm, why] of bad) {
  Deno.test(`an entry with ${what} is not used, told once, and replaced`, () => {
    using at = place();
    at.cache().write(name, entry);
    harm(at.file);
    const cache = at.cache();
    assert.equal(cache.read(name), undefined);
    assert.equal(cache.read(name), undefined);
    assert.deepEqual(at.told, [{ kind: "unfit", path: at.file, why }]);
    cache.write(name, entry);
    assert.ok(at.cache().read(name));
    const info = Deno.lstatSync(at.file);
    assert.deepEqual([info.isFile, info.mode! & 0o7777, info.nlink], [true, 0o600, 1]);
  });
}

peerTest(["root"], "an entry of another user is not used, and becomes ours", () => {
  using at = place();
  at.cache().write(name, entry);
  Deno.chownSync(at.file, 65534, 65534);
  const cache = at.cache();
  assert.equal(cache.read(name), undefined);
  assert.deepEqual(at.told, [{ kind: "unfit", path: at.file, why: "of another user" }]);
  cache.write(name, entry);
  assert.equal(Deno.statSync(at.file).uid, 0);
  assert.ok(at.cache().read(name));
});

const badFolders: readonly (readonly [string, (path: string) => void, string])[] = [
  ["a link", (path) => Deno.symlinkSync("/tmp", path), "a link"],
  ["a file", (path) => Deno.writeTextFileSync(path, ""), "no folder"],
  ["open to others", (path) => {
    Deno.mkdirSync(path);
    Deno.chmodSync(path, 0o777);
    Deno.writeTextFileSync(`${path}/planted`, "");
  }, "open to others"],
];
for (const [what, make, why] of badFolders) {
  Deno.test(`a folder of sessions that is ${what} is taken away, and told`, () => {
    using at = place();
    const sessions = `${at.folder}/sessions`;
    make(sessions);
    at.cache().write(name, entry);
    assert.deepEqual(at.told, [{ kind: "unfit", path: sessions, why }]);
    assert.deepEqual([...Deno.readDirSync(sessions)].map((each) => each.name), [`${name}.json`]);
    assert.ok(Deno.lstatSync(sessions).isDirectory);
  });
}

peerTest(["root", "linux"], "a full file system keeps nothing, and that is told once", async () => {
  using at = place();
  const mount = (...args: string[]) => new Deno.Command(args[0]!, { args: args.slice(1) }).output();
  await mount("mount", "-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", at.folder);
  try {
    const cache = at.cache();
    assert.throws(() => Deno.writeFileSync(`${at.folder}/x`, new Uint8Array(1 << 20)));
    cache.write(name, entry);
    cache.write(name, entry);
    assert.deepEqual(at.told, [{ kind: "not stored", path: at.file, code: "ENOSPC" }]);
    assert.ok(cache.read(name), "this process has it");
    assert.equal(at.cache().read(name), undefined);
  } finally {
    await mount("umount", at.folder);
  }
});

peerTest(
  ["root", "linux"],
  "what finds no room any more counts, and not what is there",
  async () => {
    using at = place();
    const mount = (...args: string[]) =>
      new Deno.Command(args[0]!, { args: args.slice(1) }).output();
    await mount("mount", "-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", at.folder);
    try {
      const cache = at.cache();
      cache.write(name, entry);
      assert.throws(() => Deno.writeFileSync(`${at.folder}/x`, new Uint8Array(1 << 20)));
      const [issued, expires] = [entry.issued.add({ hours: 11 }), entry.expires.add({ hours: 11 })];
      cache.write(name, { ...entry, issued, expires });
      assert.equal(cache.read(name)!.expires.toString(), expires.toString());
    } finally {
      await mount("umount", at.folder);
    }
  },
);

for (
  const [what, options] of [
    ["room for another file", "nr_inodes=3"],
    ["a lock that is a folder", "size=1m"],
  ] as const
) {
  peerTest(["root", "linux"], `without ${what} a session is made all the same`, async () => {
    using at = place();
    const mount = (...args: string[]) =>
      new Deno.Command(args[0]!, { args: args.slice(1) }).output();
    await mount("mount", "-t", "tmpfs", "-o", `${options},mode=0700`, "tmpfs", at.folder);
    try {
      const cache = at.cache();
      if (options.startsWith("nr")) Deno.writeTextFileSync(`${at.folder}/last`, "");
      else Deno.mkdirSync(`${at.folder}/sessions/${name}.lock`);
      assert.equal(await cache.locked(name, 1, () => Promise.resolve("made")), "made");
      assert.equal(at.told.length, 1);
      const failing = () => Promise.reject(new TypeError("of the action"));
      await assert.rejects(cache.locked(name, 1, failing), TypeError);
    } finally {
      await mount("umount", at.folder);
    }
  });
}

Deno.test("sessions are forgotten by their profile, or all of them", () => {
  using at = place();
  assert.deepEqual(forget(at.folder), []);
  const cache = at.cache();
  cache.write("1", entry);
  cache.write("2", { ...entry, profile: "work" });
  Deno.writeTextFileSync(`${at.folder}/sessions/x.at`, "leads there");
  cache.write("3", { ...entry, others: ["work"] });
  assert.deepEqual(forget(at.folder, "work"), ["work", "work"]);
  assert.ok(cache.read("1"));
  assert.equal(cache.read("3"), undefined);
  assert.deepEqual(forget(at.folder), ["default"]);
  assert.deepEqual([...Deno.readDirSync(`${at.folder}/sessions`)], []);
});
