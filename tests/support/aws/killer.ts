/**
 * Stands before an AWS, the stand-in or moto, hands requests on byte for byte, and kills whoever
 * asks at the moment that a test names.
 */
import { joined, type RawAnswer, type RawRequest, serve } from "./http.ts";

/** When the killing happens: before the request gets there, when it has had its effect, or when
 * its answer was sent. */
export type Moment = "before the effect" | "after the effect" | "after the answer";

export const moments: readonly Moment[] = [
  "before the effect",
  "after the effect",
  "after the answer",
];

export interface Killer extends AsyncDisposable {
  readonly url: string;
  /** The operations that came, in order. */
  readonly seen: readonly string[];
  /** @param occurrence of the operation, counted from 1 since this was called */
  killAt(operation: string, occurrence: number, moment: Moment, kill: () => void): void;
}

/** @param watch is shown each answer of the service, whether or not it gets to the client */
export function startKiller(
  target: string,
  watch: (operation: string, body: string) => void = () => {},
): Killer {
  const { hostname, port } = new URL(target);
  const seen: string[] = [];
  let plan: { operation: string; left: number; moment: Moment; kill: () => void } | undefined;

  const server = serve(0, async (request) => {
    seen.push(operationOf(request));
    const isNamed = plan?.operation === operationOf(request);
    const due = plan && isNamed && --plan.left === 0 ? plan : undefined;
    if (due?.moment === "before the effect") {
      due.kill();
      return "drop";
    }
    const answer = await forward(hostname, Number(port), request);
    watch(operationOf(request), new TextDecoder().decode(answer.body));
    if (due?.moment === "after the effect") {
      due.kill();
      return "drop";
    }
    return due ? { ...answer, afterwards: due.kill } : answer;
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    seen,
    killAt(operation, occurrence, moment, kill) {
      plan = { operation, left: occurrence, moment, kill };
    },
    [Symbol.asyncDispose]: server.close,
  };
}

function operationOf({ target, body }: RawRequest): string {
  const text = new TextDecoder().decode(body);
  return new URLSearchParams(text).get("Action") ?? target;
}

/** Sends it as it came, with the host that it was signed for. */
async function forward(hostname: string, port: number, request: RawRequest): Promise<RawAnswer> {
  using connection = await Deno.connect({ hostname, port });
  const headers = request.headers.filter(([name]) =>
    !["connection", "transfer-encoding", "content-length", "expect"].includes(name)
  );
  const lines = [
    `${request.method} ${request.target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${request.body.length}`,
    "connection: close",
    "",
    "",
  ];
  await writeAll(connection, new TextEncoder().encode(lines.join("\r\n")));
  await writeAll(connection, request.body);
  const chunks: Uint8Array[] = [];
  const chunk = new Uint8Array(65536);
  for (let count = await connection.read(chunk); count; count = await connection.read(chunk)) {
    chunks.push(chunk.slice(0, count));
    // The stand-in leaves connections open where the client wants it; an answer knows its length.
    if (isWhole(joined(chunks))) break;
  }
  return parse(joined(chunks));
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

function isWhole(bytes: Uint8Array): boolean {
  const end = endOfHead(bytes);
  if (end < 0) return false;
  const [, length] = new TextDecoder("latin1").decode(bytes.subarray(0, end))
    .match(/^content-length: *(\d+)/im) ?? [];
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

function endOfHead(bytes: Uint8Array): number {
  return new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
}

function parse(bytes: Uint8Array<ArrayBuffer>): RawAnswer {
  const end = endOfHead(bytes);
  const [first = "", ...lines] = new TextDecoder("latin1").decode(bytes.subarray(0, end))
    .split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }).filter(([name]) => !/^(?:content-length|connection|transfer-encoding)$/i.test(name)),
  );
  return { status: Number(first.split(" ")[1]), headers, body: bytes.slice(end + 4) };
}
