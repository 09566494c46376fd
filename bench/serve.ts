/**
 * `credsmith serve` beside `aws-vault exec --ecs-server`: 200 clients that ask as fast as they are
 * answered, for a minute in turns of 15 s, with connections that are kept and with a new one for
 * each request, as SDKs have it. Both hold a session from the stand-in. Without aws-vault on PATH,
 * serve alone.
 */
import { exampleKey, startStandin } from "../tests/support/aws/standin.ts";
import { temporaryHome } from "../tests/support/home.ts";
import { homeWithSecrets } from "../tests/support/sops_file.ts";
import { startServing } from "../tests/support/serving.ts";
import { median } from "./measure.ts";

const clients = 200;
const turns = 4;
const seconds = 15;

/** What one turn of load saw; times in milliseconds. */
interface Seen {
  readonly answers: number;
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** With what the server spent on one answer, in microseconds: it does not depend on who else runs. */
interface Turn extends Seen {
  readonly processor: number;
}

interface Server {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

type Connections = "kept" | "new";

if (Deno.args[0] === "--load") {
  const [, url, token, connections, time] = Deno.args;
  console.log(
    JSON.stringify(await load(new URL(url!), token!, connections as Connections, +time!)),
  );
} else await compareServers();

async function compareServers(): Promise<void> {
  await using standin = startStandin();
  await using home = await temporaryHome(await homeWithSecrets());
  const serving = await startServing(home, [], { env: standin.env });
  await using _ = serving;
  const vault = await startVault(home.path, standin.url);
  try {
    const servers: Server[] = [
      { name: "credsmith serve", url: serving.url, token: await serving.token(), pid: serving.pid },
      ...(vault ? [vault] : []),
    ];
    if (!vault) console.log("aws-vault is not on PATH");
    const memory = servers.map(({ pid }) => [residentMb(pid)]);
    for (const connections of ["kept", "new"] as const) {
      const seen: Turn[][] = servers.map(() => []);
      for (let turn = 0; turn < turns; turn++) {
        for (const [index, server] of servers.entries()) {
          seen[index]!.push(await oneTurn(server, connections));
          memory[index]!.push(residentMb(server.pid));
        }
      }
      console.log(`${clients} clients, connections ${connections}, ${turns * seconds} s each`);
      for (const [index, { name }] of servers.entries()) console.log(line(name, seen[index]!));
    }
    console.log("memory at the start, and after each turn");
    for (const [index, { name }] of servers.entries()) {
      console.log(`  ${name.padEnd(18)} ${memory[index]!.map((mb) => mb.toFixed(0)).join(" ")} MB`);
    }
    const made = standin.log.filter(({ operation }) => operation === "GetSessionToken");
    console.log(`  ${made.length} requests to STS`);
  } finally {
    vault?.stop();
    await vault?.ended;
  }
}

async function oneTurn({ url, token, pid }: Server, connections: Connections): Promise<Turn> {
  const before = processorTime(pid);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", import.meta.filename!].concat(
      ["--load", url, token, connections, String(seconds)],
    ),
    stderr: "inherit",
  }).output();
  const seen: Seen = JSON.parse(new TextDecoder().decode(stdout));
  return { ...seen, processor: (processorTime(pid) - before) / seen.answers };
}

function line(name: string, seen: readonly Turn[]): string {
  const middle = (of: (each: Turn) => number) => median(seen.map(of));
  const errors = seen.reduce((sum, each) => sum + each.errors, 0);
  const ms = (value: number) => `${value.toFixed(1)} ms`.padStart(9);
  return `  ${name.padEnd(18)}${
    (middle((each) => each.answers) / seconds).toFixed(0).padStart(7)
  }/s` +
    `  p50 ${ms(middle((each) => each.p50))}  p99 ${ms(middle((each) => each.p99))}` +
    `  most ${ms(Math.max(...seen.map((each) => each.most)))}` +
    `${middle((each) => each.processor).toFixed(0).padStart(5)} us each  ${errors} errors`;
}

/** Raw sockets: `fetch` would be what is measured. */
async function load(
  url: URL,
  token: string,
  connections: Connections,
  time: number,
): Promise<Seen> {
  const close = connections === "new" ? "Connection: close\r\n" : "";
  const request = new TextEncoder().encode(
    `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${token}\r\n${close}\r\n`,
  );
  const times: number[] = [];
  let errors = 0;
  const end = performance.now() + time * 1000;
  await Promise.all(Array.from({ length: clients }, async () => {
    const buffer = new Uint8Array(8192);
    let connection: Deno.TcpConn | undefined;
    while (performance.now() < end) {
      const start = performance.now();
      try {
        connection ??= await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
        await connection.write(request);
        if (!await isRight(connection, buffer)) throw new Error("not what was asked for");
        times.push(performance.now() - start);
        if (connections === "kept") continue;
      } catch {
        errors++;
      }
      connection?.close();
      connection = undefined;
    }
    connection?.close();
  }));
  times.sort((one, other) => one - other);
  const at = (part: number) => times[Math.floor(times.length * part)] ?? 0;
  return { answers: times.length, errors, p50: at(0.5), p99: at(0.99), most: times.at(-1) ?? 0 };
}

/** Reads one answer, up to the end of its JSON. */
async function isRight(connection: Deno.TcpConn, buffer: Uint8Array): Promise<boolean> {
  let filled = 0;
  for (;;) {
    const count = await connection.read(buffer.subarray(filled));
    if (count === null) return false;
    filled += count;
    const last = buffer[filled - 1];
    if (last === 10 && buffer[filled - 2] === 125) break;
  }
  return buffer[9] === 50 && buffer[10] === 48 && buffer[11] === 48;
}

/** In microseconds; the kernel counts in steps of 10 ms. */
function processorTime(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function residentMb(pid: number): number {
  const [, kilobytes] = Deno.readTextFileSync(`/proc/${pid}/status`).match(/VmRSS:\s+(\d+)/) ?? [];
  return Number(kilobytes) / 1024;
}

/** aws-vault with the same key, from the same stand-in. */
async function startVault(folder: string, endpoint: string) {
  const home = `${folder}/vault`;
  await Deno.mkdir(`${home}/.aws`, { recursive: true });
  await Deno.mkdir(`${home}/bin`);
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[profile bench]\nregion = us-east-1\nendpoint_url = ${endpoint}\n`,
  );
  // It wants something to ask for a code with, before it knows that none is needed.
  await Deno.writeTextFile(`${home}/bin/zenity`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const env = {
    HOME: home,
    PATH: `${home}/bin:${Deno.env.get("PATH")}`,
    AWS_VAULT_BACKEND: "file",
    AWS_VAULT_FILE_PASSPHRASE: "bench",
    AWS_VAULT_PROMPT: "zenity",
  };
  const quiet = { stdin: "null", stderr: "null" } as const;
  try {
    await new Deno.Command("aws-vault", {
      args: ["add", "--env", "bench"],
      env: {
        ...env,
        AWS_ACCESS_KEY_ID: exampleKey.id,
        AWS_SECRET_ACCESS_KEY: exampleKey.secret,
      },
      clearEnv: true,
      stdout: "null",
      ...quiet,
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const child = new Deno.Command("aws-vault", {
    args: ["exec", "bench", "--ecs-server", "--", "sh", "-c", "env; exec sleep 600"],
    env,
    clearEnv: true,
    stdout: "piped",
    ...quiet,
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/AUTHORIZATION_TOKEN=.*\n/.test(text) && /FULL_URI=.*\n/.test(text)) break;
  }
  const value = (name: string) => text.match(new RegExp(`^AWS_CONTAINER_${name}=(.*)$`, "m"))?.[1];
  return {
    name: "aws-vault",
    url: `${value("CREDENTIALS_FULL_URI")}/`,
    token: value("AUTHORIZATION_TOKEN") ?? "",
    pid: child.pid,
    ended: child.status,
    stop: () => child.kill("SIGTERM"),
  };
}
