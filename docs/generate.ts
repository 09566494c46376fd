/**
 * Writes what the documentation takes from elsewhere: `docs/reference/commands.md`, the manual page
 * and the tables in README.md from `--help`, and the examples in README.md and `docs/how-to` from
 * the tested ones in `tests/nix/examples`; with Nix, `docs/reference/options.md`. `deno task docs`;
 * tests fail when they are stale.
 */
import { verbs } from "../src/cli/verbs.ts";
import { has } from "../tests/support/peers.ts";
import { optionsPage } from "./options.ts";
import { version } from "../src/cli/version.ts";
import { manPage } from "./man.ts";

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
    {
      path: "docs/reference/credsmith.1",
      text: manPage(
        version,
        "AWS, Bedrock and Claude credentials from an encrypted file in git",
        shown.map(({ words, brief }, index) => ({ words, brief, help: helps[index]! })),
      ),
    },
    {
      path: "README.md",
      text: await withExamples(between(readme, "help", `\n${fenced(tables)}\n`)),
    },
    ...await howTos(),
  ];
}

const fenced = (text: string, language = "") => `\`\`\`${language}\n${text}\n\`\`\``;

/** The pages in `docs/how-to`, each with its examples as they are now. */
async function howTos(): Promise<Page[]> {
  const names = await Array.fromAsync(Deno.readDir(`${root}docs/how-to`), ({ name }) => name);
  return await Promise.all(
    names.sort().map(async (name) => {
      const path = `docs/how-to/${name}`;
      return { path, text: await withExamples(await Deno.readTextFile(root + path)) };
    }),
  );
}

const languages: Readonly<Record<string, string>> = { nix: "nix", sh: "sh", envrc: "sh" };

/** Puts the file `tests/nix/examples/FILE` after each `<!-- example FILE -->`. */
async function withExamples(page: string): Promise<string> {
  const files = [...page.matchAll(/<!-- example (\S+) -->/g)].map((match) => match[1]!);
  for (const file of new Set(files)) {
    const text = await Deno.readTextFile(`${root}tests/nix/examples/${file}`);
    const block = fenced(text.trimEnd(), languages[file.replace(/.*\./, "")]);
    page = between(page, `example ${file}`, `\n${block}\n`, "example");
  }
  return page;
}

/** Puts text between `<!-- NAME -->` and the `<!-- /LAST -->` that follows. */
function between(page: string, name: string, text: string, last = name): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${last} -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`there is no ${start} … ${end}`);
  return `${page.slice(0, from + start.length)}\n${text}\n${page.slice(to)}`;
}

if (import.meta.main) {
  const found = [...await pages()];
  if (has("nix")) found.push(await optionsPage());
  else console.error("docs/reference/options.md stays as it is: that page needs nix");
  for (const { path, text } of found) await Deno.writeTextFile(root + path, text);
}
