/**
 * Runs the tests and closes with one line: `N passed, N failed, N skipped`.
 * Arguments are handed to `deno test` (files, `--filter`).
 */
const report = await Deno.makeTempFile({ suffix: ".xml" });
const root = new URL("../", import.meta.url).pathname;
const files = Deno.args.some((argument) => !argument.startsWith("-")) ? [] : ["tests"];
const child = new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "-A",
    "--quiet",
    "--no-check",
    "--preload=tests/support/no_network.ts",
    `--junit-path=${report}`,
    ...Deno.args,
    ...files,
  ],
  cwd: root,
  env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  stdin: "null",
}).spawn();
const { code } = await child.status;
const xml = await Deno.readTextFile(report).catch(() => "");
await Deno.remove(report);

const count = (attribute: string) =>
  [...xml.matchAll(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`, "g"))]
    .reduce((sum, match) => sum + Number(match[1]), 0);
const skipped = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)]
  .map((match) => (match[1] ?? "").replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
if (skipped.length) console.log(["Skipped:", ...skipped.map((name) => `  ${name}`)].join("\n"));

const failed = count("failures") + count("errors");
const passed = count("tests") - failed - skipped.length;
// A file that does not load is no failed test in the report, but it is a failure.
const broken = code !== 0 && failed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed + broken} failed, ${skipped.length} skipped`);
Deno.exit(code);
