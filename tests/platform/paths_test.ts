import assert from "node:assert/strict";
import { absolute, join, splitPath, upward } from "../../src/platform/paths.ts";

const paths = [
  ["a/b", "/home/me/a/b"],
  ["../you/./x", "/home/you/x"],
  ["/etc//x/", "/etc/x"],
  ["../../../..", "/"],
] as const;
for (const [path, expected] of paths) {
  Deno.test(`absolute: "${path}" from /home/me is ${expected}`, () => {
    assert.equal(absolute(path, "/home/me"), expected);
  });
}

const parts = [
  ["/a/b", "/a", "b"],
  ["/a/b/", "/a", "b"],
  ["/a", "/", "a"],
  ["a", ".", "a"],
] as const;
for (const [path, folder, name] of parts) {
  Deno.test(`splitPath: "${path}" is "${name}" in "${folder}"`, () => {
    assert.deepEqual(splitPath(path), { folder, name });
    if (folder !== ".") assert.equal(join(folder, name), path.replace(/\/$/, ""));
  });
}

Deno.test("upward: the folder itself, and up to the root", () => {
  assert.deepEqual(upward("/a/b"), ["/a/b", "/a", "/"]);
});
