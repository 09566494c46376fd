import type { BedrockConnection } from "../aws/clients.ts";
import type { Endpoints } from "../aws/endpoints.ts";
import { now as machineTime } from "../platform/clock.ts";
import type { Context } from "./command.ts";
import { proxyOf } from "./verify/surroundings.ts";

/** Milliseconds that connecting takes at most, whatever the whole may take. */
const connectLimit = 3000;

/**
 * How AWS is asked with some credentials: where they go, through which proxy, for how long.
 *
 * @param how.timeout seconds for each answer
 * @param how.now this machine's clock unless given
 */
export function connectionWith<C extends BedrockConnection["credentials"]>(
  { env }: Pick<Context, "env">,
  { region, endpoints }: { readonly region: string; readonly endpoints: Endpoints },
  credentials: C,
  { timeout, now = machineTime }: {
    readonly timeout: number;
    readonly now?: () => Temporal.Instant;
  },
): BedrockConnection & { readonly credentials: C } {
  const proxy = proxyOf(env);
  return {
    region,
    credentials,
    endpoints,
    limits: { connect: connectLimit, request: timeout * 1000 },
    now,
    ...(proxy ? { proxy } : {}),
  };
}
