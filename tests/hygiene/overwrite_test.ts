import assert from "node:assert/strict";
import { overwrite } from "../../src/hygiene/overwrite.ts";
import { HeldFile } from "../../src/platform/held_file.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { credsmith, type Home, type Result, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const plaintext = "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

/** Overwrites a file while somebody else does something each time random bytes are asked for. */
async function overwriteWhile(
  content: string,
  meddle: (path: string, call: number) => void,
): Promise<{ disturbed: boolean; left: string }> {
  await using home = await temporaryHome({ key: content });
  const path = `${home.path}/key`;
  let calls = 0;
  using file = HeldFile.open(path, { write: true });
  const { disturbed } = overwrite(file, {
    passes: 2,
    random(length) {
      meddle(path, ++calls);
      return randomBytes(length);
    },
  });
  return { disturbed, left: new TextDecoder("latin1").decode(await Deno.readFile(path)) };
}

const append = (path: string, times = 1) =>
  Deno.writeTextFileSync(path, plaintext.repeat(times), { append: true });

Deno.test("a file that grows while it is overwritten is overwritten again, all of it", async () => {
  const { disturbed, left } = await overwriteWhile(plaintext, (path, call) => {
    if (call === 3) append(path);
  });
  assert.equal(disturbed, false);
  assert.ok(left.length >= 2 * plaintext.length);
  assert.ok(!left.includes("AWS"));
});

Deno.test("a file that changes while it is overwritten is overwritten again", async () => {
  let written = false;
  const { disturbed, left } = await overwriteWhile(plaintext.repeat(3000), (path, call) => {
    if (call !== 4) return;
    using file = Deno.openSync(path, { write: true });
    file.seekSync(100_000, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(plaintext));
    written = true;
  });
  assert.ok(written);
  assert.equal(disturbed, false);
  assert.ok(!left.includes("AWS"));
});

Deno.test("a file that somebody never stops writing to is reported, not waited for", async () => {
  const { disturbed } = await overwriteWhile(plaintext, (path) => append(path, 1000));
  assert.equal(disturbed, true);
});

Deno.test("passes differ from one another, and so do the chunks of one pass", async () => {
  const seen: string[] = [];
  await overwriteWhile(plaintext.repeat(3000), (path) => {
    seen.push(new TextDecoder("latin1").decode(Deno.readFileSync(path)));
  });
  assert.equal(new Set(seen.slice(2)).size, seen.length - 2);
  const last = seen.at(-1)!;
  assert.notEqual(last.slice(0, 65_536), last.slice(65_536, 2 * 65_536));
});

/** Runs shred on `work/key` under strace. */
async function traced(home: Home, options: readonly string[]): Promise<Result & { trace: string }> {
  const args = ["-f", "-qq", ...options, "-o", `${home.path}/trace`, ...credsmith];
  const shred = ["shred", "--passes=2", `${home.path}/work/key`];
  const result = await home.program("strace", [...args, ...shred]);
  return { ...result, trace: await home.read("trace") };
}

// What is killed before which of its calls on the file, or on its folder; and what is then there.
const points = [
  ["write", 1, "work/key", "the old file"],
  ["fsync", 1, "work/key", "random bytes"],
  ["write", 2, "work/key", "random bytes"],
  ["fsync", 2, "work/key", "random bytes"],
  ["write", 3, "work/key", "random bytes"],
  ["fsync", 3, "work/key", "random bytes"],
  ["rename", 1, "work/key", "random bytes"],
  ["fsync", 1, "work", "random bytes under another name"],
  ["fsync", 2, "work", "nothing"],
] as const;
for (const [call, nth, path, remains] of points) {
  peerTest(
    ["strace", "linux"],
    `killed before ${call} ${nth} of ${path}, shred claims nothing and leaves ${remains}`,
    async () => {
      await using home = await temporaryHome({ "work/key": plaintext });
      const { stdout, trace } = await traced(home, [
        "-P",
        `${home.path}/${path}`,
        "-e",
        `trace=${call}`,
        "-e",
        `inject=${call}:signal=SIGKILL:when=${nth}`,
      ]);
      assert.match(trace, /killed by SIGKILL/);
      assert.equal(stdout, "", "it claimed something");
      const left = (await home.files()).filter((name) => name.startsWith("work/"));
      if (remains === "nothing") return assert.deepEqual(left, []);
      assert.equal(left.length, 1);
      assert.equal(left[0] !== "work/key", remains.endsWith("another name"));
      const content = new TextDecoder("latin1").decode(await Deno.readFile(`${home.path}/${left}`));
      assert.equal(content.includes("AWS"), remains === "the old file");
    },
  );
}
