import assert from "node:assert/strict";
import {
  currentGeneration,
  removeGenerations,
  writeGeneration,
} from "../../src/platform/generations.ts";
import { FileError } from "../../src/platform/errors.ts";
import { peerTest } from "../support/peers.ts";
import { injectAt, type Program, recordCalls, twoAtATime } from "../support/strace.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A private folder in memory. */
function folder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "credsmith-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const names = (path: string) => [...Deno.readDirSync(path)].map((entry) => entry.name).sort();

peerTest(
  ["linux"],
  "the link leads to the newest generation, and the one before stays",
  async () => {
    using place = folder();
    for (const value of ["1", "2", "3", "4"]) {
      const number = await writeGeneration(place.path, new Map([["id", bytes(value)]]));
      assert.equal(number, Number(value));
      assert.equal(currentGeneration(place.path), number);
      assert.equal(Deno.readTextFileSync(`${place.path}/secrets/id`), value);
    }
    assert.deepEqual(names(`${place.path}/secrets.d`), ["3", "4"]);
    assert.equal(Deno.statSync(`${place.path}/secrets/id`).mode! & 0o7777, 0o400);
    assert.equal(Deno.statSync(`${place.path}/secrets.d/4`).mode! & 0o7777, 0o700);
    assert.deepEqual(await removeGenerations(place.path), ["secrets", "secrets.d"]);
    assert.deepEqual(names(place.path), []);
    assert.deepEqual(await removeGenerations(place.path), []);
  },
);

peerTest(["linux"], "writers at the same time take turns", async () => {
  using place = folder();
  const writes = Array.from(
    { length: 8 },
    (_, index) =>
      writeGeneration(place.path, new Map([["a", bytes(`${index}`)], ["b", bytes(`${index}`)]])),
  );
  assert.deepEqual((await Promise.all(writes)).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
  const read = (name: string) => Deno.readTextFileSync(`${place.path}/secrets/${name}`);
  assert.equal(read("a"), read("b"));
  assert.equal(names(`${place.path}/secrets.d`).length, 2);
});

peerTest(["linux"], "what leads to the files comes and goes with them", async () => {
  using place = folder();
  for (let round = 0; round < 5; round++) {
    const write = () =>
      writeGeneration(
        place.path,
        new Map([["id", bytes("x")]]),
        new Map([["load.sh", bytes("one")], ["load.fish", bytes("other")]]),
      );
    const take = () => removeGenerations(place.path, ["load.sh", "load.fish"]);
    await Promise.all([write(), take(), write(), write(), take(), write()]);
    const found = names(place.path);
    assert.ok(
      found.length === 0 || found.join() === "load.fish,load.sh,secrets,secrets.d",
      found.join(),
    );
    if (found.length) assert.equal(Deno.readTextFileSync(`${place.path}/load.sh`), "one");
  }
});

peerTest(["linux"], "a failed write takes its half generation away", async () => {
  using place = folder();
  await writeGeneration(place.path, new Map([["id", bytes("old")]]));
  const half = new Map([["id", bytes("new")], ["no/such", bytes("new")]]);
  await assert.rejects(() => writeGeneration(place.path, half), FileError);
  assert.equal(Deno.readTextFileSync(`${place.path}/secrets/id`), "old");
  assert.deepEqual(names(`${place.path}/secrets.d`), ["1"]);
});

peerTest(
  ["linux", "strace"],
  "SIGKILL at every call: the old generation or the new one, whole, and no half one stays",
  async () => {
    const program = (path: string, value: string): Program => ({
      command: Deno.execPath(),
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        new URL("./programs/write_generation.ts", import.meta.url).pathname,
        path,
        value,
      ],
    });
    const paths = (path: string) =>
      [
        ...["secrets", "secrets.d", "secrets.d/1", "secrets.d/2", "secrets.d/2/id"],
        ...["secrets.d/2/secret", ".secrets.credsmith-tmp"],
      ].map((name) => `${path}/${name}`);
    const prepared = async () => {
      const place = folder();
      for (const value of ["older", "old"]) {
        const files = new Map([["id", bytes(value)], ["secret", bytes(value)]]);
        await writeGeneration(place.path, files);
      }
      return place;
    };
    using probe = await prepared();
    const points = await recordCalls(program(probe.path, "new"), paths(probe.path));
    assert.ok(points.some(({ call }) => /^rename/.test(call)), "the swap is in the record");
    const seen = new Set<string>();
    let killed = 0;
    await twoAtATime(points, async (point) => {
      using place = await prepared();
      const outcome = await injectAt(
        program(place.path, "new"),
        paths(place.path),
        point,
        "signal=SIGKILL",
      );
      if (outcome.code !== 0) killed++;
      const read = (name: string) => Deno.readTextFileSync(`${place.path}/secrets/${name}`);
      const value = read("id");
      assert.ok(["old", "new"].includes(value));
      assert.equal(read("secret"), value);
      seen.add(value);
      await writeGeneration(
        place.path,
        new Map([["id", bytes("next")], ["secret", bytes("next")]]),
      );
      assert.equal(read("secret"), "next");
      assert.ok(names(`${place.path}/secrets.d`).length <= 2);
      assert.deepEqual(names(place.path), ["secrets", "secrets.d"]);
    });
    assert.ok(killed >= points.length - 2, `${killed} of ${points.length} were killed`);
    assert.deepEqual([...seen].sort(), ["new", "old"]);
  },
);
