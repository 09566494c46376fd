import { privateFolder } from "../../platform/memory.ts";
import { clockText, now } from "../../platform/clock.ts";
import { fileFlag, jsonFlag, profileArgument, switchFlag } from "../arguments.ts";
import { type Context, defineCommand } from "../command.ts";
import { type Engine, engineFlag } from "../engine.ts";
import { UsageError } from "../errors.ts";
import { type Given, giver, givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { spanText } from "../verify/remedies.ts";

type Flags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly forget: boolean;
  readonly json: boolean;
};

export const command = defineCommand<Flags, [profile?: string]>({
  brief: "Make a new session of a profile, with an MFA code where it takes one",
  description:
    "The session is kept in memory, where exec, unlock, serve and credential-process find it until\n" +
    "20 minutes before its end. An MFA code is asked for on the terminal, also where standard input\n" +
    "is none; one code serves all profiles that are roles of the same key.\n\n" +
    "--forget takes kept sessions away from memory. At AWS they are good until they expire:\n" +
    "credsmith rotate --revoke-sessions cuts them off.",
  examples: [
    ["credsmith login", "the default profile"],
    ["credsmith login work", "another one"],
    ["credsmith login --forget all", "no session is left in memory"],
  ],
  exits: {
    3: "no identity opens the file",
    4: "the file was changed by something that did not hold the key",
    5: "AWS refuses the key or the MFA code, or nobody typed one",
    6: "AWS denies the session or the role",
    7: "temporary: network, throttling",
    8: "there is no folder in memory that is ours alone",
  },
  parameters: {
    positional: profileArgument,
    flags: {
      engine: engineFlag,
      file: fileFlag,
      forget: switchFlag('Take the kept sessions of the profile away, or with "all" every one'),
      json: jsonFlag,
    },
    aliases: { f: "file" },
  },
  async run(context, { forget, json, ...flags }, name = "default") {
    if (forget) return await forgetSessions(context, flags, json, name);
    const { env, mountinfo, terminal } = context;
    const open = await openForReading(context, { ...flags, keeps: givingPermissions });
    // A session that nobody finds again would be no use.
    await privateFolder({ env, mountinfo });
    const give = await giver(context, open, name, { ...flags, static: false, mayAsk: true });
    const given = await give({ anew: true });
    const { record } = await import("../actions.ts");
    record(context, { action: "login", profile: name, file: open.path });
    if (json) return terminal.line(JSON.stringify(documentOf(name, given)));
    terminal.line(`${name}: ${textOf(given)}`);
  },
});

function documentOf(profile: string, given: Given) {
  const { how, expires } = given.kind === "keys" ? given : { how: given.kind, expires: undefined };
  return {
    version: 1,
    ok: true,
    profile,
    how,
    expires: expires?.toString({ smallestUnit: "second" }),
  };
}

function textOf(given: Given): string {
  if (given.kind === "api-key") return "a Bedrock API key, of which no session is made";
  const { how, expires } = given;
  if (how === "static") return "a session that stands in the file, of which none is made";
  if (expires === undefined) return "the machine's own credentials";
  const seconds = (expires.epochMilliseconds - now().epochMilliseconds) / 1000;
  const left = spanText(Math.round(seconds / 60) * 60);
  const what = { session: "session", role: "session of its role", ambient: "the machine's own" };
  return `${what[how]}, until ${clockText(expires)} (${left})`;
}

async function forgetSessions(
  context: Context,
  { file, engine }: Pick<Flags, "file" | "engine">,
  json: boolean,
  name: string,
): Promise<void> {
  if (file !== undefined || engine !== undefined) {
    throw new UsageError(
      "Cannot take --file or --engine with --forget: no secrets file is opened",
      "sessions are forgotten by the profile's name, or all of them",
      "flags_conflict",
    );
  }
  const { env, mountinfo, terminal } = context;
  const folder = await privateFolder({ env, mountinfo }, { create: false });
  context.narrow(["read", "write"]);
  const { forget } = await import("../../aws/session/cache.ts");
  const forgotten = folder === undefined ? [] : forget(folder, name === "all" ? undefined : name);
  if (json) return terminal.line(JSON.stringify({ version: 1, ok: true, forgotten }));
  const count = forgotten.length;
  terminal.line(
    count === 0
      ? "No session is kept"
      : `Forgot ${count === 1 ? "a session" : `${count} sessions`}: ${
        [...new Set(forgotten)].join(", ")
      }`,
  );
}
