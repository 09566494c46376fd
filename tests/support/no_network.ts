/** Loaded before every test: in this process nothing but loopback can be reached. */
const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\]|0\.0\.0\.0)$/;

const connect = Deno.connect;
Deno.connect = ((options: { hostname?: string }) => {
  const host = options.hostname ?? "127.0.0.1";
  if (!loopback.test(host)) {
    throw new Error(`The network is off in tests, but for loopback: "${host}"`);
  }
  return connect(options as Deno.ConnectOptions);
}) as unknown as typeof Deno.connect;

const fetching = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input));
  if (/^https?:$/.test(url.protocol) && !loopback.test(url.hostname)) {
    return Promise.reject(
      new Error(`The network is off in tests, but for loopback: "${url.host}"`),
    );
  }
  return fetching(input, init);
};
