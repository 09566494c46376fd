import { type EnvironmentChange, environmentOf } from "../../loader/variables.ts";
import { readFileIfThere } from "../../platform/files.ts";
import { activationVariables } from "../../serve/activation.ts";
import { reachOf } from "../../serve/addresses.ts";
import { goesBefore, sourceSetting } from "../../serve/variables.ts";
import { Secret } from "../../sops/secret.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { awsProfile, parseAwsConfig } from "../../aws/config_file.ts";
import type { Context } from "../command.ts";
import { runProgram } from "../run_program.ts";
import { withTilde } from "../shown_path.ts";
import { wrapped } from "../wrap.ts";

/** Region, model and the like of a profile: all but what signs. */
export function environmentFor(profile: ProfileView): EnvironmentChange {
  const { roleArn: _, source: __, bedrockApiKey: ___, ...rest } = profile;
  const none = new Secret("none");
  const change = environmentOf({ ...rest, accessKeyId: "none", secretAccessKey: none });
  const set = [...change.set].filter(([name, value]) =>
    typeof value === "string" && !goesBefore.includes(name)
  );
  return { set: new Map(set), unset: [...change.unset, ...goesBefore] };
}

/**
 * Runs a program with what leads SDKs to the server, and nothing that they heed before.
 *
 * @returns its exit code, and the signal that ended it where a caller should see that
 */
export async function runWith(
  context: Context,
  [program, ...args]: readonly string[],
  { variables, settings }: {
    readonly variables: Readonly<Record<string, string>>;
    readonly settings: EnvironmentChange;
  },
): Promise<{ readonly code: number; readonly signal?: Deno.Signal }> {
  const set = {
    ...Object.fromEntries(settings.set) as Record<string, string>,
    ...hidden(context),
    ...withoutProxy(context, variables.AWS_CONTAINER_CREDENTIALS_FULL_URI!),
    ...variables,
  };
  return await runProgram(context, program!, args, {
    set,
    unset: [...settings.unset, ...activationVariables].filter((name) => !(name in set)),
  });
}

/** Go's SDK asks a proxy for every address that is no loopback, and that would get the token. */
function withoutProxy({ env }: Context, uri: string): Record<string, string> {
  const hostname = new URL(uri).hostname.replace(/^\[|\]$/g, "");
  if (!env.HTTP_PROXY && !env.http_proxy || reachOf(hostname) === "loopback") return {};
  return Object.fromEntries(
    ["NO_PROXY", "no_proxy"].map((name) => [name, [env[name], hostname].filter(Boolean).join(",")]),
  );
}

/** A file of `~/.aws` whose default AWS profile SDKs heed before a server. */
interface Override {
  readonly variable: "AWS_SHARED_CREDENTIALS_FILE" | "AWS_CONFIG_FILE";
  readonly file: string;
  readonly setting: string;
}

function overrides({ env }: Context): Override[] {
  const files = [
    ["AWS_SHARED_CREDENTIALS_FILE", "credentials"],
    ["AWS_CONFIG_FILE", "config"],
  ] as const;
  return files.flatMap(([variable, name]) => {
    const file = env[variable] || (env.HOME ? `${env.HOME}/.aws/${name}` : undefined);
    const setting = file && defaultSource(file);
    return file && setting ? [{ variable, file, setting }] : [];
  });
}

/** What makes the default AWS profile of a file a source of credentials. */
function defaultSource(file: string): string | undefined {
  try {
    const bytes = readFileIfThere(file)?.bytes;
    const config = bytes && parseAwsConfig(new TextDecoder().decode(bytes), file);
    return config && sourceSetting(awsProfile(config, "default"));
  } catch {
    return undefined;
  }
}

function say({ terminal }: Context, text: string): void {
  for (const line of wrapped(text)) terminal.note(line);
}

/** SDKs would not come to the server while these files say something else. */
function hidden(context: Context): Record<string, string> {
  return Object.fromEntries(
    overrides(context).map(({ variable, file, setting }) => {
      const shown = withTilde(file, context.env);
      say(context, `Hidden from the program: ${shown} ([default] has ${setting})`);
      return [variable, "/dev/null"];
    }),
  );
}

/** What makes SDKs pass the server by, where that can be seen from here. */
export function warnOfOverrides(context: Context): void {
  const { env, terminal } = context;
  const set = goesBefore.filter((name) => env[name] && !name.startsWith("AWS_CONTAINER_"));
  if (set.length) {
    terminal.note(`Warning: AWS SDKs heed ${set.join(", ")} first, which this shell has`);
  }
  for (const { variable, file, setting } of overrides(context)) {
    const shown = withTilde(file, env);
    say(context, `Warning: AWS SDKs heed [default] in "${shown}" first (${setting})`);
    terminal.note(`  ${variable}=/dev/null`);
  }
}
