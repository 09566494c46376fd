/** The terminal that a process belongs to, whatever its standard input and output are. */
export interface Tty {
  /**
   * Asks a question there and waits for a line.
   *
   * @param milliseconds how long
   * @returns the line without its end; `"late"` where none came in time, `"closed"` where none can
   */
  ask(
    question: string,
    milliseconds: number,
  ): Promise<{ readonly line: string } | "late" | "closed">;
  /** Writes a line there. */
  tell(text: string): void;
}

/**
 * Opens it. Has to be done while all permissions are held.
 *
 * @returns nothing where the process belongs to none, or runs in its background: it would be stopped
 *   as soon as it reads, with what it holds
 */
export function openTty(): Tty | undefined {
  if (inBackground()) return undefined;
  let file: Deno.FsFile;
  try {
    file = Deno.openSync("/dev/tty", { read: true, write: true });
  } catch {
    return undefined;
  }
  let typed = "";
  const write = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  };
  // One that has not ended takes what is typed next.
  let reading: Promise<number | null> | undefined;
  const buffer = new Uint8Array(1024);
  const decoder = new TextDecoder();
  return {
    async ask(question, milliseconds) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), milliseconds);
      });
      try {
        write(question);
        for (;;) {
          const end = typed.search(/[\r\n]/);
          if (end >= 0) {
            const line = typed.slice(0, end);
            typed = typed.slice(end + 1);
            return { line };
          }
          reading ??= file.read(buffer);
          const count = await Promise.race([reading, late]);
          if (count === "late") {
            write("\n");
            return "late";
          }
          reading = undefined;
          if (count === null || count === 0) return "closed";
          typed += decoder.decode(buffer.subarray(0, count), { stream: true });
        }
      } catch {
        return "closed";
      } finally {
        clearTimeout(timer);
      }
    },
    tell: (text) => write(`${text}\n`),
  };
}

/** @see proc_pid_stat(5): the group of the process, and the one in the terminal's foreground */
function inBackground(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    // The program's name stands in parentheses, and may have any character in it.
    const [, , , group, , , foreground] = Deno.readTextFileSync("/proc/self/stat")
      .replace(/^.*\) /s, "? ").split(" ");
    return foreground !== group && Number(foreground) > 0;
  } catch {
    return false;
  }
}
