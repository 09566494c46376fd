import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { systemCode } from "./errors.ts";

/** A request without its body, which nobody reads. */
export interface HttpRequest {
  readonly method: string;
  /** What stands behind the method, as it was sent: `/ci?x`. */
  readonly target: string;
  /** Every `Host` header, in order. */
  readonly hosts: readonly string[];
  /** Every `Authorization` header, in order. */
  readonly authorizations: readonly string[];
  /** Whether a body is announced. */
  readonly hasBody: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the connection ends with it. */
  readonly close?: boolean;
}

/** What is no request, or none that is waited for. */
export type BadRequest = "malformed" | "headers too large" | "too slow";

/** How much of this machine clients can take. Times in milliseconds. */
export interface HttpLimits {
  /** Bytes of a request's head. */
  readonly head: number;
  /** From the first byte, or the connection's begin, to the end of the head. */
  readonly headTime: number;
  /** Between one request and the next on a connection. */
  readonly idle: number;
  /** At once; one more takes the place of the one that has been silent longest. */
  readonly connections: number;
  /** That requests under way have when the server is stopped. */
  readonly stopping: number;
}

/** Where to listen: an address of this machine, or a socket that was handed to this process. */
export type ListenAt = { readonly address: string; readonly port: number } | {
  readonly descriptor: number;
};

/** Nothing could be listened to. */
export class ListenError extends Error {
  override name = "ListenError";
  /** @param code the system's, `EADDRINUSE`; `ENOTTCP` (ours) for a socket of another kind */
  constructor(readonly at: ListenAt, readonly code: string) {
    super(`Cannot listen: ${code}`);
  }
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Takes no more connections, and ends when what is under way was answered, or took too long. */
  stop(): Promise<void>;
}

/**
 * Serves HTTP/1.1. A body is never read: the connection ends with the answer.
 *
 * @param options.handle must not throw
 * @param options.refuse the answer to what is no request
 * @throws {ListenError}
 */
export async function listenHttp(at: ListenAt, options: {
  readonly limits: HttpLimits;
  readonly handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
  readonly refuse: (why: BadRequest) => HttpAnswer;
}): Promise<Listener> {
  const { limits, handle, refuse } = options;
  const connections = new Connections(limits.connections);
  const server = createServer({
    maxHeaderSize: limits.head,
    headersTimeout: limits.headTime,
    requestTimeout: limits.headTime,
    connectionsCheckingInterval: Math.max(50, limits.headTime / 10),
    keepAliveTimeout: limits.idle,
    requireHostHeader: false,
  }, (incoming, outgoing) => void answer(incoming, outgoing));

  // Those beyond would not be seen; how many there are is limited by the head's size.
  server.maxHeadersCount = 0;

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    connections.begin(socket);
    try {
      const request = requestOf(incoming);
      const pending = handle(request);
      const { status, headers, body, close } = pending instanceof Promise ? await pending : pending;
      if (outgoing.destroyed) return;
      const ends = close || request.hasBody || !server.listening;
      outgoing.writeHead(status, {
        ...headers,
        "Content-Length": Buffer.byteLength(body),
        ...(ends ? { Connection: "close" } : {}),
      });
      outgoing.end(incoming.method === "HEAD" ? undefined : body);
    } catch {
      socket.destroy();
    } finally {
      connections.end(socket);
    }
  }

  server.on("connection", (socket: Socket) => connections.add(socket));
  server.on("clientError", (error: Error & { code?: string }, stream) => {
    const socket = stream as Socket;
    if (socket.writable && error.code !== "ECONNRESET") {
      socket.end(plain(refuse(reasonOf(error.code))), () => socket.destroy());
    } else socket.destroy();
  });
  await listening(server, at);
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    server.close();
    throw new ListenError(at, "ENOTTCP");
  }
  return {
    address: bound.address,
    port: bound.port,
    async stop() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeIdleConnections();
      connections.closeIdle();
      const timer = setTimeout(() => connections.closeAll(), limits.stopping);
      await promise;
      clearTimeout(timer);
    },
  };
}

/** Open connections, those that have been silent longest first. */
class Connections {
  readonly #silent = new Set<Socket>();
  readonly #busy = new Set<Socket>();

  constructor(readonly limit: number) {}

  add(socket: Socket): void {
    if (this.#silent.size + this.#busy.size >= this.limit) {
      const [oldest] = this.#silent;
      // Where all are being answered, the new one has to come again.
      (oldest ?? socket).destroy();
      if (!oldest) return;
      this.#silent.delete(oldest);
    }
    this.#silent.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#silent.delete(socket);
      this.#busy.delete(socket);
    });
  }

  begin(socket: Socket): void {
    if (this.#silent.delete(socket)) this.#busy.add(socket);
  }

  end(socket: Socket): void {
    if (this.#busy.delete(socket) && !socket.destroyed) this.#silent.add(socket);
  }

  closeIdle(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  closeAll(): void {
    this.closeIdle();
    for (const socket of this.#busy) socket.destroy();
  }
}

function listening(server: Server, at: ListenAt): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error: unknown) => reject(new ListenError(at, systemCode(error)));
  server.once("error", failed);
  try {
    server.listen(
      "descriptor" in at ? { fd: at.descriptor } : { host: at.address, port: at.port },
      () => {
        server.off("error", failed);
        resolve();
      },
    );
  } catch (error) {
    failed(error);
  }
  return promise;
}

function requestOf(incoming: IncomingMessage): HttpRequest {
  const { rawHeaders, method = "", url = "" } = incoming;
  const hosts: string[] = [];
  const authorizations: string[] = [];
  let hasBody = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1]!;
    switch (rawHeaders[index]!.toLowerCase()) {
      case "host":
        hosts.push(value);
        break;
      case "authorization":
        authorizations.push(value);
        break;
      case "transfer-encoding":
        hasBody = true;
        break;
      case "content-length":
        hasBody ||= Number(value) !== 0;
    }
  }
  return { method, target: url, hosts, authorizations, hasBody };
}

function reasonOf(code: string | undefined): BadRequest {
  if (code === "HPE_HEADER_OVERFLOW") return "headers too large";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "too slow" : "malformed";
}

/** An answer to what no request was made of. */
function plain({ status, headers, body }: HttpAnswer): string {
  const lines = Object.entries({
    ...headers,
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};
