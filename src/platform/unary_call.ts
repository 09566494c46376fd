/** How a call went: the message that was answered, or why there is none. */
export type CallResult =
  | { readonly message: Uint8Array<ArrayBuffer> }
  | { readonly status: number; readonly said: string };

/** A connection to a gRPC server. */
export interface CallConnection {
  /**
   * @param method `/Service/Method`
   * @param message as Protocol Buffers have it
   * @throws {Error} when the connection breaks
   */
  call(method: string, message: Uint8Array): Promise<CallResult>;
  close(): void;
}

/** Where a server listens: on a socket of the file system, or on a port. */
export type CallAddress = string | { readonly hostname: string; readonly port: number };

/**
 * Connects to a gRPC server over HTTP/2 without TLS, for calls of one message each way.
 *
 * @see https://github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md
 */
export async function connectForCalls(address: CallAddress): Promise<CallConnection> {
  const [{ default: http2 }, { default: net }] = await Promise.all([
    import("node:http2"),
    import("node:net"),
  ]);
  const session = http2.connect("http://localhost", {
    createConnection: () =>
      typeof address === "string"
        ? net.connect(address)
        : net.connect(address.port, address.hostname),
  });
  const broken = new Promise<never>((_, reject) => session.on("error", reject));
  broken.catch(() => {});
  return {
    call: (method, message) => Promise.race([once(method, message), broken]),
    close: () => session.close(),
  };

  function once(method: string, message: Uint8Array): Promise<CallResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CallResult>();
    const frame = new Uint8Array(5 + message.length);
    new DataView(frame.buffer).setUint32(1, message.length);
    frame.set(message, 5);
    const stream = session.request({
      ":method": "POST",
      ":path": method,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: unknown;
    let said: unknown;
    const chunks: Uint8Array[] = [];
    const note = (headers: Readonly<Record<string, unknown>>) => {
      status = headers["grpc-status"] ?? status;
      said = headers["grpc-message"] ?? said;
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      const body = new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
      const code = status === undefined ? 2 : Number(status);
      if (code === 0 && body.length >= 5) resolve({ message: body.slice(5) });
      else resolve({ status: code, said: decodeURIComponent(String(said ?? "")) });
    });
    stream.end(frame);
    return promise;
  }
}
