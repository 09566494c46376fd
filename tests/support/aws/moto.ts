/** moto, a mock of AWS by others, as a second opinion. It has STS and IAM, but little of Bedrock. */

/** A running moto that checks signatures. */
export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** From now on this many requests pass unchecked; `Infinity` turns checking off. */
  uncheckedRequests(count: number): Promise<void>;
}

/** @returns where `moto_server` is installed, with links followed */
async function installed(): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const found = await Deno.realPath(`${folder}/moto_server`).catch(() => undefined);
    if (found) return found;
  }
  throw new Error("moto_server is not on PATH");
}

/** @returns the Python that has moto, and with it botocore */
export async function pythonWithBotocore(): Promise<string> {
  const beside = (await installed()).replace(/[^/]*$/, "python3");
  return await Deno.stat(beside).then(() => beside, () => "python3");
}

/** Starts moto on a free port of loopback and waits until it listens. */
export async function startMoto(): Promise<Moto> {
  const child = new Deno.Command(await installed(), {
    args: ["-H", "127.0.0.1", "-p", "0"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let url: string | undefined;
  while (url === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`moto_server ended:\n${text}`);
    text += value;
    url = text.match(/Running on (http:\/\/127\.0\.0\.1:\d+)/)?.[1];
  }
  const draining = (async () => {
    while (!(await reader.read()).done);
  })();
  return {
    url,
    async uncheckedRequests(count) {
      const body = count === Infinity ? "inf" : String(count);
      const headers = { "content-type": "text/plain" };
      const answer = await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body, headers });
      await answer.body?.cancel();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await draining;
    },
  };
}
