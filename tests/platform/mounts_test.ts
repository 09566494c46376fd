import assert from "node:assert/strict";
import { fileSystemOf, parseMountinfo } from "../../src/platform/mounts.ts";
import { peerTest } from "../support/peers.ts";

const laptop = `\
22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334492k,mode=755
25 24 0:23 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw,size=24684092k
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 25 0:27 / /dev/shm rw,relatime - tmpfs again rw,noswap
31 27 0:40 / /run rw - tmpfs tmpfs rw,mode=755
32 31 0:41 / /run/user/1000 rw - tmpfs tmpfs rw,uid=1000
33 27 0:42 / /run/secrets.d rw - ramfs none rw
34 27 8:17 /data /srv/bound rw - xfs /dev/sdb1 rw
35 27 0:50 / /mnt/with\\040space\\011and\\134slash rw - btrfs /dev/sdc rw,subvol=/@
36 27 0:51 / /home/me/inner rw - tmpfs inner rw
37 27 259:1 / /home rw - ext4 /dev/nvme0n1p1 rw
38 27 0:60 / /var/lib/c/merged rw - overlay overlay rw,lowerdir=/l
a line that is none
`;

const cases = [
  ["a file on the root", "/etc/passwd", "ext4", false],
  ["device nodes are no place for secrets", "/dev/null", "devtmpfs", false],
  ["the upper of two mounts at one point", "/dev/shm/x", "tmpfs", true],
  ["a runtime folder", "/run/user/1000/credsmith", "tmpfs", true],
  ["a mount point itself", "/run/user/1000", "tmpfs", true],
  ["a name that only begins like a mount point", "/run/user/10000", "tmpfs", true],
  ["a name that only begins like a mount point on disk", "/runtime", "ext4", false],
  ["a mount inside a mount that is listed as its sibling", "/run/secrets.d/1/key", "tmpfs", true],
  ["a bind mount of a part", "/srv/bound/x", "xfs", false],
  [
    "a mount point with a space, a tab and a backslash",
    "/mnt/with space\tand\\slash/x",
    "btrfs",
    false,
  ],
  ["a mount hidden by a later one above it", "/home/me/inner/x", "ext4", false],
  ["an overlay", "/var/lib/c/merged/etc", "overlay", false],
] as const;
for (const [name, path, type, memoryBacked] of cases) {
  Deno.test(`mounts: ${name} is on ${type}`, () => {
    const found = fileSystemOf(path, parseMountinfo(laptop));
    assert.equal(found?.type, type);
    assert.equal(found?.memoryBacked, memoryBacked);
  });
}

Deno.test("mounts: of two mounts at one point the upper one's options count", () => {
  const found = fileSystemOf("/dev/shm", parseMountinfo(laptop));
  assert.equal(found?.source, "again");
  assert.ok(found?.options.includes("noswap"));
});

Deno.test("mounts: the device decides where the list of mounts is ambiguous", () => {
  const mounts = parseMountinfo(laptop);
  const inner = mounts.find(({ source }) => source === "inner");
  assert.equal(fileSystemOf("/home/me/inner/x", mounts, inner?.device)?.source, "inner");
  assert.equal(fileSystemOf("/etc/passwd", mounts, 999_999)?.type, "ext4");
});

Deno.test("mounts: without any mount that covers a path there is no answer", () => {
  assert.equal(fileSystemOf("/x", parseMountinfo("")), undefined);
});

peerTest(["linux"], "mounts: the kernel's list and stat agree about this machine", () => {
  const mounts = parseMountinfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  for (const path of ["/dev/shm", "/proc", "/"]) {
    const { dev } = Deno.statSync(path);
    assert.equal(fileSystemOf(path, mounts)?.device, dev, path);
  }
  assert.equal(fileSystemOf("/dev/shm", mounts)?.memoryBacked, true);
});
