import assert from "node:assert/strict";
import fc from "fast-check";
import { parseManifest } from "../../src/loader/manifest.ts";
import { planOf } from "../../src/loader/plan.ts";
import { fishSeldom } from "../../src/loader/shells/fish.ts";
import { ManifestError } from "../../src/loader/errors.ts";
import { isReservedName } from "../../src/loader/names.ts";
import {
  allShells,
  bourneShells,
  latin1,
  secretFiles,
  shellTest,
  showEnvironment,
  utf8,
} from "./support.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.constantFrom(..."'\"\\$`!#%&*?[]{}()<>|;~^= \t\r\x01\x7f-aé")).map((all) =>
    all.join("")
  ),
).filter((value) => !/[\0\n]/.test(value) && value.isWellFormed());

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  .map((each) => `T_${each}`).filter((each) => !isReservedName(each));

shellTest(allShells, "any constant comes out as it stands in the manifest", async (shell) => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, text, { minKeys: 1, maxKeys: 60, noNullPrototype: true }),
      async (constants) => {
        await using secrets = secretFiles({});
        const file = secrets.loader(shell, { profiles: { default: { constants } } });
        const script = `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`;
        const { exported, stderr } = await secrets.run(shell, script);
        assert.equal(stderr, "");
        for (const [key, value] of Object.entries(constants)) {
          assert.equal(exported.get(key), utf8(value), JSON.stringify(value));
        }
      },
    ),
    { numRuns: 25 },
  );
});

shellTest(allShells, "any bytes but NUL come out of a file, whatever its path", async (shell) => {
  const bytes = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 200 })
    .map((codes) => String.fromCharCode(...codes));
  const step = text.filter((each) => !/^\.{0,2}$|\//.test(each) && utf8(each).length < 200);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, bytes), { minLength: 1, maxLength: 20 }),
      async (all) => {
        await using secrets = secretFiles({});
        const files: Record<string, string> = {};
        const expected: Record<string, string> = {};
        for (const [index, [path, value]] of all.entries()) {
          const inside = `${index}${path}`;
          Deno.writeFileSync(`${secrets.directory}/${inside}`, latin1(value));
          files[`T_${index}`] = index % 3 ? inside : `${secrets.directory}/${inside}`;
          expected[`T_${index}`] = value;
        }
        const file = secrets.loader(shell, { profiles: { default: { files } } });
        const script = `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`;
        const { exported, stderr } = await secrets.run(shell, script);
        assert.equal(stderr, "");
        for (const [key, value] of Object.entries(expected)) assert.equal(exported.get(key), value);
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("no manifest makes a script with a name or path of its own choosing", () => {
  const json = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), {
    noNullPrototype: true,
  });
  fc.assert(fc.property(json, json, (files, constants) => {
    const document = { version: 1, directory: "/run", profiles: { default: { files, constants } } };
    try {
      parseManifest(new TextEncoder().encode(JSON.stringify(document)));
    } catch (error) {
      assert.ok(error instanceof ManifestError);
      return;
    }
    for (const key of [...Object.keys(files), ...Object.keys(constants)]) {
      assert.match(key, /^[A-Za-z_]\w*$/);
    }
    for (const path of Object.values(files)) assert.doesNotMatch(path, /\0|\n|(^|\/)\.\.(\/|$)/);
  }));
});

shellTest(bourneShells, "shells parse the script without running it", async (shell) => {
  await using secrets = secretFiles({});
  const file = secrets.loader(shell, everything);
  const [program, ...rest] = shell.command;
  const check = await new Deno.Command(program!, { args: [...rest, "-n", file] }).output();
  assert.deepEqual([check.code, new TextDecoder().decode(check.stderr)], [0, ""]);
  if (shell.loader === "zsh") return;
  const lint = await new Deno.Command("shellcheck", { args: [file] }).output();
  assert.equal(new TextDecoder().decode(lint.stdout), "");
}, ["shellcheck"]);

shellTest(allShells.slice(-1), "shells parse the script without running it", async (shell) => {
  await using secrets = secretFiles({});
  const file = secrets.loader(shell, everything);
  const check = await new Deno.Command("fish", { args: ["-n", file] }).output();
  assert.deepEqual([check.code, new TextDecoder().decode(check.stderr)], [0, ""]);
});

shellTest(allShells.slice(-1), "fish parses what the loader keeps as text", async (shell) => {
  await using secrets = secretFiles({});
  const fields = { version: 1, directory: secrets.directory };
  const { default: one, ...others } = everything.profiles;
  for (const profiles of [everything.profiles, { one }, others]) {
    const json = JSON.stringify({ ...fields, ...everything, profiles });
    const plan = planOf(parseManifest(new TextEncoder().encode(json)));
    const script = secrets.loader(shell, { ...everything, profiles });
    const whole = unquoted(Deno.readTextFileSync(script));
    for (const [name, text] of Object.entries(fishSeldom(plan))) {
      assert.ok(whole.includes(unindented(text)), `${name} is what the loader has`);
      const file = `${secrets.path}/${name}`;
      Deno.writeTextFileSync(file, `${text}\n`);
      const check = await new Deno.Command("fish", { args: ["-n", file] }).output();
      assert.deepEqual([name, check.code, new TextDecoder().decode(check.stderr)], [name, 0, ""]);
    }
  }
});

const unindented = (text: string) => text.replaceAll(/^ +/gm, "");

/** A script without its indentation and with the quoting of texts inside taken away once. */
const unquoted = (script: string) => unindented(script).replaceAll(/\\(['\\])/g, "$1");

const everything = {
  unset: ["AWS_PROFILE", "AWS_SESSION_TOKEN"],
  profiles: {
    default: {
      files: { ID: "id", SECRET: "/run/other/it's", TOKEN: "token", REGION: "region" },
      optional: ["TOKEN", "REGION"],
      constants: { FLAG: "1", MOTTO: "it's $HOME `x` \\" },
    },
    "one-optional": { files: { TOKEN: "token" }, optional: ["TOKEN"] },
    constants: { constants: { FLAG: "2" } },
  },
};
