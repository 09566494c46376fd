import type { Wishes } from "../../claude/configure.ts";
import { denyRules } from "../../claude/deny.ts";
import { exportCommandLine } from "../../claude/export_command.ts";
import { defaultIdentityFile } from "../../store/identities.ts";
import type { Context } from "../command.ts";
import { selfCommand } from "../self.ts";

/** What Claude Code is to use, as a command knows it. */
export interface WishedProfile {
  /** The secrets file, absolute. */
  readonly file: string;
  /** Whether a command finds that file without being told. */
  readonly found: boolean;
  readonly profile: string;
  /** Whether it is to have the key itself. */
  readonly static?: boolean;
  readonly region?: string;
  readonly modelId?: string;
  readonly smallModelId?: string;
  readonly endpoint?: string;
}

/**
 * What to write into Claude Code's settings.
 *
 * @param shared whether the settings are shared with others: then nothing of this machine's paths
 *   goes into the command, as far as that is possible
 */
export function wishesFor(
  { env }: Pick<Context, "env">,
  wished: WishedProfile,
  shared: boolean,
): Wishes {
  const { file, found, profile, region, modelId, smallModelId, endpoint } = wished;
  const command = exportCommandLine({
    program: shared ? ["credsmith"] : selfCommand(env),
    ...(shared && found ? {} : { file }),
    ...(profile === "default" ? {} : { profile }),
    ...(wished.static ? { static: true } : {}),
  });
  return { command, region, modelId, smallModelId, endpoint, deny: ownDenyRules(env) };
}

/** Keeps Claude Code's file tools from identities, secret files and our runtime folders. */
export function ownDenyRules(env: Readonly<Record<string, string>>): string[] {
  const runtime = env.XDG_RUNTIME_DIR?.replace(/\/+$/, "");
  const identities = [env.SOPS_AGE_KEY_FILE, defaultIdentityFile(env)]
    .filter((path): path is string => path?.startsWith("/") ?? false);
  const folders = ["/run/secrets/", "/run/secrets.d/"];
  if (runtime?.startsWith("/") && !/^\/run\/user\/\d+$/.test(runtime)) {
    folders.push(`${runtime}/credsmith/`);
  }
  return [
    ...denyRules([...identities, ...folders], env.HOME),
    // For whatever user reads the settings.
    "Read(//run/user/*/credsmith/**)",
    "Read(//dev/shm/credsmith-*/**)",
  ];
}
