import assert from "node:assert/strict";
import { credsmith, type Home, type Result, type RunOptions } from "./home.ts";

/** `credsmith serve` while it runs. */
export interface Serving extends AsyncDisposable {
  /** What it prints for SDKs. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the first profile. */
  readonly url: string;
  /** What is in its token file. */
  token(): Promise<string>;
  /** What it has printed on stdout. */
  readonly printed: string;
  /** What it has said on stderr. */
  readonly said: string;
  /** Waits until it has said something. */
  saying(what: RegExp): Promise<void>;
  readonly pid: number;
  /** Asks it to end, and waits for that. */
  stop(signal?: Deno.Signal): Promise<Result>;
}

/** Starts `credsmith serve`, and waits until it serves. */
export async function startServing(
  home: Home,
  args: readonly string[] = [],
  options: Pick<RunOptions, "env"> & { readonly prefix?: readonly string[] } = {},
): Promise<Serving> {
  const [program, ...words] = [...options.prefix ?? [], ...credsmith, "serve", ...args];
  const child = new Deno.Command(program!, {
    args: words,
    cwd: home.path,
    env: { ...home.env, ...options.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "";
  let said = "";
  let heard = Promise.withResolvers<void>();
  const reading = Promise.all([
    each(child.stdout, (text) => void (stdout += text)),
    each(child.stderr, (text) => void (said += text)),
  ]);
  async function each(stream: ReadableStream<Uint8Array>, take: (text: string) => void) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      heard.resolve();
      heard = Promise.withResolvers();
    }
    heard.resolve();
  }
  let ended: Promise<Result> | undefined;
  const end = (signal: Deno.Signal) =>
    ended ??= (async () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended by itself.
      }
      const killer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      const { code } = await child.status;
      clearTimeout(killer);
      await reading;
      return { code, stdout, stderr: said };
    })();
  const running = { over: false };
  void child.status.then(() => running.over = true);
  // The two streams come by themselves, so one may be behind.
  const isReady = () => /Serving /.test(said) && /TOKEN_FILE(=|":).*\n$/.test(stdout);
  while (!isReady() && !running.over) await Promise.race([heard.promise, child.status]);
  if (running.over) {
    await reading;
    assert.fail(`credsmith serve ended: ${said}`);
  }
  const variables = Object.fromEntries(
    stdout.trim().split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  );
  return {
    variables,
    url: variables.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? "",
    token: () => Deno.readTextFile(variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE!),
    get printed() {
      return stdout;
    },
    get said() {
      return said;
    },
    async saying(what) {
      while (!what.test(said) && !running.over) await Promise.race([heard.promise, child.status]);
      assert.match(said, what);
    },
    pid: child.pid,
    stop: (signal = "SIGTERM") => end(signal),
    [Symbol.asyncDispose]: () => end("SIGKILL").then(() => {}),
  };
}
