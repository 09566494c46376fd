import { run } from "./processes.ts";

/** How far up is looked; between git and us are a shell or two. */
const levels = 8;

/**
 * The command lines of the processes that started us, nearest first. On Linux it reads `/proc`, so it
 * has to be asked while all permissions are held; elsewhere it runs `ps`, whose words are taken apart
 * at blanks.
 *
 * @returns nothing where the system does not tell
 */
export async function commandLinesAbove(): Promise<string[][] | undefined> {
  const of = Deno.build.os === "linux" ? procEntry : await psEntries();
  const found: string[][] = [];
  let pid = Deno.ppid;
  for (let level = 0; level < levels && pid > 1; level++) {
    const entry = of(pid);
    if (!entry) break;
    found.push(entry.words);
    pid = entry.parent;
  }
  return found.length > 0 ? found : undefined;
}

interface Process {
  readonly words: string[];
  readonly parent: number;
}

function procEntry(pid: number): Process | undefined {
  try {
    const line = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name in the second field may have anything in it, and ends at the last bracket.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { words: line.replace(/\0$/, "").split("\0"), parent: Number(parent) };
  } catch {
    return undefined;
  }
}

async function psEntries(): Promise<(pid: number) => Process | undefined> {
  const entries = new Map<number, Process>();
  try {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,command="]);
    for (const line of new TextDecoder().decode(stdout).split("\n")) {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      if (command) entries.set(Number(pid), { words: command.split(" "), parent: Number(parent) });
    }
  } catch {
    // Without ps nothing is known.
  }
  return (pid) => entries.get(pid);
}
