import assert from "node:assert/strict";

/** One system call of a program that touches one of the paths: the nth of its kind in its thread. */
export interface CallPoint {
  readonly call: string;
  readonly occurrence: number;
}

/** A program with its arguments and surroundings. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What strace wrote: one line a call, with its thread in front. */
  readonly trace: string;
}

/**
 * Records which system calls a program makes on these paths, or on files opened by them.
 *
 * @param paths absolute; files that are not there yet count as well
 * @returns each call once, in the order of the record
 */
export async function recordCalls(
  program: Program,
  paths: readonly string[],
): Promise<CallPoint[]> {
  const { code, stderr, trace } = await traced(program, [
    "--seccomp-bpf",
    "-e",
    "trace=%file,%desc",
    ...pathOptions(paths),
  ]);
  assert.equal(code, 0, stderr);
  const counts = new Map<string, number>();
  const points = new Map<string, CallPoint>();
  for (const [, thread, call = ""] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const occurrence = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, occurrence);
    points.set(`${call} ${occurrence}`, { call, occurrence });
  }
  assert.ok(points.size > 0, "the record has no calls");
  return [...points.values()];
}

/**
 * Runs a program and does something to it at one call, before that call is executed.
 *
 * @param action what strace's `inject` takes: `signal=SIGKILL`, `error=EIO`
 */
export async function injectAt(
  program: Program,
  paths: readonly string[],
  { call, occurrence }: CallPoint,
  action: string,
): Promise<Outcome> {
  const inject = `inject=${call}:${action}:when=${occurrence}`;
  // With the filter in the kernel only this call is stopped at, which takes a third of the time, but
  // then strace 6.1 loses the signals that it should inject.
  const filter = action.startsWith("signal") ? [] : ["--seccomp-bpf"];
  const options = [...filter, "-e", `trace=${call}`, "-e", inject];
  return await traced(program, [...options, ...pathOptions(paths)]);
}

/** Runs a program under `strace -f` and gives back what it traced. */
export async function traced(program: Program, options: readonly string[]): Promise<Outcome> {
  const record = await Deno.makeTempFile({ prefix: "credsmith-strace-" });
  try {
    const { command, args, env, cwd, stdin } = program;
    const child = new Deno.Command("strace", {
      args: ["-f", "-qq", "-o", record, ...options, "--", command, ...args],
      ...(env ? { env: { ...env }, clearEnv: true } : {}),
      ...(cwd ? { cwd } : {}),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    const fed = writer.write(new TextEncoder().encode(stdin ?? "")).then(() => writer.close())
      .catch(() => {});
    const { code, stdout, stderr } = await child.output();
    await fed;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      code,
      stdout: text(stdout),
      stderr: text(stderr),
      trace: await Deno.readTextFile(record),
    };
  } finally {
    await Deno.remove(record);
  }
}

/** Works through a list, two at a time. */
export async function twoAtATime<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

function pathOptions(paths: readonly string[]): string[] {
  return paths.flatMap((path) => ["-P", path]);
}
