import { type Format, FormatError, type Mapping, type Store, type Tree } from "../tree.ts";

/**
 * The store of a format. What it needs is loaded here, so that its functions need not wait.
 *
 * @param use `emit` leaves out what only reading needs (the YAML library); to read, `parseFile`
 *   loads it only where the file asks for it
 */
export async function storeFor(format: Format, use: "parse" | "emit" = "parse"): Promise<Store> {
  switch (format) {
    case "yaml": {
      const { loadFullYaml, yamlStore } = await import("./yaml.ts");
      if (use === "parse") await loadFullYaml();
      return yamlStore;
    }
    case "json":
      return (await import("./json.ts")).jsonStore;
    case "dotenv":
      return (await import("./dotenv.ts")).dotenvStore;
    case "ini":
      return (await import("./ini.ts")).iniStore;
    case "binary":
      return (await import("./binary.ts")).binaryStore;
  }
}

/**
 * Reads a file of that format with as little code as it takes.
 *
 * @throws {FormatError} when the bytes are not this format
 */
export async function parseFile(
  format: Format,
  bytes: Uint8Array,
): Promise<{ tree: Tree; metadata?: Mapping }> {
  try {
    if (format === "yaml") return await (await import("./yaml.ts")).parseYaml(bytes);
    return (await storeFor(format)).parse(bytes);
  } catch (error) {
    // What the engine has no room for: a text, a list, or a call too deep.
    if (error instanceof RangeError) {
      throw new FormatError(format, "too large, or nested too deeply");
    }
    throw error;
  }
}

const extensions: readonly (readonly [string, Format])[] = [
  [".yaml", "yaml"],
  [".yml", "yaml"],
  [".json", "json"],
  [".env", "dotenv"],
  [".ini", "ini"],
];

/** The format of a file by the end of its name, as SOPS tells it; anything else is binary. */
export function formatForPath(path: string): Format {
  return extensions.find(([extension]) => path.endsWith(extension))?.[1] ?? "binary";
}
