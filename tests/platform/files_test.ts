import assert from "node:assert/strict";
import { ConflictError, FileError } from "../../src/platform/errors.ts";
import {
  readFile,
  readFileIfThere,
  realPath,
  replaceFile,
  temporaryName,
  writeNewFile,
} from "../../src/platform/files.ts";
import { temporaryHome } from "../support/home.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o7777;

Deno.test("replaceFile leaves the new content, the old mode and no other file", async () => {
  await using home = await temporaryHome();
  for (const mode of [0o600, 0o640, 0o644, 0o666]) {
    await home.write("aws.yaml", "old");
    await Deno.chmod(`${home.path}/aws.yaml`, mode);
    replaceFile(`${home.path}/aws.yaml`, bytes("new"));
    assert.equal(await home.read("aws.yaml"), "new");
    assert.equal(await modeOf(`${home.path}/aws.yaml`), mode);
  }
  assert.deepEqual(await home.files(), ["aws.yaml"]);
});

Deno.test("replaceFile writes more than one system call takes", async () => {
  await using home = await temporaryHome({ "big": "" });
  const big = new Uint8Array(5_000_000).fill(7);
  replaceFile(`${home.path}/big`, big);
  assert.deepEqual(readFile(`${home.path}/big`).bytes, big);
});

Deno.test("replaceFile through realPath keeps a link and replaces what it points to", async () => {
  await using home = await temporaryHome({ "real/aws.yaml": "old" });
  await Deno.symlink("real/aws.yaml", `${home.path}/link.yaml`);
  const path = realPath(`${home.path}/link.yaml`);
  assert.equal(path, `${home.path}/real/aws.yaml`);
  replaceFile(path, bytes("new"));
  assert.ok((await Deno.lstat(`${home.path}/link.yaml`)).isSymlink);
  assert.equal(await home.read("real/aws.yaml"), "new");
});

Deno.test("realPath names a file that is not there yet, but no dangling link", async () => {
  await using home = await temporaryHome({ "real/x": "" });
  await Deno.symlink("real", `${home.path}/folder`);
  assert.equal(realPath(`${home.path}/folder/new`), `${home.path}/real/new`);
  await Deno.symlink("nowhere", `${home.path}/dangling`);
  assert.throws(() => realPath(`${home.path}/dangling`), { name: "FileError", code: "ENOENT" });
});

Deno.test("what stands under the temporary name is replaced and never followed", async () => {
  await using home = await temporaryHome({ "aws.yaml": "old", "victim": "precious" });
  const path = `${home.path}/aws.yaml`;
  await home.write(
    temporaryName(path),
    "left over by a killed process, longer than the new content",
  );
  replaceFile(path, bytes("new"));
  assert.equal(await home.read("aws.yaml"), "new");

  await Deno.symlink(`${home.path}/victim`, temporaryName(path));
  replaceFile(path, bytes("newer"));
  assert.equal(await home.read("aws.yaml"), "newer");
  assert.equal(await home.read("victim"), "precious");
  assert.deepEqual(await home.files(), ["aws.yaml", "victim"]);
});

Deno.test("a folder that is not empty under the temporary name is an error and stays", async () => {
  await using home = await temporaryHome({ "aws.yaml": "old", ".aws.yaml.credsmith-tmp/x": "" });
  assert.throws(() => replaceFile(`${home.path}/aws.yaml`, bytes("new")), FileError);
  assert.equal(await home.read("aws.yaml"), "old");
});

const conflicts = [
  ["its content changes", (path: string) => Deno.writeTextFile(path, "other"), "changed"],
  [
    "its content changes within its length",
    (path: string) => Deno.writeTextFile(path, "olD"),
    "changed",
  ],
  ["it is removed", (path: string) => Deno.remove(path), "removed"],
] as const;
for (const [name, meddle, happened] of conflicts) {
  Deno.test(`replaceFile refuses when ${name} after it was read`, async () => {
    await using home = await temporaryHome({ "aws.yaml": "old" });
    const path = `${home.path}/aws.yaml`;
    const expect = readFile(path);
    await meddle(path);
    const before = readFileIfThere(path)?.bytes;
    assert.throws(() => replaceFile(path, bytes("new"), { expect }), {
      name: "ConflictError",
      happened,
    });
    assert.deepEqual(readFileIfThere(path)?.bytes, before);
    assert.ok(!await home.exists(temporaryName(path)));
  });
}

Deno.test("replaceFile takes a file that was rewritten with the same content", async () => {
  await using home = await temporaryHome({ "aws.yaml": "old" });
  const path = `${home.path}/aws.yaml`;
  const expect = readFile(path);
  await Deno.remove(path);
  await home.write("aws.yaml", "old");
  replaceFile(path, bytes("new"), { expect });
  assert.equal(await home.read("aws.yaml"), "new");
});

Deno.test("writeNewFile gives the mode from the start and leaves one file", async () => {
  await using home = await temporaryHome();
  writeNewFile(`${home.path}/keys.txt`, bytes("identity"), 0o600);
  assert.equal(await modeOf(`${home.path}/keys.txt`), 0o600);
  assert.deepEqual(await home.files(), ["keys.txt"]);
  assert.equal((await Deno.stat(`${home.path}/keys.txt`)).nlink, 1);
});

Deno.test("writeNewFile never overwrites a file, a link or a dangling link", async () => {
  await using home = await temporaryHome({ "file": "old" });
  await Deno.symlink("file", `${home.path}/link`);
  await Deno.symlink("nowhere", `${home.path}/dangling`);
  for (const name of ["file", "link", "dangling"]) {
    assert.throws(() => writeNewFile(`${home.path}/${name}`, bytes("new"), 0o600), ConflictError);
  }
  assert.equal(await home.read("file"), "old");
  assert.deepEqual(await home.files(), ["dangling", "file", "link"]);
});

const failures = [
  ["a folder", "folder", "EISDIR"],
  ["a file in a folder that is not there", "nowhere/file", "ENOENT"],
  ["a file below a file", "file/below", "ENOTDIR"],
] as const;
for (const [name, path, code] of failures) {
  Deno.test(`files: ${name} cannot be replaced: ${code}`, async () => {
    await using home = await temporaryHome({ "file": "old", "folder/x": "" });
    assert.throws(() => replaceFile(`${home.path}/${path}`, bytes("new")), {
      name: "FileError",
      operation: "write",
      code,
      changed: false,
    });
    assert.deepEqual(await home.files(), ["file", "folder/x"]);
  });
}

Deno.test("files: reading a folder or nothing is a FileError with the system's code", async () => {
  await using home = await temporaryHome();
  assert.throws(() => readFile(home.path), {
    name: "FileError",
    operation: "read",
    code: "EISDIR",
  });
  assert.throws(() => readFile(`${home.path}/none`), { name: "FileError", code: "ENOENT" });
  assert.equal(readFileIfThere(`${home.path}/none`), undefined);
});

Deno.test("files: a device without an end is refused, also behind a link; a link to /dev/null is empty", async () => {
  await using home = await temporaryHome();
  await Deno.symlink("/dev/zero", `${home.path}/zero`);
  await Deno.symlink("/dev/null", `${home.path}/null`);
  for (const path of [`${home.path}/zero`, "/dev/zero"]) {
    assert.throws(() => readFile(path), { name: "FileError", code: "EDEVICE" });
  }
  assert.equal(readFile(`${home.path}/null`).bytes.length, 0);
});

Deno.test("files: a pipe that nobody may ever write to is refused rather than waited for", async () => {
  await using home = await temporaryHome();
  await home.program("mkfifo", ["pipe"]);
  assert.throws(() => readFile(`${home.path}/pipe`), { name: "FileError", code: "EFIFO" });
});
