import assert from "node:assert/strict";
import { outlook, passesFor } from "../../src/hygiene/claims.ts";

const KiB = 1024;
const small = { size: 40, allocated: 4096 };
const ground = (type: string, options: readonly string[] = [], mapping?: string) => ({
  type,
  options,
  ...(mapping ? { mapping } : {}),
});

const cases = [
  [
    "ext4 that journals metadata only",
    ground("ext4", ["rw", "data=ordered"]),
    small,
    "overwritten",
  ],
  ["ext4 that journals data", ground("ext4", ["rw", "data=journal"]), small, "best effort"],
  ["ext4, content in the inode", ground("ext4"), { size: 40, allocated: 512 }, "best effort"],
  ["xfs", ground("xfs"), small, "overwritten"],
  ["vfat", ground("vfat"), small, "overwritten"],
  ["xfs on LVM", ground("xfs", [], "LVM-abc"), small, "best effort"],
  ["ext4 on LUKS", ground("ext4", [], "CRYPT-LUKS2-abc"), small, "overwritten"],
  ["btrfs", ground("btrfs"), { size: 1e6, allocated: 1e6 }, "not possible here"],
  [
    "btrfs, nodatacow",
    ground("btrfs", ["nodatacow"]),
    { size: 1e6, allocated: 1e6 },
    "best effort",
  ],
  [
    "btrfs, nodatacow, content in the tree",
    ground("btrfs", ["nodatacow"]),
    small,
    "not possible here",
  ],
  ["zfs", ground("zfs"), small, "not possible here"],
  ["overlay", ground("overlay"), small, "best effort"],
  ["nfs", ground("nfs4"), small, "best effort"],
  ["a type that nobody knows", ground("0x1234"), small, "best effort"],
  ["tmpfs", ground("tmpfs"), small, "overwritten"],
] as const;
for (const [name, where, file, claim] of cases) {
  Deno.test(`shred's claim: ${name} -> ${claim}`, () => {
    const found = outlook(where, file);
    assert.equal(found.claim, claim);
    assert.equal(found.overwrite, claim !== "not possible here");
    assert.equal(found.reason === undefined, claim === "overwritten");
  });
}

Deno.test("passes: ten up to 1 MiB, one above, one in memory, none where it does nothing", () => {
  const on = (type: string) => outlook(ground(type), small);
  assert.equal(passesFor(1024 * KiB, on("ext4"), undefined), 10);
  assert.equal(passesFor(1024 * KiB + 1, on("ext4"), undefined), 1);
  assert.equal(passesFor(10, on("tmpfs"), undefined), 1);
  assert.equal(passesFor(10, on("btrfs"), undefined), 0);
  assert.equal(passesFor(10, on("btrfs"), 3), 0);
  assert.equal(passesFor(10, on("xfs"), 3), 3);
});
