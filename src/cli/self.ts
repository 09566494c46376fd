import { findProgram, starts } from "../platform/programs.ts";

/**
 * The words that start this very program from anywhere, for other programs' settings: the absolute
 * path of `credsmith` on PATH where that is us (it outlives updates), else the path of the npm
 * package's starter, else Deno with our main module.
 *
 * @param env for `PATH`
 */
export function selfCommand(env: Readonly<Record<string, string>>): string[] {
  const main = new URL(Deno.mainModule).pathname;
  const onPath = findProgram("credsmith", env.PATH ?? "");
  if (onPath && starts(onPath, main)) return [onPath];
  const packaged = main.replace(/\/dist\/[^/]*$/, "/bin");
  const beside = packaged === main ? undefined : findProgram("credsmith", packaged);
  if (beside) return [beside];
  const config = main.endsWith("/src/main.ts")
    ? `--config=${main.replace(/src\/main\.ts$/, "deno.json")}`
    : "--no-config";
  return [Deno.execPath(), "run", "-A", "--no-prompt", "--quiet", config, main];
}
