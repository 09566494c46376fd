import assert from "node:assert/strict";
import { temporaryHome } from "../support/home.ts";
import { imageTest, mountedImage } from "../support/images.ts";
import type { Peer } from "../support/peers.ts";

/** Plaintext that stands nowhere else, as often as it takes to fill a size. */
function plaintext(marker: string, size: number): string {
  const line = `AWS_SECRET_ACCESS_KEY=${marker}\n`;
  return line.repeat(Math.ceil(size / line.length));
}

const ext4 = ["mkfs.ext4", "-q"];
const KiB = 1024;

interface Case {
  readonly name: string;
  readonly peer: Peer;
  readonly make: readonly string[];
  readonly size: number;
  readonly options?: readonly string[];
  /** What shred has to say of a file of each size. */
  readonly claims: readonly (readonly [size: number, claim: string])[];
}

const cases: readonly Case[] = [
  {
    name: "ext4, data=ordered",
    peer: "mkfs.ext4",
    make: ext4,
    size: 64,
    options: ["data=ordered"],
    claims: [[60, "overwritten"], [5 * KiB, "overwritten"], [3000 * KiB, "overwritten"]],
  },
  {
    name: "ext4, data=journal",
    peer: "mkfs.ext4",
    make: ext4,
    size: 64,
    options: ["data=journal"],
    claims: [[60, "best_effort"], [5 * KiB, "best_effort"]],
  },
  {
    name: "ext4 whose own default is data=journal, which the list of mounts does not say",
    peer: "mkfs.ext4",
    make: ["sh", "-c", 'mkfs.ext4 -q "$0" && tune2fs -o journal_data "$0" >&2'],
    size: 64,
    claims: [[5 * KiB, "best_effort"]],
  },
  {
    name: "ext4 with content in the inode",
    peer: "mkfs.ext4",
    make: [...ext4, "-O", "inline_data"],
    size: 64,
    options: ["data=ordered"],
    claims: [[60, "best_effort"], [5 * KiB, "overwritten"]],
  },
  {
    name: "xfs",
    peer: "mkfs.xfs",
    make: ["mkfs.xfs", "-q"],
    size: 320,
    claims: [[60, "overwritten"], [5 * KiB, "overwritten"], [3000 * KiB, "overwritten"]],
  },
  {
    name: "btrfs",
    peer: "mkfs.btrfs",
    make: ["mkfs.btrfs", "-q"],
    size: 128,
    claims: [[60, "not_possible"], [300 * KiB, "not_possible"]],
  },
  {
    name: "btrfs, nodatacow",
    peer: "mkfs.btrfs",
    make: ["mkfs.btrfs", "-q"],
    size: 128,
    options: ["nodatacow"],
    claims: [[60, "not_possible"], [300 * KiB, "best_effort"]],
  },
];

for (const { name, peer, make, size, options, claims } of cases) {
  imageTest([peer], `shred on an image, searched raw: ${name}`, async () => {
    await using image = await mountedImage(size, make, options);
    await using home = await temporaryHome();
    const files = claims.map(([length, claim], index) => ({
      name: `key-${index}`,
      marker: crypto.randomUUID(),
      length,
      claim,
    }));
    for (const file of files) {
      await Deno.writeTextFile(
        `${image.folder}/${file.name}`,
        plaintext(file.marker, file.length),
      );
    }
    for (const { marker } of files) {
      assert.ok(await image.count(marker) > 0, "the search does not find what is there");
    }
    const result = await home.run(["shred", "--json", ...files.map((file) => file.name)], {
      cwd: image.folder,
    });
    assert.equal(result.code, 0, result.stderr);
    const report = JSON.parse(result.stdout);
    const found = report.files.map((each: { claim: string }) => each.claim);
    assert.deepEqual(found, files.map(({ claim }) => claim));
    assert.equal(report.rotate, found.some((claim: string) => claim !== "overwritten"));
    assert.deepEqual(
      [...Deno.readDirSync(image.folder)].map((each) => each.name).filter((each) =>
        each !== "lost+found"
      ),
      [],
    );
    await image.unmount();
    for (const file of files) {
      const copies = await image.count(file.marker);
      if (file.claim === "overwritten") {
        assert.equal(copies, 0, `${file.name}, ${file.length} bytes: ${copies} copies left`);
      }
      // Where nothing was claimed the old bytes are still there, so the restraint is no excuse.
      if (file.claim === "not_possible") assert.ok(copies > 0);
    }
  });
}

imageTest(["mkfs.ext4"], "shred --strict ends with 9 where it could not be proved", async () => {
  await using image = await mountedImage(32, ext4, ["data=journal"]);
  await using home = await temporaryHome();
  await Deno.writeTextFile(`${image.folder}/key`, "x".repeat(5000));
  const result = await home.run(["shred", "--strict", "key"], { cwd: image.folder });
  assert.equal(result.code, 9);
  assert.match(
    result.stdout,
    /^best effort +key: ext4 with data=journal: the journal has copies\n/,
  );
  assert.match(result.stderr, /^1 of 1 not provably gone: replace the keys that stood there\n/);
});
