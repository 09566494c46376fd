import { endProcess, onEndingSignal } from "../../platform/processes.ts";
import { type Prompts, promptsOn } from "./prompts.ts";

/**
 * Questions on stderr, answers from the terminal that is stdin.
 *
 * @param env `TERM=dumb` means that the cursor cannot be moved
 */
export function systemPrompts(env: Readonly<Record<string, string>>): Prompts {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(4096);
  let stopListening = () => {};
  return promptsOn({
    cursor: env.TERM !== undefined && env.TERM !== "dumb",
    get columns() {
      try {
        // Some terminals do not know their size, and say 0.
        return Math.max(40, Math.min(80, Deno.consoleSize().columns || 80));
      } catch {
        return 80;
      }
    },
    write(text) {
      const bytes = encoder.encode(text);
      for (let sent = 0; sent < bytes.length;) sent += Deno.stderr.writeSync(bytes.subarray(sent));
    },
    raw(on) {
      Deno.stdin.setRaw(on);
      stopListening();
      // A terminal that is left in raw mode is of no use to the shell.
      stopListening = on
        ? onEndingSignal((code) => {
          Deno.stdin.setRaw(false);
          endProcess(code);
        })
        : () => {};
    },
    async read() {
      const count = await Deno.stdin.read(buffer);
      return count === null ? null : buffer.slice(0, count);
    },
  });
}
