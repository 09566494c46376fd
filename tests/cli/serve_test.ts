import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { exampleText, homeWithSecrets } from "../support/sops_file.ts";
import { startServing } from "../support/serving.ts";
import { until } from "../support/until.ts";

const { id, secret } = exampleKey;
const text = `${exampleText}profiles:
    ci:
        access_key_id: ${id}
        secret_access_key: ${secret}
        region: eu-central-1
    bearer:
        bedrock_api_key: ABSKexampleexampleexample
    half:
        access_key_id: ${id}
`;

async function homeFor(): Promise<Home> {
  return await temporaryHome(await homeWithSecrets({ text }));
}

Deno.test("serve prints two variables, serves a session, and ends when it is asked to", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  const serving = await startServing(home, [], { env: standin.env });
  await using _ = serving;
  assert.deepEqual(Object.keys(serving.variables), [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  ]);
  assert.match(serving.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const file = serving.variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE!;
  assert.ok(file.startsWith(`${home.runtime}/credsmith/serve/`), file);
  const { mode } = await Deno.stat(file);
  assert.equal(mode! & 0o777, 0o600);
  const token = await serving.token();
  assert.match(token, /^[\w-]{43}$/);

  const answer = await fetch(serving.url, { headers: { Authorization: token } });
  assert.equal(answer.status, 200);
  const given = await answer.json();
  assert.match(given.AccessKeyId, /^ASIA/);
  assert.ok(given.Token);
  assert.ok(Date.parse(given.Expiration) > Date.now() + 3600_000);
  const without = await fetch(serving.url);
  assert.equal(without.status, 401);
  assert.equal((await without.json()).Code, "MissingToken");
  await serving.saying(/^Refused a request: MissingToken$/m);

  const { code, stdout, stderr } = await serving.stop();
  assert.equal(code, 0);
  assert.match(stderr, /^Serving default of secrets\/aws\.yaml until it is stopped$/m);
  assertAbsent(stdout + stderr, [secret, token, given.SecretAccessKey, given.Token], "the output");
  await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
  assert.equal(standin.log.filter(({ operation }) => operation === "GetSessionToken").length, 1);
});

/** What a server answers to the first profile's request, or another's. */
async function ask(url: string, token: string): Promise<{ status: number; body: Answered }> {
  const answer = await fetch(url, { headers: { Authorization: token } });
  return { status: answer.status, body: await answer.json() };
}

type Answered = Readonly<Record<"AccessKeyId" | "Token" | "Code" | "Message", string>>;

Deno.test("serve -- runs a program with two variables and no key, and ends with it", async () => {
  await using home = await homeFor();
  const leftOut = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_PROFILE: "work" };
  const script = 'env; cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"; echo " token"; exit 7';
  const result = await home.run(["serve", "--static", "ci", "--", "sh", "-c", script], {
    env: { ...leftOut, AWS_CONTAINER_AUTHORIZATION_TOKEN: "another" },
  });
  assert.equal(result.code, 7, result.stderr);
  assert.equal(result.stderr, "");
  assert.match(result.stdout, /^AWS_CONTAINER_CREDENTIALS_FULL_URI=http:\/\/127\.0\.0\.1:\d+\/$/m);
  assert.match(result.stdout, /^AWS_REGION=eu-central-1$/m);
  assert.match(result.stdout, /^[\w-]{43} token$/m);
  assert.doesNotMatch(
    result.stdout,
    /^(AWS_ACCESS|AWS_SECRET|AWS_PROFILE|.*_AUTHORIZATION_TOKEN=)/m,
  );
  assertAbsent(result.stdout, [secret], "the program's environment");
  const [, file] = result.stdout.match(/^AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=(.*)$/m)!;
  await assert.rejects(Deno.stat(file!), Deno.errors.NotFound);
});

Deno.test("serve -- ends as its program does by a signal, and leaves no token", async () => {
  await using home = await homeFor();
  const script = "kill -TERM $$";
  const result = await home.run(["serve", "--static", "--", "sh", "-c", script]);
  assert.equal(result.code, 143, result.stderr);
  assert.deepEqual([...Deno.readDirSync(`${home.runtime}/credsmith/serve`)], []);
});

Deno.test("serve -- without a program like that ends with 127, and leaves nothing", async () => {
  await using home = await homeFor();
  const result = await home.run(["serve", "--static", "--", "no-such-program"]);
  assert.equal(result.code, 127);
  assert.equal(result.stderr, 'Cannot run "no-such-program": there is no such program\n');
  assert.deepEqual([...Deno.readDirSync(`${home.runtime}/credsmith/serve`)], []);
});

Deno.test("serve gives the profiles that are named, at their paths, and no other", async () => {
  await using home = await homeFor();
  await using serving = await startServing(home, ["--static", "ci", "default"]);
  const token = await serving.token();
  for (const path of ["", "ci", "default"]) {
    assert.equal((await ask(`${serving.url}${path}`, token)).body.AccessKeyId, id, path);
  }
  const other = await ask(`${serving.url}half`, token);
  assert.deepEqual([other.status, other.body.Code], [404, "UnknownProfile"]);
  assert.match(serving.said, /^ {2}default +http:\/\/127\.0\.0\.1:\d+\/default$/m);
});

Deno.test("serve --json is one document", async () => {
  await using home = await homeFor();
  await using serving = await startServing(home, ["--static", "--json", "--listen", "[::1]:0"]);
  const { stdout } = await serving.stop();
  const document = JSON.parse(stdout);
  const [{ port }] = document.listening;
  assert.deepEqual({ ...document, variables: Object.keys(document.variables) }, {
    version: 1,
    ok: true,
    file: "secrets/aws.yaml",
    listening: [{ address: "::1", port, reach: "loopback" }],
    profiles: [{ name: "default", uri: `http://[::1]:${port}/default` }],
    variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
  });
});

Deno.test("serve listens at every address that is named, with one token", async () => {
  await using home = await homeFor();
  const listen = ["--listen", "127.0.0.1:0", "--listen", "[::1]:0"];
  const serving = await startServing(home, ["--static", "--json", ...listen]);
  await using _ = serving;
  const { listening, variables } = JSON.parse(serving.printed);
  const token = await Deno.readTextFile(variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE);
  for (const [index, host] of ["127.0.0.1", "[::1]"].entries()) {
    const url = `http://${host}:${listening[index].port}/`;
    assert.equal((await ask(url, token)).body.AccessKeyId, id, url);
    if (index === 0) assert.equal(variables.AWS_CONTAINER_CREDENTIALS_FULL_URI, url);
  }
});

Deno.test("a token file is made in memory, kept at the end, and taken again", async () => {
  await using home = await homeFor();
  const file = `${home.runtime}/token`;
  const first = await startServing(home, ["--static", "--token-file", file]);
  await using _ = first;
  const token = await first.token();
  assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  assert.equal((await first.stop()).code, 0);
  await using second = await startServing(home, ["--static", "--token-file", file]);
  assert.equal(await second.token(), token);
  assert.equal((await ask(second.url, token)).status, 200);
});

const long = "x".repeat(40);
// deno-fmt-ignore -- a table
const refusals: readonly (readonly [name: string, args: readonly string[], code: number, stderr: RegExp])[] = [
  ["a token that others can read", ["--token-file", "open.token"], 8, /^Refused to use the token in "open\.token": others can read it \(mode 0644\)\n {2}chmod 600 open\.token/],
  ["a token with a line end", ["--token-file", "line.token"], 2, /^Cannot use the token in "line\.token": it has a line end, and AWS SDKs refuse such a token\n/],
  ["a short token", ["--token-file", "short.token"], 2, /^Cannot use the token in "short\.token": it has fewer than 32 characters\n/],
  ["every address", ["--listen", "0.0.0.0:0"], 8, /^Refused to listen on "0\.0\.0\.0:0": every network of this machine could ask\n/],
  ["no address", ["--listen", "9911"], 2, /^Cannot listen on "9911": that is no ADDRESS:PORT\n {2}for example 127\.0\.0\.1:9911/],
  ["an address of another machine", ["--listen", "192.0.2.1:0"], 8, /^Cannot listen on 192\.0\.2\.1:0: this machine has no such address\n/],
  ["the address of ECS, which nobody has made", ["--listen", "169.254.170.2:0"], 8, /no such address\n {2}as root: ip address add 169\.254\.170\.2\/32 dev lo\n/],
  ["an unknown profile", ["nope"], 2, /^Cannot use profile "nope": there is no such profile\n/],
  ["half a key", ["half"], 5, /^Cannot use profile "half": it has no "profiles\/half\/secret_access_key"/],
  ["a Bedrock API key", ["bearer"], 5, /^Cannot give profile "bearer" to an AWS SDK: it has a Bedrock API key, and SDKs take none that way\n {2}credsmith exec bearer -- PROGRAM puts it into AWS_BEARER_TOKEN_BEDROCK\n/],
  ["JSON beside a program", ["--json", "--", "true"], 2, /^Cannot print JSON and run a program/],
  ["-- and nothing", ["--"], 2, /^Cannot run a program: none stands after --\n/],
];
for (const [name, args, code, stderr] of refusals) {
  Deno.test(`serve with ${name} ends with ${code}, and leaves no token`, async () => {
    await using home = await homeFor();
    await home.write("open.token", long, 0o644);
    await home.write("line.token", `${long}\n`, 0o600);
    await home.write("short.token", "secret", 0o600);
    const result = await home.run(["serve", "--static", ...args]);
    assert.match(result.stderr, stderr);
    assert.equal(result.code, code);
    assertAbsent(result.stdout + result.stderr, [secret, long], "the output");
    const left = await home.program("find", [home.runtime, "-name", "*.token"]);
    assert.equal(left.stdout, "");
  });
}

Deno.test("a port that another program has is an error with its address", async () => {
  await using home = await homeFor();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const result = await home.run(["serve", "--static", "--listen", `127.0.0.1:${port}`]);
  assert.equal(result.code, 8);
  assert.match(result.stderr, /^Cannot listen on 127\.0\.0\.1:\d+: another program does\n/);
});

Deno.test("while AWS is down serve says why with 503, and recovers by itself", async () => {
  await using standin = startStandin();
  standin.set({ faults: [{ operation: "*", fault: { kind: "status", status: 503 }, times: 4 }] });
  await using home = await homeFor();
  await using serving = await startServing(home, [], { env: standin.env });
  const token = await serving.token();
  const seen = new Set<string>();
  await until("credentials", async () => {
    const { status, body } = await ask(serving.url, token);
    if (status === 200) return true;
    assert.equal(status, 503);
    assert.match(body.Code, /^[A-Z][A-Za-z]+$/);
    assert.ok(body.Message.length > 10, body.Message);
    seen.add(body.Code);
    return false;
  });
  assert.equal(seen.size, 1);
  await serving.saying(/^Renewed default, good until \d\d:\d\d UTC$/m);
  assert.match(serving.said, /default is not served meanwhile; it is tried again/);
});

Deno.test("a session is renewed ahead of its end, though nobody asks, and nobody waits", async () => {
  await using standin = startStandin();
  // AWS's clock is behind, so that of half an hour a little more than 20 minutes are left at once.
  standin.set({ clockOffset: -592 });
  const short = text.replace("aws_region:", "aws_duration: 30m\naws_region:");
  await using home = await temporaryHome(await homeWithSecrets({ text: short }));
  await using serving = await startServing(home, [], { env: standin.env });
  const token = await serving.token();
  const made = () => standin.log.filter(({ operation }) => operation === "GetSessionToken").length;
  const first = (await ask(serving.url, token)).body.AccessKeyId;
  assert.equal(made(), 1);
  while (made() < 2) await standin.nextRequest();
  const asked: Answered[] = [];
  while (asked.at(-1)?.AccessKeyId === undefined || asked.at(-1)?.AccessKeyId === first) {
    const { status, body } = await ask(serving.url, token);
    assert.equal(status, 200);
    asked.push(body);
  }
  assert.equal(made(), 2);
});

Deno.test("a key that AWS does not know ends serve at the start", async () => {
  await using standin = startStandin();
  const wrong = text.replaceAll(id, "AKIAI44QH8DHBEXAMPLE");
  await using home = await temporaryHome(await homeWithSecrets({ text: wrong }));
  const result = await home.run(["serve"], { env: standin.env });
  assert.equal(result.code, 5, result.stderr);
  assert.equal(result.stdout, "");
  // Once, and it is not tried again.
  assert.equal(result.stderr.match(/^Cannot /gm)?.length, 1, result.stderr);
  assert.doesNotMatch(result.stderr, /tried again/);
});

Deno.test("a page whose name points here (DNS rebinding) gets nothing, even with the token", async () => {
  await using home = await homeFor();
  await using serving = await startServing(home, ["--static"]);
  const port = Number(new URL(serving.url).port);
  // As the browser sends it: to this very address, under the page's name.
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [
    "GET / HTTP/1.1",
    `Host: evil.example:${port}`,
    `Origin: http://evil.example:${port}`,
    `Authorization: ${await serving.token()}`,
  ];
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const answer = await new Response(connection.readable).text();
  assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*"Code":"HostNotAllowed"/);
  assertAbsent(answer, [secret], "the answer");
});

peerTest(
  ["linux", "root"],
  "another user of the machine can connect, and gets nothing",
  async () => {
    await using home = await homeFor();
    await using serving = await startServing(home, ["--static"]);
    const file = serving.variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE!;
    const asNobody = (...words: string[]) =>
      home.program("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ...words], {
        cwd: "/",
      });
    // The way there is open, so that it is the file itself that is closed.
    await Deno.chmod(home.runtime, 0o755);
    const read = await asNobody("cat", file);
    assert.notEqual(read.code, 0);
    assert.match(read.stderr, /Permission denied/);
    const asked = await asNobody("curl", "--silent", "--noproxy", "*", serving.url);
    assert.equal(JSON.parse(asked.stdout).Code, "MissingToken");
  },
);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`${signal} ends serve with 0, without a token that is left`, async () => {
    await using home = await homeFor();
    const serving = await startServing(home, ["--static"]);
    await using _ = serving;
    assert.equal((await serving.stop(signal)).code, 0);
    const left = await home.program("find", [home.runtime, "-name", "*.token"]);
    assert.equal(left.stdout, "");
  });
}

Deno.test("a server that is killed leaves a token, which the next one at its place replaces", async () => {
  await using home = await homeFor();
  const killed = await startServing(home, ["--static"]);
  const token = await killed.token();
  const place = new URL(killed.url).host;
  await killed[Symbol.asyncDispose]();
  await using next = await startServing(home, ["--static", "--listen", place]);
  assert.notEqual(await next.token(), token);
  assert.equal((await ask(next.url, token)).body.Code, "InvalidToken");
});

peerTest(["linux", "root"], "a token in a disk's folder is not made", async () => {
  await using home = await homeFor();
  const result = await home.run(["serve", "--static", "--token-file", `${home.path}/token`]);
  const { stdout } = await home.program("stat", ["-f", "-c", "%T", home.path]);
  if (stdout.trim() === "tmpfs") return assert.equal(result.code, 0);
  assert.equal(result.code, 8);
  assert.match(result.stderr, /^Refused to make a token in ".*\/token": that is on a disk\n/);
  assert.equal(await home.exists("token"), false);
});

peerTest(["linux", "root"], "serve works where permissions were given up", async () => {
  await using standin = startStandin();
  await using home = await homeFor();
  // As /run/user/UID: memory-backed, and not under /dev/shm, where nothing can be given up.
  const runtime = `${home.path}/runtime`;
  await Deno.mkdir(runtime, { mode: 0o700 });
  await home.program("mount", ["-t", "tmpfs", "-o", "mode=0700,size=4m", "tmpfs", runtime]);
  await using _ = {
    [Symbol.asyncDispose]: () => home.program("umount", [runtime]).then(() => {}),
  };
  for (const more of [[], ["--token-file", `${runtime}/token`]]) {
    await using serving = await startServing(home, more, {
      env: { ...standin.env, XDG_RUNTIME_DIR: runtime },
    });
    const { body } = await ask(serving.url, await serving.token());
    assert.match(body.AccessKeyId, /^ASIA/);
    const { code, stderr } = await serving.stop();
    assert.equal(code, 0);
    assert.equal(stderr, "Serving default of secrets/aws.yaml until it is stopped\n");
  }
  const left = await home.program("find", [runtime, "-type", "f", "-name", "*token"]);
  assert.equal(left.stdout, `${runtime}/token\n`);
});

peerTest(["systemd-socket-activate"], "systemd opens the socket, and serve takes it", async () => {
  await using home = await homeFor();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const file = `${home.runtime}/token`;
  await Deno.writeTextFile(file, long, { mode: 0o600 });
  const url = `http://127.0.0.1:${port}/`;
  const handed = Object.keys(home.env).map((name) => `--setenv=${name}`);
  const first = until("an answer", () => ask(url, long).catch(() => undefined));
  await using serving = await startServing(home, ["--static", "--token-file", file], {
    prefix: ["systemd-socket-activate", `--listen=127.0.0.1:${port}`, ...handed],
  });
  assert.equal(serving.url, url);
  assert.equal((await first).body.AccessKeyId, id, "the request that started it is answered");
  assert.equal((await ask(url, long)).status, 200);
  assert.equal((await serving.stop()).code, 0);
});

peerTest(["systemd-socket-activate"], "with systemd's sockets --listen is refused", async () => {
  await using home = await homeFor();
  const env = { LISTEN_FDS: "1", LISTEN_PID: "1" };
  // For another process, so nothing is taken from it.
  await using serving = await startServing(home, ["--static"], { env });
  assert.match(serving.url, /^http:\/\/127\.0\.0\.1:/);
  const parent = { LISTEN_FDS: "1", LISTEN_PID: String(Deno.pid) };
  const result = await home.run(["serve", "--static"], { env: parent });
  assert.equal(result.code, 8);
  assert.match(
    result.stderr,
    /^Cannot take the sockets that systemd opened: they are for the program that/,
  );
});
