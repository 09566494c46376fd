import type { Home, RunOptions } from "./home.ts";

/** What a program showed on its terminal, and how it ended. */
export interface Session {
  readonly code: number;
  /** All that was written, escape sequences included; line ends are LF. */
  readonly shown: string;
}

/**
 * Runs a program on a terminal of its own and answers it: each answer is typed when what it waits
 * for has been shown, counted from the answer before. A program that never shows it is ended.
 *
 * @param turns what to wait for, and what to type then (`\r` is Enter), or to do
 * @param options `stdin` has no meaning here
 */
export async function onTerminal(
  home: Home,
  command: readonly string[],
  turns: readonly (readonly [waitFor: string, then: string | (() => Promise<void>)])[],
  options: RunOptions = {},
): Promise<Session> {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty cols 80 rows 24; exec ${quoted}`, "/dev/null"],
    cwd: options.cwd ?? home.path,
    env: { ...home.env, TERM: "xterm", SHELL: "/bin/sh", ...options.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  const limit = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const left = [...turns];
  let shown = "";
  let seen = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    while (left[0]) {
      const at = shown.indexOf(left[0][0], seen);
      if (at < 0) break;
      seen = at + left[0][0].length;
      const [, then] = left.shift()!;
      if (typeof then === "function") await then();
      else await keyboard.write(new TextEncoder().encode(then)).catch(() => {});
    }
  }
  clearTimeout(limit);
  await keyboard.close().catch(() => {});
  const { code } = await child.status;
  const missed = left[0];
  if (missed) throw new Error(`the program never showed ${JSON.stringify(missed[0])}:\n${shown}`);
  return { code, shown: shown.replaceAll("\r\n", "\n") };
}
