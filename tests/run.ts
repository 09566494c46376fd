/**
 * Runs the tests and closes with one line: `N passed, N failed, N skipped`.
 * Arguments are handed to `deno test` (files, `--filter`). Without any, all files run, as many
 * batches side by side as there are cores, up to two; a batch that does not end is ended, and its
 * last test is named. A batch that fails runs once more, alone.
 */
import { batches, type Counts, countsOf, type Verdict, verdictOf } from "./run/batches.ts";

const root = new URL("../", import.meta.url).pathname;
/** Minutes until a batch is taken for hung; the slowest needs about four. */
const batchLimit = 20;
/** With more failed batches than that, something is broken, and nothing is run again. */
const worthAnother = 3;
/** Minutes until a run of files that were named is taken for hung. */
const wholeLimit = 80;
const sideBySide = Math.min(2, navigator.hardwareConcurrency);

/** Runs some files in one process, and shows what it prints once a file is through. */
async function run(args: readonly string[], limit: number): Promise<Verdict> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--quiet",
      "--no-check",
      "--preload=tests/support/no_network.ts",
      `--junit-path=${report}`,
      ...args,
    ],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let last = "";
  let hung = false;
  const timer = setTimeout(async () => {
    hung = true;
    for (const pid of [child.pid, ...await descendants(child.pid)]) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch { /* it has ended */ }
    }
  }, limit * 60_000);
  const show = async () => {
    let held = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      held += text;
      last = held.split("\n").filter((line) => line.trim()).at(-1) ?? last;
      // A file's heading, "running 3 tests from …", ends what was there of the file before.
      const end = held.lastIndexOf("\nrunning ");
      if (end < 0) continue;
      console.log(held.slice(0, end));
      held = held.slice(end + 1);
    }
    if (held.trim()) console.log(held.trimEnd());
  };
  const [{ code }] = await Promise.all([child.status, show()]);
  clearTimeout(timer);
  const xml = await Deno.readTextFile(report).catch(() => "");
  await Deno.remove(report);
  if (hung) console.log(`Ended after ${limit} minutes, at: ${last}\n  in ${args.join(" ")}`);
  return verdictOf(xml, code);
}

/** Everything that a process has started and that is still there. */
async function descendants(pid: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid="] }).output();
  const pairs = new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) {
    found.push(...pairs.filter(([, of]) => of === parent).map(([child]) => child!));
  }
  return found.slice(1);
}

async function testFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}${folder}`)) {
    if (isDirectory) found.push(...await testFiles(`${folder}/${name}`));
    else if (name.endsWith("_test.ts")) found.push(`${folder}/${name}`);
  }
  return found;
}

const verdicts: Verdict[] = [];
if (Deno.args.length > 0) {
  const named = Deno.args.some((argument) => !argument.startsWith("-"));
  verdicts.push(await run([...Deno.args, ...named ? [] : ["tests"]], wholeLimit));
} else {
  const queue = batches(await testFiles("tests"));
  const failures: { readonly batch: string[]; readonly verdict: Verdict }[] = [];
  const begun = performance.now();
  await Promise.all(Array.from({ length: sideBySide }, async () => {
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      const verdict = await run(batch, batchLimit);
      if (verdict.failedNames.length) failures.push({ batch, verdict });
      else verdicts.push(verdict);
    }
  }));
  // Side by side, tests share one machine's /dev/shm, ports and time. What fails runs once more,
  // alone, and that counts; both are told.
  for (const { batch, verdict } of failures) {
    const again = failures.length <= worthAnother ? await run(batch, batchLimit) : verdict;
    verdicts.push(again);
    const alone = verdict.failedNames.filter((name) => !again.failedNames.includes(name));
    for (const name of alone) console.log(`Failed beside other tests, passed alone: ${name}`);
  }
  console.log(`\n${Math.round((performance.now() - begun) / 1000)} s`);
}

const { passed, failed, skipped }: Counts = countsOf(verdicts);
const names = (kind: "skippedNames" | "failedNames") =>
  verdicts.flatMap((verdict) => verdict[kind]).map((name) => `  ${name}`);
if (skipped) console.log(["Skipped:", ...names("skippedNames")].join("\n"));
if (failed) console.log(["Failed:", ...names("failedNames")].join("\n"));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
Deno.exit(failed ? 1 : 0);
