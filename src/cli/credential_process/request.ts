import type { ProcessFormat } from "../../aws/process_json.ts";

/** What is asked of `credential-process`, as far as a cached answer can serve it. */
export interface ProcessRequest {
  readonly file?: string;
  readonly manifest?: string;
  readonly format: ProcessFormat;
  readonly reveal: boolean;
  readonly profile: string;
}

type TextFlag = "file" | "manifest" | "format" | "engine";

/**
 * Reads the arguments of `credential-process` in the forms that configuration files have them.
 * The command itself reads all others, and says what is wrong with them.
 *
 * @returns nothing for anything else: other flags, mistakes, help
 */
export function parseRequest(args: readonly string[]): ProcessRequest | undefined {
  const texts: Partial<Record<TextFlag | "profile", string>> = {};
  const names: Readonly<Record<string, TextFlag>> = {
    "-f": "file",
    "--file": "file",
    "--engine": "engine",
    "--manifest": "manifest",
    "--format": "format",
  };
  let reveal = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const name = Object.hasOwn(names, equals < 0 ? arg : arg.slice(0, equals))
      ? names[equals < 0 ? arg : arg.slice(0, equals)]!
      : undefined;
    if (name !== undefined) {
      const value = equals < 0 ? args[++at] : arg.slice(equals + 1);
      if (!value || texts[name] !== undefined || value.startsWith("-")) return undefined;
      texts[name] = value;
    } else if (arg === "--reveal" && !reveal) {
      reveal = true;
    } else if (/^[a-z0-9][a-z0-9-]*$/.test(arg) && texts.profile === undefined) {
      texts.profile = arg;
    } else {
      return undefined;
    }
  }
  const { file, manifest, format = "aws", engine = "auto", profile = "default" } = texts;
  // What would open the file makes no difference to what is known.
  if (!["auto", "native", "binary"].includes(engine)) return undefined;
  if (format !== "aws" && format !== "claude") return undefined;
  if (file !== undefined && manifest !== undefined) return undefined;
  return {
    format,
    reveal,
    profile,
    ...(file === undefined ? {} : { file }),
    ...(manifest === undefined ? {} : { manifest }),
  };
}
