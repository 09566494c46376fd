/** What one command took, over all its runs: wall seconds and, where it is known, peak memory. */
export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Largest resident set in MB; absent without GNU time. */
  readonly peakMb?: number;
}

/** A command line, without a shell. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** How a bundle is run: by Deno alone, with nothing of the folder that it is run in. */
export function underDeno(script: string, ...args: string[]): Pick<Program, "command" | "args"> {
  const options = ["run", "-A", "--no-prompt", "--quiet", "--no-config", "--no-lock"];
  return { command: Deno.execPath(), args: [...options, script, ...args] };
}

/** Middle value of a list that is not empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Times whole processes in turn (A B C, A B C, …), so that a machine whose speed drifts treats all
 * of them alike; the first round is not counted.
 *
 * @param runs counted rounds
 * @returns figures in the order of `programs`, and each program's median ratio to the last one
 * @throws {Error} when a program does not end with 0
 */
export async function compare(
  programs: readonly Program[],
  runs = 15,
): Promise<{ figures: Figures[]; ratios: number[] }> {
  const times: number[][] = programs.map(() => []);
  const peaks: number[] = programs.map(() => 0);
  for (let round = 0; round <= runs; round++) {
    for (const [index, program] of programs.entries()) {
      const { seconds, peakMb } = await once(program);
      if (round > 0) times[index]!.push(seconds);
      peaks[index] = Math.max(peaks[index]!, peakMb);
    }
  }
  const last = times.at(-1)!;
  return {
    figures: times.map((each, index) => ({
      median: median(each),
      min: Math.min(...each),
      max: Math.max(...each),
      peakMb: peaks[index]!,
    })),
    ratios: times.map((each) => median(each.map((seconds, round) => seconds / last[round]!))),
  };
}

async function once(program: Program): Promise<{ seconds: number; peakMb: number }> {
  const options: Deno.CommandOptions = {
    args: [...program.args],
    env: { ...program.env, DENO_NO_UPDATE_CHECK: "1" },
    stdout: "null",
    stderr: "null",
    stdin: "null",
    ...(program.cwd ? { cwd: program.cwd } : {}),
  };
  const start = performance.now();
  const child = new Deno.Command(program.command, options).spawn();
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMb(child.pid));
  }, 20);
  const { code } = await child.status;
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program.name} ended with ${code}`);
  return { seconds, peakMb: peak };
}

/** The high-water mark of a process's memory; 0 where it has ended or `/proc` is not there. */
function residentMb(pid: number): number {
  try {
    const line = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return Number(line?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** One line a program: median, spread, memory, and the ratio to the last one. */
export function table(
  programs: readonly Program[],
  { figures, ratios }: { figures: Figures[]; ratios: number[] },
): string {
  const width = Math.max(...programs.map(({ name }) => name.length));
  return programs.map(({ name }, index) => {
    const { median, min, max, peakMb } = figures[index]!;
    const ms = (seconds: number) => (seconds * 1000).toFixed(1).padStart(8);
    const memory = peakMb ? `${peakMb.toFixed(0).padStart(5)} MB` : "";
    return `  ${name.padEnd(width)} ${ms(median)} ms (${ms(min)} to ${ms(max)})${memory}  ` +
      `${ratios[index]!.toFixed(2)}x`;
  }).join("\n");
}
