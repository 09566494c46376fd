/** How a run of some test files ended. */
export interface Verdict {
  readonly passed: number;
  readonly failedNames: readonly string[];
  readonly skippedNames: readonly string[];
}

/** How many tests of a whole run ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Folders whose tests take longest, and go first, so that both cores are busy to the end. */
const slow = ["tests/rotate", "tests/interop", "tests/nix", "tests/access", "tests/cli/git"];

/** Files that share a process; more saves little, fewer spreads better. */
const size = 4;

/**
 * Test files in portions that run in one process each: of one folder, the slow folders first.
 *
 * @param files paths below the root, in any order
 */
export function batches(files: readonly string[]): string[][] {
  const folders = Map.groupBy(files.toSorted(), (file) => file.slice(0, file.lastIndexOf("/")));
  const rank = (folder: string) => {
    const at = slow.indexOf(folder);
    return at < 0 ? slow.length : at;
  };
  return [...folders].sort(([a], [b]) => rank(a) - rank(b))
    .flatMap(([, names]) =>
      Array.from(
        { length: Math.ceil(names.length / size) },
        (_, index) => names.slice(index * size, (index + 1) * size),
      )
    );
}

/**
 * Reads what `deno test --junit-path` wrote.
 *
 * @param code of `deno test`; a file that does not load is no failed test in the report, and a
 *   process that was ended leaves none, but both are failures
 */
export function verdictOf(xml: string, code: number): Verdict {
  const count = (attribute: string) =>
    [...xml.matchAll(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`, "g"))]
      .reduce((sum, match) => sum + Number(match[1]), 0);
  const named = (child: string) =>
    [...xml.matchAll(new RegExp(`<testcase name="([^"]*)"[^>]*>\\s*<(?:${child})\\b`, "g"))]
      .map((match) => unescaped(match[1] ?? ""));
  const skippedNames = named("skipped");
  const failures = count("failures") + count("errors");
  const names = [...named("failure|error")];
  const broken = code !== 0 && failures === 0;
  return {
    passed: count("tests") - failures - skippedNames.length,
    failedNames: [
      ...names.slice(0, failures),
      ...Array.from({ length: failures - Math.min(names.length, failures) }, () => "a step"),
      ...broken ? ["a file that did not run to its end"] : [],
    ],
    skippedNames,
  };
}

const entities: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  amp: "&",
};

function unescaped(text: string): string {
  return text.replaceAll(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}

export function countsOf(verdicts: readonly Verdict[]): Counts {
  const sum = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failedNames }) => failedNames.length),
    skipped: sum(({ skippedNames }) => skippedNames.length),
  };
}
