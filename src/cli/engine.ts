import { hostName } from "../platform/host.ts";
import { now } from "../platform/clock.ts";
import { nestedMark } from "../platform/nesting.ts";
import {
  type KeyGroup,
  type KeyService,
  otherKeysOf,
  otherKeyTypes,
} from "../sops/keys/master_key.ts";
import type { LoadedIdentities } from "../store/identities.ts";
import type { Context } from "./command.ts";
import { UsageError } from "./errors.ts";
import { holdCleanup } from "./signals.ts";

const engines = ["auto", "binary", "native"] as const;

/**
 * What opens files: our own code (`native`), the sops program's key service (`binary`), or our own
 * code and the program for the key types that we do not have (`auto`).
 */
export type Engine = typeof engines[number];

/** The `--engine` flag, the same everywhere. */
export const engineFlag = {
  kind: "enum",
  values: engines,
  optional: true,
  brief: "What opens the file: auto, native or binary, which is sops (default: $CREDSMITH_ENGINE)",
} as const;

/** @throws {UsageError} when the variable names none */
export function engineOf(env: Readonly<Record<string, string>>, flag?: Engine): Engine {
  const text = flag ?? (env.CREDSMITH_ENGINE || "auto");
  const known = engines.find((each) => each === text);
  if (known) return known;
  throw new UsageError(
    `Cannot use CREDSMITH_ENGINE "${text}": it is none of ${engines.join(", ")}`,
    undefined,
    "engine",
  );
}

/**
 * What is asked for the keys that no identity is for. Nothing is started before it is asked, and
 * nothing is asked where what we asked has started us.
 */
export async function servicesFor(
  { env }: Pick<Context, "env">,
  groups: readonly KeyGroup[],
  engine: Engine,
): Promise<NonNullable<LoadedIdentities["services"]>> {
  const types = new Set(otherKeysOf(groups.flat()).map(({ type }) => type));
  if (env[nestedMark] || types.size === 0 && engine !== "binary") return [];
  const kms = async () => {
    const { kmsService } = await import("../aws/kms.ts");
    return marked(kmsService({ now: now(), hostname: hostName(), env }));
  };
  const program = async (types: readonly (typeof otherKeyTypes[number] | "age")[]) => {
    const { sopsKeyservice } = await import("../store/sops_keyservice.ts");
    return sopsKeyservice({ types, env, now: now(), guard: holdCleanup });
  };
  if (engine === "binary") return [await program(["age", ...otherKeyTypes])];
  const others = otherKeyTypes.filter((type) => type !== "kms" && types.has(type));
  return [
    ...(types.has("kms") ? [await kms()] : []),
    ...(engine === "auto" && others.length > 0 ? [await program(others)] : []),
  ];
}

/** The AWS SDK may start us for the keys of a profile. */
function marked(service: KeyService): KeyService {
  const during = async <T>(ask: () => Promise<T>): Promise<T> => {
    Deno.env.set(nestedMark, "1");
    try {
      return await ask();
    } finally {
      Deno.env.delete(nestedMark);
    }
  };
  return {
    types: service.types,
    open: (key) => during(() => service.open(key)),
    seal: (key, part) => during(() => service.seal(key, part)),
  };
}
