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
 * @throws {Error} with the system's code, when nobody is there
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
  const broken = new Promise<never>((_, reject) => {
    session.on("error", reject);
    session.on("close", () => reject(new Error("the connection was closed")));
  });
  broken.catch(() => {});
  const connected = new Promise<void>((resolve) => session.once("connect", () => resolve()));
  await Promise.race([connected, broken]);
  return {
    call: async (method, message) => await Promise.race([once(method, message), broken]),
    close: () => session.destroy(),
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
    stream.on("close", () => reject(new Error("the call was given up")));
    stream.on("end", () => {
      if (status === undefined) return reject(new Error("the call ended without an answer"));
      const code = Number(status);
      if (code !== 0) return resolve({ status: code, said: percentDecoded(String(said ?? "")) });
      const message = messageIn(chunks);
      if (message) resolve({ message });
      else reject(new Error("the answer is no message"));
    });
    stream.end(frame);
    return promise;
  }
}

/** What a frame holds: a byte that says it is not compressed, the length, the message. */
function messageIn(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> | undefined {
  const frame = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    frame.set(chunk, offset);
    offset += chunk.length;
  }
  if (frame.length < 5 || frame[0] !== 0) return undefined;
  const length = new DataView(frame.buffer).getUint32(1);
  return frame.length === 5 + length ? frame.slice(5) : undefined;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
