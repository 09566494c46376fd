import type { Terminal } from "../terminal.ts";

/** Lines that stand on the terminal until better ones are known. */
export interface Live {
  show(lines: readonly string[]): void;
  clear(): void;
}

/** Lines that a screen may not have; what has scrolled away cannot be written over. */
const mostLines = 20;

/**
 * @returns nothing where stdout is no terminal whose cursor can be moved
 */
export function liveLines(
  terminal: Terminal,
  env: Readonly<Record<string, string>>,
): Live | undefined {
  if (!terminal.stdoutIsTerminal || !env.TERM || env.TERM === "dumb") return undefined;
  let height = 0;
  return {
    show(lines) {
      const rows = lines.reduce((sum, line) => sum + heightOf(line, terminal.columns), 0);
      if (rows > mostLines) return;
      for (const line of lines) terminal.line(line);
      height = rows;
    },
    clear() {
      if (height > 0) terminal.out(`\x1b[${height}A\r\x1b[J`);
      height = 0;
    },
  };
}

function heightOf(line: string, columns: number): number {
  // deno-lint-ignore no-control-regex -- styles take no room
  const visible = line.replaceAll(/\x1b\[\d+m/g, "");
  return Math.max(1, Math.ceil(visible.length / columns));
}
