import { ProgramError, systemCode } from "../platform/errors.ts";
import { type Listening, startListening } from "../platform/listening.ts";
import { nestedMark } from "../platform/nesting.ts";
import { type CallAddress, type CallConnection, connectForCalls } from "../platform/unary_call.ts";
import { KeyServiceError } from "../sops/errors.ts";
import { decodeKeyResponse, encodeKeyRequest } from "../sops/keys/keyservice.ts";
import {
  fieldOf,
  keyName,
  type KeyService,
  type KeyType,
  type MasterKey,
  withField,
} from "../sops/keys/master_key.ts";

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

interface Asked {
  /** Which keys it is asked for. */
  readonly types: readonly KeyType[];
  /** For keys that have no date yet. */
  readonly now: Temporal.Instant;
}

export interface SopsKeyserviceOptions extends Asked {
  /** The environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes what ends the program at once, for when a signal ends us; `startListening` has it. */
  readonly guard?: Parameters<typeof startListening>[3];
}

type Closing = KeyService & { close(): Promise<void> };

/**
 * Keys that the `sops` program knows how to use, asked through its own key service on a private
 * socket. The program sees data keys, never the values of a file, and nothing is in its arguments.
 * It is started when the first key is asked for, and has to be closed.
 *
 * @see getsops/sops keyservice
 */
export function sopsKeyservice(options: SopsKeyserviceOptions): Closing {
  return serviceOver(options, () => start(options));
}

/**
 * A key service of SOPS that somebody runs elsewhere. It sees data keys, in plaintext on their way.
 *
 * @param address where it listens
 */
export function remoteKeyservice(address: CallAddress, asked: Asked): Closing {
  return serviceOver(asked, async () => ({
    connection: await connectForCalls(address),
    stop: () => Promise.resolve(),
  }));
}

interface Running {
  readonly connection: CallConnection;
  stop(): Promise<void>;
}

function serviceOver({ types, now }: Asked, connect: () => Promise<Running>): Closing {
  let running: Promise<Running> | undefined;
  const started = () => running ??= connect();

  async function ask(method: "Decrypt" | "Encrypt", key: MasterKey, bytes: Uint8Array) {
    const fail = (reason: KeyServiceError["reason"], said?: string) =>
      new KeyServiceError(key.type, keyName(key), reason, said);
    let result;
    try {
      const { connection } = await started();
      result = await connection.call(`/KeyService/${method}`, encodeKeyRequest(key, bytes));
    } catch (error) {
      if (error instanceof ProgramError && error.code === "ENOENT") throw fail("absent");
      if (error instanceof ProgramError) throw fail("refused", `sops keyservice: ${error.code}`);
      const code = systemCode(error);
      throw unreachable.includes(code)
        ? fail("refused", `its key service is not there (${code})`)
        : fail("malformed");
    }
    if ("status" in result) throw fail("refused", result.said);
    const answer = decodeKeyResponse(result.message);
    if (!answer) throw fail("malformed");
    return answer;
  }

  return {
    types,
    open: (key) => ask("Decrypt", key, utf8.encode.encode(encOf(key))),
    async seal(key, part) {
      const enc = utf8.decode.decode(await ask("Encrypt", key, part));
      if (key.type === "age") return { ...key, enc };
      const dated = fieldOf(key, "created_at") === undefined
        ? withField(key, "created_at", now.toString({ smallestUnit: "second" }))
        : key;
      return withField(dated, "enc", enc);
    },
    async close() {
      const service = await running?.catch(() => undefined);
      service?.connection.close();
      await service?.stop();
    },
  };
}

/** How a connection fails that nobody takes. */
const unreachable = ["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EACCES", "EHOSTUNREACH", "ETIMEDOUT"];

function encOf(key: MasterKey): string {
  return key.type === "age" ? key.enc : fieldOf(key, "enc") ?? "";
}

async function start({ env, guard }: SopsKeyserviceOptions): Promise<Listening & Running> {
  const service = await startListening(
    "sops",
    (socket) => [
      "--disable-version-check",
      "keyservice",
      "--network=unix",
      `--address=${socket}`,
    ],
    { ...env, [nestedMark]: "1" },
    guard,
  );
  try {
    return { ...service, connection: await connectForCalls(service.socket) };
  } catch (error) {
    await service.stop();
    throw error;
  }
}
