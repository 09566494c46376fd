/**
 * A small HTTP/1.1 server over TCP. It hands out requests as they came, byte for byte, because
 * signatures cover them, and lets a handler cut, stall or garble its answer.
 */

/** A request as it stood on the wire. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, not decoded. */
  readonly target: string;
  /** In order, names in lower case, values as sent but for outer blanks. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What is sent back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Sends the head and this many bytes of the body, and then closes the connection. */
  readonly cutAfter?: number;
  /** Sends the head and then nothing more, until the client gives up. */
  readonly stall?: boolean;
  /** Called when all of it was sent. */
  readonly afterwards?: () => void;
}

/** Instead of an answer: close without a byte, stay silent, or send these bytes as they are. */
export type Handled = RawAnswer | "drop" | "hang" | { readonly raw: Uint8Array<ArrayBuffer> };

/** A server that listens on loopback. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

/** @returns the first header of that name; the name in lower case */
export function header(request: RawRequest, name: string): string | undefined {
  return request.headers.find(([each]) => each === name)?.[1];
}

/**
 * @param port 0 for any that is free
 */
export function serve(port: number, handle: (request: RawRequest) => Promise<Handled>): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const open = new Set<Deno.TcpConn>();
  const running = new Set<Promise<void>>();

  const accept = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const done = converse(connection, handle).catch(() => {}).finally(() => {
        open.delete(connection);
        running.delete(done);
        closeQuietly(connection);
      });
      running.add(done);
    }
  })();

  const close = async () => {
    closeQuietly(listener);
    for (const connection of open) closeQuietly(connection);
    await Promise.allSettled([accept, ...running]);
  };
  return {
    port: (listener.addr as Deno.NetAddr).port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already.
  }
}

/** Answers the requests of one connection, one after another. */
async function converse(
  connection: Deno.TcpConn,
  handle: (request: RawRequest) => Promise<Handled>,
): Promise<void> {
  connection.setNoDelay(true);
  const input = new Input(connection);
  while (true) {
    const request = await readRequest(input, connection);
    if (request === undefined) return;
    const handled = await handle(request);
    if (handled === "drop") return;
    if (handled === "hang") return await input.drain();
    if ("raw" in handled) return await writeAll(connection, handled.raw);
    const bodyless = handled.stall || request.method === "HEAD";
    const body = bodyless ? new Uint8Array() : handled.body.subarray(0, handled.cutAfter);
    await writeAll(connection, joined([head(handled), body]));
    handled.afterwards?.();
    if (handled.stall) return await input.drain();
    if (handled.cutAfter !== undefined) return;
    if (header(request, "connection")?.toLowerCase() === "close") return;
  }
}

const encoder = new TextEncoder();

function head({ status, headers, body }: RawAnswer): Uint8Array<ArrayBuffer> {
  const all = { ...headers, "Content-Length": String(body.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return encoder.encode(
    `HTTP/1.1 ${status} ${reasons[status] ?? "Status"}\r\n${lines.join("")}\r\n`,
  );
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Bytes that arrive on a connection, in lines and in blocks. */
class Input {
  #held: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(readonly connection: Deno.TcpConn) {}

  /** @returns whether more came */
  async #more(): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    const count = await this.connection.read(chunk);
    if (count === null) return false;
    this.#held = joined([this.#held, chunk.subarray(0, count)]);
    return true;
  }

  /** @returns one line without its end; nothing at the end of the input */
  async line(): Promise<string | undefined> {
    let end: number;
    while ((end = this.#held.indexOf(10)) < 0) {
      if (this.#held.length > 1 << 20 || !await this.#more()) return undefined;
    }
    const line = new TextDecoder("latin1").decode(this.#held.subarray(0, end));
    this.#held = this.#held.subarray(end + 1);
    return line.replace(/\r$/, "");
  }

  async bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#held.length < count) if (!await this.#more()) throw new Error("short body");
    const bytes = this.#held.slice(0, count);
    this.#held = this.#held.subarray(count);
    return bytes;
  }

  /** Reads until the client closes. */
  async drain(): Promise<void> {
    while (await this.#more()) this.#held = new Uint8Array();
  }
}

async function readRequest(
  input: Input,
  connection: Deno.TcpConn,
): Promise<RawRequest | undefined> {
  const first = await input.line();
  const [, method, target] = first?.match(/^(\S+) (\S+) HTTP\/1\.[01]$/) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers: [string, string][] = [];
  for (let line = await input.line(); line; line = await input.line()) {
    const colon = line.indexOf(":");
    headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  }
  const request = { method, target, headers, body: new Uint8Array() };
  if (header(request, "expect")) {
    await writeAll(connection, encoder.encode("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  const chunked = /chunked/i.test(header(request, "transfer-encoding") ?? "");
  const body = chunked
    ? await readChunks(input)
    : await input.bytes(Number(header(request, "content-length") ?? 0));
  return { ...request, body };
}

async function readChunks(input: Input): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  while (true) {
    const size = parseInt(await input.line() ?? "", 16);
    if (!(size >= 0)) throw new Error("bad chunk");
    if (size > 0) chunks.push(await input.bytes(size));
    await input.line();
    if (size === 0) return joined(chunks);
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** One array from many. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
