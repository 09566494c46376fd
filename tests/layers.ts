/**
 * Checks that imports go one way, down the list of folders and never in a circle, and that only
 * `platform` touches the file system, processes, the clock and chance. `deno task check:layers`; `layers_test.ts` runs it
 * with the tests.
 */

const root = new URL("../", import.meta.url);

/** What each folder of `src/` may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  main: ["cli"],
  cli: [
    "loader",
    "aws",
    "claude",
    "deliver",
    "rotate",
    "hygiene",
    "merge",
    "nixos",
    "access",
    "serve",
    "status",
    "audit",
    "store",
    "sops",
    "platform",
  ],
  loader: ["store", "sops", "platform"],
  aws: ["store", "sops", "platform"],
  claude: ["store", "sops", "platform"],
  deliver: ["aws", "claude", "store", "sops", "platform"],
  rotate: ["aws", "store", "sops", "platform"],
  hygiene: ["store", "sops", "platform"],
  merge: ["store", "sops", "platform"],
  nixos: ["store", "sops", "platform"],
  access: ["store", "sops", "platform"],
  serve: ["aws", "store", "sops", "platform"],
  audit: ["aws", "store", "sops", "platform"],
  status: ["aws", "rotate", "store", "sops", "platform"],
  store: ["sops", "platform"],
  sops: [],
  platform: [],
};

/** What reaches outside the process; `cli/app.ts` and `cli/terminal.ts` are the process's edge. */
const effects: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    "the file system",
    /\bDeno\.(open|create|read(?!able)|write|stat|lstat|mkdir|make|remove|rename|chmod|chown|link|symlink|truncate|copy|realPath|utime|watch|umask)\w*\(|["']node:fs/,
  ],
  [
    "processes",
    /\bDeno\.(Command|kill|addSignalListener|removeSignalListener)\b|["']node:child_process/,
  ],
  ["the clock", /\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b|\bperformance\.now\(/],
  ["chance", /\bMath\.random\(|\bgetRandomValues\(|\brandomUUID\(/],
];
const edges = new Set(["src/cli/app.ts", "src/cli/terminal.ts", "src/main.ts"]);

/** A breach of the layers. */
export interface Breach {
  readonly file: string;
  readonly reason: string;
}

/** The folder of `src/` that a file belongs to; `main` for `src/main.ts`. */
function layerOf(path: string): string {
  const [, first = ""] = path.split("/");
  return first === "main.ts" ? "main" : first;
}

/**
 * @param imports pairs of files, both relative to the repository's root
 * @returns the pairs that go up or sideways, in words
 */
export function importBreaches(imports: Iterable<readonly [from: string, to: string]>): Breach[] {
  const breaches: Breach[] = [];
  for (const [from, to] of imports) {
    const [upper, lower] = [layerOf(from), layerOf(to)];
    if (!to.startsWith("src/")) {
      breaches.push({ file: from, reason: `imports ${to}, which is not part of the program` });
    } else if (upper !== lower && !allowed[upper]?.includes(lower)) {
      breaches.push({ file: from, reason: `"${upper}" may not import "${lower}" (${to})` });
    }
  }
  return breaches;
}

/**
 * @param imports pairs of files; what is imported lazily left out, since the table of commands is
 *   read by commands
 * @returns one breach for each circle that is met
 */
export function circles(imports: Iterable<readonly [from: string, to: string]>): Breach[] {
  const targets = new Map<string, string[]>();
  for (const [from, to] of imports) targets.set(from, [...targets.get(from) ?? [], to]);
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      const circle = [...way.slice(way.indexOf(file)), file];
      breaches.push({ file, reason: `imports itself: ${circle.join(" -> ")}` });
    }
    if (done.has(file)) return;
    done.add(file);
    for (const target of targets.get(file) ?? []) visit(target, [...way, file]);
  };
  for (const file of targets.keys()) visit(file, []);
  return breaches;
}

/**
 * @param file path relative to the root
 * @param text its source
 * @returns what it touches that only `platform` may
 */
export function effectBreaches(file: string, text: string): Breach[] {
  if (file.startsWith("src/platform/") || edges.has(file)) return [];
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return effects.filter(([, pattern]) => pattern.test(code))
    .map(([what]) => ({ file, reason: `touches ${what}; only "platform" may` }));
}

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

interface Imports {
  /** Static, dynamic and of types. */
  readonly all: readonly [from: string, to: string][];
  /** Those that are not dynamic. */
  readonly eager: readonly [from: string, to: string][];
}

/** The imports between files of ours, as `deno info` reports them. */
async function importsOf(files: readonly string[]): Promise<Imports> {
  const text = files.map((file) => `import "../${file}";`).join("\n");
  const entry = await Deno.makeTempFile({ dir: new URL("tests", root).pathname, suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, text);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: root.pathname,
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new Error("deno info failed");
    const info: Info = JSON.parse(new TextDecoder().decode(stdout));
    const imports = { all: [] as [string, string][], eager: [] as [string, string][] };
    for (const { specifier, dependencies } of info.modules) {
      if (!specifier.startsWith(`${root}src/`)) continue;
      for (const { code, type, isDynamic } of dependencies ?? []) {
        const target = code?.specifier ?? type?.specifier;
        if (target?.startsWith(root.href)) {
          const pair: [string, string] = [
            specifier.slice(root.href.length),
            target.slice(root.href.length),
          ];
          imports.all.push(pair);
          if (!isDynamic) imports.eager.push(pair);
        }
      }
    }
    return imports;
  } finally {
    await Deno.remove(entry);
  }
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    if (entry.isDirectory) found.push(...await sources(`${folder}${entry.name}/`));
    else if (entry.name.endsWith(".ts")) found.push(`${folder}${entry.name}`);
  }
  return found.sort();
}

/** All breaches in `src/`. */
export async function check(): Promise<Breach[]> {
  const files = await sources("src/");
  const imports = await importsOf(files);
  const touched = await Promise.all(
    files.map(async (file) => effectBreaches(file, await Deno.readTextFile(new URL(file, root)))),
  );
  return [...importBreaches(imports.all), ...circles(imports.eager), ...touched.flat()];
}

if (import.meta.main) {
  const breaches = await check();
  for (const { file, reason } of breaches) console.error(`${file}: ${reason}`);
  console.error(`${breaches.length} breaches of the layers`);
  Deno.exit(breaches.length ? 1 : 0);
}
