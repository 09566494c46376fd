/** The AWS SDKs as programs, each with its own default chain, for tests of what they are given. */
import { pythonWithBotocore } from "../support/aws/moto.ts";
import type { Home, Result, RunOptions } from "../support/home.ts";
import type { Peer } from "../support/peers.ts";

/** One of the SDKs. */
export interface Client {
  readonly name: string;
  readonly needs: readonly Peer[];
  /** Minutes that are left of a process's answer when it asks for the next one, or fewer. */
  readonly tooFew: number;
  /** In place of `credentials`, where the default chain does not say what went wrong. */
  readonly telling?: string;
  /** The words that start it. */
  command(args: readonly string[]): Promise<readonly [string, ...string[]]>;
  /** Runs it in a home: `credentials N` or `identity`. */
  run(home: Home, args: readonly string[], options?: RunOptions): Promise<Result>;
}

/** What a client has got, as it prints it. */
export interface Got {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** `2026-11-22T10:00:00Z` */
  readonly expires?: string;
}

const here = new URL(".", import.meta.url).pathname;
const root = new URL("../../", import.meta.url).pathname;

const started: readonly Omit<Client, "run">[] = [
  {
    name: "botocore",
    needs: ["moto_server"],
    tooFew: 4,
    command: async (args) => [await pythonWithBotocore(), `${here}botocore_client.py`, ...args],
  },
  {
    name: "the AWS SDK for JavaScript",
    needs: [],
    tooFew: 4,
    telling: "ini",
    command: (args) =>
      Promise.resolve([
        Deno.execPath(),
        "run",
        "-A",
        "--quiet",
        `--config=${root}deno.json`,
        `${here}javascript_client.ts`,
        ...args,
      ]),
  },
  {
    name: "the AWS SDK for Go",
    needs: ["aws-sdk-go-client"],
    // It waits until the end.
    tooFew: -1,
    command: (args) => Promise.resolve(["aws-sdk-go-client", ...args]),
  },
];

export const clients: readonly Client[] = started.map((client) => ({
  ...client,
  async run(home, args, options) {
    const [program, ...words] = await client.command(args);
    return await home.program(program, words, options);
  },
}));

/** What a client printed, line by line. */
export function gotten({ stdout }: Result): Got[] {
  return stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
