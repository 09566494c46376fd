import assert from "node:assert/strict";
import { privateFolder, sweepLeftovers, workFolder } from "../../src/platform/memory.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const uid = Deno.uid() ?? 0;
const mountinfo = () => Deno.readTextFileSync("/proc/self/mountinfo");

/** A stand-in for /dev/shm, in memory as well. */
function world(home: { runtime: string; path: string }) {
  const sharedMemory = `${home.runtime}/shm`;
  Deno.mkdirSync(sharedMemory);
  return { env: { XDG_RUNTIME_DIR: home.runtime }, mountinfo: mountinfo(), sharedMemory };
}

peerTest(["linux"], "privateFolder is made with mode 0700 in the runtime folder", async () => {
  await using home = await temporaryHome();
  const path = await privateFolder(world(home));
  assert.equal(path, `${home.runtime}/credsmith`);
  assert.equal((Deno.lstatSync(path).mode ?? 0) & 0o7777, 0o700);
  assert.equal(
    await privateFolder({ env: { XDG_RUNTIME_DIR: home.runtime }, mountinfo: undefined }),
    path,
  );
});

peerTest(
  ["linux"],
  "privateFolder does not make the folder when it is only asked for",
  async () => {
    await using home = await temporaryHome();
    assert.equal(await privateFolder(world(home), { create: false }), undefined);
    assert.ok(!await home.exists(`${home.runtime}/credsmith`));
  },
);

const fallbacks = [
  ["is not set", () => undefined],
  ["is on disk", (home: { path: string }) => home.path],
  ["is not there", (home: { path: string }) => `${home.path}/none`],
  ["is relative", () => "run"],
] as const;
for (const [name, runtime] of fallbacks) {
  peerTest(
    ["linux"],
    `privateFolder is in shared memory when XDG_RUNTIME_DIR ${name}`,
    async () => {
      await using home = await temporaryHome();
      const { sharedMemory, ...rest } = world(home);
      const path = await privateFolder({
        ...rest,
        sharedMemory,
        env: { XDG_RUNTIME_DIR: runtime(home) },
      });
      assert.equal(path, `${sharedMemory}/credsmith-${uid}`);
    },
  );
}

const squatters = [
  ["a link to a folder of ours", (path: string) => {
    Deno.mkdirSync(`${path}-real`, { mode: 0o700 });
    Deno.symlinkSync(`${path}-real`, path);
  }, "link"],
  ["a dangling link", (path: string) => Deno.symlinkSync(`${path}-none`, path), "link"],
  ["a file", (path: string) => Deno.writeTextFileSync(path, ""), "not a folder"],
  ["a folder that others may enter", (path: string) => {
    Deno.mkdirSync(path);
    Deno.chmodSync(path, 0o755);
  }, "mode"],
] as const;
for (const [name, squat, reason] of squatters) {
  peerTest(["linux"], `privateFolder refuses ${name}`, async () => {
    await using home = await temporaryHome();
    squat(`${home.runtime}/credsmith`);
    await assert.rejects(privateFolder(world(home)), { name: "RuntimeFolderError", reason });
  });
}

peerTest(
  ["linux", "root"],
  "privateFolder refuses a folder of somebody else and names the owner",
  async () => {
    await using home = await temporaryHome();
    Deno.mkdirSync(`${home.runtime}/credsmith`, { mode: 0o700 });
    Deno.chownSync(`${home.runtime}/credsmith`, 1234, 1234);
    await assert.rejects(privateFolder(world(home)), {
      name: "RuntimeFolderError",
      reason: "squatted",
      details: { owner: 1234 },
    });
  },
);

peerTest(
  ["linux"],
  "privateFolder refuses when nothing is in memory, and names the file system",
  async () => {
    await using home = await temporaryHome();
    for (const list of [mountinfo(), undefined]) {
      const context = { env: {}, mountinfo: list, sharedMemory: home.path };
      await assert.rejects(
        privateFolder(context),
        (error: { reason: string; details: { fileSystem: string } }) => {
          assert.equal(error.reason, "on disk");
          assert.match(error.details.fileSystem, /^\w+$/);
          return true;
        },
      );
    }
    assert.deepEqual(await home.files(), []);
  },
);

Deno.test("privateFolder refuses on a system whose memory it does not know", async () => {
  const context = { env: {}, mountinfo: undefined, os: "darwin", uid: 1 } as const;
  await assert.rejects(privateFolder(context), {
    name: "RuntimeFolderError",
    reason: "unsupported platform",
  });
});

Deno.test("a work folder is closed to others and gone afterwards, with what is in it", async () => {
  await using home = await temporaryHome();
  let path: string;
  {
    using folder = await workFolder(home.runtime, "edit-");
    path = folder.path;
    assert.equal((Deno.lstatSync(path).mode ?? 0) & 0o777, 0o700);
    Deno.writeTextFileSync(`${path}/aws.yaml`, "plaintext");
  }
  assert.ok(!await home.exists(path));
});

Deno.test("sweepLeftovers removes what a dead process left and nothing else", async () => {
  await using home = await temporaryHome();
  using alive = await workFolder(home.runtime, "edit-");
  Deno.mkdirSync(`${home.runtime}/edit-dead`);
  Deno.writeTextFileSync(`${home.runtime}/edit-dead/aws.yaml`, "plaintext");
  Deno.mkdirSync(`${home.runtime}/other`);
  Deno.writeTextFileSync(`${home.path}/precious`, "");
  Deno.symlinkSync(home.path, `${home.runtime}/edit-link`);
  assert.deepEqual(await sweepLeftovers(home.runtime, "edit-"), [`${home.runtime}/edit-dead`]);
  assert.ok(await home.exists(alive.path));
  assert.ok(await home.exists(`${home.runtime}/other`));
  assert.ok(await home.exists("precious"));
});
