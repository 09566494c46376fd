import assert from "node:assert/strict";
import { globOf, isIgnored, parseIgnore } from "../../src/access/patterns.ts";
import { findFiles } from "../../src/access/find.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const globs: readonly (readonly [glob: string, path: string, matches: boolean])[] = [
  ["/r/*.yaml", "/r/a.yaml", true],
  ["/r/*.yaml", "/r/b/a.yaml", false],
  ["/r/**/*.yaml", "/r/a.yaml", true],
  ["/r/**/*.yaml", "/r/b/c/a.yaml", true],
  ["/r/**", "/r/b/c", true],
  ["/r/a?.{yaml,json}", "/r/ab.json", true],
  ["/r/a?.{yaml,json}", "/r/ab.ini", false],
  ["/r/[ab].y", "/r/b.y", true],
  ["/r/[!ab].y", "/r/b.y", false],
  ["/r/a.b+c(d)/*", "/r/a.b+c(d)/x", true],
];
for (const [glob, path, matches] of globs) {
  Deno.test(`the glob ${glob} ${matches ? "is" : "is not"} for ${path}`, () => {
    const made = globOf(glob);
    assert.equal(made.matches.test(path), matches);
    assert.ok(glob.startsWith(made.folder));
  });
}

/** Lines of a .gitignore, and files that git is asked about as well. */
const ignores: readonly string[] = [
  "*.log",
  "/top.yaml",
  "build/",
  "a/b",
  "**/deep.yaml",
  "x/**/y.yaml",
  "*.yaml\n!kept.yaml",
  "\\#name\n\\!name\nspace\\ ",
  "secret[0-9].json",
  "f?o",
  "logs/**",
  "# only a comment\n\n",
];
const files = [
  "a.log",
  "a/b/c.yaml",
  "a/c.yaml",
  "build/x.json",
  "x/build",
  "top.yaml",
  "x/top.yaml",
  "p/q/deep.yaml",
  "x/y.yaml",
  "x/p/q/y.yaml",
  "kept.yaml",
  "#name",
  "!name",
  "space ",
  "secret1.json",
  "secretx.json",
  "foo/bar",
  "logs/a/b",
];

peerTest(["git"], "what git ignores, we ignore where there is no git", async () => {
  for (const ignore of ignores) {
    await using home = await temporaryHome(Object.fromEntries(files.map((name) => [name, ""])));
    await home.write(".gitignore", `${ignore}\n`);
    const ours = (await findFiles(["."], home.path)).map(({ path }) => path);
    await home.program("git", ["init", "-q"]);
    const theirs = (await findFiles(["."], home.path)).map(({ path }) => path);
    assert.deepEqual(ours, theirs, ignore);
  }
});

Deno.test("the nearest .gitignore has the last word", () => {
  const levels = [
    { folder: "/r", rules: parseIgnore("*.yaml") },
    { folder: "/r/in", rules: parseIgnore("!kept.yaml") },
  ];
  assert.equal(isIgnored(levels, "/r/in/kept.yaml", false), false);
  assert.equal(isIgnored(levels, "/r/in/other.yaml", false), true);
});
