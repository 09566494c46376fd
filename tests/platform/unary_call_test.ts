import assert from "node:assert/strict";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { connectForCalls } from "../../src/platform/unary_call.ts";

type Answer = (stream: http2.ServerHttp2Stream) => void;

/** A server that answers every call alike, and a connection to it. */
async function served(answer: Answer) {
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    stream.on("end", () => answer(stream));
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  const connection = await connectForCalls({ hostname: "127.0.0.1", port });
  return {
    call: () => connection.call("/Service/Method", Uint8Array.of(1, 2, 3)),
    async [Symbol.asyncDispose]() {
      connection.close();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function answering(
  frame: readonly number[],
  trailers: Readonly<Record<string, string>> = { "grpc-status": "0" },
): Answer {
  return (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, {
      waitForTrailers: true,
    });
    stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    stream.end(Uint8Array.from(frame));
  };
}

Deno.test("a call gives the message that is answered", async () => {
  await using server = await served(answering([0, 0, 0, 0, 2, 7, 8]));
  assert.deepEqual(await server.call(), { message: Uint8Array.of(7, 8) });
  assert.deepEqual(await server.call(), { message: Uint8Array.of(7, 8) });
});

const refusals: Readonly<Record<string, readonly [said: string, read: string]>> = {
  "in plain words": ["no such key", "no such key"],
  "percent-encoded": ["caf%C3%A9", "café"],
  "in a broken encoding": ["100% of %zz", "100% of %zz"],
};

for (const [how, [said, read]] of Object.entries(refusals)) {
  Deno.test(`what a server says of its refusal is read, ${how}`, async () => {
    await using server = await served(answering([], { "grpc-status": "5", "grpc-message": said }));
    assert.deepEqual(await server.call(), { status: 5, said: read });
  });
}

const noMessages: Readonly<Record<string, readonly number[]>> = {
  "nothing": [],
  "less than a frame": [0, 0, 0],
  "a message that is compressed": [1, 0, 0, 0, 1, 7],
  "a message that is cut off": [0, 0, 0, 0, 9, 7],
};

for (const [what, frame] of Object.entries(noMessages)) {
  Deno.test(`an answer of ${what} is no message`, async () => {
    await using server = await served(answering(frame));
    await assert.rejects(server.call());
  });
}

Deno.test("a call ends when the server goes away meanwhile", async () => {
  await using server = await served((stream) => stream.session?.destroy());
  await assert.rejects(server.call());
  await assert.rejects(server.call());
});

Deno.test("a call ends when the server gives it up", async () => {
  await using server = await served((stream) => stream.close(http2.constants.NGHTTP2_CANCEL));
  await assert.rejects(server.call());
});
