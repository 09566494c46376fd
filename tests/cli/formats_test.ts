import assert from "node:assert/strict";
import type { Home } from "../support/home.ts";
import { encrypted, homeReady } from "../support/sops_file.ts";

const files = async () => ({
  "s.env": await encrypted("# a comment\nA=x\nB=two\\nlines\n", { format: "dotenv" }),
  "s.ini": await encrypted("; a comment\n[s]\nk = v\n", { format: "ini" }),
  "s.txt": await encrypted("whole\n", { format: "binary" }),
});

const lines = (home: Home, ...args: string[]) => home.run(args).then(({ stdout }) => stdout);

Deno.test("get names and prints the values of every format", async () => {
  await using home = await homeReady(await files());
  assert.equal(await lines(home, "get", "-f", "s.env"), "A\nB\n");
  assert.equal(await lines(home, "get", "-f", "s.env", "B"), "two\nlines");
  assert.equal(await lines(home, "get", "-f", "s.ini"), "s/k\n");
  assert.equal(await lines(home, "get", "-f", "s.ini", "s/k"), "v");
  assert.equal(await lines(home, "get", "-f", "s.txt", "data"), "whole\n");
});

Deno.test("a section that is there twice is the one that has the value", async () => {
  const text = "[DEFAULT]\nk = v\n\n[s]\na = x\n\n[s]\nb = y\n";
  await using home = await homeReady({ "s.ini": await encrypted(text, { format: "ini" }) });
  assert.equal(await lines(home, "get", "-f", "s.ini", "DEFAULT/k"), "v");
  assert.equal(await lines(home, "get", "-f", "s.ini", "s/b"), "y");
  await home.run(["set", "-f", "s.ini", "s/b"], { stdin: "new" });
  await home.run(["set", "-f", "s.ini", "DEFAULT/l"], { stdin: "w" });
  await home.run(["unset", "-f", "s.ini", "s/a", "--yes"]);
  assert.equal(
    await lines(home, "sops", "decrypt", "s.ini"),
    "[DEFAULT]\nk = v\nl = w\n\n[s]\n\n[s]\nb = new\n",
  );
});

const changes: readonly (readonly [file: string, path: string, plaintext: string])[] = [
  ["s.env", "A", "# a comment\nA=n\\nw #;\nB=two\\nlines\n"],
  ["s.env", "C", "# a comment\nA=x\nB=two\\nlines\nC=n\\nw #;\n"],
  ["s.ini", "s/k", '; a comment\n[s]\nk = """n\nw #;"""\n'],
  ["s.ini", "t/l", '; a comment\n[s]\nk = v\n\n[t]\nl = """n\nw #;"""\n'],
  ["s.txt", "data", "n\nw #;"],
];
for (const [file, path, plaintext] of changes) {
  Deno.test(`set writes ${path} of ${file}, and sops decrypt prints it`, async () => {
    await using home = await homeReady(await files());
    const { code, stderr } = await home.run(["set", "-f", file, path], { stdin: "n\nw #;" });
    assert.equal(code, 0, stderr);
    assert.equal(await lines(home, "sops", "decrypt", file), plaintext);
  });
}

const impossible: readonly (readonly [file: string, path: string, reason: RegExp])[] = [
  ["s.env", "A/b", /part of the path is a value already/],
  ["s.env", "x/y", /dotenv cannot hold a mapping or a list \(at "x"\)/],
  ["s.env", "sops_x", /metadata is under sops/],
  ["s.env", "#x", /dotenv cannot hold a key/],
  ["s.ini", "k", /INI cannot hold a value that is in no section \(at "k"\)/],
  ["s.ini", "s/t/k", /INI cannot hold a mapping or a list \(at "s\/t"\)/],
];
for (const [file, path, reason] of impossible) {
  Deno.test(`set refuses ${path} in ${file}, and changes nothing`, async () => {
    await using home = await homeReady(await files());
    const before = await home.read(file);
    const { code, stderr } = await home.run(["set", "-f", file, path], { stdin: "v" });
    assert.equal(code, 2);
    assert.match(stderr, reason);
    assert.equal(await home.read(file), before);
  });
}

Deno.test("unset and edit work on every format, and unchanged leaves keep their ciphertext", async () => {
  await using home = await homeReady(await files());
  const before = await home.read("s.env");
  const kept = /^B=.*$/m.exec(before)![0];
  assert.equal((await home.run(["unset", "-f", "s.env", "A", "--yes"])).code, 0);
  assert.ok((await home.read("s.env")).includes(kept));
  assert.equal(await lines(home, "sops", "decrypt", "s.env"), "# a comment\nB=two\\nlines\n");
  const env = { VISUAL: "sed -i s/v$/edited/" };
  assert.equal((await home.run(["edit", "-f", "s.ini"], { env })).code, 0);
  assert.equal(await lines(home, "sops", "decrypt", "s.ini"), "; a comment\n[s]\nk = edited\n");
});
