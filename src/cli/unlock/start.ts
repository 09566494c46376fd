import { sleep } from "../../platform/clock.ts";
import { ProgramError } from "../../platform/errors.ts";
import { exists } from "../../platform/files.ts";
import { startDetached } from "../../platform/foreground.ts";
import { run } from "../../platform/processes.ts";
import { findProgram } from "../../platform/programs.ts";
import { randomBytes } from "../../platform/random.ts";
import type { Engine } from "../engine.ts";
import { selfCommand } from "../self.ts";
import { endKeeper, keeperOf, keeperVerb, readState, removeKeeperFiles } from "./keeper.ts";

/** What is to be kept fresh. */
export interface KeepWish {
  readonly folder: string;
  /** The secrets file, absolute. */
  readonly file: string;
  readonly profiles: readonly string[];
  readonly olderNames: boolean;
  readonly engine?: Engine;
}

/**
 * Variables that the process which keeps secret files fresh is given: where things are and how the
 * network is reached. None that holds a key: what only they open is not kept fresh.
 */
const handedOn =
  /^(?:HOME|USER|LOGNAME|PATH|LANG|LC_\w+|TZ|TMPDIR|XDG_(?:CONFIG_HOME|RUNTIME_DIR|STATE_HOME|CACHE_HOME)|DBUS_SESSION_BUS_ADDRESS|GNUPGHOME|DENO_(?:DIR|NO_UPDATE_CHECK|TLS_CA_STORE|CERT)|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy|SOPS_AGE_KEY_FILE|SOPS_AGE_SSH_PRIVATE_KEY_FILE|SOPS_CONFIG|SOPS_DECRYPTION_ORDER|SOPS_DISABLE_VERSION_CHECK|CREDSMITH_(?:ENGINE|TRACE)|AWS_(?:CONFIG_FILE|SHARED_CREDENTIALS_FILE|PROFILE|REGION|DEFAULT_REGION|ENDPOINT_URL(?:_\w+)?|IGNORE_CONFIGURED_ENDPOINT_URLS|CA_BUNDLE|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|EC2_METADATA_\w+|CONTAINER_CREDENTIALS_\w+_URI|CONTAINER_AUTHORIZATION_TOKEN_FILE|STS_REGIONAL_ENDPOINTS|USE_FIPS_ENDPOINT|USE_DUALSTACK_ENDPOINT))$/;

/** @returns what of an environment the process is given */
function keeperEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => handedOn.test(name)));
}

/** Milliseconds until it has to have opened the secrets file by itself. */
const patience = 10_000;
const step = 20;

/**
 * Starts the process that keeps a folder's secret files fresh, as a unit of the user's systemd
 * where there is one, and waits until it has opened the secrets file once.
 *
 * @returns how it runs; nothing where it cannot open the secrets file by itself
 */
export async function startKeeper(
  env: Readonly<Record<string, string>>,
  wish: KeepWish,
): Promise<"unit" | "process" | undefined> {
  const { folder } = wish;
  removeKeeperFiles(folder);
  const [program, ...words] = selfCommand(env);
  const args = [...words, ...keeperArguments(wish)];
  const own = keeperEnv(env);
  const unit = await startUnit(program!, args, own);
  if (!unit) startDetached(program!, args, own);
  for (let waited = 0; waited < patience; waited += step) {
    const state = readState(folder)?.state;
    if (state === "ready" && keeperOf(folder)) return unit ? "unit" : "process";
    if (state === "ended") break;
    await sleep(step);
  }
  // It is ours: we have started it just now.
  await endKeeper(folder, keeperOf(folder)?.pid);
  removeKeeperFiles(folder);
  return undefined;
}

function keeperArguments({ folder, file, profiles, olderNames, engine }: KeepWish): string[] {
  return [
    keeperVerb,
    folder,
    `--file=${file}`,
    ...profiles.map((name) => `--profile=${name}`),
    ...(olderNames ? ["--with-older-names"] : []),
    ...(engine === undefined ? [] : [`--engine=${engine}`]),
  ];
}

/** @returns whether the user's systemd has taken it */
async function startUnit(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { XDG_RUNTIME_DIR: runtime, PATH = "" } = env;
  if (!runtime || !exists(`${runtime}/systemd/private`)) return false;
  const systemdRun = findProgram("systemd-run", PATH);
  if (systemdRun === undefined) return false;
  const name = `credsmith-unlock-${randomBytes(4).toHex()}`;
  try {
    // Values of variables are handed over without standing on a command line.
    const { code } = await run(systemdRun, [
      "--user",
      "--quiet",
      "--collect",
      `--unit=${name}`,
      "--description=credsmith keeps its secret files fresh",
      "--working-directory=/",
      "--property=NoNewPrivileges=yes",
      "--property=UMask=0077",
      "--property=StandardOutput=null",
      ...Object.keys(env).map((each) => `--setenv=${each}`),
      "--",
      program,
      ...args,
    ], { env, signal: AbortSignal.timeout(5000) });
    return code === 0;
  } catch (error) {
    if (error instanceof ProgramError) return false;
    throw error;
  }
}
