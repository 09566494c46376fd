/** What pages tell people to type is what the program understands. */
import assert from "node:assert/strict";
import { helpSpecOf } from "../src/cli/command.ts";
import { verbs } from "../src/cli/verbs.ts";

const root = new URL("../", import.meta.url).pathname;

async function pages(): Promise<Map<string, string>> {
  const found = new Map([["README.md", await Deno.readTextFile(`${root}README.md`)]]);
  for (const folder of ["docs/how-to", "docs/reference", "docs/explanation"]) {
    for await (const { name } of Deno.readDir(root + folder)) {
      // The generated page has explanations beside its commands.
      if (!name.endsWith(".md") || name === "commands.md") continue;
      found.set(`${folder}/${name}`, await Deno.readTextFile(`${root}${folder}/${name}`));
    }
  }
  return found;
}

/** Command lines that begin with `credsmith`, in code of either kind. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh)?\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block]) => block!.replaceAll(/\\\n\s*/g, " ").split("\n"));
  const spans = [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`]+)`/g)]
    .map(([, span]) => span!);
  return [...blocks, ...spans]
    .map((line) => line.replace(/^\$ |^sudo /, "").trim())
    // Two blanks part a command from what is said of it; a comma after the verb is prose.
    .map((line) => line.replace(/\s{2,}.*$/, ""))
    .filter((line) => /^credsmith [a-z-]+( |$)/.test(line));
}

async function flagsOf(words: string): Promise<Set<string> | undefined> {
  const loaded = await verbs.find((verb) => verb.words === words)!.load();
  const spec = "command" in loaded ? helpSpecOf(loaded.command) : undefined;
  if (!spec) return undefined;
  const { flags = {} } = spec.parameters as { flags?: Record<string, { kind: string }> };
  const names = Object.keys(flags).map((name) =>
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  );
  return new Set([...names.flatMap((name) => [`--${name}`, `--no-${name}`]), "--help"]);
}

Deno.test("every command line of the documentation has a verb and flags that there are", async () => {
  let seen = 0;
  for (const [page, text] of await pages()) {
    for (const line of commandLines(text)) {
      const [, ...words] = line.split(/\s+/);
      const verb = [2, 1].map((count) => words.slice(0, count).join(" "))
        .find((each) => verbs.some((verb) => verb.words === each));
      const where = `${page}: ${line}`;
      // "credsmith access" and "credsmith git" stand for all that begin so.
      if (!verb && verbs.some((each) => each.words.startsWith(`${words[0]} `))) continue;
      if (!verb && words[0] === "help") continue;
      assert.ok(verb, where);
      seen++;
      if (verb === "sops") continue;
      const known = await flagsOf(verb);
      if (!known) continue;
      for (const word of words) {
        if (word === "--" || /^[|>;&#(]/.test(word)) break;
        const [, flag] = word.match(/^(--[a-z][a-z-]*)/) ?? [];
        if (flag) assert.ok(known.has(flag), `${where}: ${flag}`);
      }
    }
  }
  assert.ok(seen > 100, `only ${seen}`);
});
