import assert from "node:assert/strict";
import {
  attributesLine,
  covers,
  isOurs,
  patternLike,
  patternsFor,
} from "../../../src/cli/git/patterns.ts";
import { compileRegex } from "../../../src/sops/selectors.ts";
import { temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";

const cases: readonly (readonly [regex: string, patterns: readonly string[] | undefined])[] = [
  ["\\.yaml$", ["*.yaml"]],
  ["\\.(yaml|json)$", ["*.yaml", "*.json"]],
  ["\\.ya?ml$", ["*.yml", "*.yaml"]],
  ["^secrets/.*", ["/secrets/**"]],
  ["^secrets/", ["/secrets/**"]],
  ["secrets/.*", ["**/secrets/**"]],
  ["secrets/[^/]+\\.(yaml|json|env|ini)$", [
    "**/secrets/*.yaml",
    "**/secrets/*.json",
    "**/secrets/*.env",
    "**/secrets/*.ini",
  ]],
  ["^secrets/[^/]+\\.yaml$", ["/secrets/*.yaml"]],
  ["^secrets/.*\\.yaml$", ["/secrets/**/*.yaml"]],
  [".*\\.sops\\.yaml$", ["*.sops.yaml"]],
  ["^secrets\\.yaml$", ["/secrets.yaml"]],
  ["secrets\\.yaml$", ["*secrets.yaml"]],
  ["^(dev|prod)/secret\\.env$", ["/dev/secret.env", "/prod/secret.env"]],
  ["^a/|^b/", ["/a/**", "/b/**"]],
  ["^envs/prod.*\\.json$", ["/envs/prod*.json", "/envs/prod*/**/*.json"]],
  ["^k8s/.*/secret\\.yaml$", ["/k8s/**/secret.yaml"]],
  ["^hosts/\\w+\\.yaml$", ["/hosts/*.yaml"]],
  ["^prod$", ["/prod"]],
  ["^prod", ["/prod*", "/prod*/**"]],
  // Anything, what a pattern cannot say, and what nobody would want to read.
  [".*", undefined],
  ["", undefined],
  ["^(ab)+/x$", undefined],
  ["(?i)\\.yaml$", undefined],
  ["a{2}\\.yaml$", undefined],
  ["x\\.(a|b|c|d|e|f|g|h|i|j|k|l|m)$", undefined],
  ["(", undefined],
];
for (const [regex, patterns] of cases) {
  Deno.test(`patterns of git for path_regex ${regex || "(empty)"}`, () => {
    assert.deepEqual(patternsFor(regex), patterns);
  });
}

Deno.test("patterns of git below a folder with rules of its own", () => {
  assert.deepEqual(patternsFor("\\.yaml$", "apps/web"), ["/apps/web/**/*.yaml"]);
  assert.deepEqual(patternsFor("^secrets/", "apps"), ["/apps/secrets/**"]);
  assert.deepEqual(patternsFor("secrets/[^/]+\\.env$", "a*b"), ["/a\\*b/**/secrets/*.env"]);
});

const paths = [
  ".sops.yaml",
  "a/secrets/x.yaml",
  "ab.yaml",
  "b/c.yml",
  "dev/secret.env",
  "envs/prod-1/deep/er/c.json",
  "envs/prod.json",
  "hosts/web1.yaml",
  "k8s/a/b/secret.yaml",
  "k8s/secret.yaml",
  "my secrets.yaml",
  "prod",
  "prod/x",
  "products.txt",
  "secrets.yaml",
  "secrets/a.json",
  "secrets/deep/b.sops.yaml",
  "secrets/.env",
  "x/prod/secret.env",
];

peerTest(
  ["git"],
  "patterns cover in git what the expression does, and covers() says the same",
  async () => {
    await using home = await temporaryHome();
    assert.equal((await home.program("git", ["init", "-q"])).code, 0);
    for (const [regex, patterns] of cases) {
      if (!patterns) continue;
      await home.write(
        ".gitattributes",
        patterns.map((each) => `${attributesLine(each)}\n`).join(""),
      );
      const { stdout } = await home.program("git", ["check-attr", "-z", "merge", "--", ...paths]);
      const fields = stdout.split("\0");
      const matches = await compileRegex(regex, "test");
      for (const [index, path] of paths.entries()) {
        const covered = fields[index * 3 + 2] === "credsmith";
        assert.equal(patterns.some((each) => covers(each, path)), covered, `${patterns} ${path}`);
        // "**/secrets/" begins with a name; the expression also means the end of a longer one.
        if (matches(path)) assert.ok(covered, `${regex} ${path}: ${patterns}`);
      }
    }
  },
);

Deno.test("a line for a pattern with a blank is quoted, and known again", () => {
  assert.equal(
    attributesLine("/my secrets.yaml"),
    '"/my secrets.yaml" diff=credsmith merge=credsmith',
  );
  for (const pattern of ["*.yaml", "/a b", '/q"q']) assert.ok(isOurs(attributesLine(pattern)));
  assert.ok(!isOurs("*.yaml diff=sopsdiffer"));
  assert.deepEqual(["a/b.enc.yaml", "a/.env", "Makefile"].map(patternLike), [
    "*.yaml",
    "/a/.env",
    "/Makefile",
  ]);
});
