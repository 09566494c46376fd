import assert from "node:assert/strict";
import { ManifestError, UnknownProfileError } from "../../src/loader/errors.ts";
import { loader, shells } from "../../src/loader/emit.ts";
import { parseManifest } from "../../src/loader/manifest.ts";
import { planOf } from "../../src/loader/plan.ts";

const parse = (text: string) => parseManifest(new TextEncoder().encode(text));

/** A manifest that is right, with one part in the place of another. */
function manifest(change: Record<string, unknown> = {}, profile: Record<string, unknown> = {}) {
  return JSON.stringify({
    version: 1,
    directory: "/run/secrets",
    unset: ["AWS_PROFILE"],
    profiles: {
      default: {
        files: { AWS_ACCESS_KEY_ID: "aws_access_key_id" },
        optional: [],
        constants: { FLAG: "1" },
        ...profile,
      },
    },
    ...change,
  });
}

Deno.test("a manifest as Nix writes it is read as it is", () => {
  const text = manifest();
  assert.deepEqual(parse(text), JSON.parse(text));
  assert.deepEqual(parse(`\ufeff${text}`), JSON.parse(text));
});

Deno.test("lists and maps that would be empty may be left out", () => {
  const text = '{"version":1,"directory":"/x","profiles":{"a":{"constants":{"B":""}}}}';
  assert.deepEqual(parse(text), {
    version: 1,
    directory: "/x",
    unset: [],
    profiles: { a: { files: {}, optional: [], constants: { B: "" } } },
  });
});

const faults: readonly (readonly [text: string, path: string, reason: RegExp])[] = [
  ["", "$", /no JSON/],
  ["{", "$", /no JSON/],
  ["[]", "$", /no object/],
  ["null", "$", /no object/],
  [manifest({ extra: 1 }), "$.extra", /not known/],
  [manifest({ "a b": 1 }), '$["a b"]', /not known/],
  [manifest({ version: 2 }), "$.version", /not 1/],
  [manifest({ version: "1" }), "$.version", /not 1/],
  [manifest({ version: undefined }), "$.version", /not 1/],
  [manifest({ directory: undefined }), "$.directory", /missing/],
  [manifest({ directory: "run/secrets" }), "$.directory", /no absolute path/],
  [manifest({ directory: "/run/../etc" }), "$.directory", /climbs out/],
  [manifest({ directory: "/run/secrets/" }), "$.directory", /ends in/],
  [manifest({ directory: "/run\nsecrets" }), "$.directory", /line break/],
  [manifest({ unset: "AWS_PROFILE" }), "$.unset", /no list/],
  [manifest({ unset: [1] }), "$.unset[0]", /no text/],
  [manifest({ unset: ["A", "B", "A"] }), "$.unset[2]", /again/],
  [manifest({ unset: ["A", "A-B"] }), "$.unset[1]", /no name of a variable/],
  [manifest({ unset: ["PATH"] }), "$.unset[0]", /needs for itself/],
  [manifest({ profiles: undefined }), "$.profiles", /missing/],
  [manifest({ profiles: {} }), "$.profiles", /no profile/],
  [manifest({ profiles: [] }), "$.profiles", /no object/],
  [manifest({ profiles: { Work: {} } }), "$.profiles.Work", /no profile name/],
  [manifest({ profiles: { "a b": {} } }), '$.profiles["a b"]', /no profile name/],
  [manifest({ profiles: { bedrock: {} } }), "$.profiles.bedrock", /no profile name/],
  [manifest({ profiles: { "--unload": {} } }), '$.profiles["--unload"]', /no profile name/],
  [manifest({ profiles: { a: {} } }), "$.profiles.a", /no variable/],
  [manifest({ profiles: { a: null } }), "$.profiles.a", /no object/],
  [manifest({}, { mode: 1 }), "$.profiles.default.mode", /not known/],
  [manifest({}, { files: { "1X": "a" } }), '$.profiles.default.files["1X"]', /no name/],
  [manifest({}, { files: { "": "a" } }), '$.profiles.default.files[""]', /no name/],
  [manifest({}, { files: { "A=B": "a" } }), '$.profiles.default.files["A=B"]', /no name/],
  [manifest({}, { files: { "A\nB": "a" } }), '$.profiles.default.files["A\\nB"]', /no name/],
  [manifest({}, { files: { "É": "a" } }), '$.profiles.default.files["É"]', /no name/],
  [manifest({}, { files: { A: "../a" } }), "$.profiles.default.files.A", /climbs out/],
  [manifest({}, { files: { A: "a/../../b" } }), "$.profiles.default.files.A", /climbs out/],
  [manifest({}, { files: { A: "/run/../b" } }), "$.profiles.default.files.A", /climbs out/],
  [manifest({}, { files: { A: "" } }), "$.profiles.default.files.A", /empty/],
  [manifest({}, { files: { A: "./a" } }), "$.profiles.default.files.A", /empty step or "\."/],
  [manifest({}, { files: { A: "a//b" } }), "$.profiles.default.files.A", /empty step/],
  [manifest({}, { files: { A: "a\0b" } }), "$.profiles.default.files.A", /NUL/],
  [manifest({}, { files: { A: 1 } }), "$.profiles.default.files.A", /no text/],
  [manifest({}, { files: { FLAG: "a" } }), "$.profiles.default.constants.FLAG", /a file as well/],
  [manifest({}, { optional: ["B"] }), "$.profiles.default.optional[0]", /no file/],
  [manifest({}, { constants: { A: "a\0" } }), "$.profiles.default.constants.A", /NUL/],
  [manifest({}, { constants: { A: "a\nb" } }), "$.profiles.default.constants.A", /line break/],
  [manifest({}, { constants: { A: true } }), "$.profiles.default.constants.A", /no text/],
  ['{"version":1,"version":1}', "$.version", /twice/],
  [
    '{"version":1,"directory":"/x","profiles":{"a":{"files":{"A":"b"}},"a":{"files":{"A":"b"}}}}',
    "$.profiles.a",
    /twice/,
  ],
  [
    '{"version":1,"directory":"/x","profiles":{"a":{"files":{"A":"b","\\u0041":"c"}}}}',
    "$.profiles.a.files.A",
    /twice/,
  ],
  ['{"unset":[[{"a":1,"b":{"c":[],"c":{}}}]]}', "$.unset[0][0].b.c", /twice/],
];

for (const [text, path, reason] of faults) {
  Deno.test(`refused: ${path} ${reason.source}: ${text.slice(0, 60)}`, () => {
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof ManifestError);
        assert.equal(error.path, path);
        assert.match(error.reason, reason);
        return true;
      },
    );
  });
}

Deno.test("half a surrogate pair and bytes that are not UTF-8 are refused", () => {
  const half = manifest({}, { constants: { A: "x" } }).replace('"x"', '"\\ud800"');
  assert.throws(() => parse(half), /half a surrogate pair/);
  assert.throws(() => parseManifest(Uint8Array.of(0x22, 0xff, 0x22)), /not UTF-8/);
});

const broken =
  "PATH IFS ENV BASH_ENV PS1 PS4 PROMPT_COMMAND LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES " +
  "SHELLOPTS BASH_FUNC_x CDPATH HOME PWD UID PPID status argv path fpath fish_trace _ NODE_OPTIONS " +
  "CREDSMITH_NAMES CREDSMITH_LOAD __credsmith_x __cs_names";

for (const name of broken.split(" ")) {
  Deno.test(`no loader sets ${name}`, () => {
    const text = manifest({}, { files: { [name]: "a" } });
    assert.throws(() => parse(text), /needs for itself/);
  });
}

Deno.test("a variable that is called like a property of every object is one like others", () => {
  const text = '{"version":1,"directory":"/x","profiles":{"a":{"files":{"__proto__":"b"}}}}';
  const [variable] = planOf(parse(text)).profiles[0]!.variables;
  assert.deepEqual(variable, { name: "__proto__", read: 0 });
});

Deno.test("a file that fills several variables is read once, and is needed if one needs it", () => {
  const plan = planOf(parse(manifest({}, {
    files: { C: "c", A: "region", B: "region", D: "/etc/d" },
    optional: ["A", "C"],
    constants: {},
  })));
  assert.deepEqual(plan.profiles[0]?.reads, [
    { file: "region", inside: true, optional: false },
    { file: "/etc/d", inside: false, optional: false },
    { file: "c", inside: true, optional: true },
  ]);
  assert.deepEqual(plan.profiles[0]?.variables, [
    { name: "C", read: 2 },
    { name: "A", read: 0 },
    { name: "B", read: 0 },
    { name: "D", read: 1 },
  ]);
});

Deno.test("a standard profile that is not there is refused", () => {
  assert.throws(() => loader(parse(manifest()), "bash", "work"), UnknownProfileError);
});

for (const shell of shells) {
  Deno.test(`the ${shell} loader has no eval, no exit, no subshell and no other program`, () => {
    const script = loader(parse(manifest()), shell).replace(/^ *#.*$/gm, "");
    assert.doesNotMatch(script, /\beval\b|\bexit\b|`|\bcat\b/);
    // In fish this runs builtins without a process.
    if (shell !== "fish") assert.doesNotMatch(script, /\$\((?!\()/);
  });
}
