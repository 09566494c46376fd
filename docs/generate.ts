/**
 * Writes what the documentation takes from the program itself: `docs/reference/commands.md` and
 * the tables of `--help` in README.md. `deno task docs`; a test fails when they are stale.
 */
import { verbs } from "../src/cli/verbs.ts";

const root = new URL("../", import.meta.url).pathname;

/** A page, by its path in the repository, as it ought to be. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** What `credsmith ARGS` prints, in 80 columns. */
async function printed(args: readonly string[]): Promise<string> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-prompt", "src/main.ts", ...args],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1" },
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`credsmith ${args.join(" ")} ended with ${code}`);
  return new TextDecoder().decode(stdout).trimEnd();
}

/** All pages that are generated, as they ought to be now. */
export async function pages(): Promise<readonly Page[]> {
  const shown = verbs.filter(({ table }) => table !== "hidden");
  const [readme, all, ...helps] = await Promise.all([
    Deno.readTextFile(`${root}README.md`),
    printed(["--help", "--all"]),
    ...shown.map(({ words }) => printed([...words.split(" "), "--help"])),
  ]);
  const sections = shown.map(({ words }, index) => `## ${words}\n\n${fenced(helps[index]!)}`);
  const tables = all.slice(all.indexOf("\n  init") + 1);
  return [
    {
      path: "docs/reference/commands.md",
      text: [
        "# Commands",
        "`credsmith COMMAND --help`, page by page. Every command ends with 0 when it is done, 1 for a defect\n" +
        "of ours and 2 for wrong usage; the others are listed. Written by `deno task docs`.",
        ...sections,
        "",
      ].join("\n\n").trimEnd() + "\n",
    },
    { path: "README.md", text: between(readme, "help", `\n${fenced(tables)}\n`) },
  ];
}

const fenced = (text: string) => `\`\`\`\n${text}\n\`\`\``;

/** Puts text between `<!-- NAME -->` and `<!-- /NAME -->`. */
function between(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no ${start} … ${end}`);
  return `${page.slice(0, from + start.length)}\n${text}\n${page.slice(to)}`;
}

if (import.meta.main) {
  for (const { path, text } of await pages()) await Deno.writeTextFile(root + path, text);
}
