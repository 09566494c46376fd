/** Commands in this process, where the SDK is loaded once. Permissions stay as they are. */
import type { Context } from "../../src/cli/command.ts";
import { report } from "../../src/cli/faults.ts";
import type { Home, Result } from "./home.ts";

/** A context without a terminal, and what is written to it. */
export interface InProcess {
  readonly context: Context;
  stdout(): string;
  stderr(): string;
  /** Ends as a program would: what `work` throws is worded, with its trace if it is a defect. */
  result(work: () => Promise<number>, flags?: { readonly json: boolean }): Promise<Result>;
}

/** @param env laid over the home's */
export function inProcess(
  home: Pick<Home, "env" | "path">,
  env: Readonly<Record<string, string>> = {},
  more: Partial<Context> = {},
): InProcess {
  let [stdout, stderr] = ["", ""];
  const context: Context = {
    process: { stdout: { write: () => {} }, stderr: { write: () => {} } },
    terminal: {
      out: (text) => stdout += text,
      line: (line = "") => stdout += `${line}\n`,
      note: (line) => stderr += `${line}\n`,
      interactive: false,
      stdoutIsTerminal: false,
      columns: 80,
      style: (_, text) => text,
    },
    env: { ...home.env, ...env },
    cwd: home.path,
    mountinfo: undefined,
    narrow: () => {},
    ...more,
  };
  return {
    context,
    stdout: () => stdout,
    stderr: () => stderr,
    async result(work, { json } = { json: false }) {
      let code: number;
      try {
        code = await work();
      } catch (error) {
        code = await report(error, context.terminal, { json, env: { CREDSMITH_TRACE: "1" } });
      }
      return { code, stdout, stderr };
    },
  };
}
