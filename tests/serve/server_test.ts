import assert from "node:assert/strict";
import { serveCredentials, type ServeOptions } from "../../src/serve/server.ts";
import { Secret } from "../../src/sops/secret.ts";

const token = "kZ3v8qY0Jm5nT1xW7bC2dF4gH6jL9pRs";
const held = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
  sessionToken: new Secret("IQoJb3JpZ2luX2VjEXAMPLE"),
  issued: Temporal.Instant.from("2026-11-22T10:00:00Z"),
  expires: Temporal.Instant.from("2026-11-22T11:00:00Z"),
};

async function server(options: Partial<ServeOptions> = {}) {
  const refusals: string[] = [];
  const [listener] = await serveCredentials([{ address: "127.0.0.1", port: 0 }], {
    token,
    profiles: ["default"],
    give: () => Promise.resolve(held),
    explain: () => Promise.resolve({ status: 503, code: "throttled", message: "AWS is busy" }),
    refused: (code) => void refusals.push(code),
    ...options,
  });
  const { port, stop } = listener!;
  return {
    port,
    stop,
    refusals,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: stop,
  };
}

/** A connection that text is written to as it is. */
class Raw implements Disposable {
  readonly #connection: Deno.TcpConn;
  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }
  static async open(port: number): Promise<Raw> {
    return new Raw(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }
  /** Up to the first text that has this, or the end. */
  async read(until?: RegExp): Promise<string> {
    let text = "";
    const buffer = new Uint8Array(65536);
    while (!until?.test(text)) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return text;
  }
  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

const head = (port: number) => `Host: 127.0.0.1:${port}\r\nAuthorization: ${token}\r\n`;
const request = (port: number) => `GET / HTTP/1.1\r\n${head(port)}\r\n`;

Deno.test("a second Host is seen behind however many headers", async () => {
  await using at = await server();
  using raw = await Raw.open(at.port);
  const many = "X:\r\n".repeat(1500);
  await raw.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${token}\r\n${many}Host: evil.test\r\n\r\n`,
  );
  assert.match(await raw.read(/\r\n\r\n/), /^HTTP\/1\.1 400 /);
});

Deno.test("a request with the token gets credentials, which no cache may keep", async () => {
  await using served = await server();
  const answer = await fetch(served.url, { headers: { Authorization: token } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
  assert.deepEqual(await answer.json(), {
    AccessKeyId: held.accessKeyId,
    SecretAccessKey: held.secretAccessKey.reveal(),
    Token: held.sessionToken.reveal(),
    Expiration: "2026-11-22T11:00:00Z",
  });
});

Deno.test("what went wrong reaches the client as Code and Message", async () => {
  await using served = await server({ give: () => Promise.reject(new Error("busy")) });
  const answer = await fetch(served.url, { headers: { Authorization: token } });
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), { Code: "throttled", Message: "AWS is busy" });
});

Deno.test("a client does not wait for an AWS that never answers", async () => {
  const never = Promise.withResolvers<typeof held>();
  await using served = await server({ give: () => never.promise, wait: 20 });
  const answer = await fetch(served.url, { headers: { Authorization: token } });
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).Code, "NotYet");
  never.resolve(held);
});

// deno-fmt-ignore -- a table
const garbage: readonly (readonly [name: string, text: (port: number) => string, answer: RegExp])[] = [
  ["a TLS hello", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["nothing but line ends and words", () => "\r\n\r\nhello there\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["a head of 20 kB", (port) => `GET / HTTP/1.1\r\n${head(port)}X: ${"y".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ["a path of 20 kB", (port) => `GET /${"y".repeat(20_000)} HTTP/1.1\r\n${head(port)}\r\n`, /^HTTP\/1\.1 431 /],
  ["two lengths", (port) => `GET / HTTP/1.1\r\n${head(port)}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["a body that never comes", (port) => `GET / HTTP/1.1\r\n${head(port)}Content-Length: 500\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["chunks", (port) => `GET / HTTP/1.1\r\n${head(port)}Transfer-Encoding: chunked\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["a large POST", (port) => `POST / HTTP/1.1\r\n${head(port)}Content-Length: 9999999\r\n\r\n${"x".repeat(50_000)}`, /^HTTP\/1\.1 405 /],
  ["a NUL in a header", (port) => `GET / HTTP/1.1\r\n${head(port)}X: \0\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["a folded header", (port) => `GET / HTTP/1.1\r\n${head(port)}X: a\r\n b\r\n\r\n`, /^HTTP\/1\.1 (200|400) /],
  ["no host", () => `GET / HTTP/1.1\r\nAuthorization: ${token}\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["no host, HTTP/1.0", () => `GET / HTTP/1.0\r\nAuthorization: ${token}\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["a method of its own", (port) => `STEAL / HTTP/1.1\r\n${head(port)}\r\n`, /^HTTP\/1\.1 40[05] /],
  ["CONNECT", (port) => `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${head(port)}\r\n`, /^(HTTP\/1\.1 40[05] |$)/],
  ["a WebSocket of a page", (port) => `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`, /^HTTP\/1\.1 401 /],
];
for (const [name, text, expected] of garbage) {
  Deno.test(`${name}: an answer with Code and Message, or none, and the next client is served`, async () => {
    await using served = await server();
    using raw = await Raw.open(served.port);
    await raw.write(text(served.port)).catch(() => {});
    const answer = await raw.read(/"Message":.*\n/);
    assert.match(answer, expected);
    if (answer && !answer.startsWith("HTTP/1.1 200")) {
      const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
      assert.deepEqual(Object.keys(body), ["Code", "Message"]);
      assert.match(answer, /^connection: close\r$/im);
    }
    if (!answer.startsWith("HTTP/1.1 200")) assert.ok(!answer.includes(held.accessKeyId));
    const next = await fetch(served.url, { headers: { Authorization: token } });
    assert.equal(next.status, 200);
    await next.body?.cancel();
  });
}

Deno.test("a client that sends its head slowly is sent away, and holds nobody up", async () => {
  await using served = await server({ limits: { headTime: 200 } });
  using slow = await Raw.open(served.port);
  await slow.write("GET / HTTP/1.1\r\nHost: 127");
  using silent = await Raw.open(served.port);
  using quick = await Raw.open(served.port);
  await quick.write(request(served.port));
  assert.match(await quick.read(/Expiration/), /^HTTP\/1\.1 200 /);
  assert.match(await slow.read(), /^HTTP\/1\.1 408 [\s\S]*"Code":"RequestTimeout"/);
  await silent.read();
  assert.ok(served.refusals.includes("RequestTimeout"));
});

Deno.test("clients that hold every connection lose the oldest to whoever has a request", async () => {
  await using served = await server({ limits: { connections: 20, headTime: 60_000 } });
  const hoarders = await Promise.all(Array.from({ length: 100 }, () => Raw.open(served.port)));
  for (let client = 0; client < 5; client++) {
    using good = await Raw.open(served.port);
    await good.write(request(served.port));
    assert.match(await good.read(/Expiration/), /^HTTP\/1\.1 200 /);
  }
  for (const each of hoarders) each[Symbol.dispose]();
});

Deno.test("a connection on which nothing more is asked ends", async () => {
  await using served = await server({ limits: { idle: 100 } });
  using raw = await Raw.open(served.port);
  await raw.write(request(served.port));
  assert.match(await raw.read(), /^HTTP\/1\.1 200 /);
});

Deno.test("stopping answers what is under way, and takes no more", async () => {
  const gate = Promise.withResolvers<typeof held>();
  const asked = Promise.withResolvers<void>();
  const served = await server({
    give: () => {
      asked.resolve();
      return gate.promise;
    },
  });
  using idle = await Raw.open(served.port);
  using raw = await Raw.open(served.port);
  await raw.write(request(served.port));
  await asked.promise;
  const stopped = served.stop();
  assert.equal(await idle.read(), "");
  await assert.rejects(Raw.open(served.port));
  gate.resolve(held);
  const answer = await raw.read();
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*Expiration/);
  assert.match(answer, /^connection: close\r$/im);
  await stopped;
});

Deno.test("stopping does not wait for ever", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<typeof held>();
  const served = await server({
    limits: { stopping: 50 },
    give: () => {
      asked.resolve();
      return never.promise;
    },
  });
  using raw = await Raw.open(served.port);
  await raw.write(request(served.port));
  await asked.promise;
  await served.stop();
  assert.equal(await raw.read(), "");
  never.resolve(held);
});

Deno.test("10,000 requests of 50 clients are all answered", async () => {
  await using served = await server();
  const counts = await Promise.all(Array.from({ length: 50 }, async () => {
    let right = 0;
    using raw = await Raw.open(served.port);
    for (let turn = 0; turn < 200; turn++) {
      await raw.write(request(served.port));
      const answer = await raw.read(/Expiration":"[^"]*"\}/);
      if (answer.startsWith("HTTP/1.1 200 ")) right++;
    }
    return right;
  }));
  assert.equal(counts.reduce((sum, each) => sum + each, 0), 10_000);
  assert.deepEqual(served.refusals, []);
});

Deno.test("a port that is taken is an error that says so", async () => {
  await using served = await server();
  await assert.rejects(
    serveCredentials([{ address: "127.0.0.1", port: served.port }], {
      token,
      profiles: ["default"],
      give: () => Promise.resolve(held),
      explain: () => Promise.reject(new Error()),
    }),
    { name: "ListenError", code: "EADDRINUSE" },
  );
});
